//! Chromium, driven by ChromeDriver, with a profile of its own.

mod driver;
mod element;
mod frame;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::network::Network;
use crate::patience::eventually;
use driver::{Driver, Extension, FLAGS, chromium};
pub use element::Element;

/// One of the two looks of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl Theme {
    /// Its name, as the media feature `prefers-color-scheme` has it.
    pub fn name(self) -> &'static str {
        match self {
            Theme::Dark => "dark",
            Theme::Light => "light",
        }
    }
}

/// A browser with one page.
pub struct Browser {
    client: Client,
    // Fields are dropped in this order: the driver ends, with its browser, before the profile goes.
    _driver: Driver,
    profile: TempDir,
}

impl Browser {
    /// Starts one.
    ///
    /// # Errors
    /// When Chromium or ChromeDriver are missing or do not start.
    pub async fn start() -> Result<Self> {
        Self::with(Vec::new()).await
    }

    /// Starts one whose connections to an address take the way through a network, without knowing.
    ///
    /// # Errors
    /// As [`Browser::start`].
    pub async fn through(network: &Network, address: &str) -> Result<Self> {
        Self::with(vec![format!(
            "--host-resolver-rules=MAP {address} {}",
            network.address()
        )])
        .await
    }

    /// Starts one that takes every certificate for right: nobody's authority vouches for those of the tests.
    ///
    /// # Errors
    /// As [`Browser::start`].
    pub async fn trusting_anybody() -> Result<Self> {
        Self::with(vec!["--ignore-certificate-errors".to_owned()]).await
    }

    async fn with(flags: Vec<String>) -> Result<Self> {
        let driver = Driver::start()?;
        let profile = TempDir::with_prefix("pop3-console-chromium-")?;
        let mut arguments: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
        if rustix::process::geteuid().is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        arguments.extend(flags);
        let capabilities = json!({
            "goog:chromeOptions": { "args": arguments, "binary": chromium()? },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            bail!("capabilities are an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.address)
            .await
            .with_context(|| format!("Chromium did not start:\n{}", driver.running.log()))?;
        Ok(Self {
            client,
            _driver: driver,
            profile,
        })
    }

    /// The tab that it is in.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn tab(&self) -> Result<WindowHandle> {
        Ok(self.client.window().await?)
    }

    /// Opens one more tab and goes on in it.
    ///
    /// # Errors
    /// When the browser opens none.
    pub async fn open_tab(&self) -> Result<WindowHandle> {
        let tab = self.client.new_window(true).await?.handle;
        self.go_to_tab(&tab).await?;
        Ok(tab)
    }

    /// Goes on in that tab.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn go_to_tab(&self, tab: &WindowHandle) -> Result<()> {
        Ok(self.client.switch_to_window(tab.clone()).await?)
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// When nothing is there.
    pub async fn go(&self, address: &str) -> Result<()> {
        Ok(self.client.goto(address).await?)
    }

    /// Loads the page again.
    ///
    /// # Errors
    /// When that fails.
    pub async fn reload(&self) -> Result<()> {
        Ok(self.client.refresh().await?)
    }

    /// The address of the page.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn address(&self) -> Result<String> {
        Ok(self.client.current_url().await?.to_string())
    }

    /// Runs a script in the page and gives what it returns.
    ///
    /// # Errors
    /// When it throws.
    pub async fn evaluate(&self, script: &str) -> Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// The one element in sight that has this role and this accessible name, once there is one.
    ///
    /// # Errors
    /// When there is none for too long.
    pub async fn get(&self, role: &str, name: &str) -> Result<Element> {
        eventually(&format!("{role} \"{name}\""), async || {
            self.look_for(role, name).await
        })
        .await
    }

    /// Waits until nothing in sight has this role and name.
    ///
    /// # Errors
    /// When something has for too long.
    pub async fn gone(&self, role: &str, name: &str) -> Result<()> {
        eventually(&format!("the end of {role} \"{name}\""), async || {
            Ok(self.look_for(role, name).await?.is_none().then_some(()))
        })
        .await
    }

    /// The one element in sight that has this role and name now, if there is one.
    ///
    /// # Errors
    /// When there are several.
    pub async fn look_for(&self, role: &str, name: &str) -> Result<Option<Element>> {
        let mut found = element::in_sight(&self.client, role, Some(name)).await?;
        ensure!(
            found.len() < 2,
            "there are {} elements of role {role} named \"{name}\"",
            found.len()
        );
        Ok(found.pop())
    }

    /// All elements in sight that have this role.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn all(&self, role: &str) -> Result<Vec<Element>> {
        element::in_sight(&self.client, role, None).await
    }

    /// What has the focus.
    ///
    /// # Errors
    /// When nothing has.
    pub async fn focused(&self) -> Result<Element> {
        Ok(Element::new(&self.client, self.client.active_element().await?))
    }

    /// Lets pages read the clipboard, as a person does who pastes.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn allow_clipboard(&self) -> Result<()> {
        let permissions = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        self.devtools("Browser.grantPermissions", permissions)
            .await
            .map(drop)
    }

    /// The octets of a file that a page has the browser save, once it is whole. [`Browser::take_downloads`] comes first.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn downloaded(&self, name: &str) -> Result<Vec<u8>> {
        let file = self.downloads().join(name);
        // Chromium holds the name with an empty file until the whole one takes its place.
        let whole = || std::fs::read(&file).ok().filter(|it| !it.is_empty());
        eventually(&format!("the file {name}"), async || Ok(whole()))
            .await
            .with_context(|| format!("there are {:?}", self.saved()))
    }

    /// Has the browser save what pages offer, without asking.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn take_downloads(&self) -> Result<()> {
        std::fs::create_dir_all(self.downloads())?;
        let behavior = json!({ "behavior": "allow", "downloadPath": self.downloads() });
        self.devtools("Browser.setDownloadBehavior", behavior)
            .await
            .map(drop)
    }

    /// The name of the plain text that was saved, once it is there.
    ///
    /// # Errors
    /// When none comes.
    pub async fn saved_text(&self) -> Result<String> {
        self.saved_as(".txt").await
    }

    /// The name of the file that was saved and whose name ends so, once it is there.
    ///
    /// # Errors
    /// When none comes.
    pub async fn saved_as(&self, ending: &str) -> Result<String> {
        eventually(&format!("a file {ending} that was saved"), async || {
            Ok(self.saved().into_iter().find(|name| name.ends_with(ending)))
        })
        .await
    }

    /// Where a file of that name is saved.
    pub fn saved_path(&self, name: &str) -> PathBuf {
        self.downloads().join(name)
    }

    /// The names of the files that were saved, and of those that are being saved.
    fn saved(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.downloads())
            .into_iter()
            .flatten()
            .flatten();
        files.filter_map(|it| it.file_name().into_string().ok()).collect()
    }

    fn downloads(&self) -> PathBuf {
        self.profile.path().join("downloads")
    }

    /// Types into whatever has the focus. Special keys are the code points of WebDriver.
    ///
    /// # Errors
    /// When nothing has the focus.
    pub async fn type_keys(&self, keys: &str) -> Result<()> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    /// Makes the page so large and of this look, with no motion, so that two pictures of it are alike.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn appear(&self, width: u32, height: u32, theme: Theme) -> Result<()> {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await?;
        let features = json!([
            { "name": "prefers-color-scheme", "value": theme.name() },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features }))
            .await?;
        Ok(())
    }

    /// A picture of what is in sight, as PNG.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        Ok(self.client.screenshot().await?)
    }

    /// A command of the DevTools protocol.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        Ok(self
            .client
            .issue_cmd(Extension::post("goog/cdp/execute", body))
            .await?)
    }

    /// Makes the network so slow, in octets a second; none for as quick as it is.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn throttle(&self, octets: Option<i64>) -> Result<()> {
        self.network(0, octets.unwrap_or(-1)).await
    }

    /// Has each answer take so long at least, in milliseconds.
    ///
    /// # Errors
    /// When the browser refuses.
    pub async fn delay(&self, latency: u32) -> Result<()> {
        self.network(latency, -1).await
    }

    async fn network(&self, latency: u32, throughput: i64) -> Result<()> {
        let conditions = json!({ "offline": false, "latency": latency, "downloadThroughput": throughput, "uploadThroughput": throughput });
        self.devtools("Network.enable", json!({})).await?;
        self.devtools("Network.emulateNetworkConditions", conditions)
            .await
            .map(drop)
    }

    /// Where the DevTools protocol is spoken directly, as `host:port`: for events, which commands do not give.
    ///
    /// # Errors
    /// When the browser does not say.
    pub fn debugger(&self) -> Result<&str> {
        let capabilities = self
            .client
            .capabilities()
            .context("the browser told nothing about itself")?;
        let address = capabilities
            .get("goog:chromeOptions")
            .and_then(|options| options["debuggerAddress"].as_str());
        address.context("the browser has no address for the DevTools protocol")
    }

    /// What the browser itself complained about since the last time: errors of scripts, resources that are not
    /// there, violations of the content security policy.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn complaints(&self) -> Result<Vec<String>> {
        let log = self
            .client
            .issue_cmd(Extension::post("se/log", json!({ "type": "browser" })))
            .await?;
        let entries = log.as_array().context("the browser's log is a list")?;
        let bad = entries.iter().filter(|entry| {
            let text = entry["message"].as_str().unwrap_or_default();
            entry["level"] == "SEVERE"
                || entry["source"] == "security"
                || text.contains("Content Security Policy")
        });
        Ok(bad
            .map(|entry| format!("{}: {}", entry["source"], entry["message"]))
            .collect())
    }

    /// Takes what the browser complained about since the last time, which must be nothing but that what is below that path was
    /// answered with one of those statuses.
    ///
    /// # Errors
    /// When it complained about anything else.
    pub async fn complains_only_of(&self, path: &str, statuses: &[u16]) -> Result<()> {
        let mut complaints = self.complaints().await?;
        let is_one = |it: &str| {
            let mut statuses = statuses.iter();
            it.contains(path) && statuses.any(|status| it.contains(&format!("a status of {status} ")))
        };
        complaints.retain(|it| !is_one(it));
        ensure!(
            complaints.is_empty(),
            "the browser complains:\n{}",
            complaints.join("\n")
        );
        Ok(())
    }

    /// The end of a test: the browser must have had nothing to complain about.
    ///
    /// # Errors
    /// When it had.
    pub async fn finish(self) -> Result<()> {
        self.complains_only_of("", &[]).await
    }
}
