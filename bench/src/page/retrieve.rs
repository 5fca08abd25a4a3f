//! A large message in the page: received, lexed and indexed, beside a bare `onmessage` and beside xterm.js.

use std::path::PathBuf;

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use e2e::keys::ENTER;
use e2e::{Browser, Console};
use protocol::secret::TypedLine;
use protocol::target::{Family, Security, Target};
use protocol::wire::{FromBrowser, encode};
use serde_json::{Value, json};

use super::Place;
use super::script::{BARE_ONMESSAGE, OPEN_SESSION, WATCH_RETRIEVAL, XTERM};
use crate::client::Key;
use crate::cores::Cores;
use crate::interrupt;
use crate::mail::LINE;
use crate::relay;
use crate::run::Run;
use crate::scratch;

/// xterm.js is given a quarter: past 50 MB in waiting it drops what comes.
const XTERM_PART: u32 = 4;

/// Who takes the message.
#[derive(Clone, Copy)]
enum Taker {
    Console,
    Bare,
    Xterm,
}

/// One round.
pub(super) async fn measure(run: &mut Run) -> Result<()> {
    let large = run.effort.large;
    let mut takers = vec![Taker::Console, Taker::Bare];
    takers.extend(xterm().map(|_| Taker::Xterm));
    run.chance.shuffle(&mut takers);
    for taker in takers {
        interrupt::check()?;
        let place = Place::set()?;
        let (subject, lines, took) = match taker {
            Taker::Console => ("console", large, retrieve(&place.console().await?, large).await?),
            Taker::Bare => ("bare", large, bare(&place, large).await?),
            Taker::Xterm => {
                let lines = large / XTERM_PART;
                ("xterm", lines, terminal(&place, lines).await?)
            }
        };
        let megabytes = f64::from(lines) * LINE as f64 / 1e6;
        run.results
            .add(subject, vec![("page_retr_mb_per_s", megabytes / took * 1e3)]);
    }
    Ok(())
}

/// Retrieves a message of so many lines as a person does, and waits until all of it is drawn: for how many milliseconds.
pub(super) async fn retrieve(console: &Console, lines: u32) -> Result<f64> {
    console.type_at_prompt(&format!("RETR {lines}")).await?;
    console.browser().evaluate(WATCH_RETRIEVAL).await?;
    console.type_at_prompt(ENTER).await?;
    milliseconds(&console.browser().evaluate("return window.bench").await?)
}

/// In the same page, a socket of its own that counts what comes.
async fn bare(place: &Place, lines: u32) -> Result<f64> {
    let browser = Browser::start().await?;
    browser.go(place.bridge.origin()).await?;
    browser.get("textbox", "Server").await?;
    let opened = browser.evaluate(OPEN_SESSION).await?;
    let key: Key = serde_json::from_value(opened).context("no session was opened")?;
    let hello = key.hello("a browser of the bench's");
    let target = Target {
        host: place.mail.ip().to_string(),
        port: place.mail.port(),
        security: Security::Plain,
        verify: true,
        name: None,
        family: Family::Any,
    };
    let mut messages = vec![encode(&hello), encode(&FromBrowser::Connect { target })];
    for (id, line) in (1..).zip(["USER bench", "PASS bench", &format!("RETR {lines}")]) {
        let line = TypedLine::new(line.as_bytes().to_vec());
        messages.push(encode(&FromBrowser::Line {
            id,
            connection: 1,
            line,
        }));
    }
    let messages: Vec<String> = messages
        .iter()
        .map(|message| BASE64_STANDARD.encode(message))
        .collect();
    let script = BARE_ONMESSAGE
        .replace("MESSAGES", &json!(messages).to_string())
        .replace("LEAST", &(lines as usize * LINE).to_string());
    milliseconds(&browser.evaluate(&script).await?)
}

/// A terminal in a page, behind the bare relay.
async fn terminal(place: &Place, lines: u32) -> Result<f64> {
    let directory = place.directory();
    let library = xterm().context("xterm.js is gone")?;
    let page = directory.join("xterm.html");
    let html = format!(
        "<!doctype html><title>xterm.js</title><script src=\"file://{}\"></script><body></body>",
        library.display()
    );
    std::fs::write(&page, html)?;
    let (_relay, address) = relay::bare(place.mail, directory, Cores::All)?;
    let browser = Browser::start().await?;
    browser.go(&format!("file://{}", page.display())).await?;
    let script = XTERM
        .replace("RELAY", &address.to_string())
        .replace("LINES", &lines.to_string())
        .replace("LEAST", &(lines as usize * LINE).to_string());
    milliseconds(&browser.evaluate(&script).await?)
}

fn milliseconds(value: &Value) -> Result<f64> {
    value.as_f64().with_context(|| format!("{value} is no time"))
}

/// Where `cargo xtask bench` puts xterm.js, if it could get it.
fn xterm() -> Option<PathBuf> {
    let library = scratch::place()
        .ok()?
        .join("npm/node_modules/@xterm/xterm/lib/xterm.js");
    library.exists().then_some(library)
}
