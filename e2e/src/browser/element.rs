//! Elements as assistive technology knows them: by role and accessible name, as the browser computes them.

use anyhow::Result;
use fantoccini::{Client, Locator};

use super::driver::Extension;
use crate::keys;

/// An element of the page.
pub struct Element {
    inner: fantoccini::elements::Element,
    client: Client,
}

impl Element {
    pub(super) fn new(client: &Client, inner: fantoccini::elements::Element) -> Self {
        Self {
            inner,
            client: client.clone(),
        }
    }

    /// Clicks it.
    ///
    /// # Errors
    /// When something covers it.
    pub async fn click(&self) -> Result<()> {
        Ok(self.inner.click().await?)
    }

    /// Types into it. Special keys are the code points of WebDriver.
    ///
    /// # Errors
    /// When it takes no keys.
    pub async fn type_keys(&self, keys: &str) -> Result<()> {
        Ok(self.inner.send_keys(keys).await?)
    }

    /// Replaces what is in it.
    ///
    /// # Errors
    /// When it takes no text.
    pub async fn fill(&self, text: &str) -> Result<()> {
        // As a person does: select all, type over it. WebDriver's own way of clearing tells the page nothing.
        self.inner.send_keys(keys::CONTROL_A).await?;
        self.inner
            .send_keys(if text.is_empty() { keys::DELETE } else { text })
            .await?;
        Ok(())
    }

    /// What is in a text field.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn value(&self) -> Result<String> {
        Ok(self.inner.prop("value").await?.unwrap_or_default())
    }

    /// Its text in sight.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn text(&self) -> Result<String> {
        Ok(self.inner.text().await?)
    }

    /// Whether a check box or radio button is on.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn is_checked(&self) -> Result<bool> {
        Ok(self.inner.is_selected().await?
            || self.inner.attr("aria-checked").await?.as_deref() == Some("true"))
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn is_enabled(&self) -> Result<bool> {
        Ok(self.inner.is_enabled().await?
            && self.inner.attr("aria-disabled").await?.as_deref() != Some("true"))
    }

    /// The elements in it that have a role.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn all(&self, role: &str) -> Result<Vec<Element>> {
        let candidates = self.inner.find_all(Locator::Css(&candidates(role))).await?;
        sift(&self.client, candidates, role, None).await
    }

    /// An attribute.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn attribute(&self, name: &str) -> Result<Option<String>> {
        Ok(self.inner.attr(name).await?)
    }

    /// A property of its computed style.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn style(&self, property: &str) -> Result<String> {
        Ok(self.inner.css_value(property).await?)
    }

    /// Its accessible name.
    ///
    /// # Errors
    /// When it is gone.
    pub async fn name(&self) -> Result<String> {
        self.computed("computedlabel").await
    }

    async fn role(&self) -> Result<String> {
        self.computed("computedrole").await
    }

    async fn computed(&self, what: &str) -> Result<String> {
        let path = format!("element/{}/{what}", self.inner.element_id());
        let answer = self.client.issue_cmd(Extension::get(path)).await?;
        Ok(answer.as_str().unwrap_or_default().trim().to_owned())
    }
}

/// The elements in sight of a role, and of a name if one is given.
pub(super) async fn in_sight(client: &Client, role: &str, name: Option<&str>) -> Result<Vec<Element>> {
    let candidates = client.find_all(Locator::Css(&candidates(role))).await?;
    sift(client, candidates, role, name).await
}

async fn sift(
    client: &Client,
    candidates: Vec<fantoccini::elements::Element>,
    role: &str,
    name: Option<&str>,
) -> Result<Vec<Element>> {
    let mut found = Vec::new();
    for inner in candidates {
        let element = Element::new(client, inner);
        let named = match name {
            Some(name) => element.name().await? == name,
            None => true,
        };
        // Assistive technology may be told of what cannot be seen (a radio button below its own drawing), so
        // what counts is what the browser tells it.
        if named && element.role().await? == role {
            found.push(element);
        }
    }
    Ok(found)
}

/// What can have a role at all. The browser computes the role of each: this only keeps the questions few.
fn candidates(role: &str) -> String {
    let native = match role {
        "alert" | "log" | "tablist" | "tab" => "",
        "button" => "button, input[type=submit], input[type=button], summary",
        "checkbox" => "input[type=checkbox]",
        "combobox" => "select, input",
        "dialog" | "alertdialog" => "dialog",
        "form" => "form",
        "list" => "ul, ol",
        "listbox" => "datalist, select",
        "option" => "option",
        "radio" => "input[type=radio]",
        "slider" => "input[type=range]",
        "radiogroup" => "fieldset",
        "searchbox" => "input[type=search]",
        "status" => "output",
        "textbox" => "input, textarea",
        "heading" => "h1, h2, h3, h4",
        "link" => "a",
        _ => "",
    };
    let explicit = format!("[role={role}]");
    if native.is_empty() {
        explicit
    } else {
        format!("{explicit}, {native}")
    }
}
