//! The whole way, step by step: what the console is for.

use anyhow::{Context, Result, ensure};
use e2e::{Bridge, Console, Dovecot, Mark, Security, eventually};
use serde_json::json;

#[tokio::test]
async fn a_person_walks_through_the_demonstration_mailbox() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    // It is elsewhere every time, so nobody knows it by its address.
    let called = "return [document.title, document.querySelector('.target-name').textContent]";
    let called = console.browser().evaluate(called).await?;
    ensure!(
        called == json!(["Demonstration mailbox · pop3·console", "Demonstration mailbox"]),
        "{called}"
    );
    console.await_status("Connection security", "clear text").await?;
    let mark = console.say("CAPA").await?;
    let capabilities = lines(&console, mark).await?;
    for capability in ["TOP", "UIDL", "USER", "STLS", "RESP-CODES"] {
        ensure!(
            capabilities.iter().any(|line| line.starts_with(capability)),
            "{capability}: {capabilities:?}"
        );
    }
    walk(&console).await?;
    console.finish().await
}

#[tokio::test]
async fn a_person_walks_through_a_mailbox_of_dovecot() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("127.0.0.1 {}", dovecot.port()), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    walk(&console).await?;
    console.finish().await
}

#[tokio::test]
async fn the_console_sends_stls_by_itself_when_that_was_chosen() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("localhost:{}", dovecot.port()), Security::Stls)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    console.row(Mark::BEGIN, "client", "", "STLS").await?;
    console.await_status("Connection security", "TLS 1.").await?;
    let report = console.row(Mark::BEGIN, "console", "", "TLS 1.").await?;
    ensure!(
        report.text.contains("localhost"),
        "whose certificate? {}",
        report.text
    );
    console.sign_in("user01", "password01").await?;
    console.finish().await
}

#[tokio::test]
async fn tls_from_the_start_is_shown_with_its_certificate() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("localhost:{}", dovecot.tls_port()), Security::Tls)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    console.await_status("Connection security", "TLS 1.").await?;
    console.sign_in("user01", "password01").await?;
    console.finish().await
}

#[tokio::test]
async fn stls_can_be_typed_at_any_time() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let mark = console.say("stls").await?;
    console.answer(mark, "+OK").await?;
    console.await_status("Connection security", "TLS 1.").await?;
    console.sign_in("user01", "password01").await?;
    console.finish().await
}

/// From the greeting on. The mailbox has four messages of 245, 245, 272 and 299 octets.
async fn walk(console: &Console) -> Result<()> {
    every_step_of_connecting_has_its_time(console).await?;
    sign_in(console).await?;
    read(console).await?;
    mark_and_take_back(console).await?;
    disconnecting_keeps_the_message(console).await?;
    quitting_deletes_it(console).await
}

async fn every_step_of_connecting_has_its_time(console: &Console) -> Result<()> {
    let greeting = console.row(Mark::BEGIN, "server", "greeting", "+OK").await?;
    let rows = console.rows().await?;
    let before: String = rows
        .iter()
        .filter(|row| row.line < greeting.line)
        .map(|row| row.text.clone() + "\n")
        .collect();
    ensure!(before.contains("127.0.0.1"), "to which address? {before}");
    ensure!(
        before.contains(" ms") || before.contains("µs"),
        "how long did it take? {before}"
    );
    ensure!(before.contains("UTC"), "when, for the other side's log? {before}");
    Ok(())
}

async fn sign_in(console: &Console) -> Result<()> {
    let mark = console.say("USER user01").await?;
    console.answer(mark, "+OK").await?;
    let mark = console.say("PASS wrong-password").await?;
    console.answer(mark, "-ERR").await?;
    console.await_state("AUTHORIZATION").await?;
    console.sign_in("user01", "password01").await?;
    let everything = console.everything().await?;
    ensure!(!everything.contains("password01"), "the password is in the page");
    ensure!(
        !everything.contains("wrong-password"),
        "the wrong password is in the page"
    );
    Ok(())
}

async fn read(console: &Console) -> Result<()> {
    let mark = console.say("STAT").await?;
    console.answer(mark, "+OK 4 1061").await?;

    let mark = console.say("LIST").await?;
    ensure!(lines(console, mark).await? == ["1 245", "2 245", "3 272", "4 299"]);

    let mark = console.say("LIST 3").await?;
    console.answer(mark, "+OK 3 272").await?;

    let mark = console.say("UIDL").await?;
    let ids = lines(console, mark).await?;
    ensure!(
        ids.len() == 4 && ids[0].starts_with("1 ") && ids[3].starts_with("4 "),
        "{ids:?}"
    );

    for message in [3, 4] {
        let mark = console.say(&format!("RETR {message}")).await?;
        let payload = console.payload(mark).await?;
        ensure!(
            payload
                .iter()
                .any(|row| row.part == "header" && row.text.starts_with("Subject: Test"))
        );
        ensure!(
            payload
                .iter()
                .any(|row| row.part == "body" && !row.text.is_empty())
        );
    }

    let mark = console.say("TOP 2 5").await?;
    let top = console.payload(mark).await?;
    ensure!(
        top.iter()
            .any(|row| row.part == "header" && row.text.starts_with("Subject: "))
    );

    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;

    let mark = console.say("CAPA").await?;
    let capabilities = lines(console, mark).await?;
    ensure!(capabilities.iter().any(|line| line == "TOP") && capabilities.iter().any(|line| line == "UIDL"));
    Ok(())
}

async fn mark_and_take_back(console: &Console) -> Result<()> {
    mark_second(console).await?;

    let mark = console.say("LIST").await?;
    ensure!(lines(console, mark).await? == ["1 245", "3 272", "4 299"]);

    let mark = console.say("RSET").await?;
    console.answer(mark, "+OK").await?;
    eventually("no more marks in the header", async || {
        let Some(marked) = console
            .browser()
            .look_for("status", "Marked for deletion")
            .await?
        else {
            return Ok(Some(()));
        };
        Ok((!marked.text().await?.contains('1')).then_some(()))
    })
    .await?;
    mark_second(console).await
}

/// DELE 2: marked, and not deleted.
async fn mark_second(console: &Console) -> Result<()> {
    let mark = console.say("DELE 2").await?;
    console.answer(mark, "+OK").await?;
    let remark = console.row(mark, "console", "", "marked").await?;
    ensure!(
        remark.text.to_lowercase().contains("not deleted"),
        "{}",
        remark.text
    );
    console.await_status("Marked for deletion", "1").await
}

async fn disconnecting_keeps_the_message(console: &Console) -> Result<()> {
    let mark = console.mark().await?;
    console.press("Disconnect").await?;
    console.confirm().await?;
    console.await_state("CLOSED").await?;
    let remark = console.row(mark, "console", "", "did not commit").await?;
    ensure!(remark.text.contains('1'), "how many? {}", remark.text);

    let before = console.browser().address().await?;
    console.press("Connect again").await?;
    console.row(mark, "server", "greeting", "+OK").await?;
    console.sign_in("user01", "password01").await?;
    ensure!(
        console.browser().address().await? == before,
        "it is another session"
    );
    let mark = console.say("LIST").await?;
    ensure!(
        lines(console, mark).await? == ["1 245", "2 245", "3 272", "4 299"],
        "message 2 is still there"
    );
    Ok(())
}

async fn quitting_deletes_it(console: &Console) -> Result<()> {
    mark_second(console).await?;
    let mark = console.say("QUIT").await?;
    console.answer(mark, "+OK").await?;
    console.await_state("CLOSED").await?;
    let remark = console.row(mark, "console", "", "Committed").await?;
    ensure!(remark.text.contains('2'), "which message? {}", remark.text);

    console.press("Connect again").await?;
    console.row(mark, "server", "greeting", "+OK").await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("STAT").await?;
    console
        .answer(mark, "+OK 3 816")
        .await
        .context("three messages are left")
        .map(drop)
}

/// The lines of a listing, once all of it is there.
async fn lines(console: &Console, mark: Mark) -> Result<Vec<String>> {
    Ok(console
        .payload(mark)
        .await?
        .into_iter()
        .map(|row| row.text)
        .collect())
}
