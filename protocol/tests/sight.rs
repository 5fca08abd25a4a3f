//! What is shown at each sight, and what must not be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::access::{By, Sight};
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event, Part, Seq};
use protocol::remark::{Failure, Remark, Step};
use protocol::sight::View;
use protocol::target::Security;
use protocol::wire::{ToBrowser, encode};
use protocol::withdrawal::withdraw;

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

/// Lines of a message. No header names what a body says.
fn message() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec![
        "Subject: a b",
        "X-1:",
        "To: c\r\n d",
        "Received: from e by f",
    ]);
    let line = prop::sample::select(vec![
        "",
        "..",
        "..x",
        "secret",
        "the secret: here",
        "+OK secret",
        "-ERR secret",
        "1 2",
    ]);
    // The empty line behind the header may be missing.
    let end = prop_oneof![4 => Just(Some("")), 1 => Just(None)];
    (vec(field, 0..4), end, vec(line, 0..6)).prop_map(|(fields, end, lines)| {
        let lines: Vec<_> = fields.into_iter().chain(end).chain(lines).collect();
        format!("{}\r\n.\r\n", lines.join("\r\n"))
    })
}

#[derive(Clone, Debug)]
enum Turn {
    Message(&'static str, &'static str, String),
    Single(&'static str, &'static str),
    Says(&'static str),
}

fn step() -> impl Strategy<Value = Turn> {
    prop_oneof![
        4 => (
            prop::sample::select(vec!["RETR 1", "retr 2", "TOP 1 3"]),
            prop::sample::select(vec!["+OK\r\n", "+OK 99 octets\r\n", "+ok secret\r\n"]),
            message(),
        ).prop_map(|(line, status, text)| Turn::Message(line, status, text)),
        2 => prop::sample::select(vec![
            ("NOOP", "+OK\r\n"), ("LIST", "+OK\r\n1 2\r\n.\r\n"), ("DELE 1", "-ERR gone\r\n"), ("CAPA", "+OK x\r\nTOP\r\n.\r\n"),
            ("AUTH PLAIN", "+ \r\n-ERR no\r\n"), ("hello", "-ERR what\r\n"), ("", "-ERR what\r\n"),
        ]).prop_map(|(line, reply)| Turn::Single(line, reply)),
        1 => prop::sample::select(vec!["secret\r\n", "-ERR secret\r\n", "secret"]).prop_map(Turn::Says),
    ]
}

fn play(steps: &[Turn], size: usize, pipelined: bool) -> Record {
    let mut record = Record::new(size);
    if pipelined {
        for step in steps {
            match step {
                Turn::Message(line, ..) | Turn::Single(line, _) => drop(record.types(line)),
                Turn::Says(_) => {}
            }
        }
    }
    let mut has_message = false;
    for step in steps {
        match step {
            Turn::Message(line, status, text) => {
                has_message = true;
                if !pipelined {
                    record.types(line);
                }
                record.says(status).says(text);
            }
            Turn::Single(line, reply) => {
                if !pipelined {
                    record.types(line);
                }
                record.says(reply);
            }
            // What no message came before is what a server says of itself.
            Turn::Says(_) if !has_message => {}
            Turn::Says(text) => drop(record.says(text)),
        }
    }
    record.ends();
    record
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
        steps in vec(step(), 0..8), size in prop::sample::select(SIZES.to_vec()), pipelined in any::<bool>(),
    ) {
        let record = play(&steps, size, pipelined);
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
        steps in vec(step(), 1..6), size in prop::sample::select(SIZES.to_vec()), which in any::<prop::sample::Index>(),
    ) {
        let record = play(&steps, size, false);
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
                // Of what is no header nobody knows where it began to be none, once that is hidden: the rest is withheld.
                let is_withheld = matches!(before.event, Event::Withheld { part: Part::Header, .. });
                prop_assert!(is_withheld || before == after, "{:?} and {:?}", before, after);
            }
        }
    }
}
