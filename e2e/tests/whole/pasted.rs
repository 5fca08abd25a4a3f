//! Several pasted lines.

use anyhow::{Result, ensure};
use e2e::keys::ESCAPE;
use e2e::{Bridge, Console, Mark};

#[tokio::test]
async fn pasted_lines_go_out_one_after_another_and_stop_where_one_is_refused() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    paste(
        &console,
        "CAPA\r\nUSER user01\r\nPASS password01\r\n\r\nLIST\r\nRETR 9\r\nDELE 1\r\n",
    )
    .await?;
    let sheet = console.dialog().await?;
    let said = sheet.text().await?;
    ensure!(
        said.contains("Send 6 lines?") && said.contains("PASS ••••••••••"),
        "{said}"
    );
    let held = console
        .browser()
        .evaluate("return document.querySelector('dialog').outerHTML")
        .await?;
    ensure!(!held.to_string().contains("password01"), "{held}");
    console.pictures("pasted-sheet").await?;

    let mark = console.mark().await?;
    console.press("Send one after another").await?;
    console.row(mark, "client", "command", "RETR 9").await?;
    console
        .await_status("Pasted lines", "Stopped at line 5 of 6")
        .await?;
    let commands: Vec<_> = console
        .rows()
        .await?
        .into_iter()
        .filter(|row| row.from == "client")
        .collect();
    ensure!(commands.len() == 5, "{commands:?}");
    console.pictures("pasted-stopped").await?;

    console.press("Go on").await?;
    console.row(Mark::BEGIN, "console", "", "marked").await?;
    console
        .await_status("Pasted lines", "6 lines were sent; the server refused 1 of them.")
        .await?;
    console.press("Close").await?;
    console.browser().gone("group", "Pasted lines").await?;
    console.finish().await
}

#[tokio::test]
async fn pasted_lines_go_out_pipelined_where_the_person_wants_it() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    paste(&console, &format!("{}STAT\nQUIT\n", "NOOP\n".repeat(70))).await?;
    let sheet = console.dialog().await?;
    ensure!(sheet.text().await?.contains("CAPA tells"));
    let mark = console.mark().await?;
    console.press("Send pipelined").await?;
    console.row(mark, "client", "command", "QUIT").await?;
    console.await_state("CLOSED").await?;
    let rows = console.rows().await?;
    let stat = rows
        .iter()
        .position(|row| row.from == "client" && row.text == "STAT");
    ensure!(
        stat.is_some_and(|at| rows[at..].iter().any(|row| row.text.contains("4 1061"))),
        "{rows:?}"
    );
    console.finish().await
}

#[tokio::test]
async fn pasted_lines_can_be_left_alone() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    paste(&console, "CAPA\nNOOP").await?;
    console.dialog().await?;
    console.browser().type_keys(ESCAPE).await?;
    console.browser().gone("dialog", "Send 2 lines?").await?;
    paste(&console, "CAPA\nNOOP").await?;
    console.press("First line into the prompt").await?;
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    e2e::eventually("the first line at the prompt", async || {
        Ok((prompt.value().await? == "CAPA").then_some(()))
    })
    .await?;
    let rows = console.rows().await?;
    ensure!(rows.iter().all(|row| row.from != "client"), "{rows:?}");
    console.finish().await
}

/// Pastes a text at the prompt.
async fn paste(console: &Console, text: &str) -> Result<()> {
    console.browser().get("combobox", "POP3 command").await?;
    let script = format!(
        "const data = new DataTransfer(); data.setData('text', {});
         document.querySelector('[role=combobox]').dispatchEvent(
            new ClipboardEvent('paste', {{ clipboardData: data, bubbles: true, cancelable: true }}))",
        serde_json::json!(text)
    );
    console.browser().evaluate(&script).await.map(drop)
}
