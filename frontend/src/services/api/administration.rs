//! What an administrator asks the bridge for.

use js_sys::Object;
use protocol::standing::Rank;
use wasm_bindgen::JsValue;

use super::exchange::{NOT_UNDERSTOOD, count, exchange, list, member, named, refusal, request, set, text};
use crate::administration::{Account, Deed, Field, Held, Refusal, Section, Sheet, Source};

/// Where accounts are asked for.
const ACCOUNTS: &str = "/api/accounts";

/// The accounts of the console.
///
/// # Errors
/// Why they are not told.
pub async fn accounts() -> Result<Vec<Account>, Refusal> {
    let body = answer("GET", ACCOUNTS, None).await?;
    Ok(list(&body, "accounts")
        .iter()
        .filter_map(|it| account(&it))
        .collect())
}

fn account(it: &JsValue) -> Option<Account> {
    let is = |name: &str| member(it, name)?.as_bool();
    Some(Account {
        name: member(it, "name")?.as_string()?,
        role: named(it, "role")?,
        is_disabled: is("disabled")?,
        signed_on: count(it, "signed_on"),
        is_own: is("own")?,
    })
}

/// What holds in the console.
///
/// # Errors
/// A sentence for the person.
pub async fn held() -> Result<Vec<Section>, String> {
    let body = request("GET", "/api/policy", None, None).await?;
    let sections = list(&body, "sections");
    let sections: Vec<_> = sections.iter().filter_map(|it| section(&it)).collect();
    if sections.is_empty() {
        return Err(NOT_UNDERSTOOD.to_owned());
    }
    Ok(sections)
}

fn section(it: &JsValue) -> Option<Section> {
    let settings = list(it, "settings");
    Some(Section {
        name: member(it, "name")?.as_string()?,
        settings: settings.iter().filter_map(|it| setting(&it)).collect(),
    })
}

fn setting(it: &JsValue) -> Option<Held> {
    let text = |name: &str| member(it, name)?.as_string();
    Some(Held {
        key: text("key")?,
        about: text("about")?,
        values: list(it, "values")
            .iter()
            .filter_map(|it| it.as_string())
            .collect(),
        from: Source::named(&text("from")?)?,
        at: text("at").unwrap_or_default(),
    })
}

/// Gives the administrator's own password. What counts for it for a while.
///
/// # Errors
/// Why nothing does.
pub async fn confirm(password: &str) -> Result<String, Refusal> {
    let body = Object::new();
    set(&body, "password", password.into());
    let told = answer("POST", "/api/confirmation", Some(&text(&body))).await;
    let told = told.map_err(|refusal| Refusal {
        // It is about the one thing that was given.
        field: (!refusal.is_out()).then_some(Field::Confirm),
        ..refusal
    })?;
    let confirmation = member(&told, "confirmation").and_then(|it| it.as_string());
    confirmation.ok_or_else(|| Refusal {
        why: NOT_UNDERSTOOD.to_owned(),
        field: None,
        reason: None,
    })
}

/// Does what a sheet is about. The password is the one that the account gets, where it gets one; the rest is what counts for the
/// administrator's own.
///
/// # Errors
/// Why it is not done.
pub async fn administer(sheet: &Sheet, password: &str, confirmation: &str) -> Result<(), Refusal> {
    let deed = &sheet.deed;
    let body = Object::new();
    let set = |name: &str, value: JsValue| set(&body, name, value);
    if *deed == Deed::Add {
        set("name", sheet.name.trim().into());
    }
    if deed.gives_role() {
        set("role", Rank::name(sheet.role).into());
    }
    if let Deed::Disable(_) | Deed::Enable(_) = deed {
        set("disabled", matches!(deed, Deed::Disable(_)).into());
    }
    if deed.gives_password() {
        set("password", password.into());
    }
    set("confirmation", confirmation.into());
    let of = deed.whose().map(js_sys::encode_uri_component).map(String::from);
    let of = of.map_or(String::new(), |name| format!("/{name}"));
    let (method, below) = match deed {
        Deed::Add => ("POST", ""),
        Deed::Password(_) => ("POST", "/password"),
        Deed::Role(_) | Deed::Disable(_) | Deed::Enable(_) => ("PATCH", ""),
    };
    answer(method, &format!("{ACCOUNTS}{of}{below}"), Some(&text(&body)))
        .await
        .map(drop)
}

/// What the bridge answers, or why it refuses.
async fn answer(method: &str, path: &str, body: Option<&str>) -> Result<JsValue, Refusal> {
    let unreachable = |why| Refusal {
        why,
        field: None,
        reason: None,
    };
    let (status, body) = exchange(method, path, None, body).await.map_err(unreachable)?;
    if (200..300).contains(&status) {
        return Ok(body);
    }
    Err(Refusal {
        why: refusal(status, &body),
        field: named(&body, "field"),
        reason: named(&body, "reason"),
    })
}
