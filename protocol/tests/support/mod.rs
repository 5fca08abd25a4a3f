//! What a dialogue gives, in a form that does not depend on the pieces in which octets came.
#![allow(dead_code, reason = "each test uses its part of this")]

pub(crate) mod invariants;

use protocol::dialogue::{Dialogue, Ending, Output, SignIn};
use protocol::entry::{Event, ExchangeNo, Part};
use protocol::secret::Redacted;

/// One thing that came of a dialogue. Payload of one exchange and part is joined.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Came {
    Sent(ExchangeNo, Redacted),
    Answered(ExchangeNo, Part, Redacted),
    Received(ExchangeNo, Part, Vec<u8>),
    Wrote(Vec<u8>),
    SignIn(SignIn),
    Other(String),
    Ended(Ending),
}

/// Joins what was given to what came before.
pub(crate) fn join(outputs: Vec<Output>, came: &mut Vec<Came>) {
    for output in outputs {
        let one = match output {
            Output::Event(Event::Sent { exchange, line, .. }) => Came::Sent(exchange, line),
            Output::Event(Event::Answered { exchange, part, line }) => Came::Answered(exchange, part, line),
            Output::Event(Event::Received {
                exchange,
                part,
                bytes,
            }) => {
                if let Some(Came::Received(last, last_part, run)) = came.last_mut()
                    && (*last, *last_part) == (exchange, part)
                {
                    run.extend_from_slice(&bytes);
                    continue;
                }
                Came::Received(exchange, part, bytes.to_vec())
            }
            Output::Event(Event::Remark(remark)) => Came::Other(format!("remark {remark:?}")),
            Output::Event(
                event
                @ (Event::State(_) | Event::Withheld { .. } | Event::Note { .. } | Event::Hidden { .. }),
            ) => {
                panic!("not the dialogue's to record: {event:?}")
            }
            Output::Write(octets) => Came::Wrote(octets.reveal().to_vec()),
            Output::SignIn(sign_in) => Came::SignIn(sign_in),
            Output::StartTls => Came::Other("StartTls".to_owned()),
            Output::Fail(step, why) => Came::Other(format!("fail {step:?} {why:?}")),
        };
        came.push(one);
    }
}

/// Gives the octets to the dialogue in pieces of those sizes in turn.
pub(crate) fn receive(dialogue: &mut Dialogue, mut octets: &[u8], sizes: &[usize], came: &mut Vec<Came>) {
    let mut sizes = sizes.iter().cycle();
    while !octets.is_empty() {
        let size = sizes
            .next()
            .copied()
            .unwrap_or(octets.len())
            .clamp(1, octets.len());
        let (piece, rest) = octets.split_at(size);
        octets = rest;
        let mut out = Vec::new();
        dialogue.receive(piece, &mut out);
        join(out, came);
    }
}

/// All octets that were recorded of what the server sent.
pub(crate) fn recorded(came: &[Came]) -> Vec<u8> {
    let mut octets = Vec::new();
    for one in came {
        match one {
            Came::Answered(_, _, line) => octets.extend_from_slice(line.bytes()),
            Came::Received(_, _, run) => octets.extend_from_slice(run),
            _ => {}
        }
    }
    octets
}

/// Whether anything but payload and what was written holds those octets, in any ASCII letter case, in its
/// record, in its `Debug` form or on the wire.
pub(crate) fn holds(came: &[Came], secret: &[u8]) -> bool {
    let secret = secret.to_ascii_lowercase();
    let found = |octets: &[u8]| {
        octets
            .to_ascii_lowercase()
            .windows(secret.len())
            .any(|window| window == secret)
    };
    came.iter().any(|one| match one {
        Came::Sent(_, line) | Came::Answered(_, _, line) => {
            found(line.bytes())
                || found(format!("{line:?}").as_bytes())
                || found(&protocol::wire::encode(line))
        }
        Came::SignIn(sign_in) => found(format!("{sign_in:?}").as_bytes()),
        Came::Other(text) => found(text.as_bytes()),
        Came::Received(..) | Came::Wrote(_) | Came::Ended(_) => false,
    })
}
