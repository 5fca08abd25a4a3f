//! A mail server that costs next to nothing: a thread a connection, replies that stand ready.
//!
//! It lets anybody in, answers `+OK` to what has a reply of one line, refuses the listings, and has a message of
//! every length: message n has n lines of [`LINE`] octets.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::message;
pub use crate::message::LINE;

/// What is said of where it listens, before the address for plain POP3 and the one for TLS.
pub const AT: &str = "mail is at ";

/// A thread has little to do, and there are thousands.
const STACK: usize = 256 * 1024;

/// The longest line that is understood, in octets, and the most that one read takes.
const READ_MAX: usize = 16 * 1024;

/// Serves until the process is ended. The first line of output says where.
///
/// # Errors
/// When there is no free port, or no certificate can be made.
pub fn serve() -> Result<()> {
    let plain = TcpListener::bind("127.0.0.1:0")?;
    let tls = TcpListener::bind("127.0.0.1:0")?;
    let config = Arc::new(tls_config()?);
    println!("{AT}{} {}", plain.local_addr()?, tls.local_addr()?);
    let secured = thread::spawn(move || {
        accept(&tls, move |stream| {
            let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
            converse(StreamOwned::new(connection, stream))
        })
    });
    accept(&plain, converse)?;
    secured.join().ok().context("the part for TLS broke")??;
    Ok(())
}

fn accept(
    listener: &TcpListener,
    converse: impl Fn(TcpStream) -> io::Result<()> + Clone + Send + 'static,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        let converse = converse.clone();
        // How a conversation ends is all the same here: the other side sees it end.
        thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || converse(stream))?;
    }
}

/// Lines that came together are answered together.
fn converse(mut stream: impl Read + Write) -> io::Result<()> {
    stream.write_all(b"+OK ready\r\n")?;
    let mut space = [0; READ_MAX];
    let mut filled = 0;
    let mut replies = Vec::new();
    loop {
        let read = stream.read(space.get_mut(filled..).unwrap_or_default())?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let mut rest = space.get(..filled).unwrap_or_default();
        while let Some(end) = rest.iter().position(|&octet| octet == b'\n') {
            let (line, behind) = rest.split_at(end + 1);
            rest = behind;
            if let Some(lines) = retrieves(line) {
                stream.write_all(&std::mem::take(&mut replies))?;
                message::write(&mut stream, lines)?;
            } else {
                replies.extend_from_slice(reply(line));
            }
        }
        let begun = filled - rest.len()..filled;
        filled = begun.len();
        space.copy_within(begun, 0);
        stream.write_all(&replies)?;
        stream.flush()?;
        replies.clear();
    }
}

fn retrieves(line: &[u8]) -> Option<u32> {
    let number = line.strip_prefix(b"RETR ")?.trim_ascii_end();
    str::from_utf8(number).ok()?.parse().ok()
}

fn reply(line: &[u8]) -> &'static [u8] {
    let listings: [&[u8]; 4] = [b"LIST", b"UIDL", b"CAPA", b"TOP "];
    if listings.iter().any(|listing| line.starts_with(listing)) {
        b"-ERR not here\r\n"
    } else {
        b"+OK\r\n"
    }
}

/// Its own certificate: nobody verifies it.
fn tls_config() -> Result<ServerConfig> {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays the lines in, cut anywhere, and gives what was answered.
    struct Script {
        pieces: Vec<&'static [u8]>,
        said: Vec<u8>,
    }

    impl Read for &mut Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.pieces.is_empty() {
                return Ok(0);
            }
            let piece = self.pieces.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    impl Write for &mut Script {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.said.extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_answered_in_its_turn_however_it_is_cut() {
        let mut script = Script {
            pieces: vec![b"NO", b"OP\r\nUIDL\r\nRETR 12\r\nNO", b"OP\r\n"],
            said: Vec::new(),
        };
        converse(&mut script).unwrap();
        let said = String::from_utf8(script.said).unwrap();
        let begin = format!(
            "+OK ready\r\n+OK\r\n-ERR not here\r\n+OK {} octets\r\nFrom: ",
            12 * LINE
        );
        assert!(said.starts_with(&begin), "{said}");
        assert!(said.ends_with("\r\n.\r\n+OK\r\n"), "{said}");
    }
}
