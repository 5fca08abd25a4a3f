//! Which mailbox a session opened last: it goes by that also once the maildrop is let go, and when it has ended.

use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::access::By;
use protocol::entry::{ConnectionNo, Entry, Event, ExchangeNo, Seq};
use protocol::mailbox::Mailbox;
use protocol::state::State;
use protocol::target::Target;
use protocol::wire::Refusal;
use protocol::withdrawal::left_of;
use serde::{Deserialize, Serialize};

use super::Session;
use super::transcript::Transcript;

/// How many of the last entries are looked at for the line that named the mailbox, at most. Where it is not among them nobody
/// can tell whether it was hidden.
const LOOKED_AT_MAX: usize = 1024;

/// A mailbox, as it is kept beside the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpenedMailbox {
    name: Box<str>,
    /// The server as it was entered.
    host: Box<str>,
    port: u16,
    /// Where it was named: whoever hides that hides it here, too.
    connection: ConnectionNo,
    exchange: ExchangeNo,
}

/// The newest that is known. Boxed: most sessions that are idle have none.
#[derive(Default)]
pub(super) struct Newest(Mutex<Option<Box<OpenedMailbox>>>);

impl OpenedMailbox {
    /// What a session is called by that; none where its newest connection is to somewhere else.
    pub(crate) fn at(&self, state: &State) -> Option<String> {
        let target = state.target.as_ref()?;
        let is_there = *target.host == *self.host && target.port == self.port;
        is_there.then(|| self.name.clone().into())
    }

    fn is_named_in(&self, connection: ConnectionNo, exchange: ExchangeNo) -> bool {
        (self.connection, self.exchange) == (connection, exchange)
    }
}

impl Newest {
    pub(super) fn new(mailbox: Option<Box<OpenedMailbox>>) -> Self {
        Self(Mutex::new(mailbox))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Box<OpenedMailbox>>> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// The server let somebody in to that mailbox, which was named in that exchange. Where that was hidden, nothing is known
    /// of it here.
    pub(crate) fn opens(
        &self,
        mailbox: &Mailbox,
        target: &Target,
        connection: ConnectionNo,
        exchange: ExchangeNo,
    ) {
        // In hand until it is there, so that hiding finds it or is found.
        let mut newest = self.opened_mailbox.lock();
        let opened = shows(&self.transcript, connection, exchange).then(|| {
            Box::new(OpenedMailbox {
                name: mailbox.name().into(),
                host: target.host.as_str().into(),
                port: target.port,
                connection,
                exchange,
            })
        });
        if *newest != opened {
            *newest = opened;
            drop(newest);
            self.alters();
        }
    }

    /// What was opened last.
    pub(crate) fn opened_mailbox(&self) -> Option<Box<OpenedMailbox>> {
        self.opened_mailbox.lock().clone()
    }

    /// What it is called by that while its newest connection stands so.
    pub(crate) fn mailbox_at(&self, state: &State) -> Option<String> {
        self.opened_mailbox.lock().as_ref().and_then(|it| it.at(state))
    }

    /// Hides an entry and what goes with it, and says so to everybody. With the line that named the mailbox goes its name; where
    /// the line stays, that does.
    ///
    /// # Errors
    /// When there is nothing to hide, or no room left to say so.
    pub(super) fn hide(&self, seq: Seq, by: By) -> Result<(), Refusal> {
        let mut newest = self.opened_mailbox.lock();
        let named = |entry: &Entry| match entry.event {
            Event::Sent { exchange, .. } => newest
                .as_ref()
                .is_some_and(|it| it.is_named_in(entry.connection, exchange)),
            _ => false,
        };
        let Some(line) = self.transcript.entry(seq).filter(named) else {
            return self.transcript.hide(seq, by);
        };
        let was = newest.take();
        // Before the entry is overwritten: what the journal leaves no traces of by that, it leaves none of this either.
        self.alters();
        let hidden = self.transcript.hide(seq, by);
        // What goes with many others may be hidden though not all of them are.
        if hidden.is_err() && self.transcript.entry(seq) == Some(line) {
            *newest = was;
            self.alters();
        }
        hidden
    }
}

/// Whether the line that began the exchange can be read, and was not hidden.
fn shows(transcript: &Transcript, connection: ConnectionNo, exchange: ExchangeNo) -> bool {
    let entries = (1..=transcript.last())
        .rev()
        .take(LOOKED_AT_MAX)
        .map_while(|seq| transcript.entry(seq))
        .take_while(|entry| entry.connection == connection);
    let mut first = None;
    for entry in entries {
        match entry.event {
            Event::Sent { exchange: other, .. } if other == exchange => first = Some(entry),
            Event::Sent { exchange: other, .. } if other < exchange => break,
            _ => {}
        }
    }
    // What is left of it once it is hidden is all there is of it then.
    first.is_some_and(|entry| left_of(&entry, |_| None).is_some())
}

#[cfg(test)]
mod tests {
    use protocol::access::{Keep, OWNER};
    use protocol::dialogue::{Dialogue, Output};
    use protocol::entry::Part;
    use protocol::target::{Family, Security};
    use protocol::wire::{decode, encode};

    use super::*;

    const ME: By = By::Participant(OWNER);

    fn target(host: &str) -> Target {
        Target {
            host: host.into(),
            port: 110,
            security: Security::Plain,
            verify: true,
            name: None,
            family: Family::Any,
        }
    }

    fn state(host: &str) -> State {
        State {
            target: Some(target(host)),
            ..State::default()
        }
    }

    /// A session in which these lines went out, the last of which the server has let in.
    struct Scene {
        session: Session,
        dialogue: Dialogue,
    }

    impl Scene {
        fn new() -> Self {
            let mut scene = Self {
                session: Session::of_tests(Keep::Everything),
                dialogue: Dialogue::new(Security::Plain),
            };
            scene.says("+OK\r\n");
            scene
        }

        fn says(&mut self, line: &str) {
            let mut out = Vec::new();
            self.dialogue.receive(line.as_bytes(), &mut out);
            self.take(out);
        }

        fn types(&mut self, line: &str) {
            let mut out = Vec::new();
            self.dialogue.submit(line.as_bytes(), None, ME, &mut out).unwrap();
            self.take(out);
        }

        fn take(&self, out: Vec<Output>) {
            for output in out {
                match output {
                    Output::Event(event) => self.session.transcript.append(1, event).unwrap(),
                    Output::SignIn(it) => {
                        let mailbox = it.mailbox.unwrap();
                        self.session
                            .opens(&mailbox, &target("mail.company.com"), 1, it.named_in);
                    }
                    _ => {}
                }
            }
        }

        /// The place of the line that begins so.
        fn place(&self, begins: &str) -> Seq {
            let is_it = |seq: &Seq| matches!(self.session.transcript.entry(*seq).unwrap().event, Event::Sent { line, .. } if line.bytes().starts_with(begins.as_bytes()));
            (1..=self.session.transcript.last()).find(is_it).unwrap()
        }

        fn name(&self) -> Option<String> {
            let opened = self.session.opened_mailbox()?;
            opened.at(&state("mail.company.com"))
        }
    }

    #[test]
    fn a_session_goes_by_the_mailbox_that_was_opened_while_it_is_with_that_server() {
        let mut scene = Scene::new();
        scene.types("USER anna");
        scene.says("+OK\r\n");
        assert_eq!(scene.name(), None);
        let altered = scene.session.altered();
        scene.types("PASS x");
        scene.says("+OK\r\n");
        assert_eq!(scene.name().as_deref(), Some("anna"));
        assert!(scene.session.altered() > altered, "it is kept");
        let opened = scene.session.opened_mailbox().unwrap();
        assert_eq!(opened.at(&state("mail.other.com")), None);
        assert_eq!(opened.at(&State::default()), None);
        let kept = encode(&scene.session.access());
        let again = Session::of_tests_with(decode(&kept).unwrap());
        assert_eq!(again.opened_mailbox(), Some(opened));
    }

    #[test]
    fn with_the_line_that_named_it_goes_the_mailbox_and_with_no_other() {
        for (lines, hidden, name) in [
            (&["USER anna", "PASS x"][..], "PASS", Some("anna")),
            (&["USER anna", "PASS x"], "USER", None),
            (&["USER ben", "USER anna", "PASS x"], "USER ben", Some("anna")),
            (&["USER ben", "USER anna", "PASS x"], "USER anna", None),
            (&["AUTH PLAIN AGFubmEAeA=="], "AUTH", None),
        ] {
            let mut scene = Scene::new();
            for line in lines {
                scene.types(line);
                scene.says("+OK\r\n");
            }
            assert_eq!(scene.name().as_deref(), Some("anna"), "{lines:?}");
            let (at, altered) = (scene.place(hidden), scene.session.altered());
            scene.session.hide(at, ME).unwrap();
            assert_eq!(scene.name().as_deref(), name, "{lines:?} without {hidden}");
            assert_eq!(scene.session.altered() > altered, name.is_none());
        }
    }

    #[test]
    fn where_there_is_no_room_to_hide_the_line_its_mailbox_stays() {
        let mut scene = Scene::new();
        for line in ["USER anna", "PASS x"] {
            scene.types(line);
            scene.says("+OK\r\n");
        }
        let payload = |octets: usize| Event::Received {
            exchange: 2,
            part: Part::Body,
            bytes: vec![b'x'; octets].into(),
        };
        let transcript = &scene.session.transcript;
        while transcript.append(1, payload(1 << 20)).is_ok() {}
        // Beyond what there is for hiding, too: as many connections that end would.
        (0..64).for_each(|_| transcript.append_last(1, payload(1 << 16)));
        let at = scene.place("USER");
        let hidden = scene.session.hide(at, ME);
        assert_eq!(hidden, Err(Refusal::TranscriptsFull));
        assert_eq!(scene.name().as_deref(), Some("anna"));
    }

    #[test]
    fn what_was_hidden_before_the_server_lets_in_is_not_known() {
        for (lines, hidden, name) in [
            (&["USER anna", "PASS x"][..], "USER", None),
            (
                &["kanarienvogel", "USER anna", "PASS x"],
                "kanarienvogel",
                Some("anna"),
            ),
            (&["AUTH PLAIN", "AGFubmEAeA=="], "AUTH", None),
        ] {
            let mut scene = Scene::new();
            let (last, first) = lines.split_last().unwrap();
            for line in first {
                scene.types(line);
                scene.says(if *line == "AUTH PLAIN" {
                    "+ \r\n"
                } else {
                    "+OK\r\n"
                });
            }
            scene.session.hide(scene.place(hidden), ME).unwrap();
            scene.types(last);
            scene.says("+OK\r\n");
            assert_eq!(scene.name().as_deref(), name, "{lines:?} without {hidden}");
        }
    }
}
