//! Opening a session of a million lines that an earlier bridge kept.

use anyhow::{Context, Result};
use e2e::{Bridge, Browser};

use super::retrieve::retrieve;
use super::script::{OPENED, WATCH_OPENING};
use super::{LONG, Place, run_first};
use crate::run::Run;

/// One round: from the navigation to the first rows, and until the last line is drawn.
pub(super) async fn measure(run: &mut Run) -> Result<()> {
    let journal = tempfile::NamedTempFile::new_in(crate::scratch::place()?)?;
    let place = Place::keeping(journal.path())?;
    let console = place.console().await?;
    retrieve(&console, LONG).await?;
    let address = "const path = location.pathname;
        return path + '#' + localStorage.getItem('pop3-console:session:' + path.split('/').pop())";
    let address = console.browser().evaluate(address).await?;
    let address = address.as_str().context("no address")?.to_owned();
    drop(console);
    // It writes what is left before it ends.
    drop(place);

    let bridge = Bridge::keeping(journal.path())?;
    let browser = Browser::start().await?;
    browser.go(&format!("{}/api/health", bridge.origin())).await?;
    run_first(&browser, WATCH_OPENING).await?;
    browser.go(&format!("{}{address}", bridge.origin())).await?;
    let [first, end]: [f64; 2] = serde_json::from_value(browser.evaluate(OPENED).await?)?;
    run.results
        .add("console", vec![("open_first_ms", first), ("open_end_ms", end)]);
    Ok(())
}
