//! Lines in, octets out.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The longest line that is answered, in octets: enough for any SASL response. A longer one is passed over.
const LINE_MAX: usize = 8 * 1024;

/// How many octets are read at once.
const CHUNK: usize = 4 * 1024;

/// A stream, and what was read of it and not taken yet: at most [`LINE_MAX`] and [`CHUNK`].
pub(super) struct Lines<S> {
    stream: S,
    unread: Vec<u8>,
    /// The line that is coming in is longer than [`LINE_MAX`], and its begin was thrown away.
    overlong: bool,
}

/// A line that came in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Without its line end.
    Whole(Vec<u8>),
    /// Longer than [`LINE_MAX`].
    TooLong,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Lines<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            unread: Vec::new(),
            overlong: false,
        }
    }

    /// The next line; none at the end. A last line without a line end is not one.
    pub(super) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(at) = self.unread.iter().position(|&octet| octet == b'\n') {
                let mut line: Vec<u8> = self.unread.drain(..=at).collect();
                line.pop();
                if line.ends_with(b"\r") {
                    line.pop();
                }
                let overlong = std::mem::take(&mut self.overlong) || line.len() > LINE_MAX;
                return Ok(Some(if overlong {
                    Line::TooLong
                } else {
                    Line::Whole(line)
                }));
            }
            if self.unread.len() > LINE_MAX {
                self.unread.clear();
                self.overlong = true;
            }
            let mut chunk = [0; CHUNK];
            match self.stream.read(&mut chunk).await? {
                0 => return Ok(None),
                read => self.unread.extend_from_slice(&chunk[..read]),
            }
        }
    }

    /// Sends octets.
    pub(super) async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.stream.write_all(octets).await?;
        self.stream.flush().await
    }

    /// Ends the own direction, and reads on until the other side has ended its: closing with octets unread
    /// would take the last answer away from it.
    pub(super) async fn close(mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        let mut chunk = [0; CHUNK];
        while self.stream.read(&mut chunk).await? > 0 {}
        Ok(())
    }

    /// The stream. What was read of it and not taken is thrown away: after STLS it was plaintext that anybody
    /// could have put there (CVE-2011-0411).
    pub(super) fn into_stream(self) -> S {
        self.stream
    }
}
