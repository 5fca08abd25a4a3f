//! Copying gives plain lines, whether they are in sight or not.

use anyhow::{Context, Result, ensure};
use e2e::keys::{CONTROL_A, CONTROL_C};
use e2e::{Bridge, Browser, Console, Scripted, eventually};

/// How many lines are selected.
const LINES: usize = 120_000;

async fn session(bridge: &Bridge) -> Result<(Scripted, Console)> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(match line {
            "RETR 1" => {
                let lines: String = (1..=LINES).map(|at| format!("line {at} of a text\r\n")).collect();
                format!("+OK\r\nSubject: large\r\n\r\n{lines}.\r\n").into_bytes()
            }
            "RETR 2" => "+OK\r\nSubject: \u{202e}\r\n\r\nG\x1br\u{fc}\u{df}e\tand more\r\n.\r\n".into(),
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let console = Console::connected(bridge, &server).await?;
    console.browser().allow_clipboard().await?;
    console.sign_in("user01", "password01").await?;
    Ok((server, console))
}

/// What is in the clipboard once it is something else than before.
async fn copied(browser: &Browser) -> Result<String> {
    eventually("something in the clipboard", async || {
        let held = browser.evaluate("return navigator.clipboard.readText()").await?;
        Ok(held.as_str().filter(|it| *it != "nothing").map(str::to_owned))
    })
    .await
}

async fn copy(browser: &Browser) -> Result<String> {
    let empty = "return navigator.clipboard.writeText('nothing')";
    browser.evaluate(empty).await?;
    browser.type_keys(CONTROL_C).await?;
    copied(browser).await
}

#[tokio::test]
async fn a_selection_of_more_than_is_in_sight_is_copied_as_plain_lines() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge).await?;
    let browser = console.browser();
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    console.unfold().await?;
    // From the middle of a line near the beginning of the message, by pointer and scrolling, to one near its end.
    let from = console.row(mark, "server", "body", "line 2 of a text").await?;
    let select = format!(
        "const row = document.querySelector('[data-line=\"{}\"] .text span');
        getSelection().setBaseAndExtent(row.firstChild, 5, row.firstChild, 5); document.querySelector('[role=log]').focus()",
        from.line
    );
    browser.evaluate(&select).await?;
    let end = from.line + (LINES as u64 - 4);
    browser.evaluate(&format!("location.hash = '#L{end}'")).await?;
    let to = console
        .row(mark, "server", "body", &format!("line {} of a text", LINES - 2))
        .await?;
    let extend = format!(
        "const row = document.querySelector('[data-line=\"{}\"] .text span'); getSelection().extend(row.firstChild, 4);
        document.querySelector('[role=log]').focus()",
        to.line
    );
    browser.evaluate(&extend).await?;
    console.scroll_to_top().await?;
    console
        .row(e2e::Mark::BEGIN, "server", "greeting", "ready")
        .await?;
    let text = copy(browser).await?;
    let lines: Vec<&str> = text.split('\n').collect();
    ensure!(lines.len() == LINES - 3, "{} lines", lines.len());
    ensure!(lines[0] == "2 of a text", "{}", lines[0]);
    ensure!(lines[lines.len() - 1] == "line", "{}", lines[lines.len() - 1]);
    for (at, line) in lines.iter().enumerate().skip(1).take(lines.len() - 2) {
        ensure!(*line == format!("line {} of a text", at + 2), "{at}: {line}");
    }
    let rows = browser
        .evaluate("return document.querySelectorAll('[data-line]').length")
        .await?;
    ensure!(rows.as_u64().is_some_and(|rows| rows < 150), "{rows} rows");
    console.finish().await
}

#[tokio::test]
async fn everything_is_selected_by_its_key_and_copied_as_it_came() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge).await?;
    let browser = console.browser();
    let mark = console.say("RETR 2").await?;
    console.row(mark, "server", "terminator", ".").await?;
    browser
        .evaluate("document.querySelector('[role=log]').focus()")
        .await?;
    browser.type_keys(CONTROL_A).await?;
    eventually("everything to be selected", async || {
        let selected = browser.evaluate("return !getSelection().isCollapsed").await?;
        Ok((selected == true).then_some(()))
    })
    .await?;
    console.pictures("selected").await?;
    let text = copy(browser).await?;
    let (remark, rest) = text.split_once('\n').context("several lines")?;
    ensure!(remark.starts_with("Connected in "), "{remark}");
    let wanted = "+OK ready\nUSER user01\n+OK\nPASS \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\n+OK\n\
        RETR 2\n+OK\nSubject: \u{202e}\n\nG\x1br\u{fc}\u{df}e\tand more\n.";
    ensure!(rest == wanted, "{rest:?}");

    // A part of a line is that part; without a selection it is the current line.
    let line = console.row(mark, "server", "body", "and more").await?.line;
    let select = format!(
        "const text = document.querySelector('[data-line=\"{line}\"] .text');
        getSelection().setBaseAndExtent(text, 0, text.lastElementChild.firstChild, 3)"
    );
    browser.evaluate(&select).await?;
    ensure!(copy(browser).await? == "G\x1br\u{fc}\u{df}");
    browser.evaluate("getSelection().removeAllRanges()").await?;
    browser.get("link", "Line 3").await?.click().await?;
    ensure!(copy(browser).await? == "USER user01");
    console.finish().await
}
