//! What programs ask that watch over the console: whether it lives, whether it can take people, and what it has counted.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::Bridge;
use crate::metrics::{self, Standing};

pub(super) async fn alive() -> Response {
    answer(StatusCode::OK, "The console is alive.\n")
}

pub(super) async fn ready(State(bridge): State<Arc<Bridge>>) -> Response {
    match bridge.unready() {
        None => answer(StatusCode::OK, "The console is ready.\n"),
        Some(why) => answer(StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

pub(super) async fn counted(State(bridge): State<Arc<Bridge>>) -> Response {
    let within = bridge.ways.deadlines.answer;
    // How things stand is asked of every session, and a lock may be waited for.
    let text = async { tokio::task::spawn_blocking(move || bridge.metrics.text(&bridge.standing())).await };
    match timeout(within, text).await {
        Ok(Ok(Ok(text))) => {
            let headers = [(CONTENT_TYPE, metrics::CONTENT_TYPE), (CACHE_CONTROL, "no-store")];
            (headers, text).into_response()
        }
        _ => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            "What was counted cannot be told now.\n",
        ),
    }
}

fn answer(status: StatusCode, said: &'static str) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], said).into_response()
}

impl Bridge {
    /// Why nobody is to be sent here now; none where people are welcome.
    fn unready(&self) -> Option<&'static str> {
        if self.shutdown.is_draining() {
            return Some("The console is stopping.\n");
        }
        if self.reception.as_ref().is_some_and(|it| it.is_stale()) {
            return Some("The accounts cannot be read: those of before hold.\n");
        }
        let is_failing = |kept: &crate::Journaled| kept.recorder.standing().is_failing;
        let failing = self.kept.as_ref().is_some_and(is_failing);
        failing.then_some("The journal cannot be written to: sessions are not being recorded.\n")
    }

    fn standing(&self) -> Standing {
        let (live, windows) = self.registry.crowd();
        let kept = self.kept.as_ref();
        Standing {
            live,
            windows,
            interrupted: kept.map_or(0, |kept| kept.past.interrupted_count()),
            connections: self.places.taken(),
            transcripts: self.registry.transcript_octets(),
            journal: kept.map(|kept| kept.recorder.standing()).unwrap_or_default(),
            audit: self.audit.standing(),
        }
    }
}
