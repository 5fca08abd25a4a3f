//! The TRANSACTION state (RFC 1939 §5).

use crate::demo::answer::Answer;
use crate::demo::maildrop::{Lease, Missing};
use crate::demo::messages::Message;

/// Answers a command of the TRANSACTION state.
pub(super) fn answer(lease: &mut Lease, keyword: &str, rest: &str) -> Answer {
    let arguments: Vec<&str> = rest.split_ascii_whitespace().collect();
    match (keyword, &arguments[..]) {
        ("STAT", []) => {
            let (count, octets) = lease.sum();
            Answer::line(format!("+OK {count} {octets}"))
        }
        ("LIST", []) => {
            let lines = lease
                .kept()
                .map(|(number, message)| format!("{number} {}", message.octets()));
            Answer::listing(format!("+OK {}", summed(lease)), lines)
        }
        ("LIST", [number]) => with(lease, number, |number, message| {
            Answer::line(format!("+OK {number} {}", message.octets()))
        }),
        ("UIDL", []) => {
            let lines = lease
                .kept()
                .map(|(number, message)| format!("{number} {}", message.id));
            Answer::listing("+OK Unique-ids follow", lines)
        }
        ("UIDL", [number]) => with(lease, number, |number, message| {
            Answer::line(format!("+OK {number} {}", message.id))
        }),
        ("RETR", [number]) => with(lease, number, |_, message| {
            Answer::listing(format!("+OK {} octets", message.octets()), message.lines())
        }),
        ("TOP", [number, lines]) => match lines.parse() {
            Ok(lines) => with(lease, number, |_, message| {
                Answer::listing("+OK Top of the message follows", message.top(lines))
            }),
            Err(_) => Answer::line("-ERR that is no number of lines"),
        },
        ("DELE", [number]) => match number.parse().map_err(|_| Missing::NoSuch) {
            Ok(number) => match lease.mark(number) {
                Ok(()) => Answer::line("+OK msg deleted"),
                Err(missing) => refused(number, missing),
            },
            Err(_) => Answer::line(NO_NUMBER),
        },
        ("RSET", []) => {
            lease.unmark();
            Answer::line(format!("+OK {}", summed(lease)))
        }
        ("NOOP", []) => Answer::line("+OK"),
        _ => Answer::line(format!("-ERR {keyword} takes {}", usage(keyword))),
    }
}

const NO_NUMBER: &str = "-ERR that is no message number";

fn with(lease: &Lease, number: &str, answer: impl FnOnce(usize, &Message) -> Answer) -> Answer {
    let Ok(number) = number.parse() else {
        return Answer::line(NO_NUMBER);
    };
    match lease.message(number) {
        Ok(message) => answer(number, message),
        Err(missing) => refused(number, missing),
    }
}

fn refused(number: usize, missing: Missing) -> Answer {
    match missing {
        Missing::NoSuch => Answer::line("-ERR no such message"),
        Missing::Deleted => Answer::line(format!("-ERR [SYS/PERM] message {number} already deleted")),
    }
}

fn summed(lease: &Lease) -> String {
    match lease.sum() {
        (1, octets) => format!("1 message ({octets} octets)"),
        (count, octets) => format!("{count} messages ({octets} octets)"),
    }
}

fn usage(keyword: &str) -> &'static str {
    match keyword {
        "LIST" | "UIDL" => "one message number or nothing",
        "RETR" | "DELE" => "one message number",
        "TOP" => "a message number and a number of lines",
        _ => "no argument",
    }
}
