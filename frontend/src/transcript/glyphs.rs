//! Octets as text that can be looked at: what a screen would hide, reorder or act upon becomes a visible mark.

use protocol::glyph::{mark, octet_mark};

use super::rows::Span;

/// The columns that octets take when they are shown, near enough to lay out lines.
pub fn columns(octets: &[u8]) -> usize {
    if is_plain(octets) {
        return octets.len();
    }
    let mut columns = 0;
    for chunk in octets.utf8_chunks() {
        columns += chunk.valid().chars().map(char_columns).sum::<usize>();
        columns += chunk.invalid().len() * 4;
    }
    columns
}

/// Whether octets are characters of ASCII alone that are shown as they are, tabs not among them. Eight are looked at at
/// once, since every line that comes is asked.
fn is_plain(octets: &[u8]) -> bool {
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let each = |octet: u8| u64::from_ne_bytes([octet; 8]);
    let (words, rest) = octets.as_chunks();
    let mut odd = 0;
    for word in words {
        let word = u64::from_ne_bytes(*word);
        // The high bit of an octet is set if that is beyond ASCII, below a blank, or DEL.
        odd |= word | word.wrapping_sub(each(b' ')) | word.wrapping_add(each(1));
    }
    odd & HIGH == 0 && rest.iter().all(|octet| matches!(octet, b' '..=b'~'))
}

/// How many columns a tab takes; the style sheet says so too.
const TAB: usize = 4;

fn char_columns(character: char) -> usize {
    match character {
        '\t' => TAB,
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => mark(character).map_or(1, |(mark, _)| mark.chars().count()),
    }
}

/// Adds spans of that class for the octets.
pub fn spans(octets: &[u8], class: &'static str, spans: &mut Vec<Span>) {
    for chunk in octets.utf8_chunks() {
        let text = chunk.valid();
        let mut plain = 0;
        for (at, character) in text.char_indices() {
            let Some((shown, title)) = mark(character) else {
                continue;
            };
            push_text(&text[plain..at], class, spans);
            spans.push(Span {
                original: Some(character.to_string()),
                ..Span::mark_of(shown, title)
            });
            plain = at + character.len_utf8();
        }
        push_text(&text[plain..], class, spans);
        for &octet in chunk.invalid() {
            let (shown, title) = octet_mark(octet);
            spans.push(Span::mark_of(shown, title));
        }
    }
}

/// The same as text without marks of their own.
pub fn plain(text: &str) -> String {
    let mut shown = Vec::new();
    spans(text.as_bytes(), "", &mut shown);
    shown.into_iter().map(|span| span.text).collect()
}

/// What a server said, within a sentence of the console's: in quotation marks that it cannot end, `most` characters of
/// it at most.
pub fn quoted(text: &str, most: usize) -> String {
    let mut characters = text
        .chars()
        .map(|it| if matches!(it, '“' | '”') { '"' } else { it });
    let begin: String = characters.by_ref().take(most).collect();
    let rest = if characters.next().is_some() { "…" } else { "" };
    format!("“{}{rest}”", plain(&begin))
}

fn push_text(text: &str, class: &'static str, spans: &mut Vec<Span>) {
    if !text.is_empty() {
        spans.push(Span::text(text.to_owned(), class));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(octets: &[u8]) -> String {
        let mut out = Vec::new();
        spans(octets, "text", &mut out);
        out.iter().map(|span| span.text.as_str()).collect()
    }

    #[test]
    fn nothing_that_acts_on_a_screen_reaches_it() {
        let hostile = "a\0b\x1b[2Jc\u{202e}d\u{2066}e\u{200b}f\u{85}g\u{feff}h\u{2028}i\x7fj".as_bytes();
        let shown = shown(hostile);
        assert!(shown.chars().all(|it| !it.is_control()));
        assert!(!shown.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{2028}']));
        assert_eq!(
            shown,
            "aNULbESC[2JcU+202EdU+2066eU+200BfU+0085gU+FEFFhU+2028iDELj"
        );
    }

    #[test]
    fn letters_that_nobody_sees_are_marks() {
        assert_eq!(
            shown("P\u{3164}A\u{ffa0}S\u{e0101}S".as_bytes()),
            "PU+3164AU+FFA0SU+E0101S"
        );
    }

    #[test]
    fn octets_that_are_not_utf8_are_named_one_by_one() {
        assert_eq!(shown(b"Gr\xfc\xdfe"), "Gr\\xFC\\xDFe");
        assert_eq!(shown("Grüße 日本".as_bytes()), "Grüße 日本");
        assert_eq!(shown(b"\xe6\x97"), "\\xE6\\x97");
    }

    #[test]
    fn columns_are_those_of_what_is_shown() {
        assert_eq!(columns(b"plain"), 5);
        assert_eq!(columns(b"plain, and longer than a word"), 29);
        for octet in 0..=255 {
            let plain = (b' '..=b'~').contains(&octet);
            for at in 0..20 {
                let mut line = [b'x'; 20];
                line[at] = octet;
                assert_eq!(is_plain(&line), plain, "{octet} at {at}");
            }
        }
        assert_eq!(columns(b"a\tb"), 6);
        assert_eq!(columns(b"\xfc"), 4);
        assert_eq!(columns(b"\x1b[0m"), 6);
        assert_eq!(columns("日本".as_bytes()), 4);
        assert_eq!(columns("\u{202e}".as_bytes()), 6);
    }
}
