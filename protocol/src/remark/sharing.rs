//! What happens to a session that is shared, and to the record of it.

mod sentences;

use serde::{Deserialize, Serialize};

use super::Tone;
use crate::access::{By, Handing, Keep, LinkNo, ParticipantId, Role, Roll, Sight};
use crate::named::named;

/// What happens to a session that is shared, and to the record of it. Names are at most
/// [`NAME_MAX`](crate::access::NAME_MAX) octets, without controls and without what changes the direction of text. Behind somebody's may
/// stand what tells them from others who are called so, or alike: a point, and at most 16 digits that nobody chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sharing {
    /// Somebody came for the first time. Coming back is not recorded.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// What they call themselves, or their account does; empty if they did not say.
        name: String,
        /// As what.
        role: Role,
        /// What they are shown.
        sight: Sight,
        /// Through which link; none of the owner, and of whoever is let in by their account.
        link: Option<LinkNo>,
    },
    /// Somebody said who they are, or their account does.
    Named {
        /// Who.
        participant: ParticipantId,
        /// What they are called from now on; empty where somebody with an account is called so.
        name: String,
    },
    /// The owner made a link.
    Linked {
        /// Which.
        link: LinkNo,
        /// What the owner calls it; may be empty, and is so for everybody else (see [`sight`](crate::sight)).
        name: String,
        /// What it allows.
        role: Role,
        /// What it shows.
        sight: Sight,
        /// Until when it lets in, in milliseconds since 1970-01-01T00:00:00Z; none for as long as the session is kept.
        until: Option<u64>,
    },
    /// The owner revoked a link; who was in through it is out.
    Revoked {
        /// Which.
        link: LinkNo,
    },
    /// A sign-in link was used up by a sign-in that succeeded.
    UsedUp {
        /// Which.
        link: LinkNo,
        /// Who signed in.
        participant: ParticipantId,
    },
    /// A sign-in link is used up: the server refused as many sign-ins through it as it may.
    TriesOver {
        /// Which.
        link: LinkNo,
        /// Whose was the last.
        participant: ParticipantId,
    },
    /// Somebody asks for control.
    AskedForControl {
        /// Who.
        participant: ParticipantId,
    },
    /// Control was given or taken.
    Handed {
        /// Whose control it is about.
        participant: ParticipantId,
        /// What became of it.
        how: Handing,
        /// Who did that.
        by: By,
    },
    /// Somebody who has no right to come in tried to. How often is not recorded: of each kind at
    /// most one a minute.
    TurnedAway {
        /// With what.
        with: Invalid,
    },
    /// Somebody asked for what their link does not allow; nothing of it was done. At most
    /// [`ATTEMPTS_RECORDED_MAX`] of these are recorded of one participant.
    NotPermitted {
        /// Who.
        participant: ParticipantId,
        /// What they asked for.
        what: Attempt,
    },
    /// A guest took the transcript along as a file, within what they are shown. At most [`EXPORTS_RECORDED_MAX`] of these
    /// are recorded of one of them; the owner's own are not.
    Exported {
        /// Who; none where nothing but the link tells.
        participant: Option<ParticipantId>,
        /// Through which link; none of whoever is let in by their account.
        link: Option<LinkNo>,
        /// What the owner calls the link, as of [`Linked`](Sharing::Linked); without a link what the account is called.
        name: String,
        /// As what.
        format: FileFormat,
        /// Whether it is the last that is recorded of them.
        last: bool,
    },
    /// The owner decided how much of the session is kept in the journal.
    Kept {
        /// How much.
        keep: Keep,
        /// Who decided.
        by: By,
    },
    /// The journal takes nothing any more: the session goes on unrecorded.
    NotRecorded {
        /// The technical detail.
        detail: String,
    },
    /// The journal takes what comes again, and took what had not been recorded.
    RecordedAgain,
}

/// The most times that one participant's asking for what is not allowed is recorded.
pub const ATTEMPTS_RECORDED_MAX: u32 = 8;

/// The most times that one guest's exporting is recorded.
pub const EXPORTS_RECORDED_MAX: u32 = 8;

/// What kind of file a transcript becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileFormat {
    /// What went over the wire.
    Text,
    /// A page with the colours.
    Html,
    /// An entry a line.
    Ndjson,
}

/// What somebody held who was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Invalid {
    /// A token that was never this session's.
    Unknown,
    /// A link that was revoked.
    Revoked,
    /// A link whose time is over.
    Expired,
    /// A sign-in link that was used.
    UsedUp,
}

/// What somebody asked for who may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Attempt {
    /// To send a line.
    Line,
    /// To make, drop or steer the connection.
    Connection,
    /// To hide a line.
    Hide,
    /// To give or take control.
    Hand,
    /// To end the session, or to decide what is kept of it.
    Own,
    /// To sign in through what is no sign-in link.
    SignIn,
    /// To take part, which a sign-in link does not allow.
    TakePart,
}

named!(FileFormat { Text => "text", Html => "html", Ndjson => "ndjson" });

impl FileFormat {
    /// How the name of such a file ends.
    pub fn extension(self) -> &'static str {
        match self {
            FileFormat::Text => "txt",
            FileFormat::Html => "html",
            FileFormat::Ndjson => "ndjson",
        }
    }
}

impl Sharing {
    /// It in plain sentences.
    pub(super) fn sentences(&self, roll: &Roll) -> Vec<String> {
        sentences::of(self, roll)
    }

    /// How it is meant.
    pub(super) fn tone(&self) -> Tone {
        match self {
            Sharing::Joined { .. }
            | Sharing::Named { .. }
            | Sharing::Linked { .. }
            | Sharing::Revoked { .. }
            | Sharing::Handed { .. }
            | Sharing::Exported { .. }
            | Sharing::Kept { .. } => Tone::Info,
            Sharing::UsedUp { .. } | Sharing::RecordedAgain => Tone::Good,
            Sharing::AskedForControl { .. }
            | Sharing::TurnedAway { .. }
            | Sharing::NotPermitted { .. }
            | Sharing::TriesOver { .. }
            | Sharing::NotRecorded { .. } => Tone::Warning,
        }
    }
}
