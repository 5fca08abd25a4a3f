//! The console's one style sheet: a page that asks for twenty files waits for the network twenty times.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::workspace;

/// Those that the others build upon, in this order.
const FIRST: [&str; 3] = ["tokens.css", "base.css", "tok.css"];

/// Joins the style sheets into `frontend/styles.css`, which `frontend/index.html` names.
pub(crate) fn join() -> Result<()> {
    let place = workspace::root().join("static").join("styles");
    let mut sheets: Vec<PathBuf> = fs::read_dir(&place)
        .with_context(|| format!("cannot read {}", place.display()))?
        .map(|sheet| Ok(sheet?.path()))
        .collect::<Result<_>>()?;
    sheets.retain(|sheet| sheet.extension().is_some_and(|it| it == "css"));
    sheets.sort_by_key(|sheet| {
        let name = sheet.file_name().unwrap_or_default().to_owned();
        let first = FIRST.iter().position(|it| name == *it);
        (first.unwrap_or(FIRST.len()), name)
    });
    let mut joined = String::new();
    for sheet in sheets {
        joined += &fs::read_to_string(&sheet).with_context(|| format!("cannot read {}", sheet.display()))?;
        joined += "\n";
    }
    let joined_at = workspace::root().join("frontend").join("styles.css");
    // A file that is written anew is one that has changed, to whoever watches.
    if fs::read_to_string(&joined_at).is_ok_and(|there| there == joined) {
        return Ok(());
    }
    fs::write(&joined_at, joined).with_context(|| format!("cannot write {}", joined_at.display()))
}
