//! Behind a reverse proxy, with the settings that people are given for it.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{Browser, Console, Proxy, Scripted, Security, eventually};

/// Longer than either side does without a sign of life, which is 15 seconds.
const IDLE: Duration = Duration::from_secs(17);

#[tokio::test]
async fn below_a_path_of_a_site_of_nginx() -> Result<()> {
    used_behind(&Proxy::nginx("/pop3")?, IDLE).await
}

#[tokio::test]
async fn with_a_site_of_nginx_of_its_own() -> Result<()> {
    // How long the socket lasts there does not depend on the path.
    used_behind(&Proxy::nginx("")?, Duration::ZERO).await
}

#[tokio::test]
async fn behind_caddy() -> Result<()> {
    used_behind(&Proxy::caddy()?, IDLE).await
}

/// Opens a session, leaves it idle for so long, and goes on; loads it again, and finds it in My sessions.
async fn used_behind(proxy: &Proxy, idle: Duration) -> Result<()> {
    let at = proxy.address();
    let server = Scripted::start("+OK ready\r\n", |_| Some(b"+OK\r\n".to_vec())).await?;
    let console = Console::at(Browser::trusting_anybody().await?, &format!("{at}/")).await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    let session = console.browser().address().await?;
    ensure!(session.starts_with(&format!("{at}/s/")), "{session}");

    let watching = "window.wasLost = false; new MutationObserver(() => { \
                    if (document.querySelector('.reconnecting')) window.wasLost = true; \
                    }).observe(document.body, { subtree: true, childList: true });";
    console.browser().evaluate(watching).await?;
    tokio::time::sleep(idle).await;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    let was_lost = console.browser().evaluate("return window.wasLost").await?;
    ensure!(was_lost == false, "the socket did not last");

    console.browser().reload().await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;

    console.browser().go(&format!("{at}/")).await?;
    eventually("the session in My sessions", async || {
        let links = "return [...document.querySelectorAll('.sessions-do a')].map((it) => it.href)";
        let links = console.browser().evaluate(links).await?;
        let is_there = links
            .as_array()
            .is_some_and(|links| links.iter().any(|link| *link == *session));
        Ok(is_there.then_some(()))
    })
    .await?;
    let log = proxy.bridge().log();
    ensure!(!log.contains("refused a request"), "{log}");
    console.finish().await
}
