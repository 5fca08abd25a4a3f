//! How much of an entry is shown.
//!
//! An entry that may not be shown keeps its place, and payload its count of lines and octets. That is decided here
//! alone: live, after a reconnect, in a replay, in search and in an export everybody with the same sight sees the same.

use crate::access::Sight;
use crate::entry::{Entry, Event, Part, Seq};
use crate::withdrawal::left_of;

/// What is shown of an entry, if not the entry as it stands. `read` gives the entry at an earlier place.
pub fn shown(entry: &Entry, sight: Sight, read: impl Fn(Seq) -> Option<Entry>) -> Option<Entry> {
    if !is_withheld(&entry.event, sight, &read) {
        return None;
    }
    let event = left_of(entry, read)?;
    Some(Entry {
        event,
        ..entry.clone()
    })
}

/// Whether an event is not shown as it stands.
fn is_withheld(event: &Event, sight: Sight, read: &impl Fn(Seq) -> Option<Entry>) -> bool {
    match event {
        Event::Received { part, .. } => hides(sight, *part),
        // A message that ends too soon goes on as lines that answer nothing.
        Event::Answered { part, .. } => hides(sight, *part),
        // A note may quote the line that it is attached to.
        Event::Note { seq, .. } => {
            sight != Sight::Everything
                && read(*seq).is_none_or(|noted| match noted.event {
                    Event::Received { part, .. }
                    | Event::Withheld { part, .. }
                    | Event::Answered { part, .. } => hides(sight, part),
                    _ => false,
                })
        }
        Event::Sent { .. }
        | Event::Withheld { .. }
        | Event::Hidden { .. }
        | Event::Remark(_)
        | Event::State(_) => false,
    }
}

/// Whether a part of what the server sends is not shown.
fn hides(sight: Sight, part: Part) -> bool {
    match sight {
        Sight::Everything => false,
        Sight::Headers => matches!(part, Part::Body | Part::Unexpected),
        Sight::Commands => matches!(part, Part::Header | Part::Body | Part::Unexpected),
    }
}
