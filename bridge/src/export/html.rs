//! A page with the console's colours: one file that needs nothing else, and in which nothing can happen.
//!
//! What servers and people say is escaped, and characters that would deceive are marks, as in the console's own page. A
//! content security policy of its own allows the one style sheet and nothing else, wherever the file is opened.

mod text;

use protocol::access::{By, Roll};
use protocol::calendar::moment;
use protocol::entry::{Entry, Event, Seq};
use protocol::lexer;
use protocol::remark::{CERTIFICATE, Remark, Tone};
use protocol::state::Expectation;
use protocol::unseen::{self, STRUCK};
use sha2::{Digest, Sha256};

use text::{escape, redacted, write_text, write_tokens};

use super::lines::{Line, Lines};
use super::{About, Export};

/// The colours, as the console has them.
const TOKENS: &str = include_str!("../../../static/styles/tokens.css");

/// What tokens look like, as in the console.
const TOK: &str = include_str!("../../../static/styles/tok.css");

/// The rest of the page.
const STYLE: &str = include_str!("html.css");

/// Makes the page.
pub(super) struct Html {
    about: About,
    roll: Roll,
    lines: Lines,
    /// The last line's number.
    number: u64,
    /// Of each entry the number of the first line that begins in it; 0 of one in which none does.
    firsts: Vec<u32>,
    /// Lines and octets that are withheld and were not told yet, and whether the last of them has no end.
    withheld: Option<Withheld>,
    /// What the last line of payload ends with, where the next row goes on with it.
    before: Vec<u8>,
}

#[derive(Default)]
struct Withheld {
    lines: u64,
    octets: u64,
    is_open: bool,
}

impl Html {
    pub(super) fn new(about: About) -> Self {
        Self {
            about,
            roll: Roll::of(None),
            lines: Lines::default(),
            number: 0,
            firsts: Vec::new(),
            withheld: None,
            before: Vec::new(),
        }
    }
}

impl Export for Html {
    fn begin(&mut self, out: &mut Vec<u8>) {
        let style = format!("{TOKENS}{TOK}{STYLE}");
        let hash = protocol::base64::encode(&Sha256::digest(style.as_bytes()));
        let server = self.about.server.as_deref().unwrap_or("a session");
        let mut title = String::new();
        escape(server, &mut title);
        let withheld = self.about.sight.withholds();
        let shown = withheld.map_or(String::new(), |what| format!(" Withheld: {what}."));
        let made = moment(self.about.at);
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
             base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title} · pop3·console</title>\n<style>{style}</style>\n</head>\n<body>\n\
             <header><h1>{title}</h1><p>A transcript of pop3·console, saved at {made}.{shown}</p></header>\n\
             <main aria-label=\"Transcript\">\n"
        );
        out.extend_from_slice(page.as_bytes());
    }

    fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        let (at, seq) = (entry.at, entry.seq);
        if !matches!(
            entry.event,
            Event::Withheld { .. } | Event::State(_) | Event::Hidden { .. }
        ) {
            self.tell_withheld(out);
        }
        match &entry.event {
            Event::Sent { line, by, .. } => {
                let tokens = lexer::client_line(line.bytes(), Expectation::Command);
                let text = redacted(line, &tokens, STRUCK);
                let who = who(&self.roll, *by);
                self.row(("client", "command", "→"), Some((seq, at)), &text, &who, out);
            }
            Event::Answered { part, line, .. } => {
                self.end_line(out);
                let title = unseen::struck_title(self.about.sight, self.about.keep, UNSEEN);
                let text = redacted(line, &lexer::server_line(*part, line.bytes()), &title);
                self.row(("server", part.name(), "←"), Some((seq, at)), &text, "", out);
            }
            Event::Received {
                exchange,
                part,
                bytes,
            } => {
                let mut lines = std::mem::take(&mut self.lines);
                lines.take((entry.connection, *exchange, *part), seq, bytes, |line| {
                    self.payload(line, out);
                });
                self.lines = lines;
            }
            Event::Withheld {
                lines,
                octets,
                is_open,
                ..
            } => {
                self.end_line(out);
                let so_far = self.withheld.get_or_insert_default();
                so_far.lines += u64::from(*lines);
                so_far.octets += u64::from(*octets);
                so_far.is_open = *is_open;
            }
            Event::Note { seq, line, text, by } => self.note((*seq, *line), text, *by, at, out),
            Event::Remark(remark) => {
                self.roll.learn(seq, remark);
                if matches!(remark, Remark::Ended { .. }) {
                    self.end_line(out);
                }
                let text = remark_text(remark, &self.roll);
                self.row(("console", "remark", "·"), Some((seq, at)), &text, "", out);
            }
            Event::Hidden { .. } | Event::State(_) => {}
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.tell_withheld(out);
        self.end_line(out);
        out.extend_from_slice(b"</main>\n</body>\n</html>\n");
    }
}

impl Html {
    /// A row that is a line of its own: who speaks, of what it is, its sign; its entry and when that came, of what is no
    /// payload; what it says and who says it, in HTML.
    fn row(
        &mut self,
        (from, part, sign): (&str, &str, &str),
        entry: Option<(Seq, u64)>,
        text: &str,
        who: &str,
        out: &mut Vec<u8>,
    ) {
        self.number += 1;
        if let Some((seq, _)) = entry {
            self.begins(seq);
        }
        let number = self.number;
        let (time, sign) = entry.map_or((String::new(), ""), |(_, at)| {
            let moment = moment(at);
            let day = moment.get(11..23).unwrap_or_default();
            (format!("<time title=\"{moment}\">{day}</time>"), sign)
        });
        let who = if who.is_empty() {
            String::new()
        } else {
            format!("<small>{who}</small>")
        };
        let row = format!(
            "<div class=\"row {from} {part}\" id=\"L{number}\"><a href=\"#L{number}\">{number}</a>{time}<i>{sign}</i>\
             <div class=\"text\" dir=\"ltr\">{text}</div>{who}</div>\n"
        );
        out.extend_from_slice(row.as_bytes());
    }

    /// A line of payload, or a stretch of one.
    fn payload(&mut self, line: Line<'_>, out: &mut Vec<u8>) {
        let tokens = if line.continues {
            lexer::rest_of_server_line(line.part, &self.before, line.octets)
        } else {
            lexer::server_line(line.part, line.octets)
        };
        let mut text = String::new();
        write_tokens(line.octets, &tokens, &mut text);
        self.before.clear();
        self.before.extend_from_slice(line.octets);
        if line.continues {
            let part = line.part.name();
            let row = format!(
                "<div class=\"row server {part}\"><div class=\"text\" dir=\"ltr\">{text}</div></div>\n"
            );
            return out.extend_from_slice(row.as_bytes());
        }
        self.row(("server", line.part.name(), ""), None, &text, "", out);
        self.begins(line.seq);
    }

    /// The last line began in that entry.
    fn begins(&mut self, seq: Seq) {
        let Some(place) = usize::try_from(seq).ok().and_then(|seq| seq.checked_sub(1)) else {
            return;
        };
        if self.firsts.len() <= place {
            self.firsts.resize(place + 1, 0);
        }
        if let Some(first) = self.firsts.get_mut(place).filter(|first| **first == 0) {
            *first = u32::try_from(self.number).unwrap_or(u32::MAX);
        }
    }

    fn note(&mut self, (seq, line): (Seq, u32), text: &str, by: By, at: u64, out: &mut Vec<u8>) {
        let first = usize::try_from(seq).ok().and_then(|seq| seq.checked_sub(1));
        let first = first
            .and_then(|place| self.firsts.get(place))
            .filter(|it| **it > 0);
        let to = first.map_or("a withheld line".to_owned(), |first| {
            let number = u64::from(*first) + u64::from(line);
            format!("<a href=\"#L{number}\">line {number}</a>")
        });
        let mut said = String::new();
        write_text(text, "", &mut said);
        if said.is_empty() {
            said.push_str("<em>withheld</em>");
        }
        let note = format!(
            "<div class=\"note\"><b>{}</b> on {to}, <time>{}</time>: <span>{said}</span></div>\n",
            who(&self.roll, by),
            moment(at)
        );
        out.extend_from_slice(note.as_bytes());
    }

    fn end_line(&mut self, out: &mut Vec<u8>) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.end(|line| self.payload(line, out));
    }

    fn tell_withheld(&mut self, out: &mut Vec<u8>) {
        if let Some(Withheld {
            lines,
            octets,
            is_open,
        }) = self.withheld.take()
        {
            let told = unseen::told(lines, octets, self.about.sight, self.about.keep);
            let row = format!("<div class=\"row withheld\"><div class=\"text\">{told}</div></div>\n");
            out.extend_from_slice(row.as_bytes());
            self.number += lines + u64::from(is_open);
        }
    }
}

/// What a participant is called, escaped.
fn who(roll: &Roll, by: By) -> String {
    let mut who = String::new();
    write_text(&roll.told(by), "", &mut who);
    who
}

/// A remark: its headline, what else there is to say, and the certificate behind a click.
fn remark_text(remark: &Remark, roll: &Roll) -> String {
    let sentences = remark.sentences(roll);
    let tone = match remark.tone() {
        Tone::Info => "info",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    };
    let details = sentences.iter().position(|it| it.starts_with(CERTIFICATE));
    let (told, details) = sentences.split_at(details.unwrap_or(sentences.len()));
    let mut text = format!("<div class=\"remark {tone}\">");
    for (at, sentence) in told.iter().enumerate() {
        let (open, close) = if at == 0 { ("<b>", "</b>") } else { (" ", "") };
        text.push_str(open);
        write_text(sentence, "", &mut text);
        text.push_str(close);
    }
    if !details.is_empty() {
        text.push_str("<details><summary>The certificate</summary>");
        write_text(&details.join(" "), "", &mut text);
        text.push_str("</details>");
    }
    text + "</div>"
}

/// What a file calls what its sight does not show.
const UNSEEN: &str = "what is not shown here";
