//! For tests: what the bridge would record of a conversation.

use protocol::access::{By, Role, Sight};
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event, LineId};
use protocol::state::State;
use protocol::target::{Family, Security, Target};
use protocol::wire::{ToBrowser, VERSION, Welcome};

/// A conversation with a server that is recorded as the bridge does it.
pub(crate) struct Recorded {
    dialogue: Dialogue,
    state: State,
    seq: u64,
    connection: u32,
    entries: Vec<Entry>,
}

impl Recorded {
    /// A connection that awaits its greeting.
    pub(crate) fn new() -> Self {
        Self::with(true)
    }

    /// The same with a server beyond this machine.
    #[allow(dead_code, reason = "not every test that shares this file needs it")]
    pub(crate) fn beyond_loopback() -> Self {
        Self::with(false)
    }

    fn with(loopback: bool) -> Self {
        let mut recorded = Self {
            dialogue: Dialogue::new(Security::Plain),
            state: State {
                target: Some(target()),
                loopback,
                ..State::default()
            },
            seq: 0,
            connection: 1,
            entries: Vec::new(),
        };
        recorded.settle(Vec::new());
        recorded
    }

    /// A line went out, which its browser called that.
    pub(crate) fn client(&mut self, id: LineId, line: &str) -> &mut Self {
        let mut out = Vec::new();
        self.dialogue
            .submit(line.as_bytes(), Some(id), By::Participant(1), &mut out)
            .unwrap();
        self.settle(out);
        self
    }

    /// The server sent octets.
    pub(crate) fn server(&mut self, octets: impl AsRef<[u8]>) -> &mut Self {
        let mut out = Vec::new();
        self.dialogue.receive(octets.as_ref(), &mut out);
        self.settle(out);
        self
    }

    /// What was recorded since it was last taken.
    pub(crate) fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// The same as messages to a browser.
    #[allow(dead_code, reason = "not every test that shares this file needs it")]
    pub(crate) fn messages(&mut self) -> Vec<ToBrowser> {
        self.take().into_iter().map(ToBrowser::Entry).collect()
    }

    fn settle(&mut self, out: Vec<Output>) {
        for output in out {
            if let Output::Event(event) = output {
                self.push(event);
            }
        }
        let state = State {
            phase: self.dialogue.phase(),
            marked: self.dialogue.marked(),
            expects: self.dialogue.expects(),
            ..self.state.clone()
        };
        if state != self.state || self.seq == 0 {
            self.state = state.clone();
            self.push(Event::State(state));
        }
    }

    fn push(&mut self, event: Event) {
        self.seq += 1;
        self.entries.push(Entry {
            seq: self.seq,
            at: self.seq * 1000,
            connection: self.connection,
            event,
        });
    }
}

/// A target.
pub(crate) fn target() -> Target {
    Target {
        host: "mail.company.com".to_owned(),
        port: 110,
        security: Security::Plain,
        verify: true,
        name: None,
        family: Family::Any,
    }
}

/// The bridge's answer to a hello.
#[allow(dead_code, reason = "not every test that shares this file needs it")]
pub(crate) fn welcome(epoch: u64, after: u64, last: u64) -> ToBrowser {
    ToBrowser::Welcome(Welcome {
        version: VERSION,
        epoch,
        after,
        last,
        now: 0,
        participant: 1,
        role: Role::Owner,
        sight: Sight::Everything,
    })
}
