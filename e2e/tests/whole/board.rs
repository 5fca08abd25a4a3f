//! The sessions of a hosted console, as an agent finds their own.

use anyhow::{Result, ensure};
use e2e::keys::ENTER;
use e2e::{Bridge, Console, eventually};

use super::access::{PASSWORD, press_beginning, signed_on};
use super::sessions::start_page;

#[tokio::test]
async fn after_a_restart_an_agent_finds_their_sessions_in_any_browser_by_the_mailbox() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    // The page is about to lose its bridge, which is what a browser complains about.
    drop(console);

    let bridge = bridge.restarted()?;
    let console = signed_on(&bridge, "anna").await?;
    console.says("0 live, 1 interrupted").await?;
    // That is elsewhere now.
    console.says("user01 at Demonstration mailbox").await?;
    console.check_accessibility("board-interrupted").await?;
    console.pictures("board-interrupted").await?;
    press_beginning(&console, "Go back: user01 at ").await?;
    console.await_state("CLOSED").await?;

    // There is one list, and one's own are named and deleted from there.
    start_page(&console, &bridge).await?;
    console.says("1 live").await?;
    ensure!(!console.in_sight().await?.contains("My sessions"));
    press_beginning(&console, "Rename user01 at ").await?;
    let field = console.browser().get("textbox", "Name of the session").await?;
    field.fill("Billing").await?;
    console.browser().type_keys(ENTER).await?;
    let search = console.browser().get("searchbox", "Search sessions").await?;
    search.fill("bill").await?;
    press_beginning(&console, "End Billing").await?;
    console.press("End session").await?;
    console.says("None is live.").await?;
    console.press("Ended").await?;
    console.says("user01 at ").await?;
    search.fill("USER01").await?;
    console.says("Billing").await?;
    console.check_accessibility("board-ended").await?;
    console.pictures("board-ended").await?;
    press_beginning(&console, "Delete Billing").await?;
    console.says("for good?").await?;
    console.press("Delete").await?;
    console.says("None has ended yet.").await?;
    console.finish().await
}

/// A session that has ended, listed in a page of anna's.
async fn ended(bridge: &Bridge) -> Result<Console> {
    let console = signed_on(bridge, "anna").await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    start_page(&console, bridge).await?;
    press_beginning(&console, "End user01 at ").await?;
    console.press("End session").await?;
    console.says("None is live.").await?;
    Ok(console)
}

#[tokio::test]
async fn a_list_that_takes_longer_to_come_than_the_page_looks_again_is_shown() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = ended(&bridge).await?;
    console.browser().delay(3000).await?;
    console.press("Ended").await?;
    console.says("user01 at ").await?;
    console.browser().delay(0).await?;
    console.finish().await
}

#[tokio::test]
async fn why_a_session_was_not_deleted_stands_there_until_something_else_is_decided() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = ended(&bridge).await?;
    console.press("Ended").await?;
    press_beginning(&console, "Delete user01 at ").await?;
    console.says("for good?").await?;
    // Meanwhile it is deleted from another browser.
    let other = signed_on(&bridge, "anna").await?;
    other.press("Ended").await?;
    press_beginning(&other, "Delete user01 at ").await?;
    other.press("Delete").await?;
    other.says("None has ended yet.").await?;
    console.press("Delete").await?;
    let why = "The console does not know this session any more.";
    console.says(why).await?;
    let looks = "return performance.getEntriesByType('resource').filter((it) => it.name.endsWith('live=true')).length";
    let looks = async || anyhow::Ok(console.browser().evaluate(looks).await?.as_u64().unwrap_or(0));
    let before = looks().await?;
    eventually("the page to look again, and once more", async || {
        Ok((looks().await? >= before + 2).then_some(()))
    })
    .await?;
    ensure!(console.in_sight().await?.contains(why));
    console
        .browser()
        .complains_only_of("/api/sessions/", &[404])
        .await?;
    for console in [console, other] {
        console.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_console_that_is_about_to_stop_says_so_where_sessions_are_opened() -> Result<()> {
    let mut bridge = Bridge::hosted_with(&["--drain", "600"], &[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    // What it waits for.
    console.open_demonstration().await?;
    start_page(&console, &bridge).await?;
    console.says("1 live").await?;
    ensure!(!console.in_sight().await?.contains("about to stop"));
    bridge.is_told_to_stop();
    // Whoever has the page already is told by the list, and whoever comes by the form.
    console.says("makes no new connections").await?;
    start_page(&console, &bridge).await?;
    console.says("makes no new connections").await?;
    // Once.
    console.says("1 live").await?;
    let told = console.in_sight().await?.matches("about to stop").count();
    ensure!(told == 1, "it is said {told} times");
    console.check_accessibility("stopping").await?;
    console.pictures("stopping").await?;
    console.finish().await
}

#[tokio::test]
async fn a_start_page_says_that_the_console_cannot_be_reached_and_goes_on_trying() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    console.says("0 live").await?;
    drop(bridge);
    console
        .says("The console cannot be reached. It may be back in a moment. This page tries again.")
        .await
}

#[tokio::test]
async fn a_session_is_found_of_which_there_are_too_many_newer_ones() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = ended(&bridge).await?;
    let newer = "return (async () => {
        for (let opened = 0; opened < 100; opened += 1) {
            const session = await (await fetch('/api/sessions', { method: 'POST' })).json();
            const ended = await fetch(`/api/sessions/${session.session}/end`, { method: 'POST' });
            if (ended.status !== 204) return ended.status;
        }
        return 204;
    })()";
    ensure!(console.browser().evaluate(newer).await? == 204);
    start_page(&console, &bridge).await?;
    console.press("Ended").await?;
    console.says("These are the newest 100 that have ended.").await?;
    ensure!(!console.in_sight().await?.contains("user01 at "));
    let search = console.browser().get("searchbox", "Search sessions").await?;
    search.fill("USER01").await?;
    console.says("user01 at ").await?;
    console.finish().await
}

#[tokio::test]
async fn who_has_as_many_sessions_as_may_be_is_told_so_where_they_open_another() -> Result<()> {
    let flags = ["--limits-sessions-of-account", "1"];
    let bridge = Bridge::hosted_with(&flags, &[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    console.open_demonstration().await?;
    start_page(&console, &bridge).await?;
    console.press("Open the demonstration mailbox").await?;
    console
        .alert("You have as many live sessions as this console takes of one account. End one, or wait until one has ended.")
        .await?;
    console.pictures("as-many-as-may-be").await?;
    console
        .browser()
        .complains_only_of("/api/sessions", &[429])
        .await?;
    press_beginning(&console, "End ").await?;
    console.press("End session").await?;
    console.says("None is live.").await?;
    console.open_demonstration().await?;
    console.finish().await
}

#[tokio::test]
async fn it_is_said_where_not_all_that_are_kept_were_looked_through() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = ended(&bridge).await?;
    console.press("Ended").await?;
    console.says("user01 at ").await?;
    let sentence = "Not all that are kept were looked through";
    ensure!(!console.in_sight().await?.contains(sentence));
    // As it is told where there are very many.
    let many = "const ask = window.fetch;
        window.fetch = async (...asked) => {
            const answer = await ask(...asked);
            const told = (await answer.text()).replace('\"all\":true', '\"all\":false');
            return new Response(told, { status: answer.status, headers: answer.headers });
        };
        return 0";
    console.browser().evaluate(many).await?;
    console.press("All").await?;
    console.says(sentence).await?;
    console.check_accessibility("board-many").await?;
    console.pictures("board-many").await?;
    // Of those that live all are known.
    console.press("Live").await?;
    console.says("None is live.").await?;
    ensure!(!console.in_sight().await?.contains(sentence));
    console.finish().await
}

#[tokio::test]
async fn agents_who_are_called_alike_are_told_apart_in_the_list_and_found_by_that() -> Result<()> {
    let people = [("anna", "agent"), ("ben", "agent"), ("Sue", "supervisor")];
    let bridge = Bridge::hosted(&people, PASSWORD)?;
    for agent in ["anna", "ben"] {
        signed_on(&bridge, agent).await?.open_demonstration().await?;
    }
    let console = signed_on(&bridge, "Sue").await?;
    console.says("2 live").await?;
    console.says("ben · opened").await?;
    // As it is told where both are called so.
    let alike = "const ask = window.fetch;
        window.fetch = async (...asked) => {
            const answer = await ask(...asked);
            const told = (await answer.text()).replaceAll('\"ben\"', '\"anna\"');
            return new Response(told, { status: answer.status, headers: answer.headers });
        };
        const { sessions } = await (await ask('/api/sessions')).json();
        return ['ben', 'anna'].map(name => sessions.find(it => it.agent === name).agent_id.slice(0, 4))";
    let marks = console
        .browser()
        .evaluate(&format!("return (async () => {{ {alike} }})()"))
        .await?;
    let marks: Vec<String> = serde_json::from_value(marks)?;
    for mark in &marks {
        console.says(&format!("anna · {mark} · opened")).await?;
    }
    console.check_accessibility("board-alike").await?;
    console.pictures("board-alike").await?;
    let search = console.browser().get("searchbox", "Search sessions").await?;
    search.fill(&format!("anna · {}", marks[0])).await?;
    eventually("the other one to be gone", async || {
        Ok((!console.in_sight().await?.contains(&marks[1])).then_some(()))
    })
    .await?;
    ensure!(
        console
            .in_sight()
            .await?
            .contains(&format!("anna · {}", marks[0]))
    );
    console.finish().await
}
