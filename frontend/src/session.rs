//! A session as the browser knows it: pure state, what can happen, and what has to be done then.

pub mod backoff;
pub mod pending;
pub mod steps;

use protocol::access::{ParticipantId, Role};
use protocol::command;
use protocol::entry::{ConnectionNo, Entry, Event, LineId, Part, Seq};
use protocol::remark::Remark;
use protocol::state::{Phase, Protection, State as Connection};
use protocol::target::Target;
use protocol::tls::TlsReport;
use protocol::wire::{self, CloseCode, FromBrowser, Hello, Refusal, ToBrowser, Welcome};
use protocol::{secret::TypedLine, target::Security};

use crate::transcript::{Transcript, is_auth};
use pending::{Fate, Pending};
use steps::Steps;

/// A session as the browser knows it.
#[derive(Default)]
pub struct State {
    /// Which session.
    pub id: String,
    /// What lets in.
    token: String,
    /// How the socket to the bridge stands.
    pub link: Link,
    epoch: Option<u64>,
    /// The last entry that is here.
    pub last: Seq,
    /// The last entry there was when the socket was welcomed: up to it, everything is a replay.
    pub replay: Seq,
    /// Who this browser is.
    pub me: Option<ParticipantId>,
    /// What it may do.
    pub role: Option<Role>,
    /// The transcript.
    pub transcript: Transcript,
    /// The newest connection's number.
    pub connection: ConnectionNo,
    /// Where it stands.
    pub now: Connection,
    /// The steps of making it.
    pub steps: Steps,
    /// What was negotiated on it.
    pub tls: Option<TlsReport>,
    /// The remark that says why it did not come about.
    pub failure: Option<Remark>,
    /// Whether CAPA offered STLS.
    pub offers_stls: bool,
    /// Lines on their way.
    pub pending: Vec<Pending>,
    /// What the person must be told.
    pub notice: Option<Notice>,
    /// What the person is asked before something is done.
    pub ask: Option<Ask>,
    /// A line that goes back into the prompt; the number tells one from the next.
    pub returned: Option<(u32, TypedLine)>,
    /// The newest status line, for those who listen; the number tells one from the next.
    pub spoken: (u32, String),
    /// Whom to connect to as soon as the session is there.
    intent: Option<Target>,
    /// Whether the person knows that a password goes out in clear text.
    knows_clear: bool,
}

/// How the socket to the bridge stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// It is being opened for the first time.
    #[default]
    Opening,
    /// Entries come as they are made.
    Live,
    /// It was lost; the number of tries since.
    Lost(u32),
    /// It will not come back.
    Gone(Gone),
}

/// Why a session cannot be reached any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// There is no such session, or not for this browser.
    NoSession,
    /// It was ended.
    Ended,
    /// The page is of another version than the bridge.
    OtherVersion,
}

/// What the person must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(pub String);

/// What the person is asked before something is done.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A password would go out in clear text.
    ClearText(LineId, TypedLine),
    /// Disconnecting discards marks.
    Disconnect,
    /// Ending the session discards marks.
    End,
}

/// What can happen.
pub enum Action {
    /// The socket is open.
    Opened,
    /// Messages came.
    Received(Vec<ToBrowser>),
    /// A message came that is none.
    Garbled,
    /// The socket is closed. `chance` is between 0 and 1.
    Closed {
        /// The close code.
        code: u16,
        /// Spreads the waits.
        chance: f64,
    },
    /// It is time to try again, or there is a network again.
    Retry,
    /// The person submits a line, and calls it by that name.
    Submit(LineId, String),
    /// The person pasted several lines.
    PastedLines,
    /// The person wants to drop the connection.
    Disconnect,
    /// The person wants to end the session.
    End,
    /// The person wants a connection to the same target again, verified or not.
    Reconnect {
        /// Whether to verify the certificate; none for as before.
        verify: Option<bool>,
    },
    /// The person wants to go on in clear text.
    ContinueInClear,
    /// The person says yes to what is asked.
    Agree,
    /// The person wants STLS sent instead, under that name.
    StlsFirst(LineId),
    /// The person says no, or has read the notice.
    Dismiss,
}

/// What has to be done then.
pub enum Effect {
    /// Open a socket, in place of any other.
    Open,
    /// Send this as the first message.
    Hello(Hello),
    /// Send this.
    Send(FromBrowser),
    /// [`Action::Retry`] after so many milliseconds.
    RetryIn(u32),
    /// Let go of the socket and of the session's token.
    Forget,
}

impl State {
    /// A session that is not reached yet. `intent` is whom to connect to if nobody has.
    pub fn new(id: String, token: String, intent: Option<Target>) -> Self {
        Self {
            id,
            token,
            intent,
            ..Self::default()
        }
    }

    /// Takes in what happened.
    pub fn reduce(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Opened => vec![Effect::Hello(self.hello())],
            Action::Received(messages) => self.received(messages),
            Action::Garbled => self.resync(),
            Action::Closed { code, chance } => self.closed(code, chance),
            Action::Retry if matches!(self.link, Link::Lost(_)) => vec![Effect::Open],
            Action::Retry => Vec::new(),
            Action::Submit(id, line) => self.submit(id, line),
            Action::PastedLines => {
                self.tell("Not pasted: that is several lines, and the prompt sends one line at a time.")
            }
            Action::Disconnect if self.now.marked > 0 && self.now.phase.is_open() => {
                self.ask(Ask::Disconnect)
            }
            Action::Disconnect => self.disconnect(),
            Action::End if self.now.marked > 0 && self.now.phase.is_open() => self.ask(Ask::End),
            Action::End => self.command(FromBrowser::End),
            Action::Reconnect { verify } => self.reconnect(verify),
            Action::ContinueInClear => self.command(FromBrowser::ContinueInClear {
                connection: self.connection,
            }),
            Action::Agree => self.agree(),
            Action::StlsFirst(id) => self.stls_first(id),
            Action::Dismiss => self.dismiss(),
        }
    }

    /// Whether what is typed now may be a SASL response.
    pub fn expects_secret(&self) -> bool {
        self.now.expects_secret || self.transcript.auth_is_open() || self.pending.iter().any(Pending::is_auth)
    }

    /// Whether leaving discards marks.
    pub fn has_marks(&self) -> bool {
        self.now.marked > 0 && self.now.phase.is_open()
    }

    /// The target of the session, once one is known.
    pub fn target(&self) -> Option<&Target> {
        self.now.target.as_ref().or(self.intent.as_ref())
    }

    fn hello(&self) -> Hello {
        Hello {
            version: wire::VERSION,
            session: self.id.clone(),
            token: self.token.clone(),
            epoch: self.epoch,
            after: self.last,
        }
    }

    fn received(&mut self, messages: Vec<ToBrowser>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for message in messages {
            match message {
                ToBrowser::Beat => effects.push(Effect::Send(FromBrowser::Beat)),
                ToBrowser::Welcome(welcome) => effects.extend(self.welcome(&welcome)),
                ToBrowser::Refused { id, why } => self.refused(id, why),
                ToBrowser::Entry(entry) if entry.seq <= self.last => {}
                ToBrowser::Entry(entry) if entry.seq > self.last + 1 => {
                    effects.extend(self.resync());
                    break;
                }
                ToBrowser::Entry(entry) => self.entry(&entry),
            }
        }
        effects
    }

    fn welcome(&mut self, welcome: &Welcome) -> Vec<Effect> {
        if welcome.version != wire::VERSION {
            return self.gone(Gone::OtherVersion);
        }
        if self.epoch.is_some_and(|epoch| epoch != welcome.epoch) || welcome.after < self.last {
            self.forget();
        }
        self.link = Link::Live;
        self.epoch = Some(welcome.epoch);
        self.replay = welcome.last;
        self.me = Some(welcome.participant);
        self.role = Some(welcome.role);
        self.give_up_orphans();
        if welcome.last == 0 && self.connection == 0 {
            let target = self.intent.clone();
            return target
                .map(|target| Effect::Send(FromBrowser::Connect { target }))
                .into_iter()
                .collect();
        }
        self.send_queued()
    }

    /// Sends what waited for the bridge. A line that was meant for an earlier connection is refused there.
    fn send_queued(&mut self) -> Vec<Effect> {
        let queued = self.pending.iter_mut().filter(|it| it.fate == Fate::Queued);
        queued
            .map(|it| {
                it.fate = Fate::Sent;
                Effect::Send(FromBrowser::Line {
                    id: it.id,
                    connection: it.connection,
                    line: it.line.clone(),
                })
            })
            .collect()
    }

    /// Another start of the bridge: nothing of what was here is true any more.
    fn forget(&mut self) {
        self.last = 0;
        self.connection = 0;
        self.transcript = Transcript::default();
        self.now = Connection::default();
        self.steps = Steps::default();
        (self.tls, self.failure, self.offers_stls) = (None, None, false);
    }

    fn entry(&mut self, entry: &Entry) {
        self.last = entry.seq;
        if entry.connection > self.connection {
            self.connection = entry.connection;
            (self.tls, self.failure, self.offers_stls) = (None, None, false);
            self.steps = Steps::default();
        }
        self.transcript.append(entry);
        match &entry.event {
            Event::Sent { id, .. } => self.pending.retain(|it| Some(it.id) != *id),
            Event::Answered {
                part: Part::Status | Part::Greeting,
                line,
                ..
            } if entry.seq > self.replay => {
                self.speak(String::from_utf8_lossy(line.bytes()).trim().to_owned());
            }
            Event::Received {
                part: Part::Listing,
                bytes,
                ..
            } => {
                let stls = bytes
                    .split(|&it| it == b'\n')
                    .any(|it| it.trim_ascii().eq_ignore_ascii_case(b"STLS"));
                self.offers_stls |= stls;
            }
            Event::Remark(remark) => self.remark(remark, entry.seq > self.replay),
            Event::State(state) => self.moved(state),
            _ => {}
        }
        self.steps.apply(entry);
        if entry.seq >= self.replay {
            self.give_up_orphans();
        }
    }

    fn moved(&mut self, state: &Connection) {
        if self.steps == Steps::default()
            && let Some(target) = &state.target
        {
            self.steps = Steps::new(target.security);
        }
        self.now = state.clone();
        if state.target.is_some() {
            self.intent = None;
        }
        if !state.phase.is_open() && matches!(self.ask, Some(Ask::ClearText(..) | Ask::Disconnect)) {
            self.dismiss();
        }
    }

    fn remark(&mut self, remark: &Remark, is_new: bool) {
        match remark {
            Remark::Secured(report) => {
                self.tls = Some(report.clone());
                self.offers_stls = false;
            }
            Remark::Failed { .. } => self.failure = Some(remark.clone()),
            _ => {}
        }
        if is_new {
            self.speak(remark.sentences().join(" "));
        }
    }

    fn speak(&mut self, text: String) {
        self.spoken = (self.spoken.0.wrapping_add(1), text);
    }

    /// A line did not go out, or something else was not done.
    fn refused(&mut self, id: Option<LineId>, why: Refusal) {
        let line = id.and_then(|id| self.pending.iter().position(|it| it.id == id));
        if let Some(at) = line {
            let pending = self.pending.remove(at);
            self.give_back(pending.line);
        }
        self.notice = Some(Notice(why.sentence().to_owned()));
    }

    fn give_back(&mut self, line: TypedLine) {
        let number = self
            .returned
            .as_ref()
            .map_or(0, |(number, _)| number.wrapping_add(1));
        self.returned = Some((number, line));
    }

    /// What was sent into a socket that died and is not echoed by what came since: nobody knows.
    fn give_up_orphans(&mut self) {
        if self.last < self.replay {
            return;
        }
        for orphan in self.pending.extract_if(.., |it| it.fate == Fate::Orphan) {
            self.transcript
                .append_unknown(orphan.id, &orphan.shown, self.last);
        }
    }

    /// Something is missing or cannot be read: what comes after the last entry is asked for again.
    fn resync(&mut self) -> Vec<Effect> {
        self.link = Link::Lost(0);
        self.orphan();
        vec![Effect::Open]
    }

    fn orphan(&mut self) {
        for pending in &mut self.pending {
            if pending.fate == Fate::Sent {
                pending.fate = Fate::Orphan;
            }
        }
    }

    fn closed(&mut self, code: u16, chance: f64) -> Vec<Effect> {
        if matches!(self.link, Link::Gone(_)) {
            return Vec::new();
        }
        match CloseCode::from_number(code) {
            Some(CloseCode::NoSession) => return self.gone(Gone::NoSession),
            Some(CloseCode::SessionEnded) => return self.gone(Gone::Ended),
            Some(CloseCode::OtherVersion) => return self.gone(Gone::OtherVersion),
            Some(CloseCode::TooBig | CloseCode::BadMessage) => {
                self.notice = Some(Notice(
                    "The console's bridge could not take what was sent. The session goes on.".to_owned(),
                ));
            }
            Some(CloseCode::Full) => {
                self.notice = Some(Notice(
                    "Too many browsers are in this session. Close one of them; this one keeps trying."
                        .to_owned(),
                ));
            }
            Some(CloseCode::GoingAway | CloseCode::NoHello) | None => {}
        }
        self.orphan();
        let attempt = if let Link::Lost(attempt) = self.link {
            attempt + 1
        } else {
            0
        };
        self.link = Link::Lost(attempt);
        vec![Effect::RetryIn(backoff::wait(attempt, chance))]
    }

    fn gone(&mut self, why: Gone) -> Vec<Effect> {
        self.link = Link::Gone(why);
        self.ask = None;
        match why {
            Gone::NoSession | Gone::Ended => vec![Effect::Forget],
            Gone::OtherVersion => Vec::new(),
        }
    }

    fn submit(&mut self, id: LineId, line: String) -> Vec<Effect> {
        self.notice = None;
        let problem = if line.len() > wire::LINE_MAX {
            Some(Refusal::LineTooLong)
        } else if line.contains(['\r', '\n']) {
            Some(Refusal::LineBreak)
        } else if self.now.phase == Phase::TlsRefused {
            Some(Refusal::TlsRefused)
        } else if !self.now.phase.is_open() {
            Some(Refusal::NotConnected)
        } else {
            None
        };
        if let Some(why) = problem {
            self.notice = Some(Notice(why.sentence().to_owned()));
            self.give_back(TypedLine::new(line.into_bytes()));
            return Vec::new();
        }
        if self.is_clear_secret(&line) {
            return self.ask(Ask::ClearText(id, TypedLine::new(line.into_bytes())));
        }
        self.send(id, &line)
    }

    /// Whether the line is a password, or asks for one, that would go out in clear text beyond this machine.
    fn is_clear_secret(&self, line: &str) -> bool {
        let verb = &line.as_bytes()[command::verb(line.as_bytes())];
        let is_secret = verb.eq_ignore_ascii_case(b"PASS")
            || (is_auth(line.as_bytes()) && !command::arguments(line.as_bytes()).is_empty());
        is_secret && self.now.protection == Protection::None && !self.now.loopback && !self.knows_clear
    }

    fn send(&mut self, id: LineId, line: &str) -> Vec<Effect> {
        self.pending
            .push(Pending::new(id, self.connection, line, self.expects_secret()));
        if self.link == Link::Live {
            self.send_queued()
        } else {
            Vec::new()
        }
    }

    /// Asks for something that is done at once or not at all.
    fn command(&mut self, message: FromBrowser) -> Vec<Effect> {
        if self.link == Link::Live {
            return vec![Effect::Send(message)];
        }
        self.tell("Not done: the console is reconnecting to its bridge. Try again in a moment.")
    }

    fn ask(&mut self, ask: Ask) -> Vec<Effect> {
        self.ask = Some(ask);
        Vec::new()
    }

    fn agree(&mut self) -> Vec<Effect> {
        match self.ask.take() {
            Some(Ask::ClearText(id, line)) => {
                self.knows_clear = true;
                self.send(id, &String::from_utf8_lossy(line.reveal()))
            }
            Some(Ask::Disconnect) => self.disconnect(),
            Some(Ask::End) => self.command(FromBrowser::End),
            None => Vec::new(),
        }
    }

    fn stls_first(&mut self, id: LineId) -> Vec<Effect> {
        if let Some(Ask::ClearText(_, line)) = self.ask.take() {
            self.give_back(line);
        }
        self.send(id, "STLS")
    }

    fn dismiss(&mut self) -> Vec<Effect> {
        match self.ask.take() {
            Some(Ask::ClearText(_, line)) => self.give_back(line),
            Some(_) => {}
            None => self.notice = None,
        }
        Vec::new()
    }

    fn tell(&mut self, sentence: &str) -> Vec<Effect> {
        self.notice = Some(Notice(sentence.to_owned()));
        Vec::new()
    }

    fn disconnect(&mut self) -> Vec<Effect> {
        self.command(FromBrowser::Disconnect {
            connection: self.connection,
        })
    }

    fn reconnect(&mut self, verify: Option<bool>) -> Vec<Effect> {
        let Some(target) = self.target() else {
            return Vec::new();
        };
        let target = Target {
            verify: verify.unwrap_or(target.verify),
            ..target.clone()
        };
        self.command(FromBrowser::Connect { target })
    }

    /// What protects the line, in the header's few words.
    pub fn security_told(&self) -> String {
        let version = self.tls.as_ref().map_or("", |tls| tls.version.as_str());
        let kind = self.target().map_or("", |target| match target.security {
            Security::Plain => "",
            Security::Stls => "STLS",
            Security::Tls => "TLS",
        });
        match self.now.protection {
            Protection::None if self.now.phase.is_open() => "plain · clear text".to_owned(),
            Protection::None => String::new(),
            Protection::Verified | Protection::Unverified => {
                // A person's own STLS on a plain target is STLS as well.
                let kind = if kind.is_empty() { "STLS" } else { kind };
                let version = if version.is_empty() { "TLS" } else { version };
                let told = if kind == "TLS" {
                    version.to_owned()
                } else {
                    format!("{kind} · {version}")
                };
                if self.now.protection == Protection::Unverified {
                    format!("{told} · not verified")
                } else {
                    told
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
