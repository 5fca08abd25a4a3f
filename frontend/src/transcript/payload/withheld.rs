//! Payload that is withheld: a line of which some is withdrawn is withdrawn as a whole, and takes one record.

use protocol::entry::{ConnectionNo, ExchangeNo, Part};

use super::super::withdrawal::COLUMNS;
use super::super::{Run, Transcript};
use super::Tail;

/// What is known of withheld payload.
pub(in super::super) struct Withheld {
    /// How many line ends it held.
    pub(in super::super) lines: u32,
    /// Its octets without byte-stuffing.
    pub(in super::super) octets: u64,
    /// Whether it ended within a line.
    pub(in super::super) is_open: bool,
}

impl Transcript {
    /// Adds payload that is withheld.
    pub(in super::super) fn withheld(
        &mut self,
        mut run: Run,
        source: (ConnectionNo, ExchangeNo, Part),
        withheld: &Withheld,
    ) {
        if self.tail.as_ref().is_some_and(|tail| tail.source != source) {
            self.end_tail();
        }
        self.count(&run, withheld.octets);
        run.exchange
            .into_iter()
            .for_each(|it| self.exchanges.hide(it as usize));
        let mut lines = withheld.lines;
        if self.tail.is_some() {
            self.withdraw_tail();
            if lines == 0 {
                return;
            }
            self.end_tail();
            run.completes = Some(self.lines.len().saturating_sub(1) as u32);
            lines -= 1;
        }
        if lines > 0 {
            self.begin_run(run.clone());
            (0..lines).for_each(|_| self.push_withdrawn(&run));
        }
        if withheld.is_open {
            self.tail = Some(Tail {
                run,
                source,
                octets: Vec::new(),
                continues: false,
                is_inside: false,
                is_withdrawn: true,
            });
        }
    }

    /// Takes away what is there of the line that is still coming in.
    pub(in super::super) fn withdraw_tail(&mut self) {
        let Some(mut tail) = self.tail.take_if(|tail| !tail.is_withdrawn) else {
            return;
        };
        let stuffed = !tail.is_inside && tail.octets.starts_with(b".");
        self.count(&tail.run, tail.octets.len() as u64 - u64::from(stuffed));
        tail.octets.fill(0);
        tail.octets.clear();
        if tail.continues {
            self.withdraw_line(self.lines.len().saturating_sub(1));
        }
        tail.is_withdrawn = true;
        self.tail = Some(tail);
    }

    /// Drops what goes on with a withdrawn line, and gives what stands behind it.
    pub(super) fn withhold_rest<'a>(&mut self, octets: &'a [u8]) -> &'a [u8] {
        let end = memchr::memchr(b'\n', octets).map(|at| at + 1);
        let (dropped, rest) = octets.split_at(end.unwrap_or(octets.len()));
        if let Some(tail) = &self.tail {
            let run = tail.run.clone();
            self.count(&run, dropped.len() as u64);
        }
        if end.is_some() {
            self.end_tail();
        }
        rest
    }

    /// A withdrawn line ends.
    pub(super) fn end_withdrawn(&mut self, tail: &Tail) {
        if !tail.continues {
            self.begin_run(tail.run.clone());
            self.push_withdrawn(&tail.run);
        }
    }

    fn push_withdrawn(&mut self, run: &Run) {
        if run.is_unseen {
            return self.push_unseen();
        }
        self.push_segment(run, b"", COLUMNS, false);
        self.lines.withdraw(self.lines.len() - 1, b"", COLUMNS);
    }

    /// Counts octets of a message.
    fn count(&mut self, run: &Run, octets: u64) {
        if let Some(exchange) = run.message_of() {
            self.exchanges.count(exchange, octets);
        }
    }
}
