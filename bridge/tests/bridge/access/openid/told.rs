//! What people, the audit and the log are told of a sign-in.

use std::time::Instant;

use serde_json::json;
use tokio::io::AsyncReadExt;

use super::{CODE, House, SECRET, but};
use crate::audit::{self, signing_in};
use crate::support::provider::{Answer, Key, Provider, TOKEN};
use crate::support::{Bridge, patient};

#[tokio::test]
async fn what_the_provider_says_against_somebody_comes_to_the_page_as_one_of_the_consoles_words() {
    let house = House::open().await;
    for (error, why) in [
        ("access_denied", "denied"),
        ("temporarily_unavailable", "unreachable"),
        ("invalid_scope", "refused"),
        ("%3Cscript%3Ecanary", "refused"),
    ] {
        let away = house.bridge.leave("/s/x").await;
        let state = away.parameter("state");
        let word = format!("error={error}&error_description=canary%0d%0a&error_uri=x&state={state}");
        house
            .bridge
            .back(&away.cookie, &word)
            .await
            .is_turned_away("/s/x", why);
    }
    assert!(house.provider.asked(TOKEN).is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn who_signed_in_and_who_was_not_admitted_is_in_the_audit_without_secrets_and_so_is_nothing_in_the_log()
{
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("audit.jsonl");
    let secret = folder.path().join("secret");
    std::fs::write(&secret, format!("{SECRET}\n")).unwrap();
    let key = Key::new("one");
    let provider = Provider::start(&[&key]).await;
    let (bridge, mut log) = Bridge::start_logging_with(&[
        "--no-journal",
        "--access-mode=openid",
        "--access-client=console",
        &format!("--access-issuer={}", provider.issuer),
        &format!("--access-secret-file={}", secret.display()),
        &format!("--audit-file={}", audit.display()),
    ])
    .await;
    let house = House {
        bridge,
        provider,
        key,
    };
    // Who leaves it at that, or comes back once more, is nobody of whom anything was said.
    let left_off = house.bridge.leave("/").await;
    let denied = format!("error=access_denied&state={}", left_off.parameter("state"));
    for why in ["denied", "late"] {
        let back = house.bridge.back(&left_off.cookie, &denied).await;
        back.is_turned_away("/", why);
    }
    let mut seen = Vec::new();
    for (claim, value) in [("sub", json!("subject-7")), ("nonce", json!("another"))] {
        let away = house.bridge.leave("/").await;
        let token = house.key.signs(&but(house.anna(&away), claim, value));
        house.provider.gives(&token);
        seen.extend([
            away.parameter("state").to_owned(),
            away.parameter("nonce").to_owned(),
            token,
        ]);
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        let cookies = [Some(away.cookie), back.cookie].into_iter().flatten();
        seen.extend(cookies.map(|it| it.split_once('=').unwrap().1.to_owned()));
    }
    let verifiers = house.provider.asked(TOKEN);
    let verifiers = verifiers.iter().flat_map(|it| it.body.split('&'));
    seen.extend(verifiers.filter_map(|it| Some(it.strip_prefix("code_verifier=")?.to_owned())));
    seen.extend([SECRET, "client%2Bcanary+secret", CODE, "access-canary"].map(str::to_owned));
    assert_eq!(seen.len(), 15);
    house.bridge.signal(rustix::process::Signal::TERM);
    assert!(house.bridge.exited().await.success());
    let mut logged = String::new();
    patient(log.read_to_string(&mut logged)).await.unwrap();
    let records = std::fs::read_to_string(&audit).unwrap();
    for secret in seen {
        assert!(!logged.contains(&secret), "{secret} in {logged}");
        assert!(!records.contains(&secret), "{secret} in {records}");
    }
    assert_eq!(
        signing_in(&audit::records(&records)),
        [
            json!(["signed-on", "anna", "openid"]),
            json!(["not-admitted", null, null])
        ]
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_log_is_not_flooded_and_says_so_where_everybody_at_the_provider_may_use_the_console() {
    let key = Key::new("one");
    for agents in [None, Some("--access-agents=helpdesk")] {
        let provider = Provider::start(&[&key]).await;
        let issuer = format!("--access-issuer={}", provider.issuer);
        let mut flags = vec![
            "--no-journal",
            "--access-mode=openid",
            "--access-client=console",
            &issuer,
        ];
        flags.extend(agents);
        let (bridge, mut log) = Bridge::start_logging_with(&flags).await;
        let began = Instant::now();
        provider.answers(TOKEN, Answer::Json(400, json!({ "error": "invalid_grant" })));
        for _ in 0..9 {
            let away = bridge.leave("/").await;
            let error = format!("error={}&state={}", "x".repeat(300), away.parameter("state"));
            bridge
                .back(&away.cookie, &error)
                .await
                .is_turned_away("/", "refused");
            let away = bridge.leave("/").await;
            bridge
                .back(&away.cookie, &away.word())
                .await
                .is_turned_away("/", "late");
            let away = bridge.leave("/").await;
            bridge
                .back(&away.cookie, &(away.word() + "&iss=x"))
                .await
                .is_turned_away("/", "unproven");
        }
        let often = 1 + began.elapsed().as_secs() / 10;
        bridge.signal(rustix::process::Signal::TERM);
        assert!(bridge.exited().await.success());
        let mut logged = String::new();
        patient(log.read_to_string(&mut logged)).await.unwrap();
        for said in [
            "the provider signs somebody not in",
            "the provider gives nothing for a code",
            "another provider than they were sent to",
        ] {
            let times = logged.matches(said).count() as u64;
            assert!((1..=often).contains(&times), "{said}: {logged}");
        }
        assert_eq!(logged.contains("access.agents"), agents.is_none(), "{logged}");
    }
}
