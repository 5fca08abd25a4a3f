//! A transcript of a million lines: what it takes, and how it scrolls.

use anyhow::{Context, Result, ensure};
use e2e::{Console, eventually};
use serde_json::json;

use super::devtools::{DevTools, renderers};
use super::retrieve::retrieve;
use super::script::{MEMORY_SIZE, SCROLL};
use super::{LONG, Place};
use crate::account;
use crate::mail::LINE;
use crate::run::Run;
use crate::statistics::percentile;

/// Nowhere: how regularly frames come when nothing happens.
const NOWHERE: &str = "log.scrollTop";

/// As fast as a wheel goes: two rows a frame and more, so that rows come and go all the time.
const BY_WHEEL: &str = "log.scrollTop - 100";

/// As fast as the scroll bar can be dragged: somewhere else in every frame.
const BY_BAR: &str = "(frame * 0.618034 % 1) * log.scrollHeight";

/// One round.
pub(super) async fn measure(run: &mut Run) -> Result<()> {
    let frames = run.effort.frames;
    let place = Place::set()?;
    let console = place.console().await?;
    let before = account::memory(&renderers()?)?;
    retrieve(&console, LONG).await?;
    unfold(&console).await?;
    let heap = heap(&console).await?;
    let resident = account::memory(&renderers()?)?.saturating_sub(before);
    let text = (LONG as usize * LINE) as f64;
    run.results.add(
        "console",
        vec![
            ("scroll_heap_ratio", heap / text),
            ("scroll_resident_ratio", resident as f64 / text),
        ],
    );

    let middle = "document.querySelector('[role=log]').scrollTop = document.querySelector('[role=log]').scrollHeight / 2";
    console.browser().evaluate(middle).await?;
    console.settle().await?;
    let still = scroll(&console, NOWHERE, frames).await?;
    let mut devtools = DevTools::attach(console.browser().debugger()?).await?;
    devtools.begin_trace().await?;
    let begin = first_line(&console).await?;
    let wheel = scroll(&console, BY_WHEEL, frames).await?;
    let work = devtools.end_trace().await?.work_per_frame();
    ensure!(
        first_line(&console).await? < begin,
        "the transcript did not scroll"
    );
    let bar = scroll(&console, BY_BAR, frames).await?;
    let of = |sorted: &[f64], percent| percentile(sorted, percent).context("no frames were drawn");
    run.results.add(
        "bare",
        vec![
            ("scroll_frame_p50_ms", of(&still, 50.0)?),
            ("scroll_frame_p99_ms", of(&still, 99.0)?),
        ],
    );
    run.results.add(
        "console",
        vec![
            ("scroll_frame_p50_ms", of(&wheel, 50.0)?),
            ("scroll_frame_p99_ms", of(&wheel, 99.0)?),
            ("scroll_work_p50_ms", of(&work, 50.0)?),
            ("scroll_work_p99_ms", of(&work, 99.0)?),
            ("scroll_bar_frame_p99_ms", of(&bar, 99.0)?),
        ],
    );
    Ok(())
}

/// A long message is folded to its first lines: all are to be scrolled over.
async fn unfold(console: &Console) -> Result<()> {
    console
        .browser()
        .evaluate("document.querySelector('[role=log] .fold')?.click()")
        .await?;
    eventually("the whole message", async || {
        let height = console
            .browser()
            .evaluate("return document.querySelector('[role=log]').scrollHeight")
            .await?;
        // Past some height a browser stops to count: then the scroll position is mapped.
        Ok(height
            .as_f64()
            .is_some_and(|height| height > f64::from(LONG))
            .then_some(()))
    })
    .await
}

/// What the page holds of its own accord, in octets: the heap of scripts and the memory of WebAssembly.
async fn heap(console: &Console) -> Result<f64> {
    let browser = console.browser();
    browser.devtools("HeapProfiler.collectGarbage", json!({})).await?;
    let scripts = browser.devtools("Runtime.getHeapUsage", json!({})).await?;
    let scripts = scripts["usedSize"].as_f64().context("no heap")?;
    let memory = browser.evaluate(MEMORY_SIZE).await?;
    Ok(scripts
        + memory
            .as_f64()
            .filter(|octets| *octets > 0.0)
            .context("no memory of WebAssembly")?)
}

/// The number of the first line that is drawn.
async fn first_line(console: &Console) -> Result<u64> {
    console.settle().await?;
    let rows = console.rows().await?;
    Ok(rows.first().context("no rows are drawn")?.line)
}

/// The times from frame to frame in milliseconds, the shortest first.
async fn scroll(console: &Console, to: &str, frames: u32) -> Result<Vec<f64>> {
    let script = SCROLL
        .replace("TO;", &format!("{to};"))
        .replace("FRAMES", &frames.to_string());
    let times = console.browser().evaluate(&script).await?;
    let mut times: Vec<f64> = serde_json::from_value(times)?;
    times.sort_by(f64::total_cmp);
    Ok(times)
}
