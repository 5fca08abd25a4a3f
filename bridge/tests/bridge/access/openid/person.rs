//! Who somebody is for whom the provider vouches, what they are called, and what they may.

use protocol::remark::Sharing;
use protocol::wire::{CloseCode, FromBrowser, Refusal};
use serde_json::{Value, json};

use super::House;
use crate::access::board::sessions;
use crate::access::left::link;
use crate::audit::{self, Told};
use crate::support::{Browser, Key, eventually, journal_file};

#[tokio::test]
async fn who_is_called_otherwise_tomorrow_is_the_same_and_another_of_that_name_is_not() {
    let house = House::open().await;
    let anna = house.comes(json!({})).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let path = key.path();
    let renamed = house
        .comes(json!({ "preferred_username": "anna.berger" }))
        .await
        .signed_on();
    assert_eq!(house.bridge.send("GET", &path, &renamed, "", None).await.0, 200);
    house.bridge.sign_off(&anna).await;
    house.bridge.sign_off(&renamed).await;
    let other = house.comes(json!({ "sub": "another" })).await.signed_on();
    assert_eq!(house.bridge.knows(&other).await["signed_on"]["name"], "anna");
    assert_eq!(house.bridge.send("GET", &path, &other, "", None).await.0, 404);
}

#[tokio::test]
async fn whoever_has_taken_over_somebodys_name_has_nothing_of_theirs_and_keeps_them_out_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let house = House::open_with(|config| config.audit_file = Some(file.clone())).await;
    let other = async |groups: &str| house.comes(json!({ "sub": "another", "groups": groups })).await;
    let mallory = other("helpdesk").await.signed_on();
    let theirs = house.bridge.open_session_as(&mallory).await;
    // Whoever was here first, the one of that name is let in as well, with what their own groups may.
    let anna = house.comes(json!({})).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    for (who, own, others) in [(&anna, &key, &theirs), (&mallory, &theirs, &key)] {
        let status = async |key: &Key| {
            house
                .bridge
                .send("GET", &key.path(), who, &key.token, None)
                .await
                .0
        };
        assert_eq!((status(own).await, status(others).await), (200, 404));
        let known = house.bridge.knows(who).await;
        assert_eq!(known["signed_on"]["name"], "anna");
        let (_, _, board) = house.bridge.send("GET", "/api/sessions", who, "", None).await;
        assert_eq!(board["sessions"].as_array().unwrap().len(), 1, "{board}");
    }
    let anna_here = Browser::join_signed_on(&house.bridge, &key, &anna).await;
    // The provider lets one of them go, and not the other.
    other("staff").await.is_turned_away("/", "no-role");
    assert_eq!(house.bridge.knows(&mallory).await["signed_on"], Value::Null);
    assert_eq!(house.bridge.knows(&anna).await["signed_on"]["name"], "anna");
    drop(anna_here);
    house.bridge.stop().await;
    let records = audit::records(&std::fs::read_to_string(&file).unwrap());
    let of = |what: &str| -> Vec<_> {
        let told = records.iter().filter(|it| it["what"] == what);
        told.map(|it| {
            assert_eq!(it["account"], "anna");
            it["identity"].as_str().unwrap().to_owned()
        })
        .collect()
    };
    let signed_on = of("signed-on");
    assert_eq!(signed_on.len(), 2);
    assert_ne!(signed_on[0], signed_on[1]);
    assert!(signed_on.iter().all(|it| it.len() == 16));
    // By the same ones.
    assert_eq!(of("opened"), signed_on);
    assert_eq!(of("joined"), signed_on[1..]);
    assert_eq!(of("signed-off"), signed_on[..1]);
}

#[tokio::test]
async fn who_is_called_as_somebody_else_in_a_session_is_told_from_them_by_what_the_audit_tells_of_them() {
    let told = Told::new();
    let house = House::open_with(|config| *config = told.by(config.clone())).await;
    let anna = house.comes(json!({})).await.signed_on();
    let lead = json!({ "sub": "another", "preferred_username": "Anna", "groups": ["leads"] });
    let lead = house.comes(lead).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&house.bridge, &key, &anna).await;
    let without = Key {
        token: String::new(),
        ..key.clone()
    };
    let mut watching = Browser::join_signed_on(&house.bridge, &without, &lead).await;
    let people = owner.until_people(|people| people.people.len() == 2).await;
    let names: Vec<_> = people.people.iter().map(|it| it.name.clone()).collect();
    assert_eq!(names[0], "anna");
    for reader in [&mut owner, &mut watching] {
        let joined = reader
            .until_sharing(|it| matches!(it, Sharing::Joined { participant: 2, .. }))
            .await;
        assert!(
            matches!(&joined, Sharing::Joined { name, .. } if *name == names[1]),
            "{joined:?}"
        );
    }
    // And no guest is called as either.
    let link = link(&house.bridge, &key, &anna).await;
    let mut guest = Browser::join_as(&house.bridge, &link, "").await;
    for (name, why) in [
        ("ANNA", Refusal::NameTaken),
        (names[1].as_str(), Refusal::NameReserved),
    ] {
        guest.ask(FromBrowser::Name(name.into())).await;
        assert_eq!(guest.until_refused().await, (None, why), "{name}");
    }
    // What is taken along tells them apart as well.
    let export = house.bridge.export_head(&key, "html");
    let (_, _, text) = house
        .bridge
        .http(&format!("{export}\r\nCookie: {}", anna.0))
        .await;
    assert!(text.contains(&names[1]), "{text}");
    house.bridge.stop().await;
    let identity = told.of("signed-on")[1]["identity"].as_str().unwrap().to_owned();
    assert_eq!(names[1], format!("Anna · {}", &identity[..4]));
}

#[tokio::test]
async fn whoever_sees_all_sessions_is_told_what_tells_agents_of_one_name_apart_and_finds_theirs_by_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let house = House::open_with(|config| {
        config.no_journal = false;
        config.journal = Some(journal);
    })
    .await;
    let bridge = &house.bridge;
    let anna = house.comes(json!({})).await.signed_on();
    let other = json!({ "sub": "another", "preferred_username": "\u{410}nna" });
    let other = house.comes(other).await.signed_on();
    let lead = json!({ "sub": "lead", "preferred_username": "sue", "groups": ["leads"] });
    let lead = house.comes(lead).await.signed_on();
    for who in [&anna, &other] {
        let key = bridge.open_session_as(who).await;
        let end = format!("{}/end", key.path());
        assert_eq!(bridge.send("POST", &end, who, "", None).await.0, 204);
    }
    let both = eventually(async || {
        let listed = sessions(bridge, &lead, "").await;
        (listed.len() == 2 && listed.iter().all(|it| it["state"] == "ended")).then_some(listed)
    })
    .await;
    let told = |it: &Value| {
        let id = it["agent_id"].as_str().unwrap().to_owned();
        (it["agent"].as_str().unwrap().to_owned(), id)
    };
    let [(second, second_id), (first, first_id)] = [told(&both[0]), told(&both[1])];
    assert_eq!((first.as_str(), second.as_str()), ("anna", "\u{410}nna"));
    assert_eq!((first_id.len(), second_id.len()), (16, 16));
    assert_ne!(first_id, second_id);
    // Both look like that.
    let looks = |it: &Value| it["agent_looks"].as_array().unwrap().clone();
    assert!(looks(&both[0]).iter().any(|look| looks(&both[1]).contains(look)));
    // A name that is shown with some of the digits is searched for so.
    for (search, found) in [
        (format!("anna · {}", &first_id[..4]), 1),
        (format!("Anna · {first_id}"), 1),
        (format!("anna · {}", &second_id[..8]), 0),
        (first_id[..8].to_owned(), 0),
        (first_id[..2].to_owned() + " · ", 0),
    ] {
        let query = format!("?search={}", search.replace(' ', "%20").replace('·', "%C2%B7"));
        assert_eq!(sessions(bridge, &lead, &query).await.len(), found, "{search}");
    }
}

#[tokio::test]
async fn nobody_is_called_by_an_address_that_the_provider_does_not_know_to_be_theirs() {
    let house = House::open_with(|config| config.access.openid.name_claim = "email".to_owned()).await;
    let comes = async |verified: Value| {
        house
            .comes(json!({ "email": "a@company.com", "email_verified": verified }))
            .await
    };
    comes(json!(false)).await.is_turned_away("/", "unverified");
    for verified in [json!(true), json!(null)] {
        let anna = comes(verified).await.signed_on();
        assert_eq!(
            house.bridge.knows(&anna).await["signed_on"]["name"],
            "a@company.com"
        );
    }
    // It makes no difference where somebody is called otherwise.
    let house = House::open().await;
    house.comes(json!({ "email_verified": false })).await.signed_on();
}

#[tokio::test]
async fn who_may_not_use_the_console_or_cannot_be_called_so_is_told_why_and_is_out() {
    let house = House::open().await;
    let anna = house.comes(json!({ "groups": "leads" })).await.signed_on();
    let key = house.bridge.open_session_as(&anna).await;
    let mut here = Browser::join_signed_on(&house.bridge, &key, &anna).await;
    for name in [
        json!("the owner"),
        json!("a\u{202e}b"),
        json!("x".repeat(65)),
        json!(""),
    ] {
        house
            .comes(json!({ "preferred_username": name }))
            .await
            .is_turned_away("/", "bad-name");
    }
    assert_eq!(house.bridge.knows(&anna).await["signed_on"]["name"], "anna");
    // Who belongs to none of them any more is out where they were.
    house
        .comes(json!({ "groups": ["staff"] }))
        .await
        .is_turned_away("/", "no-role");
    assert_eq!(here.until_closed().await, Some(CloseCode::NotSignedOn as u16));
    let agent = house.comes(json!({})).await.signed_on();
    let promoted = house.comes(json!({ "groups": ["leads"] })).await.signed_on();
    assert_eq!(house.bridge.knows(&agent).await["signed_on"], Value::Null);
    assert_eq!(
        house.bridge.knows(&promoted).await["signed_on"]["role"],
        "supervisor"
    );
}
