//! Files that the console keeps beside its accounts. Whoever has their folder may be less trusted than whoever changes accounts
//! there, such as root: what they have put in a file's place is not followed, and not waited for.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::file;

/// The file of that kind.
pub(super) fn path(accounts: &Path, kind: &str) -> PathBuf {
    let mut path = accounts.as_os_str().to_owned();
    path.push(".");
    path.push(kind);
    path.into()
}

/// Opens such a file so. One that is made by that is for nobody else to read.
///
/// # Errors
/// When it cannot be opened, or is a link, or anything else than a file.
pub(super) fn open(path: &Path, how: impl FnOnce(&mut OpenOptions) -> &mut OpenOptions) -> io::Result<File> {
    let mut options = OpenOptions::new();
    how(&mut options);
    #[cfg(unix)]
    guard(&mut options);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other(
            "there is something else in the place of this file",
        ));
    }
    Ok(file)
}

/// The same, which is made where it is not there yet, for whoever has the accounts.
///
/// # Errors
/// As of [`open`], and when it cannot be given to them.
pub(super) fn open_or_make(
    path: &Path,
    accounts: &Path,
    how: impl Fn(&mut OpenOptions) -> &mut OpenOptions,
) -> io::Result<File> {
    match open(path, |it| how(it).create_new(true)) {
        Ok(new) => {
            file::hand_over(&new, accounts)?;
            Ok(new)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => open(path, how),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn guard(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.mode(0o600).custom_flags(flags.bits().cast_signed());
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[test]
    fn what_stands_in_the_place_of_a_file_is_not_followed_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        let (dangling, pipe) = (folder.path().join("dangling"), folder.path().join("pipe"));
        fs::write(&file, "one").unwrap();
        symlink(&file, &link).unwrap();
        symlink(folder.path().join("none"), &dangling).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(open(&file, |it| it.append(true)).is_ok());
        for other in [&link, &dangling, &pipe, &folder.path().to_owned()] {
            assert!(open(other, |it| it.read(true)).is_err(), "{other:?}");
            assert!(
                open(other, |it| it.append(true).create(true)).is_err(),
                "{other:?}"
            );
            assert!(open(other, |it| it.read(true).append(true)).is_err(), "{other:?}");
        }
        assert!(!folder.path().join("none").exists());
    }
}
