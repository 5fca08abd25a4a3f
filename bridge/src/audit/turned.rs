//! Somebody who was turned away, as far as it is known who they are, and from what.

use std::net::IpAddr;

use super::event::{About, Server, Who};
use crate::network::Network;

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Turned {
    /// What they came with lets nobody in.
    WrongToken,
    /// Their name or their password was wrong.
    WrongPassword,
    /// They tried to sign in too often, or too many people did.
    Throttled,
    /// A proxy's word, or a provider's, signs them on as nobody.
    NotAdmitted,
    /// They came from another site, or asked for another host.
    Foreign,
    /// They tried what they may not, or not now.
    Refused(Tried),
}

/// Somebody who was turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TurnedAway {
    pub(crate) what: Turned,
    pub(crate) about: About,
    pub(crate) who: Who,
    /// The mail server that they wanted something of.
    pub(crate) server: Option<Server>,
}

/// What somebody tried who is not in a session by that, or whom it is refused for now alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tried {
    /// To come into a session that there is.
    ComeIn,
    /// What is the session's owner's alone.
    Own,
    /// To take along a transcript of which they are shown nothing.
    Export,
    /// What is an administrator's alone.
    Administrate,
    /// To connect to a mail server, or to any, as often as this console does in a minute and once more.
    ConnectTooOften,
    /// To sign in to a mailbox, likewise.
    SignInTooOften,
}

impl Tried {
    pub(super) fn name(self) -> &'static str {
        match self {
            Tried::ComeIn => "come-in",
            Tried::Own => "decide-about-the-session",
            Tried::Export => "export",
            Tried::Administrate => "administrate",
            Tried::ConnectTooOften => "connect-too-often",
            Tried::SignInTooOften => "sign-in-too-often",
        }
    }
}

impl TurnedAway {
    /// Of whom nothing is known but their address, which is told as it is counted.
    pub(super) fn at(address: IpAddr, what: Turned) -> Self {
        let who = Who {
            address: Some(Network::from(address).address()),
            ..Who::default()
        };
        Self {
            who,
            ..Self::somebody(what)
        }
    }

    /// Of whom nothing is told.
    pub(super) fn somebody(what: Turned) -> Self {
        Self {
            what,
            about: About::default(),
            who: Who::default(),
            server: None,
        }
    }
}
