//! What is measured in Chromium. Nothing is pinned there: a browser is many processes, and a person's machine
//! pins none.

mod devtools;
mod load;
mod open;
mod retrieve;
mod script;
mod scroll;
mod trace;

use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;
use e2e::{Bridge, Browser, Console, Security};
use script::WATCH_MEMORY;
use serde_json::json;
use tempfile::TempDir;

use crate::cores::Cores;
use crate::interrupt;
use crate::process::Running;
use crate::relay;
use crate::run::Run;
use crate::scratch;

/// The lines of a long transcript.
const LONG: u32 = 1_000_000;

/// Something to be measured in the browser.
pub(crate) struct PageExperiment {
    /// Its name, to choose it by.
    pub(crate) name: &'static str,
    what: What,
}

#[derive(Clone, Copy)]
enum What {
    Retrieve,
    Scroll,
    Open,
    Load,
}

/// All, in their order in the table.
pub(crate) const PAGE_EXPERIMENTS: [PageExperiment; 4] = [
    PageExperiment {
        name: "page-retr",
        what: What::Retrieve,
    },
    PageExperiment {
        name: "page-scroll",
        what: What::Scroll,
    },
    PageExperiment {
        name: "page-open",
        what: What::Open,
    },
    PageExperiment {
        name: "page-load",
        what: What::Load,
    },
];

/// Takes all rounds of an experiment. When it fails that is noted, and its other rounds left out.
///
/// # Errors
/// When somebody interrupted.
pub(crate) fn take(experiment: &PageExperiment, run: &mut Run) -> Result<()> {
    let rounds = run.effort.rounds_page;
    eprintln!("{}: {rounds} rounds", experiment.name);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for _ in 0..rounds {
        run.quiet.wait()?;
        let measured = runtime.block_on(async {
            match experiment.what {
                What::Retrieve => retrieve::measure(run).await,
                What::Scroll => scroll::measure(run).await,
                What::Open => open::measure(run).await,
                What::Load => load::measure(run).await,
            }
        });
        if let Err(error) = measured {
            interrupt::check()?;
            run.results
                .failures
                .push(format!("{} failed: {error:#}", experiment.name));
            break;
        }
    }
    Ok(())
}

/// The bridge as it is shipped, and a mail server.
struct Place {
    bridge: Bridge,
    mail: SocketAddr,
    // Fields are dropped in this order.
    _server: Running,
    directory: TempDir,
}

impl Place {
    fn set() -> Result<Self> {
        Self::with(Bridge::as_shipped()?)
    }

    /// The same, where sessions are kept in that file.
    fn keeping(journal: &Path) -> Result<Self> {
        Self::with(Bridge::keeping(journal)?)
    }

    fn with(bridge: Bridge) -> Result<Self> {
        let directory = TempDir::with_prefix_in("page-", scratch::place()?)?;
        let (server, mail, _) = relay::mail_server(directory.path(), Cores::All)?;
        Ok(Self {
            bridge,
            mail,
            _server: server,
            directory,
        })
    }

    /// Where files may be put until this ends.
    fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// The console in a browser of its own, signed in.
    async fn console(&self) -> Result<Console> {
        let browser = Browser::start().await?;
        run_first(&browser, WATCH_MEMORY).await?;
        let console = Console::open_in(browser, &self.bridge, "/").await?;
        console.connect(&self.mail.to_string(), Security::Plain).await?;
        console.await_state("AUTHORIZATION").await?;
        console.sign_in("bench", "bench").await?;
        Ok(console)
    }
}

/// Has a script run before anything else of every page that comes.
async fn run_first(browser: &Browser, script: &str) -> Result<()> {
    browser.devtools("Page.enable", json!({})).await?;
    let script = json!({ "source": script });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", script)
        .await?;
    Ok(())
}
