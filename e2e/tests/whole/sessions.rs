//! My sessions on the start page, and what becomes of a session that has ended.

use anyhow::{Context, Result, ensure};
use e2e::keys::{ENTER, HOME};
use e2e::{Bridge, Console, eventually};

use crate::sharing::{WATCH, open, share};

/// Goes to the start page, as somebody who opens another tab does.
pub(super) async fn start_page(console: &Console, bridge: &Bridge) -> Result<()> {
    console.browser().go(bridge.origin()).await?;
    console.browser().get("form", "Connect").await.map(drop)
}

/// The session is deleted while a guest has it open, who is told so and is left nothing of it.
async fn deleted_before(guest: &Console, console: &Console, bridge: &Bridge) -> Result<()> {
    start_page(console, bridge).await?;
    control(console, "button", "Delete").await?.click().await?;
    console.press("Delete").await?;
    guest.alert("This session is deleted").await?;
    ensure!(!guest.everything().await?.contains("USER"));
    Ok(())
}

/// Waits until the list of sessions says that.
async fn listed(console: &Console, text: &str) -> Result<()> {
    eventually(&format!("`{text}` in the list of sessions"), async || {
        let list = console
            .browser()
            .evaluate("return document.querySelector('.sessions')?.innerText ?? ''")
            .await?;
        Ok(list
            .as_str()
            .is_some_and(|list| list.contains(text))
            .then_some(()))
    })
    .await
}

/// What a control of the list is called that begins so.
async fn control(console: &Console, role: &str, begins: &str) -> Result<e2e::Element> {
    eventually(&format!("{role} that begins with `{begins}`"), async || {
        for element in console.browser().all(role).await? {
            if element.name().await?.starts_with(begins) {
                return Ok(Some(element));
            }
        }
        Ok(None)
    })
    .await
}

#[tokio::test]
async fn a_session_is_gone_back_to_renamed_and_deleted_from_the_start_page() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    ensure!(
        !console.in_sight().await?.contains("My sessions"),
        "there are none"
    );
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let before = console.browser().address().await?;

    start_page(&console, &bridge).await?;
    listed(&console, "TRANSACTION").await?;
    control(&console, "button", "Rename").await?.click().await?;
    let field = console.browser().get("textbox", "Name of the session").await?;
    field.fill("Anna's mailbox").await?;
    console.pictures("sessions-renaming").await?;
    console.browser().type_keys(ENTER).await?;
    listed(&console, "Anna's mailbox").await?;
    console.browser().reload().await?;
    listed(&console, "Anna's mailbox").await?;
    listed(&console, "TRANSACTION").await?;
    console.pictures("sessions").await?;

    control(&console, "link", "Go back").await?.click().await?;
    console.await_state("TRANSACTION").await?;
    ensure!(console.browser().address().await? == before);
    let mark = console.say("STAT").await?;
    console.answer(mark, "+OK 4 1061").await?;

    start_page(&console, &bridge).await?;
    listed(&console, "TRANSACTION").await?;
    control(&console, "button", "Delete").await?.click().await?;
    listed(&console, "for good").await?;
    console.pictures("sessions-deleting").await?;
    console.press("Keep").await?;
    listed(&console, "TRANSACTION").await?;
    control(&console, "button", "Delete").await?.click().await?;
    console.press("Delete").await?;
    listed(&console, "None is left.").await?;
    console.browser().go(&before).await?;
    console.alert("This session is not here").await?;
    Ok(())
}

#[tokio::test]
async fn a_session_that_ends_stays_to_be_read() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("LIST").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let before = console.rows().await?;
    console.press("End session").await?;
    console
        .await_status("Session ended", "This session has ended")
        .await?;
    let after = console.rows().await?;
    ensure!(after.starts_with(&before), "{before:#?} became {after:#?}");
    ensure!(
        console
            .browser()
            .look_for("combobox", "POP3 command")
            .await?
            .is_none()
    );
    console.pictures("ended").await?;
    console.press("New session").await?;
    console.browser().get("form", "Connect").await?;
    console.finish().await
}

#[tokio::test]
async fn the_owner_decides_what_is_kept_and_everybody_reads_it() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let mark = console.mark().await?;
    console.press("Keys and settings").await?;
    console.says("Everything is kept").await?;
    console.press("Keep no message content…").await?;
    console.says("keeping everything again records it again").await?;
    console.pictures("keep-asked").await?;
    console.press("Cancel").await?;
    console.says("Everything is kept").await?;
    console.press("Keep no message content…").await?;
    console.press("Delete from the journal").await?;
    console
        .row(mark, "console", "remark", "kept without the content of messages")
        .await
        .context("it is recorded")?;
    console.says("without the content of messages.").await?;
    console.pictures("keep").await?;
    console.press("Keep everything").await?;
    console.says("Everything is kept").await?;
    console.finish().await
}

/// Ends the session that the page shows, and gives what stands in the transcript then.
async fn end(console: &Console) -> Result<Vec<String>> {
    console.press("End session").await?;
    console
        .await_status("Session ended", "This session has ended")
        .await?;
    told(console).await
}

/// What the rows say. Who is told of it, as "you" or by name, is another matter.
async fn told(console: &Console) -> Result<Vec<String>> {
    let rows = console.rows().await?;
    Ok(rows
        .into_iter()
        .filter(|row| row.from != "console")
        .map(|row| row.text)
        .collect())
}

/// Waits until the transcript says just that.
async fn await_told(console: &Console, wanted: &[String]) -> Result<()> {
    eventually("the whole transcript", async || {
        Ok((told(console).await? == wanted).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_session_that_ended_is_replayed_from_its_first_line_also_after_a_restart() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("journal.sqlite").display().to_string();
    let flags = ["--journal", journal.as_str()];
    let bridge = Bridge::with(&flags)?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("LIST").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let whole = end(&console).await?;

    console.press("Replay").await?;
    let line = console.browser().get("slider", "Time line").await?;
    // As it happened, it takes a second or two.
    await_told(&console, &whole).await?;
    console
        .browser()
        .evaluate("document.querySelector('input[type=range]').focus()")
        .await?;
    console.browser().type_keys(HOME).await?;
    eventually("the beginning", async || {
        Ok((told(&console).await?.len() < whole.len()).then_some(()))
    })
    .await?;
    console
        .browser()
        .get("radio", "16 times as fast")
        .await?
        .click()
        .await?;
    console.press("Play").await?;
    await_told(&console, &whole).await?;
    ensure!(
        line.attribute("aria-valuetext")
            .await?
            .is_some_and(|told| told.contains(" of "))
    );
    console.press("All at once").await?;
    console.browser().gone("slider", "Time line").await?;
    await_told(&console, &whole).await?;

    let token = console
        .browser()
        .evaluate(
            "return localStorage.getItem(Object.keys(localStorage).find(it => it.includes(':session:')))",
        )
        .await?;
    let token = token.as_str().context("the owner has a token")?.to_owned();
    let address = console.browser().address().await?;
    let path = address
        .strip_prefix(bridge.origin())
        .context("an address of the bridge")?
        .to_owned();
    drop(bridge);
    let bridge = Bridge::with(&flags)?;
    console
        .browser()
        .go(&format!("{}{path}#{token}", bridge.origin()))
        .await?;
    console
        .await_status("Session ended", "This session has ended")
        .await?;
    await_told(&console, &whole).await?;
    console.press("Replay").await?;
    console.browser().get("slider", "Time line").await?;
    console.pictures("replay").await?;
    Ok(())
}

#[tokio::test]
async fn a_session_that_has_ended_is_shared_and_goes_from_every_page_when_it_is_deleted() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    end(&console).await?;
    console.press("Replay").await?;
    console.press("Share").await?;
    console.says("The session has ended").await?;
    ensure!(
        console
            .browser()
            .look_for("radio", "Type commands")
            .await?
            .is_none()
    );
    console.pictures("ended-share").await?;
    console.press("Close").await?;
    let link = share(&console, &WATCH).await?;
    let guest = open(&bridge, &link).await?;
    guest
        .await_status("Session ended", "This session has ended")
        .await?;
    console.press("Share").await?;
    console.says("Link 1").await?;
    console.press("Revoke").await?;
    console.says("Link 1 lets nobody in any more.").await?;
    console.says("revoked").await?;
    console.pictures("ended-links").await?;
    console.press("Close").await?;
    guest.alert("This link does not let you in").await?;
    let guest = open(&bridge, &share(&console, &WATCH).await?).await?;
    guest
        .await_status("Session ended", "This session has ended")
        .await?;

    deleted_before(&guest, &console, &bridge).await?;
    guest.pictures("deleted").await?;
    Ok(())
}

#[tokio::test]
async fn what_is_kept_is_chosen_before_connecting_and_lowered_afterwards() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let choice = console.browser().get("combobox", "What is kept").await?;
    ensure!(choice.value().await? == "everything", "nothing has to be chosen");
    choice.type_keys("No m").await?;
    ensure!(choice.value().await? == "no-content");
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("RETR 3").await?;
    console.row(mark, "server", "terminator", ".").await?;
    end(&console).await?;
    console
        .await_status("Session ended", "kept without the content of messages")
        .await?;

    console.browser().reload().await?;
    console.says("not kept").await?;
    ensure!(!console.in_sight().await?.contains("withheld"));
    console.pictures("ended-no-content").await?;
    console.press("Keys and settings").await?;
    console.pictures("keep-less").await?;
    console.press("Delete all of it…").await?;
    console.says("It cannot be undone").await?;
    console.press("Delete").await?;
    console.alert("This session is deleted").await?;
    console.pictures("deleted-own").await?;
    console.browser().reload().await?;
    console.alert("This session is not here").await?;
    Ok(())
}

#[tokio::test]
async fn a_page_that_was_there_when_the_session_ended_is_told_when_it_is_deleted() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let guest = open(&bridge, &share(&console, &WATCH).await?).await?;
    guest.await_state("TRANSACTION").await?;
    end(&console).await?;
    guest
        .await_status("Session ended", "This session has ended")
        .await?;
    let seen = guest.in_sight().await?;
    ensure!(seen.contains("USER user01"), "{seen}");
    // Each of the two has come back to read it.
    eventually("both pages at what has ended", async || {
        let here = console.browser().evaluate(
            "const session = location.pathname.split('/')[2];
             const token = localStorage.getItem('pop3-console:session:' + session);
             return fetch(`/api/sessions/${session}`, { headers: { authorization: `Bearer ${token}` } })
                 .then(answer => answer.json()).then(stands => stands.state + ' ' + stands.here)",
        );
        Ok((here.await?.as_str() == Some("ended 2")).then_some(()))
    })
    .await?;
    deleted_before(&guest, &console, &bridge).await?;
    Ok(())
}

#[tokio::test]
async fn the_start_page_tells_how_a_session_ended() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("DELE 2").await?;
    console.row(mark, "console", "", "marked").await?;
    console.say("QUIT").await?;
    console.await_state("CLOSED").await?;
    start_page(&console, &bridge).await?;
    listed(&console, "closed · QUIT, 1 deleted").await?;
    control(&console, "link", "Go back").await?.click().await?;
    console.await_state("CLOSED").await?;
    end(&console).await?;
    start_page(&console, &bridge).await?;
    console.open_demonstration().await?;
    start_page(&console, &bridge).await?;
    listed(&console, "ended · QUIT, 1 deleted").await?;
    listed(&console, "1 live").await?;
    // The other has opened none.
    listed(&console, "user01 at ").await?;
    console.browser().reload().await?;
    // It is remembered here, and not asked for again.
    listed(&console, "user01 at ").await?;
    console.pictures("sessions-ended").await
}

#[tokio::test]
async fn a_console_without_a_journal_says_that_nothing_is_kept() -> Result<()> {
    let bridge = Bridge::with(&["--no-journal"])?;
    let console = Console::open(&bridge).await?;
    console.says("Nothing of the session is kept").await?;
    let choice = console.browser().look_for("combobox", "What is kept").await?;
    ensure!(choice.is_none());
    console.open_demonstration().await?;
    console.press("Keys and settings").await?;
    console.says("started without a journal").await?;
    console.press("Close").await?;
    console.press("End session").await?;
    console
        .await_status("Session ended", "Nothing of it is kept")
        .await
}
