//! The transcript as a file of each kind, saved from the page.

use anyhow::{Context, Result, ensure};
use e2e::{Bridge, Console, Mark, Scripted, Security, eventually};

use super::sharing::{Asked, open, share};

const GREETING: &str = "+OK ready\r\n";

/// A message that would do something in a page, and is none that is UTF-8.
const MESSAGE: &[u8] = b"+OK\r\nSubject: <script>document.title='run'</script>\r\n\r\n<img src=http://127.0.0.1:9/x onerror=alert(1)>\r\n\
    </div></main><style>body{display:none}</style>\r\n..dot \xff\x1b[31m \xe2\x80\xaetxt\r\n.\r\n";

/// A session with that message in it.
async fn retrieved(bridge: &Bridge, server: &Scripted) -> Result<Console> {
    let console = Console::open(bridge).await?;
    console.browser().take_downloads().await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    console.sign_in("user01", "canary-of-export").await?;
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    Ok(console)
}

async fn hostile() -> Result<Scripted> {
    Scripted::start(GREETING, |line| {
        Some(if line == "RETR 1" {
            MESSAGE.to_vec()
        } else {
            b"+OK\r\n".to_vec()
        })
    })
    .await
}

/// Saves the transcript with the sheet's button of that name, and gives what was saved and under what name.
async fn saved(console: &Console, button: &str, ending: &str) -> Result<(String, Vec<u8>)> {
    console.press(button).await?;
    let name = console.browser().saved_as(ending).await?;
    let octets = console.browser().downloaded(&name).await?;
    Ok((name, octets))
}

#[tokio::test]
async fn every_kind_of_file_holds_what_happened_and_no_password() -> Result<()> {
    let (bridge, server) = (Bridge::start()?, hostile().await?);
    let console = retrieved(&bridge, &server).await?;
    console.press("Export transcript").await?;
    console.dialog().await?;
    console.pictures("export").await?;

    let (name, text) = saved(&console, "Save .txt", ".txt").await?;
    ensure!(name.starts_with("pop3-127.0.0.1-"), "{name}");
    let wanted = [
        GREETING.as_bytes(),
        b"USER user01\r\n+OK\r\nPASS ",
        "\u{2022}".repeat(8).as_bytes(),
        b"\r\n+OK\r\nRETR 1\r\n",
        MESSAGE,
    ]
    .concat();
    ensure!(text == wanted, "{}", String::from_utf8_lossy(&text));

    let (_, lines) = saved(&console, "Save .ndjson", ".ndjson").await?;
    let lines = String::from_utf8(lines)?;
    ensure!(!lines.contains("canary-of-export"));
    for (seq, line) in (1_u64..).zip(lines.lines()) {
        let line: serde_json::Value = serde_json::from_str(line).context("a line is JSON")?;
        ensure!(line["seq"] == seq && line["event"].is_string(), "{line}");
    }

    let (name, html) = saved(&console, "Save .html", ".html").await?;
    ensure!(!String::from_utf8_lossy(&html).contains("canary-of-export"));
    ensure!(console.browser().complaints().await?.is_empty());
    let file = console.browser().saved_path(&name);
    console
        .browser()
        .go(&format!("file://{}", file.display()))
        .await?;
    let seen = eventually("the page that was saved", async || {
        let seen = console.in_sight().await?;
        Ok(seen.contains("RETR 1").then_some(seen))
    })
    .await?;
    for said in [
        "<script>document.title='run'</script>",
        "onerror=alert(1)",
        "..dot",
        "U+202E",
        "ESC",
    ] {
        ensure!(seen.contains(said), "`{said}` is not in it: {seen}");
    }
    let counted = console
        .browser()
        .evaluate("return document.scripts.length + document.images.length + (document.title.includes('run') ? 1 : 0)")
        .await?;
    ensure!(counted == 0, "something of the message is markup");
    let coloured = console
        .browser()
        .evaluate("return getComputedStyle(document.querySelector('.tok-command')).fontWeight")
        .await?;
    ensure!(coloured == "700", "the style sheet does not apply: {coloured}");
    console.pictures("exported-page").await?;
    console.finish().await
}

/// In a message's header, and in its text.
const CANARIES: [&str; 2] = ["canary-header", "canary-body"];

#[tokio::test]
async fn what_a_link_does_not_show_is_in_no_file_and_the_owner_sees_who_exports() -> Result<()> {
    let [header, body] = CANARIES;
    let message = format!("+OK\r\nSubject: {header}\r\n\r\n{body}\r\n..{body}\r\n.\r\n");
    let server = Scripted::start(GREETING, move |line| {
        Some(if line == "RETR 1" {
            message.clone().into_bytes()
        } else {
            b"+OK\r\n".to_vec()
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let owner = retrieved(&bridge, &server).await?;
    for (shows, withheld, shown) in [
        ("Headers", &CANARIES[1..], &CANARIES[..1]),
        ("Commands and status", &CANARIES[..], &[]),
    ] {
        let asked = Asked {
            allows: "Watch",
            shows,
        };
        let guest = open(&bridge, &share(&owner, &asked).await?).await?;
        guest.browser().take_downloads().await?;
        guest.row(Mark::BEGIN, "server", "terminator", ".").await?;
        guest.press("Export transcript").await?;
        guest.dialog().await?;
        for (button, ending) in [
            ("Save .txt", ".txt"),
            ("Save .html", ".html"),
            ("Save .ndjson", ".ndjson"),
        ] {
            let (_, file) = saved(&guest, button, ending).await?;
            let file = String::from_utf8(file)?;
            // The page colours a command and its number apart.
            ensure!(file.contains("RETR"), "{shows} {ending}: {file}");
            for canary in withheld {
                ensure!(!file.contains(canary), "{shows} {ending} has {canary}: {file}");
            }
            for canary in shown {
                ensure!(file.contains(canary), "{shows} {ending} lacks {canary}: {file}");
            }
            ensure!(!file.contains("canary-of-export"), "{shows} {ending}");
        }
        guest.finish().await?;
    }
    owner
        .says("Guest 2 exported the transcript as plain text.")
        .await?;
    owner.says("Guest 3 exported the transcript as NDJSON.").await?;
    owner.pictures("exported-by-a-guest").await?;
    owner.finish().await
}
