//! A command and what answers it.

use protocol::access::By;
use protocol::command;
use protocol::entry::{ConnectionNo, ExchangeNo, Part};
use protocol::reply;

/// How an exchange came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The reply is awaited.
    #[default]
    Pending,
    /// `+OK`.
    Ok,
    /// `-ERR`, or something that is no reply.
    Err,
    /// The connection ended first.
    Cut,
}

/// A command and what answers it; the greeting is one too. Times are microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// Its connection.
    pub connection: ConnectionNo,
    /// Its number in the connection.
    pub number: ExchangeNo,
    /// The verb in upper case; empty of the greeting.
    pub verb: String,
    /// Who sent the command.
    pub by: By,
    /// When the last line of it went out.
    pub sent: Option<u64>,
    /// When the first line of the reply came.
    pub first: Option<u64>,
    /// When the reply was whole.
    pub whole: Option<u64>,
    /// How it came out.
    pub outcome: Outcome,
    /// The octets that the status line of a RETR announces; those of all messages together of a LIST or STAT.
    pub announced: Option<u64>,
    /// What the sizes come to that a LIST of all messages told so far; none of another command, and when some of them
    /// are hidden or are no sizes.
    pub sum: Option<u64>,
    /// The octets of the message without byte-stuffing, as far as they came.
    pub octets: u64,
    /// What is to be said of the whole reply, below its last line.
    pub told: Option<String>,
}

/// Every exchange of a session, in the order in which they began.
#[derive(Default)]
pub(super) struct Exchanges(Vec<Exchange>);

impl Exchanges {
    pub(super) fn get(&self, at: usize) -> Option<&Exchange> {
        self.0.get(at)
    }

    pub(super) fn last(&self) -> Option<&Exchange> {
        self.0.last()
    }

    /// Where the exchange stands; it is made if it is new.
    fn find(&mut self, connection: ConnectionNo, number: ExchangeNo) -> usize {
        // One that is new is the newest, and no earlier one has to be looked at.
        let place = (connection, number);
        let is_new = self.0.last().is_none_or(|it| (it.connection, it.number) < place);
        let known = (!is_new)
            .then(|| self.0.iter().rposition(|it| (it.connection, it.number) == place))
            .flatten();
        known.unwrap_or_else(|| {
            self.0.push(Exchange {
                connection,
                number,
                verb: String::new(),
                by: By::Console,
                sent: None,
                first: None,
                whole: None,
                outcome: Outcome::Pending,
                announced: None,
                sum: None,
                octets: 0,
                told: None,
            });
            self.0.len() - 1
        })
    }

    /// A line of it went out.
    pub(super) fn sent(&mut self, place: (ConnectionNo, ExchangeNo), line: &[u8], at: u64, by: By) -> usize {
        let index = self.find(place.0, place.1);
        let exchange = &mut self.0[index];
        // A SASL response belongs to its AUTH and does not name the exchange.
        if exchange.sent.is_none() {
            exchange.verb = String::from_utf8_lossy(&line[command::verb(line)]).to_ascii_uppercase();
            let lists_all = exchange.verb == "LIST" && command::arguments(line).is_empty();
            exchange.sum = lists_all.then_some(0);
        }
        exchange.sent = Some(at);
        exchange.first = None;
        exchange.by = by;
        index
    }

    /// A line answered it.
    pub(super) fn answered(
        &mut self,
        place: (ConnectionNo, ExchangeNo),
        part: Part,
        line: &[u8],
        at: u64,
    ) -> usize {
        let index = self.find(place.0, place.1);
        let exchange = &mut self.0[index];
        if matches!(part, Part::Unexpected) {
            return index;
        }
        exchange.first.get_or_insert(at);
        // A status line of more than one piece tells how it came out with its first.
        if matches!(part, Part::Status | Part::Greeting) && exchange.outcome == Outcome::Pending {
            exchange.outcome = if reply::is_ok(line) {
                Outcome::Ok
            } else {
                Outcome::Err
            };
            exchange.announced = match exchange.verb.as_str() {
                "RETR" => reply::announced_octets(line),
                "LIST" => reply::octets_told(line),
                "STAT" => reply::stat_octets(line),
                _ => None,
            };
        }
        index
    }

    /// Payload of it came.
    pub(super) fn received(&mut self, place: (ConnectionNo, ExchangeNo), part: Part, at: u64) -> usize {
        let index = self.find(place.0, place.1);
        if part == Part::Terminator {
            self.0[index].whole = Some(at);
        }
        index
    }

    /// What the sizes that a whole LIST told come to, and what it or the STAT before it said that they do.
    pub(super) fn listed_octets(&self, index: usize) -> Option<Octets> {
        let exchange = self.get(index)?;
        let is_whole = exchange.whole.is_some() && exchange.outcome == Outcome::Ok;
        Some(Octets {
            came: exchange.sum.filter(|_| is_whole)?,
            announced: exchange.announced.or_else(|| self.last_stat(index)),
        })
    }

    /// What the STAT before an exchange said, if nothing was marked or unmarked since.
    fn last_stat(&self, index: usize) -> Option<u64> {
        let connection = self.0[index].connection;
        let before = self.0[..index].iter().rev().take(STAT_LOOK_BACK);
        let mut before = before.take_while(|it| {
            // What was hidden may have been anything.
            let changes = matches!(it.verb.as_str(), "DELE" | "RSET" | "") && it.outcome != Outcome::Err;
            it.connection == connection && !changes
        });
        before.find(|it| it.verb == "STAT")?.announced
    }

    /// A line of the listing of an exchange came.
    pub(super) fn listed(&mut self, index: usize, line: &[u8]) {
        if let Some(exchange) = self.0.get_mut(index) {
            exchange.sum = exchange.sum.and_then(|sum| {
                let mut words = line.split(u8::is_ascii_whitespace).filter(|it| !it.is_empty());
                sum.checked_add(reply::number(words.nth(1)?)?)
            });
        }
    }

    /// Some of the payload of an exchange is hidden.
    pub(super) fn hide(&mut self, index: usize) {
        if let Some(exchange) = self.0.get_mut(index) {
            exchange.sum = None;
        }
    }

    /// An exchange's command is known by another verb: the one that it had was withdrawn with the line.
    pub(super) fn rename(&mut self, index: usize, from: &str, to: String) {
        if let Some(exchange) = self.0.get_mut(index).filter(|it| it.verb == from) {
            exchange.verb = to;
        }
    }

    /// What the status line announced was withdrawn with it.
    pub(super) fn unannounce(&mut self, index: usize) {
        if let Some(exchange) = self.0.get_mut(index) {
            exchange.announced = None;
        }
    }

    /// So many octets of the message of an exchange came.
    pub(super) fn count(&mut self, index: usize, octets: u64) {
        if let Some(exchange) = self.0.get_mut(index) {
            exchange.octets += octets;
        }
    }

    /// Something is to be said of the whole reply to an exchange.
    pub(super) fn tell(&mut self, place: (ConnectionNo, ExchangeNo), text: String) {
        let index = self.find(place.0, place.1);
        self.0[index].told = Some(text);
    }

    /// Nothing is said of any reply any more: the sentences about one quote another.
    pub(super) fn untell(&mut self) {
        self.0.iter_mut().for_each(|it| it.told = None);
    }

    /// The connection ended: what was not answered never will be.
    pub(super) fn end(&mut self, connection: ConnectionNo) {
        for exchange in self
            .0
            .iter_mut()
            .rev()
            .take_while(|it| it.connection == connection)
        {
            if exchange.outcome == Outcome::Pending {
                exchange.outcome = Outcome::Cut;
            }
        }
    }
}

/// How many exchanges back a STAT is looked for.
const STAT_LOOK_BACK: usize = 1000;

impl Exchange {
    /// How long the first line of the reply took, in microseconds.
    pub fn first_took(&self) -> Option<u64> {
        Some(self.first?.saturating_sub(self.sent?))
    }

    /// How long the whole reply took, in microseconds.
    pub fn whole_took(&self) -> Option<u64> {
        Some(self.whole?.saturating_sub(self.sent?))
    }

    /// The octets of the message that came; none of other commands or too early.
    pub fn message_octets(&self) -> Option<Octets> {
        let is_message = matches!(self.verb.as_str(), "RETR" | "TOP");
        (is_message && self.whole.is_some() && self.outcome == Outcome::Ok).then_some(Octets {
            came: self.octets,
            announced: self.announced,
        })
    }
}

/// The octets of a message, or of all messages of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Octets {
    /// How many came.
    pub came: u64,
    /// How many the status line announced, if it did.
    pub announced: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchange_without_a_reply_is_cut_by_the_end() {
        let mut exchanges = Exchanges::default();
        exchanges.sent((1, 1), b"STAT", 10, By::Participant(1));
        exchanges.answered((1, 1), Part::Status, b"+OK 0 0\r\n", 30);
        exchanges.sent((1, 2), b"retr 1", 40, By::Participant(1));
        exchanges.end(1);
        let outcomes: Vec<Outcome> = exchanges.0.iter().map(|it| it.outcome).collect();
        assert_eq!(outcomes, [Outcome::Ok, Outcome::Cut]);
        assert_eq!(exchanges.0[1].verb, "RETR");
        assert_eq!(exchanges.0[0].first_took(), Some(20));
    }
}
