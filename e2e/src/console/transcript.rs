//! The transcript as it is rendered.

use anyhow::{Result, bail};
use serde::Deserialize;

use super::Console;
use crate::patience::eventually;

/// A place in the transcript: after the last line that there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

impl Mark {
    /// Before the first line.
    pub const BEGIN: Mark = Mark(0);
}

/// A line of the transcript that is rendered; a very long one takes several rows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Row {
    /// Its line number.
    pub line: u64,
    /// The number of its entry.
    pub seq: String,
    /// `client`, `server` or `console`.
    pub from: String,
    /// Its part.
    pub part: String,
    /// Its text, without number, time and notes.
    pub text: String,
}

impl Console {
    /// The place after the last line.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn mark(&self) -> Result<Mark> {
        Ok(Mark(self.rows().await?.last().map_or(0, |row| row.line)))
    }

    /// The rows that are rendered, in their order.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn rows(&self) -> Result<Vec<Row>> {
        let rows = self.browser.evaluate(
            "const lines = new Map();
            for (const row of document.querySelectorAll('[role=log] [data-line]')) {
                const text = (row.querySelector('.text') ?? row).textContent;
                const line = lines.get(row.dataset.line);
                if (line) line.text += text;
                else lines.set(row.dataset.line, { line: Number(row.dataset.line), seq: row.dataset.seq ?? '', text,
                    from: row.dataset.from ?? '', part: row.dataset.part ?? '' });
            }
            return [...lines.values()].sort((a, b) => a.line - b.line)",
        );
        Ok(serde_json::from_value(rows.await?)?)
    }

    /// The server's first status line after a place that holds a text, once it is there.
    ///
    /// # Errors
    /// When it does not come, or another one does.
    pub async fn answer(&self, mark: Mark, text: &str) -> Result<Row> {
        let row = self.row(mark, "server", "status", "").await?;
        if !row.text.contains(text) {
            bail!("the server answered `{}`, not `{text}`", row.text);
        }
        Ok(row)
    }

    /// The first row after a place that is from somebody, of a part and holds a text, once it is there. Part
    /// and text may be left empty.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn row(&self, mark: Mark, from: &str, part: &str, text: &str) -> Result<Row> {
        let found = eventually(&format!("a row from {from}, {part}, with `{text}`"), async || {
            let rows = self.rows().await?;
            Ok(rows.into_iter().find(|row| {
                row.line > mark.0
                    && row.from == from
                    && (part.is_empty() || row.part == part)
                    && row.text.contains(text)
            }))
        })
        .await;
        match found {
            Ok(row) => Ok(row),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// The rows of a listing or a message after a place, once its end is there.
    ///
    /// # Errors
    /// When the end does not come.
    pub async fn payload(&self, mark: Mark) -> Result<Vec<Row>> {
        let end = self.row(mark, "server", "terminator", ".").await?;
        let parts = ["listing", "header", "body"];
        let rows = self.rows().await?;
        Ok(rows
            .into_iter()
            .filter(|row| row.line > mark.0 && row.line < end.line && parts.contains(&row.part.as_str()))
            .collect())
    }

    /// Opens the first fold in sight that is closed.
    ///
    /// # Errors
    /// When there is none.
    pub async fn unfold(&self) -> Result<()> {
        let fold = eventually("a closed fold", async || {
            for button in self.browser.all("button").await? {
                let is_closed = button.attribute("aria-expanded").await?.as_deref() == Some("false");
                if is_closed && button.name().await?.contains(" more line") {
                    return Ok(Some(button));
                }
            }
            Ok(None)
        });
        fold.await?.click().await
    }

    /// Scrolls to the first line, as a person does by the wheel.
    ///
    /// # Errors
    /// When there is no transcript.
    pub async fn scroll_to_top(&self) -> Result<()> {
        let script = "document.querySelector('[role=log]').scrollTop = 0";
        self.browser.evaluate(script).await.map(drop)
    }
}
