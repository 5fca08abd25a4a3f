//! Links: who is let in, and who is turned away.

use std::time::{Duration, Instant};

use pop3_console::config::{Config, Limits};
use protocol::access::Handing;
use protocol::entry::Event;
use protocol::remark::{Invalid, Remark, Sharing};
use protocol::wire::{CloseCode, FromBrowser};
use serde_json::json;
use tokio::io::AsyncReadExt;

use crate::support::{Bridge, Browser, Key, Mail, config, contains, journaled, patient, plain};

const NO_SESSION: Option<u16> = Some(CloseCode::NoSession as u16);

#[tokio::test]
async fn whoever_is_turned_away_is_told_the_same_after_the_same_time() {
    let bridge = Bridge::start().await;
    let (owner, other) = (bridge.browser().await, bridge.open_session().await);
    let (link, revoked) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    bridge.revoke(&owner.key, link).await;
    let (_, expired) = bridge
        .link(&owner.key, json!({ "role": "watch", "seconds": 1 }))
        .await;
    let mut guest = Browser::join_as(&bridge, &expired, "anna").await;
    guest.until_closed().await;
    let key = |session: &str, token: &str| Key {
        session: session.to_owned(),
        token: token.to_owned(),
    };
    let unknown = key(&owner.key.session, &"A".repeat(43));
    let nowhere = key("AAAAAAAAAAAAAAAAAAAAAA", &owner.key.token);
    let foreign = key(&owner.key.session, &other.token);
    let mut times = Vec::new();
    for key in [&revoked, &expired, &unknown, &nowhere, &foreign] {
        let mut took = Duration::MAX;
        // The shorter of two times, since the machine may be busy with something else.
        for _ in 0..2 {
            let (closed, this) = bridge.turned_away(key).await;
            assert_eq!(closed, NO_SESSION);
            took = took.min(this);
        }
        times.push(took);
    }
    let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
    assert!(*least >= Duration::from_millis(400), "{times:?}");
    // What is left of a difference is the machine's: a link that is compared takes a microsecond.
    assert!(*most - *least < Duration::from_millis(100), "{times:?}");

    let mut answers = Vec::new();
    for key in [&revoked, &expired, &unknown, &nowhere] {
        answers.push(bridge.ask("GET", &key.path(), &key.token, None).await);
    }
    assert_eq!(answers[0].0, 404);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn many_guesses_wait_for_their_turn_and_a_right_token_never_does() {
    let bridge = Bridge::start().await;
    let mut owner = bridge.browser().await;
    let wrong = Key {
        session: owner.key.session.clone(),
        token: "guess".repeat(8),
    };
    let began = Instant::now();
    let guesses = (0..16).map(|_| bridge.turned_away(&wrong));
    let guessing = futures_util::future::join_all(guesses);
    let right = async {
        owner
            .until_sharing(|it| {
                *it == Sharing::TurnedAway {
                    with: Invalid::Unknown,
                }
            })
            .await;
        let asked = Instant::now();
        Browser::join(&bridge, &owner.key.clone()).await;
        asked.elapsed()
    };
    let (guesses, right) = tokio::join!(guessing, right);
    assert!(guesses.iter().all(|(closed, _)| *closed == NO_SESSION));
    // Ten at once, and then two a second.
    assert!(
        began.elapsed() >= Duration::from_millis(2_500),
        "{:?}",
        began.elapsed()
    );
    assert!(right < Duration::from_millis(350), "{right:?}");
    // However many were turned away, it is recorded once.
    let turned_away = owner.entries.iter().filter(|entry| {
        matches!(
            entry.event,
            Event::Remark(Remark::Sharing(Sharing::TurnedAway { .. }))
        )
    });
    assert_eq!(turned_away.count(), 1);
}

#[tokio::test]
async fn no_token_is_ever_logged() {
    let (bridge, mut log) = Bridge::start_logging().await;
    let logged = tokio::spawn(async move {
        let mut logged = String::new();
        log.read_to_string(&mut logged).await.map(|_| logged)
    });
    let mail = Mail::says("+OK hello\r\n").await;
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    let (link, key) = bridge
        .link(&owner.key, json!({ "role": "control", "name": "for anna" }))
        .await;
    let mut guest = Browser::join_as(&bridge, &key, "anna").await;
    guest.until_people(|people| people.people.len() == 2).await;
    assert_eq!(bridge.status(&key).await, 200);
    bridge.revoke(&owner.key, link).await;
    guest.until_closed().await;
    bridge.turned_away(&key).await;
    assert_eq!(bridge.status(&key).await, 404);
    let browser = key.hello("anna's browser", "").browser;
    let tokens = [
        owner.key.token.clone(),
        key.token.clone(),
        key.session.clone(),
        browser,
    ];
    drop((bridge, owner));
    let logged = patient(logged).await.unwrap().unwrap();
    assert!(logged.contains("a browser came"), "{logged}");
    for secret in tokens {
        assert!(!logged.contains(&secret), "{secret} in {logged}");
    }
}

#[tokio::test]
async fn what_a_link_is_called_is_told_to_the_owner_alone() {
    const NAMES: [&str; 2] = ["the slow one from accounts", "ben of the rival"];
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let mut owner = bridge.browser().await;
    let mut guests = Vec::new();
    for (sight, name) in [("everything", NAMES[0]), ("headers", NAMES[1]), ("commands", "")] {
        let link = json!({ "role": "control", "sight": sight, "name": name });
        guests.push(bridge.link(&owner.key, link).await.1);
    }
    let mut here = Vec::new();
    for key in &guests {
        here.push(Browser::join_as(&bridge, key, "").await);
    }
    // Named in what is recorded of it as well.
    assert_eq!(bridge.export(&guests[1], "text").await.0, 200);
    for browser in here.iter_mut().chain([&mut owner]) {
        browser
            .until_sharing(|it| matches!(it, Sharing::Exported { link: Some(2), .. }))
            .await;
    }
    let names = |octets: &[u8]| {
        NAMES
            .iter()
            .filter(|name| contains(octets, name.as_bytes()))
            .count()
    };
    assert_eq!(names(&owner.frames.concat()), 2);
    for guest in &here {
        assert_eq!(names(&guest.frames.concat()), 0);
        let linked = |it: &&protocol::entry::Entry| {
            matches!(it.event, Event::Remark(Remark::Sharing(Sharing::Linked { .. })))
        };
        assert_eq!(guest.entries.iter().filter(linked).count(), 3);
    }
    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
    // Of a session that ended as well, and in files.
    for (key, told) in guests.iter().map(|key| (key, 0)).chain([(&owner.key, 2)]) {
        let mut late = Browser::join_as(&bridge, key, "").await;
        late.until_sharing(|it| matches!(it, Sharing::Exported { .. }))
            .await;
        assert_eq!(names(&late.frames.concat()), told);
        for format in ["text", "html", "ndjson"] {
            let (status, _, export) = bridge.export(key, format).await;
            assert_eq!(status, 200);
            let told = if format == "text" { 0 } else { told };
            assert_eq!(names(export.as_bytes()), told, "{format}: {export}");
        }
    }
}

#[tokio::test]
async fn links_and_people_are_known_after_the_bridge_began_anew_and_no_token_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let mut owner = bridge.browser().await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let (link, revoked) = bridge.link(&owner.key, json!({ "role": "control" })).await;
    bridge.revoke(&owner.key, link).await;
    let _first = Browser::join_as(&bridge, &key, "anna").await;
    let second = Browser::join_as(&bridge, &key, "ben").await;
    assert_eq!(second.welcome.participant, 3);
    owner
        .ask(FromBrowser::Hand {
            participant: 3,
            how: Handing::Granted,
        })
        .await;
    owner
        .until_sharing(|it| matches!(it, Sharing::Handed { participant: 3, .. }))
        .await;
    bridge.stop().await;

    let bridge = Bridge::start_with(journaled(folder.path())).await;
    assert_eq!(bridge.turned_away(&revoked).await.0, NO_SESSION);
    // Whoever comes first brings an interrupted session to life, also by a watch link.
    let mut back = Browser::join_as(&bridge, &key, "ben").await;
    assert_eq!((back.welcome.participant, back.welcome.ended), (3, false));
    back.until_people(|people| people.people.iter().any(|it| it.id == 3 && it.control))
        .await;
    bridge.stop().await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let octets = std::fs::read(file.unwrap().path()).unwrap();
        for token in [&owner.key.token, &key.token, &revoked.token] {
            assert!(!contains(&octets, token.as_bytes()));
        }
    }
}

#[tokio::test]
async fn guests_leave_room_for_the_owner() {
    let limits = Limits {
        participants: 6,
        ..Limits::default()
    };
    let bridge = Bridge::start_with(Config { limits, ..config() }).await;
    let owner = bridge.browser().await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let _guest = Browser::join_as(&bridge, &key, "anna").await;
    let (closed, took) = bridge.turned_away(&key).await;
    assert_eq!(closed, Some(CloseCode::Full as u16));
    assert!(
        took < Duration::from_millis(400),
        "a right token does not wait: {took:?}"
    );
    for _ in 0..4 {
        let again = Browser::join(&bridge, &owner.key).await;
        assert_eq!(again.welcome.participant, 1);
    }
}

#[tokio::test]
async fn links_are_the_owners_to_make_to_see_and_to_revoke() {
    let bridge = Bridge::start().await;
    let owner = bridge.browser().await;
    let link = json!({ "role": "control", "sight": "headers", "seconds": 3600, "name": "anna" });
    let (number, key) = bridge.link(&owner.key, link).await;
    let (_, sign_in) = bridge.link(&owner.key, json!({ "role": "sign-in" })).await;
    let _guest = Browser::join_as(&bridge, &key, "anna").await;
    let path = format!("{}/links", owner.key.path());
    let (status, list) = bridge.ask("GET", &path, &owner.key.token, None).await;
    assert_eq!(status, 200);
    let first = &list["links"][0];
    assert_eq!(first["link"], number);
    assert_eq!(
        (
            &first["role"],
            &first["sight"],
            &first["name"],
            &first["state"],
            &first["here"]
        ),
        (
            &json!("control"),
            &json!("headers"),
            &json!("anna"),
            &json!("active"),
            &json!(1)
        )
    );
    let lasts = first["until"].as_u64().unwrap() - first["made"].as_u64().unwrap();
    assert_eq!(lasts, 3_600_000);
    assert_eq!(
        (&list["links"][1]["role"], &list["links"][1]["until"]),
        (&json!("sign-in"), &json!(null))
    );
    assert_eq!(
        (&first["people"], &list["links"][1]["people"]),
        (&json!(["anna"]), &json!([]))
    );
    assert!(!list.to_string().contains(&key.token));

    for guest in [&key, &sign_in] {
        let wanted = Some(json!({ "role": "control" }));
        assert_eq!(bridge.ask("POST", &path, &guest.token, wanted).await.0, 403);
        assert_eq!(bridge.ask("GET", &path, &guest.token, None).await.0, 403);
        let one = format!("{path}/{number}");
        assert_eq!(bridge.ask("DELETE", &one, &guest.token, None).await.0, 403);
        let session = owner.key.path();
        assert_eq!(bridge.ask("DELETE", &session, &guest.token, None).await.0, 403);
    }
    for wrong in [
        json!({ "role": "owner" }),
        json!({ "role": "watch", "seconds": 0 }),
        json!({ "role": "watch", "name": "a\u{202e}b" }),
        json!({ "role": "watch", "sight": "all" }),
        json!({ "role": "watch", "owner": true }),
        json!({}),
    ] {
        let (status, said) = bridge.ask("POST", &path, &owner.key.token, Some(wrong)).await;
        assert_eq!(status, 400);
        assert!(said["error"].as_str().unwrap().ends_with('.'), "{said}");
    }
    let (status, _) = bridge
        .ask("DELETE", &format!("{path}/77"), &owner.key.token, None)
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_session_tells_how_it_stands_and_ends_for_its_owner() {
    let (bridge, (mail, mut gone)) = (Bridge::start().await, Mail::until_gone().await);
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    owner.line("DELE 1").await;
    owner.until_state(|state| state.marked == 1).await;
    let (_, viewer) = bridge
        .link(&owner.key, json!({ "role": "watch", "sight": "commands" }))
        .await;
    let path = owner.key.path();
    let (status, told) = bridge.ask("GET", &path, &owner.key.token, None).await;
    assert_eq!(status, 200);
    assert_eq!(
        (&told["state"], &told["role"], &told["keep"]),
        // There is no journal.
        (&json!("live"), &json!("owner"), &json!("nothing"))
    );
    assert_eq!(
        (&told["phase"], &told["marked"], &told["here"]),
        (&json!("Authorization"), &json!(1), &json!(1))
    );
    assert_eq!(told["target"]["port"], mail.address.port());
    let (_, told) = bridge.ask("GET", &path, &viewer.token, None).await;
    assert_eq!(
        (&told["role"], &told["sight"]),
        (&json!("watch"), &json!("commands"))
    );

    assert_eq!(bridge.ask("DELETE", &path, &owner.key.token, None).await.0, 204);
    assert_eq!(owner.until_closed().await, Some(CloseCode::Deleted as u16));
    patient(gone.recv()).await;
    assert_eq!(mail.received(), b"DELE 1\r\n");
}
