//! What was done to accounts on the console's machine, noted beside them until a console takes it into its audit.
//!
//! What keeps the audit belongs to the console that runs, if one does: its journal, and its standard output. So whoever
//! changes accounts on the command line leaves word here, before anything is changed, and under the lock of the accounts.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::change::Became;
use super::file::{self, FileError};
use super::{at, beside};
use crate::audit::Event;
use crate::session::transcript::now;

/// The most octets of notes that wait for a console: some ten thousands of them.
const NOTES_MAX: u64 = 4 * 1024 * 1024;

/// A line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// When it was done, in microseconds since 1970-01-01T00:00:00Z.
    at: u64,
    #[serde(flatten)]
    became: Became,
}

/// Notes that were added, until it is known that what they say has been done.
pub(super) struct Added {
    file: File,
    octets_before: u64,
}

impl Added {
    /// It has not been done.
    pub(super) fn take_back(&self) {
        // Where that fails as well, it is told that something was done that could not be.
        let _ = self.file.set_len(self.octets_before);
    }
}

/// Notes what becomes of accounts, for whoever has them locked. It waits for the disk.
///
/// # Errors
/// When it cannot be noted.
pub(super) fn add(accounts: &Path, all: &[Became]) -> Result<Added, FileError> {
    let path = place(accounts);
    let mut lines = String::new();
    for became in all {
        let (at, became) = (now(), became.clone());
        let line = serde_json::to_string(&Note { at, became });
        lines += &line.map_err(io::Error::other).map_err(super::at(&path))?;
        lines += "\n";
    }
    let mut write = || {
        let mut file = open(&path, accounts)?;
        let octets_before = file.metadata()?.len();
        if is_cut_off(&mut file)? {
            lines.insert(0, '\n');
        }
        if octets_before + lines.len() as u64 > NOTES_MAX {
            return Err(io::Error::other(format!(
                "it has {octets_before} octets of what no console has taken into its audit: start one with these accounts, or \
                 move this file away"
            )));
        }
        let added = |file: &mut File| {
            file.write_all(lines.as_bytes())?;
            file.sync_all()
        };
        let added = added(&mut file);
        let added_to = Added { file, octets_before };
        added.inspect_err(|_| added_to.take_back())?;
        Ok(added_to)
    };
    write().map_err(at(&path))
}

/// Takes what was noted, the oldest first: what, and when, in microseconds since 1970-01-01T00:00:00Z. It waits for the disk.
///
/// # Errors
/// When it cannot be taken.
pub(super) fn take(accounts: &Path) -> Result<Vec<(u64, Event)>, FileError> {
    let path = place(accounts);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.len() > 0 => {}
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(&path)(error)),
    }
    let _lock = file::lock(accounts)?;
    let take = || {
        let file = beside::open(&path, |it| it.read(true).write(true))?;
        let noted = read(&file)?;
        // Before it is told of: what cannot be taken away would be told of for ever.
        file.set_len(0)?;
        Ok(noted)
    };
    take().map_err(at(&path))
}

/// The same, which stays there.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn waiting(accounts: &Path) -> Result<Vec<(u64, Event)>, FileError> {
    let path = place(accounts);
    match beside::open(&path, |it| it.read(true)).and_then(|file| read(&file)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        noted => noted.map_err(at(&path)),
    }
}

fn read(file: &File) -> io::Result<Vec<(u64, Event)>> {
    let mut octets = Vec::new();
    file.take(NOTES_MAX).read_to_end(&mut octets)?;
    // What is no note, such as one that was cut off when the machine lost its power, is passed over, wherever it was cut off.
    let notes = octets
        .split(|octet| *octet == b'\n')
        .filter_map(|line| serde_json::from_slice::<Note>(line).ok());
    Ok(notes.map(|note| (note.at, note.became.into())).collect())
}

/// Whether what is last in a file ends no line.
pub(crate) fn is_cut_off(file: &mut File) -> io::Result<bool> {
    let Some(before_last) = file.metadata()?.len().checked_sub(1) else {
        return Ok(false);
    };
    let mut last = [0];
    file.seek(SeekFrom::Start(before_last))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Beside the accounts.
fn place(accounts: &Path) -> PathBuf {
    beside::path(accounts, "notes")
}

/// For nobody else to read.
fn open(path: &Path, accounts: &Path) -> io::Result<File> {
    beside::open_or_make(path, accounts, |it| it.read(true).append(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn removed(whose: &str) -> Became {
        Became::AccountRemoved {
            whose: whose.to_owned(),
        }
    }

    fn told(noted: &[(u64, Event)]) -> Vec<String> {
        let events = noted
            .iter()
            .map(|(_, event)| serde_json::to_string(event).unwrap());
        events.collect()
    }

    #[test]
    fn what_was_noted_is_taken_once_and_what_was_not_done_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = folder.path().join("accounts.toml");
        assert!(take(&accounts).unwrap().is_empty());
        add(&accounts, &[removed("anna")]).unwrap();
        add(&accounts, &[removed("ben")]).unwrap().take_back();
        add(&accounts, &[removed("eve")]).unwrap();
        let expected =
            ["anna", "eve"].map(|whose| format!(r#"{{"what":"account-removed","whose":"{whose}"}}"#));
        assert_eq!(told(&waiting(&accounts).unwrap()), expected);
        assert_eq!(told(&take(&accounts).unwrap()), expected);
        assert!(take(&accounts).unwrap().is_empty());
    }

    #[test]
    fn what_was_cut_off_is_passed_over_and_nothing_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = folder.path().join("accounts.toml");
        add(&accounts, &[removed("anna")]).unwrap();
        let whole = fs::read(place(&accounts)).unwrap().len();
        add(&accounts, &[removed("andr\u{e9}")]).unwrap();
        let lines = fs::read(place(&accounts)).unwrap();
        let within = lines.iter().position(|octet| *octet == 0xc3).unwrap() + 1;
        // After each of its octets: within the letter, and where nothing is missing but the end of the line, too.
        assert!((whole + 1..lines.len()).contains(&within));
        for cut in whole + 1..lines.len() {
            fs::write(place(&accounts), &lines[..cut]).unwrap();
            add(&accounts, &[removed("ben")]).unwrap();
            let told = told(&take(&accounts).unwrap());
            let expected = if cut < lines.len() - 1 { 2 } else { 3 };
            assert_eq!(told.len(), expected, "{cut}: {told:?}");
            assert!(told[0].contains("anna") && told[expected - 1].contains("ben"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn whoever_has_the_folder_has_nobody_write_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = folder.path().join("accounts.toml");
        let others = folder.path().join("others");
        fs::write(&others, "theirs\n").unwrap();
        for kind in ["notes", "lock"] {
            let link = beside::path(&accounts, kind);
            std::os::unix::fs::symlink(&others, &link).unwrap();
            if kind == "notes" {
                assert!(add(&accounts, &[removed("anna")]).is_err());
                assert!(waiting(&accounts).is_err() && take(&accounts).is_err());
                assert!(file::lock(&accounts).is_ok());
                fs::remove_file(beside::path(&accounts, "lock")).unwrap();
            } else {
                assert!(file::lock(&accounts).is_err());
            }
        }
        assert_eq!(fs::read_to_string(&others).unwrap(), "theirs\n");
    }

    #[test]
    fn no_more_is_noted_than_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = folder.path().join("accounts.toml");
        let file = open(&place(&accounts), &accounts).unwrap();
        file.set_len(NOTES_MAX - 1).unwrap();
        let refused = add(&accounts, &[removed("anna")])
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(refused.contains("start one with these accounts"), "{refused}");
        assert_eq!(file.metadata().unwrap().len(), NOTES_MAX - 1);
    }
}
