//! A mail server that plays a script and writes down every octet that it is sent.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use super::patient;

/// A mail server that takes one connection after the other, and plays the same script on each.
pub(crate) struct Mail {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<u8>>>,
    serving: JoinHandle<()>,
}

/// One connection, as the server sees it.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    received: Arc<Mutex<Vec<u8>>>,
    /// What was received and not expected yet.
    unread: Vec<u8>,
}

impl Mail {
    /// Plays the script. The connection is closed when the script ends.
    pub(crate) async fn play<F, Play>(script: F) -> Self
    where
        F: Fn(Peer) -> Play + Send + 'static,
        Play: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let record = received.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let peer = Peer {
                    stream,
                    received: record.clone(),
                    unread: Vec::new(),
                };
                tokio::spawn(script(peer));
            }
        });
        Self {
            address,
            received,
            serving,
        }
    }

    /// Says yes to everything, and tells each time when the other side is gone.
    pub(crate) async fn until_gone() -> (Self, UnboundedReceiver<()>) {
        let (gone, gone_out) = unbounded_channel();
        let mail = Self::play(move |mut peer| {
            let gone = gone.clone();
            async move {
                peer.say("+OK\r\n").await;
                while !peer.line().await.is_empty() {
                    peer.say("+OK\r\n").await;
                }
                // A test that is over does not ask.
                let _ = gone.send(());
            }
        })
        .await;
        (mail, gone_out)
    }

    /// Says this, and then listens until the other side goes.
    pub(crate) async fn says(text: &'static str) -> Self {
        Self::play(move |mut peer| async move {
            peer.say(text).await;
            peer.until_gone().await;
        })
        .await
    }

    /// Every octet that all connections received so far.
    pub(crate) fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap().clone()
    }

    /// Waits until that was received.
    pub(crate) async fn until_received(&self, text: &str) {
        patient(async {
            while !contains(&self.received(), text.as_bytes()) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

impl Drop for Mail {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Peer {
    pub(crate) async fn say(&mut self, text: impl AsRef<[u8]>) {
        // The bridge may have hung up, which is what some tests are about.
        let _ = self.stream.write_all(text.as_ref()).await;
    }

    /// Takes one line, line end included.
    pub(crate) async fn line(&mut self) -> String {
        loop {
            if let Some(end) = self.unread.iter().position(|&octet| octet == b'\n') {
                let rest = self.unread.split_off(end + 1);
                let line = std::mem::replace(&mut self.unread, rest);
                return String::from_utf8_lossy(&line).into_owned();
            }
            if !self.read().await {
                return String::new();
            }
        }
    }

    /// Takes a line, and answers it.
    pub(crate) async fn answer(&mut self, line: &str, reply: impl AsRef<[u8]>) {
        assert_eq!(self.line().await, format!("{line}\r\n"));
        self.say(reply).await;
    }

    /// Reads until the other side is gone.
    pub(crate) async fn until_gone(&mut self) {
        while self.read().await {}
    }

    async fn read(&mut self) -> bool {
        let mut octets = [0; 4096];
        match self.stream.read(&mut octets).await {
            Ok(0) | Err(_) => false,
            Ok(count) => {
                self.received.lock().unwrap().extend_from_slice(&octets[..count]);
                self.unread.extend_from_slice(&octets[..count]);
                true
            }
        }
    }
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}
