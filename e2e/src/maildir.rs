//! Mailboxes as Maildirs.

use std::fs;
use std::os::unix::fs::chown;
use std::path::Path;

use anyhow::{Result, ensure};

/// How large the largest message is, at least, in octets.
pub const LARGE_OCTETS: usize = 20 * 1024 * 1024;

/// A mailbox's messages, in their order, with CRLF line ends as on the wire but not byte-stuffed.
pub struct Mailbox {
    messages: Vec<Vec<u8>>,
}

impl Mailbox {
    /// Four small messages of 245, 245, 272 and 299 octets.
    ///
    /// # Errors
    /// When a text outgrew its size.
    pub fn small() -> Result<Self> {
        let messages = [
            ("Test", "aaa", 245),
            ("Test", "bbb", 245),
            ("Test", "ccc\r\nddd", 272),
            ("Test 2", "eee", 299),
        ];
        let messages = messages.iter().enumerate();
        let messages: Result<_> = messages
            .map(|(at, (subject, text, octets))| sized(at + 1, subject, text, *octets))
            .collect();
        Ok(Self { messages: messages? })
    }

    /// 1: more than [`LARGE_OCTETS`] in numbered lines. 2: lines that begin with dots. 3: octets that are not
    /// ASCII, Latin-1 among them. 4: a line of 100,000 octets.
    pub fn difficult() -> Self {
        let mut large = head("Large").into_bytes();
        for number in 1.. {
            if large.len() > LARGE_OCTETS {
                break;
            }
            large.extend_from_slice(format!("line {number} {}\r\n", "0123456789".repeat(6)).as_bytes());
        }
        let mut eight_bit = head("Eight bits").into_bytes();
        eight_bit.extend_from_slice("UTF-8: Grüße, 世界\r\n".as_bytes());
        eight_bit.extend_from_slice(b"Latin-1: Gr\xfc\xdfe\r\nBell: \x07\r\nOverride: ");
        eight_bit.extend_from_slice("\u{202e}txt.exe\r\n".as_bytes());
        let dots = head("Dots") + ".\r\n..\r\n.one dot\r\n..two dots\r\nno dot\r\n";
        let long = head("Long") + &"x".repeat(100_000) + "\r\n" + "after the long line\r\n";
        Self {
            messages: vec![large, dots.into_bytes(), eight_bit, long.into_bytes()],
        }
    }

    /// The messages.
    pub fn messages(&self) -> &[Vec<u8>] {
        &self.messages
    }

    /// The messages' octets.
    pub fn octets(&self) -> Vec<usize> {
        self.messages.iter().map(Vec::len).collect()
    }

    /// Writes it as `<home>/Maildir`, for an owner if there is one to give it to.
    pub(crate) fn write(&self, home: &Path, owner: Option<(u32, u32)>) -> Result<()> {
        let maildir = home.join("Maildir");
        let mut made = vec![home.to_owned(), maildir.clone()];
        for part in ["cur", "new", "tmp"] {
            made.push(maildir.join(part));
        }
        for directory in &made {
            fs::create_dir_all(directory)?;
        }
        for (at, message) in self.messages.iter().enumerate() {
            // Dovecot numbers new messages by the times in their names.
            let path = maildir
                .join("new")
                .join(format!("{}.M1P1.tests", 1_700_000_000 + at));
            fs::write(&path, message)?;
            made.push(path);
        }
        if let Some((user, group)) = owner {
            for path in &made {
                chown(path, Some(user), Some(group))?;
            }
        }
        Ok(())
    }
}

fn head(subject: &str) -> String {
    format!("From: user01@company.com\r\nTo: user01@company.com\r\nSubject: {subject}\r\n\r\n")
}

/// A message of exactly so many octets: its Message-ID takes up what is left.
fn sized(number: usize, subject: &str, text: &str, octets: usize) -> Result<Vec<u8>> {
    let with = |id: &str| {
        format!(
            "Return-Path: <user01@company.com>\r\nFrom: user01@company.com\r\nTo: user01@company.com\r\nSubject: {subject}\r\n\
             Message-ID: <{number}{id}@ws01.company.com>\r\nDate: Tue, 18 Mar 2014 16:14:31 +0100\r\n\r\n{text}\r\n"
        )
    };
    let least = with("").len();
    ensure!(least <= octets, "message {number} has {least} octets already");
    Ok(with(&"0".repeat(octets - least)).into_bytes())
}
