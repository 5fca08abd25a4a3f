//! What is said in a session that an earlier bridge left behind: how its connection ended.

use protocol::alias::Alias;
use protocol::entry::{ConnectionNo, Entry, Event, Part, Seq};
use protocol::remark::{End, Marks, Remark};
use protocol::standing::Ending;
use protocol::state::{Phase, State};
use protocol::wire::{BadMessage, ToBrowser, decode_sequence, encode};

use super::LoadError;
use crate::audit::Ending as Told;
use crate::journal::{Change, Journal, Order};
use crate::session::ending::Search;

/// A connection that was lost with an earlier bridge.
pub(crate) struct Lost {
    pub(crate) session: Alias,
    pub(crate) ending: Told,
}

impl Lost {
    /// Of what is added to a session about it; none where its end was known.
    fn of(id: &str, added: &[Entry]) -> Option<Self> {
        let mut ended = None;
        let mut target = None;
        for entry in added {
            match &entry.event {
                Event::Remark(Remark::Ended { how, marks, .. }) => ended = Some((how, *marks)),
                Event::State(state) => target = state.target.as_ref(),
                _ => {}
            }
        }
        let (how, marks) = ended?;
        Some(Self {
            session: Alias::of(id),
            ending: Told::of_connection(target?, Ok(how), marks, None),
        })
    }
}

/// Says in a session that has not ended what became of its connection, where that was not said yet. What was lost, if that
/// is news.
pub(super) fn settle(journal: &dyn Journal, id: &str, at: u64) -> Result<Option<Lost>, LoadError> {
    let story = Story::of(journal, id)?;
    let first = story.last + 1;
    let entries = story.ending(at);
    let Some(last) = entries.last().map(|entry| entry.seq) else {
        return Ok(None);
    };
    let lost = Lost::of(id, &entries);
    let octets: Vec<u8> = entries
        .into_iter()
        .flat_map(|entry| encode(&ToBrowser::Entry(entry)))
        .collect();
    journal.commit(&[Change::Entries {
        session: id.into(),
        first,
        last,
        octets: octets.into(),
    }])?;
    Ok(lost)
}

/// Where a session's newest connection stood last, and the session's last entry.
pub(crate) fn stood(journal: &dyn Journal, id: &str) -> Result<(State, Seq), LoadError> {
    let story = Story::of(journal, id)?;
    Ok((story.state.unwrap_or_default(), story.last))
}

/// How a session's newest connection ended.
pub(super) fn ending(journal: &dyn Journal, id: &str) -> Result<Option<Ending>, LoadError> {
    let mut search = Search::default();
    let mut failed = None;
    journal.read(id, Order::Backwards, &mut |row| {
        let items: Result<Vec<ToBrowser>, BadMessage> = decode_sequence(row.octets).collect();
        match items {
            Ok(items) => {
                let mut entries = items.into_iter().rev().filter_map(entry_of);
                entries.all(|entry| search.goes_back_to(&entry.event))
            }
            Err(error) => {
                failed = Some(error);
                false
            }
        }
    })?;
    failed.map_or(Ok(search.found()), |error| Err(error.into()))
}

fn entry_of(item: ToBrowser) -> Option<Entry> {
    match item {
        ToBrowser::Entry(entry) => Some(entry),
        _ => None,
    }
}

/// What happened since the connection's last state, read backwards.
#[derive(Default)]
struct Story {
    last: Seq,
    connection: ConnectionNo,
    state: Option<State>,
    /// Whether it was said how the connection ended.
    ended: bool,
    quit: bool,
    /// Whether a reply was due or coming in; none while nothing tells.
    cut_short: Option<bool>,
}

impl Story {
    /// Of a session that is kept.
    fn of(journal: &dyn Journal, id: &str) -> Result<Self, LoadError> {
        let mut story = Story::default();
        let mut failed = None;
        journal.read(id, Order::Backwards, &mut |row| {
            let items: Result<Vec<ToBrowser>, BadMessage> = decode_sequence(row.octets).collect();
            let mut entries: Vec<Entry> = match items {
                Ok(items) => items.into_iter().filter_map(entry_of).collect(),
                Err(error) => {
                    // What is added must not take the place of what cannot be read.
                    failed = Some(error);
                    return false;
                }
            };
            while let Some(entry) = entries.pop() {
                if !story.goes_back_to(entry) {
                    return false;
                }
            }
            true
        })?;
        failed.map_or(Ok(story), |error| Err(error.into()))
    }

    /// Takes the entry before; whether it wants another.
    fn goes_back_to(&mut self, entry: Entry) -> bool {
        if self.last == 0 {
            self.last = entry.seq;
            self.connection = entry.connection;
        }
        match entry.event {
            Event::State(state) => {
                self.state = Some(state);
                return false;
            }
            Event::Remark(Remark::Ended { .. } | Remark::Failed { .. }) => self.ended = true,
            Event::Sent { line, .. } => {
                // What came of a QUIT that was answered stands in a later state.
                self.quit |= line.bytes().trim_ascii().eq_ignore_ascii_case(b"QUIT");
                self.cut_short.get_or_insert(true);
            }
            Event::Answered { part, .. } => {
                self.cut_short.get_or_insert(part == Part::Continuation);
            }
            Event::Received { part, .. } | Event::Withheld { part, .. } => {
                self.cut_short.get_or_insert(part != Part::Terminator);
            }
            Event::Hidden { .. } | Event::Note { .. } | Event::Remark(_) => {}
        }
        true
    }

    /// What is to be added.
    fn ending(self, at: u64) -> Vec<Entry> {
        let Some(state) = self.state else {
            return Vec::new();
        };
        if matches!(state.phase, Phase::Closed | Phase::NotConnected) {
            return Vec::new();
        }
        let marks = match state.marked {
            0 => Marks::None,
            marked if self.quit => Marks::Unknown(marked),
            marked => Marks::NotCommitted(marked),
        };
        let ended = Event::Remark(Remark::Ended {
            how: End::BridgeLost,
            marks,
            cut_short: self.cut_short.unwrap_or(false),
        });
        let closed = Event::State(State {
            phase: Phase::Closed,
            loopback: state.loopback,
            target: state.target,
            ..State::default()
        });
        let (connection, last) = (self.connection, self.last);
        (!self.ended)
            .then_some(ended)
            .into_iter()
            .chain([closed])
            .zip(last + 1..)
            .map(|(event, seq)| Entry {
                seq,
                at,
                connection,
                event,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(seq: Seq, event: Event) -> Entry {
        Entry {
            seq,
            at: 0,
            connection: 3,
            event,
        }
    }

    fn state(phase: Phase, marked: u32) -> Event {
        Event::State(State {
            phase,
            marked,
            ..State::default()
        })
    }

    fn received(part: Part) -> Event {
        Event::Received {
            exchange: 1,
            part,
            bytes: b"x\r\n"[..].into(),
        }
    }

    /// What is added to a session whose entries are these.
    fn added(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
        let entries: Vec<Entry> = (1..).zip(events).map(|(seq, event)| entry(seq, event)).collect();
        let last = entries.len() as Seq;
        let mut story = Story::default();
        for entry in entries.into_iter().rev() {
            if !story.goes_back_to(entry) {
                break;
            }
        }
        let ending = story.ending(7);
        for (entry, seq) in ending.iter().zip(last + 1..) {
            assert_eq!((entry.seq, entry.connection, entry.at), (seq, 3, 7));
        }
        ending.into_iter().map(|entry| entry.event).collect()
    }

    fn ended(marks: Marks, cut_short: bool) -> Event {
        Event::Remark(Remark::Ended {
            how: End::BridgeLost,
            marks,
            cut_short,
        })
    }

    #[test]
    fn an_open_connection_is_said_to_be_lost_with_its_marks() {
        let closed = state(Phase::Closed, 0);
        assert_eq!(
            added([state(Phase::Transaction, 2)]),
            [ended(Marks::NotCommitted(2), false), closed.clone()]
        );
        assert_eq!(
            added([state(Phase::Transaction, 0), received(Part::Body)]),
            [ended(Marks::None, true), closed.clone()]
        );
        assert_eq!(
            added([
                state(Phase::Transaction, 0),
                received(Part::Body),
                received(Part::Terminator)
            ]),
            [ended(Marks::None, false), closed]
        );
    }

    #[test]
    fn a_connection_that_was_over_is_left_as_it_is() {
        assert_eq!(added([]), []);
        assert_eq!(added([state(Phase::Transaction, 1), state(Phase::Closed, 0)]), []);
        assert_eq!(
            added([state(Phase::Transaction, 1), ended(Marks::NotCommitted(1), false)]),
            [state(Phase::Closed, 0)]
        );
    }
}
