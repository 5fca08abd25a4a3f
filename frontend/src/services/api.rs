//! The bridge's REST interface.

use gloo::utils::window;
use js_sys::{JSON, Reflect};
use protocol::target::Target;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response};

/// What the bridge tells about itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Console {
    /// The demonstration mailbox's host and port, if there is one.
    pub demonstration: Option<(String, u16)>,
}

impl Console {
    /// Whether that is the demonstration mailbox.
    pub fn demonstrates(&self, target: &Target) -> bool {
        let address = self.demonstration.as_ref();
        address.is_some_and(|(host, port)| *host == target.host && *port == target.port)
    }
}

/// A session that was opened.
#[derive(Clone)]
pub struct Opened {
    /// Which session.
    pub session: String,
    /// What lets in.
    pub token: String,
}

/// Asks what the bridge is.
///
/// # Errors
/// A sentence for the person.
pub async fn console() -> Result<Console, String> {
    let body = request("GET", "/api/console").await?;
    let demonstration = member(&body, "demonstration")
        .filter(JsValue::is_object)
        .and_then(|it| {
            let port = member(&it, "port")?.as_f64()? as u16;
            Some((member(&it, "host")?.as_string()?, port))
        });
    Ok(Console { demonstration })
}

/// Opens a session.
///
/// # Errors
/// A sentence for the person.
pub async fn open_session() -> Result<Opened, String> {
    let body = request("POST", "/api/sessions").await?;
    let text = |name| member(&body, name).and_then(|it| it.as_string());
    match (text("session"), text("token")) {
        (Some(session), Some(token)) => Ok(Opened { session, token }),
        _ => Err(
            "The console's bridge gave an answer that this page does not understand. Load it again."
                .to_owned(),
        ),
    }
}

async fn request(method: &str, path: &str) -> Result<JsValue, String> {
    let unreachable = |_| "The console's bridge cannot be reached. Is it still running?".to_owned();
    let init = RequestInit::new();
    init.set_method(method);
    let answered = JsFuture::from(window().fetch_with_str_and_init(path, &init))
        .await
        .map_err(unreachable)?;
    let response: Response = answered.dyn_into().map_err(unreachable)?;
    let text = JsFuture::from(response.text().map_err(unreachable)?)
        .await
        .map_err(unreachable)?;
    let body = JSON::parse(&text.as_string().unwrap_or_default()).unwrap_or(JsValue::NULL);
    if response.ok() {
        return Ok(body);
    }
    let told = member(&body, "error").and_then(|it| it.as_string());
    Err(told.unwrap_or_else(|| format!("The console's bridge refused with status {}.", response.status())))
}

fn member(of: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(of, &JsValue::from_str(name))
        .ok()
        .filter(|it| !it.is_undefined() && !it.is_null())
}
