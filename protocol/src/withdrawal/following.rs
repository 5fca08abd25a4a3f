//! What comes behind a hidden entry and has to be hidden with it.

use super::record::{is_open, source};
use crate::access::By;
use crate::entry::{ConnectionNo, Entry, Event, ExchangeNo, Part};
use crate::remark::Remark;

/// Tells, of the events behind a hidden one, which have to be hidden with it.
#[derive(Debug)]
pub struct Following {
    connection: ConnectionNo,
    by: By,
    what: What,
    is_over: bool,
}

#[derive(Debug)]
enum What {
    /// The lines that answer a command, and those that answer nothing until a later command is answered: they
    /// may be what is left of an echo.
    Echoes {
        exchange: ExchangeNo,
        /// Whether its status line was seen to its end.
        answered: bool,
    },
    /// Nothing: it is a note that stands alone.
    Nothing,
    /// The rest of a server's line.
    Rest { source: (ExchangeNo, Part, bool) },
}

impl Following {
    /// Of that entry; none if it cannot be hidden.
    pub(super) fn of(entry: &Entry, by: By) -> Option<Self> {
        let (what, is_over) = match &entry.event {
            Event::Sent { exchange, .. } => {
                let echoes = What::Echoes {
                    exchange: *exchange,
                    answered: false,
                };
                (echoes, false)
            }
            Event::Note { text, .. } if !text.is_empty() => (What::Nothing, true),
            event => {
                let rest = What::Rest {
                    source: source(event).filter(|_| !matches!(event, Event::Withheld { .. }))?,
                };
                (rest, !is_open(event))
            }
        };
        Some(Self {
            connection: entry.connection,
            by,
            what,
            is_over,
        })
    }

    /// Who hid it.
    pub fn by(&self) -> By {
        self.by
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether what has not come yet must be looked at. What is left of an echo comes with its first line: after
    /// that, a line that answers nothing is worth reading.
    pub(super) fn is_awaited(&self) -> bool {
        !self.is_over && !matches!(self.what, What::Echoes { answered: true, .. })
    }

    /// Whether the next event has to be hidden with it.
    pub fn takes(&mut self, connection: ConnectionNo, event: &Event) -> bool {
        if self.is_over {
            return false;
        }
        let ended = matches!(event, Event::Remark(Remark::Ended { .. } | Remark::Failed { .. }));
        if connection != self.connection || ended {
            self.is_over = true;
            return false;
        }
        match &mut self.what {
            What::Echoes { exchange, answered } => match event {
                Event::Answered {
                    part: Part::Unexpected,
                    ..
                } => true,
                Event::Answered {
                    exchange: of, part, ..
                } if of == exchange => {
                    // A long line comes in pieces, and the echo may stand in the last.
                    *answered |= *part == Part::Status && !is_open(event);
                    true
                }
                // Payload follows what was taken for a command: nothing of it is repeated behind.
                Event::Received { exchange: of, .. } | Event::Withheld { exchange: of, .. } => {
                    self.is_over = of == exchange;
                    false
                }
                Event::Answered { exchange: of, .. } => {
                    self.is_over = *of > *exchange;
                    false
                }
                Event::Sent { .. }
                | Event::Note { .. }
                | Event::Hidden { .. }
                | Event::Remark(_)
                | Event::State(_) => false,
            },
            What::Nothing => false,
            What::Rest { source: begun } => match source(event) {
                None => false,
                Some(source) if source == *begun => {
                    self.is_over = ends_a_line(event);
                    true
                }
                Some(_) => {
                    self.is_over = true;
                    false
                }
            },
        }
    }
}

/// Whether a line ends in it that began earlier.
fn ends_a_line(event: &Event) -> bool {
    match event {
        Event::Received { bytes, .. } => memchr::memchr(b'\n', bytes).is_some(),
        Event::Withheld { lines, .. } => *lines > 0,
        event => !is_open(event),
    }
}
