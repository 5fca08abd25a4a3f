//! A console that speaks TLS itself.

use anyhow::{Result, ensure};
use e2e::{Authority, Bridge, Browser, Console};
use tempfile::TempDir;

use super::access::{PASSWORD, sign_out, submit};
use super::proxied::{cookies, kept_to_itself};

#[tokio::test]
async fn who_signs_in_by_the_consoles_own_certificate_has_a_cookie_of_that_alone() -> Result<()> {
    let folder = TempDir::new()?;
    let pair = Authority::new()?.vouch_for(&["127.0.0.1"])?;
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (certificate, key) = (place("console.pem"), place("console.key"));
    std::fs::write(&certificate, pair.certificate)?;
    std::fs::write(&key, pair.key)?;
    let flags = ["--tls-certificate", &certificate, "--tls-key", &key];
    let bridge = Bridge::hosted_with(&flags, &[("anna", "agent")], PASSWORD)?;
    ensure!(bridge.origin().starts_with("https://"), "{}", bridge.origin());

    let console = Console::open_in(Browser::trusting_anybody().await?, &bridge, "/").await?;
    submit(&console, "anna", PASSWORD).await?;
    console.open_demonstration().await?;
    kept_to_itself(console.browser(), bridge.origin()).await?;
    console.sign_in("user01", "password01").await?;
    console.browser().reload().await?;
    console.await_state("TRANSACTION").await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    console.say("QUIT").await?;
    console.await_state("CLOSED").await?;
    sign_out(&console, "anna").await?;
    console.browser().get("form", "Sign in to the console").await?;
    ensure!(cookies(console.browser(), bridge.origin()).await?.is_empty());
    console.finish().await
}
