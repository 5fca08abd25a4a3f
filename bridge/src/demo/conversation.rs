//! One connection's conversation: a line comes in, an answer goes out.

mod authorization;
mod transaction;

use std::sync::Arc;

use super::Site;
use super::answer::{Answer, Then};
use super::maildrop::Lease;

/// Where the conversation stands.
#[derive(Debug)]
pub(super) struct Conversation {
    site: Arc<Site>,
    /// What APOP's digest is over; new for every connection.
    timestamp: String,
    secured: bool,
    state: State,
}

/// The session states of RFC 1939 §3. UPDATE is over with the answer to QUIT.
#[derive(Debug)]
enum State {
    Authorization {
        /// Whom USER named.
        user: Option<String>,
    },
    /// AUTH PLAIN waits for its response.
    Response,
    Transaction(Lease),
}

impl Conversation {
    /// A conversation that begins, over TLS or not.
    pub(super) fn new(site: Arc<Site>, timestamp: String, secured: bool) -> Self {
        Self {
            site,
            timestamp,
            secured,
            state: State::Authorization { user: None },
        }
    }

    /// The greeting.
    pub(super) fn greeting(&self) -> Answer {
        Answer::line(format!("+OK POP3 server ready {}", self.timestamp))
    }

    /// TLS stands now. What was said before it is forgotten (RFC 2595 §4).
    pub(super) fn secured(&mut self) {
        self.secured = true;
        self.state = State::Authorization { user: None };
    }

    /// Answers a line, given without its line end.
    pub(super) async fn answer(&mut self, line: &[u8]) -> Answer {
        let line = String::from_utf8_lossy(line);
        if matches!(self.state, State::Response) {
            return self.respond(&line).await;
        }
        let (keyword, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match (keyword.to_ascii_uppercase().as_str(), &mut self.state) {
            ("CAPA", _) => self.capabilities(),
            ("QUIT", _) => self.quit(),
            (keyword @ ("USER" | "PASS" | "APOP" | "AUTH" | "STLS"), State::Authorization { .. }) => {
                self.authorize(keyword, rest).await
            }
            (
                keyword @ ("STAT" | "LIST" | "UIDL" | "RETR" | "TOP" | "DELE" | "RSET" | "NOOP"),
                State::Transaction(lease),
            ) => transaction::answer(lease, keyword, rest),
            ("USER" | "PASS" | "APOP" | "AUTH" | "STLS", _) => Answer::line("-ERR you are logged in already"),
            ("STAT" | "LIST" | "UIDL" | "RETR" | "TOP" | "DELE" | "RSET" | "NOOP", _) => {
                Answer::line("-ERR log in first")
            }
            _ => Answer::line("-ERR unknown command"),
        }
    }

    fn capabilities(&self) -> Answer {
        let mut capabilities = vec![
            "USER",
            "SASL PLAIN",
            "TOP",
            "UIDL",
            "RESP-CODES",
            "AUTH-RESP-CODE",
            "PIPELINING",
        ];
        if !self.secured && matches!(self.state, State::Authorization { .. }) {
            capabilities.push("STLS");
        }
        capabilities.extend(["EXPIRE NEVER", "IMPLEMENTATION pop3-console-demonstration"]);
        Answer::listing("+OK Capability list follows", capabilities)
    }

    fn quit(&mut self) -> Answer {
        let state = std::mem::replace(&mut self.state, State::Authorization { user: None });
        let answer = match state {
            State::Transaction(lease) => {
                let (deleted, left) = lease.commit();
                Answer::line(format!(
                    "+OK POP3 server signing off ({deleted} deleted, {left} left)"
                ))
            }
            State::Authorization { .. } | State::Response => Answer::line("+OK POP3 server signing off"),
        };
        answer.then(Then::Close)
    }
}
