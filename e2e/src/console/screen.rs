//! What the console looks like.

use anyhow::{Context, Result, bail};

use super::Console;
use crate::browser::Theme;
use crate::screens;

/// A size of the window.
#[derive(Clone, Copy, Debug)]
pub struct ViewPort {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
}

impl ViewPort {
    /// A desk at 200 % zoom and a small desk: what is there is what a desk and a phone have, in another width.
    const BETWEEN: [ViewPort; 2] = [
        Self {
            width: 720,
            height: 450,
        },
        Self {
            width: 1024,
            height: 768,
        },
    ];
    /// A desk.
    pub const DESK: ViewPort = Self {
        width: 1440,
        height: 900,
    };
    /// A phone.
    pub const PHONE: ViewPort = Self {
        width: 390,
        height: 844,
    };
}

impl Console {
    /// Makes the window so large and of this look.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn appear(&self, view: ViewPort, theme: Theme) -> Result<()> {
        self.browser.appear(view.width, view.height, theme).await
    }

    /// Takes pictures of a screen, on a desk and on a phone in both looks, and sees to it that axe-core finds nothing serious
    /// there, and that nothing is cut off at the side in any width.
    ///
    /// # Errors
    /// When something is.
    pub async fn pictures(&self, screen: &str) -> Result<()> {
        std::fs::create_dir_all(screens())?;
        // Colours make nothing wider.
        for view in ViewPort::BETWEEN {
            self.appear(view, Theme::Dark).await?;
            self.settle().await?;
            self.check_width(view).await.context(screen.to_owned())?;
        }
        for view in [ViewPort::PHONE, ViewPort::DESK] {
            for theme in [Theme::Light, Theme::Dark] {
                self.appear(view, theme).await?;
                self.settle().await?;
                let name = format!("{screen}-{}x{}-{}.png", view.width, view.height, theme.name());
                std::fs::write(screens().join(&name), self.browser.picture().await?)?;
                self.check_width(view).await.context(name.clone())?;
                self.check_accessibility(&name).await?;
            }
        }
        Ok(())
    }

    async fn check_width(&self, view: ViewPort) -> Result<()> {
        let wide = self
            .browser
            .evaluate("return document.documentElement.scrollWidth")
            .await?;
        let wide = wide.as_u64().context("a width is a number")?;
        if wide > u64::from(view.width) {
            bail!("the page is {wide} px wide in a window of {}", view.width);
        }
        Ok(())
    }

    /// Waits until the page has drawn itself twice.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn settle(&self) -> Result<()> {
        let script = "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
        self.browser.evaluate(script).await.map(drop)
    }

    /// What is in sight, for a failed wait, with a picture beside it.
    pub(super) async fn describe(&self) -> String {
        let text = self
            .browser
            .evaluate("return document.body.innerText")
            .await
            .unwrap_or_default();
        let test = std::thread::current().name().unwrap_or("test").replace("::", "-");
        let picture = screens().join(format!("failed-{test}.png"));
        if let Ok(png) = self.browser.picture().await {
            let _ = std::fs::create_dir_all(screens());
            let _ = std::fs::write(&picture, png);
        }
        format!("in sight (picture: {}):\n{}", picture.display(), text)
    }
}
