//! A server may say anything; it is shown, and nothing of it runs.

use anyhow::{Result, ensure};
use e2e::keys::ESCAPE;
use e2e::{Bridge, Console, Mark, Scripted, Security, eventually};
use serde_json::{Value, json};

use super::sign_in::submit;

const SCRIPT: &str =
    "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script><style>*{display:none}</style>";

/// The same where no blanks are allowed, with what could lead out of a folder.
const WORD: &str = "\"><script>window.pwned=1</script>/../x";

/// And in base64, for challenges.
const BASE64: &str =
    "IicgeD0+PGltZyBzcmM9eCBvbmVycm9yPSJ3aW5kb3cucHduZWQ9MSI+PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg==";

/// What that says.
const CHALLENGE: &str = "\"' x=><img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>";

fn answer(line: &str) -> Vec<u8> {
    let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
    match (verb, argument) {
        ("CAPA", _) => format!(
            "+OK {SCRIPT}\r\nUSER\r\nSASL LOGIN {WORD}\r\n{SCRIPT}\r\nIMPLEMENTATION {SCRIPT}\r\nEXPIRE {WORD}\r\n\
             LOGIN-DELAY {WORD}\r\n.\r\n"
        ),
        ("AUTH", "LOGIN") => format!("+ {BASE64}\r\n"),
        ("AUTH", _) => format!("+ {SCRIPT}\r\n"),
        ("USER" | "PASS" | "STAT", _) => format!("+OK {SCRIPT}\r\n"),
        ("LIST", _) => format!("+OK {SCRIPT}\r\n1 {WORD}\r\n{SCRIPT}\r\n.\r\n"),
        ("UIDL", _) => format!("+OK {SCRIPT}\r\n1 {WORD}\r\n{SCRIPT}\r\n.\r\n"),
        ("RETR", _) => {
            let mut reply = format!("+OK {SCRIPT}\r\n").into_bytes();
            reply.extend_from_slice(&message());
            reply.extend_from_slice(b".\r\n");
            return reply;
        }
        _ => format!("-ERR [{SCRIPT}] {SCRIPT}\r\n"),
    }
    .into_bytes()
}

fn message() -> Vec<u8> {
    let mut message = format!(
        "{SCRIPT}: {SCRIPT}\r\nSubject: {SCRIPT}\r\nTo: =?utf-8?Q?=3Cimg_src=3Dx_onerror=3D=22window.pwned=3D1=22=3E?=\r\n\
         From: \"{SCRIPT}\" <a@b>\r\nContent-Type: text/html; boundary=\"{WORD}\"\r\n\r\n\
         <html><body>{SCRIPT}</body></html>\r\n--{WORD}\r\nContent-Type: {SCRIPT}\r\n> {SCRIPT}\r\n"
    )
    .into_bytes();
    // «Привет» in windows-1251.
    message.extend_from_slice(b"\xcf\xf0\xe8\xe2\xe5\xf2 ");
    message.extend_from_slice(format!("{SCRIPT}\r\n").as_bytes());
    message
}

/// Nothing that a server said became an element or an attribute, or ran.
pub(super) async fn harmless(console: &Console, scripts: &Value) -> Result<()> {
    let state = console
        .browser()
        .evaluate(
            "return [window.pwned ?? null, document.scripts.length, document.querySelectorAll('img, iframe, object, style').length,
            [...document.querySelectorAll('*')].flatMap(it => [...it.attributes]).filter(it => it.name.startsWith('on')).length]",
        )
        .await?;
    ensure!(state == json!([null, scripts, 0, 0]), "{state}");
    Ok(())
}

#[tokio::test]
async fn script_is_text_wherever_a_server_puts_it() -> Result<()> {
    let server = Scripted::start(format!("+OK {SCRIPT} <1.2@{WORD}>\r\n"), |line| {
        Some(answer(line))
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let browser = console.browser();
    browser.take_downloads().await?;
    let scripts = browser.evaluate("return document.scripts.length").await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    let greeting = console.row(Mark::BEGIN, "server", "greeting", SCRIPT).await?;
    ensure!(
        greeting.text == format!("+OK {SCRIPT} <1.2@{WORD}>"),
        "{greeting:?}"
    );
    let mark = console.say("CAPA").await?;
    console.row(mark, "server", "terminator", ".").await?;
    harmless(&console, &scripts).await?;

    // Challenges, in the transcript and in the sheet.
    let mark = console.say("AUTH LOGIN").await?;
    console.row(mark, "server", "continuation", BASE64).await?;
    let title = "return document.querySelector('[data-part=continuation] .tok-base64').title";
    ensure!(browser.evaluate(title).await? == CHALLENGE);
    let mark = console.say("*").await?;
    console.answer(mark, SCRIPT).await?;
    let mark = console.say("AUTH EXTERNAL").await?;
    console.row(mark, "server", "continuation", SCRIPT).await?;
    let mark = console.say("*").await?;
    console.answer(mark, SCRIPT).await?;
    console.press("Sign in").await?;
    let sheet = console.dialog().await?;
    submit(&console, "LOGIN", "user01", "password01").await?;
    console.alert(SCRIPT).await?;
    ensure!(sheet.text().await?.contains(CHALLENGE), "{}", sheet.text().await?);
    console.pictures("hostile-sign-in").await?;
    harmless(&console, &scripts).await?;
    browser.type_keys(ESCAPE).await?;
    browser.gone("button", "Sign in with LOGIN").await?;

    console.sign_in("user01", "password01").await?;
    for line in ["STAT", "LIST", "UIDL", "RETR 1"] {
        let mark = console.say(line).await?;
        console.row(mark, "server", "status", SCRIPT).await?;
    }
    let mark = console.mark().await?;
    server.speak(&format!("* {SCRIPT}\r\n"))?;
    console.row(mark, "server", "unexpected", SCRIPT).await?;
    console
        .browser()
        .get("combobox", "Charset of lines that are not UTF-8")
        .await?
        .type_keys("Windows-1251")
        .await?;
    let line = console.row(Mark::BEGIN, "server", "body", "Привет").await?;
    ensure!(line.text == format!("Привет {SCRIPT}"), "{line:?}");
    let said = "return [...document.querySelectorAll('.tok-encoded-word')].map(it => it.title)";
    ensure!(browser.evaluate(said).await? == json!(["<img src=x onerror=\"window.pwned=1\">"]));
    harmless(&console, &scripts).await?;

    // What is completed: the subject of the message.
    console.type_at_prompt("DELE ").await?;
    eventually("the subject at the prompt", async || {
        let options = browser.all("option").await?;
        for option in options {
            if option.text().await?.contains(SCRIPT) {
                return Ok(Some(()));
            }
        }
        Ok(None)
    })
    .await?;
    harmless(&console, &scripts).await?;
    browser.get("combobox", "POP3 command").await?.fill("").await?;

    // What is found, read out, shown in hex, saved, hidden.
    browser.type_keys("/").await?;
    browser
        .get("searchbox", "Search transcript")
        .await?
        .fill("<script>")
        .await?;
    eventually("matches", async || {
        let found = browser
            .evaluate("return document.querySelectorAll('[role=log] .found').length")
            .await?;
        Ok(found.as_u64().filter(|&found| found > 10).map(drop))
    })
    .await?;
    harmless(&console, &scripts).await?;
    browser.type_keys(ESCAPE).await?;
    browser
        .get("link", &format!("Line {}", line.line))
        .await?
        .click()
        .await?;
    browser.type_keys("x").await?;
    browser
        .get("group", &format!("Octets of line {}", line.line))
        .await?;
    console.pictures("hostile").await?;
    browser.type_keys("s").await?;
    let name = "message-1-___script_window.pwned_1__script__.._x.eml";
    ensure!(browser.downloaded(name).await? == message());
    harmless(&console, &scripts).await?;
    console.scroll_to_top().await?;
    browser
        .get("link", &format!("Line {}", greeting.line))
        .await?
        .click()
        .await?;
    browser.type_keys("h").await?;
    console.press("Hide").await?;
    console
        .row(Mark::BEGIN, "server", "greeting", "hidden by you")
        .await?;
    harmless(&console, &scripts).await?;
    console.finish().await
}

#[tokio::test]
async fn the_page_allows_no_script_of_anybody_else() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.browser().get("form", "Connect").await?;
    // What an injected element would do. The browser must complain, and the page must not have it.
    let inject =
        "const script = document.createElement('script'); try { script.textContent = 'window.pwned=1'; }
        catch { return 'refused' } document.body.append(script); return window.pwned ?? 'nothing'";
    let came = console.browser().evaluate(inject).await?;
    ensure!(came == "refused" || came == "nothing", "{came}");
    let complaints = console.browser().complaints().await?;
    ensure!(!complaints.is_empty(), "there is no content security policy");
    Ok(())
}

#[tokio::test]
async fn octets_that_could_deceive_are_visible_marks() -> Result<()> {
    let said = b"+OK \x1b[31mred\x07 \xff\xfe "
        .iter()
        .copied()
        .chain("\u{202e}evil\u{202c}\r\n".bytes());
    let server = Scripted::start(said.collect::<Vec<u8>>(), |_| Some(b"+OK\r\n".to_vec())).await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    let greeting = console.row(Mark::BEGIN, "server", "greeting", "red").await?;
    for hidden in ['\u{1b}', '\u{7}', '\u{202e}', '\u{202c}'] {
        ensure!(
            !greeting.text.contains(hidden),
            "{hidden:?} is not visible in {:?}",
            greeting.text
        );
    }
    console.finish().await
}
