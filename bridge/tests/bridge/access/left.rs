//! Somebody whose account may be used no longer: what they shared is shared no more.

use std::time::Duration;

use protocol::wire::CloseCode;
use serde_json::json;

use super::by_header;
use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Key, journaled, patient};

/// How long it counts here what others say of somebody: longer than it takes on a busy machine until a guest is there.
pub(super) const LASTS: Duration = Duration::from_secs(6);

const LINK_OVER: Option<u16> = Some(CloseCode::LinkOver as u16);

/// Makes a link to a session as its owner's page does.
pub(super) async fn link(bridge: &Bridge, key: &Key, owner: &Cookie) -> Key {
    let (path, body) = (format!("{}/links", key.path()), json!({ "role": "control" }));
    let (status, _, made) = bridge.send("POST", &path, owner, &key.token, Some(body)).await;
    assert_eq!(status, 201, "{made}");
    Key {
        token: made["token"].as_str().unwrap().to_owned(),
        ..key.clone()
    }
}

#[tokio::test]
async fn nobody_comes_in_through_a_link_of_somebody_who_may_not_come_themselves() {
    for change in ["disable", "remove"] {
        let accounts = Accounts::of(&[("anna", "agent"), ("Sue", "supervisor")]);
        let folder = tempfile::tempdir().unwrap();
        let mut config = journaled(folder.path());
        config.access = accounts.config().access;
        let bridge = Bridge::start_with(config).await;
        let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("Sue").await);
        let (lives, ended) = (
            bridge.open_session_as(&anna).await,
            bridge.open_session_as(&anna).await,
        );
        let links = [
            link(&bridge, &lives, &anna).await,
            link(&bridge, &ended, &anna).await,
        ];
        let path = format!("{}/end", ended.path());
        assert_eq!(bridge.send("POST", &path, &anna, &ended.token, None).await.0, 204);
        patient(async {
            while bridge.send("POST", &path, &anna, &ended.token, None).await.0 != 409 {
                tokio::task::yield_now().await;
            }
        })
        .await;
        let mut guests = Vec::new();
        for link in &links {
            guests.push(Browser::join_as(&bridge, link, "ben").await);
        }

        accounts.does(&[change, "anna"], "");

        for guest in &mut guests {
            assert_eq!(guest.until_closed().await, LINK_OVER, "{change}");
        }
        for link in &links {
            assert_eq!(bridge.status(link).await, 401, "{change}");
            assert_eq!(bridge.export(link, "text").await.0, 401, "{change}");
        }
        // Whoever needs no link still sees what went on.
        Browser::join_signed_on(&bridge, &lives, &sue).await;
        if change == "disable" {
            accounts.does(&["enable", "anna"], "");
            patient(async {
                while bridge.status(&links[0]).await != 200 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
    }
}

#[tokio::test]
async fn nobody_comes_in_through_a_link_of_somebody_whom_the_proxy_lets_in_no_more() {
    let bridge = by_header::start().await;
    let anna = by_header::anna();
    let key = bridge.open_session_as(&anna).await;
    let link = link(&bridge, &key, &anna).await;
    let mut guest = Browser::join_as(&bridge, &link, "ben").await;

    bridge.knows(&Cookie::named("anna", "staff")).await;

    assert_eq!(guest.until_closed().await, LINK_OVER);
    assert_eq!(bridge.status(&link).await, 401);
    // Once they are let in again, so are others by their leave.
    bridge.knows(&anna).await;
    assert_eq!(bridge.status(&link).await, 200);
}

#[tokio::test]
async fn a_proxy_that_says_nothing_of_groups_signs_its_people_out_and_takes_no_link_away() {
    let bridge = by_header::start().await;
    let anna = by_header::anna();
    let key = bridge.open_session_as(&anna).await;
    let link = link(&bridge, &key, &anna).await;
    let mut here = Browser::join_signed_on(&bridge, &key, &anna).await;

    let mut ungrouped = anna.clone();
    ungrouped.1.retain(|(header, _)| *header != "X-Remote-Groups");
    let known = bridge.knows(&ungrouped).await;
    let problem = known["problem"].as_str().unwrap();
    assert!(problem.contains("says nothing of groups"), "{problem}");

    assert_eq!(here.until_closed().await, Some(CloseCode::NotSignedOn as u16));
    assert_eq!(bridge.send("GET", &key.path(), &ungrouped, "", None).await.0, 401);
    assert_eq!(bridge.status(&link).await, 200);
}

#[tokio::test]
async fn nobody_comes_in_through_a_link_of_somebody_of_whom_the_proxy_says_nothing_any_more() {
    let bridge = by_header::start_with(|config| config.access.lasts = LASTS).await;
    let anna = by_header::anna();
    let key = bridge.open_session_as(&anna).await;
    let link = link(&bridge, &key, &anna).await;
    let mut guest = Browser::join_as(&bridge, &link, "ben").await;

    assert_eq!(guest.until_closed().await, LINK_OVER);
    assert_eq!(bridge.status(&link).await, 401);
    assert_eq!(bridge.export(&link, "text").await.0, 401);
    // Whoever comes again lets others in again.
    bridge.knows(&anna).await;
    assert_eq!(bridge.status(&link).await, 200);
}

#[tokio::test]
async fn whoever_was_put_out_is_out_also_when_the_console_begins_anew_until_they_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        let kept = journaled(folder.path());
        by_header::start_with(|config| (config.no_journal, config.journal) = (kept.no_journal, kept.journal))
            .await
    };
    let bridge = start().await;
    let (anna, ben) = (by_header::anna(), Cookie::named("ben", "helpdesk"));
    let mut links = Vec::new();
    for owner in [&anna, &ben] {
        let key = bridge.open_session_as(owner).await;
        links.push(link(&bridge, &key, owner).await);
    }
    bridge.knows(&Cookie::named("anna", "staff")).await;
    bridge.stop().await;
    for _ in 0..2 {
        let bridge = start().await;
        assert_eq!(bridge.status(&links[0]).await, 401);
        // Of whom nothing was said, what was said before counts.
        assert_eq!(bridge.status(&links[1]).await, 200);
        bridge.stop().await;
    }
    let bridge = start().await;
    bridge.knows(&anna).await;
    assert_eq!(bridge.status(&links[0]).await, 200);
    bridge.stop().await;
    let bridge = start().await;
    assert_eq!(bridge.status(&links[0]).await, 200);
    bridge.stop().await;
}
