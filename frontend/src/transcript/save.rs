//! What is saved: the transcript as plain text, and messages octet for octet. Both are made piece by piece, so that
//! nobody waits for a large one.

use std::ops::Range;

use protocol::command;
use protocol::entry::{ConnectionNo, Part};

use super::charset::without_end;
use super::exchanges::Outcome;
use super::{Kind, Run, Transcript};

/// How what a client sent, what a server sent and what the console has to say begin, as in the examples of RFC 1939:
/// nothing that a server sends can pass for anything else.
const CLIENT: &[u8] = b"C: ";
const SERVER: &[u8] = b"S: ";
const CONSOLE: &[u8] = b"# ";

/// A retrieved message, all of which has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The connection that it came on.
    pub connection: ConnectionNo,
    /// Its number on that connection, if RETR named one.
    pub number: Option<u32>,
    exchange: u32,
    records: Range<usize>,
}

/// Where to go on with a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    record: usize,
    is_inside: bool,
}

impl Message {
    /// The name of the file that it is saved as: its number, and what of its unique-id can stand in a name.
    pub fn file(&self, unique_id: Option<&str>) -> String {
        let mut name = "message".to_owned();
        if let Some(number) = self.number {
            name.push_str(&format!("-{number}"));
        }
        if let Some(id) = unique_id {
            name.push('-');
            name.extend(id.chars().map(|it| if is_safe(it) { it } else { '_' }));
        }
        name + ".eml"
    }
}

/// The name of the file that the transcript is saved as. `moment` is as [`protocol::calendar::moment`] has it.
pub fn text_file(host: Option<&str>, moment: &str) -> String {
    file_name(host, moment, "txt")
}

/// The name of a file that the transcript is exported as, which is another than what it is saved as.
pub fn exported_name(host: Option<&str>, moment: &str, extension: &str) -> String {
    file_name(host, moment, &format!("export.{extension}"))
}

/// The name of a file of the transcript that ends so.
fn file_name(host: Option<&str>, moment: &str, extension: &str) -> String {
    let host: String = host
        .unwrap_or("session")
        .chars()
        .filter(|&it| is_safe(it))
        .collect();
    let day = moment.get(..10).unwrap_or_default();
    let minute: String = moment
        .get(11..16)
        .unwrap_or_default()
        .chars()
        .filter(|it| *it != ':')
        .collect();
    format!("pop3-{host}-{day}T{minute}Z.{extension}")
}

fn is_safe(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
}

impl Transcript {
    /// The retrieved message that a record belongs to, if all of it has come and nothing of it is hidden.
    pub fn message(&self, record: usize) -> Option<Message> {
        let index = self.run_of(record)?.exchange?;
        let exchange = self.exchanges.get(index as usize)?;
        if exchange.verb != "RETR" || exchange.outcome != Outcome::Ok || exchange.whole.is_none() {
            return None;
        }
        let at = self.runs.partition_point(|run| run.first as usize <= record);
        let is_own = |run: &Run| run.exchange == Some(index);
        let command = self.runs[..at]
            .iter()
            .rposition(|run| is_own(run) && matches!(run.kind, Kind::Command { .. }))?;
        let end = self.runs[command..].iter().position(|run| {
            let part = Part::Terminator;
            is_own(run) && matches!(run.kind, Kind::Payload { part: it } if it == part)
        })?;
        let records = self.runs[command].first as usize..self.runs[command + end].first as usize;
        let may_lack = self.withdrawals.count() > 0 || self.has_unseen();
        if may_lack && records.clone().any(|it| self.lines.is_withdrawn(it)) {
            return None;
        }
        let line = self.lines.octets(records.start);
        let number = command::arguments(&line).split(u8::is_ascii_whitespace).next();
        Some(Message {
            connection: exchange.connection,
            number: number.and_then(|it| std::str::from_utf8(it).ok()?.parse().ok()),
            exchange: index,
            records,
        })
    }

    /// Adds octets of a message as they were before they were sent: without byte-stuffing (RFC 1939 §3). About `most`
    /// of them if there are so many; gives the place to go on from, which at first is the default.
    pub fn message_octets(
        &self,
        message: &Message,
        from: Place,
        most: usize,
        octets: &mut Vec<u8>,
    ) -> Option<Place> {
        let end = octets.len() + most;
        let mut is_inside = from.is_inside;
        for (records, run) in self.runs_from(from.record.max(message.records.start)) {
            let is_own = run.exchange == Some(message.exchange);
            let part = match run.kind {
                Kind::Payload { part } if is_own => part,
                _ => continue,
            };
            if !matches!(part, Part::Header | Part::Body) {
                return None;
            }
            for record in records {
                if octets.len() >= end {
                    return Some(Place { record, is_inside });
                }
                let start = octets.len();
                self.lines.read(record, octets);
                // A record begins a line where the one before it ended one, whatever was typed in between.
                if !is_inside && octets.get(start) == Some(&b'.') {
                    octets.remove(start);
                }
                is_inside = octets.last() != Some(&b'\n');
            }
        }
        None
    }

    /// Adds the transcript as plain text: what client and server said as it went over the wire, behind `C: ` and `S: `,
    /// but for lines in a charset that was chosen, which are UTF-8 then; secrets as bullets; and what the console said
    /// behind a `#`.
    /// From a record on, about `most` octets if there are so many. Gives the record to go on from.
    pub fn text(&self, from: usize, most: usize, octets: &mut Vec<u8>) -> Option<usize> {
        let end = octets.len() + most;
        for (records, run) in self.runs_from(from) {
            for record in records {
                if octets.len() >= end {
                    return Some(record);
                }
                if self.is_swallowed(record) {
                    continue;
                }
                if self.begins_line(record) {
                    octets.extend_from_slice(run.speaker());
                }
                match &run.kind {
                    Kind::Answer { .. } | Kind::Payload { .. } if self.is_foreign(record) => {
                        octets.extend_from_slice(self.body(record, run).plain().as_bytes());
                        let line = self.octets(record);
                        octets.extend_from_slice(&line[without_end(&line).len()..]);
                    }
                    Kind::Answer { struck, .. } if struck.is_empty() => self.lines.read(record, octets),
                    Kind::Payload { .. } if !self.lines.is_withdrawn(record) => {
                        self.lines.read(record, octets);
                    }
                    _ => octets.extend_from_slice(self.body(record, run).plain().as_bytes()),
                }
                if octets.last() != Some(&b'\n') && !self.is_continuation(record + 1) {
                    octets.extend_from_slice(b"\r\n");
                }
                self.add_note_text(record, octets);
            }
        }
        if let Some(tail) = &self.tail {
            if self.begins_line(self.lines.len()) {
                octets.extend_from_slice(SERVER);
            }
            octets.extend_from_slice(&tail.octets);
        }
        None
    }

    /// Adds the notes to a record, as what the console has to say.
    fn add_note_text(&self, record: usize, octets: &mut Vec<u8>) {
        for note in self.notes_of(record) {
            for line in note.plain().split('\n') {
                octets.extend_from_slice(CONSOLE);
                octets.extend_from_slice(format!("note by {}: {line}\r\n", note.by).as_bytes());
            }
        }
    }

    /// Whether a record begins a line of the text: also where a line that a server has not ended goes on after
    /// somebody else spoke.
    fn begins_line(&self, record: usize) -> bool {
        let goes_on = || {
            let before = record.checked_sub(1).and_then(|it| self.run_of(it));
            before.is_some_and(|it| it.speaker() == SERVER)
        };
        !(self.is_continuation(record) && goes_on())
    }

    /// The records from one on, by the runs that they belong to.
    fn runs_from(&self, record: usize) -> impl Iterator<Item = (Range<usize>, &Run)> {
        let behind = self.runs.partition_point(|run| run.first as usize <= record);
        let runs = &self.runs[behind.saturating_sub(1)..];
        runs.iter().enumerate().map(move |(at, run)| {
            let end = runs
                .get(at + 1)
                .map_or(self.lines.len(), |next| next.first as usize);
            ((run.first as usize).max(record)..end, run)
        })
    }
}

impl Run {
    /// How a line of it begins in the text.
    fn speaker(&self) -> &'static [u8] {
        match self.kind {
            Kind::Command { .. } => CLIENT,
            Kind::Answer { .. } | Kind::Payload { .. } => SERVER,
            Kind::Remark(_) | Kind::Unknown { .. } => CONSOLE,
        }
    }
}
