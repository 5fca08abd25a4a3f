//! The first load: how much is transferred, and when the connect form takes input.

use anyhow::Result;
use e2e::{Bridge, Browser};
use serde_json::json;

use super::run_first;
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
        run_first(&browser, WATCH_LOADING).await?;
        slow_down(&browser, way).await?;
        browser.go(bridge.origin()).await?;
        let [typing, interactive, first, ahead]: [f64; 4] =
            serde_json::from_value(browser.evaluate(LOADED).await?)?;
        let figures = match way {
            Way::Loopback => vec![("interactive_ms", interactive)],
            // Where the network is slow, what comes ahead does not come in between.
            Way::SlowNetwork => vec![
                ("load_kb", first / 1e3),
                ("load_ahead_kb", ahead / 1e3),
                ("typing_slow_network_ms", typing),
                ("interactive_slow_network_ms", interactive),
            ],
            Way::SlowProcessor => vec![("interactive_slow_cpu_ms", interactive)],
        };
        run.results.add("console", figures);
    }
    Ok(())
}

async fn slow_down(browser: &Browser, way: Way) -> Result<()> {
    match way {
        Way::Loopback => {}
        Way::SlowNetwork => {
            let network = json!({
                "offline": false,
                "latency": SLOW_LATENCY,
                "downloadThroughput": SLOW_NETWORK,
                "uploadThroughput": SLOW_NETWORK,
            });
            browser.devtools("Network.enable", json!({})).await?;
            browser
                .devtools("Network.emulateNetworkConditions", network)
                .await?;
        }
        Way::SlowProcessor => {
            let slow = json!({ "rate": SLOW_PROCESSOR });
            browser.devtools("Emulation.setCPUThrottlingRate", slow).await?;
        }
    }
    Ok(())
}
