//! A record says where somebody was who did that, wherever else they are.

use std::net::Ipv4Addr;

use protocol::access::OWNER;
use protocol::entry::Event;
use protocol::remark::Sharing;
use protocol::state::Phase;
use protocol::wire::FromBrowser;
use serde_json::json;

use super::Told;
use crate::support::accounts::Accounts;
use crate::support::{Bridge, Browser, Mail, config, plain};

const HERE: &str = "127.0.0.1";

const THERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

async fn server() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("USER anna", "+OK\r\n").await;
        peer.answer("PASS right", "+OK\r\n").await;
        peer.until_gone().await;
    })
    .await
}

#[tokio::test]
async fn what_is_done_in_one_window_is_recorded_from_there_whichever_window_came_last() {
    let told = Told::new();
    let mut bridge = Bridge::start_with(told.by(config())).await;
    let mail = server().await;
    let mut here = bridge.browser().await;
    let key = here.key.clone();
    bridge.asked_from = THERE;
    let mut there = Browser::join(&bridge, &key).await;
    let (_, link) = bridge.link(&key, json!({ "role": "watch" })).await;
    here.connected(plain(mail.address)).await;
    for line in ["USER anna", "PASS right"] {
        here.line(line).await;
        here.until_status().await;
    }
    let sent = |it: &&protocol::entry::Entry| matches!(it.event, Event::Sent { .. });
    let seq = here.entries.iter().find(sent).unwrap().seq;
    here.ask(FromBrowser::Hide { seq }).await;
    here.until(|it| matches!(it, Event::Hidden { .. }).then_some(()))
        .await;
    here.disconnect().await;
    here.until_phase(Phase::Closed).await;
    let mut guest = Browser::join_as(&bridge, &link, "ben").await;
    bridge.asked_from = Ipv4Addr::LOCALHOST;
    let _elsewhere = Browser::join_as(&bridge, &link, "ben").await;
    guest.line_for(1, "NOOP").await;
    there
        .until_sharing(|it| matches!(it, Sharing::NotPermitted { .. }))
        .await;
    there.ask(FromBrowser::End).await;
    there.until_closed().await;
    bridge.stop().await;
    let there = THERE.to_string();
    for (what, from) in [
        ("connected", HERE),
        ("signed-in", HERE),
        ("hid", HERE),
        ("disconnected", HERE),
        ("shared", &there),
        ("refused", &there),
        ("ended", &there),
    ] {
        let records = told.of(what);
        let [record] = &records[..] else {
            panic!("{what}: {records:?}");
        };
        assert_eq!(record["address"], from, "{record}");
    }
}

#[tokio::test]
async fn what_a_session_that_is_ended_takes_with_it_is_recorded_from_where_that_was_asked() {
    let accounts = Accounts::of(&[("anna", "agent"), ("sue", "supervisor")]);
    let told = Told::new();
    let mut bridge = Bridge::start_with(told.by(accounts.config())).await;
    let mail = server().await;
    let anna = bridge.sign_on("anna").await;
    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    bridge.asked_from = THERE;
    let mut there = Browser::join_signed_on(&bridge, &key, &anna).await;
    bridge.asked_from = Ipv4Addr::LOCALHOST;
    owner.connected(plain(mail.address)).await;
    there.ask(FromBrowser::End).await;
    // Whoever comes once it is over changes nothing of that.
    owner.until_closed().await;
    there.until_closed().await;
    bridge.stop().await;
    for what in ["disconnected", "ended"] {
        let [record] = &told.of(what)[..] else {
            panic!("{:?}", told.records());
        };
        assert_eq!(
            (&record["address"], &record["participant"]),
            (&json!(THERE.to_string()), &json!(OWNER)),
            "{record}"
        );
    }
}
