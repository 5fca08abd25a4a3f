//! The accounts as the running console knows them: those in the file, looked at again when it changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use protocol::sign_on::SignedOff;

use super::account::{Account, Identity};
use super::file::{self, FileError};
use crate::session::{Look, Looks};

/// The accounts of a file.
pub(crate) struct Accounts {
    file: PathBuf,
    known: Mutex<Known>,
}

struct Known {
    accounts: Vec<Account>,
    /// How they are called, for whoever looks at names alone.
    looks: Looks,
    stamp: Option<Stamp>,
    /// Of what the file has become since then, where it cannot be read.
    unreadable: Option<Option<Stamp>>,
}

/// What is another one when the file was written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    written: Option<SystemTime>,
    octets: u64,
    /// Which file it is on its disk: writing puts another one in its place.
    number: u64,
}

impl Known {
    fn of(accounts: Vec<Account>, stamp: Option<Stamp>) -> Self {
        Self {
            looks: accounts.iter().map(|it| Look::of(&it.name)).collect(),
            accounts,
            stamp,
            unreadable: None,
        }
    }
}

impl Accounts {
    /// Those of that file.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(crate) fn read(file: &Path) -> Result<Self, FileError> {
        let stamp = stamp(file);
        let accounts = file::read(file)?;
        Ok(Self {
            file: file.to_owned(),
            known: Mutex::new(Known::of(accounts, stamp)),
        })
    }

    /// Where they are kept.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Account> {
        self.known().accounts.clone()
    }

    /// The one that is meant by that name.
    pub(crate) fn find(&self, name: &str) -> Option<Account> {
        self.known()
            .accounts
            .iter()
            .find(|it| it.is_called(name))
            .cloned()
    }

    /// Whether one of them is called so, or alike.
    pub(crate) fn are_called(&self, look: &Look) -> bool {
        self.known().looks.have(look)
    }

    /// Whether whoever that is may use the console.
    pub(crate) fn lets_in(&self, identity: &Identity) -> bool {
        let known = self.known();
        known
            .accounts
            .iter()
            .any(|it| it.id == identity.id && !it.disabled)
    }

    /// Why nobody is signed in any more with that account, as it was; none where it still is so.
    pub(crate) fn why_not(&self, account: &Account) -> Option<SignedOff> {
        let known = self.known();
        let now = known.accounts.iter().find(|it| it.id == account.id);
        match now {
            None => Some(SignedOff::Removed),
            Some(now) if now == account => None,
            Some(now) if now.disabled => Some(SignedOff::Disabled),
            Some(now) if now.password != account.password => Some(SignedOff::PasswordChanged),
            Some(_) => Some(SignedOff::RoleChanged),
        }
    }

    /// Reads the file again if it has changed. Whether it has.
    ///
    /// # Errors
    /// When it has and cannot be read. What is known stays then, and the file is looked at again each time; that it cannot be
    /// read is told once.
    pub(crate) fn look(&self) -> Result<bool, FileError> {
        // First, so that a change behind it is seen the next time.
        let stamp = stamp(&self.file);
        if self.known().stamp == stamp {
            self.known().unreadable = None;
            return Ok(false);
        }
        let read = file::read(&self.file).map(|accounts| Known::of(accounts, stamp));
        let mut known = self.known();
        match read {
            Ok(read) => {
                *known = read;
                Ok(true)
            }
            Err(_) if known.unreadable == Some(stamp) => Ok(false),
            Err(error) => {
                known.unreadable = Some(stamp);
                Err(error)
            }
        }
    }

    /// Whether what is known is of before, since the file cannot be read.
    pub(crate) fn are_stale(&self) -> bool {
        self.known().unreadable.is_some()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every change is a single step, so a panic leaves nothing half done.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// None where there is no file.
fn stamp(file: &Path) -> Option<Stamp> {
    let found = fs::metadata(file).ok()?;
    Some(Stamp {
        written: found.modified().ok(),
        octets: found.len(),
        number: number(&found),
    })
}

#[cfg(unix)]
fn number(file: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(file)
}

#[cfg(not(unix))]
fn number(_: &fs::Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use protocol::standing::Rank;

    use super::*;

    #[test]
    fn what_became_of_an_account_is_known_for_as_long_as_it_is_otherwise_than_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accounts.toml");
        let write = |all: Vec<Account>| {
            file::change(&path, |accounts| {
                *accounts = all;
                Ok::<_, FileError>(())
            })
            .unwrap();
        };
        let anna = Account::new("anna", Rank::Agent, "one".to_owned()).unwrap();
        write(vec![anna.clone()]);
        let accounts = Accounts::read(&path).unwrap();
        let with = |how: fn(&mut Account)| {
            let mut changed = anna.clone();
            how(&mut changed);
            vec![changed]
        };
        for (all, why) in [
            (with(|_| ()), None),
            (with(|it| it.disabled = true), Some(SignedOff::Disabled)),
            (
                with(|it| it.role = Rank::Supervisor),
                Some(SignedOff::RoleChanged),
            ),
            (
                with(|it| it.password = "other".to_owned()),
                Some(SignedOff::PasswordChanged),
            ),
            // Another one of that name is not theirs.
            (
                vec![Account::new("anna", Rank::Agent, "one".to_owned()).unwrap()],
                Some(SignedOff::Removed),
            ),
        ] {
            write(all);
            accounts.look().unwrap();
            assert_eq!(accounts.why_not(&anna), why);
        }
    }
}
