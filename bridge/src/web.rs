//! Every HTTP route of the bridge.

mod api;
mod assets;
pub(crate) mod certificate;
mod cookie;
pub(crate) mod door;
pub(crate) mod export;
pub(crate) mod forwarded;
mod guard;
pub(crate) mod listener;
mod probes;
mod socket;
mod visitor;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing;

use crate::Bridge;
use crate::config::Front;
use guard::Guard;

/// The longest body of a request, in octets. The longest that is understood makes an account: it has two passwords, of which
/// JSON may write each octet as six.
const BODY_MAX: usize = 4096;

/// Makes routes and the list of them from one text. There are no others, but for what was counted, on a listener of its own.
macro_rules! routes {
    ($(#[$about:meta])* $list:ident, $routed:ident: $($method:ident $path:literal => $handler:path;)+) => {
        $(#[$about])*
        pub const $list: &[(&str, &str)] = &[$((stringify!($method), $path)),+];

        fn $routed() -> Router<Arc<Bridge>> {
            Router::new()$(.route($path, routing::$method($handler)))+
        }
    };
}

// What each visitor is answered is tested for each of them: `bridge/tests/bridge/access/routes.rs`.
routes! {
    /// Every route that is behind the guard alone: its method, and its path.
    ROUTES, routed:
    get "/" => assets::index;
    get "/s/{session}" => assets::session_page;
    get "/administration" => assets::administration_page;
    get "/api/health" => api::health;
    get "/api/console" => api::console;
    get "/api/sign-on" => api::sign_on::tell;
    post "/api/sign-on" => api::sign_on::begin;
    delete "/api/sign-on" => api::sign_on::end;
    get "/api/sign-on/openid" => api::openid::leave;
    get "/api/sign-on/openid/back" => api::openid::back;
    post "/api/confirmation" => api::accounts::confirm;
    get "/api/accounts" => api::accounts::list;
    post "/api/accounts" => api::accounts::add;
    patch "/api/accounts/{account}" => api::accounts::change;
    post "/api/accounts/{account}/password" => api::accounts::change_password;
    get "/api/policy" => api::policy::tell;
    get "/api/sessions" => api::board::list;
    post "/api/sessions" => api::open_session;
    get "/api/sessions/{session}" => api::session::tell;
    patch "/api/sessions/{session}" => api::session::change;
    delete "/api/sessions/{session}" => api::session::end;
    post "/api/sessions/{session}/end" => api::board::end;
    get "/api/sessions/{session}/links" => api::links::list;
    post "/api/sessions/{session}/links" => api::links::make;
    delete "/api/sessions/{session}/links/{link}" => api::links::revoke;
    get "/api/sessions/{session}/export/{format}" => export::export;
    get "/api/socket" => socket::upgrade;
    any "/api/{*rest}" => api::unknown;
    get "/{*file}" => assets::asset;
}

routes! {
    /// Every route that is before the guard as well. They tell nobody anything but whether the console lives and is ready, so
    /// they are answered under any name: those who ask seldom know the console's own.
    PROBES, probed:
    get "/healthz" => probes::alive;
    get "/readyz" => probes::ready;
}

/// The routes, behind the guard, of a bridge that listens there.
pub(crate) fn routes(bridge: Arc<Bridge>, front: &Front, listening: SocketAddr) -> Router {
    let counts = (bridge.places.clone(), bridge.metrics.clone());
    let answer_within = bridge.ways.deadlines.answer;
    let guard = Guard::new(front, listening, bridge.audit.clone(), counts, answer_within);
    let guard = Arc::new(guard);
    // Before the routes and not between them: what it makes of the path decides which of them it is.
    let guarded = Router::new()
        .fallback_service(own(bridge.clone()))
        .layer(from_fn_with_state(guard, guard::check));
    probed().with_state(bridge).fallback_service(guarded)
}

/// What was counted, and the probes, for a listener of its own.
pub(crate) fn counts(bridge: Arc<Bridge>) -> Router {
    let counts = Router::new().route("/metrics", routing::get(probes::counted));
    probed().merge(counts).with_state(bridge)
}

/// What is behind the guard.
fn own(bridge: Arc<Bridge>) -> Router {
    routed()
        .merge(probed())
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(bridge)
}
