//! Every HTTP route of the bridge.

mod api;
mod assets;
pub(crate) mod certificate;
pub(crate) mod door;
pub(crate) mod export;
mod guard;
pub(crate) mod listener;
pub(crate) mod probes;
mod socket;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, delete, get, post};

use crate::Bridge;
use guard::Guard;

/// The longest body of a request, in octets. The longest that is understood asks for a link.
const BODY_MAX: usize = 1024;

/// The routes, behind the guard, of a bridge that listens there, under TLS of its own or without.
pub(crate) fn routes(bridge: Arc<Bridge>, listening: std::net::SocketAddr, is_sealed: bool) -> Router {
    let guard = Arc::new(Guard::new(listening, is_sealed, bridge.audit.clone()));
    Router::new()
        .route("/", get(assets::index))
        .route("/s/{session}", get(assets::session_page))
        .route("/api/health", get(api::health))
        .route("/api/console", get(api::console))
        .route(
            "/api/sign-on",
            get(api::sign_on::tell)
                .post(api::sign_on::begin)
                .delete(api::sign_on::end),
        )
        .route("/api/sessions", post(api::open_session))
        .route(
            "/api/sessions/{session}",
            get(api::session::tell)
                .patch(api::session::change)
                .delete(api::session::end),
        )
        .route(
            "/api/sessions/{session}/links",
            get(api::links::list).post(api::links::make),
        )
        .route("/api/sessions/{session}/links/{link}", delete(api::links::revoke))
        .route("/api/sessions/{session}/export/{format}", get(export::export))
        .route("/api/socket", get(socket::upgrade))
        .route("/api/{*rest}", any(api::unknown))
        .fallback(get(assets::asset))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(guard, guard::check))
        .merge(probes::health())
        .with_state(bridge)
}
