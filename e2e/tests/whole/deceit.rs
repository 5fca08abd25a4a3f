//! A server that lies, hurries and floods: nothing that is secret is seen for it, nothing of it is taken for the
//! console's own words, and the page goes on.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Mark, Scripted, eventually};

const CANARY: &str = "Zq7-canary-Xw3";
const CANARY_BASE64: &str = "WnE3LWNhbmFyeS1Ydz";

const SCRIPT: &str = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>\u{202e}\u{7}";
/// The same in base64.
const SCRIPT_BASE64: &str =
    "PGltZyBzcmM9eCBvbmVycm9yPXdpbmRvdy5wd25lZD0xPjxzY3JpcHQ+d2luZG93LnB3bmVkPTE8L3NjcmlwdD7igK4H";

async fn sign_in(console: &Console, mechanism: &str) -> Result<()> {
    console.press("Sign in").await?;
    console.dialog().await?;
    let script = format!(
        "const select = document.querySelector('dialog select');
         select.selectedIndex = [...select.options].findIndex(it => it.text.split(' ')[0] === '{mechanism}');
         select.dispatchEvent(new Event('change', {{ bubbles: true }}))"
    );
    let browser = console.browser();
    browser.evaluate(&script).await?;
    browser.get("textbox", "User name").await?.fill("user01").await?;
    let secret = if mechanism == "XOAUTH2" {
        "Access token"
    } else {
        "Password"
    };
    browser.get("textbox", secret).await?.fill(CANARY).await?;
    console.press(&format!("Sign in with {mechanism}")).await
}

#[tokio::test]
async fn a_password_for_which_the_server_did_not_wait_is_seen_by_nobody() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        let answer = match line {
            "CAPA" => "+OK\r\nSASL LOGIN\r\n.\r\n".to_owned(),
            "AUTH LOGIN" => "+ VXNlcm5hbWU6\r\n".to_owned(),
            // It asks, and lets the person in before it was answered.
            "dXNlcjAx" => "+ UGFzc3dvcmQ6\r\n+OK welcome\r\n".to_owned(),
            "NOOP" => "+OK\r\n".to_owned(),
            other => format!("-ERR Unknown command: {}\r\n", other.to_uppercase()),
        };
        Some(answer.into_bytes())
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    sign_in(&console, "LOGIN").await?;
    eventually("the password at the server", async || {
        Ok(String::from_utf8_lossy(&server.heard())
            .contains(CANARY_BASE64)
            .then_some(()))
    })
    .await?;
    console
        .row(Mark::BEGIN, "server", "status", "Unknown command")
        .await?;
    for _ in 0..2 {
        let everything = console.everything().await?.to_lowercase();
        for secret in [CANARY, CANARY_BASE64] {
            ensure!(
                !everything.contains(&secret.to_lowercase()),
                "the page has {secret}"
            );
        }
        // Nor is it there for whoever comes late.
        console.browser().reload().await?;
        console
            .row(Mark::BEGIN, "server", "status", "Unknown command")
            .await?;
    }
    console.finish().await
}

#[tokio::test]
async fn a_pattern_that_takes_long_holds_the_page_up_for_a_moment_only() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(match line {
            "RETR 1" => {
                format!("+OK\r\nSubject: {}\r\n\r\nneedle\r\n.\r\n", "a".repeat(1 << 18)).into_bytes()
            }
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let browser = console.browser();
    browser.type_keys("/").await?;
    browser
        .evaluate(
            "window.longest = 0; let last = performance.now();
             const look = now => { window.longest = Math.max(window.longest, now - last); last = now;
             requestAnimationFrame(look) }; requestAnimationFrame(look)",
        )
        .await?;
    console.press("Regular expression").await?;
    browser
        .get("searchbox", "Search transcript")
        .await?
        .fill(".*needle")
        .await?;
    eventually("the match", async || {
        let told = browser
            .evaluate("return document.querySelector('#search-told').textContent")
            .await?;
        Ok((told == "1 of 1").then_some(()))
    })
    .await?;
    let longest = browser.evaluate("return window.longest").await?;
    ensure!(
        longest.as_f64().is_some_and(|it| it < 1500.0),
        "the page stood still for {longest} ms"
    );
    console.finish().await
}

#[tokio::test]
async fn script_in_what_is_completed_explained_and_asked_is_text() -> Result<()> {
    let server = Scripted::start(format!("+OK {SCRIPT} <1.2@x>\r\n"), |line| {
        let answer = match line.split(' ').next() {
            Some("CAPA") => {
                format!("+OK\r\nSASL XOAUTH2 {SCRIPT}\r\n{SCRIPT}\r\nIMPLEMENTATION {SCRIPT}\r\n.\r\n")
            }
            Some("AUTH") if line == "AUTH" => format!("+OK\r\n{SCRIPT}\r\n.\r\n"),
            Some("LANG") => format!("+OK\r\n{} {SCRIPT}\r\n.\r\n", SCRIPT.replace(' ', "")),
            Some("AUTH") => format!("+ {SCRIPT_BASE64}\r\n"),
            Some("UIDL") => "+OK\r\n1 <script>window.pwned=1</script>\r\n.\r\n".to_owned(),
            Some("TOP" | "RETR") => format!("+OK {SCRIPT}\r\nSubject: {SCRIPT}\r\nX: y\r\n\r\n.\r\n"),
            Some("PASS" | "USER") => format!("+OK {SCRIPT}\r\n"),
            _ => format!("-ERR [{SCRIPT}] {SCRIPT}\r\n"),
        };
        Some(answer.into_bytes())
    })
    .await?;
    let bridge = Bridge::start()?;
    for path in [
        "/?server=%3Cimg%20src=x%20onerror=window.pwned=1%3E&security=%3Cscript%3E",
        "/s/%3Cimg%20src=x%20onerror=window.pwned=1%3E#L%3Cscript%3E",
        "/#L1&<script>window.pwned=1</script>",
    ] {
        let console = Console::open_in(e2e::Browser::start().await?, &bridge, path).await?;
        console.in_sight().await?;
        console.finish().await?;
    }
    let console = Console::connected(&bridge, &server).await?;
    let browser = console.browser();
    for line in ["CAPA", "AUTH", "LANG", "CAPA"] {
        let mark = console.say(line).await?;
        console.row(mark, "server", "terminator", ".").await?;
    }
    console.type_at_prompt("LANG <").await?;
    let list = browser.get("listbox", "Completions").await?.text().await?;
    ensure!(list.contains("onerror") && !list.contains('\u{202e}'), "{list}");
    browser.get("combobox", "POP3 command").await?.fill("").await?;
    sign_in(&console, "XOAUTH2").await?;
    console.alert("The server").await?;
    let sheet = console.dialog().await?.text().await?;
    ensure!(
        sheet.contains("onerror") && !sheet.contains('\u{202e}'),
        "{sheet}"
    );
    console.pictures("deceit-sign-in").await?;
    console.finish().await
}

#[tokio::test]
async fn what_is_piled_upon_a_character_covers_no_other_line() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| {
        Some(format!("-ERR a{} b\r\n", "\u{30a}\u{336}".repeat(900)).into_bytes())
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    let mark = console.say("NOOP").await?;
    console.row(mark, "server", "status", "-ERR").await?;
    console.pictures("deceit-piled").await?;
    let sides = console
        .browser()
        .evaluate(
            "const log = document.querySelector('[role=log]'); return [log.scrollWidth, log.clientWidth]",
        )
        .await?;
    ensure!(sides[0] == sides[1], "the line reaches beyond its row: {sides}");
    console.finish().await
}

#[tokio::test]
async fn a_flood_of_challenges_and_of_lines_that_answer_nothing_leaves_the_page_usable() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        let answer = match line {
            "CAPA" => "+OK\r\nSASL LOGIN\r\n.\r\n".to_owned(),
            "AUTH LOGIN" => "+ VXNlcm5hbWU6\r\n".repeat(50_000),
            "NOOP" => format!("+OK\r\n{}", "what is this\r\n".repeat(100_000)),
            "STAT" => "+OK still here\r\n".to_owned(),
            "*" => "-ERR cancelled\r\n".to_owned(),
            _ => "+ UGFzc3dvcmQ6\r\n".repeat(1000),
        };
        Some(answer.into_bytes())
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    console.say("NOOP").await?;
    eventually("the flood", async || {
        let lines = "return document.querySelector('.bar-lines').textContent";
        Ok((console.browser().evaluate(lines).await? == "100,004 lines").then_some(()))
    })
    .await?;
    sign_in(&console, "LOGIN").await?;
    console.alert("asks for more").await?;
    let heard = String::from_utf8_lossy(&server.heard()).into_owned();
    ensure!(
        heard.matches(CANARY_BASE64).count() == 1 && heard.contains("*\r\n"),
        "{heard}"
    );
    console.press("Close").await?;
    let mark = console.say("STAT").await?;
    console.answer(mark, "still here").await?;
    console.finish().await
}
