//! A password that is typed at the wrong place.

use anyhow::{Result, ensure};
use e2e::keys::{ENTER, UP};
use e2e::{Bridge, Console};

/// A password that is nowhere by accident.
const CANARY: &str = "Zq7-canary-Xw3";

#[tokio::test]
async fn a_password_without_its_command_is_asked_about_and_can_be_sent_as_one() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let mark = console.say("USER user01").await?;
    console.answer(mark, "+OK").await?;
    let mark = console.say(CANARY).await?;
    console.alert("this may be it without PASS").await?;
    console.pictures("mistyped").await?;
    ensure!(console.mark().await? == mark, "it was sent");
    console.press("Send PASS …").await?;
    console.row(mark, "client", "command", "PASS").await?;
    console.row(mark, "server", "status", "-ERR").await?;
    ensure!(!console.everything().await?.contains(CANARY));
    console.finish().await
}

#[tokio::test]
async fn a_line_that_looks_like_a_password_goes_out_with_a_second_enter_and_is_kept_nowhere() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let mark = console.say(&format!("PSAS {CANARY}")).await?;
    console.alert("mistyped command").await?;
    console.press("Edit").await?;
    console.type_at_prompt(ENTER).await?;
    console.alert("mistyped command").await?;
    console.type_at_prompt(ENTER).await?;
    console.row(mark, "client", "command", CANARY).await?;
    console.row(mark, "server", "status", "-ERR").await?;
    console.type_at_prompt(UP).await?;
    console.settle().await?;
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    ensure!(!prompt.value().await?.contains(CANARY), "history brings it back");
    let kept = console
        .browser()
        .evaluate("return JSON.stringify(Object.entries(localStorage))")
        .await?;
    ensure!(!kept.to_string().contains(CANARY), "{kept}");
    console.finish().await
}
