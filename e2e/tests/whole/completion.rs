//! What the prompt completes, and says before anything is sent.

use anyhow::{Result, ensure};
use e2e::keys::{ENTER, RIGHT, TAB};
use e2e::{Bridge, Console, Mark, eventually};

#[tokio::test]
async fn message_numbers_are_completed_with_size_and_subject() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    for line in ["LIST", "TOP 3 0", "DELE 2"] {
        let mark = console.say(line).await?;
        console.answer(mark, "+OK").await?;
    }
    console.row(Mark::BEGIN, "console", "", "marked").await?;
    console.type_at_prompt("RETR ").await?;
    let options = options(&console, 4).await?;
    ensure!(options[0].contains("245 octets"), "{options:?}");
    ensure!(
        options[1].contains("272 octets") && options[1].contains("Test"),
        "{options:?}"
    );
    ensure!(
        options[3].starts_with('2') && options[3].contains("marked"),
        "{options:?}"
    );
    console.pictures("completion-messages").await?;

    ensure!(ghost(&console).await? == "1");
    console.type_at_prompt(RIGHT).await?;
    holds(&console, "RETR 1").await?;
    console
        .browser()
        .get("combobox", "POP3 command")
        .await?
        .fill("TOP 3")
        .await?;
    console.type_at_prompt(&format!("{TAB}{TAB}")).await?;
    holds(&console, "TOP 3 0").await?;
    ensure!(
        console
            .in_sight()
            .await?
            .contains("Message 3: 272 octets, “Test”.")
    );
    console.finish().await
}

#[tokio::test]
async fn what_the_server_offers_is_completed_and_what_it_does_not_is_told() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let mark = console.say("CAPA").await?;
    console.row(mark, "server", "terminator", ".").await?;
    console.type_at_prompt("AUTH ").await?;
    let offered = options(&console, 1).await?;
    ensure!(
        offered[0].contains("PLAIN") && offered[0].contains("offered"),
        "{offered:?}"
    );
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    prompt.fill("UTF8").await?;
    eventually("a warning", async || {
        let said = console.in_sight().await?;
        Ok(said.contains("did not list UTF8").then_some(()))
    })
    .await?;
    // It goes out all the same.
    let mark = console.mark().await?;
    console.type_at_prompt(ENTER).await?;
    console.answer(mark, "-ERR").await?;
    let mark = console.say("USER user01").await?;
    console.answer(mark, "+OK").await?;
    console.type_at_prompt("USER ").await?;
    ensure!(options(&console, 1).await?[0].contains("user01"));
    console
        .browser()
        .get("combobox", "POP3 command")
        .await?
        .fill("PASS ")
        .await?;
    console.settle().await?;
    ensure!(
        ghost(&console).await?.is_empty(),
        "a ghost where a secret is typed"
    );
    console.finish().await
}

/// The texts of the options once there are so many.
async fn options(console: &Console, count: usize) -> Result<Vec<String>> {
    eventually(&format!("{count} completions"), async || {
        let texts = console.completions().await?;
        Ok((texts.len() == count).then_some(texts))
    })
    .await
}

async fn ghost(console: &Console) -> Result<String> {
    let script = "return document.querySelector('.ghost')?.textContent ?? ''";
    Ok(console
        .browser()
        .evaluate(script)
        .await?
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

async fn holds(console: &Console, line: &str) -> Result<()> {
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    eventually(&format!("`{line}` at the prompt"), async || {
        Ok((prompt.value().await? == line).then_some(()))
    })
    .await
}
