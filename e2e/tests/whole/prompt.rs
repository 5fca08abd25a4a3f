//! Typing.

use anyhow::{Result, ensure};
use e2e::keys::{CONTROL_R, ENTER, ESCAPE, TAB, UP};
use e2e::{Bridge, Console, Mark, eventually};

#[tokio::test]
async fn history_brings_lines_back_without_secrets() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("STAT").await?;
    console.answer(mark, "+OK").await?;

    console.type_at_prompt(UP).await?;
    prompt_holds(&console, "STAT").await?;
    console.type_at_prompt(UP).await?;
    let older = console
        .browser()
        .get("combobox", "POP3 command")
        .await?
        .value()
        .await?;
    ensure!(!older.contains("password01"), "history keeps passwords: {older}");
    console.finish().await
}

#[tokio::test]
async fn the_history_is_searched_backwards_and_nothing_is_sent_by_it() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    for line in ["TOP 1 0", "STAT", "TOP 2 0", "NOOP"] {
        let mark = console.say(line).await?;
        console.answer(mark, "+OK").await?;
    }
    let mark = console.mark().await?;
    console.type_at_prompt(&format!("LI{CONTROL_R}top")).await?;
    eventually("two lines of the history", async || {
        Ok((console.completions().await?.len() == 2).then_some(()))
    })
    .await?;
    console.pictures("history-search").await?;
    console.type_at_prompt(ESCAPE).await?;
    prompt_holds(&console, "LI").await?;
    console
        .type_at_prompt(&format!("{CONTROL_R}top{CONTROL_R}{ENTER}"))
        .await?;
    prompt_holds(&console, "TOP 1 0").await?;
    console.settle().await?;
    ensure!(console.mark().await? == mark, "something was sent");
    console.type_at_prompt(ENTER).await?;
    console.row(mark, "client", "command", "TOP 1 0").await?;
    console.finish().await
}

#[tokio::test]
async fn commands_are_completed_and_explained() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;

    console.type_at_prompt("TO").await?;
    eventually("TOP among the completions", async || {
        let offered = console.completions().await?;
        Ok(offered.iter().any(|it| it.contains("TOP")).then_some(()))
    })
    .await?;
    console.type_at_prompt(TAB).await?;
    eventually("TOP to be completed", async || {
        let value = console
            .browser()
            .get("combobox", "POP3 command")
            .await?
            .value()
            .await?;
        Ok(value.starts_with("TOP").then_some(()))
    })
    .await?;
    console.says("RFC 1939").await?;
    console.finish().await
}

#[tokio::test]
async fn a_line_goes_out_exactly_as_typed() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    for line in ["xyzzy  Foo", "noop", "STATT", "TOP"] {
        let mark = console.say(line).await?;
        let sent = console.row(mark, "client", "", "").await?;
        ensure!(sent.text == line, "`{}` went out for `{line}`", sent.text);
        console.row(mark, "server", "status", "").await?;
    }
    console.finish().await
}

#[tokio::test]
async fn a_line_that_is_too_long_is_refused_and_the_session_goes_on() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    // Pasting, and not a key for every letter.
    console.type_at_prompt("NOOP ").await?;
    let insert = serde_json::json!({ "text": "x".repeat(17 * 1024) });
    console.browser().devtools("Input.insertText", insert).await?;
    console.type_at_prompt(ENTER).await?;
    console.alert("long").await?;
    console
        .browser()
        .get("combobox", "POP3 command")
        .await?
        .fill("")
        .await?;
    let mark = console.say("CAPA").await?;
    console.answer(mark, "+OK").await?;
    console.finish().await
}

#[tokio::test]
async fn everything_works_from_the_keyboard_alone() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .browser()
        .get("button", "Open the demonstration mailbox")
        .await?;
    focus_by_tab(&console, "Open the demonstration mailbox").await?;
    console.browser().type_keys(ENTER).await?;
    console.row(Mark::BEGIN, "server", "greeting", "+OK").await?;
    // The prompt has the focus as soon as there is something to type to.
    console.await_state("AUTHORIZATION").await?;
    let mark = console.mark().await?;
    console.browser().type_keys(&format!("CAPA{ENTER}")).await?;
    console.answer(mark, "+OK").await?;
    focus_by_tab(&console, "Disconnect").await?;
    console.browser().type_keys(ENTER).await?;
    console.await_state("CLOSED").await?;
    // What had the focus is gone: what comes next has it.
    console.browser().get("button", "Connect again").await?;
    console.browser().type_keys(ENTER).await?;
    console.await_state("AUTHORIZATION").await?;
    focus_by_tab(&console, "End session").await?;
    console.browser().type_keys(ENTER).await?;
    console
        .await_status("Session ended", "This session has ended")
        .await?;
    focus_by_tab(&console, "New session").await?;
    console.browser().type_keys(ENTER).await?;
    console.browser().get("form", "Connect").await?;
    console.finish().await
}

async fn prompt_holds(console: &Console, line: &str) -> Result<()> {
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    eventually(&format!("`{line}` at the prompt"), async || {
        Ok((prompt.value().await? == line).then_some(()))
    })
    .await
}

/// Presses Tab until an element has the focus, and sees to it that the focus can be seen.
async fn focus_by_tab(console: &Console, name: &str) -> Result<()> {
    for _ in 0..40 {
        console.browser().type_keys(TAB).await?;
        let focused = console.browser().focused().await?;
        if focused.name().await? == name {
            let outline = focused.style("outline-style").await?;
            let shadow = focused.style("box-shadow").await?;
            ensure!(
                outline != "none" || shadow != "none",
                "the focus on {name} cannot be seen"
            );
            return Ok(());
        }
    }
    anyhow::bail!("Tab does not reach {name}")
}
