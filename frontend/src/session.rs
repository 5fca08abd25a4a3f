//! A session as the browser knows it: pure state, what can happen, and what has to be done then.

pub mod action;
mod arrivals;
pub mod awaited;
pub mod backoff;
pub mod capabilities;
mod closing;
pub mod desk;
pub mod failed;
pub mod idle;
pub mod learned;
pub mod links;
pub mod maildrop;
pub mod noting;
pub mod pasting;
pub mod pending;
pub mod people;
pub mod replaying;
mod requests;
pub mod sequence;
pub mod sign_in;
pub mod spoken;
pub mod steps;
pub mod typed;

use protocol::access::{Keep, ParticipantId, Role, Sight};
use protocol::entry::{ConnectionNo, Seq};
use protocol::secret::TypedLine;
use protocol::state::{Expectation, Protection, State as Connection};
use protocol::target::{Security, Target};
use protocol::tls::TlsReport;
use protocol::wire::{self, Desk, FromBrowser, Hello, People};

use crate::replay::Replay;
use crate::transcript::Transcript;
pub use action::{Action, Ask, Effect};
use capabilities::Offers;
use failed::Failed;
use idle::Idle;
use learned::{Learned, Names};
use links::Links;
use noting::Noting;
use pending::Pending;
use sequence::Sequence;
use sign_in::SignIn;
use spoken::Spoken;
use steps::Steps;
use typed::Typed;

/// A session as the browser knows it.
#[derive(Default)]
pub struct State {
    /// Which session.
    pub id: String,
    /// What lets in.
    token: String,
    /// Whether that is a link's, which somebody was given.
    pub by_link: bool,
    /// Whether a supervisor wants control.
    pub wants_control: bool,
    /// How the socket to the bridge stands.
    pub reach: Reach,
    epoch: Option<u64>,
    /// The last entry that is here.
    pub last: Seq,
    /// The last entry there was when the socket was welcomed: up to it, everything is a replay.
    pub replay: Seq,
    /// The browser's own name for whoever sits at it.
    pub browser: String,
    /// What they want to be called; empty if they have not said.
    pub name: String,
    /// Who this browser is.
    pub me: Option<ParticipantId>,
    /// What it may do.
    pub role: Option<Role>,
    /// What it is shown.
    pub sight: Option<Sight>,
    /// How much of the session is kept in the bridge's journal.
    pub keep: Keep,
    /// Whether the session has ended, and this is what was kept of it.
    pub ended: bool,
    /// The replay, while there is one.
    pub replaying: Option<Replay>,
    /// Who is here.
    pub people: People,
    /// Why the name that they want is none, for now.
    pub name_problem: Option<&'static str>,
    /// What the record tells of the person's control.
    control: people::Control,
    /// Whether the others were told that the person types.
    types: bool,
    /// The links to the session.
    pub links: Links,
    /// The sheet for a note, while it is open.
    pub noting: Option<Noting>,
    /// What there is to know for whoever came to sign in.
    pub desk: Option<Desk>,
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
    /// Why it did not come about.
    pub failure: Option<Failed>,
    /// What the server said that it can do.
    pub offers: Offers,
    /// What the conversation on the newest connection taught.
    pub learned: Learned,
    /// The names that were used in this session.
    pub names: Names,
    /// What is known of idling.
    pub idle: Idle,
    /// Lines on their way.
    pub pending: Vec<Pending>,
    /// The sign-in sheet, while it is open.
    pub sign_in: Option<SignIn>,
    /// Lines that were pasted.
    pub sequence: Option<Sequence>,
    /// What the person must be told.
    pub notice: Option<Notice>,
    /// What the person is asked before something is done.
    pub ask: Option<Ask>,
    /// A line that goes back into the prompt; the number tells one from the next.
    pub returned: Option<(u32, Typed)>,
    /// Lines that were typed and are hidden now: no history may keep them. The number tells these from the next.
    pub forgotten: (u32, Vec<TypedLine>),
    /// The newest status lines and remarks, for those who listen.
    pub spoken: Spoken,
    /// How often this page has tried to come back to what has ended, to read it as whoever comes later does; none if it is
    /// not to.
    returns: Option<u32>,
    /// Whom to connect to as soon as the session is there.
    intent: Option<Target>,
    /// Whether certificates are verified: what the session's first connection asked for.
    verifies: Option<bool>,
    /// Whether the person knows that a password goes out in clear text.
    knows_clear: bool,
}

/// How the socket to the bridge stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
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
    /// What the link held lets nobody in, any more or at all.
    NotLetIn,
    /// It was ended.
    Ended,
    /// The owner deleted it.
    Deleted,
    /// Nobody is signed in to the console in this browser, or no longer.
    NotSignedOn,
    /// The console has had no room for it for some minutes.
    NoRoom,
    /// The page is of another version than the bridge.
    OtherVersion,
}

/// What the person must be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(pub String);

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
            Action::Closed { code, chance } => self.closed(code, chance),
            Action::Deleted => self.deleted(),
            Action::Retry if matches!(self.reach, Reach::Lost(_)) || self.is_returning() => {
                vec![Effect::Open]
            }
            Action::Retry => Vec::new(),
            Action::Submit(id, typed) => self.submit(id, typed),
            Action::Taken => {
                self.returned = None;
                Vec::new()
            }
            Action::Paste(step) => self.paste(step),
            Action::SignIn(step) => self.sign_in(step),
            Action::GuestSignsIn(request) => self.sign_in_as_guest(request),
            Action::GuestFails(why) => {
                self.fail_as_guest(why);
                Vec::new()
            }
            Action::TakePart(step) => self.take_part(step),
            Action::Note(step) => self.note(step),
            Action::Disconnect if self.now.marked > 0 && self.now.phase.is_open() => {
                self.ask(Ask::Disconnect)
            }
            Action::Disconnect => self.disconnect(),
            Action::End if self.now.marked > 0 && self.now.phase.is_open() => self.ask(Ask::End),
            Action::End => self.command(FromBrowser::End),
            Action::SignOff if self.has_marks() => self.ask(Ask::SignOff),
            Action::SignOff => vec![Effect::SignOff],
            Action::Reconnect { verify } => self.reconnect(verify),
            Action::ContinueInClear => self.command(FromBrowser::ContinueInClear {
                connection: self.connection,
            }),
            Action::AskToHide(seq) => self.ask(Ask::Hide(seq)),
            Action::Hide(seq) => self.command(FromBrowser::Hide { seq }),
            Action::Forgot => {
                self.forgotten.1.clear();
                Vec::new()
            }
            Action::Keep(keep) => self.command(FromBrowser::Keep(keep)),
            Action::AskToKeepLess(keep) => self.ask(Ask::KeepLess(keep)),
            Action::Fails(why) => self.tell(&why),
            Action::Replay(wish) => self.replay(wish),
            Action::KeepAlive(on) => self.command(FromBrowser::KeepAlive {
                connection: self.connection,
                on,
            }),
            Action::Agree => {
                let effects = self.agree();
                self.go_on_after(effects)
            }
            Action::StlsFirst(id) => self.stls_first(id),
            Action::Dismiss => {
                let effects = self.dismiss();
                self.go_on_after(effects)
            }
        }
    }

    /// What a line that is typed now is taken for. The page knows of an AUTH before the bridge does.
    pub fn expects(&self) -> Expectation {
        if self.transcript.auth_is_open() || self.pending.iter().any(Pending::is_auth) {
            Expectation::Response
        } else {
            self.now.expects
        }
    }

    /// Whether leaving discards marks. Those of others stay with them.
    pub fn has_marks(&self) -> bool {
        self.now.marked > 0 && self.now.phase.is_open() && self.may_type()
    }

    /// What lets in.
    pub fn token(&self) -> &str {
        &self.token
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
            browser: self.browser.clone(),
            name: self.name.clone(),
            wants_control: self.wants_control,
        }
    }

    /// Whether the server said, since TLS stands or without, that it takes STLS.
    pub fn offers_stls(&self) -> bool {
        self.offers.now().is_some_and(|it| it.has("STLS"))
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
