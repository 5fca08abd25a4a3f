//! Everything that was said is searched, folded or not, in sight or not.

use anyhow::{Result, ensure};
use e2e::keys::{CONTROL_F, ENTER, ESCAPE, F3, SHIFT_ENTER};
use e2e::{Bridge, Console, Scripted, eventually};

/// How many lines the large message has.
const LINES: usize = 200_000;

async fn session(bridge: &Bridge) -> Result<(Scripted, Console)> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(match line {
            "RETR 1" => {
                let lines: String = (1..=LINES)
                    .map(|at| format!("line {at} of a text in which something is to be found\r\n"))
                    .collect();
                format!("+OK\r\nSubject: large\r\n\r\n{lines}.\r\n").into_bytes()
            }
            "RETR 2" => "+OK\r\nSubject: \u{c4}rger\r\n\r\na \u{202e}needle\x1b[0m needle\r\n.\r\n".into(),
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let console = Console::connected(bridge, &server).await?;
    console.sign_in("user01", "password01").await?;
    Ok((server, console))
}

/// Waits until the search tells that.
async fn await_told(console: &Console, told: &str) -> Result<()> {
    let script = "return document.querySelector('#search-told')?.textContent";
    let awaited = eventually(&format!("the search to tell `{told}`"), async || {
        let is = console.browser().evaluate(script).await?;
        Ok((is == told).then_some(()))
    })
    .await;
    match awaited {
        Ok(()) => Ok(()),
        Err(error) => Err(error.context(console.browser().evaluate(script).await?.to_string())),
    }
}

async fn ask(console: &Console, text: &str) -> Result<()> {
    console
        .browser()
        .get("searchbox", "Search transcript")
        .await?
        .fill(text)
        .await
}

/// The text of what is marked as found in sight, and of where the person is.
async fn marked(console: &Console) -> Result<(Vec<String>, String)> {
    let script = "return [[...document.querySelectorAll('[role=log] .found')].map(it => it.textContent),
        [...document.querySelectorAll('[role=log] .found.chosen')].map(it => it.textContent).join('')]";
    Ok(serde_json::from_value(console.browser().evaluate(script).await?)?)
}

#[tokio::test]
async fn a_large_folded_message_is_searched_and_the_match_is_shown() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge).await?;
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let browser = console.browser();
    browser.type_keys(CONTROL_F).await?;
    ask(&console, "LINE 150000 OF").await?;
    await_told(&console, "1 of 1").await?;
    let row = console.row(mark, "server", "body", "line 150000 of").await?;
    ensure!(
        marked(&console).await?.1 == "line 150000 of",
        "{:?}",
        marked(&console).await?
    );
    // The line that was found is the current one when the search is closed; the focus is where it was.
    browser.type_keys(ESCAPE).await?;
    browser.gone("searchbox", "Search transcript").await?;
    ensure!(browser.focused().await?.name().await? == "POP3 command");
    let current = "return Number(document.querySelector('.row.current').dataset.line)";
    ensure!(browser.evaluate(current).await? == row.line);

    // More matches than are kept; the slash opens it, too.
    browser.type_keys("/").await?;
    ask(&console, r"^line \d{6} of").await?;
    await_told(&console, "no match").await?;
    console.press("Regular expression").await?;
    eventually("the regular expression to be searched for", async || {
        let told = browser
            .evaluate("return document.querySelector('#search-told').textContent")
            .await?;
        Ok(told
            .as_str()
            .is_some_and(|it| it.ends_with(" of the first 100,000"))
            .then_some(()))
    })
    .await?;
    ask(&console, "(").await?;
    eventually("what is wrong", async || {
        let told = browser
            .evaluate("return document.querySelector('#search-told').textContent")
            .await?;
        Ok(told
            .as_str()
            .is_some_and(|it| it.contains("Invalid regular expression"))
            .then_some(()))
    })
    .await?;
    console.finish().await
}

#[tokio::test]
async fn matches_are_counted_marked_and_gone_through() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge).await?;
    let mark = console.say("RETR 2").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let browser = console.browser();
    // A slash in the empty prompt opens the search; anywhere else in it, it is a slash.
    console.type_at_prompt("a/b").await?;
    browser.gone("searchbox", "Search transcript").await?;
    let prompt = browser.get("combobox", "POP3 command").await?;
    prompt.fill("").await?;
    prompt.type_keys("/").await?;
    ask(&console, "Needle").await?;
    await_told(&console, "1 of 2").await?;
    console.pictures("search").await?;
    ensure!(marked(&console).await? == (vec!["needle".to_owned(); 2], "needle".to_owned()));
    for (keys, told) in [
        (ENTER, "2 of 2"),
        (ENTER, "1 of 2"),
        (SHIFT_ENTER, "2 of 2"),
        (F3, "1 of 2"),
    ] {
        browser.type_keys(keys).await?;
        await_told(&console, told).await?;
    }
    console.press("Next match").await?;
    await_told(&console, "2 of 2").await?;
    console.press("Previous match").await?;
    await_told(&console, "1 of 2").await?;
    console.press("Match case").await?;
    await_told(&console, "no match").await?;
    console.press("Match case").await?;

    // Letter case of every script, characters that are shown as marks, remarks of the console.
    ask(&console, "\u{e4}RGER").await?;
    await_told(&console, "1 of 1").await?;
    ask(&console, "\u{202e}needle").await?;
    await_told(&console, "1 of 1").await?;
    ensure!(marked(&console).await?.1 == "U+202Eneedle");
    ask(&console, "the console's host").await?;
    await_told(&console, "1 of 1").await?;
    ensure!(marked(&console).await?.1 == "the console's host");
    // What comes is searched as it comes.
    ask(&console, "NOOP").await?;
    await_told(&console, "no match").await?;
    console.say("NOOP").await?;
    await_told(&console, "1 match").await?;
    browser.type_keys(F3).await?;
    await_told(&console, "1 of 1").await?;
    console.finish().await
}
