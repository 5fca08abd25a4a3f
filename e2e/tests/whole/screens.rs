//! Pictures of every screen, in every size and both looks; nothing is cut off at the side.

use anyhow::Result;
use e2e::{Bridge, Console, Mark, Scripted, Security, Theme, ViewPort};

#[tokio::test]
async fn every_screen_fits_in_every_size_and_look() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.browser().get("form", "Connect").await?;
    console.pictures("connect").await?;

    let silent = Scripted::silent().await?;
    console
        .connect(&silent.address().to_string(), Security::Plain)
        .await?;
    console.browser().get("button", "Cancel").await?;
    console.pictures("connecting").await?;
    console.press("Cancel").await?;
    console.await_state("CLOSED").await?;

    console.browser().go(&format!("{}/", bridge.origin())).await?;
    let smtp = Scripted::start("220 mail.company.com ESMTP\r\n", |_| None).await?;
    console
        .connect(&smtp.address().to_string(), Security::Plain)
        .await?;
    console.alert("SMTP").await?;
    console.pictures("failure").await?;

    console.browser().go(&format!("{}/", bridge.origin())).await?;
    converse(&console).await?;
    console.pictures("console").await?;
    console.type_at_prompt("TO").await?;
    console.pictures("completion").await?;
    console
        .browser()
        .get("combobox", "POP3 command")
        .await?
        .fill("")
        .await?;

    console.press("Disconnect").await?;
    console.dialog().await?;
    console.pictures("disconnect").await?;
    console.confirm().await?;
    console.await_state("CLOSED").await?;
    console.pictures("closed").await?;
    console.finish().await
}

/// Writes the README's picture when it is asked for, and otherwise only sees to it that it could.
#[tokio::test]
async fn picture_of_the_readme() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    converse(&console).await?;
    console.type_at_prompt("TOP 4 ").await?;
    console.appear(ViewPort::DESK, Theme::Dark).await?;
    console.settle().await?;
    let picture = console.browser().picture().await?;
    if let Some(path) = std::env::var_os("E2E_PICTURE") {
        std::fs::write(path, picture)?;
    }
    console.finish().await
}

/// A conversation that has something of everything.
async fn converse(console: &Console) -> Result<()> {
    console.open_demonstration().await?;
    let mark = console.say("STLS").await?;
    console.answer(mark, "+OK").await?;
    console.await_status("Connection security", "TLS 1.").await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("LIST").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let mark = console.say("RETR 3").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let mark = console.say("DELE 2").await?;
    console.row(mark, "console", "", "marked").await?;
    let mark = console.say("RETR 2").await?;
    console.answer(mark, "-ERR").await?;
    console.row(Mark::BEGIN, "server", "", "").await.map(drop)
}
