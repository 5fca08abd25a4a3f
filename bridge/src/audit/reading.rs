//! What was recorded, for whoever runs the console, also while it runs.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::PathBuf;

use protocol::alias::Alias;
use serde_json::{Map, Value};

use super::{Event, Record, STANDARD_OUTPUT, rfc_3339};
use crate::FileError;
use crate::access::notes;
use crate::config::Config;
use crate::journal::{self, JournalError};
use crate::session::transcript::now;

/// The most sessions of one number that are named, the newest ones.
const NAMED_MAX: usize = 32;

/// What is longer than this, in octets, is no record, and is read in parts.
const LINE_MAX: u64 = 1024 * 1024;

/// Which records are wanted, and how.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The begin of a moment as records have it; none of all of them.
    since: Option<String>,
    session: Option<Which>,
    json: bool,
}

/// About which session.
#[derive(Clone, Debug)]
enum Which {
    Number(u64),
    Alias(String),
}

/// Why the audit cannot be written, or read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The file of lines cannot be written to.
    #[error("the audit cannot be written to {}: {detail}; name another file with audit.file", .file.display())]
    NotWritable {
        /// The file.
        file: PathBuf,
        /// The technical detail.
        detail: String,
    },
    /// The system gives no thread.
    #[error("the system gives no thread to write the audit with: {0}")]
    NoThread(String),
    /// That is no time.
    #[error(
        "{0:?} is no time: say how long ago (90m, 12h, 7d), a day (2026-11-28) or a moment (2026-11-28T14:02:00Z)"
    )]
    NoTime(String),
    /// That names no session.
    #[error("{0:?} names no session: say its number as the log has it, or the 16 digits of its alias")]
    NoSession(String),
    /// That number is the number of several.
    #[error(
        "{number} was the number of several sessions, since they are counted anew whenever the console starts; say which by its alias:{sessions}"
    )]
    Several {
        /// The number.
        number: u64,
        /// Each by its alias, and since when there is something of it, a line each.
        sessions: String,
    },
    /// Nothing is kept that could be read.
    #[error("nothing is kept that could be read: there is no journal, and audit.file names no file")]
    Nowhere,
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file of lines cannot be read.
    #[error("{} cannot be read: {detail}", .file.display())]
    NotReadable {
        /// The file.
        file: PathBuf,
        /// The technical detail.
        detail: String,
    },
    /// What was done to accounts, and no console has recorded yet, cannot be read.
    #[error(transparent)]
    Accounts(#[from] FileError),
    /// What was read cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Wanted {
    /// Records since then, about that session, as lines of JSON or for people.
    ///
    /// # Errors
    /// When that is no time, or names no session.
    pub fn new(since: Option<&str>, session: Option<&str>, json: bool) -> Result<Self, AuditError> {
        let since = since.map(|text| moment(text, now()).ok_or_else(|| AuditError::NoTime(text.to_owned())));
        let session = session.map(|text| {
            let which = match text.parse::<Alias>() {
                Ok(alias) => Some(Which::Alias(alias.to_string())),
                Err(_) => text.parse().ok().map(Which::Number),
            };
            which.ok_or_else(|| AuditError::NoSession(text.to_owned()))
        });
        Ok(Self {
            since: since.transpose()?,
            session: session.transpose()?,
            json,
        })
    }

    fn wants(&self, record: &Map<String, Value>) -> bool {
        let at = record.get("at").and_then(Value::as_str).unwrap_or_default();
        let is_of = match &self.session {
            None => true,
            Some(Which::Number(number)) => has_number(record, *number),
            Some(Which::Alias(alias)) => record.get("alias").and_then(Value::as_str) == Some(alias),
        };
        is_of && self.since.as_deref().is_none_or(|since| at >= since)
    }
}

/// Writes the records that are wanted, the oldest first: those of the journal, or of the file where there is none, and
/// behind them what was done to accounts and waits for a console to record it.
///
/// # Errors
/// When they cannot be read.
pub fn show(config: &Config, wanted: &Wanted, to: &mut impl Write) -> Result<(), AuditError> {
    let wanted = &one_session(config, wanted)?;
    // Before the rest: what is taken in between is shown twice, and not left out.
    let waiting = match config.accounts_file() {
        Ok(accounts) => notes::waiting(&accounts)?,
        Err(_) => Vec::new(),
    };
    let mut shown = Ok(());
    read(config, &mut |text| {
        shown = show_one(text, wanted, to);
        shown.is_ok()
    })?;
    match shown
        .and_then(|()| show_waiting(waiting, wanted, to))
        .and_then(|()| to.flush())
    {
        // Whoever reads has had enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        shown => Ok(shown?),
    }
}

/// The same records, where a number names one session by its alias, which it keeps however often the console starts.
fn one_session(config: &Config, wanted: &Wanted) -> Result<Wanted, AuditError> {
    let Some(Which::Number(number)) = wanted.session else {
        return Ok(wanted.clone());
    };
    let mut found = Found::default();
    read(config, &mut |text| {
        if let Ok(record) = serde_json::from_str(text)
            && wanted.wants(&record)
        {
            found.take_in(&record);
        }
        true
    })?;
    let session = found
        .only()
        .map_err(|sessions| AuditError::Several { number, sessions })?;
    Ok(Wanted {
        session: session.map(Which::Alias).or(wanted.session.clone()),
        ..wanted.clone()
    })
}

/// The newest sessions that had a number, each with the time of the first record that says so, and whether there were more.
#[derive(Default)]
struct Found {
    sessions: VecDeque<(String, String)>,
    has_more: bool,
}

impl Found {
    fn take_in(&mut self, record: &Map<String, Value>) {
        let said = |name| record.get(name).and_then(Value::as_str);
        let (Some(alias), Some(at)) = (said("alias"), said("at")) else {
            return;
        };
        if self.sessions.iter().any(|(known, _)| known == alias) {
            return;
        }
        if self.sessions.len() >= NAMED_MAX {
            self.sessions.pop_front();
            self.has_more = true;
        }
        self.sessions.push_back((alias.to_owned(), at.to_owned()));
    }

    /// The only one, if there is any.
    ///
    /// # Errors
    /// When there are several: which.
    fn only(mut self) -> Result<Option<String>, String> {
        if self.sessions.len() < 2 {
            return Ok(self.sessions.pop_front().map(|(alias, _)| alias));
        }
        let mut several = String::new();
        if self.has_more {
            several.push_str("\n  … and earlier ones, which --since leaves out");
        }
        for (alias, at) in self.sessions {
            several.push_str(&format!("\n  {alias}  since {at}"));
        }
        Err(several)
    }
}

fn has_number(record: &Map<String, Value>, number: u64) -> bool {
    record.get("session").and_then(Value::as_u64) == Some(number)
}

/// Gives each record, the oldest first, until no more are wanted.
fn read(config: &Config, one: &mut dyn FnMut(&str) -> bool) -> Result<(), AuditError> {
    match (config.journal_file()?, &config.audit_file) {
        (Some(journal), _) => Ok(journal::read_audit(&journal, one)?),
        (None, Some(file)) if file.as_os_str() != STANDARD_OUTPUT => {
            let unreadable = |error: io::Error| AuditError::NotReadable {
                file: file.clone(),
                detail: error.to_string(),
            };
            let file = File::open(file).map_err(unreadable)?;
            read_lines(BufReader::new(file), one).map_err(unreadable)
        }
        (None, _) => Err(AuditError::Nowhere),
    }
}

/// Gives each line, until no more are wanted. What is no text, such as one that was cut off within a letter, is passed over as
/// what is no record is.
fn read_lines(mut from: impl BufRead, one: &mut dyn FnMut(&str) -> bool) -> io::Result<()> {
    let mut line = Vec::new();
    while from.by_ref().take(LINE_MAX).read_until(b'\n', &mut line)? > 0 {
        if let Ok(text) = std::str::from_utf8(&line)
            && !one(text.trim_end_matches(['\r', '\n']))
        {
            break;
        }
        line.clear();
    }
    Ok(())
}

fn show_waiting(waiting: Vec<(u64, Event)>, wanted: &Wanted, to: &mut impl Write) -> io::Result<()> {
    waiting.into_iter().try_for_each(|(at, event)| {
        let record = Record::of_command_line(at, event);
        show_one(&serde_json::to_string(&record)?, wanted, to)
    })
}

fn show_one(text: &str, wanted: &Wanted, to: &mut impl Write) -> io::Result<()> {
    // What is no record, such as a line that was cut off when the disk was full, is passed over.
    let Ok(record) = serde_json::from_str::<Map<String, Value>>(text) else {
        return Ok(());
    };
    if !wanted.wants(&record) {
        return Ok(());
    }
    if wanted.json {
        return writeln!(to, "{text}");
    }
    let said = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
    write!(to, "{} {}", said("at"), said("what"))?;
    for (name, value) in record
        .iter()
        .filter(|(name, _)| !matches!(&name[..], "at" | "what"))
    {
        write!(to, " {name}={}", plain(value))?;
    }
    writeln!(to)
}

/// A value in one word; what could deceive whoever reads it is escaped.
fn plain(value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let is_plain = |it: char| it.is_alphanumeric() || "-_.:@[]+".contains(it);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.clone()
    } else {
        format!("{text:?}")
    }
}

/// The begin of a moment, as records have it. `at` is now, in microseconds since 1970-01-01T00:00:00Z.
fn moment(text: &str, at: u64) -> Option<String> {
    for (unit, seconds) in [("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)] {
        if let Some(number) = text.strip_suffix(unit) {
            let ago: u64 = number.parse().ok()?;
            let ago = ago.checked_mul(seconds * 1_000_000)?;
            return Some(rfc_3339(at.saturating_sub(ago)));
        }
    }
    // A moment that is written less exactly comes before all that begin with it.
    let bare = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    let is_like = |form: &str| {
        form.len() == bare.len()
            && form.chars().zip(bare.chars()).all(|(form, it)| match form {
                '0' => it.is_ascii_digit(),
                other => it == other,
            })
    };
    let forms = [
        "0000-00-00",
        "0000-00-00T00:00",
        "0000-00-00T00:00:00",
        "0000-00-00T00:00:00.000",
    ];
    forms.into_iter().any(is_like).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"at":"2026-11-28T14:02:00.125Z","what":"signed-in","server":"a:110","mailbox":"x\u001b[2J","session":3,"alias":"ba7816bf8f01cfea"}"#;

    fn shown(since: Option<&str>, session: Option<&str>, json: bool) -> String {
        let wanted = Wanted::new(since, session, json).unwrap();
        let mut to = Vec::new();
        show_one(RECORD, &wanted, &mut to).unwrap();
        show_one("{\"at\":\"20", &wanted, &mut to).unwrap();
        String::from_utf8(to).unwrap()
    }

    #[test]
    fn a_record_is_one_line_and_nothing_in_it_deceives() {
        assert_eq!(
            shown(None, None, false),
            "2026-11-28T14:02:00.125Z signed-in alias=ba7816bf8f01cfea mailbox=\"x\\u{1b}[2J\" server=a:110 session=3\n"
        );
        assert_eq!(shown(None, None, true), format!("{RECORD}\n"));
    }

    #[test]
    fn a_line_that_was_cut_off_within_a_letter_keeps_no_other_from_being_read() {
        let mut octets = br#"{"at":"2026-11-28T14:02:00.000Z","mailbox":"caf"#.to_vec();
        // The first octet of two.
        octets.extend_from_slice(b"\xc3\n");
        octets.extend_from_slice(RECORD.as_bytes());
        octets.extend_from_slice(b"\r\n");
        octets.extend(vec![b'x'; LINE_MAX as usize + 1]);
        octets.extend_from_slice(format!("\n{RECORD}").as_bytes());
        let read = |most: usize| {
            let mut lines = Vec::new();
            read_lines(&octets[..], &mut |line| {
                lines.extend((line == RECORD).then_some(()));
                lines.len() < most
            })
            .unwrap();
            lines.len()
        };
        assert_eq!((read(9), read(1)), (2, 1));
    }

    #[test]
    fn records_are_chosen_by_time_and_by_session() {
        for (since, session, is_shown) in [
            (Some("2026-11-28"), None, true),
            (Some("2026-11-28T14:02:00Z"), None, true),
            (Some("2026-11-28T14:02:00.126Z"), None, false),
            (Some("2026-11-29"), None, false),
            (None, Some("3"), true),
            (None, Some("4"), false),
            (None, Some("ba7816bf8f01cfea"), true),
            (None, Some("aa7816bf8f01cfea"), false),
        ] {
            assert_eq!(
                !shown(since, session, false).is_empty(),
                is_shown,
                "{since:?} {session:?}"
            );
        }
        let at = 1_795_461_601_125_999;
        assert_eq!(moment("12h", at).as_deref(), Some("2026-11-23T07:20:01.125Z"));
        assert_eq!(moment("7d", at).as_deref(), Some("2026-11-16T19:20:01.125Z"));
        for text in [
            "",
            "d",
            "yesterday",
            "2026",
            "2026-11-28 14:02",
            "12",
            "-1d",
            "99999999999999d",
            "é-11-28",
        ] {
            assert!(Wanted::new(Some(text), None, false).is_err(), "{text}");
        }
        for text in ["", "x", "-1", "ba78"] {
            assert!(Wanted::new(None, Some(text), false).is_err(), "{text}");
        }
    }
}
