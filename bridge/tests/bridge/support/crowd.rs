//! Many viewers who cost little: they take the frames apart and look into none, in a thread of their own.

use std::hash::{DefaultHasher, Hasher};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use protocol::access::Sight;
use protocol::wire::{FromBrowser, Hello, ToBrowser, encode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::sleep;

use super::{Bridge, Browser, Key, PATIENCE, patient};

/// With what each frame of entries begins, and no other does.
const ENTRY: &[u8] = b"\xa1\x65Entry";

/// How much is read at once.
const READ: usize = 64 * 1024;

/// What one viewer has been sent of the transcript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) octets: u64,
    pub(crate) hash: u64,
}

/// Somebody who is in the crowd, until this is dropped.
pub(crate) struct Viewer {
    seen: Arc<Mutex<Seen>>,
}

/// A socket, what is said on it, and where is written what was seen.
type Comer = (std::net::TcpStream, Hello, Arc<Mutex<Seen>>);

/// A thread with viewers in it. It ends when this is dropped.
pub(crate) struct Crowd {
    come: Option<UnboundedSender<Comer>>,
    thread: Option<JoinHandle<()>>,
}

impl Seen {
    /// What comes in these frames.
    pub(crate) fn of<'a>(frames: impl IntoIterator<Item = &'a Vec<u8>>) -> Self {
        let mut taking = Taking::default();
        for frame in frames {
            taking.message(frame);
        }
        taking.seen()
    }
}

impl Viewer {
    pub(crate) fn seen(&self) -> Seen {
        *self.seen.lock().unwrap()
    }

    /// Waits until so many octets of entries have come.
    pub(crate) async fn until(&self, octets: u64) {
        patient(async {
            while self.seen().octets < octets {
                sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }
}

impl Crowd {
    pub(crate) fn new() -> Self {
        let (come, mut comers) = unbounded_channel::<Comer>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                while let Some((stream, hello, seen)) = comers.recv().await {
                    let stream = TcpStream::from_std(stream).unwrap();
                    tokio::spawn(view(stream, hello, seen));
                }
            });
        });
        Self {
            come: Some(come),
            thread: Some(thread),
        }
    }

    /// One more viewer, who comes with that key.
    pub(crate) async fn join(&self, bridge: &Bridge, key: &Key, name: &str) -> Viewer {
        let hello = key.hello(&format!("{name}'s browser"), name);
        self.say(bridge, hello).await
    }

    pub(crate) async fn say(&self, bridge: &Bridge, hello: Hello) -> Viewer {
        let stream = Browser::socket(bridge)
            .await
            .into_inner()
            .into_tcp()
            .into_std()
            .unwrap();
        let seen = Arc::default();
        let viewer = Viewer {
            seen: Arc::clone(&seen),
        };
        self.come.as_ref().unwrap().send((stream, hello, seen)).unwrap();
        viewer
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.come = None;
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking());
        }
    }
}

/// Joins with a link that shows that, and reads nothing.
pub(crate) async fn never_reads(bridge: &Bridge, key: &Key) -> TcpStream {
    let mut stream = Browser::socket(bridge).await.into_inner().into_tcp();
    let hello = encode(&key.hello("a browser that never reads", ""));
    stream.write_all(&masked(&hello)).await.unwrap();
    stream
}

/// A link that shows that much.
pub(crate) async fn watch(bridge: &Bridge, owner: &Key, sight: Sight) -> Key {
    let shows = match sight {
        Sight::Everything => "everything",
        Sight::Headers => "headers",
        Sight::Commands => "commands",
    };
    bridge
        .link(owner, serde_json::json!({ "role": "watch", "sight": shows }))
        .await
        .1
}

async fn view(mut stream: TcpStream, hello: Hello, seen: Arc<Mutex<Seen>>) {
    let beat = encode(&ToBrowser::Beat);
    let answer = masked(&encode(&FromBrowser::Beat));
    stream.write_all(&masked(&encode(&hello))).await.unwrap();
    let (mut taking, mut held, mut read) = (Taking::default(), Vec::new(), vec![0; READ]);
    loop {
        let count = match tokio::time::timeout(PATIENCE, stream.read(&mut read)).await {
            Ok(Ok(count)) if count > 0 => count,
            _ => return,
        };
        held.extend_from_slice(&read[..count]);
        let mut at = 0;
        while let Some((begin, end)) = message(&held[at..]) {
            let octets = &held[at + begin..at + end];
            if octets == beat && stream.write_all(&answer).await.is_err() {
                return;
            }
            taking.message(octets);
            at += end;
        }
        held.drain(..at);
        *seen.lock().unwrap() = taking.seen();
    }
}

#[derive(Default)]
struct Taking {
    octets: u64,
    hasher: DefaultHasher,
}

impl Taking {
    fn message(&mut self, octets: &[u8]) {
        if octets.starts_with(ENTRY) {
            self.octets += octets.len() as u64;
            self.hasher.write(octets);
        }
    }

    fn seen(&self) -> Seen {
        Seen {
            octets: self.octets,
            hash: self.hasher.finish(),
        }
    }
}

/// Where the first message begins and ends, if all of it is there (RFC 6455 §5.2). The bridge sends none in pieces.
fn message(octets: &[u8]) -> Option<(usize, usize)> {
    let (begin, length) = match *octets.get(1)? {
        126 => (
            4,
            usize::from(u16::from_be_bytes(octets.get(2..4)?.try_into().ok()?)),
        ),
        127 => (
            10,
            usize::try_from(u64::from_be_bytes(octets.get(2..10)?.try_into().ok()?)).ok()?,
        ),
        length => (2, usize::from(length)),
    };
    (octets.len() >= begin + length).then_some((begin, begin + length))
}

/// A message as a browser sends it, masked with nothing.
fn masked(octets: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x82];
    match u16::try_from(octets.len()) {
        Ok(length @ ..126) => frame.push(0x80 | length as u8),
        Ok(length) => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
        Err(_) => panic!("too long"),
    }
    frame.extend([0; 4]);
    frame.extend_from_slice(octets);
    frame
}
