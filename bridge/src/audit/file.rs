//! Records as lines of JSON, in a file that whoever runs the console may move away, or on standard output.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::STANDARD_OUTPUT;
use crate::access::notes;

/// Where lines go.
pub(super) enum Lines {
    StandardOutput {
        /// Whether it may end in the middle of a line.
        is_torn: bool,
    },
    File(Kept),
}

/// A file to which lines are added.
pub(super) struct Kept {
    path: PathBuf,
    open: File,
    /// Whether it may end in the middle of a line.
    is_torn: bool,
}

impl Lines {
    /// To that file.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == STANDARD_OUTPUT {
            return Ok(Lines::StandardOutput { is_torn: false });
        }
        Ok(Lines::File(Kept::open(path)?))
    }

    /// Adds a line.
    pub(super) fn add(&mut self, line: &str) -> io::Result<()> {
        match self {
            Lines::StandardOutput { is_torn } => {
                let mut out = io::stdout().lock();
                let added = add_to(&mut out, line, is_torn);
                added.and_then(|()| out.flush())
            }
            Lines::File(kept) => kept.add(line),
        }
    }
}

/// Adds a line to what may end in the middle of one, and tells whether it does then.
fn add_to(out: &mut impl Write, line: &str, is_torn: &mut bool) -> io::Result<()> {
    let begin = if *is_torn { "\n" } else { "" };
    let written = out.write_all(format!("{begin}{line}\n").as_bytes());
    *is_torn = written.is_err();
    written
}

impl Kept {
    fn open(path: &Path) -> io::Result<Self> {
        let open = open(path)?;
        Ok(Self {
            path: path.to_owned(),
            is_torn: is_torn(path, &open),
            open,
        })
    }

    fn add(&mut self, line: &str) -> io::Result<()> {
        if !self.is_there() {
            *self = Self::open(&self.path)?;
        }
        add_to(&mut self.open, line, &mut self.is_torn)
    }

    /// Whether what is open is what goes by the path, and not what was moved away.
    fn is_there(&self) -> bool {
        match (self.open.metadata(), std::fs::metadata(&self.path)) {
            (Ok(open), Ok(there)) => is_same(&open, &there),
            _ => false,
        }
    }
}

#[cfg(unix)]
fn is_same(one: &std::fs::Metadata, other: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &std::fs::Metadata, _: &std::fs::Metadata) -> bool {
    true
}

/// Whether a file that is there ends in the middle of a line, as where the disk was full when another start of the console
/// wrote it. Of what cannot be read, such as a pipe, it is not known.
fn is_torn(path: &Path, open: &File) -> bool {
    let is_file = open.metadata().is_ok_and(|it| it.is_file());
    let look = || notes::is_cut_off(&mut File::open(path)?);
    is_file && look().unwrap_or(false)
}

/// A file that is made here is for nobody else to read. One that is there already stays as it was made.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn lines_are_added_to_a_file_for_nobody_else_and_to_a_new_one_when_it_was_moved_away() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("audit"), folder.path().join("audit.1"));
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        let mut lines = Lines::open(&path).unwrap();
        lines.add("one").unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::rename(&path, &moved).unwrap();
        lines.add("two").unwrap();
        assert_eq!((&read(&path)[..], &read(&moved)[..]), ("two\n", "one\n"));
        // What another start of the console had written stays.
        Lines::open(&path).unwrap().add("three").unwrap();
        assert_eq!(read(&path), "two\nthree\n");
    }

    #[test]
    fn a_line_that_was_cut_off_is_ended_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let (path, moved) = (folder.path().join("audit"), folder.path().join("audit.1"));
        std::fs::write(&path, "one\ncut o").unwrap();
        let mut lines = Lines::open(&path).unwrap();
        lines.add("two").unwrap();
        lines.add("three").unwrap();
        let read = || std::fs::read_to_string(&path).unwrap();
        assert_eq!(read(), "one\ncut o\ntwo\nthree\n");
        // So is that of one which is put in its place.
        std::fs::write(&moved, "cut o").unwrap();
        std::fs::rename(&moved, &path).unwrap();
        lines.add("four").unwrap();
        assert_eq!(read(), "cut o\nfour\n");
    }

    #[test]
    fn what_was_cut_off_within_a_line_is_ended_before_the_next_wherever_it_goes() {
        /// With room for some octets, of which there is more later.
        struct Full(Vec<u8>, usize);

        impl Write for Full {
            fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
                let taken = octets.len().min(self.1 - self.0.len());
                self.0.extend_from_slice(&octets[..taken]);
                Ok(taken)
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let (mut out, mut is_torn) = (Full(Vec::new(), 4), false);
        assert!(add_to(&mut out, "{first}", &mut is_torn).is_err());
        out.1 = 100;
        for _ in 0..2 {
            add_to(&mut out, "{first}", &mut is_torn).unwrap();
        }
        assert_eq!(out.0, b"{fir\n{first}\n{first}\n");
    }

    #[test]
    fn a_file_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Lines::open(&folder.path().join("none/audit")).is_err());
        assert!(Lines::open(folder.path()).is_err());
    }
}
