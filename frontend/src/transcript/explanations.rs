//! What a line of the server's means, said below it.

use protocol::capability::{Capabilities, Expire, Known};
use protocol::entry::Part;
use protocol::reply::{ResponseCode, response_code};

use super::exchanges::Exchange;
use super::rows::Span;
use super::{Kind, Run};

/// What a line means, in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The sentence.
    pub text: String,
    /// Where it is defined; empty where no RFC is.
    pub rfc: &'static str,
    /// Whether it is something to know before going on.
    pub is_warning: bool,
}

/// What EXPIRE 0 comes to.
const EXPIRE_NOW: &str = "This server keeps no mail that was read: what RETR brings may be deleted when the session ends, with DELE or without.";

/// What the line of that run, of that exchange, means, if it is worth a sentence.
pub(super) fn explanation(run: &Run, exchange: &Exchange, line: &[u8]) -> Option<Explanation> {
    match &run.kind {
        Kind::Answer {
            part: Part::Status | Part::Greeting,
            ..
        } => {
            let code = response_code(line)?;
            let code = ResponseCode::find(line.get(code)?)?;
            Some(Explanation {
                text: code.explanation.to_owned(),
                rfc: code.rfc,
                is_warning: false,
            })
        }
        Kind::Payload { part: Part::Listing } if is_capabilities(exchange) => {
            let expires = Capabilities::read(line).expire()? == Expire::Days(0);
            expires.then(|| Explanation {
                text: EXPIRE_NOW.to_owned(),
                rfc: "RFC 2449 §6.7",
                is_warning: true,
            })
        }
        Kind::Payload {
            part: Part::Terminator,
        } => Some(Explanation {
            text: exchange.told.clone()?,
            rfc: "",
            is_warning: false,
        }),
        _ => None,
    }
}

/// Says what a capability means to whoever points at it.
pub(super) fn entitle(exchange: &Exchange, spans: &mut [Span]) {
    let first = spans.first_mut().filter(|_| is_capabilities(exchange));
    if let Some(span) = first
        && let Some(known) = Known::find(&span.text.to_ascii_uppercase())
    {
        span.title = format!("{} {}", known.explanation, known.rfc);
    }
}

fn is_capabilities(exchange: &Exchange) -> bool {
    exchange.verb == "CAPA"
}
