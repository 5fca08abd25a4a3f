//! Whoever is refused something is recorded, as far as it is known who that is, and whoever goes on is counted.

use pop3_console::config::{Config, Limits};
use protocol::alias::Alias;
use protocol::wire::{FromBrowser, Refusal};
use serde_json::{Value, json};

use super::Told;
use crate::support::accounts::{Accounts, PASSWORD};
use crate::support::{Bridge, Browser, Key, Mail, contains, limited, plain};

/// Of each of these records what of it matters, with how often it came about: one that is counted may be told of in parts.
fn counted(records: &[Value], names: &[&str]) -> Vec<(Vec<Value>, u64)> {
    let mut counts: Vec<(Vec<Value>, u64)> = Vec::new();
    for record in records {
        let told: Vec<Value> = names.iter().map(|name| record[*name].clone()).collect();
        let times = record["times"].as_u64().unwrap();
        match counts.iter_mut().find(|(it, _)| *it == told) {
            Some((_, count)) => *count += times,
            None => counts.push((told, times)),
        }
    }
    counts
}

#[tokio::test]
async fn who_is_signed_in_and_tries_anothers_session_is_recorded_with_their_account_and_the_session() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
    let told = Told::new();
    let bridge = Bridge::start_with(told.kept_by(accounts.config())).await;
    let (anna, ben) = (bridge.sign_on("anna").await, bridge.sign_on("ben").await);
    let [live, ended] = [
        bridge.open_session_as(&anna).await,
        bridge.open_session_as(&anna).await,
    ];
    let mut owner = Browser::join_signed_on(&bridge, &ended, &anna).await;
    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
    drop(owner);
    // What stands in the place of an id may be anything.
    let none = Key {
        session: PASSWORD.replace(' ', "-"),
        ..live.clone()
    };
    for key in [&live, &ended, &none, &live] {
        for who in [&ben, &Default::default()] {
            let (status, ..) = bridge.send("GET", &key.path(), who, &key.token, None).await;
            assert!([401, 404].contains(&status), "{status}");
        }
        bridge.turned_away_with(key, &ben).await;
    }
    bridge.stop().await;

    let refused = counted(&told.of("refused"), &["tried", "account", "alias"]);
    let ben = |key: &Key| {
        let alias = Alias::of(&key.session).to_string();
        vec![json!("come-in"), json!("ben"), json!(alias)]
    };
    assert_eq!(refused, [(ben(&live), 4), (ben(&ended), 2)]);
    let strangers = counted(&told.of("wrong-token"), &["account", "alias"]);
    assert_eq!(
        strangers,
        [
            (vec![Value::Null, Value::Null], 4),
            (vec![json!("ben"), Value::Null], 2)
        ]
    );
    let text = format!("{:?}", told.records());
    for secret in [
        &live.session,
        &live.token,
        &none.session,
        &Alias::of(&none.session).to_string(),
    ] {
        assert!(!text.contains(secret.as_str()), "{secret}");
    }
    let first = &told.of("refused")[0];
    assert_eq!(
        (&first["address"], &first["session"]),
        (&json!("127.0.0.1"), &json!(1))
    );
}

#[tokio::test]
async fn what_the_console_sends_no_mail_server_is_recorded_with_who_wanted_it() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let told = Told::new();
    let limits = Limits {
        target_rate: 2,
        sign_in_rate: 1,
        ..Limits::default()
    };
    let config = Config {
        limits,
        ..accounts.config()
    };
    let bridge = Bridge::start_with(told.by(config)).await;
    let anna = bridge.sign_on("anna").await;
    let key = bridge.open_session_as(&anna).await;
    let mut owner = Browser::join_signed_on(&bridge, &key, &anna).await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            let is_guess = line.starts_with("PASS");
            peer.say(if is_guess { "-ERR\r\n" } else { "+OK\r\n" }).await;
            if line.is_empty() {
                return;
            }
        }
    })
    .await;
    owner.connected(plain(mail.address)).await;
    let guesses = ["PASS guess-1", "PASS guess-2", "PASS guess-3"];
    owner.line("USER anna").await;
    owner.until_status().await;
    owner.line(guesses[0]).await;
    owner.until_status().await;
    for guess in &guesses[1..] {
        owner.line(guess).await;
        assert_eq!(owner.until_refused().await.1, Refusal::TooManySignIns);
    }
    owner.disconnect().await;
    owner.until_ended().await;
    // One account has half of the connections.
    for _ in 0..3 {
        owner.connect(plain(mail.address)).await;
        assert_eq!(owner.until_refused().await.1, Refusal::TooManyConnections);
    }
    bridge.stop().await;

    let names = [
        "tried",
        "by",
        "account",
        "participant",
        "server",
        "dialled",
        "alias",
    ];
    let refused = counted(&told.of("refused"), &names);
    let server = json!(mail.address.to_string());
    let alias = json!(Alias::of(&key.session).to_string());
    let tried = |what: &str, dialled: &Value| {
        let who = [json!("owner"), json!("anna"), json!(1)];
        let mut told = vec![json!(what)];
        told.extend(who);
        told.extend([server.clone(), dialled.clone(), alias.clone()]);
        told
    };
    let expected = [
        (tried("sign-in-too-often", &server), 2),
        (tried("connect-too-often", &Value::Null), 3),
    ];
    assert_eq!(refused, expected);
    let text = format!("{:?}", told.records());
    for guess in guesses {
        assert!(!contains(text.as_bytes(), &guess.as_bytes()[5..]), "{guess}");
    }
}

#[tokio::test]
async fn who_tries_passwords_once_too_often_is_counted_wherever_they_do() {
    let accounts = Accounts::of(&[("anna", "agent"), ("root", "administrator")]);
    let told = Told::new();
    let config = Config {
        metrics: limited(Limits::default()).metrics,
        ..accounts.config()
    };
    let bridge = Bridge::start_with(told.by(config)).await;
    let root = bridge.sign_on("root").await;
    let guesses = (0..30).map(|_| bridge.try_to_sign_on("anna", "a guess of somebody"));
    let answers = futures_util::future::join_all(guesses).await;
    let confirm = json!({ "role": "supervisor", "confirm": "a guess of somebody" });
    let confirming = (0..30).map(|_| {
        let confirm = Some(confirm.clone());
        bridge.send("PATCH", "/api/accounts/anna", &root, "", confirm)
    });
    let confirmed = futures_util::future::join_all(confirming).await;
    let metrics = bridge.counted().await;
    bridge.stop().await;
    let count = |statuses: &mut dyn Iterator<Item = u16>, wanted: u16| {
        statuses.filter(|status| *status == wanted).count() as u64
    };
    let wrong = count(&mut answers.iter().map(|it| it.0), 401);
    let throttled =
        count(&mut answers.iter().map(|it| it.0), 429) + count(&mut confirmed.iter().map(|it| it.0), 429);
    assert!(throttled > 30, "{throttled}");
    let met = format!("pop3_console_limit_met_total{{limit=\"passwords\"}} {throttled}\n");
    assert!(metrics.contains(&met), "{metrics}");
    let from = |times| [(vec![json!("127.0.0.1")], times)];
    assert_eq!(counted(&told.of("throttled"), &["address"]), from(throttled));
    assert_eq!(counted(&told.of("wrong-password"), &["address"]), from(wrong));
    let not_confirmed = told.of("not-confirmed");
    assert_eq!(not_confirmed.len() as u64, 30 - (throttled + wrong - 30));
    assert!(not_confirmed.iter().all(|it| it["account"] == "root"));
}

#[tokio::test]
async fn a_wrong_password_is_recorded_also_of_whoever_does_not_wait_for_the_answer() {
    let accounts = Accounts::of(&[("anna", "agent"), ("root", "administrator")]);
    let is_recorded = async |what: &str| {
        let told = Told::new();
        let bridge = Bridge::start_with(told.by(accounts.config())).await;
        let root = bridge.sign_on("root").await;
        let guess = async {
            let body = json!({ "role": "supervisor", "confirm": "a guess of somebody" });
            match what {
                "wrong-password" => bridge.try_to_sign_on("anna", "a guess of somebody").await.0,
                _ => {
                    bridge
                        .send("PATCH", "/api/accounts/anna", &root, "", Some(body))
                        .await
                        .0
                }
            }
        };
        // It hangs up once it is told.
        tokio::select! {
            () = told.until(what) => true,
            _ = guess => false,
        }
    };
    for what in ["wrong-password", "not-confirmed"] {
        // Where the machine is slow, a record is written when the answer is due already.
        let mut tries = 0;
        while !is_recorded(what).await {
            tries += 1;
            assert!(tries < 5, "{what}");
        }
    }
}
