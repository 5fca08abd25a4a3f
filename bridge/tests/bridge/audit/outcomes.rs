//! What became of what people did is recorded.

use std::future::pending;
use std::io;
use std::sync::Arc;

use pop3_console::config::{Config, Targets};
use pop3_console::upstream::policy::Reach;
use pop3_console::upstream::resolver::{Lookup, Resolver, Turn};
use protocol::access::Handing;
use protocol::remark::Sharing;
use protocol::state::Phase;
use protocol::target::{Security, Target};
use protocol::wire::{FromBrowser, Hello};
use serde_json::{Value, json};

use super::Told;
use crate::support::accounts::{Accounts, Cookie};
use crate::support::{Bridge, Browser, Mail, config, plain, target};

/// The name that takes a resolver for ever.
const SLOW: &str = "slow.company.com";

/// Knows no name.
struct Nowhere;

impl Resolver for Nowhere {
    fn lookup<'a>(&'a self, name: &'a str, _: u16, _: Turn) -> Lookup<'a> {
        Box::pin(async move {
            if name == SLOW {
                pending::<()>().await;
            }
            Err(io::Error::other("Temporary failure in name resolution"))
        })
    }
}

#[tokio::test]
async fn why_a_connection_did_not_come_about_or_is_none_to_a_mail_server_is_recorded() {
    let told = Told::new();
    let anywhere = Targets {
        reach: Some(Reach::Any),
        ..Targets::default()
    };
    let config = told.by(Config {
        targets: anywhere,
        ..config()
    });
    let bridge = Bridge::start_asking(config, Arc::new(Nowhere)).await;
    let mut owner = bridge.browser().await;
    let (other, silent) = (Mail::says("-ERR too many\r\n").await, Mail::says("").await);
    let named = |host: &str| Target {
        host: host.to_owned(),
        ..plain(other.address)
    };
    for target in [
        named("169.254.169.254"),
        named("mail.company.com"),
        target(other.address, Security::Tls),
        plain(other.address),
    ] {
        owner.connect(target).await;
        owner.until_failed().await;
    }
    for (target, phase) in [
        (named(SLOW), Phase::Resolving),
        (plain(silent.address), Phase::Greeting),
    ] {
        owner.connect(target).await;
        owner.until_phase(phase).await;
        owner.disconnect().await;
        owner.until_failed().await;
    }
    bridge.stop().await;
    let of = |what: &str, name: &str| -> Vec<Value> {
        let records = told.of(what);
        let told = records.iter().map(|it| json!([it["server"], it[name]]));
        told.collect()
    };
    let at = |host: &str, outcome: &str| json!([format!("{host}:{}", other.address.port()), outcome]);
    let greeted = json!([silent.address.to_string(), "connected"]);
    assert_eq!(
        of("connected", "outcome"),
        [
            at("169.254.169.254", "not-allowed"),
            at("mail.company.com", "not-resolved"),
            at("127.0.0.1", "no-tls"),
            at("127.0.0.1", "connected"),
            at(SLOW, "cancelled"),
            greeted,
        ]
    );
    let cancelled = json!([silent.address.to_string(), "cancelled"]);
    assert_eq!(
        of("disconnected", "how"),
        [at("127.0.0.1", "no-greeting"), cancelled]
    );
}

#[tokio::test]
async fn that_a_mailbox_is_locked_is_recorded() {
    let told = Told::new();
    let bridge = Bridge::start_with(told.by(config())).await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("USER anna", "+OK\r\n").await;
        peer.answer("PASS right", "-ERR [IN-USE] locked\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    for line in ["USER anna", "PASS right"] {
        owner.line(line).await;
        owner.until_status().await;
    }
    bridge.stop().await;
    let [signed_in] = &told.of("signed-in")[..] else {
        panic!("{:?}", told.records());
    };
    assert_eq!(
        (&signed_in["outcome"], &signed_in["mailbox"]),
        (&json!("locked"), &json!("anna"))
    );
}

#[tokio::test]
async fn whatever_becomes_of_somebodys_control_is_recorded() {
    let told = Told::new();
    let bridge = Bridge::start_with(told.by(config())).await;
    let mut owner = bridge.browser().await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": "control" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "ben").await;
    for how in [Handing::TakenBack, Handing::Declined, Handing::HandedOver] {
        if how == Handing::Declined {
            guest.ask(FromBrowser::AskForControl).await;
            let asked = |it: &Sharing| matches!(it, Sharing::AskedForControl { .. });
            owner.until_sharing(asked).await;
        }
        owner.ask(FromBrowser::Hand { participant: 2, how }).await;
        let handed = |it: &Sharing| matches!(it, Sharing::Handed { .. });
        owner.until_sharing(handed).await;
    }
    bridge.stop().await;
    let joined: Vec<_> = told
        .of("joined")
        .iter()
        .map(|it| json!([it["by"], it["role"], it["link"]]))
        .collect();
    assert_eq!(
        joined,
        [json!(["owner", "owner", null]), json!(["guest", "control", 1])]
    );
    let control: Vec<_> = told
        .of("control")
        .iter()
        .map(|it| json!([it["by"], it["of"], it["how"]]))
        .collect();
    assert_eq!(
        control,
        ["taken-back", "declined", "handed-over"].map(|how| json!(["owner", 2, how]))
    );
}

#[tokio::test]
async fn a_supervisor_who_watched_and_then_takes_control_at_once_is_recorded_as_that() {
    let accounts = Accounts::of(&[("anna", "agent"), ("sue", "supervisor")]);
    let told = Told::new();
    let bridge = Bridge::start_with(told.by(accounts.config())).await;
    let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("sue").await);
    let key = bridge.open_session_as(&anna).await;
    let hello = |wants_control| Hello {
        wants_control,
        token: String::new(),
        ..key.hello("a supervisor's browser", "")
    };
    // Coming back as the same is no news.
    for wants_control in [false, false, true, true] {
        Browser::say_signed_on(&bridge, &key, &hello(wants_control), &sue).await;
    }
    bridge.stop().await;
    let records = told.records();
    let sues = records.iter().filter(|it| it["by"] == "supervisor");
    let sues: Vec<_> = sues
        .map(|it| json!([it["what"], it["role"], it["how"]]))
        .collect();
    let expected = [
        json!(["watched", "watch", null]),
        json!(["joined", "control", null]),
        json!(["control", null, "taken"]),
    ];
    assert_eq!(sues, expected);
}

#[tokio::test]
async fn a_supervisor_who_takes_part_and_who_takes_the_transcript_along_are_recorded_with_their_accounts() {
    let accounts = Accounts::of(&[("anna", "agent"), ("sue", "supervisor")]);
    let told = Told::new();
    let bridge = Bridge::start_with(told.kept_by(accounts.config())).await;
    let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("sue").await);
    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    let hello = Hello {
        wants_control: true,
        token: String::new(),
        ..key.hello("a supervisor's browser", "")
    };
    let mut joining = Browser::say_signed_on(&bridge, &key, &hello, &sue).await;
    let path = format!("{}/export/text", key.path());
    let export = async |who: &Cookie| bridge.send("GET", &path, who, "", None).await.0;
    assert_eq!((export(&anna).await, export(&sue).await), (200, 200));
    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
    joining.until_closed().await;
    assert_eq!((export(&anna).await, export(&sue).await), (200, 200));
    bridge.stop().await;
    let by = |what: &str| -> Vec<Value> {
        let records = told.of(what);
        let told = records.iter().map(|it| json!([it["by"], it["account"]]));
        told.collect()
    };
    let (owner, supervisor) = (json!(["owner", "anna"]), json!(["supervisor", "sue"]));
    assert_eq!(by("joined"), [owner.clone(), supervisor.clone()]);
    let twice = [owner.clone(), supervisor.clone(), owner, supervisor];
    assert_eq!(by("exported"), twice);
    assert!(
        told.of("joined")[1]["role"] == "control",
        "{:?}",
        told.of("joined")
    );
}
