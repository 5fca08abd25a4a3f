//! How a session's newest connection ended, as its record tells.

use protocol::access::Keep;
use protocol::entry::Event;
use protocol::remark::{End, Remark};
use protocol::standing::{Ending, How};

use super::Session;
use crate::audit::Ending as Told;

/// How many of the last entries are looked at, at most: links, notes and names may have come since.
pub(crate) const LOOKED_AT_MAX: usize = 1024;

/// The record, read backwards until it has told how the connection ended.
#[derive(Default)]
pub(crate) struct Search {
    how: Option<How>,
    deleted: u32,
    looked_at: usize,
}

impl Search {
    /// Takes the entry before; whether it wants another.
    pub(crate) fn goes_back_to(&mut self, event: &Event) -> bool {
        self.looked_at += 1;
        match (self.how, event) {
            (None, Event::Remark(Remark::Ended { how, .. })) => {
                let how = of(how);
                self.how = Some(how);
                how == How::Quit && self.looked_at < LOOKED_AT_MAX
            }
            (None, Event::Remark(Remark::Failed { .. })) => {
                self.how = Some(How::Failed);
                false
            }
            (Some(_), Event::Remark(Remark::Committed { count, .. })) => {
                self.deleted = *count;
                false
            }
            // It was sent, so nothing was committed before.
            (_, Event::Sent { .. }) => false,
            _ => self.looked_at < LOOKED_AT_MAX,
        }
    }

    /// How the connection ended; none of one that is there, or of which the record tells nothing.
    pub(crate) fn found(self) -> Option<Ending> {
        let deleted = self.deleted;
        self.how.map(|how| Ending { how, deleted })
    }
}

impl Session {
    /// Tells whoever runs the console that it ends, and why.
    pub(crate) fn tell_end(&self, why: &End) {
        let may_go_on = self.recording.get().is_some() && self.kept() != Keep::Nothing;
        self.trail.tell_end(Told::of_session(why, may_go_on), None);
    }

    /// How the newest connection ended; none while it is there.
    pub(crate) fn ending(&self) -> Option<Ending> {
        let mut search = Search::default();
        let mut seqs = (1..=self.transcript.last()).rev();
        let entry = |seq| self.transcript.entry(seq);
        while let Some(entry) = seqs.next().and_then(entry)
            && search.goes_back_to(&entry.event)
        {}
        search.found()
    }
}

fn of(end: &End) -> How {
    match end {
        End::AfterQuit => How::Quit,
        End::Disconnected { .. }
        | End::SessionEnded { .. }
        | End::GraceOver { .. }
        | End::Idle { .. }
        | End::TranscriptFull { .. }
        | End::TranscriptsFull { .. }
        | End::WriteTimedOut => How::Dropped,
        End::ByServer | End::Broken { .. } | End::Truncated | End::Failed => How::Lost,
        End::Shutdown | End::BridgeLost => How::Interrupted,
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::{By, OWNER};
    use protocol::remark::{Marks, Sharing};
    use protocol::state::State;

    use super::*;

    fn ended(how: End) -> Event {
        Event::Remark(Remark::Ended {
            how,
            marks: Marks::None,
            cut_short: false,
        })
    }

    fn sent() -> Event {
        Event::Sent {
            exchange: 1,
            id: None,
            line: serde_json::from_value(serde_json::json!({ "bytes": [] })).unwrap(),
            by: By::Participant(OWNER),
        }
    }

    fn closed() -> Event {
        Event::State(State::default())
    }

    /// What is found in a record.
    fn found(record: &[Event]) -> Option<Ending> {
        let mut search = Search::default();
        let _ = record.iter().rev().all(|event| search.goes_back_to(event));
        search.found()
    }

    #[test]
    fn how_a_connection_ended_is_found_behind_what_came_since() {
        let committed = |count| {
            Event::Remark(Remark::Committed {
                messages: Vec::new(),
                count,
            })
        };
        let later = Event::Remark(Remark::Sharing(Sharing::RecordedAgain));
        let record = [
            committed(7),
            sent(),
            committed(2),
            ended(End::AfterQuit),
            closed(),
            later,
        ];
        let quit = |deleted| {
            Some(Ending {
                how: How::Quit,
                deleted,
            })
        };
        assert_eq!(found(&record), quit(2));
        // QUIT that deleted nothing, after another that did.
        assert_eq!(
            found(&[committed(7), sent(), ended(End::AfterQuit), closed()]),
            quit(0)
        );
        let lost = [committed(7), ended(End::ByServer), closed()];
        let how = How::Lost;
        assert_eq!(found(&lost), Some(Ending { how, deleted: 0 }));
    }

    #[test]
    fn a_connection_that_is_there_has_no_ending() {
        assert_eq!(found(&[ended(End::ByServer), closed(), sent()]), None);
        assert_eq!(found(&[]), None);
    }
}
