//! Leaving: what is marked for deletion is not forgotten in passing.

use anyhow::{Result, ensure};
use e2e::keys::ESCAPE;
use e2e::{Bridge, Console, eventually};

#[tokio::test]
async fn leaving_the_page_with_marks_asks_first() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    ensure!(!asks(&console).await?, "it asks though nothing is marked");
    let mark = console.say("DELE 2").await?;
    console.answer(mark, "+OK").await?;
    console.await_status("Marked for deletion", "1").await?;
    ensure!(asks(&console).await?, "it does not ask");
    console.finish().await
}

#[tokio::test]
async fn a_disconnect_with_marks_can_be_thought_better_of() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("DELE 2").await?;
    console.answer(mark, "+OK").await?;
    console.await_status("Marked for deletion", "1").await?;
    console.press("Disconnect").await?;
    console.dialog().await?;
    console.browser().type_keys(ESCAPE).await?;
    eventually("the dialog to close", async || {
        Ok(console
            .browser()
            .all("alertdialog")
            .await?
            .is_empty()
            .then_some(()))
    })
    .await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    console.await_state("TRANSACTION").await?;
    console.finish().await
}

/// Whether the page would ask before it is left. The browser's own question never comes up in a driven
/// browser, so this asks the page what it would ask of the browser.
async fn asks(console: &Console) -> Result<bool> {
    let script = "const leaving = new Event('beforeunload', { cancelable: true });
        return !window.dispatchEvent(leaving)";
    Ok(console.browser().evaluate(script).await? == true)
}
