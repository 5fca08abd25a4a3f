//! A line has a number, an address, and keys.

use anyhow::{Context, Result, ensure};
use e2e::keys::{DOWN, END, ENTER, ESCAPE, HOME, PAGE_DOWN, UP};
use e2e::{Bridge, Browser, Console, Mark, Scripted, eventually};

/// The line that is the current one.
async fn current(console: &Console) -> Result<Option<u64>> {
    let script = "return Number(document.querySelector('.row.current')?.dataset.line ?? 0)";
    let line = console.browser().evaluate(script).await?;
    Ok(line.as_u64().filter(|&line| line > 0))
}

async fn await_current(console: &Console, line: u64) -> Result<()> {
    eventually(&format!("line {line} to be current and in sight"), async || {
        let is_in_sight = "const row = document.querySelector('.row.current')?.getBoundingClientRect();
            const log = document.querySelector('[role=log]').getBoundingClientRect();
            return Boolean(row && row.top >= log.top - 1 && row.bottom <= log.bottom + 1)";
        let is_there = current(console).await? == Some(line);
        Ok((is_there && console.browser().evaluate(is_in_sight).await? == true).then_some(()))
    })
    .await
    .with_context(|| format!("line {line}"))
}

async fn focus_log(console: &Console) -> Result<()> {
    let focus = "document.querySelector('[role=log]').focus()";
    console.browser().evaluate(focus).await.map(drop)
}

async fn long_session(bridge: &Bridge) -> Result<(Scripted, Console)> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(match line {
            "LIST" => {
                let lines: String = (1..=5000).map(|at| format!("{at} {}\r\n", at * 7)).collect();
                format!("+OK 5000 messages\r\n{lines}.\r\n").into_bytes()
            }
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let console = Console::connected(bridge, &server).await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("LIST").await?;
    console.row(mark, "server", "terminator", ".").await?;
    Ok((server, console))
}

#[tokio::test]
async fn a_row_that_is_clicked_is_the_current_one_until_it_is_clicked_again() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = long_session(&bridge).await?;
    let click = async |line: u64, before: &str| {
        let script = format!("{before}; document.querySelector(\"[data-line='{line}'] .text\").click()");
        console.browser().evaluate(&script).await.map(drop)
    };
    click(9, "").await?;
    await_current(&console, 9).await?;
    click(10, "").await?;
    await_current(&console, 10).await?;
    console.pictures("picked").await?;
    click(10, "").await?;
    eventually("no current line", async || {
        Ok(current(&console).await?.is_none().then_some(()))
    })
    .await?;
    // Whoever selects text wants no other line.
    click(
        11,
        "getSelection().selectAllChildren(document.querySelector('[role=log]'))",
    )
    .await?;
    click(12, "getSelection().empty()").await?;
    await_current(&console, 12).await?;
    click(
        11,
        "getSelection().selectAllChildren(document.querySelector('[role=log]'))",
    )
    .await?;
    ensure!(
        current(&console).await? == Some(12),
        "selecting makes a line the current one"
    );
    // Whoever was typing types on.
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    prompt.click().await?;
    let (x, y) = place_of(&console, 13).await?;
    for event in ["mousePressed", "mouseReleased"] {
        let mouse = serde_json::json!({ "type": event, "x": x, "y": y, "button": "left", "clickCount": 1 });
        console
            .browser()
            .devtools("Input.dispatchMouseEvent", mouse)
            .await?;
    }
    await_current(&console, 13).await?;
    console.browser().type_keys("list").await?;
    ensure!(
        prompt.value().await? == "list",
        "letters are keys of the transcript"
    );
    console.finish().await
}

/// The middle of a line's text, in pixels of the page.
async fn place_of(console: &Console, line: u64) -> Result<(f64, f64)> {
    let script = format!(
        "const place = document.querySelector(\"[data-line='{line}'] .text > span\").getBoundingClientRect();
        return [place.x + place.width / 2, place.y + place.height / 2]"
    );
    let place = console.browser().evaluate(&script).await?;
    let at = |at: usize| place[at].as_f64().context("a place");
    Ok((at(0)?, at(1)?))
}

#[tokio::test]
async fn the_address_of_a_line_leads_to_it_even_into_a_fold() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = long_session(&bridge).await?;
    let browser = console.browser();
    // Line 4000 is in the closed fold. The page is loaded again, as whoever follows a link loads it.
    let address = browser.address().await?;
    browser.go("about:blank").await?;
    browser.go(&format!("{address}#L4000")).await?;
    await_current(&console, 4000).await?;
    let row = console.row(Mark::BEGIN, "server", "listing", "3992 ").await?;
    ensure!(row.line == 4000, "{row:?}");
    console.pictures("line").await?;
    // It stayed in sight in windows of every size.
    await_current(&console, 4000).await?;

    // A number in sight is a link to its line.
    browser.get("link", "Line 4002").await?.click().await?;
    await_current(&console, 4002).await?;
    ensure!(browser.address().await? == format!("{address}#L4002"));
    browser.evaluate("location.hash = '#L3'").await?;
    await_current(&console, 3).await?;
    console.finish().await
}

#[tokio::test]
async fn keys_move_the_current_line_and_open_folds() -> Result<()> {
    let bridge = Bridge::start()?;
    let (server, console) = long_session(&bridge).await?;
    let rows = console.rows().await?;
    let last = rows.last().context("there are rows")?.line;
    focus_log(&console).await?;
    let browser = console.browser();
    browser.type_keys(UP).await?;
    await_current(&console, last).await?;
    // Over the closed fold: it is one row.
    browser.type_keys(UP).await?;
    let fold = last - 4980;
    await_current(&console, fold).await?;
    browser.type_keys(&format!("{UP}{UP}{DOWN}")).await?;
    await_current(&console, fold - 1).await?;
    browser.type_keys(&format!("{DOWN}{ENTER}")).await?;
    eventually("the fold to open", async || {
        let rows = console.rows().await?;
        Ok(rows.iter().any(|row| row.line == fold + 3).then_some(()))
    })
    .await?;
    browser.type_keys(PAGE_DOWN).await?;
    eventually("a page further", async || {
        Ok(current(&console).await?.filter(|&line| line > fold + 10))
    })
    .await?;
    browser.type_keys(END).await?;
    await_current(&console, last).await?;
    browser.gone("button", "Live").await?;
    browser.type_keys(HOME).await?;
    await_current(&console, 1).await?;
    let live = browser.get("button", "Live").await?;
    server.speak("* something\r\n")?;
    eventually("how much came", async || {
        let told = live.attribute("aria-description").await?;
        Ok((told.as_deref() == Some("1 new")).then_some(()))
    })
    .await?;
    console.pictures("live").await?;
    browser.type_keys(ESCAPE).await?;
    eventually("no current line", async || {
        Ok(current(&console).await?.is_none().then_some(()))
    })
    .await?;
    console.finish().await
}

#[tokio::test]
async fn a_line_and_its_address_are_copied_by_a_key() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = long_session(&bridge).await?;
    let browser = console.browser();
    browser.allow_clipboard().await?;
    browser.get("link", "Line 3").await?.click().await?;
    await_current(&console, 3).await?;
    browser.type_keys("c").await?;
    let rows = console.rows().await?;
    let line = rows.iter().find(|row| row.line == 3).context("line 3")?;
    await_clipboard(browser, &line.text).await?;
    browser.get("button", "Link to line 3").await?.click().await?;
    let address = browser.address().await?;
    ensure!(address.ends_with("#L3"), "{address}");
    await_clipboard(browser, &address).await?;
    console.finish().await
}

async fn await_clipboard(browser: &Browser, text: &str) -> Result<()> {
    eventually(&format!("`{text}` in the clipboard"), async || {
        let held = browser.evaluate("return navigator.clipboard.readText()").await?;
        Ok((held == text).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_line_is_hidden_for_good_after_asking() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(format!("-ERR Unknown command: {}\r\n", line.to_uppercase()).into_bytes())
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    let mark = console.say("canary-in-the-wrong-place").await?;
    let answer = console.row(mark, "server", "status", "CANARY").await?;
    let browser = console.browser();
    let number = answer.line - 1;
    browser
        .get("link", &format!("Line {number}"))
        .await?
        .click()
        .await?;
    browser.type_keys("h").await?;
    let asked = console.dialog().await?.text().await?;
    ensure!(asked.contains("cannot be undone"), "{asked}");
    console.pictures("hiding").await?;
    console.press("Hide").await?;
    console.row(mark, "client", "command", "hidden by you").await?;
    console.row(mark, "server", "status", "hidden by you").await?;
    for _ in 0..2 {
        let everything = console.everything().await?.to_lowercase();
        let found = everything
            .find("canary")
            .map(|at| &everything[at.saturating_sub(200)..at + 30]);
        ensure!(found.is_none(), "it is in the page still: {found:?}");
        browser.reload().await?;
        console.row(mark, "server", "status", "hidden by you").await?;
    }
    console.finish().await
}

#[tokio::test]
async fn the_octets_of_a_line_are_shown_below_it() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("RETR 3").await?;
    let end = console.row(mark, "server", "terminator", ".").await?;
    let browser = console.browser();
    for line in [end.line, end.line - 2, end.line - 12] {
        browser
            .get("link", &format!("Line {line}"))
            .await?
            .click()
            .await?;
        browser.type_keys("x").await?;
        browser.get("group", &format!("Octets of line {line}")).await?;
        await_current(&console, line).await?;
    }
    let octets = browser
        .get("group", &format!("Octets of line {}", end.line))
        .await?;
    let told = octets.text().await?;
    ensure!(
        told.starts_with("000000  2e 0d 0a ") && told.ends_with(" ..."),
        "{told}"
    );
    console.pictures("hex").await?;
    browser.type_keys("x").await?;
    browser
        .gone("group", &format!("Octets of line {}", end.line - 12))
        .await?;
    console.finish().await
}
