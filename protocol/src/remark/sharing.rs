//! What happens to a session that is shared, and to the record of it.

use serde::{Deserialize, Serialize};

use super::{Tone, moment, technical_detail};
use crate::access::{By, Handing, Keep, LinkNo, ParticipantId, Role, Roll, Sight};

/// What happens to a session that is shared, and to the record of it. Names are at most
/// [`NAME_MAX`](crate::access::NAME_MAX) octets, without controls and without what changes the direction of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sharing {
    /// Somebody came for the first time. Coming back is not recorded.
    Joined {
        /// Who.
        participant: ParticipantId,
        /// What they call themselves; empty if they did not say.
        name: String,
        /// As what.
        role: Role,
        /// What they are shown.
        sight: Sight,
        /// Through which link; none of the owner.
        link: Option<LinkNo>,
    },
    /// Somebody said who they are.
    Named {
        /// Who.
        participant: ParticipantId,
        /// What they are called from now on.
        name: String,
    },
    /// The owner made a link.
    Linked {
        /// Which.
        link: LinkNo,
        /// What the owner calls it; may be empty.
        name: String,
        /// What it allows.
        role: Role,
        /// What it shows.
        sight: Sight,
        /// Until when it lets in, in milliseconds since 1970-01-01T00:00:00Z; none for as long as the session lasts.
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
        /// Through which link.
        link: LinkNo,
        /// What the owner calls the link; may be empty.
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

impl FileFormat {
    /// All of them.
    pub const ALL: [FileFormat; 3] = [FileFormat::Text, FileFormat::Html, FileFormat::Ndjson];

    /// What addresses call it.
    pub fn name(self) -> &'static str {
        match self {
            FileFormat::Text => "text",
            FileFormat::Html => "html",
            FileFormat::Ndjson => "ndjson",
        }
    }

    /// The one that an address calls so.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

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
        let who = |participant: ParticipantId| roll.opening(By::Participant(participant));
        match self {
            Sharing::Joined {
                participant,
                role,
                sight,
                ..
            } => {
                let reader = roll.is_reader(By::Participant(*participant));
                let is = if reader { "are" } else { "is" };
                vec![format!(
                    "{} {is} here to {}.",
                    who(*participant),
                    allowed(*role, *sight)
                )]
            }
            Sharing::Named { participant, name } => {
                // The name is what the roll says by now.
                let before = if roll.is_reader(By::Participant(*participant)) {
                    "You are".to_owned()
                } else {
                    format!("Guest {participant} is")
                };
                vec![format!("{before} called “{name}” from now on.")]
            }
            Sharing::Linked {
                link,
                name,
                role,
                sight,
                until,
            } => {
                let name = quoted(name);
                let until = until.map_or("for as long as the session lasts".to_owned(), |until| {
                    format!(
                        "until {}",
                        moment::date(i64::try_from(until / 1000).unwrap_or(i64::MAX))
                    )
                });
                vec![format!(
                    "Link {link}{name} lets in to {}, {until}.",
                    allowed(*role, *sight)
                )]
            }
            Sharing::Revoked { link } => {
                vec![format!(
                    "Link {link} was revoked: it lets nobody in any more, and who was in through it is out."
                )]
            }
            Sharing::UsedUp { link, participant } => {
                vec![format!(
                    "{} signed in through link {link}, which is used up by that.",
                    who(*participant)
                )]
            }
            Sharing::TriesOver { link, participant } => {
                vec![format!(
                    "The server refused {} once more: link {link} is used up, after {} refusals.",
                    roll.told(By::Participant(*participant)),
                    crate::wire::TRIES_MAX
                )]
            }
            Sharing::AskedForControl { participant } => {
                let reader = roll.is_reader(By::Participant(*participant));
                vec![format!(
                    "{} {} for control.",
                    who(*participant),
                    if reader { "ask" } else { "asks" }
                )]
            }
            Sharing::Handed { participant, how, by } => {
                let (who, to) = (roll.opening(*by), roll.told(By::Participant(*participant)));
                let itself = *by == By::Participant(*participant);
                vec![match how {
                    Handing::Granted => format!("{who} let {to} type commands."),
                    Handing::TakenBack if itself && *participant == crate::access::OWNER => {
                        format!("{who} took control again.")
                    }
                    Handing::TakenBack if itself => format!("{who} laid control down."),
                    Handing::TakenBack => format!("{who} took control back from {to}."),
                    Handing::HandedOver => {
                        format!("{who} handed control over to {to}, who alone types commands now.")
                    }
                }]
            }
            Sharing::TurnedAway { with } => vec![format!(
                "Somebody was turned away who came with {}.",
                match with {
                    Invalid::Unknown => "a link that is none of this session's",
                    Invalid::Revoked => "a link that was revoked",
                    Invalid::Expired => "a link whose time is over",
                    Invalid::UsedUp => "a sign-in link that was used already",
                }
            )],
            Sharing::NotPermitted { participant, what } => {
                let reader = roll.is_reader(By::Participant(*participant));
                let their = if reader { "your" } else { "their" };
                vec![format!(
                    "{} tried to {}, which {their} part in this session does not allow: nothing of it was done.",
                    who(*participant),
                    match what {
                        Attempt::Line => "send a line",
                        Attempt::Connection => "act on the connection",
                        Attempt::Hide => "hide a line",
                        Attempt::Hand => "give or take control",
                        Attempt::Own => "decide about the session",
                        Attempt::SignIn => "sign in",
                        Attempt::TakePart => "take part",
                    }
                )]
            }
            Sharing::Exported {
                participant,
                link,
                name,
                format,
                last,
            } => {
                let who = match participant {
                    Some(participant) => who(*participant),
                    None => format!("Somebody with link {link}{}", quoted(name)),
                };
                let format = match format {
                    FileFormat::Text => "plain text",
                    FileFormat::Html => "a page",
                    FileFormat::Ndjson => "NDJSON",
                };
                let mut sentences = vec![format!("{who} exported the transcript as {format}.")];
                if *last {
                    sentences.push("Further exports by the same are not recorded.".to_owned());
                }
                sentences
            }
            Sharing::Kept { keep, by } => vec![match keep {
                Keep::Everything => format!("{} decided that this session is kept.", roll.opening(*by)),
                Keep::NoContent => format!(
                    "{} decided that this session is kept without the content of messages.",
                    roll.opening(*by)
                ),
                Keep::Nothing => {
                    format!(
                        "{} decided that nothing of this session is kept when it ends.",
                        roll.opening(*by)
                    )
                }
            }],
            Sharing::NotRecorded { detail } => vec![
                "This session is not being recorded: the journal takes nothing. The session itself goes on."
                    .to_owned(),
                technical_detail(detail),
            ],
            Sharing::RecordedAgain => {
                vec!["This session is being recorded again, and nothing of it is missing.".to_owned()]
            }
        }
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

/// A link's name, behind its number.
fn quoted(name: &str) -> String {
    if name.is_empty() {
        String::new()
    } else {
        format!(" “{name}”")
    }
}

/// What a role and a sight come to, behind "to".
fn allowed(role: Role, sight: Sight) -> String {
    let shown = match sight.withholds() {
        None => "everything is shown".to_owned(),
        Some(what) => format!("{what} is withheld"),
    };
    match role {
        Role::Owner => "do everything".to_owned(),
        Role::Control => format!("type commands; {shown}"),
        Role::Watch => format!("watch; {shown}"),
        Role::SignIn => "sign in, once, and is shown nothing of the transcript".to_owned(),
    }
}
