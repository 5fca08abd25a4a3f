//! The mail connection outlives the browser's.

use anyhow::{Result, ensure};
use e2e::{Bridge, Browser, Console, Scripted, Security, eventually};

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
    let server = Scripted::start("+OK ready\r\n", |_| Some(b"+OK\r\n".to_vec())).await?;
    let bridge = Bridge::start()?;
    let (network, console) = Console::behind_network(&bridge, "/").await?;
    let address = server.address().to_string();
    console.connect(&address, Security::Plain).await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    let before = console.rows().await?;

    network.cut();
    console.says("Reconnecting").await?;
    // The server goes on talking while the browser is away.
    server.speak("+OK one\r\n+OK two\r\n+OK three\r\n")?;
    network.mend();
    console.row(mark, "server", "", "+OK three").await?;
    let mark = console.say("NOOP again").await?;
    console.answer(mark, "+OK").await?;

    let after = console.rows().await?;
    let lines: Vec<u64> = after.iter().map(|row| row.line).collect();
    ensure!(
        lines.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "a gap or a double: {lines:?}"
    );
    ensure!(after.starts_with(&before), "{before:#?} became {after:#?}");
    for word in ["one", "two", "three", "NOOP again"] {
        let times = after.iter().filter(|row| row.text.ends_with(word)).count();
        ensure!(times == 1, "`{word}` is shown {times} times");
    }
    ensure!(server.heard() == b"NOOP\r\nNOOP again\r\n");
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
