//! Hiding entries. What is hidden is overwritten where it is kept, and nobody is sent it any more.
//!
//! A frame that a socket's writer has been handed is on its way and cannot be called back: its octets go with
//! the writer's last use of them.

use protocol::access::By;
use protocol::entry::{ConnectionNo, Entry, Event, Seq};
use protocol::wire::{Refusal, ToBrowser, decode, encode};
use protocol::withdrawal::{HIDDEN_MAX, left_of, overwrite, withdraw};

use super::{Entries, Full, HIDING_BEYOND, Transcript, cost};

impl Transcript {
    /// Hides an entry and what goes with it, and says so to everybody. Where nothing was hidden nobody is told.
    ///
    /// # Errors
    /// When there is nothing to hide, or no room left to say so.
    pub(crate) fn hide(&self, seq: Seq, by: By) -> Result<(), Refusal> {
        let mut entries = self.lock();
        let were = entries.encoded.len();
        let hidden = self.hide_in(&mut entries, seq, by);
        // Some of it may be, though there was no room for all.
        let is_news = entries.encoded.len() > were;
        drop(entries);
        if is_news {
            self.announce();
        }
        hidden
    }

    fn hide_in(&self, entries: &mut Entries, seq: Seq, by: By) -> Result<(), Refusal> {
        let withdrawal = withdraw(seq, by, |seq| entries.read(seq)).ok_or(Refusal::NothingToHide)?;
        let connection = entries.connection;
        let mut rest = withdrawal.entries.into_iter().peekable();
        while rest.peek().is_some() {
            let left: Vec<Entry> = rest.by_ref().take(HIDDEN_MAX).collect();
            let hidden = Event::Hidden {
                entries: left.iter().map(|entry| entry.seq).collect(),
                by,
            };
            self.add(entries, connection, hidden, HIDING_BEYOND)
                .map_err(Full::refusal)?;
            for entry in left {
                self.replace(entries, entry);
            }
        }
        entries.following.extend(withdrawal.following);
        Ok(())
    }

    /// Adds an entry that is hidden as it comes.
    pub(super) fn add_hidden(
        &self,
        entries: &mut Entries,
        connection: ConnectionNo,
        event: Event,
        by: By,
    ) -> Result<(), Full> {
        let seq = entries.encoded.len() as Seq + 1;
        let mut entry = Entry {
            seq,
            at: 0,
            connection,
            event,
        };
        if let Some(left) = left_of(&entry, |seq| entries.read(seq)) {
            overwrite(&mut entry.event);
            entry.event = left;
        }
        self.add(entries, connection, entry.event, 0)?;
        let hidden = Event::Hidden {
            entries: vec![seq],
            by,
        };
        self.add(entries, connection, hidden, HIDING_BEYOND)
    }

    /// Puts what is left of an entry in its place.
    fn replace(&self, entries: &mut Entries, entry: Entry) {
        let place = usize::try_from(entry.seq).ok().and_then(|seq| seq.checked_sub(1));
        let Some(place) = place.filter(|place| *place < entries.encoded.len()) else {
            return;
        };
        if self.ticket.get().is_some() {
            entries.replaced.push(entry.seq);
        }
        let was = cost(entries.encoded.get(place).map_or(0, <[u8]>::len));
        let left = encode(&ToBrowser::Entry(entry));
        let is = cost(left.len());
        entries.encoded.replace(place, &left);
        let projected = entries.projected_octets();
        // What a lower sight leaves of an entry, and what hiding leaves of it, are the same.
        for (_, projection) in &mut entries.projections {
            projection.replace(place, &left);
        }
        entries.shared.clear();
        entries.octets = entries.octets + is - was;
        self.budget.add(is + entries.projected_octets());
        self.budget.give_back(was + projected);
    }
}

impl Entries {
    /// Whether the next event goes with something that was hidden, and who hid that.
    pub(super) fn following_takes(&mut self, connection: ConnectionNo, event: &Event) -> Option<By> {
        let mut by = None;
        self.following.retain_mut(|following| {
            if following.takes(connection, event) {
                by.get_or_insert(following.by());
            }
            !following.is_over()
        });
        by
    }

    pub(super) fn read(&self, seq: Seq) -> Option<Entry> {
        let place = usize::try_from(seq).ok()?.checked_sub(1)?;
        match decode(self.encoded.get(place)?) {
            Ok(ToBrowser::Entry(entry)) => Some(entry),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::{By, Sight};
    use protocol::dialogue::{Dialogue, Output};
    use protocol::target::Security;

    use super::*;
    use crate::session::transcript::Budget;

    const ME: By = By::Participant(1);
    const CANARY: &[u8] = b"Kanarienvogel#7";

    /// A transcript of a greeting, of a line with the canary in it, and of what echoes it.
    fn transcript(cap: u64, budget: &Budget) -> Transcript {
        let transcript = Transcript::new(cap, budget.clone());
        let (mut dialogue, mut out) = (Dialogue::new(Security::Plain), Vec::new());
        dialogue.receive(b"+OK\r\n", &mut out);
        dialogue.submit(CANARY, Some(1), ME, &mut out).unwrap();
        dialogue.receive(b"-ERR what is Kanarienvogel#7\r\n", &mut out);
        for output in out {
            if let Output::Event(event) = output {
                transcript.append(1, event).unwrap();
            }
        }
        transcript
    }

    fn holds(octets: &[u8]) -> bool {
        octets.windows(CANARY.len()).any(|window| window == CANARY)
    }

    #[test]
    fn what_is_hidden_is_kept_nowhere_and_a_frame_on_its_way_is_left_alone() {
        let transcript = transcript(1 << 20, &Budget::new(1 << 20));
        let on_its_way = transcript.after(Sight::Everything, 1).unwrap().unwrap().octets;
        transcript.hide(2, ME).unwrap();
        assert!(!holds(
            &transcript.after(Sight::Everything, 0).unwrap().unwrap().octets
        ));
        assert!(holds(&on_its_way));
        assert_eq!(transcript.hide(2, ME), Err(Refusal::NothingToHide));
    }

    #[test]
    fn the_cap_and_the_budget_know_what_is_left() {
        let budget = Budget::new(1 << 20);
        let transcript = transcript(1 << 20, &budget);
        transcript.hide(2, ME).unwrap();
        let entries = transcript.lock();
        let lengths = (0..entries.encoded.len()).filter_map(|at| entries.encoded.get(at));
        let held: u64 = lengths.map(|octets| cost(octets.len())).sum();
        assert_eq!(entries.octets, held);
        assert_eq!(budget.used(), held);
        drop(entries);
        drop(transcript);
        assert_eq!(budget.used(), 0);
    }

    #[test]
    fn a_full_transcript_still_hides() {
        let transcript = transcript(1000, &Budget::new(1000));
        let filler = || Event::Remark(protocol::remark::Remark::StlsRefused);
        while transcript.append(1, filler()).is_ok() {}
        assert_eq!(transcript.hide(2, ME), Ok(()));
        assert!(!holds(
            &transcript.after(Sight::Everything, 0).unwrap().unwrap().octets
        ));
    }
}
