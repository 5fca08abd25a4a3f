//! What is shown at each sight, and what must not be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::access::{By, Sight};
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event, PIECE_MAX, Part, Seq};
use protocol::remark::{Failure, Remark, Step};
use protocol::sight::View;
use protocol::target::Security;
use protocol::wire::{ToBrowser, encode};
use protocol::withdrawal::{left_of, withdraw};

const ME: By = By::Participant(1);

/// A record, and what is done for it.
struct Record {
    dialogue: Dialogue,
    entries: Vec<Entry>,
    /// How many octets the server's pieces have.
    size: usize,
}

impl Record {
    fn new(size: usize) -> Self {
        let mut record = Self {
            dialogue: Dialogue::new(Security::Plain),
            entries: Vec::new(),
            size,
        };
        record.says("+OK ready\r\n");
        record
    }

    fn types(&mut self, line: &str) -> &mut Self {
        let mut out = Vec::new();
        // What cannot go out is not recorded.
        let _ = self.dialogue.submit(line.as_bytes(), Some(7), ME, &mut out);
        self.take(out)
    }

    fn says(&mut self, octets: impl AsRef<[u8]>) -> &mut Self {
        for piece in octets.as_ref().chunks(self.size) {
            let mut out = Vec::new();
            self.dialogue.receive(piece, &mut out);
            self.take(out);
        }
        self
    }

    fn ends(&mut self) -> &mut Self {
        let mut out = Vec::new();
        self.dialogue.end(&mut out);
        self.take(out)
    }

    fn notes(&mut self, seq: Seq, text: &str) -> &mut Self {
        self.push(Event::Note {
            seq,
            line: 0,
            text: text.to_owned(),
            by: ME,
        })
    }

    fn take(&mut self, out: Vec<Output>) -> &mut Self {
        for output in out {
            if let Output::Event(event) = output {
                self.push(event);
            }
        }
        self
    }

    fn push(&mut self, event: Event) -> &mut Self {
        self.entries.push(Entry {
            seq: self.entries.len() as Seq + 1,
            at: 0,
            connection: 1,
            event,
        });
        self
    }

    /// The place of the newest entry.
    fn newest(&self) -> Seq {
        self.entries.len() as Seq
    }

    /// The place of the newest entry with that part.
    fn last(&self, wanted: Part) -> Seq {
        let found = self
            .entries
            .iter()
            .rfind(|entry| part(&entry.event) == Some(wanted));
        found.unwrap().seq
    }
}

fn part(event: &Event) -> Option<Part> {
    match event {
        Event::Answered { part, .. } | Event::Received { part, .. } | Event::Withheld { part, .. } => {
            Some(*part)
        }
        _ => None,
    }
}

/// What is shown at a sight.
fn shown(entries: &[Entry], sight: Sight) -> Vec<Entry> {
    let (mut view, mut withheld) = (View::new(sight), Vec::new());
    let shown = entries.iter().map(|entry| {
        let left = view.next(entry, |seq| withheld.contains(&seq));
        withheld.extend(left.iter().map(|left| left.seq));
        left.unwrap_or_else(|| entry.clone())
    });
    shown.collect()
}

/// Whether that can be found in what is sent at a sight.
fn holds(record: &Record, sight: Sight, text: &str) -> bool {
    let joined: Vec<u8> = shown(&record.entries, sight)
        .into_iter()
        .flat_map(|entry| match entry.event {
            Event::Answered { line, .. } => line.bytes().to_vec(),
            Event::Received { bytes, .. } => bytes.to_vec(),
            _ => encode(&ToBrowser::Entry(entry)),
        })
        .collect();
    joined.windows(text.len()).any(|window| window == text.as_bytes())
}

const LOWER: [Sight; 2] = [Sight::Headers, Sight::Commands];
const SIZES: [usize; 5] = [1, 2, 3, 7, usize::MAX];

/// Checks that text of messages is at no chunk size shown at a lower sight.
fn is_safe(play: impl Fn(&mut Record)) {
    for size in SIZES {
        let mut record = Record::new(size);
        play(&mut record);
        assert!(holds(&record, Sight::Everything, "secret"), "nothing to hide");
        for sight in LOWER {
            assert!(!holds(&record, sight, "secret"), "{sight:?} in pieces of {size}");
        }
    }
}

#[test]
fn a_message_is_shown_as_far_as_the_sight_goes() {
    for size in SIZES {
        let mut record = Record::new(size);
        record
            .types("RETR 1")
            .says("+OK 40 octets\r\nSubject: topic\r\n\r\nsecret\r\n..\r\n.\r\n");
        assert!(holds(&record, Sight::Headers, "Subject: topic"));
        assert!(!holds(&record, Sight::Commands, "topic"));
        for sight in LOWER {
            assert!(!holds(&record, sight, "secret"));
            for told in ["RETR 1", "+OK 40 octets\r\n", ".\r\n"] {
                assert!(holds(&record, sight, told), "{told:?} at {sight:?} in {size}");
            }
        }
    }
}

#[test]
fn listings_and_refusals_are_shown_at_every_sight() {
    let mut record = Record::new(usize::MAX);
    record.types("USER a").says("+OK send it, please\r\n");
    record.types("PASS wonder-1").says("+OK 2 messages here\r\n");
    record.types("RETR 1").says("+OK\r\nA: b\r\n\r\nsecret\r\n.\r\n");
    record
        .types("UIDL")
        .says("+OK\r\n1 whqtswO00WBw418f9t5JxYwZ\r\n.\r\n");
    record
        .types("RETR 9")
        .says("-ERR no such message, you have 2\r\n");
    record.types("XYZ").says("-ERR Unknown command: XYZ\r\n");
    for sight in LOWER {
        for told in [
            "send it, please",
            "2 messages here",
            "whqtswO",
            "no such message",
            "Unknown command: XYZ",
        ] {
            assert!(holds(&record, sight, told), "{told:?} at {sight:?}");
        }
    }
}

#[test]
fn a_status_line_that_tells_of_a_message_is_its_indicator() {
    is_safe(|record| {
        record
            .types("RETR 1")
            .says("+OK Subject: secret\r\nA: b\r\n\r\nx\r\n.\r\n");
    });
    is_safe(|record| {
        record.types("XTND XLST 1").says("+OK the secret\r\n");
    });
}

#[test]
fn what_follows_a_message_that_ended_too_soon_is_withheld() {
    is_safe(|record| {
        record
            .types("RETR 1")
            .says("+OK\r\nA: b\r\n\r\nx\r\n.\r\nsecret\r\n+OK secret\r\n.\r\n");
        record
            .types("LIST")
            .says("the secret\r\n+OK a secret\r\n1 secret\r\n.\r\n");
    });
}

#[test]
fn what_is_asked_for_before_a_message_has_ended_is_believed_no_further_than_it_is_plain() {
    // The termination octet is glued to the text, so the listing's reply is text, and the next message its listing.
    is_safe(|record| {
        record.types("RETR 1").says("+OK\r\nA: b\r\n\r\nsecret.\r\n");
        record.types("LIST").says("+OK 1 message\r\n1 20\r\n.\r\n");
        record.types("RETR 2").says("+OK\r\nA: b\r\n\r\nsecret\r\n.\r\n");
    });
    is_safe(|record| {
        record.types("RETR 1").types("UIDL").types("NOOP");
        record.says("+OK\r\nA: b\r\n\r\n.\r\n+OK secret\r\nsecret\r\n.\r\n-ERR secret\r\n");
    });
}

const MESSAGE: &str = "+OK 9 octets\r\nA: b\r\n\r\nsecret\r\n.\r\n";

#[test]
fn a_listing_that_does_not_end_takes_no_message_for_its_lines() {
    for (asked, listed) in [
        ("LIST", "+OK\r\n1 9\r\n"),
        ("CAPA", "+OK\r\n"),
        ("UIDL", "+OK\r\n"),
        ("AUTH", "+OK\r\n"),
    ] {
        is_safe(|record| {
            record.types(asked).says(listed);
            record.types("RETR 1").says(MESSAGE);
            record.types("STAT").says("+OK 1 9\r\n");
            record.types("RETR 2").says(MESSAGE);
        });
    }
}

#[test]
fn where_a_reply_is_left_out_no_message_answers_what_waits() {
    // The first PASS is never answered, so that each reply answers the command before its own.
    is_safe(|record| {
        record
            .types(&format!("PASS {}", "x".repeat(9000)))
            .says("PASS xxx-ERR Invalid\r\nxxx\r\n");
        record.types("USER a").says("+OK\r\n");
        record.types("PASS b").says("+OK\r\n");
        record.types("LIST").says("+OK\r\n1 9\r\n.\r\n");
        record.types("RETR 1").says(MESSAGE);
        record.types("LIST").says("+OK\r\n1 9\r\n.\r\n");
        record.types("RETR 2").says(MESSAGE);
    });
    is_safe(|record| {
        record.types("NOOP");
        record
            .types("RETR 1")
            .says("+OK\r\nA: b\r\n\r\nx\r\n-ERR secret\r\n.\r\n");
    });
}

#[test]
fn where_a_reply_comes_twice_no_message_is_taken_for_a_listing() {
    is_safe(|record| {
        record.types("NOOP").types("STAT").types("LIST");
        record.says("+OK\r\n+OK\r\n+OK\r\n-ERR\r\n");
        record.types("RETR 1").says(MESSAGE);
    });
    // What seems to be refused may come yet.
    is_safe(|record| {
        record.types("DELE 1").types("RETR 1").says("-ERR\r\n-ERR\r\n");
        record.types("LIST").says(MESSAGE);
    });
}

#[test]
fn a_line_that_a_server_takes_for_two_may_ask_for_a_message() {
    for verb in ["NOOP", "LIST", "PASS", "XYZ"] {
        is_safe(|record| {
            record.types(&cut_in_two(verb)).types("LIST");
            record.says("-ERR\r\n").says(MESSAGE);
        });
        is_safe(|record| {
            record.types(&cut_in_two(verb)).says("-ERR\r\n+OK 9 octets\r\n");
            record.types("LIST").says("+OK secret\r\n.\r\n");
        });
    }
}

#[test]
fn a_line_within_auth_that_nothing_asked_for_may_ask_for_a_message() {
    for rest in ["-ERR secret\r\n", "+OK\r\n1 secret\r\n.\r\n"] {
        is_safe(|record| {
            record.types("AUTH X").types("RETR 1").says("-ERR no\r\n");
            record
                .types("LIST")
                .says("+OK\r\nA: b\r\n\r\nx\r\n.\r\n")
                .says(rest);
        });
    }
    // What asks for it is text of a message that ended too soon.
    is_safe(|record| {
        record.types("RETR 1").types("AUTH X");
        record.says("+OK\r\n\r\n.\r\n+ secret\r\n.\r\n");
        record.types("RETR 2").says("-ERR no\r\n");
        record.types("LIST").says(MESSAGE);
    });
    // AUTH is never answered.
    is_safe(|record| {
        record.types("LIST").types("AUTH X").types("RETR 1").says(MESSAGE);
        record.says("-ERR secret\r\n");
    });
    // Several are, of which none is a part of the one before.
    is_safe(|record| {
        record.types("AUTH X").types("RETR 1").types("RETR 2");
        record.says("-ERR no\r\n+OK\r\nA: b\r\n\r\n.\r\n+OK\r\n secret\r\n.\r\n");
    });
    // It is a message, and has not come to its end.
    is_safe(|record| {
        record.types("AUTH X").types("RETR 1").says("-ERR no\r\n");
        record.says("+OK\r\nA: b\r\n\r\n").types("LIST");
        record.says("x\r\n.\r\n-ERR secret\r\n");
    });
    // Once all of them are answered, and what was sent next, everything is as before.
    let mut record = Record::new(usize::MAX);
    record.types("AUTH X").types("x").types("y");
    record.says("-ERR no\r\n-ERR what\r\n-ERR what\r\n");
    record.types("NOOP").says("+OK\r\n");
    record.types("STAT").says("+OK 2 in the maildrop\r\n");
    assert!(holds(&record, Sight::Commands, "in the maildrop"));
    // What is a response stays one.
    let mut record = Record::new(usize::MAX);
    record.types("AUTH PLAIN").says("+ go on\r\n");
    record
        .types("AHdvbmRlcgB3b25kZXI=")
        .says("-ERR wrong password\r\n");
    record.types("STAT").says("-ERR log in first\r\n");
    for told in ["+ go on", "wrong password", "log in first"] {
        assert!(holds(&record, Sight::Commands, told), "{told:?}");
    }
}

#[test]
fn a_line_that_begins_a_message_in_a_file_is_one_in_its_whole_form_alone() {
    is_safe(|record| {
        record
            .types("RETR 1")
            .says("+OK\r\nFrom now on secret\r\n more secret\r\nFrom now: secret\r\n.\r\n");
    });
    is_safe(|record| {
        record.types("RETR 1").types("NOOP").types("RETR 1");
        record.says("+OK\r\n\r\n.\r\n-ERR x\r\n+OK\r\nFrom now on secret\r\n more secret\r\n.\r\n");
    });
}

#[test]
fn a_message_whose_lines_end_with_a_bare_cr_is_no_field() {
    is_safe(|record| {
        record
            .types("RETR 1")
            .says("+OK\r\nSubject: a\rTo: b\r\rsecret\r\n.\r\n");
    });
}

#[test]
fn what_a_long_line_goes_on_with_is_not_shown_because_it_begins_plainly() {
    let dots = ".".repeat(PIECE_MAX - "+OK ".len());
    is_safe(|record| {
        record
            .types("RETR 1")
            .says(format!("+OK {dots}secret\r\nA: b\r\n\r\nsecret\r\n.\r\n"));
    });
    // A line that does not end is ended by a message.
    is_safe(|record| {
        record.types("NOOP").says(format!("+OK {dots}"));
        record.types("RETR 1").says("+OK the secret\r\n");
    });
}

#[test]
fn a_command_that_was_hidden_shows_those_who_come_late_no_more() {
    let is_safe = |play: &dyn Fn(&mut Record) -> Seq| {
        let mut record = Record::new(usize::MAX);
        let seq = play(&mut record);
        let read = |seq: Seq| record.entries.get(seq as usize - 1).cloned();
        for left in withdraw(seq, ME, read).unwrap().entries {
            let place = left.seq as usize - 1;
            record.entries[place] = left;
        }
        assert!(holds(&record, Sight::Everything, "secret"), "nothing to hide");
        for sight in LOWER {
            assert!(!holds(&record, sight, "secret"), "{sight:?}");
        }
    };
    is_safe(&|record| {
        let seq = record.types(" RETR 1").newest();
        record.types("LIST");
        record.says("+OK\r\nA: b\r\n\r\nx\r\n.\r\n-ERR secret\r\n");
        seq
    });
    is_safe(&|record| {
        let seq = record.types(" RETR 1").newest();
        record.says("+OK\r\n").types("LIST");
        record.says("A: b\r\n\r\nx\r\n.\r\n-ERR secret\r\n");
        seq
    });
    is_safe(&|record| {
        record.types("LIST").says("+OK\r\n");
        let seq = record.types(&cut_in_two("NOOP")).newest();
        record.says("-ERR what\r\n").says(MESSAGE);
        seq
    });
}

#[test]
fn who_waits_for_replies_is_shown_all_of_listings_and_status_lines_at_every_sight() {
    let mut record = Record::new(usize::MAX);
    let mut told = Vec::new();
    let mut says = |record: &mut Record, asked: &[&str], said: &[&str]| {
        for line in asked {
            record.types(line);
        }
        for reply in said {
            record.says(reply);
            told.extend(reply.lines().map(str::to_owned));
        }
    };
    let capabilities =
        "+OK Capability list follows, as ever\r\nTOP\r\nUIDL\r\nIMPLEMENTATION Dovecot\r\n.\r\n";
    // Up to what must be answered first, a page sends all at once.
    says(
        &mut record,
        &["CAPA", "USER a-1", "PASS wonder-1"],
        &[
            capabilities,
            "+OK send it, please\r\n",
            "+OK Logged in, at last\r\n",
        ],
    );
    says(
        &mut record,
        &["CAPA", "STAT", "LIST", "UIDL"],
        &[
            capabilities,
            "+OK 2 320 in the maildrop\r\n",
            "+OK 2 messages here:\r\n1 120\r\n2 200\r\n.\r\n",
            "+OK unique-ids are\r\n1 whqtswO00WBw\r\n2 QhdPYR:00WBw1Ph7x7\r\n.\r\n",
        ],
    );
    for message in ["1", "2"] {
        for asked in [format!("TOP {message} 0"), format!("RETR {message}")] {
            record
                .types(&asked)
                .says("+OK 120 octets follow\r\nA: b\r\n\r\nx\r\n.\r\n");
            says(&mut record, &["NOOP"], &["+OK at your service\r\n"]);
            says(
                &mut record,
                &["LIST"],
                &["+OK here they are:\r\n1 120\r\n2 200\r\n.\r\n"],
            );
        }
    }
    // Of many messages that are pasted, with one of them gone, and what is asked for behind.
    let pasted = ["TOP 1 0", "RETR 1", "TOP 2 0", "RETR 2", "TOP 3 0"];
    for asked in pasted {
        record.types(asked);
    }
    for _ in 1..pasted.len() {
        says(&mut record, &[], &["+OK 120 octets follow\r\n"]);
        record.says("Subject: pasted\r\n\r\nx\r\n.\r\n");
    }
    record.says("-ERR gone\r\n");
    record.types("STAT").says("+OK 2 320\r\n");
    says(
        &mut record,
        &["LIST", "UIDL"],
        &[
            "+OK 2 messages as before:\r\n1 120\r\n2 200\r\n.\r\n",
            "+OK ids again\r\n1 whqtswO00WBw\r\n.\r\n",
        ],
    );
    for sight in LOWER {
        let shown = shown(&record.entries, sight);
        let withheld = shown.iter().filter(|entry| {
            matches!(
                entry.event,
                Event::Withheld {
                    part: Part::Listing,
                    ..
                }
            )
        });
        assert_eq!(withheld.count(), 0, "{sight:?}");
        for told in &told {
            assert!(holds(&record, sight, told), "{told:?} at {sight:?}");
        }
    }
    assert!(holds(&record, Sight::Headers, "Subject: pasted"));
}

#[test]
fn text_in_the_place_of_a_header_is_withheld() {
    is_safe(|record| {
        record
            .types("RETR 1")
            .says("+OK\r\nDear Bob,\r\nthe secret: here\r\n\r\nsecret\r\n.\r\n");
    });
    is_safe(|record| {
        record.types("RETR 1").says("+OK\r\nsecret\r\n.\r\n");
    });
    is_safe(|record| {
        record.types("RETR 1").says("+OK\r\nA: b\r\nsecret").ends();
    });
    // An answer too many, so that the next message's text stands where its header should.
    is_safe(|record| {
        record.types("RETR 1").types("NOOP").types("RETR 1");
        record.says("+OK\r\n\r\n.\r\n-ERR secret\r\n+OK\r\nsecret\r\n+OK\r\n\r\n.\r\n");
    });
}

#[test]
fn a_message_that_is_cut_short_is_withheld() {
    is_safe(|record| {
        record
            .types("TOP 1 5")
            .says("+OK\r\nA: b\r\n\r\nsecret\r\nsecret")
            .ends();
    });
    is_safe(|record| {
        record
            .types("RETR 1")
            .says("+OK the secr")
            .ends()
            .push(Event::Remark(Remark::StlsRefused));
        record.entries.push(Entry {
            seq: record.entries.len() as Seq + 1,
            at: 0,
            connection: 2,
            event: Event::Note {
                seq: record.last(Part::Status),
                line: 0,
                text: "secret".to_owned(),
                by: ME,
            },
        });
    });
}

#[test]
fn a_note_goes_with_its_line() {
    let mut record = Record::new(usize::MAX);
    record.types("NOOP").says("+OK\r\n");
    record
        .types("RETR 1")
        .says("+OK 20 octets\r\nA: b\r\n\r\nsecret\r\n.\r\n");
    let places = [Part::Greeting, Part::Status, Part::Header, Part::Body].map(|part| record.last(part));
    for (place, text) in places.into_iter().zip(["greets", "announces", "heads", "says"]) {
        record.notes(place, text);
    }
    for (text, at_headers, at_commands) in [
        ("greets", true, true),
        ("announces", true, true),
        ("heads", true, false),
        ("says", false, false),
    ] {
        assert_eq!(holds(&record, Sight::Headers, text), at_headers, "{text}");
        assert_eq!(holds(&record, Sight::Commands, text), at_commands, "{text}");
    }
}

#[test]
fn what_a_server_said_in_place_of_a_handshake_is_quoted_only_where_it_cannot_be_a_message() {
    let failed = || {
        Event::Remark(Remark::Failed {
            step: Step::Tls,
            why: Failure::PlainText {
                said: "secret".to_owned(),
            },
            took: 1,
        })
    };
    is_safe(|record| {
        record
            .types("RETR 1")
            .says("+OK\r\nA: b\r\n\r\n.\r\n")
            .types("STLS")
            .says("+OK\r\n")
            .push(failed());
    });
    let mut record = Record::new(usize::MAX);
    record.push(failed());
    assert!(holds(&record, Sight::Commands, "secret"));
}

/// A line that a server may take for two, the second of which asks for a message.
fn cut_in_two(verb: &str) -> String {
    format!("{verb} {}RETR 1", "x".repeat(300))
}

/// What people type; where a server takes it for two, the beginning of it.
const ASKED: [&str; 17] = [
    "RETR 1",
    "retr 2",
    "TOP 1 3",
    " RETR 1",
    "RETR 3",
    "NOOP",
    "STAT",
    "DELE 1",
    "LIST",
    "UIDL",
    "CAPA",
    "AUTH X",
    "AUTH PLAIN",
    "hello",
    "",
    "XTXT",
    "PASS a-1",
];
const CUT: [&str; 2] = ["NOOP ...", "LIST ..."];

/// What a server does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// It does not answer.
    Swallowed,
    /// It sends a status line too many before.
    Twice(&'static str),
    /// It lists nothing, and does not say that it is through with that.
    NoList,
    NoTerminator,
    /// A line of the text ends it.
    Early,
    /// The termination octet is glued to the text.
    Glued,
}

#[derive(Clone, Debug)]
struct Answer {
    fault: Fault,
    is_refused: bool,
    /// Of AUTH: it asks for a response first.
    asks: bool,
    status: &'static str,
    header: String,
    text: Vec<&'static str>,
    /// Before which line of the text the one comes that ends it too soon.
    at: usize,
    /// What somebody types between the status line and the rest.
    meanwhile: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Turn {
    Types(&'static str),
    Answers(Answer),
    /// The server says something by itself.
    Says(usize),
}

/// What a message has before its text. No header names what a text says.
fn header() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "Subject: a b\r\n",
        "X-1:\r\n",
        "To: c\r\n d\r\n",
        "Received: from e by f\r\n",
    ]);
    let first = prop_oneof![6 => Just(""), 1 => Just("From a@example.com Tue Nov 24 10:00:00 2026\r\n")];
    // The empty line behind the header may be missing.
    let end = prop_oneof![4 => Just("\r\n"), 1 => Just("")];
    (first, vec(field, 0..4), end).prop_map(|(first, fields, end)| format!("{first}{}{end}", fields.concat()))
}

/// What it says. No line of it looks like what asks for a response: a server that is behind may take what is taken for one for a
/// command.
fn text() -> impl Strategy<Value = Vec<&'static str>> {
    let line = prop::sample::select(vec![
        "",
        "..",
        "..x",
        "secret",
        "the secret: here",
        "+OK secret",
        "-ERR secret",
        "+OK",
        "+OK 9 octets",
        "-ERR",
        "1 2",
        "1 secret",
        "From now on secret",
        "From now: secret",
        "A: b\rsecret",
    ]);
    vec(line, 0..6)
}

fn asked() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        8 => prop::sample::select(ASKED.to_vec()),
        4 => Just("RETR 1"),
        1 => prop::sample::select(CUT.to_vec()),
    ]
}

fn answer() -> impl Strategy<Value = Answer> {
    let fault = prop_oneof![
        10 => Just(Fault::None),
        2 => Just(Fault::Swallowed),
        1 => Just(Fault::Twice("+OK\r\n")),
        1 => Just(Fault::Twice("-ERR\r\n")),
        1 => Just(Fault::NoList),
        2 => Just(Fault::NoTerminator),
        2 => Just(Fault::Early),
        1 => Just(Fault::Glued),
    ];
    let status = prop::sample::select(vec!["+OK\r\n", "+OK 99 octets\r\n", "+ok secret\r\n"]);
    let at = 0..8_usize;
    let meanwhile = prop_oneof![4 => Just(None), 1 => asked().prop_map(Some)];
    let is_refused = prop::bool::weighted(0.15);
    let parts = (
        fault,
        is_refused,
        any::<bool>(),
        status,
        header(),
        text(),
        at,
        meanwhile,
    );
    parts.prop_map(
        |(fault, is_refused, asks, status, header, text, at, meanwhile)| Answer {
            fault,
            is_refused,
            asks,
            status,
            header,
            text,
            at,
            meanwhile,
        },
    )
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        6 => asked().prop_map(Turn::Types),
        6 => answer().prop_map(Turn::Answers),
        1 => (0..3_usize).prop_map(Turn::Says),
    ]
}

/// A server, what it was asked for, and what is recorded of that.
struct Play {
    record: Record,
    unanswered: VecDeque<&'static str>,
    /// How many lines it is through with.
    done: usize,
    /// AUTH is the first of them, and it asked for a response.
    awaits_response: bool,
    has_messages: bool,
}

impl Play {
    fn new(size: usize) -> Self {
        Self {
            record: Record::new(size),
            unanswered: VecDeque::new(),
            done: 0,
            awaits_response: false,
            has_messages: false,
        }
    }

    /// Whether more lines were answered than the server is through with. What is asked for before it has caught up cannot be
    /// told from what it still owes.
    fn is_behind(&self) -> bool {
        let answers = self.record.entries.iter().filter(|entry| {
            matches!(&entry.event, Event::Answered { part: Part::Status, line, .. } if line.bytes().ends_with(b"\n"))
        });
        answers.count() > self.done
    }

    fn types(&mut self, asked: &'static str) {
        match asked.strip_suffix(" ...") {
            Some(verb) => drop(self.record.types(&cut_in_two(verb))),
            None => drop(self.record.types(asked)),
        }
        self.unanswered.push_back(asked);
    }

    fn turn(&mut self, turn: &Turn) {
        match turn {
            Turn::Types(asked) => {
                while self.is_behind() && self.unanswered.len() > usize::from(self.awaits_response) {
                    self.answers(&Answer {
                        fault: Fault::None,
                        is_refused: false,
                        asks: false,
                        status: "+OK secret\r\n",
                        header: "A: b\r\n\r\n".to_owned(),
                        text: vec!["secret", "+OK secret", "-ERR secret"],
                        at: 0,
                        meanwhile: None,
                    });
                }
                self.types(asked);
            }
            Turn::Answers(answer) => self.answers(answer),
            // What no message came before, or where something is awaited, is what a server says of itself.
            Turn::Says(which) => {
                let is_rest =
                    self.has_messages && self.record.dialogue.is_idle() && self.unanswered.is_empty();
                let said = if is_rest {
                    ["secret\r\n", "-ERR secret\r\n", "secret"]
                } else {
                    ["ready\r\n", "-ERR bye\r\n", "ready"]
                };
                self.record.says(said[*which]);
            }
        }
    }

    fn answers(&mut self, answer: &Answer) {
        let Some(&asked) = self.unanswered.front() else {
            return;
        };
        if asked.starts_with("AUTH") && !self.awaits_response && answer.asks {
            self.record.says("+ \r\n");
            self.awaits_response = true;
            return;
        }
        // A server that gave AUTH up, and could not be understood, would take for a command what is a response to all others.
        if self.awaits_response && self.unanswered.len() == 1 {
            return;
        }
        self.unanswered.pop_front();
        self.done += 1;
        if std::mem::take(&mut self.awaits_response) {
            self.unanswered.pop_front();
        }
        match answer.fault {
            Fault::Swallowed => return,
            Fault::Twice(status) => drop(self.record.says(status)),
            _ => {}
        }
        if CUT.contains(&asked) {
            self.record.says("-ERR what\r\n");
            return self.message(answer, false);
        }
        match asked.trim_ascii_start() {
            "" | "hello" | "AUTH X" => drop(self.record.says("-ERR what\r\n")),
            _ if answer.is_refused => drop(self.record.says("-ERR gone\r\n")),
            "LIST" | "UIDL" | "CAPA" => {
                self.record.says("+OK x\r\n");
                self.meanwhile(answer);
                self.record.says(match answer.fault {
                    Fault::NoList => "",
                    Fault::NoTerminator => "1 2\r\n",
                    _ => "1 2\r\n.\r\n",
                });
            }
            "NOOP" | "STAT" | "DELE 1" | "AUTH PLAIN" | "PASS a-1" => drop(self.record.says("+OK\r\n")),
            asked => self.message(answer, asked != "XTXT"),
        }
    }

    fn message(&mut self, answer: &Answer, is_known: bool) {
        self.has_messages = true;
        self.record.says(answer.status);
        // What follows of one that ended too soon, or that nobody here knows for one, is taken for the reply to what goes out
        // between.
        if answer.fault != Fault::Early && is_known {
            self.meanwhile(answer);
        }
        let mut text: Vec<_> = answer.text.iter().map(|line| format!("{line}\r\n")).collect();
        match answer.fault {
            Fault::Early => text.insert(answer.at % (text.len() + 1), ".\r\n".to_owned()),
            Fault::Glued => text.extend(["x.\r\n".to_owned()]),
            _ => {}
        }
        if !matches!(answer.fault, Fault::NoTerminator | Fault::Glued) {
            text.push(".\r\n".to_owned());
        }
        self.record.says(format!("{}{}", answer.header, text.concat()));
    }

    fn meanwhile(&mut self, answer: &Answer) {
        if let Some(asked) = answer.meanwhile.filter(|_| !self.is_behind()) {
            self.types(asked);
        }
    }
}

fn play(turns: &[Turn], size: usize) -> Record {
    let mut play = Play::new(size);
    for turn in turns {
        play.turn(turn);
    }
    play.record.ends();
    play.record
}

/// Lines, octets and stuffing of payload, by whether they are withheld.
fn counts(entries: &[Entry]) -> (u64, u64) {
    let mut sum = (0, 0);
    for entry in entries {
        let (lines, octets) = match &entry.event {
            Event::Received { bytes, .. } => (
                bytes.iter().filter(|&&it| it == b'\n').count() as u64,
                bytes.len() as u64,
            ),
            Event::Withheld { lines, octets, .. } => (u64::from(*lines), u64::from(*octets)),
            _ => (0, 0),
        };
        sum = (sum.0 + lines, sum.1 + octets);
    }
    sum
}

/// Octets in which what matters to the framer and the dialogue is frequent, and lines that ask for anything.
fn anything() -> impl Strategy<Value = Vec<(bool, String)>> {
    let line = prop::sample::select(vec![
        "RETR 1", "TOP 1 0", "LIST", "UIDL", "NOOP", "STAT", "CAPA", "QUIT", "x", " RETR 2", "STLS",
    ]);
    let octets = vec(
        prop::sample::select(vec![
            "+OK\r\n",
            "-ERR\r\n",
            "+OK x\r\n",
            ".\r\n",
            ".\n",
            "\r\n",
            "\n",
            ".",
            "a: b\r\n",
            "text",
            " ",
            "+ \r\n",
            "..x\r\n",
        ]),
        0..12,
    );
    vec(
        prop_oneof![
            line.prop_map(|line| (true, line.to_owned())),
            octets.prop_map(|octets| (false, octets.concat())),
        ],
        0..16,
    )
}

fn any_record(steps: &[(bool, String)], size: usize) -> Record {
    let mut record = Record::new(size);
    for (types, text) in steps {
        if *types {
            record.types(text);
        } else {
            record.says(text);
        }
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_octet_of_a_body_is_shown_at_a_lower_sight(
        turns in vec(turn(), 0..16), size in prop::sample::select(SIZES.to_vec()),
    ) {
        let record = play(&turns, size);
        for sight in LOWER {
            prop_assert!(!holds(&record, sight, "secret"), "{sight:?}: {:?}", shown(&record.entries, sight));
            prop_assert!(sight == Sight::Headers || !holds(&record, sight, "Subject"));
        }
    }

    #[test]
    fn places_lines_and_octets_add_up(steps in anything(), size in prop::sample::select(SIZES.to_vec())) {
        let record = any_record(&steps, size);
        for sight in Sight::ALL {
            let shown = shown(&record.entries, sight);
            prop_assert_eq!(shown.len(), record.entries.len());
            prop_assert_eq!(counts(&shown), counts(&record.entries));
            for (entry, is) in record.entries.iter().zip(&shown) {
                prop_assert_eq!((entry.seq, entry.at, entry.connection), (is.seq, is.at, is.connection));
                prop_assert_eq!(part(&entry.event), part(&is.event));
                match (sight, &is.event) {
                    (Sight::Everything, event) => prop_assert_eq!(event, &entry.event),
                    (_, Event::Received { part, .. }) => {
                        prop_assert!(*part != Part::Body && (sight == Sight::Headers || *part != Part::Header));
                    }
                    (_, Event::Answered { part: Part::Unexpected, line, .. }) => {
                        prop_assert!(line.bytes().iter().all(|octet| b"\r\n".contains(octet)), "{:?}", line);
                    }
                    _ => {}
                }
            }
            // What was withheld once stays so, whatever it is shown at.
            for lower in LOWER {
                if lower == sight {
                    prop_assert_eq!(self::shown(&shown, lower), shown.clone());
                }
            }
        }
    }

    #[test]
    fn hiding_before_shows_no_more_than_hiding_after(
        turns in vec(turn(), 1..12), size in prop::sample::select(SIZES.to_vec()), which in any::<prop::sample::Index>(),
    ) {
        let record = play(&turns, size);
        let seq = which.index(record.entries.len()) as Seq + 1;
        let read = |seq: Seq| record.entries.get(usize::try_from(seq).ok()?.checked_sub(1)?).cloned();
        let Some(withdrawal) = withdraw(seq, ME, read) else { return Ok(()) };
        let hide = |entries: &[Entry]| {
            let mut entries = entries.to_vec();
            for left in &withdrawal.entries {
                entries[left.seq as usize - 1] = left.clone();
            }
            entries
        };
        for sight in LOWER {
            let (before, after) = (shown(&hide(&record.entries), sight), hide(&shown(&record.entries, sight)));
            for (before, after) in before.iter().zip(&after) {
                // Of what was hidden nobody knows what it was: of what can be mistaken for that, less is shown.
                let left = left_of(after, |seq| record.entries.get(usize::try_from(seq).ok()?.checked_sub(1)?).cloned());
                let shows_no_more = before == after || left.as_ref() == Some(&before.event);
                prop_assert!(shows_no_more, "{:?} and {:?}", before, after);
            }
        }
    }
}
