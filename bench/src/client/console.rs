//! A client of our bridge: it speaks the wire, as the page does.

use std::net::SocketAddr;
use std::ops::Range;

use anyhow::{Context, Result, bail};
use protocol::entry::{ConnectionNo, Event, LineId, Part, Seq};
use protocol::secret::TypedLine;
use protocol::state::Phase;
use protocol::target::{Family, Security, Target};
use protocol::wire::{FromBrowser, Hello, ToBrowser, VERSION, decode_sequence, encode};
use serde::Deserialize;
use tokio_tungstenite::tungstenite::{Message, WebSocket};

use super::host::Stream;
use super::{Client, Host, LINE, Onlooker, round_trip};

/// How many come through one link: the bridge lets no more than 128 in.
const VIEWERS_OF_LINK: usize = 100;

/// A session's id and its owner's token.
#[derive(Clone, Deserialize)]
pub(crate) struct Key {
    session: String,
    token: String,
}

impl Key {
    /// The hello of whoever has it, from the first entry on.
    pub(crate) fn hello(&self, browser: &str) -> Hello {
        Hello {
            version: VERSION,
            session: self.session.clone(),
            token: self.token.clone(),
            epoch: None,
            after: 0,
            browser: browser.to_owned(),
            name: String::new(),
            wants_control: false,
        }
    }
}

/// A browser without a page.
pub(super) struct Console {
    socket: WebSocket<Stream>,
    bridge: Host,
    key: Key,
    /// The tokens of links to watch, as many as were needed.
    links: Vec<String>,
    connection: ConnectionNo,
    phase: Phase,
    next_id: LineId,
    recorded: u64,
    last: Seq,
}

/// What is looked for in what the bridge sends.
#[derive(Default)]
struct Seen {
    replies: usize,
    payload: u64,
    ended: bool,
}

impl Console {
    /// In a session of its own, connected and signed in.
    pub(super) fn signed_in(bridge: &Host, mail: SocketAddr, security: Security) -> Result<Self> {
        let mut console = Self::join(bridge, open_session(bridge)?)?;
        let target = Target {
            host: mail.ip().to_string(),
            port: mail.port(),
            security,
            verify: false,
            name: None,
            family: Family::Any,
        };
        console.ask(&FromBrowser::Connect { target })?;
        while console.phase != Phase::Authorization {
            anyhow::ensure!(console.phase != Phase::Closed, "the bridge could not connect");
            console.take()?;
        }
        for line in ["USER bench", "PASS bench"] {
            console.say(line.as_bytes())?;
            while console.take()?.replies == 0 {}
        }
        // Its state comes behind the reply; with the next reply it is here for sure.
        round_trip(&mut console)?;
        anyhow::ensure!(console.phase == Phase::Transaction, "not signed in");
        Ok(console)
    }

    /// Takes part in a session from its first entry on.
    fn join(bridge: &Host, key: Key) -> Result<Self> {
        let mut socket = bridge.socket()?;
        let hello = key.hello("a browser of the bench's");
        socket.send(Message::binary(encode(&hello)))?;
        Ok(Self {
            socket,
            bridge: bridge.clone(),
            key,
            links: Vec::new(),
            connection: 0,
            phase: Phase::NotConnected,
            next_id: 0,
            recorded: 0,
            last: 0,
        })
    }

    fn ask(&mut self, request: &FromBrowser) -> Result<()> {
        Ok(self.socket.send(Message::binary(encode(request)))?)
    }

    fn say(&mut self, line: &[u8]) -> Result<()> {
        self.next_id += 1;
        let line = FromBrowser::Line {
            id: self.next_id,
            connection: self.connection,
            line: TypedLine::new(line.to_vec()),
        };
        self.ask(&line)
    }

    /// Takes one frame in.
    fn take(&mut self) -> Result<Seen> {
        let frame = match self.socket.read()? {
            Message::Binary(frame) => frame,
            Message::Close(why) => bail!("the bridge closed the WebSocket: {why:?}"),
            _ => return Ok(Seen::default()),
        };
        self.recorded += frame.len() as u64;
        let mut seen = Seen::default();
        for item in decode_sequence::<ToBrowser>(&frame) {
            match item? {
                ToBrowser::Entry(entry) => {
                    self.connection = entry.connection;
                    self.last = entry.seq;
                    match entry.event {
                        Event::Answered {
                            part: Part::Status, ..
                        } => seen.replies += 1,
                        Event::Received {
                            part: Part::Terminator,
                            ..
                        } => seen.ended = true,
                        Event::Received { bytes, .. } => seen.payload += bytes.len() as u64,
                        Event::State(state) => self.phase = state.phase,
                        _ => {}
                    }
                }
                ToBrowser::Refused { why, .. } => bail!("the bridge refused: {}", why.sentence()),
                ToBrowser::Welcome(_) | ToBrowser::People(_) | ToBrowser::Desk(_) => {}
                ToBrowser::Beat => self.ask(&FromBrowser::Beat)?,
            }
        }
        Ok(seen)
    }
}

impl Client for Console {
    fn send(&mut self) -> Result<()> {
        self.say(LINE.trim_ascii_end())
    }

    fn replies(&mut self) -> Result<usize> {
        Ok(self.take()?.replies)
    }

    fn request(&mut self, lines: u32) -> Result<()> {
        self.say(format!("RETR {lines}").as_bytes())
    }

    fn receive(&mut self) -> Result<u64> {
        let mut payload = 0;
        loop {
            let seen = self.take()?;
            payload += seen.payload;
            if seen.ended {
                return Ok(payload);
            }
        }
    }

    fn onlooker(&self) -> Result<Option<Box<dyn Client>>> {
        Ok(Some(Box::new(Self::join(&self.bridge, self.key.clone())?)))
    }

    fn viewers(&mut self, numbers: Range<usize>) -> Result<Vec<Onlooker>> {
        while self.links.len() * VIEWERS_OF_LINK < numbers.end {
            self.links.push(make_link(&self.bridge, &self.key)?);
        }
        let (links, bridge) = (&self.links, self.bridge.address);
        let join = |number: usize| {
            let link = links.get(number / VIEWERS_OF_LINK).context("there is no link")?;
            let key = Key {
                token: link.clone(),
                ..self.key.clone()
            };
            Onlooker::join(bridge, &key.hello(&format!("the bench's viewer {number}")))
        };
        numbers.map(join).collect()
    }

    fn beat(&mut self) -> Result<()> {
        self.ask(&FromBrowser::Beat)
    }

    fn last(&self) -> Seq {
        self.last
    }

    fn recorded(&self) -> u64 {
        self.recorded
    }
}

fn open_session(bridge: &Host) -> Result<Key> {
    let body = bridge.post("/api/sessions", "", "")?;
    serde_json::from_str(&body).with_context(|| format!("the bridge opens no session: {body}"))
}

/// Makes a link to watch, and gives its token.
fn make_link(bridge: &Host, owner: &Key) -> Result<String> {
    #[derive(Deserialize)]
    struct Link {
        token: String,
    }
    let authorization = format!("Authorization: Bearer {}\r\n", owner.token);
    let path = format!("/api/sessions/{}/links", owner.session);
    let body = bridge.post(&path, &authorization, r#"{"role":"watch"}"#)?;
    let link: Link =
        serde_json::from_str(&body).with_context(|| format!("the bridge makes no link: {body}"))?;
    Ok(link.token)
}
