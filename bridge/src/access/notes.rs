//! What was done to accounts on the console's machine, noted beside them until a console takes it into its audit.
//!
//! What keeps the audit belongs to the console that runs, if one does: its journal, and its standard output. So whoever
//! changes accounts on the command line leaves word here, before anything is changed, and under the lock of the accounts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::at;
use super::change::Became;
use super::file::{self, FileError};
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
    let write = || {
        let (mut file, is_new) = open(&path)?;
        if is_new {
            file::hand_over(&file, accounts)?;
        }
        let octets_before = file.metadata()?.len();
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
    match fs::metadata(&path) {
        Ok(found) if found.len() > 0 => {}
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(&path)(error)),
    }
    let _lock = file::lock(accounts)?;
    let noted = waiting(accounts)?;
    // Before it is told of: what cannot be taken away would be told of for ever.
    let emptied = OpenOptions::new().write(true).open(&path);
    emptied.and_then(|file| file.set_len(0)).map_err(at(&path))?;
    Ok(noted)
}

/// The same, which stays there.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn waiting(accounts: &Path) -> Result<Vec<(u64, Event)>, FileError> {
    let path = place(accounts);
    let mut text = String::new();
    let read = File::open(&path).and_then(|file| file.take(NOTES_MAX).read_to_string(&mut text));
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(at(&path)(error)),
        Ok(_) => {}
    }
    // What is no note, such as one that was cut off when the machine lost its power, is passed over.
    let notes = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Note>(line).ok());
    Ok(notes.map(|note| (note.at, note.became.into())).collect())
}

/// Beside the accounts.
fn place(accounts: &Path) -> PathBuf {
    let mut path = accounts.as_os_str().to_owned();
    path.push(".notes");
    path.into()
}

/// For nobody else to read. Whether it was not there before.
fn open(path: &Path) -> io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().create_new(true).open(path) {
        Ok(new) => Ok((new, true)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok((options.open(path)?, false)),
        Err(error) => Err(error),
    }
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
    fn what_was_cut_off_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = folder.path().join("accounts.toml");
        add(&accounts, &[removed("anna")]).unwrap();
        let (mut file, is_new) = open(&place(&accounts)).unwrap();
        assert!(!is_new);
        file.write_all(b"{\"at\":1,\"what\":\"account-rem").unwrap();
        assert_eq!(take(&accounts).unwrap().len(), 1);
    }

    #[test]
    fn no_more_is_noted_than_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let accounts = folder.path().join("accounts.toml");
        let (file, _) = open(&place(&accounts)).unwrap();
        file.set_len(NOTES_MAX - 1).unwrap();
        let refused = add(&accounts, &[removed("anna")])
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(refused.contains("start one with these accounts"), "{refused}");
        assert_eq!(file.metadata().unwrap().len(), NOTES_MAX - 1);
    }
}
