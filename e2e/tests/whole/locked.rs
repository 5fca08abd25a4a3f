//! A maildrop that is locked by another session, of this browser and of somebody else's.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Dovecot, Mark, Security, eventually};

use super::access::{PASSWORD, signed_on};

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

/// What leads to a session with that server.
async fn way_to(console: &Console, server: &str) -> Result<Option<e2e::Element>> {
    for link in console.browser().all("link").await? {
        let name = link.name().await?;
        if name.starts_with("go to ") && name.ends_with(server) {
            return Ok(Some(link));
        }
    }
    Ok(None)
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
    // By the mailbox, too, once the start page has asked for it.
    let goes = eventually("a way to it", async || way_to(&console, &server).await).await?;
    goes.click().await?;
    console.await_state("TRANSACTION").await?;
    let here = console.browser().address().await?;
    ensure!(here == first, "{here} is not {first}");

    // Somebody else's browser is told as much, and not where.
    let other = Console::open(&bridge).await?;
    let told = is_locked_out(&other, &server).await?;
    ensure!(told.contains(HELD), "{told}");
    ensure!(way_to(&other, &server).await?.is_none());

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

#[tokio::test]
async fn hosted_a_supervisor_is_led_to_the_session_that_holds_it_and_another_agent_is_not() -> Result<()> {
    let accounts = [("anna", "agent"), ("ben", "agent"), ("Sue", "supervisor")];
    let (dovecot, bridge) = (Dovecot::locking()?, Bridge::hosted(&accounts, PASSWORD)?);
    let server = format!("127.0.0.1:{}", dovecot.port());
    let anna = signed_on(&bridge, "anna").await?;
    anna.connect(&server, Security::Plain).await?;
    anna.await_state("AUTHORIZATION").await?;
    anna.sign_in("user01", "password01").await?;

    let (ben, sue) = (signed_on(&bridge, "ben").await?, signed_on(&bridge, "Sue").await?);
    // The server holds each back for a while.
    let (to_ben, to_sue) = tokio::join!(is_locked_out(&ben, &server), is_locked_out(&sue, &server));
    for told in [to_ben?, to_sue?] {
        ensure!(told.contains(HELD), "{told}");
    }
    let way = format!("go to user01 at {server}");
    let goes = sue.browser().get("link", &way).await?;
    sue.says("It is anna's, since ").await?;
    sue.check_accessibility("locked-hosted").await?;
    sue.pictures("locked-hosted").await?;
    ben.says("Ask a supervisor, who sees whose it is.").await?;
    let seen = ben.everything().await?;
    ensure!(!seen.contains("anna"), "{seen}");
    ensure!(ben.browser().look_for("link", &way).await?.is_none());

    goes.click().await?;
    sue.await_state("TRANSACTION").await?;
    anna.row(
        Mark::BEGIN,
        "console",
        "remark",
        "Sue is here, as a supervisor, to watch",
    )
    .await?;
    for console in [anna, ben, sue] {
        console.finish().await?;
    }
    Ok(())
}
