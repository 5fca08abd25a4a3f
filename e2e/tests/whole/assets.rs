//! The console's files as the shipped bridge serves them.

use std::io::{Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use e2e::{Bridge, Console};
use flate2::read::GzDecoder;

use super::access::PASSWORD;

/// What was answered.
struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    /// Of a request for a path, with those header lines.
    fn to(bridge: &Bridge, method: &str, path: &str, lines: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(bridge.address())?;
        let host = bridge.address();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n"
        )?;
        let mut octets = Vec::new();
        stream.read_to_end(&mut octets)?;
        let end = octets.windows(4).position(|at| at == b"\r\n\r\n");
        let end = end.context("an answer without an end of its head")?;
        Ok(Self {
            head: String::from_utf8_lossy(&octets[..end]).to_lowercase(),
            body: octets.split_off(end + 4),
        })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// The path of the console's module.
fn module(bridge: &Bridge) -> Result<String> {
    let page = Answer::to(bridge, "GET", "/", "")?;
    let page = String::from_utf8(page.body)?;
    let (_, named) = page.split_once("data-wasm=").context("a page without a module")?;
    let (name, _) = named.split_once(".wasm").context("a module without a name")?;
    Ok(format!("{}.wasm", name.trim_matches('"')))
}

#[tokio::test]
async fn files_are_served_precompressed_and_come_out_as_they_are() -> Result<()> {
    let bridge = Bridge::start()?;
    let module = module(&bridge)?;
    let plain = Answer::to(&bridge, "GET", &module, "Accept-Encoding: identity\r\n")?;
    let zipped = Answer::to(&bridge, "GET", &module, "Accept-Encoding: gzip, br;q=0\r\n")?;
    let brotli = Answer::to(
        &bridge,
        "GET",
        &module,
        "Accept-Encoding: gzip, deflate, br, zstd\r\n",
    )?;
    let encodings = [&plain, &zipped, &brotli].map(|it| it.header("content-encoding"));
    ensure!(encodings == [None, Some("gzip"), Some("br")], "{encodings:?}");
    let mut unzipped = Vec::new();
    GzDecoder::new(&zipped.body[..]).read_to_end(&mut unzipped)?;
    ensure!(unzipped == plain.body, "gzip does not give the file");
    ensure!(plain.body.starts_with(b"\0asm"), "it is no module");
    ensure!(brotli.body.len() < zipped.body.len() && zipped.body.len() < plain.body.len() / 2);
    for answer in [&plain, &zipped, &brotli] {
        ensure!(
            answer.header("vary") == Some("accept-encoding"),
            "{}",
            answer.head
        );
        ensure!(
            answer.header("content-type") == Some("application/wasm"),
            "{}",
            answer.head
        );
        ensure!(
            answer
                .header("cache-control")
                .is_some_and(|it| it.contains("immutable")),
            "{}",
            answer.head
        );
    }
    let head = Answer::to(&bridge, "HEAD", &module, "Accept-Encoding: br\r\n")?;
    ensure!(head.body.is_empty() && head.header("content-length") == brotli.header("content-length"));
    Ok(())
}

#[tokio::test]
async fn each_page_says_which_it_is_before_the_module_has_run() -> Result<()> {
    let any = Bridge::start()?;
    let presets = Bridge::with(&["--targets-reach", "presets"])?;
    let hosted = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    for (bridge, path, page) in [
        (&any, "/", "connect"),
        (&any, "/index.html", "connect"),
        (&any, "/s/k3v9q2", "session"),
        (&any, "/administration", "administration"),
        (&presets, "/", "presets"),
        (&presets, "/index.html", "presets"),
        (&presets, "/s/k3v9q2", "session"),
        (&hosted, "/", "access"),
        (&hosted, "/s/k3v9q2", "session"),
    ] {
        let answer = Answer::to(bridge, "GET", path, "")?;
        let body = String::from_utf8(answer.body)?.replace('"', "");
        ensure!(
            body.contains(&format!("<body data-page={page}")),
            "{path}: {body}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn both_pages_are_asked_for_again_and_not_sent_again() -> Result<()> {
    let bridge = Bridge::start()?;
    for path in ["/", "/s/k3v9q2"] {
        let first = Answer::to(&bridge, "GET", path, "Accept-Encoding: br\r\n")?;
        ensure!(
            first.header("content-type") == Some("text/html; charset=utf-8"),
            "{}",
            first.head
        );
        ensure!(
            first.header("content-encoding") == Some("br")
                && first.header("cache-control") == Some("no-cache")
        );
        let tag = first.header("etag").context("a page without a tag")?;
        let lines = format!("Accept-Encoding: br\r\nIf-None-Match: {tag}\r\n");
        let again = Answer::to(&bridge, "GET", path, &lines)?;
        ensure!(again.head.starts_with("http/1.1 304") && again.body.is_empty());
        for name in ["content-security-policy", "etag", "vary", "cache-control"] {
            ensure!(again.header(name) == first.header(name), "{name} of {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn chromium_takes_the_small_forms_and_keeps_them() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    // What is fetched ahead may come before the page is loaded again or after that.
    let sizes = "const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
        .filter((it) => !/\\/api\\/|-(split|chunk)_/.test(it.name));
        const sum = (what) => all.reduce((sum, it) => sum + it[what], 0);
        return [all.length, sum('transferSize'), sum('encodedBodySize'), sum('decodedBodySize')]";
    let browser = console.browser();
    let read = async || -> Result<Vec<u64>> {
        let read = browser.evaluate(sizes).await?;
        Ok(serde_json::from_value(read)?)
    };
    let first = read().await?;
    ensure!(first[0] > 3 && first[2] < first[3] / 2, "{first:?}");
    browser.reload().await?;
    browser.get("form", "Connect").await?;
    let second = read().await?;
    ensure!(
        second[1] < first[1] / 10,
        "it transfers {second:?} after {first:?}"
    );
    console.finish().await
}
