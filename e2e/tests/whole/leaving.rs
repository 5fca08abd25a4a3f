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
async fn a_new_session_leaves_marks_to_the_browsers_question_and_other_tabs_to_the_browser() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    ensure!(
        follows(&console, "ctrlKey: true").await?,
        "it opens in no other tab"
    );
    let mark = console.say("DELE 2").await?;
    console.answer(mark, "+OK").await?;
    console.await_status("Marked for deletion", "1").await?;
    ensure!(follows(&console, "").await?, "the page is left unasked");
    let mark = console.say("RSET").await?;
    console.answer(mark, "+OK").await?;
    eventually("the page to show the form itself", async || {
        Ok((!follows(&console, "").await?).then_some(()))
    })
    .await?;
    console.browser().get("form", "Connect").await?;
    console.finish().await
}

/// Whether the browser would follow the link to a new session, clicked with these keys. It does not here.
async fn follows(console: &Console, keys: &str) -> Result<bool> {
    let script = format!(
        "let follows; \
         addEventListener('click', event => {{ follows = !event.defaultPrevented; event.preventDefault() }}, {{ once: true }}); \
         document.querySelector('a.new').dispatchEvent(new MouseEvent('click', {{ bubbles: true, cancelable: true, {keys} }})); \
         return follows"
    );
    Ok(console.browser().evaluate(&script).await? == true)
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
