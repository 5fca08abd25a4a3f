//! What happens to a session that is shared, in plain sentences.

use super::{Attempt, FileFormat, Invalid, Sharing};
use crate::access::{By, Handing, Keep, LinkNo, OWNER, ParticipantId, Role, Roll, Sight};
use crate::calendar::to_the_second;
use crate::remark::technical_detail;
use crate::wire::TRIES_MAX;

/// It in plain sentences.
pub(super) fn of(sharing: &Sharing, roll: &Roll) -> Vec<String> {
    let who = |participant: ParticipantId| roll.opening(By::Participant(participant));
    let one = match sharing {
        Sharing::Joined {
            participant,
            role,
            sight,
            ..
        } => joined(*participant, *role, *sight, roll),
        Sharing::Named { participant, name } => named(*participant, name, roll),
        Sharing::Linked {
            link,
            name,
            role,
            sight,
            until,
        } => linked(*link, name, &allowed(*role, *sight), *until),
        Sharing::Revoked { link } => {
            format!("Link {link} was revoked: it lets nobody in any more, and who was in through it is out.")
        }
        Sharing::UsedUp { link, participant } => format!(
            "{} signed in through link {link}, which is used up by that.",
            who(*participant)
        ),
        Sharing::TriesOver { link, participant } => format!(
            "The server refused {} once more: link {link} is used up, after {TRIES_MAX} refusals.",
            roll.told(By::Participant(*participant))
        ),
        Sharing::AskedForControl { participant } => {
            let reader = roll.is_reader(By::Participant(*participant));
            let ask = if reader { "ask" } else { "asks" };
            format!("{} {ask} for control.", who(*participant))
        }
        Sharing::Handed { participant, how, by } => handed(*participant, *how, *by, roll),
        Sharing::TurnedAway { with } => turned_away(*with),
        Sharing::NotPermitted { participant, what } => not_permitted(*participant, *what, roll),
        Sharing::Exported {
            participant,
            link,
            name,
            format,
            last,
        } => {
            let by = match (participant, link) {
                (Some(participant), _) => who(*participant),
                (None, Some(link)) => format!("Somebody with link {link}{}", quoted(name)),
                (None, None) => name.clone(),
            };
            return exported(&by, *format, *last);
        }
        Sharing::Kept { keep, by } => format!("{} decided that {}.", roll.opening(*by), kept(*keep)),
        Sharing::NotRecorded { detail } => {
            return vec![
                "This session is not being recorded: the journal takes nothing. The session itself goes on."
                    .to_owned(),
                technical_detail(detail),
            ];
        }
        Sharing::RecordedAgain => {
            "This session is being recorded again, and nothing of it is missing.".to_owned()
        }
    };
    vec![one]
}

fn joined(participant: ParticipantId, role: Role, sight: Sight, roll: &Roll) -> String {
    let by = By::Participant(participant);
    let is = if roll.is_reader(by) { "are" } else { "is" };
    format!("{} {is} here to {}.", roll.opening(by), allowed(role, sight))
}

fn named(participant: ParticipantId, name: &str, roll: &Roll) -> String {
    // The name is what the roll says by now.
    let before = match participant {
        _ if roll.is_reader(By::Participant(participant)) => "You are".to_owned(),
        OWNER => "The owner is".to_owned(),
        _ => format!("Guest {participant} is"),
    };
    if name.is_empty() {
        return format!("{before} called by no name any more: it is that of somebody with an account.");
    }
    format!("{before} called “{name}” from now on.")
}

fn linked(link: LinkNo, name: &str, allowed: &str, until: Option<u64>) -> String {
    let until = until.map_or("for as long as the session is kept".to_owned(), |until| {
        let seconds = i64::try_from(until / 1000).unwrap_or(i64::MAX);
        format!("until {}", to_the_second(seconds))
    });
    format!("Link {link}{} lets in to {allowed}, {until}.", quoted(name))
}

fn handed(participant: ParticipantId, how: Handing, by: By, roll: &Roll) -> String {
    let (who, to) = (roll.opening(by), roll.told(By::Participant(participant)));
    let itself = by == By::Participant(participant);
    match how {
        Handing::Granted => format!("{who} let {to} type commands."),
        Handing::TakenBack if itself && participant == OWNER => format!("{who} took control again."),
        Handing::TakenBack if itself => format!("{who} laid control down."),
        Handing::TakenBack => format!("{who} took control back from {to}."),
        Handing::HandedOver => format!("{who} handed control over to {to}, who alone types commands now."),
    }
}

fn turned_away(with: Invalid) -> String {
    let with = match with {
        Invalid::Unknown => "a link that is none of this session's",
        Invalid::Revoked => "a link that was revoked",
        Invalid::Expired => "a link whose time is over",
        Invalid::UsedUp => "a sign-in link that was used already",
    };
    format!("Somebody was turned away who came with {with}.")
}

fn not_permitted(participant: ParticipantId, what: Attempt, roll: &Roll) -> String {
    let by = By::Participant(participant);
    let their = if roll.is_reader(by) { "your" } else { "their" };
    let what = match what {
        Attempt::Line => "send a line",
        Attempt::Connection => "act on the connection",
        Attempt::Hide => "hide a line",
        Attempt::Hand => "give or take control",
        Attempt::Own => "decide about the session",
        Attempt::SignIn => "sign in",
        Attempt::TakePart => "take part",
    };
    format!(
        "{} tried to {what}, which {their} part in this session does not allow: nothing of it was done.",
        roll.opening(by)
    )
}

fn exported(who: &str, format: FileFormat, last: bool) -> Vec<String> {
    let format = match format {
        FileFormat::Text => "plain text",
        FileFormat::Html => "a page",
        FileFormat::Ndjson => "NDJSON",
    };
    let mut sentences = vec![format!("{who} exported the transcript as {format}.")];
    if last {
        sentences.push("Further exports by the same are not recorded.".to_owned());
    }
    sentences
}

/// What was decided about what is kept.
fn kept(keep: Keep) -> &'static str {
    match keep {
        Keep::Everything => "this session is kept",
        Keep::NoContent => "this session is kept without the content of messages",
        Keep::Nothing => "nothing of this session is kept when it ends",
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
