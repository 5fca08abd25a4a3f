//! Why a connection could not be made, and what to try, in plain sentences.

use super::{Failure, Protocol, Step, certificate, technical_detail};
use crate::access::Roll;
use crate::calendar::duration;
use crate::figures;

pub(super) fn sentences(step: Step, why: &Failure, took: u64, roll: &Roll) -> Vec<String> {
    let reason = reason(step, why, roll);
    let mut sentences = vec![match why {
        // Nothing may have been done of the step.
        Failure::NotAllowed => format!("{reason}."),
        _ => format!("{} after {}: {reason}.", failed(step), duration(took)),
    }];
    sentences.extend(advice(step, why).map(str::to_owned));
    match why {
        Failure::ResolverFailed { detail }
        | Failure::Unreachable { detail }
        | Failure::Tls { detail }
        | Failure::Closed { detail: Some(detail) } => sentences.push(technical_detail(detail)),
        Failure::Certificate(report) => sentences.extend(certificate::lines(report)),
        _ => {}
    }
    sentences
}

fn failed(step: Step) -> &'static str {
    match step {
        Step::Resolve => "Looking the server's name up failed",
        Step::Connect => "Connecting failed",
        Step::Tls => "TLS failed",
        Step::Greeting => "The greeting failed",
    }
}

/// Goes on in the headline's sentence, or is all of it.
fn reason(step: Step, why: &Failure, roll: &Roll) -> String {
    match why {
        Failure::NoSuchHost => "no such host, or it has no address of the kind asked for".to_owned(),
        Failure::ResolverFailed { .. } => "the resolver did not answer".to_owned(),
        Failure::NotAllowed => "This console does not connect to that server".to_owned(),
        Failure::Refused => "the server refused the connection; nothing listens on that port".to_owned(),
        Failure::Unreachable { .. } => "the server cannot be reached from the console's host".to_owned(),
        Failure::TimedOut => match step {
            Step::Resolve => "the resolver did not answer in time".to_owned(),
            Step::Connect => "the server did not answer in time".to_owned(),
            Step::Tls => "the server did not finish the handshake in time".to_owned(),
            Step::Greeting => "the server took the connection and then said nothing".to_owned(),
        },
        Failure::Closed { detail: None } => "the server closed the connection".to_owned(),
        Failure::Closed { detail: Some(_) } => "the connection broke".to_owned(),
        Failure::PlainText { said } if said.is_empty() => {
            "the server speaks plain text on this port".to_owned()
        }
        Failure::PlainText { said } => format!("the server speaks plain text on this port; it said “{said}”"),
        Failure::TlsSpoken => "the server speaks TLS on this port".to_owned(),
        Failure::Tls { .. } => "the server and the console did not come to terms".to_owned(),
        Failure::Certificate(report) => certificate::refusal(report),
        Failure::GreetingRefused => "the server greeted with -ERR, so nothing was sent to it".to_owned(),
        Failure::NotPop3 { looks_like } => {
            format!(
                "this is no POP3 server, so nothing was sent to it; {}",
                looks(*looks_like)
            )
        }
        Failure::InjectedPlaintext { octets } => format!(
            "{} of plain text stood behind the +OK to STLS; that is tampering until proven otherwise, so they were \
             dropped and the connection closed",
            figures::octets(*octets)
        ),
        Failure::Cancelled { by } => format!("{} cancelled it", roll.told(*by)),
    }
}

fn looks(like: Protocol) -> &'static str {
    match like {
        Protocol::Ssh => "it looks like SSH",
        Protocol::Smtp => "it looks like SMTP or FTP",
        Protocol::Http => "it looks like HTTP",
        Protocol::Imap => "it looks like IMAP",
        Protocol::Redis => "it looks like Redis",
        Protocol::Other => "a POP3 server greets with a line that begins with +OK",
    }
}

fn advice(step: Step, why: &Failure) -> Option<&'static str> {
    Some(match why {
        Failure::NoSuchHost => "Check the spelling of the server's name, and IPv4 or IPv6 if you chose one.",
        Failure::ResolverFailed { .. } => "Try again, or enter the server's address instead of its name.",
        Failure::NotAllowed => "Choose a server that this console offers, or ask whoever runs it.",
        Failure::Refused => {
            "The server may be down: if nobody can choose its port here, tell whoever runs this console. Else check the port: POP3 \
             is on 110 in plain text or with STLS, and on 995 with TLS."
        }
        Failure::Unreachable { .. } => "Check the address, and try the other of IPv4 and IPv6.",
        Failure::TimedOut => match step {
            Step::Resolve => "Try again, or enter the server's address instead of its name.",
            Step::Connect => "A firewall may drop the connection: check the server's name and its port.",
            Step::Tls => {
                "The server may not speak TLS on this port: choose Plain or STLS, or port 995 for TLS."
            }
            Step::Greeting => {
                "A server that waits for TLS is silent like this: choose TLS, which is on port 995."
            }
        },
        Failure::Closed { .. } => match step {
            Step::Tls => {
                "The server may not speak TLS on this port, or its key or certificate is not in order."
            }
            Step::Greeting => {
                "The server may not want connections from the console's address, or wait for TLS: choose TLS."
            }
            Step::Resolve | Step::Connect => "Try again later.",
        },
        Failure::PlainText { .. } => {
            "The server speaks plain POP3 on this port: choose Plain or STLS, or port 995 for TLS."
        }
        Failure::TlsSpoken => "Choose TLS for this port, or port 110 for Plain or STLS.",
        Failure::Tls { .. } => "The console speaks TLS 1.2 and 1.3; the server may know older versions only.",
        Failure::Certificate(_) => {
            "Ask whoever runs the server. Where this console lets you, you may connect without verifying, if you know why: the \
             transcript records it."
        }
        Failure::GreetingRefused => "Its greeting says why; try again later.",
        Failure::NotPop3 { .. } => "Check the server's name and its port: POP3 is on 110 and 995.",
        Failure::InjectedPlaintext { .. } => {
            "Choose TLS on port 995, and tell whoever runs the server or the network."
        }
        Failure::Cancelled { .. } => return None,
    })
}
