//! Hiding entries: which go together, and what is left of each.
//!
//! A secret that was typed at the wrong place cannot be recognised for sure, so a person can hide it afterwards.
//! The entry keeps its place and all that pairs it with others; its text is gone. That is decided here alone, so
//! that whoever comes late, comes back or was here all the time ends up with the same record.

mod following;
mod record;

use crate::access::By;
use crate::command;
use crate::entry::{Entry, Event, Part, Seq};
use crate::reply::{content_end, text_start};
use crate::secret::erase;
pub use following::Following;
use record::Record;
pub(crate) use record::{is_open, source};
use zeroize::Zeroize;

/// The most entries that one [`Event::Hidden`] names.
pub const HIDDEN_MAX: usize = 4096;

/// The most entries that are hidden together: a server may echo the longest line an octet an entry.
pub const TOGETHER_MAX: usize = crate::wire::LINE_MAX;

/// How many entries behind a hidden one are looked at for those that go with it.
const LOOK_AHEAD: u64 = 1 << 16;

/// The same, behind a command from which nothing can be taken any more: what answers it may be hidden still, where it follows
/// soon. To ask for that over and over must cost next to nothing.
const LOOK_AHEAD_OF_NOTHING: u64 = 256;

/// What hiding an entry comes to.
#[derive(Debug)]
pub struct Withdrawal {
    /// The entries as they stand from now on, ascending, at most [`TOGETHER_MAX`].
    pub entries: Vec<Entry>,
    /// What is still to come of it, to be withdrawn as it comes.
    pub following: Option<Following>,
}

/// Hides an entry, and with it what must not stay: of a command the lines that answer it, for a server may have
/// repeated it; of a server's line every piece. Payload is hidden by whole entries, up to the one in which the
/// last line ends that begins in the first. None if there is nothing to hide.
///
/// `read` gives the entry at a place. What it gave is overwritten afterwards.
pub fn withdraw(seq: Seq, by: By, read: impl Fn(Seq) -> Option<Entry>) -> Option<Withdrawal> {
    let record = Record::new(read);
    let look_ahead = {
        let asked = record.at(seq)?;
        match asked.entry().event {
            Event::Sent { .. } if leaves_nothing(&asked.entry().event) => LOOK_AHEAD_OF_NOTHING,
            // Before anything else is looked at for it.
            _ if leaves_nothing(&asked.entry().event) => return None,
            _ => LOOK_AHEAD,
        }
    };
    let mut at = record.begin(seq)?;
    let mut following = {
        let first = record.at(at)?;
        Following::of(first.entry(), by)?
    };
    let mut entries: Vec<Entry> = record.withdrawn(at).into_iter().collect();
    let end = at.saturating_add(look_ahead);
    while !following.is_over() && entries.len() < TOGETHER_MAX && at < end {
        at += 1;
        let Some(looked) = record.at(at) else {
            return done(entries, following.is_awaited().then_some(following));
        };
        if following.takes(looked.entry().connection, &looked.entry().event) {
            entries.extend(record.withdrawn(at));
        }
    }
    done(entries, None)
}

fn done(entries: Vec<Entry>, following: Option<Following>) -> Option<Withdrawal> {
    (!entries.is_empty()).then_some(Withdrawal { entries, following })
}

/// Whether nothing can be taken from an event, or can any more.
fn leaves_nothing(event: &Event) -> bool {
    let stays = |goes_on| withdrawn(event, goes_on).is_none_or(|left| left == *event);
    stays(false) || stays(true)
}

/// What is left of an entry of the record that `read` reads, or that comes next in it; none if nothing can be
/// taken from it.
pub fn left_of(entry: &Entry, read: impl Fn(Seq) -> Option<Entry>) -> Option<Event> {
    let goes_on = Record::new(read).goes_on(entry);
    withdrawn(&entry.event, goes_on).filter(|left| *left != entry.event)
}

/// What is left of an event; none of one that has no text of a person's or a server's. `goes_on` tells that it
/// begins within a line.
pub(crate) fn withdrawn(event: &Event, goes_on: bool) -> Option<Event> {
    match event {
        Event::Sent {
            exchange,
            line,
            id,
            by,
        } => Some(Event::Sent {
            exchange: *exchange,
            line: line.left(left_of_command(line.bytes()), line.bytes().len()),
            id: *id,
            by: *by,
        }),
        Event::Answered { exchange, part, line } => {
            let (from, end) = left_of_answer(*part, line.bytes(), goes_on);
            Some(Event::Answered {
                exchange: *exchange,
                part: *part,
                line: line.left(from, end),
            })
        }
        Event::Received {
            exchange,
            part,
            bytes,
        } => Some(Event::Withheld {
            exchange: *exchange,
            part: *part,
            lines: count(memchr::memchr_iter(b'\n', bytes).count()),
            octets: count(bytes.len()),
            stuffed: count(stuffed(*part, bytes, goes_on)),
            is_open: !bytes.ends_with(b"\n"),
        }),
        Event::Note { seq, line, by, .. } => Some(Event::Note {
            seq: *seq,
            line: *line,
            text: String::new(),
            by: *by,
        }),
        Event::Withheld { .. } | Event::Hidden { .. } | Event::Remark(_) | Event::State(_) => None,
    }
}

/// Up to where a command is left when it is withdrawn: its verb, if it begins with one that the catalogue knows, and
/// one blank. So its reply is understood as before; and what is no command may be anything.
pub fn left_of_command(line: &[u8]) -> usize {
    let verb = command::verb(line);
    if verb.start > 0 || command::find(&line[verb.clone()]).is_none() {
        return 0;
    }
    verb.end + usize::from(verb.end < line.len())
}

/// What is left of a server's line when it is withdrawn: what stands before the first offset, which is its status
/// indicator and one blank, and its line end, which begins at the second. `goes_on` tells that it begins within a
/// line.
pub fn left_of_answer(part: Part, line: &[u8], goes_on: bool) -> (usize, usize) {
    let end = content_end(line);
    let has_indicator = matches!(part, Part::Greeting | Part::Status | Part::Continuation) && !goes_on;
    (
        if has_indicator {
            text_start(&line[..end])
        } else {
            0
        },
        end,
    )
}

/// Overwrites the text that an event holds, as far as nobody else holds it too.
pub fn overwrite(event: &mut Event) {
    match event {
        Event::Sent { line, .. } | Event::Answered { line, .. } => line.erase(),
        Event::Received { bytes, .. } => erase(bytes),
        Event::Note { text, .. } => text.zeroize(),
        Event::Withheld { .. } | Event::Hidden { .. } | Event::Remark(_) | Event::State(_) => {}
    }
}

/// The dots that are byte-stuffing.
fn stuffed(part: Part, octets: &[u8], goes_on: bool) -> usize {
    if part == Part::Terminator {
        return 0;
    }
    let first = usize::from(!goes_on && octets.starts_with(b"."));
    first + memchr::memmem::find_iter(octets, b"\n.").count()
}

/// A piece is far shorter than what a `u32` counts.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
