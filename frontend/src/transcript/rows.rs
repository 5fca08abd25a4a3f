//! A record as it is shown: made for rows in sight only.

mod body;
mod chip;

use protocol::access::{Roll, Sight};
use protocol::alias::Alias;
use protocol::base64;
use protocol::calendar;
use protocol::entry::Part;
use protocol::lexer::{self, Token, TokenKind};
use protocol::remark::{CERTIFICATE, Remark, Tone};
use protocol::state::Expectation;
use protocol::unseen::{STRUCK, struck_title};

use super::charset::without_end;
use super::exchanges::Outcome;
use super::explanations::{Explanation, entitle, explanation};
use super::hex::Hex;
use super::margin::{Aside, margin};
use super::notes::Noted;
use super::{Kind, Run, Transcript, glyphs};
use crate::time;

pub use body::{Body, Match, Span};
pub use chip::Chip;

/// What stands where a secret was taken out of a command.
pub const SECRET: &str = "•••••••• hidden, never recorded";

/// What stands where a server repeated a secret.
const SECRET_REPEATED: &str = "••••••••";

/// What the person's sight does not show.
const UNSEEN: &str = "what your link does not show";

/// The columns that the longer one takes.
pub(super) const SECRET_COLUMNS: usize = 32;

/// A record as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which record it is.
    pub record: usize,
    /// The number of its line; none of what only this browser knows.
    pub number: Option<usize>,
    /// Whether it goes on with the line of the row before it.
    pub continues: bool,
    /// The entry in which it begins.
    pub seq: u64,
    /// `client`, `server` or `console`.
    pub from: &'static str,
    /// The part of the dialogue; `command` of a client's line and `remark` of the console's.
    pub part: &'static str,
    /// How long after the line before it; empty of payload.
    pub since: String,
    /// When, in UTC.
    pub moment: String,
    /// `→`, `←` or `·`.
    pub sign: &'static str,
    /// How its exchange came out.
    pub outcome: Option<Outcome>,
    /// Whether a gap stands above it.
    pub gap: bool,
    /// The fold that begins with it.
    pub fold: Option<Chip>,
    /// What it says; nothing if the fold is closed.
    pub body: Body,
    /// What stands at its right.
    pub margin: Vec<Aside>,
    /// What it means, said below it.
    pub explains: Option<Explanation>,
    /// The session that holds the maildrop which it says is locked, and when it did, in microseconds since
    /// 1970-01-01T00:00:00Z.
    pub holder: Option<(Alias, u64)>,
    /// What people noted to its line, below that.
    pub notes: Vec<Noted>,
    /// Its octets, below that.
    pub hex: Option<Hex>,
}

impl Row {
    /// Marks what was found in it and in its notes, which is named by where it stands in what is searched, ascending.
    pub fn mark(&mut self, found: &[Match]) {
        if found.is_empty() {
            return;
        }
        let mut begin = self.body.plain().len();
        self.body.mark(found);
        for note in &mut self.notes {
            begin += 1;
            for span in std::mem::take(&mut note.text) {
                let length = span.plain().len();
                span.mark(begin, found, &mut note.text);
                begin += length;
            }
        }
    }
}

impl Transcript {
    /// The record as it is shown to that participant; none if another row says what there is to say of its line.
    pub fn row(&self, record: usize) -> Option<Row> {
        let run = self.run_of(record)?;
        if self.is_swallowed(record) && self.chip(record).is_none() {
            return None;
        }
        let exchange = run.exchange.and_then(|at| self.exchanges.get(at as usize));
        let is_first = run.first as usize == record || record >= self.lines.len();
        let (from, part, sign) = match &run.kind {
            Kind::Command { .. } => ("client", "command", "→"),
            Kind::Answer { part, .. } | Kind::Payload { part } => ("server", part.name(), "←"),
            Kind::Remark(_) => ("console", "remark", "·"),
            Kind::Unknown { .. } => ("console", "unknown", "·"),
        };
        let continues = self.goes_on(record);
        let fold = self.chip(record);
        let is_folded = fold.as_ref().is_some_and(|it| !it.is_open);
        let has_time = is_first && !continues && !matches!(run.kind, Kind::Unknown { .. });
        Some(Row {
            record,
            number: (!matches!(run.kind, Kind::Unknown { .. })).then(|| self.number(record)),
            continues,
            seq: run.seq,
            from,
            part,
            since: run
                .since
                .filter(|_| has_time)
                .map(time::since)
                .unwrap_or_default(),
            moment: if has_time && run.at > 0 {
                calendar::moment(run.at)
            } else {
                String::new()
            },
            sign: if has_time && !matches!(run.kind, Kind::Payload { .. }) {
                sign
            } else {
                ""
            },
            outcome: exchange.map(|it| it.outcome),
            gap: self.lines.has_gap(record),
            body: if is_folded {
                Body::Line(Vec::new())
            } else {
                self.body(record, run)
            },
            fold,
            explains: exchange
                .filter(|_| !continues && !is_folded)
                .and_then(|it| explanation(run, it, &self.octets(record))),
            holder: match &run.kind {
                Kind::Remark(remark) => remark.holder().map(|holder| (holder, run.at)),
                _ => None,
            },
            notes: self.notes_of(record),
            hex: self.hex(record).filter(|_| !is_folded),
            margin: if has_time {
                margin(run, &self.exchanges, &self.roll)
            } else {
                Vec::new()
            },
        })
    }

    pub(super) fn body(&self, record: usize, run: &Run) -> Body {
        let is_withdrawn = self.is_withdrawn(record);
        let (octets, struck) = match self.decoded(record, run) {
            Some(decoded) => (decoded.octets, decoded.struck),
            None => (self.octets(record), self.struck(record, run)),
        };
        let hidden = || self.withdrawals.told(run.seq, &self.roll);
        match &run.kind {
            Kind::Remark(remark) => remark_body(remark, &self.roll.at(run.seq)),
            Kind::Unknown { settled, sent, .. } if self.withdrawals.have(*sent) => {
                Body::Unknown(Span::said(self.withdrawals.told(*sent, &self.roll)), *settled)
            }
            Kind::Unknown { settled, .. } => Body::Unknown(
                Span::said(String::from_utf8_lossy(&octets).into_owned()),
                *settled,
            ),
            Kind::Payload { .. } if is_withdrawn && run.is_unseen => {
                Body::Line(vec![unseen_chip(self.unseen_told(record), self.sight)])
            }
            Kind::Payload { .. } if is_withdrawn => Body::Line(vec![hidden_chip(hidden())]),
            Kind::Command { .. } => {
                let chip = if is_withdrawn {
                    hidden_chip(hidden())
                } else {
                    secret_chip(SECRET, STRUCK)
                };
                let tokens = lexer::client_line(&octets, Expectation::Command);
                Body::Line(line(&octets, &tokens, &struck, &chip))
            }
            Kind::Answer { part, .. } => {
                let chip = if is_withdrawn {
                    hidden_chip(hidden())
                } else {
                    let title = struck_title(self.sight, self.keep, UNSEEN);
                    secret_chip(SECRET_REPEATED, &title)
                };
                let mut spans = line(&octets, &self.tokens(record, *part, &octets), &struck, &chip);
                if *part == Part::Continuation {
                    entitle_challenge(&mut spans);
                }
                Body::Line(spans)
            }
            Kind::Payload { part } => {
                let tokens = self.tokens(record, *part, &octets);
                let mut spans = line(&octets, &tokens, &[], &Span::default());
                if let Some(exchange) = run.exchange.and_then(|at| self.exchanges.get(at as usize)) {
                    entitle(exchange, &mut spans);
                }
                self.entitle_words(&mut spans);
                Body::Line(spans)
            }
        }
    }

    /// Where secrets were taken out of a record.
    pub(super) fn struck(&self, record: usize, run: &Run) -> Vec<u32> {
        let struck = match &run.kind {
            Kind::Command { struck, .. } | Kind::Answer { struck, .. } if !struck.is_empty() => struck,
            _ => return Vec::new(),
        };
        let offset = self.lines.start(record).saturating_sub(run.base);
        struck.iter().filter_map(|at| at.checked_sub(offset)).collect()
    }

    /// Says what encoded words mean to whoever points at them.
    fn entitle_words(&self, spans: &mut [Span]) {
        for span in spans {
            if span.class == TokenKind::EncodedWord.class()
                && let Some(said) = self.encoded_word(&span.text)
            {
                span.title = glyphs::plain(&said);
            }
        }
    }

    /// The octets of a record, of the line that is still coming in too.
    pub(super) fn octets(&self, record: usize) -> Vec<u8> {
        match &self.tail {
            Some(tail) if record >= self.lines.len() => tail.octets.clone(),
            _ => self.lines.octets(record),
        }
    }

    /// Whether somebody hid what a record says.
    pub fn is_withdrawn(&self, record: usize) -> bool {
        match &self.tail {
            Some(tail) if record >= self.lines.len() => tail.is_withdrawn,
            _ => self.lines.is_withdrawn(record),
        }
    }

    /// The tokens of a record. `octets` are what it says, and `part` what it is of.
    fn tokens(&self, record: usize, part: Part, octets: &[u8]) -> Vec<Token> {
        if self.goes_on(record) {
            let before = self.octets(record.saturating_sub(1));
            return lexer::rest_of_server_line(part, &before, octets);
        }
        if part == Part::Body && lexer::may_end_base64(octets) && self.is_behind_base64(record) {
            return lexer::end_of_base64(octets);
        }
        lexer::server_line(part, octets)
    }

    /// Whether a line of base64 stands directly before a line of a body.
    fn is_behind_base64(&self, record: usize) -> bool {
        let Some(before) = record.checked_sub(1) else {
            return false;
        };
        let is_body = |run: &Run| matches!(run.kind, Kind::Payload { part: Part::Body });
        let is_line = self.run_of(before).is_some_and(is_body) && !self.is_continuation(before);
        let tokens = lexer::server_line(Part::Body, &self.lines.octets(before));
        is_line && tokens.first().is_some_and(|it| it.kind == TokenKind::Base64)
    }
}

/// Says what a challenge means to whoever points at it.
fn entitle_challenge(spans: &mut [Span]) {
    let challenge = spans.iter_mut().find(|it| it.class == TokenKind::Base64.class());
    if let Some(span) = challenge
        && let Some(said) = base64::decode(span.text.as_bytes())
        && let Ok(said) = String::from_utf8(said)
    {
        span.title = glyphs::plain(&said);
    }
}

fn remark_body(remark: &Remark, roll: &Roll) -> Body {
    let sentences = remark.sentences(roll);
    match (remark, remark.tone()) {
        (Remark::Secured(_), Tone::Info | Tone::Good) => {
            let mut sentences = sentences.into_iter();
            Body::Aside(
                Span::said(sentences.next().unwrap_or_default()),
                Span::said(sentences.collect::<Vec<_>>().join(" ")),
            )
        }
        (_, Tone::Info) => Body::Aside(Span::said(sentences.join(" ")), Vec::new()),
        (_, tone) => {
            let detail = sentences.iter().position(|it| it.starts_with(CERTIFICATE));
            let mut sentences = sentences;
            let detail = sentences.split_off(detail.unwrap_or(sentences.len()));
            let sentences = sentences.into_iter().map(Span::said).collect();
            Body::Callout(tone, sentences, Span::said(detail.join(" ")))
        }
    }
}

/// What stands where a secret was taken out.
fn secret_chip(shown: &str, title: &str) -> Span {
    Span {
        title: title.to_owned(),
        original: Some(SECRET_REPEATED.to_owned()),
        ..Span::text(shown.to_owned(), "secret")
    }
}

/// What stands where something is not shown to the person.
fn unseen_chip(told: String, sight: Sight) -> Span {
    let title = match sight {
        Sight::Everything => "the content of messages is not kept of this session",
        Sight::Headers | Sight::Commands => "your link does not show what stands here",
    };
    Span {
        title: title.to_owned(),
        ..Span::text(told, "secret")
    }
}

/// What stands where somebody hid something.
fn hidden_chip(told: String) -> Span {
    Span {
        title: "what stood here was hidden, and the console has kept nothing of it".to_owned(),
        ..Span::text(told, "secret")
    }
}

/// The spans of a line. Where secrets were taken out, in ascending order, `chip` stands.
fn line(octets: &[u8], tokens: &[Token], struck: &[u32], chip: &Span) -> Vec<Span> {
    let shown = without_end(octets);
    let is_bare = octets.len() == shown.len() + 1;
    let mut spans = Vec::with_capacity(tokens.len());
    let mut struck = struck.iter().map(|&at| at as usize).peekable();
    for token in tokens {
        let (mut start, end) = (token.start as usize, (token.end as usize).min(shown.len()));
        while let Some(at) = struck.next_if(|&at| at < end) {
            glyphs::spans(&shown[start.min(at)..at], token.kind.class(), &mut spans);
            spans.push(chip.clone());
            start = at;
        }
        if start < end {
            glyphs::spans(&shown[start..end], token.kind.class(), &mut spans);
        }
    }
    spans.extend(struck.filter(|&at| at <= octets.len()).map(|_| chip.clone()));
    if is_bare {
        spans.push(Span {
            original: Some(String::new()),
            ..Span::mark_of("LF", "the line ended with LF alone, not with CRLF")
        });
    }
    spans
}
