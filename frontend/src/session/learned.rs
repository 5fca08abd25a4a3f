//! What the conversation on this connection taught: which messages there are, who signed in, what languages and
//! mechanisms the server lists.

mod header;

use protocol::command;
use protocol::dialogue::OUTSTANDING_MAX;
use protocol::entry::{Entry, Event, ExchangeNo, Part, Seq};
use protocol::remark::Remark;
use protocol::reply::{self, number};

use super::maildrop::Maildrop;
use header::Header;

/// How much of a line of a listing is looked at, in octets.
const LISTED_LINE_MAX: usize = 512;

/// The most names that are remembered.
const NAMES_MAX: usize = 8;

/// The most words that are kept of a listing of languages or mechanisms.
const WORDS_MAX: usize = 100;

/// What the conversation taught.
#[derive(Debug, Default)]
pub struct Learned {
    /// The messages.
    pub maildrop: Maildrop,
    /// What LANG listed: a tag, and what follows it.
    pub languages: Vec<(String, String)>,
    /// What AUTH without a mechanism listed, in upper case.
    pub mechanisms: Vec<String>,
    /// The greeting's timestamp, which APOP needs (RFC 1939 §7).
    pub timestamp: Option<Vec<u8>>,
    /// Whether the newest command is USER, and the server took the name.
    pub password_is_due: bool,
    open: Vec<(ExchangeNo, Asked)>,
    /// A line of a listing that was cut.
    line: Vec<u8>,
    header: Header,
}

/// What a command that waits for its reply asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    User,
    Stat,
    /// LIST.
    Sizes {
        of_all: bool,
    },
    /// UIDL.
    UniqueIds {
        of_all: bool,
    },
    /// RETR, which gives all of it, or TOP of that message.
    Message {
        number: u32,
        is_whole: bool,
    },
    Languages,
    Mechanisms,
}

/// The names with which somebody signed in, or tried to, on the connections of this session. They are kept
/// nowhere else.
#[derive(Debug, Default)]
pub struct Names(Vec<(Seq, String)>);

impl Learned {
    /// Takes in an entry of this connection.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Sent { exchange, line, .. } => self.sent(*exchange, line.bytes()),
            Event::Answered { exchange, part, line } if line.struck().is_empty() => match part {
                Part::Greeting => self.timestamp = reply::timestamp(line.bytes()).map(<[u8]>::to_vec),
                Part::Status => self.answered(*exchange, line.bytes()),
                _ => {}
            },
            Event::Received {
                exchange,
                part,
                bytes,
            } => {
                if let Some(at) = self.open.iter().position(|(it, _)| it == exchange) {
                    self.payload(at, *part, bytes);
                }
            }
            Event::Remark(Remark::Marked { message, .. }) => self.maildrop.mark(*message),
            Event::Remark(Remark::Unmarked { .. }) => self.maildrop.unmark(),
            // RFC 2595 §4: what was learned before counts no more.
            Event::Remark(Remark::Secured(_)) => {
                self.mechanisms.clear();
                self.languages.clear();
                self.password_is_due = false;
            }
            _ => {}
        }
    }

    /// Forgets what listings and messages said: some payload is hidden now, and it may have stood in it.
    pub fn forget_texts(&mut self) {
        self.maildrop.forget_texts();
        self.mechanisms.clear();
        self.languages.clear();
        self.line.clear();
        self.header = Header::default();
    }

    fn sent(&mut self, exchange: ExchangeNo, line: &[u8]) {
        self.password_is_due = false;
        let arguments = command::arguments(line);
        let of_all = arguments.is_empty();
        let first = arguments.split(u8::is_ascii_whitespace).next();
        let number = first.and_then(number).and_then(|it| u32::try_from(it).ok());
        let asked = match command::find(&line[command::verb(line)]).map_or("", |it| it.name) {
            "USER" => Asked::User,
            "STAT" => Asked::Stat,
            "LIST" => Asked::Sizes { of_all },
            "UIDL" => Asked::UniqueIds { of_all },
            "LANG" if of_all => Asked::Languages,
            "AUTH" if of_all => Asked::Mechanisms,
            name @ ("RETR" | "TOP") => match number {
                Some(number) => Asked::Message {
                    number,
                    is_whole: name == "RETR",
                },
                None => return,
            },
            _ => return,
        };
        if self.open.len() < OUTSTANDING_MAX {
            self.open.push((exchange, asked));
        }
    }

    fn answered(&mut self, exchange: ExchangeNo, line: &[u8]) {
        let Some(at) = self.open.iter().position(|(it, _)| *it == exchange) else {
            return;
        };
        let asked = self.open[at].1;
        let is_ok = reply::is_ok(line);
        let words = line.get(3..).unwrap_or_default();
        let has_payload = match asked {
            Asked::User => {
                self.password_is_due = is_ok && at + 1 == self.open.len();
                false
            }
            Asked::Stat => {
                let count = words
                    .trim_ascii()
                    .split(u8::is_ascii_whitespace)
                    .next()
                    .and_then(number);
                count
                    .filter(|_| is_ok)
                    .into_iter()
                    .for_each(|it| self.maildrop.count(it));
                false
            }
            Asked::Sizes { of_all: false } | Asked::UniqueIds { of_all: false } => {
                if is_ok {
                    self.listed(asked, words);
                }
                false
            }
            Asked::Message { number, is_whole } => {
                let octets = reply::announced_octets(line).filter(|_| is_whole);
                octets
                    .into_iter()
                    .for_each(|it| self.maildrop.measure(number, it));
                true
            }
            Asked::Sizes { .. } | Asked::UniqueIds { .. } | Asked::Languages | Asked::Mechanisms => true,
        };
        if !(is_ok && has_payload) {
            self.open.remove(at);
        }
        self.line.clear();
        self.header = Header::default();
    }

    fn payload(&mut self, at: usize, part: Part, octets: &[u8]) {
        let asked = self.open[at].1;
        match (part, asked) {
            (Part::Terminator, _) => {
                self.open.remove(at);
                if matches!(asked, Asked::Sizes { .. } | Asked::UniqueIds { .. }) {
                    self.maildrop.complete();
                }
            }
            (Part::Header, Asked::Message { number, .. }) => {
                if let Some(subject) = self.header.take_in(octets) {
                    self.maildrop.entitle(number, &subject);
                }
            }
            (Part::Listing, _) => {
                for piece in octets.split_inclusive(|&octet| octet == b'\n') {
                    let room = LISTED_LINE_MAX.saturating_sub(self.line.len());
                    self.line.extend_from_slice(&piece[..piece.len().min(room)]);
                    if piece.ends_with(b"\n") {
                        let line = std::mem::take(&mut self.line);
                        self.listed(asked, &line);
                        self.line = line;
                        self.line.clear();
                    }
                }
            }
            _ => {}
        }
    }

    /// A line of a listing, or what follows `+OK`.
    fn listed(&mut self, asked: Asked, line: &[u8]) {
        let mut words = line.split(u8::is_ascii_whitespace).filter(|it| !it.is_empty());
        let (first, second) = (words.next().unwrap_or_default(), words.next());
        let message = number(first).and_then(|it| u32::try_from(it).ok());
        let text = |word: &[u8]| String::from_utf8_lossy(word).into_owned();
        match (asked, message, second) {
            (Asked::Sizes { .. }, Some(message), Some(octets)) => {
                let octets = number(octets);
                octets
                    .into_iter()
                    .for_each(|it| self.maildrop.measure(message, it));
            }
            (Asked::UniqueIds { .. }, Some(message), Some(unique_id)) => {
                self.maildrop.identify(message, unique_id);
            }
            (Asked::Languages, ..) if self.languages.len() < WORDS_MAX && !first.is_empty() => {
                let name = line.trim_ascii()[first.len()..].trim_ascii();
                self.languages.push((text(first), text(name)));
            }
            (Asked::Mechanisms, ..) if self.mechanisms.len() < WORDS_MAX && !first.is_empty() => {
                self.mechanisms.push(text(first).to_ascii_uppercase());
            }
            _ => {}
        }
    }
}

impl Names {
    /// Takes in an entry of any connection.
    pub fn apply(&mut self, entry: &Entry) {
        // Of APOP the name is what is left.
        if let Event::Sent { line, .. } = &entry.event
            && (command::is(line.bytes(), "APOP")
                || line.struck().is_empty() && command::is(line.bytes(), "USER"))
        {
            let name = String::from_utf8_lossy(command::arguments(line.bytes()));
            self.add(entry.seq, &name);
        }
    }

    /// Remembers a name.
    pub fn add(&mut self, seq: Seq, name: &str) {
        if !name.is_empty() && name.len() <= LISTED_LINE_MAX {
            self.0.retain(|(_, known)| known != name);
            self.0.insert(0, (seq, name.to_owned()));
            self.0.truncate(NAMES_MAX);
        }
    }

    /// Forgets the names that stood in entries, named in ascending order, that are hidden now.
    pub fn forget(&mut self, entries: &[Seq]) {
        self.0.retain(|(seq, _)| entries.binary_search(seq).is_err());
    }

    /// The names, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, name)| name.as_str())
    }
}

#[cfg(test)]
mod tests;
