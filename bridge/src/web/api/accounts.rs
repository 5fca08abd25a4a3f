//! The accounts of a hosted console, for its administrators.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::administration::{Field, Reason};
use protocol::standing::Rank;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::administrator::administrator;
use super::{Refused, named, refused, said};
use crate::Bridge;
use crate::access::{Confirm, Deed, Listed, NameError, NotDone, PasswordError, Visitor};
use crate::metrics::Limit;

#[derive(Serialize)]
struct Accounts {
    accounts: Vec<AccountTold>,
}

/// An account. Nothing is told of its password.
#[derive(Serialize)]
struct AccountTold {
    name: String,
    role: &'static str,
    disabled: bool,
    /// In how many browsers somebody is signed in with it.
    signed_on: usize,
    /// Whether it is the one of who asks.
    own: bool,
}

/// An account that is to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Added {
    name: String,
    #[serde(deserialize_with = "named")]
    role: Rank,
    password: Zeroizing<String>,
    /// The password of who asks, or what they were given for it.
    confirm: Option<Zeroizing<String>>,
    confirmation: Option<Zeroizing<String>>,
}

/// What is to be another way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changed {
    #[serde(default, deserialize_with = "said")]
    role: Option<Rank>,
    disabled: Option<bool>,
    confirm: Option<Zeroizing<String>>,
    confirmation: Option<Zeroizing<String>>,
}

/// Another password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Password {
    password: Zeroizing<String>,
    confirm: Option<Zeroizing<String>>,
    confirmation: Option<Zeroizing<String>>,
}

/// The own password of who asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    password: Zeroizing<String>,
}

/// What can be given for it for a while.
#[derive(Serialize)]
struct ConfirmedTold {
    confirmation: String,
    /// For how many seconds.
    seconds: u64,
}

/// Tells which accounts there are.
pub(in crate::web) async fn list(State(bridge): State<Arc<Bridge>>, visitor: Visitor) -> Response {
    let (reception, signed_on) = match administrator(&bridge, &visitor) {
        Ok(found) => found,
        Err(why) => return why.into_response(),
    };
    match reception.accounts(signed_on) {
        Ok(listed) => {
            let accounts = listed.into_iter().map(AccountTold::from).collect();
            Json(Accounts { accounts }).into_response()
        }
        Err(why) => not_done(&bridge, &why),
    }
}

/// Makes an account.
pub(in crate::web) async fn add(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let understood = || {
        let Added {
            name,
            role,
            password,
            confirm,
            confirmation,
        } = serde_json::from_slice(&body).ok()?;
        Some((Deed::Add { name, role, password }, given(confirm, confirmation)))
    };
    let wanted = "A name, a role (agent, supervisor or administrator), a password and your own are wanted.";
    administer(&bridge, &visitor, understood, wanted, StatusCode::CREATED).await
}

/// Has one that somebody may something else, or is signed in with no more, or again.
pub(in crate::web) async fn change(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(of): Path<String>,
    body: Bytes,
) -> Response {
    let understood = || {
        let Changed {
            role,
            disabled,
            confirm,
            confirmation,
        } = serde_json::from_slice(&body).ok()?;
        let is_anything = role.is_some() || disabled.is_some();
        let confirm = given(confirm, confirmation);
        is_anything.then_some((Deed::Change { of, role, disabled }, confirm))
    };
    let wanted = "A role (agent, supervisor or administrator) is wanted, or whether the account is disabled.";
    administer(&bridge, &visitor, understood, wanted, StatusCode::NO_CONTENT).await
}

/// Gives one another password.
pub(in crate::web) async fn change_password(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    Path(of): Path<String>,
    body: Bytes,
) -> Response {
    let understood = || {
        let Password {
            password,
            confirm,
            confirmation,
        } = serde_json::from_slice(&body).ok()?;
        Some((Deed::Password { of, password }, given(confirm, confirmation)))
    };
    let wanted = "A password and your own are wanted.";
    administer(&bridge, &visitor, understood, wanted, StatusCode::NO_CONTENT).await
}

/// Takes an administrator's own password, so that what is done next from the same page need not come with it.
pub(in crate::web) async fn confirm(
    State(bridge): State<Arc<Bridge>>,
    visitor: Visitor,
    body: Bytes,
) -> Response {
    let (reception, signed_on) = match administrator(&bridge, &visitor) {
        Ok(found) => found,
        Err(why) => return why.into_response(),
    };
    let Ok(Own { password }) = serde_json::from_slice(&body) else {
        return refused(StatusCode::BAD_REQUEST, "Your own password is wanted.");
    };
    match reception.confirm(signed_on, visitor.from, password).await {
        Ok((token, lasts)) => {
            let (confirmation, seconds) = (token.reveal(), lasts.as_secs());
            Json(ConfirmedTold {
                confirmation,
                seconds,
            })
            .into_response()
        }
        Err(why) => not_done(&bridge, &why),
    }
}

/// By what an administrator shows that it is them, if by anything.
fn given(password: Option<Zeroizing<String>>, before: Option<Zeroizing<String>>) -> Option<Confirm> {
    password.map(Confirm::Password).or(before.map(Confirm::Before))
}

/// Does what an administrator asks for, if it is understood, and answers with that status when it is done. Nobody else's request
/// is looked at.
async fn administer(
    bridge: &Bridge,
    visitor: &Visitor,
    understood: impl FnOnce() -> Option<(Deed, Option<Confirm>)>,
    wanted: &'static str,
    done: StatusCode,
) -> Response {
    let (reception, signed_on) = match administrator(bridge, visitor) {
        Ok(found) => found,
        Err(why) => return why.into_response(),
    };
    let Some((deed, confirm)) = understood() else {
        return refused(StatusCode::BAD_REQUEST, wanted);
    };
    let doing = reception
        .clone()
        .administer(signed_on.clone(), visitor.from, confirm, deed);
    match doing.await {
        Ok(()) => done.into_response(),
        Err(why) => not_done(bridge, &why),
    }
}

fn not_done(bridge: &Bridge, why: &NotDone) -> Response {
    if matches!(why, NotDone::TooOften | NotDone::Busy) {
        bridge.metrics.met(Limit::Passwords);
    }
    let (status, field) = match why {
        NotDone::NoAccounts | NotDone::LastAdministrator => (StatusCode::CONFLICT, None),
        NotDone::Name(NameError::Taken) => (StatusCode::CONFLICT, Some(Field::Name)),
        NotDone::Name(NameError::Unfit) => (StatusCode::BAD_REQUEST, Some(Field::Name)),
        NotDone::Password(PasswordError::System) => (StatusCode::SERVICE_UNAVAILABLE, None),
        NotDone::Password(_) => (StatusCode::BAD_REQUEST, Some(Field::Password)),
        NotDone::Unknown(_) => (StatusCode::NOT_FOUND, None),
        NotDone::Unconfirmed | NotDone::WrongConfirmation => (StatusCode::FORBIDDEN, Some(Field::Confirm)),
        NotDone::NotAdministrator => (StatusCode::FORBIDDEN, None),
        NotDone::NotSignedOn => (StatusCode::UNAUTHORIZED, None),
        NotDone::TooOften => (StatusCode::TOO_MANY_REQUESTS, Some(Field::Confirm)),
        NotDone::Broken => (StatusCode::INTERNAL_SERVER_ERROR, None),
        NotDone::Busy | NotDone::NoTurn | NotDone::Late | NotDone::File(_) | NotDone::NoRandomness => {
            (StatusCode::SERVICE_UNAVAILABLE, None)
        }
    };
    let reason = match why {
        NotDone::Unconfirmed => Some(Reason::Unconfirmed),
        NotDone::WrongConfirmation => Some(Reason::WrongPassword),
        NotDone::NotAdministrator => Some(Reason::NotAdministrator),
        NotDone::NotSignedOn => Some(Reason::NotSignedOn),
        _ => None,
    };
    let told = Refused {
        error: sentence(&why.to_string()),
        field: field.map(Field::name),
        reason: reason.map(Reason::name),
    };
    (status, Json(told)).into_response()
}

/// As a sentence what the command line says as the rest of one.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|it| it.to_uppercase().to_string());
    let end = if text.ends_with('.') { "" } else { "." };
    first.unwrap_or_default() + letters.as_str() + end
}

impl From<Listed> for AccountTold {
    fn from(listed: Listed) -> Self {
        Self {
            name: listed.name,
            role: listed.role.name(),
            disabled: listed.disabled,
            signed_on: listed.signed_on,
            own: listed.is_own,
        }
    }
}
