//! A browser without a page: it speaks the wire and keeps what it was shown.

use futures_util::{SinkExt, StreamExt};
use protocol::entry::{ConnectionNo, Entry, Event, LineId, Part, Seq};
use protocol::remark::{End, Failure, Marks, Remark, Sharing, Step};
use protocol::secret::TypedLine;
use protocol::state::{Phase, State};
use protocol::target::Target;
use protocol::wire::{
    Desk, FromBrowser, Hello, People, Refusal, ToBrowser, Welcome, decode_sequence, encode,
};
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::accounts::Cookie;
use super::wire::Octets;
use super::{Bridge, Key, Mail, PATIENCE, patient, plain};

pub(crate) type Socket = WebSocketStream<Box<dyn Octets>>;

/// How a socket was closed: the code, or none when it broke.
pub(crate) type Closed = Option<u16>;

pub(crate) struct Browser {
    pub(crate) socket: Socket,
    pub(crate) key: Key,
    pub(crate) welcome: Welcome,
    /// Every entry, in order.
    pub(crate) entries: Vec<Entry>,
    pub(crate) refused: Vec<(Option<LineId>, Refusal)>,
    /// Who was told to be here, newest last.
    pub(crate) people: Vec<People>,
    /// What it was shown of signing in.
    pub(crate) desks: Vec<Desk>,
    /// Every frame as it came.
    pub(crate) frames: Vec<Vec<u8>>,
    /// Up to which entry the test has looked.
    looked: usize,
    next_id: LineId,
}

impl Browser {
    /// Joins with nothing yet.
    pub(crate) async fn join(bridge: &Bridge, key: &Key) -> Self {
        Self::join_after(bridge, key, None, 0).await
    }

    /// Joins with the entries up to `after` of that epoch.
    pub(crate) async fn join_after(bridge: &Bridge, key: &Key, epoch: Option<u64>, after: Seq) -> Self {
        let hello = Hello {
            epoch,
            after,
            ..key.hello("a browser of the tests", "")
        };
        Self::say(bridge, key, &hello).await
    }

    /// Joins as somebody who calls themselves that, in a browser of their own.
    pub(crate) async fn join_as(bridge: &Bridge, key: &Key, name: &str) -> Self {
        Self::say(bridge, key, &key.hello(&format!("{name}'s browser"), name)).await
    }

    /// Joins with that hello.
    pub(crate) async fn say(bridge: &Bridge, key: &Key, hello: &impl serde::Serialize) -> Self {
        Self::say_on(Self::socket(bridge).await, key, hello).await
    }

    /// Joins as somebody who is signed in.
    pub(crate) async fn join_signed_on(bridge: &Bridge, key: &Key, cookie: &Cookie) -> Self {
        let hello = key.hello("a browser of the tests", "nobody in particular");
        Self::say_signed_on(bridge, key, &hello, cookie).await
    }

    /// The same with that hello.
    pub(crate) async fn say_signed_on(bridge: &Bridge, key: &Key, hello: &Hello, cookie: &Cookie) -> Self {
        let socket = Self::try_socket_with(bridge, Some(&bridge.origin()), cookie).await;
        Self::say_on(socket.unwrap(), key, hello).await
    }

    async fn say_on(mut socket: Socket, key: &Key, hello: &impl serde::Serialize) -> Self {
        socket.send(Message::binary(encode(hello))).await.unwrap();
        let Some(Ok(Message::Binary(first))) = patient(socket.next()).await else {
            panic!("no welcome")
        };
        let mut items = decode_sequence::<ToBrowser>(&first);
        let Some(Ok(ToBrowser::Welcome(welcome))) = items.next() else {
            panic!("no welcome")
        };
        Self {
            socket,
            key: key.clone(),
            welcome,
            entries: Vec::new(),
            refused: Vec::new(),
            people: Vec::new(),
            desks: Vec::new(),
            frames: vec![first.to_vec()],
            looked: 0,
            next_id: 0,
        }
    }

    /// A WebSocket on which nothing was said yet.
    pub(crate) async fn socket(bridge: &Bridge) -> Socket {
        Self::try_socket(bridge, Some(&bridge.origin())).await.unwrap()
    }

    /// Tries to open a WebSocket as a page of that origin.
    pub(crate) async fn try_socket(bridge: &Bridge, origin: Option<&str>) -> Result<Socket, Error> {
        Self::try_socket_with(bridge, origin, &Cookie::default()).await
    }

    /// The same with a cookie.
    pub(crate) async fn try_socket_with(
        bridge: &Bridge,
        origin: Option<&str>,
        Cookie(cookie, said): &Cookie,
    ) -> Result<Socket, Error> {
        let mut request = format!("ws://{}/api/socket", bridge.address)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", "pop3-console".parse().unwrap());
        headers.insert("Cookie", cookie.parse().unwrap());
        for (name, value) in said {
            headers.insert(*name, value.parse().unwrap());
        }
        if let Some(origin) = origin {
            headers.insert("Origin", origin.parse().unwrap());
        }
        let (socket, response) = patient(client_async(request, bridge.wire().await)).await?;
        assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "pop3-console");
        Ok(socket)
    }

    pub(crate) async fn ask(&mut self, request: FromBrowser) {
        self.socket.send(Message::binary(encode(&request))).await.unwrap();
    }

    pub(crate) async fn connect(&mut self, target: Target) {
        self.ask(FromBrowser::Connect { target }).await;
    }

    /// Connects and waits until lines may be typed.
    pub(crate) async fn connected(&mut self, target: Target) {
        self.connect(target).await;
        self.until_phase(Phase::Authorization).await;
    }

    /// Connects there and signs in, so that the mailbox of that name is open.
    pub(crate) async fn opened(&mut self, mail: &Mail, name: &str) {
        self.connected(plain(mail.address)).await;
        for line in [&format!("USER {name}"), "PASS x"] {
            self.line(line).await;
            self.until_status().await;
        }
    }

    /// Types a line on the current connection.
    pub(crate) async fn line(&mut self, line: impl AsRef<[u8]>) -> LineId {
        let connection = self.connection();
        self.line_for(connection, line).await
    }

    pub(crate) async fn line_for(&mut self, connection: ConnectionNo, line: impl AsRef<[u8]>) -> LineId {
        self.next_id += 1;
        let id = self.next_id;
        let line = TypedLine::new(line.as_ref().to_vec());
        self.ask(FromBrowser::Line { id, connection, line }).await;
        id
    }

    pub(crate) async fn disconnect(&mut self) {
        let connection = self.connection();
        self.ask(FromBrowser::Disconnect { connection }).await;
    }

    /// The newest connection that was seen.
    pub(crate) fn connection(&self) -> ConnectionNo {
        self.entries.last().map_or(0, |entry| entry.connection)
    }

    /// Waits for the end of a payload.
    pub(crate) async fn until_terminator(&mut self) {
        let ends = |event: &Event| {
            let part = Part::Terminator;
            matches!(event, Event::Received { part: it, .. } if *it == part).then_some(())
        };
        self.until(ends).await;
    }

    /// Waits for an entry behind those that were looked at.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            while let Some(entry) = self.entries.get(self.looked) {
                self.looked += 1;
                if let Some(found) = wanted(&entry.event) {
                    return found;
                }
            }
            match timeout_at(deadline, self.read()).await {
                Ok(Ok(())) => {}
                Ok(Err(closed)) => panic!("closed with {closed:?} after {:#?}", self.entries),
                Err(_) => panic!("this took too long, after {:#?}", self.entries),
            }
        }
    }

    pub(crate) async fn until_state(&mut self, wanted: impl Fn(&State) -> bool) -> State {
        self.until(|event| match event {
            Event::State(state) if wanted(state) => Some(state.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn until_phase(&mut self, phase: Phase) -> State {
        self.until_state(|state| state.phase == phase).await
    }

    pub(crate) async fn until_remark(&mut self, wanted: impl Fn(&Remark) -> bool) -> Remark {
        self.until(|event| match event {
            Event::Remark(remark) if wanted(remark) => Some(remark.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for the next status line.
    pub(crate) async fn until_status(&mut self) -> String {
        self.until(|event| match event {
            Event::Answered {
                part: Part::Status,
                line,
                ..
            } => Some(String::from_utf8_lossy(line.bytes()).into_owned()),
            _ => None,
        })
        .await
    }

    /// Waits until a connection could not be made.
    pub(crate) async fn until_failed(&mut self) -> (Step, Failure) {
        let failed = self
            .until(|event| match event {
                Event::Remark(Remark::Failed { step, why, .. }) => Some((*step, why.clone())),
                _ => None,
            })
            .await;
        self.until_phase(Phase::Closed).await;
        failed
    }

    /// Waits until the connection ended.
    pub(crate) async fn until_ended(&mut self) -> (End, Marks, bool) {
        let ended = self
            .until(|event| match event {
                Event::Remark(Remark::Ended {
                    how,
                    marks,
                    cut_short,
                }) => Some((how.clone(), *marks, *cut_short)),
                _ => None,
            })
            .await;
        self.until_phase(Phase::Closed).await;
        ended
    }

    /// Waits for the next refusal.
    pub(crate) async fn until_refused(&mut self) -> (Option<LineId>, Refusal) {
        let before = self.refused.len();
        patient(async {
            while self.refused.len() == before {
                self.read().await.unwrap();
            }
        })
        .await;
        self.refused[before]
    }

    /// Waits until who is here is told so.
    pub(crate) async fn until_people(&mut self, wanted: impl Fn(&People) -> bool) -> People {
        patient(async {
            loop {
                if let Some(people) = self.people.last().filter(|people| wanted(people)) {
                    return people.clone();
                }
                self.read().await.unwrap();
            }
        })
        .await
    }

    /// Waits until that is recorded of the session as a whole.
    pub(crate) async fn until_sharing(&mut self, wanted: impl Fn(&Sharing) -> bool) -> Sharing {
        self.until(|event| match event {
            Event::Remark(Remark::Sharing(sharing)) if wanted(sharing) => Some(sharing.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until it is shown that of signing in, or was before.
    pub(crate) async fn until_desk(&mut self, wanted: impl Fn(&Desk) -> bool) -> Desk {
        patient(async {
            while !self.desks.last().is_some_and(&wanted) {
                self.read().await.unwrap();
            }
        })
        .await;
        self.desks.last().cloned().unwrap()
    }

    /// Waits for that entry.
    pub(crate) async fn until_seq(&mut self, seq: Seq) {
        patient(async {
            while self.entries.last().is_none_or(|entry| entry.seq < seq) {
                self.read().await.unwrap();
            }
        })
        .await;
    }

    /// Waits until the socket is closed.
    pub(crate) async fn until_closed(&mut self) -> Closed {
        patient(async {
            loop {
                if let Err(closed) = self.read().await {
                    return closed;
                }
            }
        })
        .await
    }

    /// What the server sent, as it was shown, payload and all.
    pub(crate) fn shown(&self) -> Vec<u8> {
        let mut shown = Vec::new();
        for entry in &self.entries {
            match &entry.event {
                Event::Answered { line, .. } => shown.extend_from_slice(line.bytes()),
                Event::Received { bytes, .. } => shown.extend_from_slice(bytes),
                _ => {}
            }
        }
        shown
    }

    /// Does nothing but answer beats, until the socket is closed.
    pub(crate) async fn idle(mut self) -> Closed {
        loop {
            if let Err(closed) = self.read().await {
                return closed;
            }
        }
    }

    /// Takes one frame in.
    pub(crate) async fn read(&mut self) -> Result<(), Closed> {
        let frame = match self.socket.next().await {
            Some(Ok(Message::Binary(frame))) => frame,
            Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
            Some(Ok(_)) => return Ok(()),
            Some(Err(_)) | None => return Err(None),
        };
        self.frames.push(frame.to_vec());
        for item in decode_sequence::<ToBrowser>(&frame) {
            match item.unwrap() {
                ToBrowser::Entry(entry) => {
                    let last = self.entries.last().map_or(self.welcome.after, |entry| entry.seq);
                    assert_eq!(entry.seq, last + 1, "a gap or a duplicate");
                    self.entries.push(entry);
                }
                ToBrowser::Refused { id, why } => self.refused.push((id, why)),
                ToBrowser::People(people) => self.people.push(people),
                ToBrowser::Desk(desk) => self.desks.push(desk),
                ToBrowser::Beat => {
                    // The bridge may be closing the socket just now.
                    let _ = self
                        .socket
                        .send(Message::binary(encode(&FromBrowser::Beat)))
                        .await;
                }
                ToBrowser::Welcome(_) => panic!("welcomed twice"),
            }
        }
        Ok(())
    }
}

/// Reads a socket until it is closed, and says how.
pub(crate) async fn read_close(socket: &mut Socket) -> Closed {
    loop {
        match patient(socket.next()).await {
            Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return None,
        }
    }
}
