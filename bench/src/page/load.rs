//! The first load: how much is transferred, and when the connect form takes input.

use anyhow::{Context, Result};
use e2e::{Bridge, Browser};
use serde_json::json;

use super::script::{LOADED, WATCH_LOADING};
use crate::interrupt;
use crate::run::Run;

/// A slow network: 1.6 Mbit/s, in octets a second.
const SLOW_NETWORK: f64 = 1.6e6 / 8.0;

/// Milliseconds from a request to its answer on a slow network.
const SLOW_LATENCY: u32 = 150;

/// A slow processor: this many times slower.
const SLOW_PROCESSOR: u32 = 4;

/// Circumstances of a load.
#[derive(Clone, Copy)]
enum Way {
    Loopback,
    SlowNetwork,
    SlowProcessor,
}

/// One round: each way once, in a browser that has never seen the page.
pub(super) async fn measure(run: &mut Run) -> Result<()> {
    let mut ways = [Way::Loopback, Way::SlowNetwork, Way::SlowProcessor];
    run.chance.shuffle(&mut ways);
    let bridge = Bridge::as_shipped()?;
    for way in ways {
        interrupt::check()?;
        let browser = Browser::start().await?;
        // The first page of a browser pays for things that no page is to blame for.
        browser.go(&format!("{}/api/health", bridge.origin())).await?;
        browser.devtools("Page.enable", json!({})).await?;
        browser
            .devtools(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": WATCH_LOADING }),
            )
            .await?;
        let figure = slow_down(&browser, way).await?;
        browser.go(bridge.origin()).await?;
        let loaded = browser.evaluate(LOADED).await?;
        let interactive = loaded[0].as_f64().context("no time")?;
        let octets = loaded[1].as_f64().context("no octets")?;
        run.results
            .add("console", vec![(figure, interactive), ("load_kb", octets / 1e3)]);
    }
    Ok(())
}

/// Sets the circumstances, and names the figure.
async fn slow_down(browser: &Browser, way: Way) -> Result<&'static str> {
    Ok(match way {
        Way::Loopback => "interactive_ms",
        Way::SlowNetwork => {
            browser.devtools("Network.enable", json!({})).await?;
            let network = json!({
                "offline": false,
                "latency": SLOW_LATENCY,
                "downloadThroughput": SLOW_NETWORK,
                "uploadThroughput": SLOW_NETWORK,
            });
            browser
                .devtools("Network.emulateNetworkConditions", network)
                .await?;
            "interactive_slow_network_ms"
        }
        Way::SlowProcessor => {
            browser
                .devtools(
                    "Emulation.setCPUThrottlingRate",
                    json!({ "rate": SLOW_PROCESSOR }),
                )
                .await?;
            "interactive_slow_cpu_ms"
        }
    })
}
