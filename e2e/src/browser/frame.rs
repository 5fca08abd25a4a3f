//! What a page has in a frame.

use anyhow::{Context, Result};

use super::Browser;

impl Browser {
    /// The address of what is in the page's first frame, and its text, as whoever looks at the page sees them.
    ///
    /// # Errors
    /// When there is no frame.
    pub async fn framed(&self) -> Result<(String, String)> {
        self.client.enter_frame(0).await?;
        let seen = self
            .evaluate("return [document.location.href, document.body.innerText]")
            .await;
        self.client.enter_parent_frame().await?;
        serde_json::from_value(seen?).context("a frame has an address and a text")
    }
}
