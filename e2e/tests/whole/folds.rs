//! Long payloads fold to their first lines, and open in place.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Scripted, eventually};

#[tokio::test]
async fn a_long_payload_folds_and_opens_in_place() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(match line {
            "LIST" => {
                let lines: String = (1..=500).map(|at| format!("{at} {}\r\n", at * 7)).collect();
                format!("+OK 500 messages\r\n{lines}.\r\n").into_bytes()
            }
            "RETR 1" => {
                let lines: String = (1..=5000)
                    .map(|at| format!("line {at} of the text\r\n"))
                    .collect();
                format!("+OK\r\nSubject: long\r\n\r\n{lines}.\r\n").into_bytes()
            }
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("LIST").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let mark = console.say("RETR 1").await?;
    let end = console.row(mark, "server", "terminator", ".").await?;
    console.pictures("folds").await?;

    let folded = console.rows().await?;
    ensure!(folded.len() < 80, "{} rows", folded.len());
    let fold = console
        .browser()
        .get("button", "4,982 more lines — message content, 113 kB")
        .await?;
    ensure!(fold.attribute("aria-expanded").await?.as_deref() == Some("false"));
    fold.click().await?;
    let fold = console
        .browser()
        .get("button", "4,982 lines — message content, 113 kB")
        .await?;
    ensure!(fold.attribute("aria-expanded").await?.as_deref() == Some("true"));
    console.row(mark, "server", "body", "line 25 of the text").await?;
    ensure!(!console.rows().await?.iter().any(|row| row.line == end.line));
    console.pictures("unfolded").await?;
    console.press("Live").await?;
    eventually("the end", async || {
        let rows = console.rows().await?;
        let is_there = |text: &str| rows.iter().any(|row| row.text == text);
        Ok((is_there("line 5000 of the text") && rows.last() == Some(&end)).then_some(()))
    })
    .await?;
    console.finish().await
}
