//! The journal's file: whose it is, who else may read it, and that one bridge alone has it.
//!
//! Its octets are looked at before SQLite is: so what is not this console's is never touched.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::journal::JournalError;

/// What the file says it is for (`application_id`): "POP3" in ASCII.
pub(super) const APPLICATION: u32 = 0x504f_5033;

/// With what every SQLite file begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// How long the header of an SQLite file is.
const HEADER: usize = 100;

/// Where in it the version (`user_version`) and the application (`application_id`) stand, four octets each.
const VERSION_AT: usize = 60;
const APPLICATION_AT: usize = 68;

/// The right to write, for as long as this lives. Its file stays, so that the lock is always on the same one.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Looks at a file without touching it, and tells whether it holds anything yet.
pub(super) fn look(file: &Path, known: u32) -> Result<bool, JournalError> {
    let mut header = Vec::with_capacity(HEADER);
    let read = File::open(file).and_then(|open| open.take(HEADER as u64).read_to_end(&mut header));
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unusable(file, error)),
        Ok(0) => return Ok(false),
        Ok(_) => {}
    }
    if !header.starts_with(MAGIC) || header.len() < HEADER {
        return Err(JournalError::Foreign(file.to_owned()));
    }
    let number = |at: usize| {
        let octets = header.get(at..at + 4).and_then(|octets| octets.try_into().ok());
        octets.map_or(0, u32::from_be_bytes)
    };
    match (number(APPLICATION_AT), number(VERSION_AT)) {
        (APPLICATION, version) if version > known => Err(JournalError::Newer {
            file: file.to_owned(),
            version,
            known,
        }),
        // It was about to be made when its bridge was killed.
        (0, 0) => Ok(true),
        (APPLICATION, _) => Ok(true),
        _ => Err(JournalError::Foreign(file.to_owned())),
    }
}

/// Takes the file for this bridge alone.
pub(super) fn lock(file: &Path) -> Result<Lock, JournalError> {
    let mut name = file.as_os_str().to_owned();
    name.push("-lock");
    let lock = PathBuf::from(name);
    let opened = private().create(true).truncate(false).open(&lock);
    let opened = opened.map_err(|error| unusable(file, error))?;
    match opened.try_lock() {
        Ok(()) => Ok(Lock { _file: opened }),
        Err(TryLockError::WouldBlock) => Err(JournalError::InUse(file.to_owned())),
        Err(TryLockError::Error(error)) => Err(unusable(file, error)),
    }
}

/// Makes the file and its folder, where they are missing, for nobody else to read. What SQLite puts beside it has the
/// same rights.
pub(super) fn make(file: &Path) -> Result<(), JournalError> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        folder_for_one()
            .create(folder)
            .map_err(|error| unusable(file, error))?;
    }
    match private().create_new(true).open(file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => restrict(file),
        Err(error) => Err(unusable(file, error)),
        Ok(_) => Ok(()),
    }
}

/// Makes a file that is not there yet, for nobody else to read.
pub(super) fn make_new(file: &Path) -> Result<(), JournalError> {
    match private().create_new(true).open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(unusable(file, "there is a file of that name; name another"))
        }
        Err(error) => Err(unusable(file, error)),
    }
}

fn folder_for_one() -> DirBuilder {
    let mut folder = DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn restrict(file: &Path) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(file).map_err(|error| unusable(file, error))?;
    let mut permissions = metadata.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(permissions.mode() & 0o700);
        std::fs::set_permissions(file, permissions).map_err(|error| unusable(file, error))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> Result<(), JournalError> {
    Ok(())
}

pub(super) fn unusable(file: &Path, detail: impl std::fmt::Display) -> JournalError {
    JournalError::Unusable {
        file: file.to_owned(),
        detail: detail.to_string(),
    }
}
