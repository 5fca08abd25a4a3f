//! What is no stream, as JSON.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use protocol::wire::VERSION;
use serde::Serialize;

use crate::Bridge;
use crate::session::registry::OpenError;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[derive(Serialize)]
struct Console {
    version: &'static str,
    wire: u16,
    demonstration: Option<DemonstrationAt>,
}

#[derive(Serialize)]
struct DemonstrationAt {
    host: String,
    port: u16,
    tls_port: u16,
}

#[derive(Serialize)]
struct NewSession {
    session: String,
    token: String,
}

#[derive(Serialize)]
struct Refused {
    error: String,
}

/// Whether the bridge is alive.
pub(super) async fn health() -> Response {
    Json(Health { status: "ok" }).into_response()
}

/// What the console's page needs to know before there is a session.
pub(super) async fn console(State(bridge): State<Arc<Bridge>>) -> Response {
    let demonstration = bridge
        .demonstration
        .as_ref()
        .map(|demonstration| DemonstrationAt {
            host: demonstration.address().ip().to_string(),
            port: demonstration.address().port(),
            tls_port: demonstration.tls_address().port(),
        });
    Json(Console {
        version: env!("CARGO_PKG_VERSION"),
        wire: VERSION,
        demonstration,
    })
    .into_response()
}

/// Opens a session. Its body is empty; taking it keeps it within its bound.
pub(super) async fn open_session(State(bridge): State<Arc<Bridge>>, _body: Bytes) -> Response {
    match bridge.open_session() {
        Ok((session, token)) => (StatusCode::CREATED, Json(NewSession { session, token })).into_response(),
        Err(error) => {
            let status = match error {
                OpenError::Full => StatusCode::TOO_MANY_REQUESTS,
                OpenError::Stopping | OpenError::NoRandomness => StatusCode::SERVICE_UNAVAILABLE,
            };
            (
                status,
                Json(Refused {
                    error: error.to_string(),
                }),
            )
                .into_response()
        }
    }
}

/// There is no such thing under `/api/`.
pub(super) async fn unknown() -> Response {
    (
        StatusCode::NOT_FOUND,
        Json(Refused {
            error: "There is no such thing here.".to_owned(),
        }),
    )
        .into_response()
}
