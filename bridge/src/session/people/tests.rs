mod calling;
mod control;
mod deeds;

use protocol::access::Sight;
use protocol::wire::{PEOPLE_MAX, Refusal};

use super::*;

const CONTROL: Pass = Pass {
    role: Role::Control,
    sight: Sight::Everything,
    link: Some(1),
};
const WATCH: Pass = Pass {
    role: Role::Watch,
    sight: Sight::Headers,
    link: Some(2),
};

fn browser(number: u8) -> Hash {
    [number; 32]
}

/// All links let in.
fn any(_: Option<LinkNo>) -> bool {
    true
}

fn come(roster: &mut Roster, pass: Pass, number: u8, name: &str) -> ParticipantId {
    roster.come(pass, browser(number), name, any).unwrap().id
}

/// To watch, through that link.
fn through(link: LinkNo) -> Pass {
    Pass {
        link: Some(link),
        ..WATCH
    }
}

/// One of more browsers than an octet counts.
fn many(number: usize) -> Hash {
    let mut browser = [0; 32];
    browser[..8].copy_from_slice(&(number as u64).to_le_bytes());
    browser
}

/// The owner, somebody with control, and a viewer.
fn three() -> Roster {
    let mut roster = Roster::default();
    assert_eq!(come(&mut roster, Pass::OWNER, 1, ""), OWNER);
    assert_eq!(come(&mut roster, CONTROL, 2, "anna"), 2);
    assert_eq!(come(&mut roster, WATCH, 3, ""), 3);
    roster
}

#[test]
fn whoever_comes_back_is_who_they_were_and_only_the_first_time_is_news() {
    let mut roster = Roster::default();
    let first = roster.come(CONTROL, browser(2), "anna", any).unwrap();
    assert_eq!(first.id, 2, "the first place is the owner's");
    assert_eq!(
        first.news,
        [Sharing::Joined {
            participant: 2,
            name: "anna".to_owned(),
            role: Role::Control,
            sight: Sight::Everything,
            link: Some(1),
        }]
    );
    let again = Came {
        id: 2,
        news: Vec::new(),
        took_control: false,
    };
    assert_eq!(roster.come(CONTROL, browser(2), "anna", any), Ok(again));
    // Another browser, and the same browser through another link, are other people.
    assert_eq!(come(&mut roster, CONTROL, 3, "anna"), 3);
    assert_eq!(come(&mut roster, WATCH, 2, ""), 4);
    // The owner is one, whatever the browser.
    for number in [7, 8] {
        let owner = Came {
            id: OWNER,
            news: Vec::new(),
            took_control: false,
        };
        assert_eq!(roster.come(Pass::OWNER, browser(number), "", any), Ok(owner));
    }
    let names: Vec<_> = roster.people().people.into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["", "anna", "", ""]);
}

#[test]
fn who_has_left_with_every_window_is_not_here() {
    let mut roster = three();
    assert!(roster.come(WATCH, browser(3), "", any).is_ok());
    roster.typing(3, true);
    roster.leave(3, true);
    assert!(roster.is_here(3) && !roster.people().people[2].typing);
    roster.leave(3, false);
    assert!(!roster.is_here(3));
    assert_eq!(roster.people().people.len(), 2);
}

#[test]
fn through_one_link_come_so_many_and_whoever_has_another_comes_all_the_same() {
    let mut roster = Roster::default();
    for number in 0..PEOPLE_OF_LINK_MAX {
        let id = roster.come(through(7), many(number), "", any).unwrap().id;
        roster.leave(id, false);
    }
    let full = Err(NoPlace::TooManyThroughLink);
    assert_eq!(roster.come(through(7), many(PEOPLE_OF_LINK_MAX), "", any), full);
    for _ in 0..WINDOWS_OF_LINK_MAX {
        assert!(roster.come(through(7), many(0), "", any).is_ok());
    }
    assert_eq!(roster.come(through(7), many(1), "", any), full);
    assert!(roster.come(through(8), many(1), "", any).is_ok());
    for _ in 0..=WINDOWS_OF_LINK_MAX {
        assert!(roster.come(Pass::OWNER, browser(1), "", any).is_ok());
    }
    roster.leave(2, false);
    assert!(roster.come(through(7), many(1), "", any).is_ok());
}

#[test]
fn there_are_no_more_participants_than_the_bound_and_the_first_of_them_are_named() {
    let mut roster = three();
    for number in 3..PARTICIPANTS_MAX {
        let link = 10 + LinkNo::try_from(number / PEOPLE_OF_LINK_MAX).unwrap();
        assert!(roster.come(through(link), many(number), "", any).is_ok());
    }
    assert_eq!(
        roster.come(WATCH, [0xff; 32], "", any),
        Err(NoPlace::TooManyPeople)
    );
    assert!(roster.come(WATCH, browser(3), "", any).is_ok());
    roster.typing(1000, true);
    let people = roster.people();
    assert_eq!(people.people.len(), PEOPLE_MAX);
    assert_eq!(people.more as usize, PARTICIPANTS_MAX - PEOPLE_MAX);
    let first: Vec<_> = people.people.iter().take(4).map(|it| it.id).collect();
    assert_eq!(first, [OWNER, 2, 1000, 3]);
}

#[test]
fn those_who_are_out_make_room_for_others_and_no_number_is_given_twice() {
    let mut roster = Roster::default();
    come(&mut roster, Pass::OWNER, 1, "");
    // Through as many links as it takes, each revoked when as many came as it lets in.
    let mut revoked = Vec::new();
    for number in 0..2 * PARTICIPANTS_MAX {
        let link = LinkNo::try_from(number / PEOPLE_OF_LINK_MAX).unwrap();
        let lets_in = |it: Option<LinkNo>| it.is_none_or(|it| !revoked.contains(&it));
        let came = roster.come(through(link), many(number), "", lets_in).unwrap();
        assert_eq!(came.id as usize, number + 2);
        roster.leave(came.id, false);
        if (number + 1) % PEOPLE_OF_LINK_MAX == 0 {
            roster.expel(link);
            revoked.push(link);
        }
    }
    assert!(roster.all.len() <= PARTICIPANTS_MAX);
    assert_eq!(
        (roster.get(OWNER).map(|it| it.role), roster.get(2).is_none()),
        (Some(Role::Owner), true)
    );
    assert_eq!(
        roster.come(through(0), many(0), "", |_| false),
        Err(NoPlace::LinkOver)
    );
}

#[test]
fn people_who_were_kept_without_numbers_have_those_of_their_places() {
    let mut roster = three();
    for member in &mut roster.all {
        (member.id, member.look) = (0, None);
    }
    roster.newest = 0;
    let mut roster = roster.restored();
    assert!(roster.has_control(2) && !roster.has_control(3));
    assert_eq!(roster.name(3, "ANNA", any), Err(Refusal::NameTaken));
    assert_eq!(come(&mut roster, WATCH, 4, ""), 4);
}
