//! What the server said it can do, and when: before and after STLS and login it may say something else.

use protocol::capability::{Capabilities, Capability, Expire};
use protocol::entry::{Entry, Event, ExchangeNo, Part};
use protocol::reply;
use protocol::state::{Phase, Protection, State as Connection};

use crate::transcript::glyphs;

/// The most octets of one listing that are looked at.
const LISTING_MAX: usize = 64 * 1024;

/// The most capabilities that are named in what is said of an answer, and how many characters of each.
const NAMED_MAX: usize = 12;
const NAMED_CHARACTERS_MAX: usize = 48;

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

    /// It as a point in time.
    fn since(self) -> &'static str {
        match self {
            Stage::Clear => "the clear text before login",
            Stage::Secured => "before login",
            Stage::SignedIn => "the last time",
        }
    }
}

/// One answer to CAPA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When.
    pub stage: Stage,
    /// What.
    pub capabilities: Capabilities,
}

impl Answer {
    /// How many there are and when, and what differs from an earlier answer.
    pub fn told(&self, earlier: Option<&Answer>) -> String {
        let count = self.capabilities.list().len();
        let noun = if count == 1 { "capability" } else { "capabilities" };
        let mut told = format!("{count} {noun} {}.", self.stage.told());
        let Some(earlier) = earlier else { return told };
        let news = missing(&self.capabilities, &earlier.capabilities);
        let gone = missing(&earlier.capabilities, &self.capabilities);
        if news.is_empty() && gone.is_empty() {
            told.push_str(" The same as before.");
        }
        for (what, names) in [("New", news), ("No longer", gone)] {
            if !names.is_empty() {
                told.push_str(&format!(
                    " {what} since {}: {}.",
                    earlier.stage.since(),
                    listed(&names)
                ));
            }
        }
        told
    }
}

/// The capabilities that another listing does not have, or has with other parameters.
fn missing(of: &Capabilities, other: &Capabilities) -> Vec<String> {
    let news = of.list().iter().filter(|it| !other.list().contains(it));
    news.map(Capability::written).collect()
}

/// Some of them: a server may list what it likes, and the sentence is the console's.
fn listed(names: &[String]) -> String {
    let quoted = |name: &String| glyphs::quoted(name, NAMED_CHARACTERS_MAX);
    let named: Vec<String> = names.iter().take(NAMED_MAX).map(quoted).collect();
    match names.len().saturating_sub(NAMED_MAX) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// The answers to CAPA on the newest connection.
#[derive(Debug, Default)]
pub struct Offers {
    /// The forgotten ones too, in their order.
    answers: Vec<Answer>,
    /// CAPA commands that were sent and not answered in full.
    asked: Vec<ExchangeNo>,
    listing: Vec<u8>,
    /// Answers before this one were forgotten when TLS stood (RFC 2595 §4).
    valid_from: usize,
    is_refused: bool,
}

impl Offers {
    /// Whether CAPA was sent since TLS stands or without, answered or not.
    pub fn was_asked(&self) -> bool {
        self.is_refused || !self.asked.is_empty() || self.now().is_some()
    }

    /// Whether the answer to CAPA is awaited.
    pub fn is_awaited(&self) -> bool {
        !self.asked.is_empty()
    }

    /// What the server offers now, as far as it was asked: none before it was, and again after STLS.
    pub fn now(&self) -> Option<&Capabilities> {
        self.answers[self.valid_from..].last().map(|it| &it.capabilities)
    }

    /// Whether the server said on this connection that it may delete a message as soon as it was retrieved.
    pub fn expires_at_once(&self) -> bool {
        let expire = self.answers.last().and_then(|it| it.capabilities.expire());
        expire == Some(Expire::Days(0))
    }

    /// Takes in an entry of this connection, which stands where `connection` says. Gives what is to be said of an
    /// answer that is whole now.
    pub fn apply(&mut self, entry: &Entry, connection: &Connection) -> Option<(ExchangeNo, String)> {
        match &entry.event {
            Event::Sent { exchange, line, .. } if line.bytes().trim_ascii().eq_ignore_ascii_case(b"CAPA") => {
                self.asked.push(*exchange);
            }
            Event::Answered {
                exchange,
                part: Part::Status,
                line,
            } if !reply::is_ok(line.bytes()) => {
                self.is_refused |= self.asked.contains(exchange);
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
            // Of a listing that is hidden nothing is known.
            Event::Withheld {
                exchange,
                part: Part::Listing,
                ..
            } => {
                self.asked.retain(|it| it != exchange);
                self.listing.clear();
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
                let answer = Answer {
                    stage: Stage::of(connection),
                    capabilities: Capabilities::read(&std::mem::take(&mut self.listing)),
                };
                let told = answer.told(self.answers.last());
                self.answers.push(answer);
                return Some((*exchange, told));
            }
            _ => {}
        }
        None
    }

    /// TLS stands: what was said before counts no more.
    pub fn secured(&mut self) {
        self.valid_from = self.answers.len();
        self.is_refused = false;
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
        assert_eq!(seen.answers[0].stage, Stage::Clear);

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
        let stages: Vec<_> = seen.answers.iter().map(|it| it.stage).collect();
        assert_eq!(stages, [Stage::Clear, Stage::SignedIn]);
    }

    #[test]
    fn what_differs_is_told() {
        let answer = |stage, listing: &str| Answer {
            stage,
            capabilities: Capabilities::read(listing.as_bytes()),
        };
        let clear = answer(Stage::Clear, "TOP\nSTLS\nSASL LOGIN");
        let secured = answer(Stage::Secured, "TOP\nSASL LOGIN PLAIN\nUSER");
        assert_eq!(clear.told(None), "3 capabilities before login, in clear text.");
        assert_eq!(
            secured.told(Some(&clear)),
            "3 capabilities before login, under TLS. New since the clear text before login: “SASL LOGIN PLAIN”, “USER”. \
             No longer since the clear text before login: “STLS”, “SASL LOGIN”."
        );
        assert!(secured.told(Some(&secured)).ends_with("The same as before."));
    }

    #[test]
    fn what_a_server_lists_is_quoted_and_never_the_consoles_own_words() {
        let answer = |listing: &str| Answer {
            stage: Stage::Secured,
            capabilities: Capabilities::read(listing.as_bytes()),
        };
        let told = |listing: &str| answer(listing).told(Some(&answer("TOP")));
        let said = told("TOP\nX-A\u{202e}B”. Enter your password again.\u{7}");
        assert!(
            said.ends_with("New since before login: “X-AU+202EB\". Enter your password again.BEL”."),
            "{said}"
        );
        let many: String = (0..200).map(|it| format!("X{it}{}\n", "y".repeat(900))).collect();
        let said = told(&many);
        assert!(said.len() < 1500 && said.contains(" and 188 more. "), "{said}");
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
        assert!(seen.answers.is_empty() && seen.now().is_none());
    }
}
