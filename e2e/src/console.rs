//! The console as a person uses it: by the roles and names that it promises.

mod accessibility;
mod screen;
mod transcript;

use anyhow::{Context, Result, bail};

use crate::bridge::Bridge;
use crate::browser::{Browser, Element, Theme};
use crate::keys::ENTER;
use crate::network::Network;
use crate::patience::eventually;
use crate::scripted::Scripted;
pub use screen::ViewPort;
pub use transcript::{Mark, Row};

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

    /// Opens the start page, and from there a plain connection to a scripted server that greets.
    ///
    /// # Errors
    /// When that does not come about.
    pub async fn connected(bridge: &Bridge, server: &Scripted) -> Result<Self> {
        let console = Self::open(bridge).await?;
        console
            .connect(&server.address().to_string(), Security::Plain)
            .await?;
        console.await_state("AUTHORIZATION").await?;
        Ok(console)
    }

    /// Opens a page in a browser.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn open_in(browser: Browser, bridge: &Bridge, path: &str) -> Result<Self> {
        Self::at(browser, &format!("{}{path}", bridge.origin())).await
    }

    /// Opens a page in a browser whose connections to the bridge take their way through a network, and gives that network as well.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn behind_network(bridge: &Bridge, path: &str) -> Result<(Network, Self)> {
        let network = Network::to(bridge.address()).await?;
        let browser = Browser::through(&network, bridge.address()).await?;
        let console = Self::open_in(browser, bridge, path).await?;
        Ok((network, console))
    }

    /// Opens that address in a browser.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn at(browser: Browser, address: &str) -> Result<Self> {
        let console = Self { browser };
        console.appear(ViewPort::DESK, Theme::Dark).await?;
        console.browser.go(address).await?;
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

    /// Waits for a dialog.
    ///
    /// # Errors
    /// When none comes.
    pub async fn dialog(&self) -> Result<Element> {
        eventually("a dialog", async || {
            let mut open = self.browser.all("dialog").await?;
            open.extend(self.browser.all("alertdialog").await?);
            Ok(open.pop())
        })
        .await
    }

    /// Says yes to what a dialog asks: presses its button "Disconnect".
    ///
    /// # Errors
    /// When there is no such dialog.
    pub async fn confirm(&self) -> Result<()> {
        let dialog = self.dialog().await?;
        for button in dialog.all("button").await? {
            if button.name().await? == "Disconnect" {
                return button.click().await;
            }
        }
        bail!("the dialog has no button to say yes: {}", dialog.text().await?)
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

    /// The completions that are offered.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn completions(&self) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        if let Some(list) = self.browser.look_for("listbox", "Completions").await? {
            for option in list.all("option").await? {
                texts.push(option.text().await?);
            }
        }
        Ok(texts)
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

    /// Waits until a text is in sight.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn says(&self, text: &str) -> Result<()> {
        let awaited = eventually(&format!("`{text}` in sight"), async || {
            Ok(self.in_sight().await?.contains(text).then_some(()))
        })
        .await;
        match awaited {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// The text in sight.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn in_sight(&self) -> Result<String> {
        let text = self.browser.evaluate("return document.body.innerText").await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
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
}
