//! The file with the accounts: TOML that nobody else may read, and that is never half written.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::account::{self, Account};
use super::change::Became;
use super::{at, beside, notes};

/// The longest file with accounts, in octets: some thousands of them.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// How long whoever wants to change the accounts waits at most for somebody else who does.
const LOCK_WITHIN: Duration = Duration::from_secs(5);

/// How often it is looked whether they are done.
const LOCK_EVERY: Duration = Duration::from_millis(10);

/// With what the file begins.
const ABOVE: &str = "# The accounts of a pop3-console. `pop3-console account` changes them; comments are lost by that.\n\
                     # A console that runs notices changes within five seconds.\n\n";

/// Why the accounts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read or written.
    #[error("{} cannot be used: {detail}", .file.display())]
    Unusable {
        /// Which.
        file: PathBuf,
        /// Why.
        detail: String,
    },
    /// It holds no accounts.
    #[error("{}:{line}: {detail}", .file.display())]
    NoAccounts {
        /// Which.
        file: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong.
        detail: String,
    },
    /// Two of them are called alike, or one as nobody can be.
    #[error("{}: the account “{name}”: {why}", .file.display())]
    BadName {
        /// Which file.
        file: PathBuf,
        /// Whose.
        name: String,
        /// What is wrong.
        why: account::NameError,
    },
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default)]
    account: Vec<Account>,
}

/// All accounts; none where there is no file.
///
/// # Errors
/// When the file cannot be read, or holds anything else.
pub(crate) fn read(file: &Path) -> Result<Vec<Account>, FileError> {
    match text(file)? {
        Some(text) => parse(file, &text),
        None => Ok(Vec::new()),
    }
}

/// What is in the file; none where there is none.
fn text(file: &Path) -> Result<Option<String>, FileError> {
    match fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > FILE_MAX => return Err(at(file)(too_long())),
        _ => {}
    }
    fs::read_to_string(file).map(Some).map_err(at(file))
}

fn parse(file: &Path, text: &str) -> Result<Vec<Account>, FileError> {
    let contents: Contents = toml::from_str(text).map_err(|error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        FileError::NoAccounts {
            file: file.to_owned(),
            line: before.map_or(1, |before| before.matches('\n').count() + 1),
            // Not as it prints itself: that quotes the line, with what is kept of a password.
            detail: error.message().to_owned(),
        }
    })?;
    let accounts = contents.account;
    for (place, it) in accounts.iter().enumerate() {
        account::check(&it.name, accounts.get(..place).unwrap_or_default()).map_err(|why| {
            FileError::BadName {
                file: file.to_owned(),
                name: it.name.clone(),
                why,
            }
        })?;
    }
    Ok(accounts)
}

/// Copies the accounts to a file that is not there yet, for nobody else to read. It is whole as soon as anything is in it. Whether there
/// are any.
///
/// # Errors
/// When they cannot be read, or the copy cannot be made.
pub(crate) fn copy(accounts: &Path, to: &Path) -> Result<bool, FileError> {
    let Some(text) = text(accounts)? else {
        return Ok(false);
    };
    let new = beside::path(to, "new");
    // Takes the name first, so that nothing is ever written over.
    let taken = beside::open(to, |it| it.write(true).create_new(true));
    taken.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => at(to)(io::Error::other(
            "there is a file of that name; name another for the backup",
        )),
        _ => at(to)(error),
    })?;
    let copy = || {
        let mut file = beside::open(&new, |it| it.write(true).create_new(true))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, to)
    };
    copy().map_err(|error| {
        let _ = fs::remove_file(&new);
        let _ = fs::remove_file(to);
        at(to)(error)
    })?;
    Ok(true)
}

/// Changes the accounts, if the change can be made, while nobody else does. It waits for the disk.
///
/// # Errors
/// When they cannot be read or written, or the change cannot be made.
pub(crate) fn change<T, E: From<FileError>>(
    file: &Path,
    how: impl FnOnce(&mut Vec<Account>) -> Result<T, E>,
) -> Result<T, E> {
    change_by(file, how, |_, accounts| write(file, accounts))
}

/// The same on the console's machine: what becomes of them, which is noted for the audit of the console, if it is done.
///
/// # Errors
/// As of [`change`], and when it cannot be noted.
pub(super) fn change_noting<E: From<FileError>>(
    file: &Path,
    how: impl FnOnce(&mut Vec<Account>) -> Result<Vec<Became>, E>,
) -> Result<Vec<Became>, E> {
    change_by(file, how, |became, accounts| {
        // First, so that nothing is done that nobody is told of.
        let noted = notes::add(file, became)?;
        write(file, accounts).inspect_err(|_| noted.take_back())
    })
}

/// The same, where what has become otherwise is written so.
fn change_by<T, E: From<FileError>>(
    file: &Path,
    how: impl FnOnce(&mut Vec<Account>) -> Result<T, E>,
    write: impl FnOnce(&T, Vec<Account>) -> Result<(), FileError>,
) -> Result<T, E> {
    let _lock = lock(file)?;
    let mut accounts = read(file)?;
    let before = accounts.clone();
    let done = how(&mut accounts)?;
    if accounts != before {
        write(&done, accounts)?;
    }
    Ok(done)
}

/// The right to change the accounts, for as long as this lives. Its file stays, so that the lock is always on the same one.
pub(super) fn lock(file: &Path) -> Result<File, FileError> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder().create(folder).map_err(at(folder))?;
    }
    let path = beside::path(file, "lock");
    let lock = beside::open_or_make(&path, file, |it| it.write(true)).map_err(at(&path))?;
    let begun = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_WITHIN => sleep(LOCK_EVERY),
            Err(TryLockError::WouldBlock) => {
                let error = io::Error::other("somebody else is changing the accounts");
                return Err(at(&path)(error));
            }
            Err(TryLockError::Error(error)) => return Err(at(&path)(error)),
        }
    }
}

fn too_long() -> io::Error {
    io::Error::other(format!("a file with accounts has at most {FILE_MAX} octets"))
}

/// Puts the accounts in the place of those of before: whoever reads meanwhile finds the ones or the others.
fn write(file: &Path, account: Vec<Account>) -> Result<(), FileError> {
    let contents = toml::to_string(&Contents { account });
    let contents = contents.map_err(|error| at(file)(io::Error::other(error)))?;
    // What could not be read again would leave nobody signed in.
    if (ABOVE.len() + contents.len()) as u64 > FILE_MAX {
        return Err(at(file)(too_long()));
    }
    let path = beside::path(file, "new");
    let write = || {
        // What is left of one that could not be finished may be readable by others.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut new = beside::open(&path, |it| it.write(true).create_new(true))?;
        hand_over(&new, file)?;
        new.write_all(ABOVE.as_bytes())?;
        new.write_all(contents.as_bytes())?;
        new.sync_all()?;
        fs::rename(&path, file)
    };
    write().map_err(at(file))?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        // The name outlives a loss of power as well, where the platform can see to it.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// Gives what was just made to whoever has the accounts, or their folder where there are none yet: somebody else may be
/// changing them, such as root, and a console that runs as their owner must be able to read them.
#[cfg(unix)]
pub(super) fn hand_over(new: &File, accounts: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let folder = accounts.parent().filter(|it| !it.as_os_str().is_empty());
    let theirs = fs::metadata(accounts).or_else(|_| fs::metadata(folder.unwrap_or(Path::new("."))))?;
    if new.metadata()?.uid() == theirs.uid() {
        return Ok(());
    }
    fchown(new, Some(theirs.uid()), Some(theirs.gid()))
}

#[cfg(not(unix))]
pub(super) fn hand_over(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

fn private_folder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}
