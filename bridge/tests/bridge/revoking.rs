//! The end of a link: whoever came through it is out at once.

use std::time::{Duration, Instant};

use futures_util::SinkExt;
use protocol::access::By;
use protocol::entry::Event;
use protocol::remark::{Invalid, Remark, Sharing};
use protocol::secret::TypedLine;
use protocol::wire::{CloseCode, FromBrowser, encode};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Bridge, Browser, Mail, patient, plain};

const LINK_OVER: Option<u16> = Some(CloseCode::LinkOver as u16);
const NO_SESSION: Option<u16> = Some(CloseCode::NoSession as u16);

#[tokio::test]
async fn revoking_a_link_closes_its_sockets_at_once() {
    let bridge = Bridge::start().await;
    let mut owner = bridge.browser().await;
    let mut times = Vec::new();
    for _ in 0..8 {
        let (link, key) = bridge.link(&owner.key, json!({ "role": "control" })).await;
        let mut guest = Browser::join_as(&bridge, &key, "anna").await;
        let mut second = Browser::join_as(&bridge, &key, "ben").await;
        owner.until_people(|people| people.people.len() == 3).await;
        let asked = Instant::now();
        let (closed, also, ()) = tokio::join!(
            guest.until_closed(),
            second.until_closed(),
            bridge.revoke(&owner.key, link)
        );
        assert_eq!((closed, also), (LINK_OVER, LINK_OVER));
        let closed = asked.elapsed();
        owner.until_people(|people| people.people.len() == 1).await;
        times.push((closed, asked.elapsed()));
    }
    // What it waits for it waits for each time. What comes on top is the machine's, which others use as well.
    let closed = times.iter().map(|(closed, _)| *closed).min().unwrap();
    let seen = times.iter().map(|(_, seen)| *seen).min().unwrap();
    assert!(
        closed < Duration::from_millis(50),
        "until it is closed: {times:?}"
    );
    assert!(
        seen < Duration::from_millis(200),
        "until others see it: {times:?}"
    );
}

#[tokio::test]
async fn whoever_floods_is_put_out_all_the_same_and_sends_nothing_after_it() {
    let (bridge, (mail, _gone)) = (Bridge::start().await, Mail::until_gone().await);
    let mut owner = bridge.browser().await;
    let (link, key) = bridge.link(&owner.key, json!({ "role": "control" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "anna").await;
    owner.connected(plain(mail.address)).await;
    let flood = tokio::spawn(async move {
        // It reads nothing of what it is answered, so that it is not told by its own socket that it is out.
        let line = |id| FromBrowser::Line {
            id,
            connection: 1,
            line: TypedLine::new(b"NOOP flood".to_vec()),
        };
        let mut id = 0;
        while guest
            .socket
            .send(Message::binary(encode(&line(id))))
            .await
            .is_ok()
        {
            id += 1;
            tokio::task::yield_now().await;
        }
    });
    mail.until_received("NOOP flood\r\n").await;
    bridge.revoke(&owner.key, link).await;
    owner.until_sharing(|it| *it == Sharing::Revoked { link }).await;
    patient(flood).await.unwrap();
    owner.line("RSET").await;
    mail.until_received("RSET\r\n").await;
    assert!(mail.received().ends_with(b"RSET\r\n"));
    let recorded = |wanted: fn(&Event) -> bool| owner.entries.iter().rposition(|it| wanted(&it.event));
    let revoked = recorded(|it| matches!(it, Event::Remark(Remark::Sharing(Sharing::Revoked { .. }))));
    let sent = recorded(|it| {
        matches!(
            it,
            Event::Sent {
                by: By::Participant(2),
                ..
            }
        )
    });
    assert!(sent.is_some() && sent < revoked, "{sent:?} {revoked:?}");
}

#[tokio::test]
async fn revoking_a_link_takes_the_control_of_those_who_came_through_it_and_nothing_else() {
    let (bridge, mut gone) = (Bridge::start().await, Mail::until_gone().await);
    let mut owner = bridge.browser().await;
    let (link, key) = bridge
        .link(&owner.key, json!({ "role": "control", "name": "for anna" }))
        .await;
    let (_, other) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "anna").await;
    let mut second = Browser::join_as(&bridge, &key, "anna").await;
    let mut viewer = Browser::join_as(&bridge, &other, "ben").await;
    owner.connected(plain(gone.0.address)).await;

    bridge.revoke(&owner.key, link).await;
    assert_eq!(guest.until_closed().await, LINK_OVER);
    assert_eq!(second.until_closed().await, LINK_OVER);
    owner.until_sharing(|it| *it == Sharing::Revoked { link }).await;
    owner.until_people(|people| people.people.len() == 2).await;
    assert_eq!(bridge.turned_away(&key).await.0, NO_SESSION);
    owner
        .until_sharing(|it| {
            *it == Sharing::TurnedAway {
                with: Invalid::Revoked,
            }
        })
        .await;
    // Others, and the mail connection, are left alone.
    owner.line("NOOP").await;
    viewer.until_status().await;
    assert_eq!(gone.0.received(), b"NOOP\r\n");
    assert!(gone.1.try_recv().is_err());
}

#[tokio::test]
async fn a_link_ends_at_its_time_for_those_who_are_in_as_well() {
    let bridge = Bridge::start().await;
    let owner = bridge.browser().await;
    let (_, key) = bridge
        .link(&owner.key, json!({ "role": "watch", "seconds": 1 }))
        .await;
    let mut guest = Browser::join_as(&bridge, &key, "anna").await;
    assert_eq!(guest.until_closed().await, LINK_OVER);
    assert_eq!(bridge.turned_away(&key).await.0, NO_SESSION);
}
