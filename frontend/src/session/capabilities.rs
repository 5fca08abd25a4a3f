//! What the server said it can do, and when: before and after STLS and login it may say something else.

use protocol::capability::Capabilities;
use protocol::entry::{ConnectionNo, Entry, Event, ExchangeNo, Part};
use protocol::reply::Indicator;
use protocol::state::{Phase, Protection, State as Connection};

/// The most octets of one listing that are looked at.
const LISTING_MAX: usize = 64 * 1024;

/// The most answers of one connection that are kept.
const ANSWERS_MAX: usize = 32;

/// When capabilities were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before login, in clear text.
    Clear,
    /// Before login, under TLS.
    Secured,
    /// After login.
    SignedIn,
}

impl Stage {
    /// The stage at which a connection is.
    pub fn of(connection: &Connection) -> Self {
        match (connection.phase, connection.protection) {
            (Phase::Transaction | Phase::Update, _) => Stage::SignedIn,
            (_, Protection::None) => Stage::Clear,
            _ => Stage::Secured,
        }
    }

    /// It in words.
    pub fn told(self) -> &'static str {
        match self {
            Stage::Clear => "before login, in clear text",
            Stage::Secured => "before login, under TLS",
            Stage::SignedIn => "after login",
        }
    }
}

/// One answer to CAPA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The connection.
    pub connection: ConnectionNo,
    /// The exchange.
    pub exchange: ExchangeNo,
    /// When.
    pub stage: Stage,
    /// What.
    pub capabilities: Capabilities,
}

/// The answers to CAPA on the newest connection.
#[derive(Debug, Default)]
pub struct Offers {
    answers: Vec<Answer>,
    /// CAPA commands that were sent and not answered in full.
    asked: Vec<ExchangeNo>,
    listing: Vec<u8>,
    /// Answers before this one were forgotten when TLS stood (RFC 2595 §4).
    valid_from: usize,
}

impl Offers {
    /// What the server offers now, as far as it was asked: none before it was, and again after STLS.
    pub fn now(&self) -> Option<&Capabilities> {
        self.answers[self.valid_from..].last().map(|it| &it.capabilities)
    }

    /// Every answer of this connection, the forgotten ones too, in their order.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// Takes in an entry of this connection, which stands where `connection` says.
    pub fn apply(&mut self, entry: &Entry, connection: &Connection) {
        match &entry.event {
            Event::Sent { exchange, line, .. } if line.bytes().trim_ascii().eq_ignore_ascii_case(b"CAPA") => {
                self.asked.push(*exchange);
            }
            Event::Answered {
                exchange,
                part: Part::Status,
                line,
            } if !matches!(Indicator::of(line.bytes()), Some((Indicator::Ok, _))) => {
                self.asked.retain(|it| it != exchange);
            }
            Event::Received {
                exchange,
                part: Part::Listing,
                bytes,
            } if self.asked.contains(exchange) => {
                let room = LISTING_MAX.saturating_sub(self.listing.len());
                self.listing.extend_from_slice(&bytes[..bytes.len().min(room)]);
            }
            Event::Received {
                exchange,
                part: Part::Terminator,
                ..
            } if self.asked.contains(exchange) => {
                self.asked.retain(|it| it > exchange);
                if self.answers.len() == ANSWERS_MAX {
                    self.answers.remove(0);
                    self.valid_from = self.valid_from.saturating_sub(1);
                }
                self.answers.push(Answer {
                    connection: entry.connection,
                    exchange: *exchange,
                    stage: Stage::of(connection),
                    capabilities: Capabilities::read(&std::mem::take(&mut self.listing)),
                });
            }
            _ => {}
        }
    }

    /// TLS stands: what was said before counts no more.
    pub fn secured(&mut self) {
        self.valid_from = self.answers.len();
        self.asked.clear();
        self.listing.clear();
    }
}

#[cfg(test)]
mod tests {
    use protocol::state::State;

    use super::*;
    use crate::recorded::Recorded;

    fn offers(recorded: &mut Recorded, offers: &mut Offers, connection: &mut State) {
        for entry in recorded.take() {
            if let Event::State(state) = &entry.event {
                *connection = state.clone();
            }
            offers.apply(&entry, connection);
        }
    }

    #[test]
    fn each_answer_knows_when_it_was_given_and_the_newest_counts() {
        let mut recorded = Recorded::new();
        let (mut seen, mut state) = (Offers::default(), State::default());
        recorded
            .server("+OK\r\n")
            .client(1, "CAPA")
            .server("+OK\r\nSTLS\r\nUS");
        recorded.server("ER\r\n.\r\n");
        offers(&mut recorded, &mut seen, &mut state);
        assert!(seen.now().is_some_and(|it| it.has("USER") && it.has("STLS")));
        assert_eq!(seen.answers()[0].stage, Stage::Clear);

        seen.secured();
        assert!(seen.now().is_none(), "it was said in clear text");
        recorded
            .client(2, "USER a")
            .server("+OK\r\n")
            .client(3, "PASS b")
            .server("+OK\r\n");
        recorded.client(4, "capa").server("+OK\r\nUIDL\r\n.\r\n");
        offers(&mut recorded, &mut seen, &mut state);
        assert!(seen.now().is_some_and(|it| it.has("UIDL") && !it.has("STLS")));
        let stages: Vec<_> = seen.answers().iter().map(|it| it.stage).collect();
        assert_eq!(stages, [Stage::Clear, Stage::SignedIn]);
    }

    #[test]
    fn another_listing_is_no_capability() {
        let mut recorded = Recorded::new();
        let (mut seen, mut state) = (Offers::default(), State::default());
        recorded
            .server("+OK\r\n")
            .client(1, "UIDL")
            .server("+OK\r\nSTLS\r\n.\r\n");
        recorded.client(2, "CAPA").server("-ERR no\r\n");
        offers(&mut recorded, &mut seen, &mut state);
        assert!(seen.answers().is_empty() && seen.now().is_none());
    }
}
