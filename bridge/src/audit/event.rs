//! What is told of, by whom, and about which session: every kind of record there is.

use std::net::{IpAddr, SocketAddr};

use protocol::access::{Handing, Keep, LinkNo, OWNER, ParticipantId, Role, Sight};
use protocol::alias::Alias;
use protocol::dialogue::{Answer, SignIn};
use protocol::remark::{Attempt, Failure, FileFormat, Step};
use protocol::target::Target;
use serde::Serialize;

use super::rfc_3339;
use super::turned::Tried;
use crate::Bridge;
use crate::access::{Identity, SignOn, Visitor};

/// Makes the kinds of records and the list of them from one text.
macro_rules! kinds {
    ($($(#[$about:meta])* $kind:ident $({ $($field:tt)* })?,)+) => {
        /// What happened.
        #[derive(Debug, Serialize)]
        #[serde(tag = "what", rename_all = "kebab-case")]
        pub(crate) enum Event {
            $($(#[$about])* $kind $({ $($field)* })?,)+
        }

        /// Every kind of record: its words, each with a capital.
        pub const KINDS: &[&str] = &[$(stringify!($kind)),+];
    };
}

// That each comes about is tested: `bridge/tests/bridge/audit/kinds.rs`.
kinds! {
    /// Somebody signed in to the console.
    SignedOn {
        /// By their `password`, as a proxy says in a `header`, or as a provider of `openid` does.
        how: &'static str,
    },
    /// Somebody was signed out of the console.
    SignedOff { why: Why },
    /// An account was made, which may that.
    AccountAdded { whose: String, role: &'static str },
    /// An account may something else now.
    RoleChanged { whose: String, role: &'static str },
    /// Nobody signs in with an account any more.
    AccountDisabled { whose: String },
    /// An account can be used again.
    AccountEnabled { whose: String },
    /// An account has another password.
    PasswordChanged { whose: String },
    /// An account is gone.
    AccountRemoved { whose: String },
    /// A session was opened.
    Opened { keep: &'static str },
    /// Somebody came into a session to take part, for the first time or once more.
    Joined { role: &'static str, sight: &'static str },
    /// Somebody came to watch, or to read a session that has ended.
    Watched {
        role: &'static str,
        sight: &'static str,
        /// Whether the session had ended.
        ended: bool,
    },
    /// A connection to a mail server was asked for.
    Connected {
        #[serde(flatten)]
        server: Server,
        /// `connected`, or why it did not come about.
        outcome: &'static str,
    },
    /// A connection to a mail server ended.
    Disconnected {
        #[serde(flatten)]
        server: Server,
        how: &'static str,
        /// How many messages were marked for deletion and not committed, as far as is known; none where none were.
        #[serde(skip_serializing_if = "Option::is_none")]
        uncommitted: Option<u32>,
        /// How many messages the server deleted when QUIT committed that; none where none were.
        #[serde(skip_serializing_if = "Option::is_none")]
        deleted: Option<u32>,
    },
    /// Somebody signed in to a mailbox, or tried to.
    SignedIn {
        #[serde(flatten)]
        server: Server,
        /// None where what was sent does not tell.
        #[serde(skip_serializing_if = "Option::is_none")]
        mailbox: Option<String>,
        /// `accepted`, `refused` or `locked`.
        outcome: &'static str,
    },
    /// A link was made.
    Shared {
        made: LinkNo,
        role: &'static str,
        sight: &'static str,
        /// None for as long as the session lasts.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<String>,
    },
    /// A link was revoked.
    Revoked { revoked: LinkNo },
    /// Control was given, taken back or handed over.
    Control { of: ParticipantId, how: &'static str },
    /// The transcript was taken along as a file.
    Exported {
        format: &'static str,
        /// How often they have by now. From the ninth time on not each is told of.
        times: u32,
    },
    /// A line was hidden.
    Hid { entry: u64 },
    /// It was decided how much of a session is kept.
    Kept { keep: &'static str },
    /// A session ended: somebody `asked` for it, it was `deserted` for the grace time, or the console `stopped`.
    Ended { why: &'static str },
    /// The console stopped, and a session with it, which goes on when somebody comes back in time.
    Interrupted,
    /// A session was deleted.
    Deleted,
    /// Somebody tried what they may not, or not now.
    Refused {
        tried: &'static str,
        /// At which mail server.
        #[serde(flatten)]
        server: Option<Server>,
        /// How often, since that was told of last.
        times: u64,
    },
    /// Somebody came with a token that lets nobody in.
    WrongToken {
        /// How often, since that was told of last.
        times: u64,
    },
    /// Somebody could not sign in to the console.
    WrongPassword {
        /// How often, since that was told of last.
        times: u64,
    },
    /// Somebody who is signed in gave a wrong password for their own where they administrate the console.
    NotConfirmed,
    /// Somebody's password, or what they came back with from a provider, was not looked at, or they were not sent there, since too
    /// many had come.
    Throttled {
        /// How often, since that was told of last.
        times: u64,
    },
    /// Somebody was not let in to the console whom others had vouched for, or should have.
    NotAdmitted {
        /// How often, since that was told of last.
        times: u64,
    },
    /// Something was asked for that did not come from the console's own page, or not to its own name.
    Foreign {
        /// How often, since that was told of last.
        times: u64,
    },
    /// So many records could not be kept.
    Lost { records: u64 },
}

/// Why somebody is signed in to the console no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Why {
    /// They wanted it so.
    Asked,
    /// They signed in anew in the same browser, or somebody else did.
    SignedOnAnew,
    /// Their time was over.
    Expired,
    /// They may not be, or may something else.
    AccountChanged,
    /// They, or all together, were in more browsers than they may be.
    TooMany,
}

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Server {
    /// As it was entered, with its port.
    server: String,
    /// The address that was dialled, once one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    dialled: Option<SocketAddr>,
}

/// Which session; none of what is about none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct About {
    /// Its number in the log, counted from 1 whenever the console starts; none of one that is not in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) alias: Option<Alias>,
}

/// Who did it, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Who {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) by: Option<Actor>,
    /// As whom, where people are known to the console and they are signed in.
    #[serde(flatten)]
    pub(crate) known: Option<Known>,
    /// Their number in the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) participant: Option<ParticipantId>,
    /// Through which link they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link: Option<LinkNo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<IpAddr>,
}

/// Somebody who is known to the console.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Known {
    /// What they are called.
    account: String,
    /// What tells them apart from others who are called so, or were before or will be later.
    identity: String,
}

impl About {
    /// That session, of which there is one with that id.
    pub(crate) fn of(bridge: &Bridge, id: &str) -> Self {
        Self {
            session: bridge.registry.get(id).map(|session| session.number),
            alias: Some(Alias::of(id)),
        }
    }
}

impl Known {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self {
            account: identity.name.clone(),
            identity: identity.short(),
        }
    }
}

impl Who {
    /// Whoever is signed in to the console, at that address.
    pub(crate) fn signed_on(signed_on: &SignOn, address: IpAddr) -> Self {
        Self {
            known: Some(Known::of(&signed_on.identity())),
            address: Some(address),
            ..Self::default()
        }
    }

    /// An administrator, at that address.
    pub(crate) fn administrator(signed_on: &SignOn, address: IpAddr) -> Self {
        Self {
            by: Some(Actor::Administrator),
            ..Self::signed_on(signed_on, address)
        }
    }

    /// A session's owner, as they come.
    pub(crate) fn owner(visitor: &Visitor) -> Self {
        Self {
            by: Some(Actor::Owner),
            known: visitor.signed_on().map(|it| Known::of(&it.identity())),
            participant: Some(OWNER),
            link: None,
            address: Some(visitor.from),
        }
    }
}

/// As what somebody did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Actor {
    Owner,
    /// Through a link.
    Guest,
    /// With an account that is let in everywhere.
    Supervisor,
    /// With an account that decides about accounts.
    Administrator,
    /// On the console's machine, by `pop3-console account`.
    CommandLine,
    Console,
}

impl Event {
    /// A session was opened of which so much is kept.
    pub(crate) fn opened(keep: Keep) -> Self {
        Event::Opened { keep: keep.name() }
    }

    /// It was decided how much of a session is kept.
    pub(crate) fn kept(keep: Keep) -> Self {
        Event::Kept { keep: keep.name() }
    }

    /// The transcript was taken along as such a file.
    pub(crate) fn exported(format: FileFormat, times: u32) -> Self {
        Event::Exported {
            format: format.name(),
            times,
        }
    }

    /// That became of somebody's control.
    pub(crate) fn control(of: ParticipantId, how: Handing) -> Self {
        let how = match how {
            Handing::Granted => "granted",
            Handing::TakenBack => "taken-back",
            Handing::HandedOver => "handed-over",
            Handing::Declined => "declined",
        };
        Event::Control { of, how }
    }

    /// Somebody who watched took control by coming for it.
    pub(crate) fn took_control(of: ParticipantId) -> Self {
        Event::Control { of, how: "taken" }
    }

    /// What became of a connection that was asked for. An error is the step that failed, and why.
    pub(crate) fn connected(
        target: &Target,
        dialled: Option<SocketAddr>,
        outcome: Result<(), (Step, &Failure)>,
    ) -> Self {
        Event::Connected {
            server: Server::of(target, dialled),
            outcome: match outcome {
                Ok(()) => "connected",
                Err((step, why)) => failing(step, why),
            },
        }
    }

    /// What became of a sign-in there.
    pub(crate) fn signed_in(target: &Target, dialled: SocketAddr, sign_in: &SignIn) -> Self {
        Event::SignedIn {
            server: Server::of(target, Some(dialled)),
            mailbox: sign_in.mailbox.as_ref().map(|mailbox| mailbox.name().to_owned()),
            outcome: match sign_in.answer {
                Answer::Accepted => "accepted",
                Answer::Locked => "locked",
                Answer::Refused => "refused",
            },
        }
    }

    /// A link was made that lets in until then, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn shared(made: LinkNo, role: Role, sight: Sight, until: Option<u64>) -> Self {
        Event::Shared {
            made,
            role: role.name(),
            sight: sight.name(),
            until: until.map(|until| rfc_3339(until.saturating_mul(1000))),
        }
    }

    /// Somebody came as that to a session that has ended, or has not.
    pub(crate) fn came(role: Role, sight: Sight, ended: bool) -> Self {
        let is_watching = ended || role == Role::Watch;
        let (role, sight) = (role.name(), sight.name());
        if is_watching {
            Event::Watched { role, sight, ended }
        } else {
            Event::Joined { role, sight }
        }
    }

    /// Somebody in a session tried what they may not.
    pub(crate) fn refused(what: Attempt) -> Self {
        Event::Refused {
            server: None,
            times: 1,
            tried: match what {
                Attempt::Line => "send-a-line",
                Attempt::Connection => "act-on-the-connection",
                Attempt::Hide => "hide-a-line",
                Attempt::Hand => "give-or-take-control",
                Attempt::Own => Tried::Own.name(),
                Attempt::SignIn => "sign-in",
                Attempt::TakePart => "take-part",
            },
        }
    }
}

/// What a connection that failed is called.
pub(super) fn failing(step: Step, why: &Failure) -> &'static str {
    match (step, why) {
        (_, Failure::NotAllowed) => "not-allowed",
        (_, Failure::Cancelled { .. }) => "cancelled",
        (Step::Resolve, _) => "not-resolved",
        (Step::Connect, _) => "not-reached",
        (Step::Tls, _) => "no-tls",
        (Step::Greeting, _) => "no-greeting",
    }
}

impl Server {
    pub(crate) fn of(target: &Target, dialled: Option<SocketAddr>) -> Self {
        Self {
            server: target.display(),
            dialled,
        }
    }
}
