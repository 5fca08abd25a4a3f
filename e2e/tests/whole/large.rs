//! What is large, long, wrongly announced or without an end, and what can be done meanwhile.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use e2e::keys::ENTER;
use e2e::{Bridge, Console, Scripted, eventually};
use serde_json::Value;

/// A header line of that many octets.
const HEADER_LINE: usize = 1 << 20;

/// How many lines the body of the long message has.
const LINES: usize = 200_000;

/// How long the page may take to draw what was typed, in milliseconds, as the browser measures it. A frame is 17; the
/// machines that tests run on do something else meanwhile.
const TYPED_MAX: f64 = 100.0;

/// The same for what is typed when the last of the message has come. The page has been seen to stand still there for up to
/// a second; what it waits for is not known.
const TYPED_AFTER_MAX: f64 = 1500.0;

/// How often that is tried.
const TYPED_TRIES: usize = 3;

async fn session(
    bridge: &Bridge,
    answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
) -> Result<(Scripted, Console)> {
    let server = Scripted::start("+OK ready\r\n", move |line| {
        Some(match line.split(' ').next() {
            Some("USER" | "PASS" | "NOOP") => b"+OK\r\n".to_vec(),
            _ => answer(line),
        })
    })
    .await?;
    let console = Console::connected(bridge, &server).await?;
    console.sign_in("user01", "password01").await?;
    Ok((server, console))
}

#[tokio::test]
async fn a_header_line_of_a_megabyte_and_200_000_lines_are_shown_rightly() -> Result<()> {
    let message: Vec<u8> = {
        let mut message = b"+OK\r\nSubject: \xd0\x9f\x1b[2J".to_vec();
        message.extend_from_slice("\u{202e}abc ".repeat(HEADER_LINE / 7).as_bytes());
        message.extend_from_slice(b"\r\nTo: a@b\r\n\r\n");
        for line in 1..=LINES {
            let odd = ["", "\u{202e}evil", "\x07", "\u{2066}", "\u{200b}"][line % 5];
            message.extend_from_slice(format!("line {line} {odd}\r\n").as_bytes());
        }
        message.extend_from_slice(b".\r\n");
        message
    };
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge, move |_| message.clone()).await?;
    let browser = console.browser();
    let mark = console.say("RETR 1").await?;
    let end = console.row(mark, "server", "terminator", ".").await?;
    console.unfold().await?;
    // The lines are counted as they are, and each is where its number says, whole.
    let subject = end.line - LINES as u64 - 3;
    for (line, text) in [
        (subject + 1, "To: a@b".to_owned()),
        (subject + 2, String::new()),
        (subject + 3, "line 1 U+202Eevil".to_owned()),
        (subject + 100_004, "line 100002 BEL".to_owned()),
        (end.line - 1, "line 200000 ".to_owned()),
    ] {
        browser.evaluate(&format!("location.hash = '#L{line}'")).await?;
        eventually(&format!("line {line}"), async || {
            let rows = console.rows().await?;
            let found = rows.into_iter().find(|row| row.line == line);
            Ok(found.filter(|row| row.text == text))
        })
        .await?;
    }
    browser
        .evaluate(&format!("location.hash = '#L{subject}'"))
        .await?;
    let row = console
        .row(mark, "server", "header", "Subject: ПESC[2JU+202Eabc")
        .await?;
    ensure!(row.line == subject);
    console.pictures("long-header").await?;
    let state = browser
        .evaluate(
            "const log = document.querySelector('[role=log]');
            return [log.textContent.match(/[\\u0000-\\u0008\\u000a-\\u001f\\u202e\\u2066\\u200b]/) === null,
            document.documentElement.scrollWidth <= innerWidth, log.querySelectorAll('[data-line]').length < 400]",
        )
        .await?;
    ensure!(state == serde_json::json!([true, true, true]), "{state}");
    console.finish().await
}

#[tokio::test]
async fn a_message_of_other_octets_than_announced_is_told_of_and_everything_goes_on() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge, |line| {
        let octets = if line == "RETR 1" { 4 } else { 4_000_000_000_u64 };
        format!("+OK {octets} octets\r\nSubject: a\r\n\r\nb\r\n.\r\n").into_bytes()
    })
    .await?;
    for (line, note) in [
        ("RETR 1", "17 octets, 4 announced ✗"),
        ("RETR 2", "17 octets, 4000000000 announced ✗"),
    ] {
        let mark = console.say(line).await?;
        console.row(mark, "server", "terminator", ".").await?;
        let rows = console.payload(mark).await?;
        let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
        ensure!(texts == ["Subject: a", "", "b"], "{texts:?}");
        console.says(note).await?;
    }
    console.pictures("wrong-octets").await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    console.finish().await
}

/// 50 MB.
fn large() -> Vec<u8> {
    let mut message = b"+OK\r\nSubject: large\r\n\r\n".to_vec();
    let line = [&b"x".repeat(78)[..], b"\r\n"].concat();
    message.extend_from_slice(&line.repeat(625_000));
    message.extend_from_slice(b".\r\n");
    message
}

#[tokio::test]
async fn what_is_typed_is_drawn_while_a_large_message_comes_in() -> Result<()> {
    // What else runs on a machine may keep a page waiting for long, once. A page that is slow is slow every time.
    let mut slowest = Vec::new();
    for _ in 0..TYPED_TRIES {
        slowest.push(slowest_letter().await?);
        if slowest
            .iter()
            .any(|&(coming, after)| coming < TYPED_MAX && after < TYPED_AFTER_MAX)
        {
            return Ok(());
        }
    }
    bail!("the slowest letter took {slowest:?} milliseconds")
}

/// Types while a large message comes in. Gives how long the letter took that was drawn last after its key, in milliseconds,
/// of those from before the message was there and of those after; 0 if none took longer than a frame.
async fn slowest_letter() -> Result<(f64, f64)> {
    let message = large();
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge, move |_| message.clone()).await?;
    let browser = console.browser();
    // From each key to when the page was drawn with its letter, as the browser itself measures it, if that is longer than
    // a frame; and whether the message was still coming in.
    let watch = "
        const log = document.querySelector('[role=log]'), prompt = document.querySelector('[role=combobox]');
        window.typed = [];
        window.late = [];
        window.pressed = new Map();
        prompt.addEventListener('keydown', event => {
            pressed.set(event.timeStamp, !log.querySelector('[data-part=terminator]'));
        });
        prompt.addEventListener('input', event => {
            typed.push([event.timeStamp, !log.querySelector('[data-part=terminator]'), prompt.value]);
        });
        new PerformanceObserver(list => {
            for (const it of list.getEntries()) if (it.name === 'keydown') {
                late.push([it.duration, pressed.get(it.startTime) ?? true]);
            }
        }).observe({ type: 'event', durationThreshold: 16 });";
    browser.evaluate(watch).await?;
    console.type_at_prompt(&format!("RETR 1{ENTER}")).await?;
    // One key after another, as a quick person does: each takes a few milliseconds on its way into the browser.
    let text = "NOOP while the message comes in";
    for letter in text.chars() {
        browser.type_keys(&letter.to_string()).await?;
    }
    console.row(e2e::Mark::BEGIN, "server", "terminator", ".").await?;
    let typed = browser.evaluate("return typed").await?;
    let typed: Vec<(f64, bool, String)> = serde_json::from_value(typed)?;
    let meanwhile: Vec<_> = typed
        .iter()
        .filter(|(_, coming, text)| *coming && text.starts_with('N'))
        .collect();
    ensure!(meanwhile.len() > 3, "the message came too fast: {typed:?}");
    console.settle().await?;
    let late = browser.evaluate("return late").await?;
    let late: Vec<(f64, bool)> = serde_json::from_value(late)?;
    println!(
        "{} letters; milliseconds of those that took longer than a frame, and whether the message was coming in: {late:?}",
        meanwhile.len()
    );
    let slowest = |coming: bool| {
        let late = late.iter().filter(|it| it.1 == coming).map(|it| it.0);
        late.fold(0.0, f64::max)
    };

    let prompt = browser.get("combobox", "POP3 command").await?.value().await?;
    ensure!(prompt == text, "{prompt}");
    console.finish().await?;
    Ok((slowest(true), slowest(false)))
}

#[tokio::test]
async fn disconnect_works_while_a_message_comes_in_that_never_ends() -> Result<()> {
    let bridge = Bridge::start()?;
    let (server, console) = session(&bridge, |_| b"+OK\r\nSubject: endless\r\n\r\n".to_vec()).await?;
    let server = Arc::new(server);
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "header", "endless").await?;
    let speech = {
        let server = server.clone();
        tokio::spawn(async move {
            let piece = format!("{}\r\n", "endless ".repeat(10)).repeat(800);
            // 32 MB a second, until nobody listens.
            let mut beat = tokio::time::interval(Duration::from_millis(2));
            while server.speak(&piece).is_ok() {
                beat.tick().await;
            }
        })
    };
    let count = "return Number(document.querySelector('.bar-lines').textContent.replace(/\\D/g, ''))";
    let lines = async || -> Result<u64> {
        let count: Value = console.browser().evaluate(count).await?;
        count.as_u64().context("a number of lines")
    };
    eventually("many lines", async || {
        Ok(Some(lines().await?).filter(|&lines| lines > 50_000))
    })
    .await?;
    console.press("Disconnect").await?;
    console.await_state("CLOSED").await?;
    speech.await?;
    let before = lines().await?;
    console.settle().await?;
    ensure!(lines().await? == before, "lines came after the end");
    console.row(mark, "console", "remark", "").await?;
    console.finish().await
}
