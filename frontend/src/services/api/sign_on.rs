//! Who is signed in to the console, and the way in and out.

use js_sys::Object;
use protocol::sign_on::SignedOff;
use protocol::standing::Rank;
use wasm_bindgen::JsValue;

use super::super::{place, storage, was_signed_on};
use super::exchange::{member, named, request, set, text};

/// How people sign in to a console.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SignsIn {
    /// With an account of the console's own and its password.
    #[default]
    Password,
    /// At a proxy before the console, which says who they are.
    Proxy {
        /// Why what it says signs nobody in.
        problem: Option<String>,
        /// Where they sign out of it, if that is known.
        sign_off: Option<String>,
    },
    /// At a provider, which they come back from.
    Provider {
        /// Its host.
        host: String,
    },
}

/// Who is signed in to the console.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedOn {
    /// What everybody calls them.
    pub name: String,
    /// What they may do.
    pub role: Rank,
}

/// Signs in to the console: the browser keeps what it is known by from then on, and no page can read it.
///
/// # Errors
/// A sentence for the person.
pub async fn sign_on(name: &str, password: &str) -> Result<(), String> {
    let body = Object::new();
    set(&body, "name", name.into());
    set(&body, "password", password.into());
    request("POST", "/api/sign-on", None, Some(&text(&body)))
        .await
        .map(drop)
}

/// The address that somebody goes to who signs in at a provider, and comes back to the page that they are on; where they may
/// be somebody else than before, they are asked for their password there once more.
pub fn provider(anew: bool) -> String {
    let page = String::from(js_sys::encode_uri_component(&place::path()));
    let anew = if anew { "&anew=true" } else { "" };
    place::below(&format!("/api/sign-on/openid?page={page}{anew}"))
}

/// Why nobody is signed in any more in this browser, where somebody was who did not ask for it.
pub async fn signed_off() -> Option<SignedOff> {
    let access = request("GET", "/api/sign-on", None, None).await.ok()?;
    named(&access, "signed_off")
}

/// Signs out of the console, in every window of the browser, which keeps nothing of what was done then.
///
/// # Errors
/// A sentence for the person.
pub async fn sign_off() -> Result<(), String> {
    // Before the bridge closes what is open: nobody is told that they are signed out who has just asked for it.
    was_signed_on::forget();
    let signed_off = request("DELETE", "/api/sign-on", None, None).await;
    signed_off.inspect_err(|_| was_signed_on::remember())?;
    // Whoever sits here next is shown nothing of it.
    storage::forget_person();
    Ok(())
}

pub(super) fn signs_in(access: &JsValue) -> SignsIn {
    let text = |name: &str| member(access, name)?.as_string();
    match text("mode").as_deref() {
        Some("header") => SignsIn::Proxy {
            problem: text("problem"),
            sign_off: text("sign_off"),
        },
        Some("openid") => SignsIn::Provider {
            host: text("provider").unwrap_or_default(),
        },
        _ => SignsIn::Password,
    }
}

pub(super) fn signed_on(it: &JsValue) -> Option<SignedOn> {
    Some(SignedOn {
        name: member(it, "name")?.as_string()?,
        role: named(it, "role")?,
    })
}
