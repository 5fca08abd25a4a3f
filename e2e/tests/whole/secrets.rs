//! A password goes to the server and nowhere else.

use anyhow::{Result, ensure};
use e2e::keys::ENTER;
use e2e::{Bridge, Console, Mark};

/// A password that is nowhere by accident.
const CANARY: &str = "Zq7-canary-Xw3";

#[tokio::test]
async fn a_password_is_never_shown_kept_or_logged() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let mut sent = 0;
    for line in [
        format!("PASS {CANARY}"),
        format!("pass {CANARY}"),
        format!("PaSs  {CANARY} {CANARY}"),
        format!("APOP user01 {CANARY}"),
        format!("AUTH PLAIN {CANARY}"),
    ] {
        let mark = console.say(&line).await?;
        console.row(mark, "server", "status", "-ERR").await?;
        sent += 1;
    }
    // A response to a challenge is a secret too, whatever it looks like.
    let mark = console.say("AUTH PLAIN").await?;
    console.row(mark, "server", "continuation", "").await?;
    let mark = console.say(CANARY).await?;
    console.row(mark, "server", "status", "-ERR").await?;
    // Also where it begins with what is a shortcut elsewhere.
    let mark = console.say("AUTH PLAIN").await?;
    console.row(mark, "server", "continuation", "").await?;
    let mark = console.say(&format!("/{CANARY}")).await?;
    console.row(mark, "server", "status", "-ERR").await?;

    let rows = console.rows().await?;
    let commands = rows.iter().filter(|row| row.from == "client").count();
    ensure!(commands >= sent, "only {commands} commands are shown");
    let everything = console.everything().await?;
    ensure!(!everything.contains(CANARY), "the page has it");
    ensure!(!bridge.log().contains(CANARY), "the bridge's log has it");
    console.browser().reload().await?;
    console.row(Mark::BEGIN, "server", "greeting", "+OK").await?;
    ensure!(
        !console.everything().await?.contains(CANARY),
        "the page has it after loading again"
    );
    console.finish().await
}

#[tokio::test]
async fn a_password_is_masked_while_it_is_typed() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let mark = console.say("USER user01").await?;
    console.answer(mark, "+OK").await?;
    console.type_at_prompt("PASS password01").await?;
    ensure!(
        !console.in_sight().await?.contains("password01"),
        "it can be read over the shoulder"
    );

    console.press("Show secret").await?;
    console.says("password01").await?;

    let mark = console.mark().await?;
    console.type_at_prompt(ENTER).await?;
    console.answer(mark, "+OK").await?;
    console.await_state("TRANSACTION").await?;
    ensure!(
        !console.everything().await?.contains("password01"),
        "it stayed after it was sent"
    );
    console.finish().await
}
