//! A client that takes octets as they come.

use anyhow::{Context, Result};
use bytes::Bytes;

use super::octets::Octets;
use super::{Client, LINE};

/// The end of a message, its last line end among it.
const END: &[u8] = b"\r\n.\r\n";

/// A client on a way for octets.
struct Raw<T> {
    way: T,
}

/// Connects on that way: the greeting has come, and user and password are accepted.
pub(super) fn signed_in(way: impl Octets + 'static) -> Result<Box<dyn Client>> {
    let mut client = Raw { way };
    client.await_line().context("no greeting came")?;
    for line in ["USER bench\r\n", "PASS bench\r\n"] {
        client.way.write(line.into())?;
        client.await_line().context("no reply came")?;
    }
    Ok(Box::new(client))
}

impl<T: Octets> Raw<T> {
    fn await_line(&mut self) -> Result<()> {
        while self.replies()? == 0 {}
        Ok(())
    }
}

impl<T: Octets> Client for Raw<T> {
    fn send(&mut self) -> Result<()> {
        self.way.write(Bytes::from_static(LINE))
    }

    fn replies(&mut self) -> Result<usize> {
        let octets = self.way.read()?;
        Ok(octets.iter().filter(|&&octet| octet == b'\n').count())
    }

    fn request(&mut self, lines: u32) -> Result<()> {
        self.way.write(format!("RETR {lines}\r\n").into())
    }

    fn receive(&mut self) -> Result<u64> {
        let mut octets = 0;
        let mut tail = Vec::with_capacity(2 * END.len());
        loop {
            let piece = self.way.read()?;
            octets += piece.len() as u64;
            tail.extend_from_slice(
                piece
                    .get(piece.len().saturating_sub(END.len())..)
                    .unwrap_or_default(),
            );
            tail.drain(..tail.len().saturating_sub(END.len()));
            if tail == END {
                return Ok(octets);
            }
        }
    }
}
