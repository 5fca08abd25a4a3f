//! What holds in this console, for its administrators.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::administrator::administrator;
use crate::Bridge;
use crate::access::Visitor;
use crate::config::{Held, Source};

#[derive(Serialize)]
struct Policy<'a> {
    sections: Vec<SectionTold<'a>>,
}

#[derive(Serialize)]
struct SectionTold<'a> {
    name: &'a str,
    settings: Vec<SettingTold<'a>>,
}

/// A setting.
#[derive(Serialize)]
struct SettingTold<'a> {
    key: &'a str,
    about: &'a str,
    /// What holds, each value as it would be said; empty where that is nothing.
    values: &'a [String],
    /// Where that was said: `default`, `file`, `environment` or `flag`.
    from: &'static str,
    /// In which line of which file, by which variable or flag; none of a default.
    at: Option<String>,
}

/// Tells of every setting what holds.
pub(in crate::web) async fn tell(State(bridge): State<Arc<Bridge>>, visitor: Visitor) -> Response {
    if let Err(why) = administrator(&bridge, &visitor) {
        return why.into_response();
    }
    let sections = bridge.holds.iter().map(|section| SectionTold {
        name: section.name,
        settings: section.settings.iter().map(SettingTold::from).collect(),
    });
    let sections = sections.collect();
    Json(Policy { sections }).into_response()
}

impl<'a> From<&'a Held> for SettingTold<'a> {
    fn from(held: &'a Held) -> Self {
        Self {
            key: held.key,
            about: held.about,
            values: &held.values,
            from: match held.at {
                None => "default",
                Some(Source::File(..)) => "file",
                Some(Source::Variable(_)) => "environment",
                Some(Source::Flag(_)) => "flag",
            },
            at: held.at.as_ref().map(ToString::to_string),
        }
    }
}
