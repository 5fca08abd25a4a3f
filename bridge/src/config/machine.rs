//! What settings name on this machine, looked at without touching it: files that are read, files that are written, and
//! addresses.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, TcpListener};
use std::path::Path;

use super::check::Found;
use super::{Config, Mode, Wrong};
use crate::audit::STANDARD_OUTPUT;
use crate::upstream::tls;
use crate::{access, journal};

impl Config {
    /// What of that cannot be used.
    pub(super) fn look_around(&self) -> Found {
        let mut found = Found::default();
        found.wrongs.extend(self.addresses());
        self.look_at_certificate(&mut found);
        let unusable = self
            .ca_files
            .iter()
            .filter_map(|file| tls::check_file(file).err());
        found.wrongs.extend(
            unusable
                .map(|error| Wrong::new("ca-file", format!("{error}; name another file, or leave it out"))),
        );
        found.wrongs.extend(self.audit());
        self.look_at_journal(&mut found);
        if self.access.mode == Mode::Accounts {
            self.look_at_accounts(&mut found);
        }
        found
    }

    /// Addresses to listen on that are not this machine's.
    fn addresses(&self) -> impl Iterator<Item = Wrong> {
        let all = [("listen", Some(self.listen)), ("metrics.listen", self.metrics)];
        let all = all.into_iter().filter_map(|(key, address)| Some((key, address?)));
        all.filter(|(_, address)| is_elsewhere(address.ip())).map(|(key, address)| {
            Wrong::new(
                key,
                format!("{address} cannot be listened on: this machine has no such address; name one of its own"),
            )
        })
    }

    fn look_at_certificate(&self, found: &mut Found) {
        match self.pair().map(|pair| pair.check()) {
            None => {}
            Some(Ok(objections)) => {
                let doubts = objections
                    .into_iter()
                    .map(|what| Wrong::new("tls.certificate", what));
                found.doubts.extend(doubts);
            }
            Some(Err(error)) => found.wrongs.push(Wrong::new(error.setting, error.to_string())),
        }
    }

    fn audit(&self) -> Option<Wrong> {
        let file = self
            .audit_file
            .as_ref()
            .filter(|it| it.as_os_str() != STANDARD_OUTPUT)?;
        let error = can_write(file, Folder::IsThere).err()?;
        Some(Wrong::new(
            "audit.file",
            format!(
                "the audit cannot be written to {}: {error}; name another file, in a folder that is there, or `-` for \
                 standard output",
                file.display()
            ),
        ))
    }

    fn look_at_journal(&self, found: &mut Found) {
        let file = match self.journal_file() {
            Ok(Some(file)) => file,
            Ok(None) => return,
            Err(error) => return found.wrongs.push(Wrong::new("journal", error.to_string())),
        };
        let unusable = |detail: &dyn std::fmt::Display| {
            let what = format!(
                "sessions are not recorded, nor is who did what, until {} can be written to: {detail}; name another file, or \
                 say no-journal",
                file.display()
            );
            Wrong::new("journal", what)
        };
        match journal::look(&file) {
            Err(error) if error.forbids() => found.wrongs.push(Wrong::new("journal", error.to_string())),
            Err(error) => found.doubts.push(unusable(&error.cause())),
            Ok(()) => {
                let error = can_write(&file, Folder::IsMade).err();
                found.doubts.extend(error.map(|error| unusable(&error)));
            }
        }
    }

    fn look_at_accounts(&self, found: &mut Found) {
        // Where it is beside the journal, what is said is that there are accounts.
        let key = match self.access.accounts {
            Some(_) => "access.accounts",
            None => "access.mode",
        };
        let file = match self.accounts_file() {
            Ok(file) => file,
            // Said of the journal already, unless none is kept.
            Err(_) if !self.no_journal => return,
            Err(_) => {
                let what =
                    "there is no folder for data here: name a file for the accounts, with access.accounts";
                return found.wrongs.push(Wrong::new(key, what));
            }
        };
        match access::has_accounts(&file) {
            Ok(true) => {}
            Ok(false) => found.doubts.push(Wrong::new(
                key,
                format!(
                    "nobody can sign in, since there are no accounts in {} yet: make one with `pop3-console account add NAME`",
                    file.display()
                ),
            )),
            Err(error) => found.wrongs.push(Wrong::new(
                key,
                format!("{error}; name the file that `pop3-console account` makes, which the console must be able to read"),
            )),
        }
    }
}

/// Whether an address is not this machine's. Where that cannot be found out it may be.
fn is_elsewhere(address: IpAddr) -> bool {
    // Port 0 is in nobody's way.
    let listening = TcpListener::bind((address, 0));
    listening.is_err_and(|error| error.kind() == ErrorKind::AddrNotAvailable)
}

/// What becomes of the folder of a file that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Folder {
    /// It has to be there.
    IsThere,
    /// It is made, and those above it.
    IsMade,
}

/// Whether a file could be added to. One that is there is opened for that, and stays as it is; one that is not, is not made.
fn can_write(file: &Path, folder: Folder) -> io::Result<()> {
    match fs::metadata(file) {
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        // Opening a pipe waits for whoever reads from it.
        Ok(found) if !found.is_file() => Ok(()),
        Ok(_) => OpenOptions::new().append(true).open(file).map(drop),
        Err(error) if error.kind() == ErrorKind::NotFound => can_make(file, folder),
        Err(error) => Err(error),
    }
}

fn can_make(file: &Path, folder: Folder) -> io::Result<()> {
    let above = file.parent().unwrap_or(Path::new("/"));
    let above = if above.as_os_str().is_empty() {
        Path::new(".")
    } else {
        above
    };
    match fs::metadata(above) {
        Ok(found) if found.is_dir() => may_write(above),
        Ok(_) => Err(ErrorKind::NotADirectory.into()),
        Err(error) if error.kind() == ErrorKind::NotFound && folder == Folder::IsMade && above != file => {
            can_make(above, folder)
        }
        Err(error) => Err(error),
    }
}

/// Whether this user may make files in a folder that is there.
#[cfg(unix)]
fn may_write(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, access};
    Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?)
}

#[cfg(not(unix))]
fn may_write(folder: &Path) -> io::Result<()> {
    match fs::metadata(folder)?.permissions().readonly() {
        true => Err(ErrorKind::PermissionDenied.into()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
