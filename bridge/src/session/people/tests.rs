use protocol::access::Sight;

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

/// The owner, somebody with control, and a viewer.
fn three() -> Roster {
    let mut roster = Roster::default();
    assert_eq!(come(&mut roster, Pass::OWNER, 1, ""), OWNER);
    assert_eq!(come(&mut roster, CONTROL, 2, "anna"), 2);
    assert_eq!(come(&mut roster, WATCH, 3, ""), 3);
    roster
}

fn handed(participant: ParticipantId, how: Handing, by: ParticipantId) -> Result<Option<Sharing>, Refusal> {
    Ok(Some(Sharing::Handed {
        participant,
        how,
        by: By::Participant(by),
    }))
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
fn control_is_granted_taken_back_and_handed_over_by_the_owner() {
    let mut roster = three();
    assert!(roster.has_control(OWNER) && roster.has_control(2) && !roster.has_control(3));
    assert_eq!(
        roster.ask(3),
        Ok(Some(Sharing::AskedForControl { participant: 3 }))
    );
    assert_eq!(roster.ask(3), Ok(None));
    assert!(roster.people().people.iter().any(|it| it.id == 3 && it.asks));
    assert_eq!(
        roster.hand(OWNER, 3, Handing::Granted),
        handed(3, Handing::Granted, OWNER)
    );
    assert_eq!(roster.hand(OWNER, 3, Handing::Granted), Ok(None));
    assert!(roster.has_control(3) && !roster.people().people.iter().any(|it| it.asks));

    assert_eq!(
        roster.hand(OWNER, 2, Handing::HandedOver),
        handed(2, Handing::HandedOver, OWNER)
    );
    assert!(roster.has_control(2) && !roster.has_control(OWNER) && !roster.has_control(3));
    assert_eq!(
        roster.hand(OWNER, OWNER, Handing::TakenBack),
        handed(OWNER, Handing::TakenBack, OWNER)
    );
    assert_eq!(
        roster.hand(OWNER, 2, Handing::TakenBack),
        handed(2, Handing::TakenBack, OWNER)
    );
    assert!(roster.has_control(OWNER) && !roster.has_control(2));
}

#[test]
fn control_that_is_taken_back_from_whom_it_was_handed_over_to_is_the_owners_again() {
    let mut roster = three();
    assert!(roster.hand(OWNER, 3, Handing::HandedOver).is_ok());
    assert_eq!(
        roster.ask(2),
        Ok(Some(Sharing::AskedForControl { participant: 2 }))
    );
    assert_eq!(
        roster.hand(OWNER, 2, Handing::TakenBack),
        handed(2, Handing::Declined, OWNER)
    );
    assert_eq!(roster.hand(OWNER, 2, Handing::TakenBack), Ok(None));
    assert!(!roster.has_control(OWNER), "there was nothing to take back");
    assert_eq!(
        roster.hand(OWNER, 3, Handing::TakenBack),
        handed(3, Handing::TakenBack, OWNER)
    );
    assert!(roster.has_control(OWNER) && !roster.has_control(3));
    // What somebody lays down is nobody's before the owner takes it.
    assert!(roster.hand(OWNER, 3, Handing::HandedOver).is_ok());
    assert!(roster.hand(3, 3, Handing::TakenBack).is_ok());
    assert!(!roster.has_control(OWNER));
}

#[test]
fn a_guest_can_lay_down_their_own_control_and_touch_nobody_elses() {
    let mut roster = three();
    for (participant, how) in [
        (3, Handing::Granted),
        (2, Handing::Granted),
        (2, Handing::HandedOver),
        (OWNER, Handing::TakenBack),
        (3, Handing::TakenBack),
    ] {
        assert_eq!(roster.hand(2, participant, how), Err(Refusal::NotAllowed));
    }
    assert_eq!(
        roster.hand(2, 2, Handing::TakenBack),
        handed(2, Handing::TakenBack, 2)
    );
    assert!(!roster.has_control(2));
    for participant in [0, 4, u32::MAX] {
        assert_eq!(
            roster.hand(OWNER, participant, Handing::Granted),
            Err(Refusal::NobodyThere)
        );
    }
    assert_eq!(
        roster.hand(OWNER, OWNER, Handing::HandedOver),
        Err(Refusal::NobodyThere)
    );
}

#[test]
fn somebody_who_came_to_sign_in_is_given_no_control() {
    let mut roster = three();
    let sign_in = Pass {
        role: Role::SignIn,
        ..WATCH
    };
    let id = come(&mut roster, sign_in, 9, "");
    assert_eq!(
        roster.hand(OWNER, id, Handing::Granted),
        Err(Refusal::NobodyThere)
    );
    assert!(!roster.has_control(id));
}

#[test]
fn who_came_through_a_revoked_link_has_no_control() {
    let mut roster = three();
    roster.expel(1);
    assert!(!roster.has_control(2) && roster.has_control(OWNER));
}

#[test]
fn a_name_that_somebody_has_is_refused_and_in_a_hello_dropped() {
    let mut roster = three();
    assert_eq!(roster.name(3, "ANNA", any), Err(Refusal::NameTaken));
    assert_eq!(
        roster.name(3, "ben", any),
        Ok(Some(Sharing::Named {
            participant: 3,
            name: "ben".to_owned()
        }))
    );
    assert_eq!(roster.name(3, "ben", any), Ok(None));
    assert_eq!(come(&mut roster, WATCH, 4, "Ben"), 4);
    assert!(
        roster
            .people()
            .people
            .iter()
            .any(|it| it.id == 4 && it.name.is_empty())
    );
}

#[test]
fn guests_are_called_like_no_account_and_by_nothing_that_somebody_is_there_for() {
    let mut roster = three();
    roster.of_accounts = OfAccounts::by(|look| look.is_like(&Look::of("Sue")));
    for (name, why) in [
        ("sue", Refusal::NameTaken),
        ("\u{405}ue", Refusal::NameTaken),
        ("Sue, supervisor", Refusal::NameReserved),
        ("Support", Refusal::NameReserved),
    ] {
        assert_eq!(roster.name(3, name, any), Err(why), "{name}");
    }
    // In a hello it is dropped.
    let id = come(&mut roster, WATCH, 4, "Sue");
    assert_eq!(roster.get(id).unwrap().name, "");
    let names = |roster: &Roster| roster.people().people.into_iter().map(|it| (it.name, it.account));
    assert!(names(&roster).all(|(_, account)| !account));
    // The owner says what they are themselves; and whoever has the account is called so, also through a link.
    assert_eq!(roster.name(OWNER, "Support", any), named(OWNER, "Support"));
    assert_eq!(called(&mut roster, CONTROL, &account("1", "Sue")), "Sue");
    assert!(names(&roster).any(|it| it == ("Sue".to_owned(), true)));
}

#[test]
fn who_comes_through_another_link_in_the_same_browser_is_called_as_before() {
    let mut roster = three();
    // Both are here: nobody could tell one from the other.
    assert_eq!(come(&mut roster, through(7), 2, "anna"), 4);
    assert_eq!(roster.name(4, "anna", any), Err(Refusal::NameTaken));
    roster.leave(2, false);
    assert!(roster.name(4, "anna", any).is_ok());
    roster.leave(4, false);
    // Also where the browser does not say a name, and never in another browser.
    let came = |roster: &mut Roster, link, number| {
        let id = come(roster, through(link), number, "");
        roster.get(id).unwrap().name.clone()
    };
    assert_eq!(came(&mut roster, 8, 2), "anna");
    assert_eq!(came(&mut roster, 8, 9), "");
    // The browser that a guest has in common with the owner makes them no owner.
    assert!(roster.name(OWNER, "olga", any).is_ok());
    roster.leave(OWNER, false);
    assert_eq!(came(&mut roster, 8, 1), "");
    assert_eq!(roster.name(roster.newest, "olga", any), Err(Refusal::NameTaken));
}

#[test]
fn the_names_of_those_whose_link_is_over_are_free() {
    let mut roster = three();
    let over = |link: Option<LinkNo>| link != Some(1);
    assert_eq!(roster.name(3, "anna", any), Err(Refusal::NameTaken));
    // What the one did who was called so stands there by that name: the other is told from them.
    assert_eq!(roster.name(3, "Anna", over), named(3, "Anna · 3"));
    for same in ["Anna", "Anna · 3"] {
        assert_eq!(roster.name(3, same, over), Ok(None));
    }
    for reserved in ["the owner", "anna · 2"] {
        assert_eq!(roster.name(3, reserved, over), Err(Refusal::NameReserved));
    }
    let hello = roster.come(through(7), browser(7), "anna", over).unwrap();
    assert_eq!(
        roster.get(hello.id).unwrap().name,
        "",
        "one is here who is called so"
    );
    assert_eq!(roster.name(3, "carl", over), named(3, "carl"));
    let hello = roster.come(through(7), browser(8), "anna", over).unwrap();
    assert_eq!(roster.get(hello.id).unwrap().name, format!("anna · {}", hello.id));
    // Who goes along to another link goes by what they chose.
    roster.leave(hello.id, false);
    let along = roster.come(through(8), browser(8), "", over).unwrap();
    assert_eq!(roster.get(along.id).unwrap().name, format!("anna · {}", along.id));
}

fn named(participant: ParticipantId, name: &str) -> Result<Option<Sharing>, Refusal> {
    let name = name.to_owned();
    Ok(Some(Sharing::Named { participant, name }))
}

/// By their account, whoever is let in everywhere.
const SUPERVISOR: Pass = Pass {
    link: None,
    ..CONTROL
};

/// An account of that name whose digits begin so.
fn account(digits: &str, name: &str) -> Identity {
    Identity {
        id: format!("{digits:0<32}"),
        name: name.to_owned(),
    }
}

/// What somebody with an account is called who comes now.
fn called(roster: &mut Roster, pass: Pass, account: &Identity) -> String {
    let id = roster
        .come(pass, browser(9), Called::ByAccount(account), any)
        .unwrap()
        .id;
    roster.get(id).unwrap().name.clone()
}

#[test]
fn of_accounts_that_are_called_alike_those_who_come_later_are_told_apart_by_what_nobody_chooses() {
    let mut roster = Roster::default();
    let anna = account("1111", "Anna");
    assert_eq!(called(&mut roster, Pass::OWNER, &anna), "Anna");
    // With the same account through a link she is nobody else.
    assert_eq!(called(&mut roster, CONTROL, &anna), "Anna");
    for (other, shown) in [
        (account("4f2a5", "Anna"), "Anna · 4f2a"),
        (account("90cd", "anna"), "anna · 90cd"),
        (account("77aa", "\u{410}nna"), "\u{410}nna · 77aa"),
        // It takes more digits where the first are another's.
        (account("4f2a6", "Anna"), "Anna · 4f2a6000"),
        (account("4f2a60001", "Anna"), "Anna · 4f2a600010000000"),
        (account("90ce", "Annabel"), "Annabel"),
    ] {
        for _ in 0..2 {
            assert_eq!(called(&mut roster, SUPERVISOR, &other), shown);
        }
        let joined = roster.all.last().unwrap().joined();
        assert!(matches!(joined, Sharing::Joined { name, .. } if name == shown));
    }
    let names = roster.names_here();
    assert!(names.contains(&"Anna".to_owned()) && names.contains(&"Anna · 4f2a".to_owned()));
    // Nobody is any of them, nor anybody else whom the console could call so.
    let mut roster = roster.restored();
    let guest = come(&mut roster, WATCH, 3, "Anna");
    assert_eq!(roster.get(guest).unwrap().name, "");
    for (name, why) in [
        ("ANNA", Refusal::NameTaken),
        ("Anna · 4f2a", Refusal::NameReserved),
        ("Anna · 0000", Refusal::NameReserved),
    ] {
        assert_eq!(roster.name(guest, name, |_| false), Err(why), "{name}");
    }
}

#[test]
fn who_is_called_otherwise_by_their_account_is_told_from_whoever_is_called_so() {
    let mut roster = Roster::default();
    assert_eq!(called(&mut roster, Pass::OWNER, &account("1111", "anna")), "anna");
    assert_eq!(called(&mut roster, SUPERVISOR, &account("2222", "ben")), "ben");
    let renamed = account("2222", "ANNA");
    let came = roster.come(SUPERVISOR, browser(9), Called::ByAccount(&renamed), any);
    let news = [named(2, "ANNA · 2222").unwrap().unwrap()];
    assert_eq!(came.unwrap().news, news);
    // Who was first keeps what they were called first by.
    assert_eq!(called(&mut roster, Pass::OWNER, &account("1111", "anna")), "anna");
}

#[test]
fn a_guest_who_was_told_apart_gives_way_to_an_account_of_that_name_as_well() {
    let mut roster = three();
    let over = |link: Option<LinkNo>| link != Some(1);
    assert_eq!(roster.name(3, "anna", over), named(3, "anna · 3"));
    let came = roster.come(
        SUPERVISOR,
        browser(9),
        Called::ByAccount(&account("1", "Anna")),
        any,
    );
    let news = came.unwrap().news;
    let given_up = [2, 3].map(|id| named(id, "").unwrap().unwrap());
    assert_eq!(news[..2], given_up);
    assert!(matches!(&news[2], Sharing::Joined { name, .. } if name == "Anna"));
}

#[test]
fn who_asks_is_told_not_now_or_asks_no_longer_and_can_ask_again() {
    let mut roster = three();
    for by in [OWNER, 3] {
        assert!(roster.ask(3).unwrap().is_some());
        assert_eq!(
            roster.hand(2, 3, Handing::Declined),
            Err(Refusal::NotAllowed),
            "it is not theirs to say"
        );
        assert_eq!(
            roster.hand(by, 3, Handing::Declined),
            handed(3, Handing::Declined, by)
        );
        assert!(
            !roster
                .people()
                .people
                .iter()
                .any(|it| it.asks || (it.id == 3 && it.control))
        );
        assert_eq!(roster.hand(by, 3, Handing::Declined), Ok(None));
    }
}

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
