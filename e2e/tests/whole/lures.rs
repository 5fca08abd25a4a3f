//! Whatever a server says, or somebody calls their mailbox, the browser asks nobody for anything.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Mark, Scripted, Security};
use serde_json::json;

use super::access::{PASSWORD, signed_on};
use super::hostile::harmless;

/// What would lead a browser that took it for markup to another address, which is `AT`.
const LURES: &[&str] = &[
    r#"<img src="AT/img" srcset="AT/img-set 2x">"#,
    r#"<picture><source srcset="AT/picture"><img></picture>"#,
    r#"<p style="background: url(AT/style)">"#,
    r#"<style>@import url(AT/import); * { background: url(AT/css); cursor: url(AT/cursor), auto }</style>"#,
    r#"<iframe src="AT/iframe"></iframe><frame src="AT/frame">"#,
    r#"<iframe srcdoc="<img src='AT/srcdoc'>"></iframe>"#,
    r#"<svg><image href="AT/svg"/><use href="AT/use#a"/></svg><svg onload="fetch('AT/svg-load')">"#,
    r#"<meta http-equiv="refresh" content="0; url=AT/refresh">"#,
    r#"<link rel="stylesheet" href="AT/stylesheet"><link rel="icon" href="AT/icon"><link rel="prefetch" href="AT/prefetch">"#,
    r#"<a href="javascript:fetch('AT/javascript')" autofocus onfocus="this.click()">a</a>"#,
    r#"<iframe src="javascript:fetch('AT/frame-javascript')"></iframe>"#,
    r#"<iframe src="data:text/html,<script>fetch('AT/data')</script>"></iframe>"#,
    r#"<object data="AT/object"></object><embed src="AT/embed">"#,
    r#"<form action="AT/form"><input autofocus onfocus="form.submit()"></form>"#,
    r#"<video src="AT/video" poster="AT/poster" autoplay></video><audio src="AT/audio" autoplay></audio>"#,
    r#"<base href="AT/base/"><body background="AT/body"><input type="image" src="AT/input">"#,
    r#"<script src="AT/script"></script><script>fetch("AT/inline")</script>"#,
    "javascript:fetch('AT/plain-javascript')",
    "data:text/html,<script>fetch('AT/plain-data')</script>",
    "AT/plain",
];

/// Another address, at which whoever comes is answered, and heard.
async fn elsewhere() -> Result<Scripted> {
    Scripted::start("", |line| {
        // Behind the header there is an empty line.
        Some(match line {
            "" => b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_vec(),
            _ => Vec::new(),
        })
    })
    .await
}

/// What a server says to that line that wants everybody to be somewhere else.
fn answer(line: &str, lures: &[String]) -> Vec<u8> {
    let (verb, _) = line.split_once(' ').unwrap_or((line, ""));
    match verb {
        "CAPA" => format!("+OK\r\nUSER\r\n{}\r\n.\r\n", lures.join("\r\n")),
        "RETR" => {
            let fields: Vec<String> = lures.iter().map(|lure| format!("Subject: {lure}\r\n")).collect();
            let fields = fields.concat();
            let lines = lures.join("\r\n");
            format!("+OK\r\n{fields}Content-Type: text/html\r\n\r\n{lines}\r\n.\r\n")
        }
        "USER" | "PASS" => "+OK\r\n".to_owned(),
        _ => format!("-ERR {}\r\n", lures.concat()),
    }
    .into_bytes()
}

/// Nothing on the page leads there.
async fn leads_nowhere(console: &Console, at: &str) -> Result<()> {
    let led = format!(
        "return [...document.querySelectorAll('*')].flatMap(it => [...it.attributes])
            .filter(it => /^(src|href|action|data|poster|style|srcset|content|srcdoc)$/.test(it.name) && it.value.includes('{at}'))
            .map(it => it.name + '=' + it.value)"
    );
    let led = console.browser().evaluate(&led).await?;
    ensure!(led == json!([]), "{led}");
    Ok(())
}

#[tokio::test]
async fn nothing_that_a_server_says_leads_a_browser_anywhere() -> Result<()> {
    let elsewhere = elsewhere().await?;
    let at = format!("http://{}", elsewhere.address());
    let lures: Vec<String> = LURES.iter().map(|lure| lure.replace("AT", &at)).collect();
    let greeting = format!("+OK {}\r\n", lures.concat());
    let said = lures.clone();
    let server = Scripted::start(greeting, move |line| Some(answer(line, &said))).await?;
    let bridge = Bridge::hosted(&[("anna", "agent"), ("Sue", "supervisor")], PASSWORD)?;
    let agent = signed_on(&bridge, "anna").await?;
    let scripts = agent.browser().evaluate("return document.scripts.length").await?;
    agent
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    for lure in &lures {
        agent.row(Mark::BEGIN, "server", "greeting", lure).await?;
    }
    // A mailbox is called what has no blanks.
    let mailbox = format!("\"><img/src={at}/mailbox><svg/onload=fetch('{at}/mailbox-load')>");
    agent.sign_in(&mailbox, "password01").await?;
    for line in ["CAPA", "RETR 1"] {
        let mark = agent.say(line).await?;
        agent.row(mark, "server", "terminator", ".").await?;
        agent.row(mark, "server", "", &lures[lures.len() - 1]).await?;
        harmless(&agent, &scripts).await?;
        leads_nowhere(&agent, &at).await?;
    }
    let mark = agent.say("NOOP").await?;
    for lure in &lures {
        agent.row(mark, "server", "status", lure).await?;
    }
    leads_nowhere(&agent, &at).await?;

    let supervisor = signed_on(&bridge, "Sue").await?;
    let scripts = supervisor
        .browser()
        .evaluate("return document.scripts.length")
        .await?;
    supervisor.says(&mailbox).await?;
    harmless(&supervisor, &scripts).await?;
    leads_nowhere(&supervisor, &at).await?;
    supervisor.pictures("board-hostile").await?;

    let heard = String::from_utf8_lossy(&elsewhere.heard()).into_owned();
    ensure!(heard.is_empty(), "{heard}");
    for console in [&agent, &supervisor] {
        console.browser().complains_only_of("", &[]).await?;
    }
    // That whoever came would have been heard.
    supervisor.browser().go(&format!("{at}/heard")).await?;
    let heard = String::from_utf8_lossy(&elsewhere.heard()).into_owned();
    ensure!(heard.starts_with("GET /heard "), "{heard}");
    Ok(())
}
