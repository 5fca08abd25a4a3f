//! A maildrop that is locked by another session, of this browser and of somebody else's.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Dovecot, Security};

const HELD: &str = "another session of this console holds it";

/// Connects and tries to sign in, which the server holds back for a while, and then refuses.
async fn is_locked_out(console: &Console, server: &str) -> Result<String> {
    console.connect(server, Security::Plain).await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("USER user01").await?;
    console.answer(mark, "+OK").await?;
    let mark = console.say("PASS password01").await?;
    let answer = console.answer(mark, "[IN-USE]").await?;
    let remark = console
        .row(mark, "console", "remark", "The maildrop is in use")
        .await?;
    Ok(format!("{}\n{}", answer.text, remark.text))
}

#[tokio::test]
async fn who_is_locked_out_is_told_by_what_and_goes_there_where_it_is_their_own() -> Result<()> {
    let (dovecot, bridge) = (Dovecot::locking()?, Bridge::start()?);
    let server = format!("127.0.0.1:{}", dovecot.port());
    let console = Console::open(&bridge).await?;
    console.connect(&server, Security::Plain).await?;
    console.await_state("AUTHORIZATION").await?;
    console.sign_in("user01", "password01").await?;
    let first = console.browser().address().await?;

    // The same browser, in another session: the first one lives on.
    console.browser().go(bridge.origin()).await?;
    let told = is_locked_out(&console, &server).await?;
    ensure!(told.contains(HELD), "{told}");
    console.check_accessibility("locked").await?;
    console.pictures("locked").await?;
    let goes = console.browser().get("link", &format!("go to {server}")).await?;
    goes.click().await?;
    console.await_state("TRANSACTION").await?;
    let here = console.browser().address().await?;
    ensure!(here == first, "{here} is not {first}");

    // Somebody else's browser is told as much, and not where.
    let other = Console::open(&bridge).await?;
    let told = is_locked_out(&other, &server).await?;
    ensure!(told.contains(HELD), "{told}");
    ensure!(
        other
            .browser()
            .look_for("link", &format!("go to {server}"))
            .await?
            .is_none()
    );

    // Once it is let go, anybody gets in.
    let mark = console.say("QUIT").await?;
    console.answer(mark, "+OK").await?;
    console.await_state("CLOSED").await?;
    let browser = other.browser();
    browser.go(bridge.origin()).await?;
    other.connect(&server, Security::Plain).await?;
    other.await_state("AUTHORIZATION").await?;
    other.sign_in("user01", "password01").await?;
    other.finish().await?;
    console.finish().await
}
