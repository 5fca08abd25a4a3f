//! The console as a person uses it: by the roles and names that it promises.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::bridge::Bridge;
use crate::browser::{Browser, Theme};
use crate::patience::eventually;
use crate::screens;

/// WebDriver's Enter key.
pub const ENTER: &str = "\u{e007}";

/// The choices of the connect form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Plain.
    Plain,
    /// STLS.
    Stls,
    /// TLS.
    Tls,
}

impl Security {
    /// The name of its radio button.
    pub fn name(self) -> &'static str {
        match self {
            Security::Plain => "Plain",
            Security::Stls => "STLS",
            Security::Tls => "TLS",
        }
    }
}

/// A size of the window.
#[derive(Clone, Copy, Debug)]
pub struct ViewPort {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
}

impl ViewPort {
    /// A desk, a small desk and a phone.
    pub const ALL: [ViewPort; 3] = [
        Self::DESK,
        Self {
            width: 1024,
            height: 768,
        },
        Self::PHONE,
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

/// A place in the transcript: after the last line that there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

impl Mark {
    /// Before the first line.
    pub const BEGIN: Mark = Mark(0);
}

/// A rendered row of the transcript.
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
    /// All of its text.
    pub text: String,
}

/// The console in a browser.
pub struct Console {
    browser: Browser,
}

impl Console {
    /// Opens the start page.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn open(bridge: &Bridge) -> Result<Self> {
        Self::open_in(Browser::start().await?, bridge, "/").await
    }

    /// Opens a page in a browser.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn open_in(browser: Browser, bridge: &Bridge, path: &str) -> Result<Self> {
        let console = Self { browser };
        console.appear(ViewPort::DESK, Theme::Dark).await?;
        console.browser.go(&format!("{}{path}", bridge.origin())).await?;
        Ok(console)
    }

    /// The browser that it is in.
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// The end of a test: see [`Browser::finish`].
    ///
    /// # Errors
    /// When the browser had something to complain about.
    pub async fn finish(self) -> Result<()> {
        self.browser.finish().await
    }

    /// Fills in the connect form and sends it off.
    ///
    /// # Errors
    /// When there is no such form.
    pub async fn connect(&self, server: &str, security: Security) -> Result<()> {
        self.browser.get("textbox", "Server").await?.fill(server).await?;
        self.choose(security).await?;
        self.press("Connect").await
    }

    /// Chooses security in the connect form.
    ///
    /// # Errors
    /// When there is no such choice.
    pub async fn choose(&self, security: Security) -> Result<()> {
        let radio = self.browser.get("radio", security.name()).await?;
        if !radio.is_checked().await? {
            // The space bar, and not a click: the button itself may lie below its own drawing.
            radio.type_keys(" ").await?;
        }
        Ok(())
    }

    /// Opens the demonstration mailbox and waits for its greeting.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn open_demonstration(&self) -> Result<()> {
        self.press("Open the demonstration mailbox").await?;
        self.await_state("AUTHORIZATION").await
    }

    /// Signs in.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn sign_in(&self, user: &str, password: &str) -> Result<()> {
        let mark = self.say(&format!("USER {user}")).await?;
        self.answer(mark, "+OK").await?;
        let mark = self.say(&format!("PASS {password}")).await?;
        self.answer(mark, "+OK").await?;
        self.await_state("TRANSACTION").await
    }

    /// Presses a button.
    ///
    /// # Errors
    /// When it is not there or cannot be pressed.
    pub async fn press(&self, button: &str) -> Result<()> {
        eventually(&format!("button \"{button}\" to press"), async || {
            let Some(element) = self.browser.look_for("button", button).await? else {
                return Ok(None);
            };
            if !element.is_enabled().await? {
                return Ok(None);
            }
            element.click().await.map(Some)
        })
        .await
    }

    /// Types a line at the prompt and sends it. Gives the place after which what it brings comes.
    ///
    /// # Errors
    /// When there is no prompt.
    pub async fn say(&self, line: &str) -> Result<Mark> {
        let mark = self.mark().await?;
        self.type_at_prompt(&format!("{line}{ENTER}")).await?;
        Ok(mark)
    }

    /// Types at the prompt.
    ///
    /// # Errors
    /// When there is no prompt.
    pub async fn type_at_prompt(&self, keys: &str) -> Result<()> {
        self.browser
            .get("combobox", "POP3 command")
            .await?
            .type_keys(keys)
            .await
    }

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
            "return [...document.querySelectorAll('[role=log] [data-line]')].map(row => ({
                line: Number(row.dataset.line), seq: row.dataset.seq ?? '', from: row.dataset.from ?? '',
                part: row.dataset.part ?? '', text: row.textContent,
            })).sort((a, b) => a.line - b.line)",
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

    /// Waits for the session state.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn await_state(&self, state: &str) -> Result<()> {
        self.await_status("Session state", state).await
    }

    /// Waits until a status holds a text, in whatever case it is written.
    ///
    /// # Errors
    /// When it does not.
    pub async fn await_status(&self, name: &str, text: &str) -> Result<()> {
        let wanted = text.to_lowercase();
        let awaited = eventually(&format!("status \"{name}\" with `{text}`"), async || {
            let status = self
                .browser
                .look_for("status", name)
                .await?
                .context("there is no such status")?;
            Ok(status
                .text()
                .await?
                .to_lowercase()
                .contains(&wanted)
                .then_some(()))
        })
        .await;
        match awaited {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Waits for an alert that holds a text, and gives all of its text.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn alert(&self, text: &str) -> Result<String> {
        let awaited = eventually(&format!("an alert with `{text}`"), async || {
            for alert in self.browser.all("alert").await? {
                let said = alert.text().await?;
                if said.contains(text) {
                    return Ok(Some(said));
                }
            }
            Ok(None)
        })
        .await;
        match awaited {
            Ok(said) => Ok(said),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Everything that the page holds and keeps: its text and attributes, what is in its fields, its storage.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn everything(&self) -> Result<String> {
        let everything = self.browser.evaluate(
            "return [document.documentElement.outerHTML,
                ...[...document.querySelectorAll('input, textarea')].map(field => field.value),
                JSON.stringify(Object.entries(localStorage)), JSON.stringify(Object.entries(sessionStorage)),
                location.href, document.title, JSON.stringify(history.state)].join('\\n')",
        );
        Ok(everything.await?.as_str().unwrap_or_default().to_owned())
    }

    /// Makes the window so large and of this look.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn appear(&self, view: ViewPort, theme: Theme) -> Result<()> {
        self.browser.appear(view.width, view.height, theme).await
    }

    /// Takes pictures of a screen, in every size and both looks, and sees to it that nothing is cut off at the
    /// side.
    ///
    /// # Errors
    /// When something is.
    pub async fn pictures(&self, screen: &str) -> Result<()> {
        std::fs::create_dir_all(screens())?;
        for view in ViewPort::ALL {
            for theme in [Theme::Dark, Theme::Light] {
                self.appear(view, theme).await?;
                self.settle().await?;
                let name = format!("{screen}-{}x{}-{}.png", view.width, view.height, theme.name());
                std::fs::write(screens().join(&name), self.browser.picture().await?)?;
                let wide = self
                    .browser
                    .evaluate("return document.documentElement.scrollWidth")
                    .await?;
                let wide = wide.as_u64().context("a width is a number")?;
                if wide > u64::from(view.width) {
                    bail!("{name}: the page is {wide} px wide");
                }
            }
        }
        self.appear(ViewPort::DESK, Theme::Dark).await
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
    async fn describe(&self) -> String {
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
        format!(
            "in sight (picture: {}):\n{}",
            picture.display(),
            text.as_str().unwrap_or_default()
        )
    }
}
