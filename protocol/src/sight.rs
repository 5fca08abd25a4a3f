//! How much of an entry is shown.
//!
//! An entry that may not be shown keeps its place, and payload its count of lines and octets. That is decided here
//! alone: live, after a reconnect, in a replay, in search and in an export everybody with the same sight sees the same.
//!
//! What the owner calls the links is theirs as well: it may say for whom each is, and everybody else reads their numbers.
//!
//! What is payload and what is a reply the server alone decides: one that ends a message too soon, or that glues the
//! termination octet to the text, lets text come where a reply is awaited. So what stands behind a message that has not
//! come to its end is shown only as far as it cannot be text: see `order`. And text may stand in the header
//! section of a message that has none: see `fields`.

mod fields;
mod order;
mod plain;

use crate::access::{Role, Sight};
use crate::entry::{ConnectionNo, Entry, Event, ExchangeNo, Part, Seq};
use crate::remark::{Failure, Remark, Sharing};
use crate::withdrawal::{is_open, source, withdrawn};
use fields::Fields;
use order::Order;

/// How much of a session's entries somebody is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// How much of what was said.
    pub sight: Sight,
    /// Whether what the owner calls the links.
    pub link_names: bool,
}

impl Shown {
    /// All of it.
    pub const ALL: Self = Self {
        sight: Sight::Everything,
        link_names: true,
    };

    /// As somebody in that role is shown it: what the links are called, the owner alone.
    pub fn to(role: Role, sight: Sight) -> Self {
        Self {
            sight,
            link_names: role == Role::Owner,
        }
    }
}

/// For nobody in particular: as it is kept, to be shown to whoever comes later.
impl From<Sight> for Shown {
    fn from(sight: Sight) -> Self {
        Self {
            sight,
            link_names: true,
        }
    }
}

/// What is shown of a session's entries. It is given every entry once, from the first on.
#[derive(Debug)]
pub struct View {
    shown: Shown,
    /// The entries that are shown but for what a link is called, ascending.
    nameless: Vec<Seq>,
    connection: ConnectionNo,
    order: Order,
    fields: Fields,
    /// The server's newest event, if it ended within a line: what sent it, and whether it was shown.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    source: (ExchangeNo, Part, bool),
    is_shown: bool,
}

impl View {
    /// Of that much, before the first entry.
    pub fn new(shown: impl Into<Shown>) -> Self {
        Self {
            shown: shown.into(),
            nameless: Vec::new(),
            connection: 0,
            order: Order::default(),
            fields: Fields::default(),
            open: None,
        }
    }

    /// What is shown of the next entry where that is not, or might not be, the entry as it stands; none where it is
    /// shown as it stands. `is_withheld` tells of an earlier entry whether this gave something for it.
    pub fn next(&mut self, entry: &Entry, is_withheld: impl Fn(Seq) -> bool) -> Option<Entry> {
        if let Some(event) = nameless(&entry.event).filter(|_| !self.shown.link_names) {
            self.nameless.push(entry.seq);
            let entry = entry.clone();
            return Some(Entry { event, ..entry });
        }
        if self.shown.sight == Sight::Everything {
            return None;
        }
        if entry.connection != self.connection {
            *self = Self {
                connection: entry.connection,
                nameless: std::mem::take(&mut self.nameless),
                ..Self::new(self.shown)
            };
        }
        let event = &entry.event;
        let source = source(event);
        let begun = source.and_then(|_| self.open.take());
        let begun = begun.filter(|begun| Some(begun.source) == source);
        let (goes_on, continued) = (begun.is_some(), begun.map(|begun| begun.is_shown));
        let is_shown = self.shows(event, continued, is_withheld);
        if let Some(source) = source.filter(|_| is_open(event)) {
            self.open = Some(Open { source, is_shown });
        }
        (!is_shown).then(|| Entry {
            event: left(event, goes_on),
            ..entry.clone()
        })
    }

    /// Whether an event is shown as it stands. `continued` tells, where it goes on with a line, whether the line's
    /// beginning was shown.
    fn shows(&mut self, event: &Event, continued: Option<bool>, is_withheld: impl Fn(Seq) -> bool) -> bool {
        match event {
            Event::Sent { exchange, line, .. } => {
                self.order.sent(*exchange, line);
                true
            }
            Event::Answered { exchange, part, line } => match continued {
                Some(is_shown) => is_shown && self.order.goes_on(*exchange),
                None => self.order.answered(*exchange, *part, line),
            },
            Event::Received {
                exchange,
                part,
                bytes,
            } => {
                let believed = self.order.received(*exchange, *part);
                let is_field = *part != Part::Header || self.fields.take(*exchange, bytes);
                self.allows(*part) && believed && is_field
            }
            // It tells no more by itself; that it is withheld here tells what stands in a note about it.
            Event::Withheld { exchange, part, .. } => {
                let believed = self.order.received(*exchange, *part);
                if *part == Part::Header {
                    self.fields.pass(*exchange);
                }
                self.allows(*part) && believed
            }
            // A note may quote the line that it is attached to.
            Event::Note { seq, .. } => self.nameless.binary_search(seq).is_ok() || !is_withheld(*seq),
            // What was said in place of a handshake may be the rest of a message.
            Event::Remark(Remark::Failed {
                why: Failure::PlainText { said },
                ..
            }) => said.is_empty() || !self.order.has_messages(),
            Event::Hidden { .. } | Event::Remark(_) | Event::State(_) => true,
        }
    }

    /// Whether a part of payload may be shown.
    fn allows(&self, part: Part) -> bool {
        match self.shown.sight {
            Sight::Everything => true,
            Sight::Headers => part != Part::Body,
            Sight::Commands => !matches!(part, Part::Header | Part::Body),
        }
    }
}

/// An event that says what the owner calls a link, without that; none of others.
fn nameless(event: &Event) -> Option<Event> {
    let Event::Remark(Remark::Sharing(sharing)) = event else {
        return None;
    };
    let mut sharing = sharing.clone();
    let name = match &mut sharing {
        Sharing::Linked { name, .. }
        | Sharing::Exported {
            link: Some(_), name, ..
        } => name,
        _ => return None,
    };
    let is_named = !std::mem::take(name).is_empty();
    is_named.then_some(Event::Remark(Remark::Sharing(sharing)))
}

/// What is left of an event that may not be shown.
fn left(event: &Event, goes_on: bool) -> Event {
    if let Event::Remark(Remark::Failed { step, took, .. }) = event {
        return Event::Remark(Remark::Failed {
            step: *step,
            why: Failure::PlainText { said: String::new() },
            took: *took,
        });
    }
    withdrawn(event, goes_on).unwrap_or_else(|| event.clone())
}
