//! What stands at the right of a row: who, how long, how much.

use protocol::access::{By, ParticipantId};
use protocol::entry::Part;

use super::exchanges::{Exchange, Octets};
use super::{Kind, Run};
use crate::time;

/// What stands at the right of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// The same where there is little room.
    pub brief: String,
    /// Whether something is wrong.
    pub is_bad: bool,
}

/// What stands at the right of a row of that run.
pub(super) fn notes(run: &Run, exchange: &Exchange, me: Option<ParticipantId>) -> Vec<Note> {
    let note = |text: String| Note {
        brief: text.clone(),
        text,
        is_bad: false,
    };
    match &run.kind {
        Kind::Command { by, .. } => vec![note(who(*by, me))],
        Kind::Answer {
            part: Part::Status, ..
        } => {
            let first = exchange.first_took().map(|it| note(time::took(it)));
            first.into_iter().chain(octets(exchange)).collect()
        }
        Kind::Payload {
            part: Part::Terminator,
        } => exchange
            .whole_took()
            .map(time::took)
            .map(|took| Note {
                text: format!("whole in {took}"),
                brief: took,
                is_bad: false,
            })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// What a participant is called.
pub fn who(by: By, me: Option<ParticipantId>) -> String {
    match by {
        By::Console => "console".to_owned(),
        By::Participant(id) if Some(id) == me => "you".to_owned(),
        By::Participant(id) => format!("P{id}"),
    }
}

/// The octets of the message, checked against what was announced.
fn octets(exchange: &Exchange) -> Option<Note> {
    let Octets { came, announced } = exchange.message_octets()?;
    Some(match announced {
        Some(announced) if announced == came => Note {
            text: format!("{came} of {announced} octets ✓"),
            brief: format!("{came} ✓"),
            is_bad: false,
        },
        Some(announced) => Note {
            text: format!("{came} octets, {announced} announced ✗"),
            brief: format!("{came} ≠ {announced} ✗"),
            is_bad: true,
        },
        None => Note {
            text: format!("{came} octets"),
            brief: came.to_string(),
            is_bad: false,
        },
    })
}
