//! How much guests may have recorded.

use protocol::remark::ATTEMPTS_RECORDED_MAX;

use super::*;
use crate::session::people::deeds::{DEEDS_MAX, DEEDS_OF_ALL_MAX, DEEDS_OF_LINK_MAX};

#[test]
fn what_guests_do_is_bounded_and_what_they_may_not_is_recorded_a_few_times() {
    let mut roster = three();
    for number in 0..DEEDS_MAX {
        assert!(roster.name(3, &format!("n{number}"), any).is_ok());
    }
    assert_eq!(roster.name(3, "one more", any), Err(Refusal::TooOften));
    assert!(roster.name(2, "anna b", any).is_ok());
    let recorded = (0..100).filter(|_| roster.attempts(3)).count();
    assert_eq!(recorded, ATTEMPTS_RECORDED_MAX as usize);
}

#[test]
fn guests_try_so_many_names_and_no_more() {
    let mut roster = three();
    roster.of_accounts = OfAccounts::by(|look| look.is_like(&Look::of("Sue")));
    assert!(roster.name(3, "ben", any).is_ok());
    for _ in 2..DEEDS_MAX {
        assert_eq!(roster.name(3, "Sue", any), Err(Refusal::NameTaken));
    }
    // In a hello as well, by whoever comes back.
    assert_eq!(come(&mut roster, WATCH, 3, "Sue"), 3);
    for name in ["Sue", "n"] {
        assert_eq!(roster.name(3, name, any), Err(Refusal::TooOften), "{name}");
    }
    // What they are called changes nothing, and costs nothing.
    assert_eq!(roster.name(3, "ben", any), Ok(None));
}

#[test]
fn what_is_done_through_one_link_leaves_deeds_to_those_who_have_another() {
    let mut roster = Roster::default();
    let ids: Vec<_> = (0..8)
        .map(|number| come(&mut roster, through(7), number, ""))
        .collect();
    let other = come(&mut roster, through(8), 1, "");
    let done: usize = ids
        .iter()
        .map(|&id| (0..DEEDS_MAX).filter(|_| roster.does(id).is_ok()).count())
        .sum();
    assert_eq!(done, DEEDS_OF_LINK_MAX as usize);
    assert_eq!(roster.does(other), Ok(()));
}

#[test]
fn what_was_done_through_a_revoked_link_leaves_deeds_to_others() {
    let mut roster = Roster::default();
    for link in 1..=DEEDS_OF_ALL_MAX / DEEDS_OF_LINK_MAX {
        for number in 0..8 {
            let id = come(&mut roster, through(link), number, "");
            while roster.does(id).is_ok() {}
        }
    }
    let other = come(&mut roster, through(100), 1, "");
    assert_eq!(roster.does(other), Err(Refusal::TooOften));
    roster.expel(1);
    assert_eq!(roster.does(other), Ok(()));
}

#[test]
fn those_who_make_room_for_others_leave_them_their_deeds() {
    let mut roster = Roster::default();
    let other = come(&mut roster, through(100), 1, "");
    for link in 1..=DEEDS_OF_ALL_MAX / DEEDS_OF_LINK_MAX {
        for number in 0..8 {
            let id = come(&mut roster, through(link), number, "");
            while roster.does(id).is_ok() {}
            roster.leave(id, false);
        }
    }
    assert_eq!(roster.does(other), Err(Refusal::TooOften));
    // The session is full then, but for them.
    let lets_in = |link: Option<LinkNo>| link.is_none_or(|link| link >= 100);
    for number in 0..PARTICIPANTS_MAX - 2 {
        let link = 101 + LinkNo::try_from(number / PEOPLE_OF_LINK_MAX).unwrap();
        assert!(roster.come(through(link), many(number), "", lets_in).is_ok());
    }
    assert_eq!(roster.does(other), Ok(()));
}
