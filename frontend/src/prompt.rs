//! What the prompt makes of a line while it is typed: colour, mask, completions, hint.

pub mod completions;
pub mod doubt;
pub mod editor;
pub mod hint;
pub mod history;
pub mod paint;

use protocol::capability::Capabilities;
use protocol::command::Command;
use protocol::state::{Expectation, Phase};

use crate::session::State;
use crate::session::learned::{Learned, Names};

/// The commands that stand beside the prompt.
pub const QUICK: [&str; 7] = ["STAT", "LIST", "UIDL", "CAPA", "NOOP", "RSET", "QUIT"];

/// What keys do at the prompt.
pub const KEYS: &[(&str, &str)] = &[
    ("Enter", "send the line"),
    ("Tab", "take the first completion"),
    ("→", "at the end of the line: the same"),
    ("↑ ↓", "choose a completion, or go through the history"),
    ("Esc", "close the completions"),
    ("Ctrl R", "search the history; again: an older line"),
    ("Ctrl I", "sign in"),
];

/// What the prompt knows of the session.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The session state.
    pub phase: Phase,
    /// What the next line is taken for.
    pub expects: Expectation,
    /// What the server offers, if it was asked.
    pub offers: Option<&'a Capabilities>,
    /// Whether it said that it may delete a message as soon as it was retrieved (`EXPIRE 0`).
    pub expires_at_once: bool,
    /// What the conversation taught.
    pub learned: &'a Learned,
    /// Who signed in before.
    pub names: &'a Names,
}

impl State {
    /// What the prompt has to know.
    pub fn context(&self) -> Context<'_> {
        Context {
            phase: self.now.phase,
            expects: self.expects(),
            offers: self.offers.now(),
            expires_at_once: self.offers.expires_at_once(),
            learned: &self.learned,
            names: &self.names,
        }
    }
}

/// What speaks against a command now. It goes out all the same if the person insists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Fine,
    /// It belongs to another session state.
    OtherState,
    /// The server did not list it when it was asked what it can do.
    NotOffered,
    /// The message is marked for deletion.
    Marked,
}

impl Standing {
    /// It in a few words.
    pub fn told(self) -> &'static str {
        match self {
            Standing::Fine => "",
            Standing::OtherState => "not in this state",
            Standing::NotOffered => "not offered",
            Standing::Marked => "marked for deletion",
        }
    }
}

impl Context<'_> {
    /// What speaks against that command now.
    pub fn standing(&self, command: &Command) -> Standing {
        let is_offered = match command.name {
            // No capability tells it, but the greeting.
            "APOP" => self.phase != Phase::Authorization || self.learned.timestamp.is_some(),
            _ => {
                let listed = |offers: &Capabilities| offers.has(command.capability);
                command.capability.is_empty() || self.offers.is_none_or(listed)
            }
        };
        if !command.is_allowed_in(self.phase) {
            Standing::OtherState
        } else if is_offered {
            Standing::Fine
        } else {
            Standing::NotOffered
        }
    }
}

/// What a phase is called, in the header and where sessions are listed.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::NotConnected => "not connected",
        Phase::Resolving => "resolving",
        Phase::Connecting => "connecting",
        Phase::Securing | Phase::StartingTls => "negotiating TLS",
        Phase::Greeting => "awaiting greeting",
        Phase::TlsRefused => "STLS refused",
        Phase::Authorization => "AUTHORIZATION",
        Phase::Transaction => "TRANSACTION",
        Phase::Update => "UPDATE",
        Phase::Closed => "closed",
    }
}
