//! Whoever is let in by their account: the owner without their token, and a supervisor.

use protocol::access::{OWNER, Role};
use protocol::remark::Sharing;
use protocol::state::Phase;
use protocol::wire::{CloseCode, FromBrowser, Hello, Refusal};
use serde_json::json;

use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, Mail, plain};

/// As much of a key as somebody has who was given none.
fn without_token(key: &Key) -> Key {
    Key {
        token: String::new(),
        ..key.clone()
    }
}

async fn join_for_control(bridge: &Bridge, key: &Key, cookie: &Cookie) -> Browser {
    let hello = Hello {
        wants_control: true,
        ..key.hello("a supervisor's browser", "somebody")
    };
    Browser::say_signed_on(bridge, key, &hello, cookie).await
}

#[tokio::test]
async fn the_owners_account_is_let_in_without_the_token_and_names_the_owner() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let (anna, ben) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &without_token(&key), &anna).await;
    assert_eq!(
        (owner.welcome.role, owner.welcome.participant),
        (Role::Owner, OWNER)
    );
    let people = owner.until_people(|people| people.people.len() == 1).await;
    assert_eq!(people.people[0].name, "anna");
    owner.ask(FromBrowser::Name("Annabel".to_owned())).await;
    assert_eq!(owner.until_refused().await, (None, Refusal::NamedByAccount));
    // Nobody else is, whatever they have of the owner's.
    let no_session = Some(CloseCode::NoSession as u16);
    assert_eq!(bridge.turned_away_with(&key, &ben).await.0, no_session);
}

#[tokio::test]
async fn a_supervisor_watches_any_session_and_everybody_there_sees_who_it_is() {
    let accounts = Accounts::of(&[("anna", "agent"), ("Sue", "supervisor")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let (mail, _gone) = Mail::until_gone().await;
    let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("Sue").await);
    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    owner.connected(plain(mail.address)).await;
    let (_, link) = {
        let path = format!("{}/links", key.path());
        let body = Some(json!({ "role": "watch" }));
        let (status, _, made) = bridge.send("POST", &path, &anna, &key.token, body).await;
        assert_eq!(status, 201, "{made}");
        let token = made["token"].as_str().unwrap().to_owned();
        (status, Key { token, ..key.clone() })
    };
    // A guest is called neither like her nor by what she is there for, also where she is not here.
    let mut guest = Browser::join_as(&bridge, &link, "sue").await;
    for (name, why) in [
        ("SUE", Refusal::NameTaken),
        ("Anna", Refusal::NameTaken),
        ("Sue, supervisor", Refusal::NameReserved),
    ] {
        guest.ask(FromBrowser::Name(name.to_owned())).await;
        assert_eq!(guest.until_refused().await, (None, why), "{name}");
    }
    let mut watching = Browser::join_signed_on(&bridge, &without_token(&key), &sue).await;
    let welcome = &watching.welcome;
    assert_eq!(
        (welcome.role, welcome.participant, welcome.link),
        (Role::Watch, 3, None)
    );
    watching.until_phase(Phase::Authorization).await;
    for told in [&mut owner, &mut guest] {
        let joined = told
            .until_sharing(|it| matches!(it, Sharing::Joined { participant: 3, .. }))
            .await;
        assert!(matches!(joined, Sharing::Joined { name, role: Role::Watch, .. } if name == "Sue"));
        told.until_people(|people| {
            let told = |id| people.people.iter().find(|it| it.id == id);
            told(2).is_some_and(|it| it.name.is_empty() && !it.account)
                && told(3).is_some_and(|it| it.name == "Sue" && it.account && !it.control)
        })
        .await;
    }
    let id = watching.line("NOOP").await;
    assert_eq!(watching.until_refused().await, (Some(id), Refusal::NotAllowed));
    // What she takes along is recorded as a guest's is.
    let export = format!("{}/export/text", key.path());
    assert_eq!(bridge.send("GET", &export, &sue, "", None).await.0, 200);
    owner
        .until_sharing(|it| {
            matches!(
                it,
                Sharing::Exported {
                    participant: Some(3),
                    link: None,
                    ..
                }
            )
        })
        .await;

    let mut typing = join_for_control(&bridge, &without_token(&key), &sue).await;
    assert_eq!(
        (typing.welcome.role, typing.welcome.participant),
        (Role::Control, 3)
    );
    owner
        .until_sharing(|it| {
            matches!(
                it,
                Sharing::Joined {
                    participant: 3,
                    role: Role::Control,
                    ..
                }
            )
        })
        .await;
    typing.until_phase(Phase::Authorization).await;
    typing.line("NOOP").await;
    mail.until_received("NOOP\r\n").await;
    // She decides nothing about the session, which is its owner's.
    assert_eq!(bridge.send("DELETE", &key.path(), &sue, "", None).await.0, 403);
}
