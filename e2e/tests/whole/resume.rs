//! The mail connection outlives the browser's.

use anyhow::{Result, ensure};
use e2e::{Bridge, Browser, Console, Mark, Network, Scripted, Security, eventually};

#[tokio::test]
async fn a_reloaded_page_shows_the_same_session_and_goes_on() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let before = console.rows().await?;
    console.browser().reload().await?;
    let after = eventually("the same rows", async || {
        let rows = console.rows().await?;
        Ok((rows.len() >= before.len()).then_some(rows))
    })
    .await?;
    let told = |rows: &[e2e::Row]| -> Vec<_> {
        rows.iter()
            .filter(|row| row.from != "console")
            .map(|row| (row.line, row.seq.clone(), row.text.clone()))
            .collect()
    };
    ensure!(told(&before) == told(&after), "{before:#?} became {after:#?}");
    console.await_state("TRANSACTION").await?;
    let mark = console.say("STAT").await?;
    console.answer(mark, "+OK 4 1061").await?;
    console.finish().await
}

#[tokio::test]
async fn a_cut_network_loses_nothing_and_doubles_nothing() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| match line.split_once(' ') {
        // A reply that comes while the browser is away: the lines before the cut are there, and after.
        Some(("TOP", count)) => {
            let count: u32 = count.parse().unwrap_or(0);
            let lines: String = (1..=count).map(|line| format!("line {line}\r\n")).collect();
            Some(format!("+OK\r\n\r\n{lines}.\r\n").into_bytes())
        }
        _ => Some(b"+OK\r\n".to_vec()),
    })
    .await?;
    let bridge = Bridge::start()?;
    let network = Network::to(bridge.address()).await?;
    let browser = Browser::through(&network, bridge.address()).await?;
    let console = Console::open_in(browser, &bridge, "/").await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    let before = console.rows().await?;

    network.cut();
    eventually("the console to notice", async || {
        Ok(console
            .in_sight()
            .await?
            .to_lowercase()
            .contains("connect")
            .then_some(()))
    })
    .await?;
    network.mend();

    // As soon as it is back, the next command's rows follow the last ones without a gap.
    let mark = eventually("the console to come back", async || {
        let mark = console.say("TOP 5").await?;
        Ok(console
            .row(mark, "server", "terminator", ".")
            .await
            .ok()
            .map(|_| mark))
    })
    .await?;
    let after = console.rows().await?;
    let lines: Vec<u64> = after.iter().map(|row| row.line).collect();
    ensure!(
        lines.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "a gap or a double: {lines:?}"
    );
    ensure!(before.iter().all(|row| {
        after
            .iter()
            .any(|kept| kept.line == row.line && kept.seq == row.seq)
    }));
    ensure!(mark != Mark::BEGIN);
    let sent = String::from_utf8_lossy(&server.heard()).matches("TOP 5").count();
    let shown = after
        .iter()
        .filter(|row| row.from == "client" && row.text == "TOP 5")
        .count();
    ensure!(sent == shown, "the server got {sent}, {shown} are shown");
    Ok(())
}

#[tokio::test]
async fn an_unknown_session_is_told_in_a_sentence() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open_in(Browser::start().await?, &bridge, "/s/nothing-of-the-kind").await?;
    let said = console.alert("session").await?;
    ensure!(said.len() > 20, "{said}");
    Ok(())
}
