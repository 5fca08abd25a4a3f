//! Whoever does the same over and over fills no audit.

use std::net::Ipv4Addr;
use std::time::Instant;

use protocol::access::{Handing, Keep};
use protocol::remark::Sharing;
use protocol::wire::FromBrowser;
use serde_json::{Value, json};

use super::Told;
use crate::support::{Bridge, Browser};
use pop3_console::config::Config;

/// How often all of it is done.
const OFTEN: usize = 60;

#[tokio::test]
async fn what_is_done_to_and_fro_and_comings_from_addresses_in_turn_are_counted() {
    let (told, begin) = (Told::new(), Instant::now());
    let mut bridge = Bridge::start_with(told.kept_by(Config::default())).await;
    let mut owner = bridge.browser().await;
    let key = owner.key.clone();
    let (_, link) = bridge.link(&key, json!({ "role": "watch" })).await;
    for number in 0..OFTEN {
        bridge.asked_from = Ipv4Addr::new(127, 0, 0, 2 + (number % 2) as u8);
        Browser::join_as(&bridge, &link, "mallory").await;
    }
    bridge.asked_from = Ipv4Addr::LOCALHOST;
    for _ in 0..OFTEN {
        for how in [Handing::Granted, Handing::TakenBack] {
            owner.ask(FromBrowser::Hand { participant: 2, how }).await;
        }
        for keep in [Keep::NoContent, Keep::Everything] {
            owner.ask(FromBrowser::Keep(keep)).await;
        }
        let (link, _) = bridge.link(&key, json!({ "role": "watch" })).await;
        bridge.revoke(&key, link).await;
    }
    // All that was asked for before is done by then.
    owner.ask(FromBrowser::Name("anna".to_owned())).await;
    owner
        .until_sharing(|it| matches!(it, Sharing::Named { .. }))
        .await;
    bridge.stop().await;
    // Where a machine takes longer for all of this, it is told of more often.
    let minutes = begin.elapsed().as_secs() as usize / 60 + 1;
    for (what, same) in [
        ("watched", 1),
        ("control", 2),
        ("kept", 2),
        ("shared", 1),
        ("revoked", 1),
    ] {
        let records = told.of(what);
        let bounds = same * 20..=same * (20 + 1) * minutes;
        assert!(
            bounds.contains(&records.len()),
            "{what}: {} in {minutes} minutes",
            records.len()
        );
        let times = records.iter().map(|it| it["times"].as_u64().unwrap_or(1));
        // The link that is left was made before.
        let done = same * OFTEN + usize::from(what == "shared");
        assert_eq!(times.sum::<u64>(), done as u64, "{what}");
    }
    let lost: Vec<Value> = told.of("lost");
    assert!(lost.is_empty(), "{lost:?}");
}
