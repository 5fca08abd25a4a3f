//! What administrators do from their browsers: accounts, and what holds.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use pop3_console::config::Mode;
use protocol::wire::CloseCode;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::audit;
use crate::support::accounts::{Accounts, Cookie, PASSWORD};
use crate::support::{Bridge, Browser, config, eventually, patient};

/// The password that people get here; nowhere by accident.
const NEW: &str = "Kq4-canary-Tz9-made-here";

const NOT_SIGNED_ON: Option<u16> = Some(CloseCode::NotSignedOn as u16);

fn staff() -> Accounts {
    Accounts::of(&[
        ("anna", "agent"),
        ("sue", "supervisor"),
        ("root", "administrator"),
    ])
}

impl Bridge {
    /// What an administrator's page is answered.
    async fn administer(&self, cookie: &Cookie, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = (!body.is_null()).then_some(body);
        let (status, _, told) = self.send(method, path, cookie, "", body).await;
        (status, told)
    }

    /// What an administrator is given for their own password.
    async fn confirm(&self, cookie: &Cookie) -> String {
        let body = json!({ "password": PASSWORD });
        let (status, told) = self.administer(cookie, "POST", "/api/confirmation", body).await;
        assert_eq!(status, 200, "{told}");
        told["confirmation"].as_str().unwrap().to_owned()
    }

    /// The account of that name, as an administrator is told of it.
    async fn account(&self, cookie: &Cookie, name: &str) -> Value {
        let (status, told) = self.administer(cookie, "GET", "/api/accounts", Value::Null).await;
        assert_eq!(status, 200, "{told}");
        let accounts = told["accounts"].as_array().unwrap().iter();
        accounts
            .clone()
            .find(|it| it["name"] == name)
            .cloned()
            .unwrap_or_default()
    }
}

/// What makes an account, as the page asks for it.
fn added(name: &str, role: &str) -> Value {
    json!({ "name": name, "role": role, "password": NEW, "confirm": PASSWORD })
}

#[tokio::test]
async fn an_administrator_makes_an_account_which_can_be_used_at_once() {
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let root = bridge.sign_on("root").await;
    let made = bridge
        .administer(&root, "POST", "/api/accounts", added("Ülkü", "agent"))
        .await;
    assert_eq!(made, (201, Value::Null));
    let (status, _, cookie) = bridge.try_to_sign_on("Ülkü", NEW).await;
    assert_eq!(status, 200);
    bridge.open_session_as(&cookie.unwrap()).await;
    assert_eq!(
        bridge.account(&root, "Ülkü").await,
        json!({ "name": "Ülkü", "role": "agent", "disabled": false, "signed_on": 1, "own": false })
    );
    assert_eq!(
        bridge.account(&root, "root").await,
        json!({ "name": "root", "role": "administrator", "disabled": false, "signed_on": 1, "own": true })
    );
    assert_eq!(bridge.account(&root, "anna").await["signed_on"], 0);
}

#[tokio::test]
async fn a_change_takes_effect_at_once_and_for_nobody_else() {
    for (method, what, body, why) in [
        (
            "PATCH",
            "",
            json!({ "disabled": true, "confirm": PASSWORD }),
            "disabled",
        ),
        (
            "PATCH",
            "",
            json!({ "role": "supervisor", "confirm": PASSWORD }),
            "role-changed",
        ),
        (
            "POST",
            "/password",
            json!({ "password": NEW, "confirm": PASSWORD }),
            "password-changed",
        ),
    ] {
        let accounts = staff();
        let bridge = Bridge::start_with(accounts.config()).await;
        let root = bridge.sign_on("root").await;
        let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("sue").await);
        let key = bridge.open_session_as(&anna).await;
        let mut here = Browser::join_signed_on(&bridge, &key, &anna).await;
        let path = format!("/api/accounts/anna{what}");
        let (status, told) = bridge.administer(&root, method, &path, body).await;
        assert_eq!(status, 204, "{told}");
        // By the time it is answered.
        assert_eq!(bridge.send("POST", "/api/sessions", &anna, "", None).await.0, 401);
        assert_eq!(here.until_closed().await, NOT_SIGNED_ON);
        bridge.open_session_as(&sue).await;
        assert_eq!(bridge.account(&root, "root").await["signed_on"], 1);
        // Their browser is told why, and nobody else: not who only knows the name.
        let told = bridge.knows(&anna).await;
        assert_eq!(
            (&told["signed_on"], &told["signed_off"]),
            (&json!(null), &json!(why))
        );
        let stranger = Cookie(anna.0.replace('=', "=A"), Vec::new());
        for other in [Cookie::default(), stranger, sue] {
            assert_eq!(bridge.knows(&other).await["signed_off"], json!(null));
        }
    }
}

#[tokio::test]
async fn who_was_disabled_signs_in_again_once_they_are_enabled() {
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let root = bridge.sign_on("root").await;
    let path = "/api/accounts/ANNA";
    let change = async |body| bridge.administer(&root, "PATCH", path, body).await.0;
    let disabled = json!({ "disabled": true, "confirm": PASSWORD });
    assert_eq!(change(disabled).await, 204);
    assert_eq!(bridge.account(&root, "anna").await["disabled"], true);
    assert_eq!(bridge.try_to_sign_on("anna", PASSWORD).await.0, 401);
    let enabled = json!({ "disabled": false, "confirm": PASSWORD });
    assert_eq!(change(enabled).await, 204);
    bridge.sign_on("anna").await;
}

#[tokio::test]
async fn whatever_is_changed_takes_the_administrators_own_password() {
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let root = bridge.sign_on("root").await;
    let before = accounts.text();
    for (method, path, body) in [
        (
            "POST",
            "/api/accounts",
            json!({ "name": "eve", "role": "administrator", "password": NEW }),
        ),
        ("PATCH", "/api/accounts/anna", json!({ "role": "administrator" })),
        ("PATCH", "/api/accounts/anna", json!({ "disabled": false })),
        ("PATCH", "/api/accounts/anna", json!({ "disabled": true })),
        (
            "PATCH",
            "/api/accounts/anna",
            json!({ "disabled": true, "role": "administrator" }),
        ),
        ("POST", "/api/accounts/anna/password", json!({ "password": NEW })),
    ] {
        let refused = |told: &Value| json!([told["error"], told["field"], told["reason"]]);
        let (status, told) = bridge.administer(&root, method, path, body.clone()).await;
        assert_eq!(status, 403, "{told}");
        assert_eq!(
            refused(&told),
            json!(["This takes your own password.", "confirm", "unconfirmed"])
        );
        let mut wrong = body;
        // Another's is as wrong as any.
        wrong["confirm"] = json!(NEW);
        let asked = Instant::now();
        let (status, told) = bridge.administer(&root, method, path, wrong).await;
        assert_eq!(status, 403, "{told}");
        assert_eq!(
            refused(&told),
            json!(["That is not your password.", "confirm", "wrong-password"])
        );
        assert!(asked.elapsed() >= Duration::from_millis(400));
    }
    assert_eq!(accounts.text(), before);
    bridge.open_session_as(&root).await;
}

#[tokio::test]
async fn the_own_password_is_given_once_for_a_while_in_one_page_of_one_browser() {
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let (root, elsewhere) = (bridge.sign_on("root").await, bridge.sign_on("root").await);
    let change = async |cookie, disabled: bool, confirmation: &str| {
        let body = json!({ "disabled": disabled, "confirmation": confirmation });
        let path = "/api/accounts/anna";
        let (status, told) = bridge.administer(cookie, "PATCH", path, body).await;
        (status, told["reason"].clone())
    };
    let unconfirmed = (403, json!("unconfirmed"));
    let confirmation = bridge.confirm(&root).await;
    for disabled in [true, false] {
        assert_eq!(change(&root, disabled, &confirmation).await, (204, Value::Null));
    }
    // Whoever has come by the cookie alone has nothing of that, and neither has another browser.
    assert_eq!(change(&root, true, "").await, unconfirmed);
    assert_eq!(change(&root, true, PASSWORD).await, unconfirmed);
    assert_eq!(change(&elsewhere, true, &confirmation).await, unconfirmed);
    // Nobody else is asked for theirs.
    let sue = bridge.sign_on("sue").await;
    let body = json!({ "password": PASSWORD });
    let (status, _) = bridge.administer(&sue, "POST", "/api/confirmation", body).await;
    assert_eq!(status, 403);
    let body = json!({ "password": NEW });
    let (status, told) = bridge.administer(&root, "POST", "/api/confirmation", body).await;
    assert_eq!((status, &told["reason"]), (403, &json!("wrong-password")));

    let mut config = accounts.config();
    config.deadlines.confirmed = Duration::ZERO;
    let bridge = Bridge::start_with(config).await;
    let root = bridge.sign_on("root").await;
    let body = json!({ "disabled": true, "confirmation": bridge.confirm(&root).await });
    let (status, told) = bridge
        .administer(&root, "PATCH", "/api/accounts/anna", body)
        .await;
    assert_eq!((status, &told["reason"]), (403, &json!("unconfirmed")));
    assert!(!accounts.text().contains("disabled"));
}

#[tokio::test]
async fn who_administrates_nothing_is_told_so_in_a_word_and_who_is_refused_one_thing_is_not() {
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let (sue, root) = (bridge.sign_on("sue").await, bridge.sign_on("root").await);
    for (cookie, status, why) in [
        (&Cookie::default(), 401, json!("not-signed-on")),
        (&sue, 403, json!("not-administrator")),
    ] {
        for path in ["/api/accounts", "/api/policy"] {
            let (answered, told) = bridge.administer(cookie, "GET", path, Value::Null).await;
            assert_eq!((answered, &told["reason"]), (status, &why), "{told}");
        }
        let (answered, told) = bridge
            .administer(cookie, "POST", "/api/accounts", added("eve", "agent"))
            .await;
        assert_eq!((answered, &told["reason"]), (status, &why), "{told}");
    }
    let unconfirmed = json!({ "role": "supervisor" });
    let refused = bridge.administer(&root, "PATCH", "/api/accounts/anna", unconfirmed);
    let (status, told) = refused.await;
    assert_eq!((status, &told["reason"]), (403, &json!("unconfirmed")), "{told}");
}

#[tokio::test]
async fn guessing_an_administrators_password_in_their_browser_is_slowed() {
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let root = bridge.sign_on("root").await;
    let guess = "a guess of somebody";
    let guesses = (0..30).map(|number| {
        // Both ways are one.
        let (path, body) = match number % 2 {
            0 => ("/api/confirmation", json!({ "password": guess })),
            _ => (
                "/api/accounts/anna/password",
                json!({ "password": NEW, "confirm": guess }),
            ),
        };
        bridge.administer(&root, "POST", path, body)
    });
    let answers = join_all(guesses).await;
    let of = |wanted| answers.iter().filter(|(status, _)| *status == wanted).count();
    let (looked_at, turned_away) = (of(403), of(429));
    assert_eq!(looked_at + turned_away, 30);
    assert!((10..=13).contains(&looked_at), "{looked_at}");
}

#[tokio::test]
async fn one_administrator_stays_who_can_sign_in() {
    let accounts = Accounts::of(&[("root", "administrator"), ("ada", "administrator")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let (root, ada) = (bridge.sign_on("root").await, bridge.sign_on("ada").await);
    let change = async |cookie, name: &str, body| {
        bridge
            .administer(cookie, "PATCH", &format!("/api/accounts/{name}"), body)
            .await
    };
    // There is another one.
    let (status, told) = change(&ada, "ada", json!({ "disabled": true, "confirm": PASSWORD })).await;
    assert_eq!(status, 204, "{told}");
    assert_eq!(change(&ada, "root", json!({ "disabled": true })).await.0, 401);
    let before = accounts.text();
    for body in [
        json!({ "disabled": true, "confirm": PASSWORD }),
        json!({ "role": "supervisor", "confirm": PASSWORD }),
    ] {
        let (status, told) = change(&root, "root", body).await;
        assert_eq!(status, 409);
        assert!(
            told["error"].as_str().unwrap().contains("last administrator"),
            "{told}"
        );
    }
    assert_eq!(accounts.text(), before);
    let (status, told) = change(&root, "ada", json!({ "disabled": false, "confirm": PASSWORD })).await;
    assert_eq!(status, 204, "{told}");
    let demoted = json!({ "role": "agent", "confirm": PASSWORD });
    assert_eq!(change(&root, "root", demoted).await.0, 204);
    assert_eq!(bridge.send("GET", "/api/accounts", &root, "", None).await.0, 401);
}

#[tokio::test]
async fn what_cannot_be_is_said_where_it_belongs_and_changes_nothing() {
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let root = bridge.sign_on("root").await;
    let before = accounts.text();
    let with = |name: &str, value: Value| {
        let mut body = added("eve", "agent");
        body[name] = value;
        body
    };
    let anna = "/api/accounts/anna";
    let nobody = "/api/accounts/no%20body";
    for (method, path, body, status, field, says) in [
        (
            "POST",
            "/api/accounts",
            with("name", json!("Anna")),
            409,
            "name",
            "There is an account of that name",
        ),
        (
            "POST",
            "/api/accounts",
            with("name", json!("\u{430}nn\u{430}")),
            409,
            "name",
            "looks like it.",
        ),
        (
            "POST",
            "/api/accounts",
            with("name", json!(" eve")),
            400,
            "name",
            "An account's name has 1 to 64",
        ),
        (
            "POST",
            "/api/accounts",
            with("name", json!("the owner")),
            400,
            "name",
            "none of the words",
        ),
        (
            "POST",
            "/api/accounts",
            with("password", json!("short")),
            400,
            "password",
            "at least 12 characters.",
        ),
        (
            "POST",
            "/api/accounts",
            with("password", json!("x".repeat(257))),
            400,
            "password",
            "at most 256 octets.",
        ),
        (
            "POST",
            "/api/accounts",
            with("role", json!("boss")),
            400,
            "",
            "A name, a role",
        ),
        (
            "POST",
            "/api/accounts",
            with("more", json!(1)),
            400,
            "",
            "A name, a role",
        ),
        ("PATCH", anna, json!({}), 400, "", "A role"),
        ("PATCH", anna, json!({ "role": "boss" }), 400, "", "A role"),
        (
            "PATCH",
            nobody,
            json!({ "disabled": true }),
            404,
            "",
            "There is no account of the name no body.",
        ),
        (
            "POST",
            "/api/accounts/anna/password",
            json!({ "password": "short", "confirm": PASSWORD }),
            400,
            "password",
            "at least 12",
        ),
        (
            "POST",
            "/api/accounts/eve/password",
            json!({ "password": NEW, "confirm": PASSWORD }),
            404,
            "",
            "no account",
        ),
    ] {
        let (answered, told) = bridge.administer(&root, method, path, body.clone()).await;
        assert_eq!(answered, status, "{method} {path} {body}: {told}");
        assert_eq!(
            told["field"].as_str().unwrap_or_default(),
            field,
            "{body}: {told}"
        );
        assert!(told["error"].as_str().unwrap().contains(says), "{body}: {told}");
    }
    // The longest that can be is understood; what is longer is not read.
    let longest = "\u{1}".repeat(256);
    let body =
        json!({ "name": "\u{7f}".repeat(64), "role": "agent", "password": longest, "confirm": longest });
    assert_eq!(
        bridge.administer(&root, "POST", "/api/accounts", body).await.0,
        400
    );
    let body = with("name", json!("x".repeat(5000)));
    assert_eq!(
        bridge.administer(&root, "POST", "/api/accounts", body).await.0,
        413
    );
    assert_eq!(accounts.text(), before);
}

#[tokio::test]
async fn accounts_that_others_keep_are_not_changed_here_and_where_nobody_signs_in_there_are_none() {
    let open = Bridge::start_with(config()).await;
    for path in ["/api/accounts", "/api/policy"] {
        let (status, told) = open.ask("GET", path, "", None).await;
        assert_eq!(status, 404);
        assert!(
            told["error"]
                .as_str()
                .unwrap()
                .contains("asks nobody who they are"),
            "{told}"
        );
    }
    let mut by_header = config();
    by_header.access.mode = Mode::Header;
    by_header.access.roles.administrators = vec!["ops".to_owned()];
    let bridge = Bridge::start_behind("127.0.0.1/32", by_header).await;
    let root = Cookie::named("root", "ops");
    for (method, path, body) in [
        ("GET", "/api/accounts", Value::Null),
        ("POST", "/api/accounts", added("eve", "agent")),
        ("PATCH", "/api/accounts/anna", json!({ "disabled": true })),
        (
            "POST",
            "/api/accounts/anna/password",
            json!({ "password": NEW, "confirm": PASSWORD }),
        ),
    ] {
        let (status, told) = bridge.administer(&root, method, path, body).await;
        assert_eq!(status, 409, "{method} {path}: {told}");
        assert!(
            told["error"].as_str().unwrap().contains("not decided here"),
            "{told}"
        );
    }
    // What holds they may know.
    assert_eq!(
        bridge
            .administer(&root, "GET", "/api/policy", Value::Null)
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn administrators_and_the_command_line_change_accounts_at_once_and_nothing_is_lost() {
    const EACH: usize = 6;
    let accounts = staff();
    let bridge = Bridge::start_with(accounts.config()).await;
    let root = bridge.sign_on("root").await;
    let here = (0..EACH).map(async |number| {
        let name = format!("here {number}");
        bridge
            .administer(&root, "POST", "/api/accounts", added(&name, "agent"))
            .await
    });
    let file = accounts.file.clone();
    let there = (0..EACH).map(|number| {
        let file = file.clone();
        tokio::task::spawn_blocking(move || {
            crate::support::accounts::account(&file, &["add", &format!("there {number}")], PASSWORD)
        })
    });
    let (here, there) = tokio::join!(join_all(here), join_all(there));
    assert!(here.iter().all(|(status, _)| *status == 201), "{here:?}");
    assert!(there.into_iter().all(|it| it.unwrap().status.success()));
    let listed = accounts.does(&["list"], "");
    let listed = String::from_utf8(listed.stdout).unwrap();
    let listed: BTreeSet<_> = listed
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    let wanted = (0..EACH).flat_map(|it| [format!("here {it}"), format!("there {it}")]);
    let wanted: Vec<String> = wanted.chain(["anna", "sue", "root"].map(str::to_owned)).collect();
    assert_eq!(listed, wanted.iter().map(|it| &**it).collect());
}

#[tokio::test]
async fn who_did_what_to_whose_account_is_recorded_and_no_password_is_anywhere() {
    let accounts = staff();
    let folder = tempfile::tempdir().unwrap();
    let audit = folder.path().join("audit.ndjson");
    let flags = [
        "--no-journal",
        "--access-mode",
        "accounts",
        "--access-accounts",
        accounts.file.to_str().unwrap(),
        "--audit-file",
        audit.to_str().unwrap(),
    ];
    let (bridge, log) = Bridge::start_logging_with(&flags).await;
    let logged = tokio::spawn(async move {
        let mut lines = BufReader::new(log).lines();
        let mut all = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            all += &line;
            all += "\n";
        }
        all
    });
    let root = bridge.sign_on("root").await;
    let mut told = String::new();
    for (method, path, body) in [
        ("POST", "/api/accounts", added("eve", "agent")),
        (
            "PATCH",
            "/api/accounts/eve",
            json!({ "role": "supervisor", "confirm": PASSWORD }),
        ),
        (
            "PATCH",
            "/api/accounts/Eve",
            json!({ "disabled": true, "confirm": PASSWORD }),
        ),
        // Nothing is another way by that.
        (
            "PATCH",
            "/api/accounts/eve",
            json!({ "disabled": true, "confirm": PASSWORD }),
        ),
        (
            "PATCH",
            "/api/accounts/eve",
            json!({ "disabled": false, "confirm": PASSWORD }),
        ),
        (
            "POST",
            "/api/accounts/eve/password",
            json!({ "password": NEW.to_owned() + "2", "confirm": PASSWORD }),
        ),
        (
            "POST",
            "/api/accounts/eve/password",
            json!({ "password": NEW, "confirm": NEW }),
        ),
        ("GET", "/api/accounts", Value::Null),
        ("GET", "/api/policy", Value::Null),
    ] {
        let (_, answer) = bridge.administer(&root, method, path, body).await;
        told += &answer.to_string();
    }
    let events = [
        ("account-added", json!("agent")),
        ("role-changed", json!("supervisor")),
        ("account-disabled", Value::Null),
        ("account-enabled", Value::Null),
        ("password-changed", Value::Null),
        ("not-confirmed", Value::Null),
    ];
    let recorded = eventually(async || {
        let text = std::fs::read_to_string(&audit).unwrap_or_default();
        (text.contains("not-confirmed") && text.ends_with('\n')).then_some(text)
    })
    .await;
    let records = audit::records(&recorded);
    let of_accounts: Vec<_> = records
        .iter()
        .filter(|it| !it["what"].as_str().unwrap().starts_with("signed-"))
        .collect();
    assert_eq!(of_accounts.len(), events.len(), "{recorded}");
    for (record, (what, role)) in of_accounts.iter().zip(events) {
        assert_eq!(
            (&record["what"], &record["role"]),
            (&json!(what), &role),
            "{record}"
        );
        if what != "not-confirmed" {
            assert_eq!(record["whose"], "eve", "{record}");
            assert_eq!(
                (&record["by"], &record["account"]),
                (&json!("administrator"), &json!("root"))
            );
            assert_eq!(record["address"], "127.0.0.1");
        }
    }
    bridge.kill().await;
    let logged = patient(logged).await.unwrap();
    assert!(logged.contains("the accounts have changed"), "{logged}");
    for secret in [PASSWORD, NEW, "argon2id"] {
        assert!(!told.contains(secret), "{told}");
        assert!(!recorded.contains(secret), "{recorded}");
        assert!(!logged.contains(secret), "{logged}");
    }
}

#[tokio::test]
async fn an_administrator_is_told_what_holds_and_where_that_was_said() {
    let accounts = staff();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("console.toml");
    std::fs::write(
        &file,
        "no-journal = true\n[access]\nmode = \"accounts\"\nhours = 8\n",
    )
    .unwrap();
    let flags = [
        "--config",
        file.to_str().unwrap(),
        "--access-accounts",
        accounts.file.to_str().unwrap(),
        "--access-hours",
        "9",
    ];
    let bridge = Bridge::start_program_with(&flags).await;
    let root = bridge.sign_on("root").await;
    let (status, told) = bridge.administer(&root, "GET", "/api/policy", Value::Null).await;
    assert_eq!(status, 200);
    let sections = told["sections"].as_array().unwrap();
    assert_eq!(sections[1]["name"], "Access");
    let settings: Vec<&Value> = sections
        .iter()
        .flat_map(|it| it["settings"].as_array().unwrap())
        .collect();
    let of = |key: &str| {
        let found = settings.iter().find(|it| it["key"] == key);
        let found = found.unwrap_or_else(|| panic!("{key} is not told"));
        assert!(!found["about"].as_str().unwrap().is_empty());
        (
            found["values"].clone(),
            found["from"].clone(),
            found["at"].clone(),
        )
    };
    let at = format!("{}:3", file.display());
    assert_eq!(of("access.mode"), (json!(["accounts"]), json!("file"), json!(at)));
    assert_eq!(
        of("access.hours"),
        (json!(["9"]), json!("flag"), json!("--access-hours"))
    );
    let reach = json!("POP3_CONSOLE_TARGETS_REACH");
    assert_eq!(
        of("targets.reach"),
        (json!(["public"]), json!("environment"), reach)
    );
    assert_eq!(
        of("limits.idle"),
        (json!(["1800"]), json!("default"), Value::Null)
    );
    assert_eq!(of("keep").0, json!(["nothing"]));
    assert_eq!(of("tls.key").0, json!([]));
}

#[tokio::test]
async fn an_account_that_the_command_line_disables_administrates_no_more() {
    let accounts = Accounts::of(&[("root", "administrator"), ("ada", "administrator")]);
    // As a console that has not looked yet: its own look is a second away.
    let bridge = Bridge::start_with(accounts.config()).await;
    let root = bridge.sign_on("root").await;
    let confirmation = bridge.confirm(&root).await;
    assert!(accounts.does(&["disable", "root"], "").status.success());
    let body = json!({ "disabled": true, "confirmation": confirmation });
    let (status, _) = bridge.administer(&root, "PATCH", "/api/accounts/ada", body).await;
    assert!(matches!(status, 401 | 403), "{status}");
    let listed = accounts.does(&["list"], "");
    assert_eq!(
        String::from_utf8(listed.stdout).unwrap(),
        "root\tadministrator\tdisabled\nada\tadministrator\n"
    );
}
