//! For tests: what the bridge would record of a conversation.
#![allow(
    dead_code,
    reason = "the browser tests share this file, and need a part of it"
)]

use protocol::access::{By, Keep, Role, Sight};
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event, LineId, Seq};
use protocol::remark::{End, Failure, Marks, Remark, Step};
use protocol::state::State;
use protocol::target::{Family, Security, Target};
use protocol::wire::{ToBrowser, VERSION, Welcome};
use protocol::withdrawal::{Following, Withdrawal, left_of, withdraw};

/// A conversation with a server that is recorded as the bridge does it.
pub(crate) struct Recorded {
    dialogue: Dialogue,
    state: State,
    seq: u64,
    connection: u32,
    entries: Vec<Entry>,
    /// All of it, as it stands now.
    record: Vec<Entry>,
    following: Vec<Following>,
}

impl Recorded {
    /// A connection that awaits its greeting.
    pub(crate) fn new() -> Self {
        Self::with(true)
    }

    /// The same with a server beyond this machine.
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
            record: Vec::new(),
            following: Vec::new(),
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

    /// The server closed the connection.
    pub(crate) fn ends(&mut self) -> &mut Self {
        let mut out = Vec::new();
        self.dialogue.end(&mut out);
        self.push(Event::Remark(Remark::Ended {
            how: End::ByServer,
            marks: Marks::None,
            cut_short: false,
        }));
        self.settle(out);
        self
    }

    /// TLS did not come about.
    pub(crate) fn fails(&mut self) -> &mut Self {
        let mut out = Vec::new();
        self.dialogue.end(&mut out);
        self.push(Event::Remark(Remark::Failed {
            step: Step::Tls,
            why: Failure::TimedOut,
            took: 1,
        }));
        self.settle(out);
        self
    }

    /// Another connection that awaits its greeting.
    pub(crate) fn connects_again(&mut self) -> &mut Self {
        self.dialogue = Dialogue::new(Security::Plain);
        self.connection += 1;
        self.settle(Vec::new());
        self
    }

    /// Somebody hid an entry.
    pub(crate) fn hide(&mut self, seq: Seq, by: By) -> &mut Self {
        let Some(Withdrawal { entries, following }) = withdraw(seq, by, |seq| self.read(seq)) else {
            return self;
        };
        let hidden = entries.iter().map(|entry| entry.seq).collect();
        for entry in entries {
            let place = entry.seq as usize - 1;
            self.record[place] = entry;
        }
        self.following.extend(following);
        self.push(Event::Hidden { entries: hidden, by });
        self
    }

    /// What somebody is sent who comes now.
    pub(crate) fn late(&self) -> Vec<Entry> {
        self.record.clone()
    }

    fn read(&self, seq: Seq) -> Option<Entry> {
        self.record
            .get(usize::try_from(seq).ok()?.checked_sub(1)?)
            .cloned()
    }

    /// What was recorded since it was last taken.
    pub(crate) fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }

    /// The same as messages to a browser.
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
        let mut entry = Entry {
            seq: self.seq,
            at: self.seq * 1000,
            connection: self.connection,
            event,
        };
        let mut hidden_by = None;
        for following in &mut self.following {
            if following.takes(entry.connection, &entry.event) {
                hidden_by = Some(following.by());
            }
        }
        self.following.retain(|it| !it.is_over());
        if hidden_by.is_some()
            && let Some(left) = left_of(&entry, |seq| self.read(seq))
        {
            entry.event = left;
        }
        let seq = entry.seq;
        self.entries.push(entry.clone());
        self.record.push(entry);
        if let Some(by) = hidden_by {
            let entries = vec![seq];
            self.push(Event::Hidden { entries, by });
        }
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
        link: None,
        keep: Keep::default(),
        ended: false,
    })
}
