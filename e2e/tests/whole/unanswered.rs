//! A bridge, or what stands before it, that takes what is asked and does not answer: nobody waits for good.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Network, Scripted, Security};

/// What people are told.
const LATE: &str = "The console did not answer in time";

/// How large a message is that takes some time to come, in octets.
const MESSAGE: usize = 2_000_000;

#[tokio::test]
async fn what_is_asked_and_not_answered_ends_with_a_sentence_and_can_be_tried_again() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| Some(b"+OK\r\n".to_vec())).await?;
    let bridge = Bridge::start()?;
    let (network, console) = Console::behind_network(&bridge, "/").await?;
    let address = server.address().to_string();
    // What the page asks for first is answered.
    console
        .browser()
        .get("button", "Open the demonstration mailbox")
        .await?;
    network.hold_after(0);
    console.connect(&address, Security::Plain).await?;
    let said = console.alert("may have been done").await?;
    ensure!(said.contains(LATE), "{said}");
    let typed = console.browser().get("textbox", "Server").await?;
    ensure!(typed.value().await? == address, "what was typed is gone");
    network.mend();
    console.press("Connect").await?;
    console.await_state("AUTHORIZATION").await?;
    console.finish().await
}

#[tokio::test]
async fn what_came_too_slowly_for_the_console_ends_with_a_sentence_as_well() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let browser = console.browser();
    browser.get("button", "Open the demonstration mailbox").await?;
    // As it answers whoever does not send all that they say they will.
    let slow = "const ask = window.fetch;
        window.fetch = async () => { window.fetch = ask; return new Response('', { status: 408 }) };
        return 0";
    browser.evaluate(slow).await?;
    console.press("Open the demonstration mailbox").await?;
    let said = console.alert("may have been done").await?;
    ensure!(said.contains(LATE), "{said}");
    console.open_demonstration().await?;
    console.finish().await
}

/// A session behind a network with a large message in it, and the sheet that saves it open; and its mail server.
async fn large(bridge: &Bridge) -> Result<(Scripted, Network, Console)> {
    let line = "x".repeat(78) + "\r\n";
    let message = format!("+OK\r\n{}.\r\n", line.repeat(MESSAGE / line.len()));
    let server = Scripted::start("+OK ready\r\n", move |line| {
        Some(if line == "RETR 1" {
            message.clone().into_bytes()
        } else {
            b"+OK\r\n".to_vec()
        })
    })
    .await?;
    let (network, console) = Console::behind_network(bridge, "/").await?;
    console.browser().take_downloads().await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    console.press("Export transcript").await?;
    console.dialog().await?;
    Ok((server, network, console))
}

/// Waits until it is saved, and whole.
async fn saved(console: &Console) -> Result<()> {
    console.says("Saved").await?;
    let name = console.browser().saved_as(".txt").await?;
    let file = console.browser().downloaded(&name).await?;
    ensure!(file.len() > MESSAGE, "{} octets", file.len());
    ensure!(file.ends_with(b"\r\n.\r\n"), "its end is missing");
    Ok(())
}

#[tokio::test]
async fn a_file_of_which_no_more_comes_ends_with_a_sentence() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, network, console) = large(&bridge).await?;
    network.hold_after(MESSAGE / 4);
    console.press("Save .txt").await?;
    console.alert(LATE).await?;
    network.mend();
    console.press("Save .txt").await?;
    saved(&console).await
}

#[tokio::test]
async fn a_file_that_comes_slowly_takes_longer_than_an_answer_may() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, _network, console) = large(&bridge).await?;
    let began = Instant::now();
    // As long as twenty seconds.
    console
        .browser()
        .throttle(Some(i64::try_from(MESSAGE / 20)?))
        .await?;
    console.press("Save .txt").await?;
    saved(&console).await?;
    ensure!(began.elapsed() > Duration::from_secs(15), "it came too soon");
    Ok(())
}
