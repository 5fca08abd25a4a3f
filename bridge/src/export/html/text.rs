//! Text in a page: escaped, with the tokens in it coloured and with marks for what would deceive.

use protocol::glyph::{mark, octet_mark};
use protocol::lexer::Token;
use protocol::reply::content_end;
use protocol::secret::Redacted;

use crate::export::SECRET;

/// A line with bullets where something was taken out of it.
pub(super) fn redacted(line: &Redacted, tokens: &[Token], title: &str) -> String {
    let (octets, mut html) = (line.bytes(), String::new());
    let mut struck = line.struck().iter().map(|&at| at as usize).peekable();
    let secret = |html: &mut String| {
        html.push_str("<span class=\"tok-secret\" title=\"");
        html.push_str(title);
        html.push_str("\">");
        html.push_str(SECRET);
        html.push_str("</span>");
    };
    let end = content_end(octets);
    for token in tokens {
        let (mut from, to) = (token.start as usize, (token.end as usize).min(end));
        while let Some(at) = struck.next_if(|&at| at < to) {
            write_octets(
                octets.get(from..at).unwrap_or_default(),
                token.kind.class(),
                &mut html,
            );
            secret(&mut html);
            from = at;
        }
        write_octets(
            octets.get(from..to).unwrap_or_default(),
            token.kind.class(),
            &mut html,
        );
    }
    struck.for_each(|_| secret(&mut html));
    write_line_end(octets, &mut html);
    html
}

/// Octets with their tokens.
pub(super) fn write_tokens(octets: &[u8], tokens: &[Token], html: &mut String) {
    let end = content_end(octets);
    for token in tokens {
        let to = (token.end as usize).min(end);
        let stretch = octets.get(token.start as usize..to).unwrap_or_default();
        write_octets(stretch, token.kind.class(), html);
    }
    write_line_end(octets, html);
}

/// A line that did not end as lines do says so.
fn write_line_end(octets: &[u8], html: &mut String) {
    if octets.len() == content_end(octets) + 1 {
        write_mark("LF", "the line ended with LF alone, not with CRLF", html);
    }
}

/// Octets as a stretch of that class; those that are no UTF-8 are named one by one.
fn write_octets(octets: &[u8], class: &str, html: &mut String) {
    for chunk in octets.utf8_chunks() {
        write_text(chunk.valid(), class, html);
        for &octet in chunk.invalid() {
            let (shown, title) = octet_mark(octet);
            write_mark(&shown, &title, html);
        }
    }
}

/// Text as stretches of that class, with marks for characters that would deceive.
pub(super) fn write_text(text: &str, class: &str, html: &mut String) {
    let mut from = 0;
    let marks = text
        .char_indices()
        .filter_map(|(at, character)| Some((at, character, mark(character)?)));
    for (at, character, (shown, title)) in marks {
        write_stretch(text.get(from..at).unwrap_or_default(), class, html);
        write_mark(&shown, &title, html);
        from = at + character.len_utf8();
    }
    write_stretch(text.get(from..).unwrap_or_default(), class, html);
}

fn write_stretch(text: &str, class: &str, html: &mut String) {
    if text.is_empty() {
        return;
    }
    if class.is_empty() {
        return escape(text, html);
    }
    html.push_str("<span class=\"tok-");
    html.push_str(class);
    html.push_str("\">");
    escape(text, html);
    html.push_str("</span>");
}

fn write_mark(shown: &str, title: &str, html: &mut String) {
    html.push_str("<span class=\"tok-mark\" title=\"");
    escape(title, html);
    html.push_str("\">");
    escape(shown, html);
    html.push_str("</span>");
}

/// Text in which nothing is markup, in an element or in an attribute.
pub(super) fn escape(text: &str, html: &mut String) {
    for character in text.chars() {
        match character {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}
