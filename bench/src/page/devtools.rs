//! The DevTools protocol, spoken directly: a trace of what the page does comes as events.

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::trace::Trace;
use crate::account;

/// How long the browser may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to the browser's only page.
pub(super) struct DevTools {
    socket: WebSocketStream<TcpStream>,
    asked: u64,
}

impl DevTools {
    /// Attaches, where the browser says.
    pub(super) async fn attach(debugger: &str) -> Result<Self> {
        let list = timeout(PATIENCE, pages(debugger)).await??;
        let mut pages = list.as_array().into_iter().flatten();
        let page = pages
            .find(|target| target["type"] == "page")
            .context("there is no page")?;
        let address = page["webSocketDebuggerUrl"]
            .as_str()
            .context("the page has no address")?;
        let (socket, _) = client_async(address, TcpStream::connect(debugger).await?).await?;
        Ok(Self { socket, asked: 0 })
    }

    /// Begins to trace.
    pub(super) async fn begin_trace(&mut self) -> Result<()> {
        let categories = json!({ "transferMode": "ReportEvents", "categories": "-*,devtools.timeline" });
        let asked = self.ask("Tracing.start", categories).await?;
        while self.next().await?["id"] != asked {}
        Ok(())
    }

    /// Ends the trace, and gives it.
    pub(super) async fn end_trace(&mut self) -> Result<Trace> {
        self.ask("Tracing.end", json!({})).await?;
        let mut trace = Trace::default();
        loop {
            let mut message = self.next().await?;
            match message["method"].as_str() {
                Some("Tracing.dataCollected") => trace.add(message["params"]["value"].take()),
                Some("Tracing.tracingComplete") => return Ok(trace),
                _ => {}
            }
        }
    }

    async fn ask(&mut self, method: &str, parameters: Value) -> Result<u64> {
        self.asked += 1;
        let message = json!({ "id": self.asked, "method": method, "params": parameters });
        self.socket.send(Message::text(message.to_string())).await?;
        Ok(self.asked)
    }

    async fn next(&mut self) -> Result<Value> {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await?
                .context("the browser is gone")??
            {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text)?;
                    if let Some(error) = message.get("error") {
                        bail!("the browser refuses: {error}");
                    }
                    return Ok(message);
                }
                Message::Close(_) => bail!("the browser closed the connection"),
                _ => {}
            }
        }
    }
}

/// What the browser says of its pages.
async fn pages(debugger: &str) -> Result<Value> {
    let mut stream = BufReader::new(TcpStream::connect(debugger).await?);
    let request = format!("GET /json/list HTTP/1.1\r\nHost: {debugger}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    // The browser keeps the connection open, whatever it is asked for.
    let mut length = None;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        ensure!(stream.read_line(&mut line).await? > 0, "no list of pages");
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok();
        }
    }
    let mut list = vec![0; length.context("a list without a length")?];
    stream.read_exact(&mut list).await?;
    Ok(serde_json::from_slice(&list)?)
}

/// The processes that render pages in the browsers that this program started.
pub(super) fn renderers() -> Result<Vec<u32>> {
    let family = account::family(std::process::id())?;
    let renders = |process: &u32| {
        // Chromium writes its own line anew, with blanks between the words.
        let line = std::fs::read_to_string(format!("/proc/{process}/cmdline"));
        line.is_ok_and(|line| line.contains("--type=renderer"))
    };
    Ok(family.into_iter().filter(renders).collect())
}
