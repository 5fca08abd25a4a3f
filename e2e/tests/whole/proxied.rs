//! Behind a reverse proxy, with the settings that people are given for it and for the console.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::{Browser, Console, Proxy, eventually};
use serde_json::{Value, json};

use super::access::{PASSWORD, menu, press_beginning, sign_out, submit};

/// Longer than either side does without a sign of life, which is 15 seconds.
const IDLE: Duration = Duration::from_secs(17);

/// Who has an account.
const ACCOUNTS: [(&str, &str); 1] = [("anna", "agent")];

/// Somebody who is no proxy.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What they say of themselves.
const FORGED: [&str; 5] = [
    "X-Forwarded-For: 192.0.2.66, 127.0.0.1",
    "X-Forwarded-Proto: http",
    "X-Forwarded-Host: evil.example",
    "X-Real-IP: 192.0.2.66",
    "Forwarded: for=192.0.2.66;proto=http;host=evil.example",
];

#[tokio::test]
async fn below_a_path_of_a_site_of_nginx() -> Result<()> {
    used_behind(&Proxy::nginx("/pop3", &ACCOUNTS, PASSWORD)?, IDLE).await
}

#[tokio::test]
async fn with_a_site_of_nginx_of_its_own() -> Result<()> {
    // How long the socket lasts there does not depend on the path.
    let proxy = Proxy::nginx("", &ACCOUNTS, PASSWORD)?;
    used_behind(&proxy, Duration::ZERO).await?;
    // Whoever comes without TLS is led to it.
    let head = proxy.plain("/s/k3v9q2?sign-on=late").await?;
    ensure!(head.starts_with("HTTP/1.1 301 "), "{head}");
    let led = head
        .lines()
        .any(|line| line == "Location: https://localhost/s/k3v9q2?sign-on=late");
    ensure!(led, "{head}");
    Ok(())
}

#[tokio::test]
async fn behind_caddy() -> Result<()> {
    used_behind(&Proxy::caddy("", &ACCOUNTS, PASSWORD)?, IDLE).await
}

#[tokio::test]
async fn below_a_path_of_a_site_of_caddy() -> Result<()> {
    let proxy = Proxy::caddy("/pop3", &ACCOUNTS, PASSWORD)?;
    used_behind(&proxy, Duration::ZERO).await?;
    // Without a slash it is the console's as well, and what only begins so is not.
    let at = proxy.address();
    let browser = Browser::trusting_anybody().await?;
    browser.go(&at).await?;
    browser.get("form", "Sign in to the console").await?;
    ensure!(browser.address().await? == format!("{at}/"));
    browser.go(&format!("{at}other")).await?;
    let there = browser.evaluate("return document.body.innerText").await?;
    ensure!(there == "", "{there}");
    Ok(())
}

#[tokio::test]
async fn signed_in_by_nginx() -> Result<()> {
    let people = [
        ("anna", "helpdesk,staff"),
        ("ben", "staff"),
        ("sue", "helpdesk-leads"),
    ];
    let proxy = Proxy::nginx_naming(&people, PASSWORD)?;
    let anna = named(&proxy, "anna").await?;
    anna.browser().get("combobox", "Server").await?;
    let claims = "return fetch('/api/console', { headers: { 'X-Remote-User': 'sue', 'X-Remote-Groups': 'helpdesk-leads' } })
        .then(it => it.json()).then(it => `${it.access.signed_on.name} ${it.access.signed_on.role}`)";
    let taken_for = anna.browser().evaluate(claims).await?;
    ensure!(taken_for == "anna agent", "{taken_for}");
    anna.press("Connect").await?;
    anna.await_state("AUTHORIZATION").await?;
    anna.sign_in("user01", "password01").await?;

    let ben = named(&proxy, "ben").await?;
    ben.alert("You are known as “ben”, and none of your groups may use this console.")
        .await?;
    ben.pictures("sign-on-by-proxy").await?;

    let sue = named(&proxy, "sue").await?;
    press_beginning(&sue, "Watch: user01 at ").await?;
    sue.await_state("TRANSACTION").await?;
    menu(&sue, "sue").await?;
    let out = "return document.querySelector('.signed-on-menu a')?.getAttribute('href')";
    let out = sue.browser().evaluate(out).await?;
    ensure!(out == "/oauth2/sign_out", "{out}");
    sue.pictures("menu-by-proxy").await?;
    for console in [&anna, &ben, &sue] {
        // What they answered nginx at is no page, and has no icon of its own.
        console
            .browser()
            .complains_only_of("/favicon.ico", &[404])
            .await?;
    }
    Ok(())
}

/// The console, as it comes to whoever nginx has asked who they are.
async fn named(proxy: &Proxy, name: &str) -> Result<Console> {
    let browser = Browser::trusting_anybody().await?;
    let at = proxy.address();
    // Whom a browser has told a site once it tells it each time; a page does not ask from an address that says it.
    let answered = at.replace("://", &format!("://{name}:{PASSWORD}@"));
    browser.go(&format!("{answered}/healthz")).await?;
    Console::at(browser, &format!("{at}/")).await
}

/// Signs in and connects to the first server that is offered, leaves that idle for so long, and goes on; loads it again, finds
/// it among the sessions, and signs out. Whoever forges what only the proxy may say is not believed.
async fn used_behind(proxy: &Proxy, idle: Duration) -> Result<()> {
    let at = proxy.address();
    let console = Console::at(Browser::trusting_anybody().await?, &format!("{at}/")).await?;
    submit(&console, "anna", PASSWORD).await?;
    console.browser().get("combobox", "Server").await?;
    kept_to_itself(console.browser(), &at).await?;
    console.press("Connect").await?;
    console.await_state("AUTHORIZATION").await?;
    let session = console.browser().address().await?;
    ensure!(session.starts_with(&format!("{at}/s/")), "{session}");

    let watching = "window.wasLost = false; new MutationObserver(() => { \
                    if (document.querySelector('.reconnecting')) window.wasLost = true; \
                    }).observe(document.body, { subtree: true, childList: true });";
    console.browser().evaluate(watching).await?;
    tokio::time::sleep(idle).await;
    let mark = console.say("CAPA").await?;
    console.answer(mark, "+OK").await?;
    let was_lost = console.browser().evaluate("return window.wasLost").await?;
    ensure!(was_lost == false, "the socket did not last");

    console.browser().reload().await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("CAPA").await?;
    console.answer(mark, "+OK").await?;

    console.browser().go(&format!("{at}/")).await?;
    eventually("the session among the sessions", async || {
        let links = "return [...document.querySelectorAll('.sessions-do a')].map((it) => it.href)";
        let links = console.browser().evaluate(links).await?;
        let is_there = links
            .as_array()
            .is_some_and(|links| links.iter().any(|link| *link == *session));
        Ok(is_there.then_some(()))
    })
    .await?;
    forged(proxy).await?;
    sign_out(&console, "anna").await?;
    console.browser().get("form", "Sign in to the console").await?;
    ensure!(cookies(console.browser(), &at).await?.is_empty());
    let log = proxy.bridge().log();
    ensure!(!log.contains("refused a request"), "{log}");
    ensure!(!log.contains(PASSWORD), "{log}");
    // The page may have been asking how its sessions stand when it was signed out.
    console
        .browser()
        .complains_only_of("/api/sessions", &[401])
        .await?;
    console.finish().await
}

/// The cookies that the browser has for that address.
pub(super) async fn cookies(browser: &Browser, at: &str) -> Result<Vec<Value>> {
    let cookies = browser
        .devtools("Network.getCookies", json!({ "urls": [at] }))
        .await?;
    let cookies = cookies["cookies"].as_array();
    Ok(cookies.context("the browser tells no cookies")?.clone())
}

/// The browser is known by one cookie that it sends this console alone, and by TLS alone.
pub(super) async fn kept_to_itself(browser: &Browser, at: &str) -> Result<()> {
    let cookies = cookies(browser, at).await?;
    let [cookie] = &cookies[..] else {
        anyhow::bail!("{} cookies", cookies.len())
    };
    let is = ["name", "path", "secure", "httpOnly", "sameSite"].map(|of| &cookie[of]);
    let wanted = json!(["__Host-pop3-console", "/", true, true, "Strict"]);
    ensure!(json!(is) == wanted, "{is:?}");
    let read = browser.evaluate("return document.cookie").await?;
    ensure!(read == "", "the page reads {read}");
    Ok(())
}

/// Somebody comes to the proxy who forges what only a proxy may say, with a wrong password: the record says where they are.
async fn forged(proxy: &Proxy) -> Result<()> {
    let body = json!({ "name": "anna", "password": "a guess" }).to_string();
    let answer = proxy.post(STRANGER, "/api/sign-on", &FORGED, &body).await?;
    ensure!(answer.contains("The name or the password is wrong."), "{answer}");
    let record = eventually("the record of a wrong password", async || {
        let log = proxy.bridge().log();
        let mut records = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        Ok(records.find(|record| record["what"] == "wrong-password"))
    })
    .await?;
    ensure!(record["address"] == STRANGER.to_string(), "{record}");
    Ok(())
}
