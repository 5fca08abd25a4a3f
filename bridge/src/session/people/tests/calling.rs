//! What people are called beside one another.

use super::*;

/// By their account, whoever is let in everywhere.
const SUPERVISOR: Pass = Pass {
    link: None,
    ..CONTROL
};

fn named(participant: ParticipantId, name: &str) -> Result<Option<Sharing>, Refusal> {
    let name = name.to_owned();
    Ok(Some(Sharing::Named { participant, name }))
}

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
