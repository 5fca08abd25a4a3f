//! What axe-core finds on a screen.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::Console;

/// Something that keeps people from using the page.
#[derive(Debug, Deserialize)]
struct Violation {
    id: String,
    impact: Option<String>,
    help: String,
    targets: Vec<String>,
}

impl Console {
    /// Has axe-core look at what is in sight.
    ///
    /// # Errors
    /// When it finds anything serious or critical.
    pub async fn check_accessibility(&self, screen: &str) -> Result<()> {
        let is_there = self.browser().evaluate("return 'axe' in window").await?;
        if is_there != true {
            let axe = std::fs::read_to_string(script()?)?;
            self.browser().evaluate(&axe).await?;
        }
        let run = "return axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations.map(it =>
            ({ id: it.id, impact: it.impact, help: it.help, targets: it.nodes.map(node => node.target.join(' ')) })))";
        let found = self.browser().evaluate(run).await?;
        let found: Vec<Violation> = serde_json::from_value(found)?;
        let serious: Vec<String> = found
            .iter()
            .filter(|it| matches!(it.impact.as_deref(), Some("serious" | "critical")))
            .map(|it| format!("{} ({}): {}", it.help, it.id, it.targets.join(", ")))
            .collect();
        if serious.is_empty() {
            return Ok(());
        }
        bail!("axe-core finds on {screen}:\n{}", serious.join("\n"))
    }
}

fn script() -> Result<PathBuf> {
    let path = std::env::var_os("E2E_AXE")
        .map(PathBuf::from)
        .filter(|it| it.exists());
    path.context("axe-core is missing: `cargo xtask test` gets it, and says where it is in E2E_AXE")
}
