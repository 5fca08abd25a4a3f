//! Servers that say what a test wants, and POP3 servers that are not so nice.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// A server that greets, and answers each line by what a function gives.
pub struct Scripted {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<u8>>>,
    speech: broadcast::Sender<Vec<u8>>,
    task: JoinHandle<()>,
}

impl Scripted {
    /// Starts one. No answer means that it closes.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(
        greeting: impl Into<Vec<u8>>,
        answer: impl Fn(&str) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (speech, _) = broadcast::channel(SPEECHES_MAX);
        let voice = speech.clone();
        let (greeting, answer, record) = (greeting.into(), Arc::new(answer), heard.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let connection = Connection {
                    heard: record.clone(),
                    speech: voice.subscribe(),
                };
                tokio::spawn(converse(stream, greeting.clone(), answer.clone(), connection));
            }
        });
        Ok(Self {
            address,
            heard,
            speech,
            task,
        })
    }

    /// Starts one that takes every connection and says nothing.
    ///
    /// # Errors
    /// As [`Scripted::start`].
    pub async fn silent() -> Result<Self> {
        Self::start("", |_| Some(Vec::new())).await
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Says something to everyone who is connected, without having been asked.
    ///
    /// # Errors
    /// When nobody is.
    pub fn speak(&self, octets: &str) -> Result<()> {
        self.speech.send(octets.as_bytes().to_vec())?;
        Ok(())
    }

    /// All octets that it was sent.
    pub fn heard(&self) -> Vec<u8> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How many speeches wait for a connection that is slow to be told.
const SPEECHES_MAX: usize = 16;

struct Connection {
    heard: Arc<Mutex<Vec<u8>>>,
    speech: broadcast::Receiver<Vec<u8>>,
}

impl Connection {
    fn hears(&self, line: &[u8]) {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(line);
    }
}

async fn converse(
    mut stream: TcpStream,
    greeting: Vec<u8>,
    answer: Arc<impl Fn(&str) -> Option<Vec<u8>>>,
    mut connection: Connection,
) -> std::io::Result<()> {
    stream.write_all(&greeting).await?;
    let (read, mut write) = stream.split();
    let mut read = BufReader::new(read);
    // What was read of a line stays in here when a speech comes in between.
    let mut line = Vec::new();
    loop {
        tokio::select! {
            Ok(speech) = connection.speech.recv() => write.write_all(&speech).await?,
            read = read.read_until(b'\n', &mut line) => {
                if read? == 0 {
                    return Ok(());
                }
                connection.hears(&line);
                match answer(String::from_utf8_lossy(&line).trim_end()) {
                    Some(reply) => write.write_all(&reply).await?,
                    None => return Ok(()),
                }
                line.clear();
            }
        }
    }
}
