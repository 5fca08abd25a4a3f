//! What happens to a session that is shared, in plain sentences.

use super::{Attempt, FileFormat, Invalid, Sharing};
use crate::access::{
    By, Handing, Keep, LinkNo, OWNER, ParticipantId, Role, Roll, Sight, capital, link_called, link_opening,
};
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
            link,
            ..
        } => joined(*participant, (*role, *sight), *link, roll),
        Sharing::Named { participant, name } => named(*participant, name, roll),
        Sharing::Linked {
            link,
            name,
            role,
            sight,
            until,
        } => linked(*link, name, &allowed(*role, *sight), *until),
        Sharing::Revoked { link } => {
            format!(
                "{} was revoked: it lets nobody in any more, and who was in through it is out.",
                capital(roll.link(*link))
            )
        }
        Sharing::UsedUp { link, participant } => format!(
            "{} signed in through {}, which is used up by that.",
            who(*participant),
            roll.link(*link)
        ),
        Sharing::TriesOver { link, participant } => format!(
            "The server refused {} once more: {} is used up, after {TRIES_MAX} refusals.",
            roll.told(By::Participant(*participant)),
            roll.link(*link)
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
                (None, Some(link)) => format!("Somebody with {}", link_called(*link, name)),
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

fn joined(
    participant: ParticipantId,
    (role, sight): (Role, Sight),
    link: Option<LinkNo>,
    roll: &Roll,
) -> String {
    let by = By::Participant(participant);
    let is = if roll.is_reader(by) { "are" } else { "is" };
    // Without a link others than the owner are let in by what their account is.
    let supervises = if link.is_none() && role != Role::Owner {
        ", as a supervisor,"
    } else {
        ""
    };
    format!(
        "{} {is} here{supervises} to {}.",
        roll.opening(by),
        allowed(role, sight)
    )
}

fn named(participant: ParticipantId, name: &str, roll: &Roll) -> String {
    // The name is what the roll says by now.
    let before = match (roll.went_by(participant), participant) {
        _ if roll.is_reader(By::Participant(participant)) => "You are".to_owned(),
        ("", OWNER) => "The owner is".to_owned(),
        ("", _) => format!("Guest {participant} is"),
        (before, _) => format!("{before} is"),
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
    format!("{} lets in to {allowed}, {until}.", link_opening(link, name))
}

fn handed(participant: ParticipantId, how: Handing, by: By, roll: &Roll) -> String {
    let (who, to) = (roll.opening(by), roll.told(By::Participant(participant)));
    let itself = by == By::Participant(participant);
    match how {
        Handing::Granted => format!("{who} let {to} type commands."),
        Handing::TakenBack if itself && participant == OWNER => format!("{who} took control again."),
        Handing::TakenBack if itself => format!("{who} laid control down."),
        Handing::TakenBack => format!("{who} took control back from {to}."),
        Handing::HandedOver => format!("{who} handed control over to {to}: nobody else has it now."),
        Handing::Declined if itself => {
            let does = if roll.is_reader(by) { "do" } else { "does" };
            format!("{who} {does} not ask for control any more.")
        }
        Handing::Declined if roll.is_reader(By::Participant(participant)) => format!("{who} said not now."),
        Handing::Declined => format!("{who} said not now to {to}, who asked for control."),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remark::Remark;

    fn told(sharing: &Sharing, roll: &Roll) -> String {
        of(sharing, roll).join(" ")
    }

    #[test]
    fn a_link_is_called_by_its_name_and_by_its_number_where_it_has_none() {
        let mut roll = Roll::of(Some(OWNER));
        let linked = |link, name: &str| Sharing::Linked {
            link,
            name: name.to_owned(),
            role: Role::SignIn,
            sight: Sight::Commands,
            until: None,
        };
        for sharing in [linked(1, "Bob"), linked(2, "")] {
            roll.learn(1, &Remark::Sharing(sharing));
        }
        assert!(told(&linked(1, "Bob"), &roll).starts_with("The link “Bob” lets in to sign in"));
        assert!(told(&linked(2, ""), &roll).starts_with("Link 2 lets in to sign in"));
        let revoked = |link| told(&Sharing::Revoked { link }, &roll);
        assert!(revoked(1).starts_with("The link “Bob” was revoked: it lets nobody in any more"));
        assert!(revoked(2).starts_with("Link 2 was revoked: it lets nobody in any more"));
        let used_up = Sharing::UsedUp {
            link: 1,
            participant: 3,
        };
        assert_eq!(
            told(&used_up, &roll),
            "Guest 3 signed in through the link “Bob”, which is used up by that."
        );
    }

    #[test]
    fn whoever_is_called_otherwise_is_named_as_they_were_called_before() {
        let mut roll = Roll::default();
        let mut named = |entry, participant, name: &str| {
            let name = name.to_owned();
            let named = Sharing::Named { participant, name };
            roll.learn(entry, &Remark::Sharing(named.clone()));
            told(&named, &roll)
        };
        assert_eq!(named(1, 2, "Ben"), "Guest 2 is called “Ben” from now on.");
        assert_eq!(named(2, 2, "bob"), "Ben is called “bob” from now on.");
        assert!(named(3, 2, "").starts_with("bob is called by no name any more"));
        assert_eq!(named(4, OWNER, "anna"), "The owner is called “anna” from now on.");
    }

    #[test]
    fn whoever_is_let_in_by_what_their_account_is_came_as_a_supervisor() {
        let mut roll = Roll::of(Some(OWNER));
        roll.name(1, 2, "sue");
        let joined = |participant, role, link| {
            let (name, sight) = (String::new(), Sight::Everything);
            let joined = Sharing::Joined {
                participant,
                name,
                role,
                sight,
                link,
            };
            told(&joined, &roll)
        };
        for (role, does) in [(Role::Watch, "watch"), (Role::Control, "type commands")] {
            assert_eq!(
                joined(2, role, None),
                format!("sue is here, as a supervisor, to {does}; everything is shown.")
            );
            assert_eq!(
                joined(2, role, Some(1)),
                format!("sue is here to {does}; everything is shown.")
            );
        }
        assert_eq!(joined(OWNER, Role::Owner, None), "You are here to do everything.");
    }

    #[test]
    fn what_becomes_of_asking_for_control_is_told_to_each() {
        let told = |reader, participant, how, by| {
            let mut roll = Roll::of(Some(reader));
            roll.name(1, 2, "Bob");
            let by = By::Participant(by);
            told(&Sharing::Handed { participant, how, by }, &roll)
        };
        let declined = Handing::Declined;
        assert_eq!(told(2, 2, declined, OWNER), "The owner said not now.");
        assert_eq!(
            told(OWNER, 2, declined, OWNER),
            "You said not now to Bob, who asked for control."
        );
        assert_eq!(told(3, 2, declined, 2), "Bob does not ask for control any more.");
        assert_eq!(told(2, 2, declined, 2), "You do not ask for control any more.");
        assert_eq!(
            told(3, 2, Handing::HandedOver, OWNER),
            "The owner handed control over to Bob: nobody else has it now."
        );
    }
}
