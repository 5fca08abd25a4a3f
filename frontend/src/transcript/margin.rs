//! What stands at the right of a row: who, how long, how much.

use protocol::access::{By, Roll};
use protocol::calendar::duration;
use protocol::entry::Part;

use super::exchanges::{Exchange, Exchanges, Octets};
use super::{Kind, Run};

/// What stands at the right of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Aside {
    /// What it says.
    pub text: String,
    /// The same where there is little room.
    pub brief: String,
    /// Whether something is wrong.
    pub is_bad: bool,
}

/// What stands at the right of a row of that run.
pub(super) fn margin(run: &Run, exchanges: &Exchanges, roll: &Roll) -> Vec<Aside> {
    let found = run
        .exchange
        .and_then(|at| Some((at, exchanges.get(at as usize)?)));
    let Some((at, exchange)) = found else {
        return Vec::new();
    };
    let aside = |text: String| Aside {
        brief: text.clone(),
        text,
        is_bad: false,
    };
    match &run.kind {
        Kind::Command { by, .. } => vec![aside(who(*by, &roll.at(run.seq)))],
        Kind::Answer {
            part: Part::Status, ..
        } => {
            let first = exchange.first_took().map(|it| aside(duration(it)));
            first.into_iter().chain(octets(exchange)).collect()
        }
        Kind::Payload {
            part: Part::Terminator,
        } => {
            let whole = exchange.whole_took().map(duration).map(|took| Aside {
                text: format!("whole in {took}"),
                brief: took,
                is_bad: false,
            });
            let sum = exchanges.listed_octets(at as usize).map(sum);
            sum.into_iter().chain(whole).collect()
        }
        _ => Vec::new(),
    }
}

/// What the sizes of a list come to, checked against what was said of all messages together.
fn sum(octets: Octets) -> Aside {
    let Octets { came, announced } = octets;
    let is_bad = announced.is_some_and(|announced| announced != came);
    Aside {
        text: match announced {
            Some(announced) if is_bad => format!("sum {came}, {announced} announced ✗"),
            Some(_) => format!("sum {came} ✓ matches"),
            None => format!("sum {came}"),
        },
        brief: match announced {
            Some(announced) if is_bad => format!("{came} ≠ {announced} ✗"),
            Some(_) => format!("{came} ✓"),
            None => came.to_string(),
        },
        is_bad,
    }
}

/// What a participant was called then.
fn who(by: By, roll: &Roll) -> String {
    let told = roll.told(by);
    told.strip_prefix("the ").map(str::to_owned).unwrap_or(told)
}

/// The octets of the message, checked against what was announced.
fn octets(exchange: &Exchange) -> Option<Aside> {
    let Octets { came, announced } = exchange.message_octets()?;
    let octets = if came == 1 { "octet" } else { "octets" };
    Some(match announced {
        Some(announced) if announced == came => Aside {
            text: format!("{came} of {announced} octets ✓"),
            brief: format!("{came} ✓"),
            is_bad: false,
        },
        Some(announced) => Aside {
            text: format!("{came} {octets}, {announced} announced ✗"),
            brief: format!("{came} ≠ {announced} ✗"),
            is_bad: true,
        },
        None => Aside {
            text: format!("{came} {octets}"),
            brief: came.to_string(),
            is_bad: false,
        },
    })
}
