//! The console's remarks in plain sentences.

use super::{End, Marks, Remark, TECHNICAL_DETAIL, certificate, failure};
use crate::access::Roll;
use crate::calendar::{duration, to_the_second};
use crate::target::Security;

pub(super) fn of(remark: &Remark, roll: &Roll) -> Vec<String> {
    match remark {
        Remark::Connected { host, resolved, resolve_took, from, to, connect_took, at, by } => {
            let connected = format!("connected in {}", duration(*connect_took));
            let headline = if resolved.is_empty() {
                capitalized(&connected)
            } else {
                let took = duration(*resolve_took);
                format!("Resolved {host} to {} in {took} · {connected}", resolved.join(", "))
            };
            let date = to_the_second(i64::try_from(at / 1000).unwrap_or(i64::MAX));
            let asked = if roll.is_reader(*by) {
                String::new()
            } else {
                format!(", for {}", roll.told(*by))
            };
            vec![
                format!("{headline}."),
                format!("From {from} (the console's host, not yours) to {to} at {date}{asked}."),
            ]
        }
        Remark::Secured(report) => certificate::report(report),
        Remark::GreetingLate { after, port } => {
            let mut sentences = vec![format!(
                "The server has not greeted for {}; the console goes on waiting.",
                duration(*after)
            )];
            sentences.push(if *port == Security::Tls.port() {
                "Port 995 waits for TLS from the first octet: choose TLS.".to_owned()
            } else {
                "It may be slow, or wait for TLS from the first octet: then choose TLS.".to_owned()
            });
            sentences
        }
        Remark::Failed { step, why, took } => failure::sentences(*step, why, *took, roll),
        Remark::StlsRefused => vec![
            "The server refused STLS, so the line is in clear text; nothing was sent but STLS.".to_owned(),
            "Go on in clear text only if you mean to: everybody on the way could read the password. Otherwise \
             disconnect and try TLS on port 995."
                .to_owned(),
        ],
        Remark::ContinuedInClear { by } => vec![
            format!("{} decided to go on in clear text.", roll.opening(*by)),
            "Whatever is typed now, passwords too, can be read on its way.".to_owned(),
        ],
        Remark::KeptAlive { on: true, every, by } => vec![
            format!("{} switched the keep-alive on.", roll.opening(*by)),
            format!(
                "After {} without a line the console sends NOOP, in the TRANSACTION state and for as long as this \
                 connection lasts.",
                duration(*every)
            ),
        ],
        Remark::KeptAlive { on: false, by, .. } => {
            vec![format!("{} switched the keep-alive off.", roll.opening(*by))]
        }
        Remark::Marked { message, marked } => vec![
            format!("Not deleted yet. Message {message} is only marked."),
            format!(
                "QUIT commits it; RSET undoes it; a dropped connection must delete nothing. {} marked now. RFC 1939 §5, §6.",
                messages_are(*marked)
            ),
        ],
        Remark::Unmarked { messages } => vec![format!(
            "{} marked for deletion any more: RSET took the marks back. RFC 1939 §5.",
            if *messages == 1 { "1 message is not".to_owned() } else { format!("{messages} messages are not") }
        )],
        Remark::Committed { messages, count } => {
            let named: Vec<_> = messages.iter().map(u32::to_string).collect();
            let more = (*count as usize).saturating_sub(messages.len());
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            let noun = if *count == 1 { "message" } else { "messages" };
            vec![
                format!("Committed: QUIT deleted {count} {noun}. RFC 1939 §6."),
                format!("By number: {}{rest}.", named.join(", ")),
            ]
        }
        Remark::CommitFailed { marked } => vec![
            format!("QUIT was answered with -ERR: {} marked, and some may not have been removed. RFC 1939 §6.", messages_were(*marked)),
            "Connect again and compare the UIDL listing to see which are gone.".to_owned(),
        ],
        Remark::Locked { holder: Some(_) } => vec![
            "The maildrop is in use: another session of this console holds it.".to_owned(),
            "Type QUIT there, or disconnect, and then sign in again here.".to_owned(),
        ],
        Remark::Locked { holder: None } => vec![
            "The maildrop is in use, and no session of this console holds it.".to_owned(),
            "Another program does, or the server's own lock outlives a dropped connection for a while: wait a minute or two \
             and sign in again."
                .to_owned(),
        ],
        Remark::Stopping { within, at } => vec![
            format!(
                "This console stops in {}, at {}, or as soon as no connection to a mail server stands.",
                duration(within.saturating_mul(1_000_000)),
                to_the_second(i64::try_from(at / 1000).unwrap_or(i64::MAX))
            ),
            "Finish what you are doing, and send QUIT if messages are to be deleted: the connection is closed without it \
             then. No new connection is made any more."
                .to_owned(),
        ],
        Remark::Sharing(sharing) => sharing.sentences(roll),
        Remark::Ended { how, marks, cut_short } => ended(how, *marks, *cut_short, roll),
    }
}

fn ended(how: &End, marks: Marks, cut_short: bool, roll: &Roll) -> Vec<String> {
    let mut sentences = vec![match how {
        End::AfterQuit => "The connection ended after QUIT.".to_owned(),
        End::ByServer => "The server closed the connection.".to_owned(),
        End::Broken { .. } => "The connection broke.".to_owned(),
        End::Truncated => {
            "The connection ended without TLS's close_notify: somebody in between may have cut it off."
                .to_owned()
        }
        End::Disconnected { by } => format!("{} disconnected.", roll.opening(*by)),
        End::SessionEnded { by } => format!("{} ended the session.", roll.opening(*by)),
        End::GraceOver { after } => {
            let grace = duration(after.saturating_mul(1_000_000));
            format!("The connection was closed: nobody had been here for {grace}.")
        }
        End::Idle { after } => {
            let idle = duration(after.saturating_mul(1_000_000));
            format!(
                "The connection was closed without QUIT: nobody had typed for {idle}. Connect again to go on."
            )
        }
        End::TranscriptFull { cap } => format!(
            "The connection was closed: this session's transcript is full ({} MiB). Open a new session to go on.",
            cap / (1024 * 1024)
        ),
        End::TranscriptsFull { of_account } => {
            let (whose, one) = match of_account {
                true => ("the sessions of whoever opened this one", "one account"),
                false => ("all sessions", "them"),
            };
            format!(
                "The connection was closed: what {whose} hold takes all the memory that this console has for {one}. End \
                 sessions that nobody needs, and connect again."
            )
        }
        End::WriteTimedOut => {
            "The connection was closed: the server did not take what was sent to it in time.".to_owned()
        }
        End::Shutdown => "The connection was closed: the console is stopping.".to_owned(),
        End::BridgeLost => "The connection was lost: the console was stopped without warning.".to_owned(),
        End::Failed => "There is no connection any more.".to_owned(),
    }];
    if let End::Broken { detail } = how {
        sentences.push(technical_detail(detail));
    }
    if cut_short {
        sentences.push("A reply was still due or coming in; it is incomplete.".to_owned());
    }
    match marks {
        Marks::None => {}
        Marks::NotCommitted(marked) => {
            sentences.push(format!(
                "{} marked for deletion, and QUIT did not commit that: nothing of it is deleted, RFC 1939 §6 says.",
                messages_were(marked)
            ));
            sentences.push(
                "Keeping them is the RFC's promise, and not every server's: connect again and compare."
                    .to_owned(),
            );
        }
        Marks::Unknown(marked) => {
            sentences.push(format!(
                "{} marked for deletion, QUIT was sent, and no +OK came: the outcome is unknown.",
                messages_were(marked)
            ));
            sentences.push("Connect again and compare the UIDL listing to see which are gone.".to_owned());
        }
    }
    sentences
}

/// What a library or the system says, as a sentence of its own.
pub(super) fn technical_detail(detail: &str) -> String {
    format!(
        "{TECHNICAL_DETAIL} {}.",
        detail.trim_end_matches(['.', ' ', '\n'])
    )
}

fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    // What is said here begins with a letter of ASCII.
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// So many messages, with the verb: `1 message is`, `2 messages are`.
pub fn messages_are(count: u32) -> String {
    if count == 1 {
        "1 message is".to_owned()
    } else {
        format!("{count} messages are")
    }
}

fn messages_were(count: u32) -> String {
    if count == 1 {
        "1 message was".to_owned()
    } else {
        format!("{count} messages were")
    }
}

#[cfg(test)]
mod tests;
