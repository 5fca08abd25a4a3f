//! Messages that are large, dotted, eight-bit or without line ends.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Dovecot, Mailbox, Security, eventually, eventually_within};

/// How many rows may be rendered for a transcript of any length.
const ROWS_MAX: u64 = 400;

/// How long the page may take to answer at any moment, while a large message comes in.
const ANSWER_MAX: Duration = Duration::from_secs(2);

async fn signed_in(dovecot: &Dovecot, bridge: &Bridge) -> Result<Console> {
    let console = Console::open(bridge).await?;
    console
        .connect(&format!("127.0.0.1:{}", dovecot.port()), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    console.sign_in("user02", "password02").await?;
    Ok(console)
}

#[tokio::test]
async fn a_message_of_20_mb_scrolls_and_the_page_stays_responsive() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = signed_in(&dovecot, &bridge).await?;
    let octets = Mailbox::difficult().octets()[0];
    console.say("RETR 1").await?;
    // It follows the live end until all is there, and answers all the while.
    let mut slowest = Duration::ZERO;
    eventually_within(Duration::from_secs(120), "the end of the message", async || {
        let asked = Instant::now();
        let rendered = console
            .browser()
            .evaluate("return document.querySelectorAll('[data-line]').length")
            .await?;
        slowest = slowest.max(asked.elapsed());
        ensure!(
            rendered.as_u64().is_some_and(|rows| rows <= ROWS_MAX),
            "{rendered} rows are rendered"
        );
        Ok(console
            .rows()
            .await?
            .iter()
            .any(|row| row.part == "terminator")
            .then_some(()))
    })
    .await?;
    ensure!(slowest < ANSWER_MAX, "the page did not answer for {slowest:?}");
    let last = console.rows().await?.last().map_or(0, |row| row.line);
    ensure!(last > 250_000, "only {last} lines");

    // What is folded is there: opened, to its begin, and back by the button.
    ensure!(console.rows().await?.len() < 40, "it did not fold");
    console.unfold().await?;
    console.scroll_to_top().await?;
    eventually("the first lines", async || {
        let rows = console.rows().await?;
        let status = rows.iter().find(|row| row.text == format!("+OK {octets} octets"));
        Ok((rows[0].line == 1 && status.is_some()).then_some(()))
    })
    .await?;
    console.press("Live").await?;
    eventually("the last lines", async || {
        let rows = console.rows().await?;
        let lines = [last - 2, last - 1, last];
        Ok(rows
            .iter()
            .map(|row| row.line)
            .rev()
            .take(3)
            .rev()
            .eq(lines)
            .then_some(()))
    })
    .await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    console.finish().await
}

#[tokio::test]
async fn dots_are_shown_as_they_came() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = signed_in(&dovecot, &bridge).await?;
    let mark = console.say("RETR 2").await?;
    let body: Vec<String> = console
        .payload(mark)
        .await?
        .into_iter()
        .filter(|row| row.part == "body")
        .map(|row| row.text)
        .collect();
    ensure!(
        body == ["..", "...", "..one dot", "...two dots", "no dot"],
        "{body:?}"
    );
    console.finish().await
}

#[tokio::test]
async fn eight_bit_and_long_lines_are_shown_and_break_nothing() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = signed_in(&dovecot, &bridge).await?;
    let mark = console.say("RETR 3").await?;
    let rows = console.payload(mark).await?;
    ensure!(
        rows.iter().any(|row| row.text.contains("Grüße, 世界")),
        "{rows:#?}"
    );
    ensure!(
        rows.iter().any(|row| row.text.starts_with("Latin-1: Gr")),
        "{rows:#?}"
    );

    let mark = console.say("RETR 4").await?;
    console.row(mark, "server", "terminator", ".").await?;
    console.unfold().await?;
    console.press("Live").await?;
    console.row(mark, "server", "body", "after the long line").await?;
    let wide = console
        .browser()
        .evaluate("return document.documentElement.scrollWidth - innerWidth")
        .await?;
    ensure!(
        wide.as_i64().is_some_and(|wide| wide <= 0),
        "the page is {wide} px too wide"
    );
    console.finish().await
}
