//! Where the journal is when nothing else is said.

use std::path::PathBuf;

use super::JournalError;

/// A file in the platform's folder for a user's data: `~/.local/share/pop3-console/journal.sqlite` on Linux.
///
/// # Errors
/// When there is no such folder, as for a user without a home.
pub(crate) fn default_file() -> Result<PathBuf, JournalError> {
    let folders = directories::ProjectDirs::from("", "", "pop3-console").ok_or(JournalError::NoPlace)?;
    Ok(folders.data_local_dir().join("journal.sqlite"))
}
