//! A server may say anything; it is shown, and nothing of it runs.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Mark, Scripted, Security};

const SCRIPT: &str =
    "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script><style>*{display:none}</style>";

#[tokio::test]
async fn script_in_what_a_server_says_is_text() -> Result<()> {
    let server = Scripted::start(format!("+OK {SCRIPT} <1.2@{SCRIPT}>\r\n"), |line| {
        Some(match line.split(' ').next() {
            Some("RETR") => format!(
                "+OK {SCRIPT}\r\nSubject: {SCRIPT}\r\nFrom: \"{SCRIPT}\" <a@b>\r\n\
                 Content-Type: text/html\r\n\r\n<html><body>{SCRIPT}</body></html>\r\n.\r\n"
            )
            .into_bytes(),
            Some("LIST" | "UIDL" | "CAPA") => format!("+OK\r\n1 {SCRIPT}\r\n{SCRIPT}\r\n.\r\n").into_bytes(),
            _ => format!("-ERR [{SCRIPT}] {SCRIPT}\r\n").into_bytes(),
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.row(Mark::BEGIN, "server", "greeting", "onerror").await?;
    for line in ["CAPA", "LIST", "UIDL", "RETR 1"] {
        let mark = console.say(line).await?;
        console.row(mark, "server", "terminator", ".").await?;
    }
    let mark = console.say(&format!("NOOP {SCRIPT}")).await?;
    let answer = console.row(mark, "server", "status", "-ERR").await?;
    ensure!(
        answer.text.contains(SCRIPT),
        "it is not shown as it came: {}",
        answer.text
    );
    let state = console.browser().evaluate("return [window.pwned ?? null, document.scripts.length, document.querySelectorAll('img[src=x]').length]").await?;
    ensure!(state[0].is_null() && state[2] == 0, "{state}");
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
