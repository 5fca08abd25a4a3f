//! A session's transcript as a file, made while it is sent.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderMap};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use protocol::access::{Role, Sight};
use protocol::entry::{Entry, Event, Seq};
use protocol::wire::{ToBrowser, decode_sequence};

use super::api;
use super::listener::Place;
use crate::Bridge;
use crate::export::{About, Export, Format};
use crate::session::registry::Admission;
use crate::session::transcript::{Unready, now};
use tokio::task::yield_now;

/// Sends what there is now, within what the token's bearer is shown.
pub(super) async fn export(
    State(bridge): State<Arc<Bridge>>,
    Extension(place): Extension<Place>,
    Path((id, format)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let Some(format) = Format::of_name(&format) else {
        return api::unknown().await;
    };
    let admission = match api::admit(&bridge, &place, &id, &headers).await {
        Ok(admission) if admission.pass.role != Role::SignIn => admission,
        Ok(_) => return api::unknown().await,
        Err(refused) => return refused,
    };
    let file = Making::new(format, admission);
    let name = HeaderValue::try_from(format!(
        "attachment; filename=\"pop3-session.{}\"",
        format.extension()
    ));
    let body = Body::from_stream(stream::unfold(file, Making::next));
    let mut response = (StatusCode::OK, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    if let Ok(name) = name {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

/// A file that is being made: at most what a frame's entries come to is in memory.
struct Making {
    admission: Admission,
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
    fn new(format: Format, admission: Admission) -> Self {
        let last = admission.session.transcript.last();
        let mut file = Self {
            export: format.export(About {
                server: None,
                sight: admission.pass.sight,
                at: now(),
            }),
            admission,
            after: 0,
            last,
            stage: Stage::Begin,
        };
        let server = file
            .entries(Sight::Everything)
            .ok()
            .flatten()
            .and_then(|entries| server(&entries));
        file.export = format.export(About {
            server,
            sight: file.admission.pass.sight,
            at: now(),
        });
        file
    }

    /// The next octets.
    async fn next(mut self) -> Option<(io::Result<Vec<u8>>, Self)> {
        let mut out = Vec::new();
        match self.stage {
            Stage::Begin => {
                self.stage = Stage::Entries;
                self.export.begin(&mut out);
            }
            // Who is out gets no more of it.
            Stage::Entries if !self.admission.session.links.lets_in(self.admission.pass.link) => {
                self.stage = Stage::Over;
                return Some((Err(io::ErrorKind::PermissionDenied.into()), self));
            }
            Stage::Entries => match self.entries(self.admission.pass.sight) {
                Ok(Some(entries)) if !entries.is_empty() => {
                    for entry in &entries {
                        self.after = entry.seq;
                        self.export.entry(entry, &mut out);
                    }
                }
                Ok(_) => {
                    self.stage = Stage::Over;
                    self.export.end(&mut out);
                }
                Err(Unready::Looking) => yield_now().await,
                // A file that looks whole and is not would be worse than none.
                Err(Unready::NoRoom) => {
                    self.stage = Stage::Over;
                    return Some((Err(io::ErrorKind::OutOfMemory.into()), self));
                }
            },
            Stage::Over => return None,
        }
        Some((Ok(out), self))
    }

    /// The next entries as a sight shows them; none behind the last.
    fn entries(&self, sight: Sight) -> Result<Option<Vec<Entry>>, Unready> {
        let Some(frame) = self.admission.session.transcript.after(sight, self.after)? else {
            return Ok(None);
        };
        let entries = decode_sequence(&frame.octets).filter_map(|item| match item {
            Ok(ToBrowser::Entry(entry)) if entry.seq <= self.last => Some(entry),
            _ => None,
        });
        Ok(Some(entries.collect()))
    }
}

/// The first server that was asked for.
fn server(entries: &[Entry]) -> Option<String> {
    entries.iter().find_map(|entry| match &entry.event {
        Event::State(state) => state.target.as_ref().map(|target| target.display()),
        _ => None,
    })
}
