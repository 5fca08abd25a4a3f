//! The AUTHORIZATION state (RFC 1939 §4).

use super::{Conversation, State};
use crate::demo::account::{knows_digest, knows_password, knows_plain};
use crate::demo::answer::{Answer, Then};

impl Conversation {
    /// Answers a command of the AUTHORIZATION state.
    pub(super) async fn authorize(&mut self, keyword: &str, rest: &str) -> Answer {
        let user = match &mut self.state {
            State::Authorization { user } => user.take(),
            State::Response | State::Transaction(_) => None,
        };
        match keyword {
            "USER" if rest.trim().is_empty() => Answer::line("-ERR USER takes a name"),
            // Whether there is such a user is for PASS to say, so that names cannot be tried out.
            "USER" => {
                self.state = State::Authorization {
                    user: Some(rest.trim().to_owned()),
                };
                Answer::line("+OK Send your password")
            }
            "PASS" => match user {
                Some(user) => self.log_in(knows_password(&user, rest)).await,
                None => Answer::line("-ERR send USER first"),
            },
            "APOP" => match rest.split_once(' ') {
                Some((user, digest)) => {
                    self.log_in(knows_digest(user, digest.trim(), &self.timestamp))
                        .await
                }
                None => Answer::line("-ERR APOP takes a name and a digest"),
            },
            "AUTH" => self.authenticate(rest).await,
            _ if self.secured => Answer::line("-ERR TLS is active already"),
            _ => Answer::line("+OK Begin TLS negotiation now").then(Then::StartTls),
        }
    }

    /// Answers a response to AUTH PLAIN's challenge.
    pub(super) async fn respond(&mut self, response: &str) -> Answer {
        self.state = State::Authorization { user: None };
        match (response, knows_plain(response)) {
            ("*", _) => Answer::line("-ERR authentication cancelled"),
            (_, Some(known)) => self.log_in(known).await,
            (_, None) => Answer::line("-ERR that is no response to PLAIN"),
        }
    }

    /// AUTH (RFC 5034); without a mechanism it lists them.
    async fn authenticate(&mut self, rest: &str) -> Answer {
        let (mechanism, response) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        match (mechanism.to_ascii_uppercase().as_str(), response) {
            ("", _) => Answer::listing("+OK Mechanisms follow", ["PLAIN"]),
            ("PLAIN", "") => {
                self.state = State::Response;
                Answer::line("+ ")
            }
            ("PLAIN", response) => self.respond(response).await,
            _ => Answer::line("-ERR unknown authentication mechanism"),
        }
    }

    async fn log_in(&mut self, known: bool) -> Answer {
        if !known {
            return Answer::line("-ERR [AUTH] wrong name or password");
        }
        match self.site.maildrop.lease().await {
            Some(lease) => {
                self.state = State::Transaction(lease);
                Answer::line("+OK Mailbox locked and ready")
            }
            None => Answer::line("-ERR [IN-USE] another connection holds the mailbox"),
        }
    }
}
