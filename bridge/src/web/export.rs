//! A session's transcript as a file, made while it is sent.

mod running;

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use protocol::access::Role;
use protocol::entry::{Entry, Event, Seq};
use protocol::remark::FileFormat;
use protocol::sight::Shown;
use protocol::wire::{BROWSER_HEADER, ToBrowser, decode_sequence};

pub(crate) use running::Exports;
use running::{Running, TooMany};

use super::api;
use super::listener::Place;
use crate::Bridge;
use crate::access::{SignOn, Visitor};
use crate::audit::Tried;
use crate::export::{self, About, Export};
use crate::metrics::Limit;
use crate::session::admission::Admission;
use crate::session::token::{Hash, hash};
use crate::session::transcript::{Transcript, Unready, now};
use tokio::task::yield_now;

/// Sends what there is now, within what the token's bearer is shown.
pub(super) async fn export(
    State(bridge): State<Arc<Bridge>>,
    Extension(place): Extension<Place>,
    visitor: Visitor,
    Path((id, format)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Ok(format) = format.parse::<FileFormat>() else {
        return api::unknown().await;
    };
    let admission = match api::admit(&bridge, &visitor, &id).await {
        Ok(admission) if admission.pass.role != Role::SignIn => admission,
        Ok(admission) => {
            api::tell_refused(&bridge, &visitor, &id, admission.pass, Tried::Export);
            return api::unknown().await;
        }
        Err(refused) => return refused,
    };
    let owner = admission.session.opened_by.as_deref();
    let owner = owner.map(|account| &account.id[..]);
    let running = match bridge.exports.begin(&id, owner, admission.pass.link, &place) {
        Ok(running) => running,
        Err(error) => {
            bridge.metrics.met(Limit::Exports);
            let status = match error {
                TooMany::InSession | TooMany::ThroughLink | TooMany::OfAccount => {
                    StatusCode::TOO_MANY_REQUESTS
                }
                TooMany::AtAll => StatusCode::SERVICE_UNAVAILABLE,
            };
            return api::refused(status, error);
        }
    };
    let file = Making::new(format, admission, running);
    // Behind that: the file holds what there was when it was asked for.
    let Admission {
        session,
        pass,
        signed_on,
        ..
    } = &file.admission;
    let account = signed_on.as_deref().map(SignOn::identity);
    session.exported(*pass, browser(&headers), account.as_ref(), visitor.from, format);
    let name = HeaderValue::try_from(format!(
        "attachment; filename=\"pop3-session.{}\"",
        format.extension()
    ));
    let body = Body::from_stream(stream::unfold(file, Making::next));
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(export::media_type(format)));
    if let Ok(name) = name {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// What whoever asks says that their browser calls itself.
fn browser(headers: &HeaderMap) -> Option<Hash> {
    let name = headers.get(BROWSER_HEADER)?.to_str().ok()?;
    Some(hash(name))
}

/// A file that is being made: at most what a frame's entries come to is in memory.
struct Making {
    admission: Admission,
    running: Running,
    export: Box<dyn Export>,
    /// The last entry that it has, and the last that it will have.
    after: Seq,
    last: Seq,
    stage: Stage,
}

#[derive(PartialEq)]
enum Stage {
    Begin,
    Entries,
    Over,
}

impl Making {
    fn new(format: FileFormat, admission: Admission, running: Running) -> Self {
        let transcript = &admission.session.transcript;
        let last = transcript.last();
        let about = About {
            server: server(transcript, last),
            sight: admission.pass.sight,
            keep: admission.session.kept(),
            at: now(),
        };
        Self {
            export: export::of(format, about),
            admission,
            running,
            after: 0,
            last,
            stage: Stage::Begin,
        }
    }

    /// The next octets. Where there are none any more though there should be, the connection is broken off: a file that
    /// looks whole and is not would be worse than none.
    async fn next(mut self) -> Option<(io::Result<Vec<u8>>, Self)> {
        let made = loop {
            match self.stage {
                Stage::Over => return None,
                // Who is out gets no more of it.
                _ if !self.admission.lasts() => {
                    break Err(io::ErrorKind::PermissionDenied);
                }
                Stage::Begin => break Ok(self.begin()),
                Stage::Entries => match self.go_on() {
                    Ok(octets) => break Ok(octets),
                    Err(Unready::Looking) => yield_now().await,
                    Err(Unready::NoRoom) => break Err(io::ErrorKind::OutOfMemory),
                },
            }
        };
        let made = made.map_err(|why| {
            self.stage = Stage::Over;
            self.running.break_off();
            why.into()
        });
        Some((made, self))
    }

    fn begin(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.stage = Stage::Entries;
        self.export.begin(&mut out);
        out
    }

    /// What the next entries come to, or what stands behind the last.
    fn go_on(&mut self) -> Result<Vec<u8>, Unready> {
        let mut out = Vec::new();
        let Admission { session, pass, .. } = &self.admission;
        let entries = shown(
            &session.transcript,
            Shown::to(pass.role, pass.sight),
            self.after,
            self.last,
        )?;
        for entry in &entries {
            self.after = entry.seq;
            self.export.entry(entry, &mut out);
        }
        if entries.is_empty() {
            self.stage = Stage::Over;
            self.export.end(&mut out);
        }
        Ok(out)
    }
}

/// The entries after one as they are shown to whom so much is, as many as a frame takes; none behind the last that is wanted.
fn shown(transcript: &Transcript, shown: Shown, after: Seq, last: Seq) -> Result<Vec<Entry>, Unready> {
    let frame = transcript.after(shown, after)?;
    let octets = frame.map(|frame| frame.octets).unwrap_or_default();
    let entries = decode_sequence(&octets).filter_map(|item| match item {
        Ok(ToBrowser::Entry(entry)) if entry.seq <= last => Some(entry),
        _ => None,
    });
    Ok(entries.collect())
}

/// The first server that was asked for, if it is among the first entries.
fn server(transcript: &Transcript, last: Seq) -> Option<String> {
    let entries = shown(transcript, Shown::ALL, 0, last).ok()?;
    entries.iter().find_map(|entry| match &entry.event {
        Event::State(state) => state.target.as_ref().map(|target| target.display()),
        _ => None,
    })
}
