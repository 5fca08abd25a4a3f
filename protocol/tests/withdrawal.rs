//! What is hidden together, and what is left of it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;

use proptest::prelude::*;
use protocol::access::By;
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event, PIECE_MAX, Part, Seq};
use protocol::remark::{End, Marks, Remark};
use protocol::state::State;
use protocol::target::Security;
use protocol::wire::{ToBrowser, encode};
use protocol::withdrawal::{Following, Withdrawal, left_of, withdraw};

const ME: By = By::Participant(1);

/// A record as the bridge keeps one.
struct Session {
    dialogue: Dialogue,
    entries: Vec<Entry>,
    following: Vec<Following>,
    connection: u32,
}

impl Session {
    fn new() -> Self {
        let mut session = Self {
            dialogue: Dialogue::new(Security::Plain),
            entries: Vec::new(),
            following: Vec::new(),
            connection: 1,
        };
        session.says("+OK ready\r\n");
        session
    }

    fn types(&mut self, line: &str) -> Seq {
        let mut out = Vec::new();
        self.dialogue
            .submit(line.as_bytes(), Some(7), ME, &mut out)
            .unwrap();
        self.take(out);
        self.entries.len() as Seq
    }

    fn says(&mut self, octets: impl AsRef<[u8]>) -> Seq {
        let mut out = Vec::new();
        self.dialogue.receive(octets.as_ref(), &mut out);
        self.take(out);
        self.entries.len() as Seq
    }

    fn ends(&mut self) {
        let mut out = Vec::new();
        self.dialogue.end(&mut out);
        self.take(out);
        self.push(Event::Remark(Remark::Ended {
            how: End::ByServer,
            marks: Marks::None,
            cut_short: true,
        }));
    }

    fn connects_again(&mut self) {
        self.dialogue = Dialogue::new(Security::Plain);
        self.connection += 1;
        self.says("+OK ready\r\n");
    }

    fn take(&mut self, out: Vec<Output>) {
        for output in out {
            if let Output::Event(event) = output {
                self.push(event);
            }
        }
    }

    fn push(&mut self, event: Event) {
        let mut entry = Entry {
            seq: self.entries.len() as Seq + 1,
            at: 0,
            connection: self.connection,
            event,
        };
        let mut is_hidden = false;
        for following in &mut self.following {
            is_hidden |= following.takes(entry.connection, &entry.event);
        }
        self.following.retain(|it| !it.is_over());
        if is_hidden && let Some(left) = left_of(&entry, |seq| self.entries.get(seq as usize - 1).cloned()) {
            entry.event = left;
        }
        self.entries.push(entry);
    }

    /// Hides an entry, and says which were hidden.
    fn hide(&mut self, seq: Seq) -> Option<Vec<Seq>> {
        let read = |seq: Seq| {
            self.entries
                .get(usize::try_from(seq).ok()?.checked_sub(1)?)
                .cloned()
        };
        let Withdrawal { entries, following } = withdraw(seq, ME, read)?;
        self.following.extend(following);
        let hidden = entries.iter().map(|entry| entry.seq).collect();
        for entry in entries {
            let place = entry.seq as usize - 1;
            self.entries[place] = entry;
        }
        Some(hidden)
    }

    fn line(&self, seq: Seq) -> String {
        match &self.entries[seq as usize - 1].event {
            Event::Sent { line, .. } | Event::Answered { line, .. } => {
                format!("{}{:?}", String::from_utf8_lossy(line.bytes()), line.struck())
            }
            other => format!("{other:?}"),
        }
    }

    /// Whether that can be found anywhere in what is sent to browsers.
    fn holds(&self, text: &str) -> bool {
        self.entries.iter().any(|entry| {
            let octets = encode(&ToBrowser::Entry(entry.clone())).to_ascii_lowercase();
            octets
                .windows(text.len())
                .any(|window| window == text.to_ascii_lowercase().as_bytes())
        })
    }
}

#[test]
fn a_line_goes_with_what_echoes_it_and_nothing_else_does() {
    let mut session = Session::new();
    session.types("USER user01");
    session.says("+OK\r\n");
    let typed = session.types("hunter2");
    let echo = session.says("-ERR Unknown command: HUNTER2\r\n");
    session.types("NOOP");
    session.says("+OK still here\r\n");
    assert_eq!(session.hide(typed), Some(vec![typed, echo]));
    assert_eq!(session.line(typed), "[0]");
    assert_eq!(session.line(echo), "-ERR \r\n[5]");
    assert!(!session.holds("hunter2"));
    assert!(session.holds("user01") && session.holds("still here"));
    assert_eq!(session.hide(typed), None, "it is hidden already");
}

#[test]
fn what_pairs_a_line_and_its_reply_stays() {
    let mut session = Session::new();
    let typed = session.types("user Kanarienvogel");
    let answer = session.says("+OK Kanarienvogel, please\n");
    let before = session.entries.clone();
    session.hide(typed).unwrap();
    assert_eq!(session.line(typed), "user [5]");
    assert_eq!(session.line(answer), "+OK \n[4]");
    for (before, after) in before.iter().zip(&session.entries) {
        assert_eq!(
            (before.seq, before.at, before.connection),
            (after.seq, after.at, after.connection)
        );
        match (&before.event, &after.event) {
            (
                Event::Sent { exchange, id, by, .. },
                Event::Sent {
                    exchange: still,
                    id: still_id,
                    by: still_by,
                    ..
                },
            ) => assert_eq!((exchange, id, by), (still, still_id, still_by)),
            (
                Event::Answered { exchange, part, .. },
                Event::Answered {
                    exchange: still,
                    part: still_part,
                    ..
                },
            ) => assert_eq!((exchange, part), (still, still_part)),
            (before, after) => assert_eq!(before, after),
        }
    }
}

#[test]
fn a_reply_that_is_still_to_come_is_hidden_as_it_comes() {
    let mut session = Session::new();
    let typed = session.types("hunter2");
    let next = session.types("NOOP");
    assert_eq!(session.hide(typed), Some(vec![typed]));
    session.says("-ERR Unknown: hunter2\r\nhunter2 again\r\n+OK noop\r\nunasked\r\n");
    assert!(!session.holds("hunter2"));
    assert_eq!(session.line(next + 1), "-ERR \r\n[5]");
    assert_eq!(session.line(next + 2), "\r\n[0]");
    assert!(session.holds("+OK noop") && session.holds("unasked"));
    assert!(session.following.is_empty());
}

#[test]
fn the_rest_of_an_answer_that_is_still_coming_in_is_hidden_as_it_comes() {
    let mut session = Session::new();
    let typed = session.types("hunter2");
    let begun = session.says(format!("-ERR {}", "x".repeat(PIECE_MAX)));
    assert_eq!(session.hide(typed), Some(vec![typed, begun]));
    session.says("you said hunter2\r\n");
    assert!(!session.holds("hunter2"));
    session.types("NOOP");
    session.says("+OK ready\r\n");
    assert!(session.holds("+OK ready"));
}

#[test]
fn lines_that_an_echo_is_cut_into_are_hidden_and_later_ones_are_not() {
    let mut session = Session::new();
    let typed = session.types("hunter2 and more");
    session.says("-ERR hunter2\r\nhunter2\r\n");
    session.types("NOOP");
    session.says("+OK noop\r\n* hello\r\n");
    session.hide(typed).unwrap();
    assert!(!session.holds("hunter2"));
    assert!(session.holds("* hello"));

    // What comes by itself later is worth reading, and is not what was hidden.
    let mut session = Session::new();
    let typed = session.types("hunter2");
    session.says("-ERR hunter2\r\n");
    session.hide(typed).unwrap();
    session.says("-ERR Disconnected for inactivity.\r\n");
    assert!(session.holds("inactivity"));
}

#[test]
fn replies_on_another_connection_are_not_hidden() {
    let mut session = Session::new();
    let typed = session.types("hunter2");
    session.hide(typed).unwrap();
    session.ends();
    session.connects_again();
    session.types("NOOP");
    session.says("* odd\r\n-ERR again\r\n");
    assert!(session.following.is_empty());
    assert!(session.holds("* odd") && session.holds("-ERR again"));
}

#[test]
fn an_answer_can_be_hidden_by_itself_in_all_its_pieces() {
    let mut session = Session::new();
    let typed = session.types("NOOP");
    let first = typed + 1;
    let last = session.says(format!("+OK {}hunter2\r\n", "x".repeat(150_000)));
    assert_eq!(last, first + 2);
    for seq in first..=last {
        let mut session = Session {
            dialogue: Dialogue::new(Security::Plain),
            following: Vec::new(),
            entries: session.entries.clone(),
            connection: 1,
        };
        assert_eq!(session.hide(seq), Some(vec![first, first + 1, last]));
        assert_eq!(session.line(first), "+OK [4]");
        assert_eq!(session.line(first + 1), "[0]");
        assert_eq!(session.line(last), "\r\n[0]");
        assert!(session.holds("NOOP"));
    }
}

#[test]
fn payload_is_hidden_up_to_where_its_last_line_ends() {
    let mut session = Session::new();
    session.types("RETR 1");
    session.says("+OK\r\nSubject: a\r\n\r\n");
    let first = session.says("one\r\n..\r\nhunt");
    session.says("er");
    session.types("NOOP");
    let last = session.says("2\r\n.x\r\nthree");
    session.says(" and four\r\n.\r\n");
    assert_eq!(session.hide(first), Some(vec![first, first + 1, last]));
    let withheld = |lines, octets, stuffed, is_open| Event::Withheld {
        exchange: 1,
        part: Part::Body,
        lines,
        octets,
        stuffed,
        is_open,
    };
    assert_eq!(
        session.entries[first as usize - 1].event,
        withheld(2, 13, 1, true)
    );
    assert_eq!(session.entries[first as usize].event, withheld(0, 2, 0, true));
    assert_eq!(session.entries[last as usize - 1].event, withheld(2, 12, 1, true));
    assert!(session.holds(" and four"));
    assert_eq!(session.hide(first), None);
    assert_eq!(session.hide(last), None);
}

#[test]
fn a_piece_within_a_line_is_hidden_from_where_the_line_began() {
    let mut session = Session::new();
    session.types("RETR 1");
    session.says("+OK\r\n\r\n");
    let first = session.says("a\r\nhun");
    let middle = session.says("ter");
    let open = session.says("2");
    assert_eq!(session.hide(middle), Some(vec![first, middle, open]));
    // And the rest of it as it comes, but not what begins behind it.
    session.says("34");
    session.says("5\r\nnext\r\n");
    session.says("free\r\n");
    let events: Vec<_> = session.entries[first as usize - 1..]
        .iter()
        .map(|it| &it.event)
        .collect();
    assert!(
        events[..5]
            .iter()
            .all(|event| matches!(event, Event::Withheld { .. }))
    );
    assert!(matches!(events[5], Event::Received { .. }), "{events:#?}");
    assert!(session.following.is_empty());
}

#[test]
fn what_is_the_consoles_own_or_not_there_cannot_be_hidden() {
    let mut session = Session::new();
    session.types("NOOP");
    session.ends();
    let remark = session.entries.len() as Seq;
    for seq in [0, remark, remark + 1, Seq::MAX] {
        assert_eq!(session.hide(seq), None, "{seq}");
    }
}

#[test]
fn a_password_that_is_struck_out_already_leaves_its_reply_to_hide() {
    let mut session = Session::new();
    let typed = session.types("PASS hunter2");
    let answer = session.says("-ERR no such luck\r\n");
    assert_eq!(session.hide(typed), Some(vec![answer]));
    assert_eq!(session.hide(typed), None);
}

/// What the console's own words between two lines come to.
const AMONG: usize = 70_000;

#[test]
fn what_is_hidden_already_is_asked_for_again_at_next_to_no_cost() {
    let mut session = Session::new();
    let typed = session.types("hunter2");
    let answer = session.says("-ERR what is hunter2\r\n");
    let state = Event::State(State::default());
    for _ in 0..AMONG {
        session.push(state.clone());
    }
    assert_eq!(session.hide(typed), Some(vec![typed, answer]));
    for (seq, most) in [(typed, 1_000), (answer, 1), (answer + 1, 1), (AMONG as Seq, 1)] {
        let looked_at = Cell::new(0);
        let read = |seq: Seq| {
            looked_at.set(looked_at.get() + 1);
            session.entries.get(seq as usize - 1).cloned()
        };
        assert!(withdraw(seq, ME, read).is_none(), "{seq}");
        assert!(looked_at.get() <= most, "{seq}: {looked_at:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Hiding in any order, before and after the replies, leaves nothing and keeps every place.
    #[test]
    fn nothing_of_a_hidden_line_is_left(
        chunk in 1_usize..40,
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..12),
        early in any::<bool>(),
    ) {
        let mut session = Session::new();
        let typed = session.types("hunter2 hunter2");
        let hides = |session: &mut Session| session.hide(typed);
        if early {
            hides(&mut session);
        }
        session.types("LIST");
        session.types("hunter2");
        let says = "-ERR what is hunter2\r\nhunter2\r\n+OK\r\n1 2\r\n.\r\n-ERR hunter2 again\r\n";
        for octets in says.as_bytes().chunks(chunk) {
            session.says(octets);
        }
        let count = session.entries.len();
        hides(&mut session);
        for index in order {
            session.hide(index.index(count) as Seq + 1);
        }
        for seq in 1..=count as Seq {
            session.hide(seq);
        }
        prop_assert!(!session.holds("hunter2"));
        prop_assert_eq!(session.entries.len(), count);
        for (place, entry) in session.entries.iter().enumerate() {
            prop_assert_eq!(entry.seq, place as Seq + 1);
        }
    }
}
