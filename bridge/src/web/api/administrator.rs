//! Who administrates the console, and what everybody else is answered.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::administration::Reason;
use protocol::standing::Rank;

use super::{denied, refused, refused_for};
use crate::Bridge;
use crate::access::{Reception, SignOn, Visitor};
use crate::audit::{About, Tried, Turned, TurnedAway, Who};
use crate::entrance::Denied;

/// Why whoever asks is no administrator.
pub(super) enum NoAdministrator {
    /// Nobody is one where nobody signs in.
    Here,
    /// They are not signed in.
    NotSignedOn,
    /// They may less.
    MayLess,
}

/// Whoever asks, where they are an administrator, and who is asked about accounts. Whoever runs the console is told of those
/// who are signed in and are none.
///
/// # Errors
/// When they are none.
pub(super) fn administrator<'a>(
    bridge: &'a Bridge,
    visitor: &'a Visitor,
) -> Result<(&'a Arc<Reception>, &'a Arc<SignOn>), NoAdministrator> {
    let reception = bridge.reception.as_ref().ok_or(NoAdministrator::Here)?;
    let signed_on = visitor.signed_on().ok_or(NoAdministrator::NotSignedOn)?;
    if signed_on.rank() < Rank::Administrator {
        bridge.audit.turned_away(TurnedAway {
            what: Turned::Refused(Tried::Administrate),
            about: About::default(),
            who: Who::signed_on(signed_on, visitor.from),
            server: None,
        });
        return Err(NoAdministrator::MayLess);
    }
    Ok((reception, signed_on))
}

impl IntoResponse for NoAdministrator {
    fn into_response(self) -> Response {
        match self {
            NoAdministrator::Here => refused(
                StatusCode::NOT_FOUND,
                "This console asks nobody who they are, so nobody administrates it from here.",
            ),
            NoAdministrator::NotSignedOn => denied(Denied::NotSignedOn),
            NoAdministrator::MayLess => refused_for(
                StatusCode::FORBIDDEN,
                Reason::NotAdministrator,
                "Only an administrator may do this.",
            ),
        }
    }
}
