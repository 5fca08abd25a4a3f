//! Several lines that are to be sent one after another: which may go out when, and what stops them.

use std::collections::VecDeque;

use protocol::command;
use protocol::entry::{ConnectionNo, Entry, LineId};
use protocol::state::Expectation;
use protocol::wire::LINE_MAX;

use super::awaited::{Awaited, Reply};
use super::typed::Typed;
use crate::prompt::doubt;
use crate::transcript::glyphs;

/// The most lines.
pub const LINES_MAX: usize = 1000;

/// The most octets of all lines together.
pub const OCTETS_MAX: usize = 256 * 1024;

/// The most lines that wait for their replies at once. The bridge lets 64 of a session wait to go out.
const WINDOW_MAX: usize = 32;

/// How much of what the server answered is quoted, in characters.
const QUOTED_MAX: usize = 160;

/// How the lines are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// Each after the whole reply to the one before.
    #[default]
    OneByOne,
    /// Without waiting, as far as that can be: nothing is sent behind STLS, AUTH or a response before those
    /// are answered (RFC 2449 §6.6, RFC 2595 §4, RFC 5034 §4), nor behind any other secret: whose answer repeats it
    /// is plain then.
    Pipelined,
}

/// How far they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The person has not decided yet.
    Asking,
    /// They are being sent.
    Running,
    /// Something came in between. Those that were not sent are kept.
    Stopped(Stop),
    /// All were sent and answered.
    Done,
}

/// What came in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The server refused the last one, with these words, in quotation marks.
    Refused(String),
    /// The connection ended.
    Ended,
    /// The person stopped it.
    ByPerson,
    /// The last one was not sent, for that reason.
    NotSent(&'static str),
    /// Nobody knows whether the last one went out.
    Unknown,
}

/// Several lines.
#[derive(Debug)]
pub struct Sequence {
    /// Those that were not sent yet.
    rest: VecDeque<Typed>,
    /// Those that were sent and not answered yet.
    awaited: VecDeque<(Awaited, Typed)>,
    /// What the next line will be called, and how many have a name.
    names: (LineId, u64),
    total: usize,
    refused: usize,
    manner: Manner,
    standing: Standing,
    /// How many empty lines were left out.
    pub blank: usize,
    /// How many lines look like a password at the wrong place.
    pub doubtful: usize,
}

impl Sequence {
    /// The lines of a text, the first of which is taken for what `expects` says. Empty ones are left out.
    ///
    /// # Errors
    /// A sentence for the person when they are too many or too long.
    pub fn read(text: &str, expects: Expectation) -> Result<Self, String> {
        let mut lines = VecDeque::new();
        let (mut expects, mut blank, mut doubtful) = (expects, 0, 0);
        if text.len() > OCTETS_MAX {
            let (size, most) = (text.len() / 1024, OCTETS_MAX / 1024);
            return Err(format!(
                "Not pasted: that is {size} KiB, and at most {most} KiB are sent at once."
            ));
        }
        for line in text.split(['\r', '\n']) {
            if line.trim().is_empty() {
                // CR and LF together end one line, and the last line needs no end.
                blank += usize::from(!line.is_empty());
                continue;
            }
            if line.len() > LINE_MAX {
                let number = lines.len() + 1;
                return Err(format!("Not pasted: line {number} is longer than 16 KiB."));
            }
            let is_due = lines
                .back()
                .is_some_and(|it: &Typed| command::is(it.line.reveal(), "USER"));
            let doubted = doubt::doubt(line, expects, is_due).is_some();
            doubtful += usize::from(doubted);
            // It goes out as it is, and is not shown.
            let shown_as = if doubted {
                Expectation::LateResponse
            } else {
                expects
            };
            lines.push_back(Typed::new(line.to_owned(), shown_as));
            let is_auth =
                command::is(line.as_bytes(), "AUTH") && !command::arguments(line.as_bytes()).is_empty();
            let is_known = command::find(&line.as_bytes()[command::verb(line.as_bytes())]).is_some();
            expects = match expects {
                // How many responses a mechanism wants is its own affair.
                _ if is_auth => Expectation::LateResponse,
                Expectation::Response => Expectation::LateResponse,
                _ if is_known => Expectation::Command,
                as_before => as_before,
            };
        }
        if lines.len() > LINES_MAX {
            let count = lines.len();
            return Err(format!(
                "Not pasted: those are {count} lines, and at most {LINES_MAX} are sent at once."
            ));
        }
        Ok(Self {
            total: lines.len(),
            rest: lines,
            awaited: VecDeque::new(),
            names: (0, 0),
            refused: 0,
            manner: Manner::default(),
            standing: Standing::Asking,
            blank,
            doubtful,
        })
    }

    /// How many lines there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// How many were answered.
    pub fn answered(&self) -> usize {
        self.total - self.rest.len() - self.awaited.len()
    }

    /// Those that were not sent yet.
    pub fn rest(&self) -> impl ExactSizeIterator<Item = &Typed> {
        self.rest.iter()
    }

    /// How far they are.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Whether the server refused some.
    pub fn has_refusals(&self) -> bool {
        self.refused > 0
    }

    /// The first of them, where all are left.
    pub fn into_first(mut self) -> Option<Typed> {
        self.rest.pop_front()
    }

    /// The person wants them sent like that, under names that count from `first`.
    pub fn start(&mut self, manner: Manner, first: LineId) {
        (self.manner, self.names, self.standing) = (manner, (first, 0), Standing::Running);
    }

    /// The person wants to go on with the rest.
    pub fn go_on(&mut self) {
        self.awaited.clear();
        self.standing = Standing::Running;
    }

    /// Something came in between.
    pub fn stop(&mut self, why: Stop) {
        if self.standing == Standing::Running {
            self.standing = Standing::Stopped(why);
        }
    }

    /// Something was hidden: what the server said is quoted no more.
    pub fn forget_said(&mut self) {
        if let Standing::Stopped(Stop::Refused(said)) = &mut self.standing {
            "with what may be hidden now".clone_into(said);
        }
    }

    /// Whether a line of that name is one of these.
    pub fn has(&self, id: LineId) -> bool {
        let (next, count) = self.names;
        let ago = next.wrapping_sub(id);
        (1..=count).contains(&ago)
    }

    /// A line of these was not sent after all: it is the first of the rest again.
    pub fn take_back(&mut self, id: LineId, why: Stop) {
        let at = self.awaited.iter().position(|(awaited, _)| awaited.id() == id);
        if let Some((_, typed)) = at.and_then(|at| self.awaited.remove(at)) {
            self.rest.push_front(typed);
        }
        self.stop(why);
    }

    /// The next line, if one may go out now, and its name.
    pub fn next(&mut self, expects: Expectation, connection: ConnectionNo) -> Option<(LineId, Typed)> {
        let behind = self.awaited.back().map(|(_, typed)| typed);
        let must_wait = match self.manner {
            Manner::OneByOne => behind.is_some(),
            Manner::Pipelined => behind.is_some_and(is_barrier) || self.awaited.len() >= WINDOW_MAX,
        };
        if self.standing != Standing::Running || must_wait {
            return None;
        }
        let mut typed = self.rest.pop_front()?;
        let is_response = expects == Expectation::Response;
        if is_response {
            typed.expects = expects;
        }
        let (id, count) = self.names;
        self.names = (id.wrapping_add(1), count + 1);
        let awaited = if is_response {
            Awaited::response(id, connection)
        } else {
            Awaited::new(id, connection, typed.line.reveal())
        };
        self.awaited.push_back((awaited, typed.clone()));
        Some((id, typed))
    }

    /// Takes in an entry.
    pub fn apply(&mut self, entry: &Entry) {
        if self.standing != Standing::Running {
            return;
        }
        let mut at = 0;
        while let Some((awaited, typed)) = self.awaited.get_mut(at) {
            let Some(reply) = awaited.apply(entry) else {
                at += 1;
                continue;
            };
            let stops = self.manner == Manner::OneByOne || is_barrier(typed);
            self.awaited.remove(at);
            match reply {
                Reply::Ended => return self.stop(Stop::Ended),
                Reply::Err(said) => {
                    self.refused += 1;
                    if stops {
                        let text = String::from_utf8_lossy(&said.line);
                        return self.stop(Stop::Refused(glyphs::quoted(&text, QUOTED_MAX)));
                    }
                }
                Reply::Ok(_) | Reply::Continuation(_) => {}
            }
        }
        if self.rest.is_empty() && self.awaited.is_empty() {
            self.standing = Standing::Done;
        }
    }

    /// How it stands, in a sentence or two.
    pub fn told(&self) -> String {
        let (total, left) = (self.total, self.rest.len());
        let lines = |count: usize| {
            if count == 1 {
                "1 line".to_owned()
            } else {
                format!("{count} lines")
            }
        };
        let at = total - left;
        let rest = match left {
            0 => String::new(),
            1 => " 1 line is left.".to_owned(),
            _ => format!(" {left} lines are left."),
        };
        match &self.standing {
            Standing::Asking => format!("{} were pasted.", lines(total)),
            Standing::Running => format!("Sending {} that were pasted.", lines(total)),
            Standing::Done if self.refused == 0 => format!("{} were sent.", lines(total)),
            Standing::Done => format!(
                "{} were sent; the server refused {} of them.",
                lines(total),
                self.refused
            ),
            Standing::Stopped(Stop::Refused(said)) => {
                format!("Stopped at line {at} of {total}: the server answered {said}.{rest}")
            }
            Standing::Stopped(Stop::Ended) => {
                format!("Stopped behind line {at} of {total}: the connection ended.{rest}")
            }
            Standing::Stopped(Stop::ByPerson) => format!("Stopped behind line {at} of {total}.{rest}"),
            Standing::Stopped(Stop::NotSent(why)) => {
                format!("Stopped before line {} of {total}. {why}{rest}", at + 1)
            }
            Standing::Stopped(Stop::Unknown) => format!(
                "Stopped at line {at} of {total}: nobody knows whether it went out before the connection to the console was lost.{rest}"
            ),
        }
    }
}

/// Whether nothing may be sent behind the line before it is answered.
fn is_barrier(typed: &Typed) -> bool {
    let line = typed.line.reveal();
    typed.expects == Expectation::Response
        || typed.has_secret()
        || ["STLS", "QUIT"].iter().any(|it| command::is(line, it))
        || (command::is(line, "AUTH") && !command::arguments(line).is_empty())
}
