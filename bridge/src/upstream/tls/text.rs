//! Text from a stranger, made fit for a line of the transcript.

/// `text` with controls, line breaks and direction overrides made visible, and at most `max` characters of it.
///
/// C0 controls and DEL become their control pictures (U+2400 and on), everything else of the kind U+FFFD.
/// What was cut off leaves an ellipsis.
pub(super) fn visible(text: &str, max: usize) -> String {
    let mut characters = text.chars().map(|character| match character {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER),
        '\x7f' => '\u{2421}',
        _ if misleads(character) => char::REPLACEMENT_CHARACTER,
        _ => character,
    });
    let mut shown: String = characters.by_ref().take(max).collect();
    if characters.next().is_some() {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// Whether a character can make the line around it look like something else: C1 controls, line and paragraph
/// separators, and what changes the direction of writing.
fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn controls_and_overrides_do_not_survive() {
        assert_eq!(visible("a\r\nb\0\x1b[1m\x7f", 99), "a␍␊b␀␛[1m␡");
        assert_eq!(
            visible("mail\u{202e}moc\u{85}\u{2028}\u{2066}", 99),
            "mail\u{fffd}moc\u{fffd}\u{fffd}\u{fffd}"
        );
        assert_eq!(visible("Grüße", 99), "Grüße");
    }

    #[test]
    fn a_cut_is_marked_and_keeps_the_bound() {
        assert_eq!(visible("abcdef", 6), "abcdef");
        assert_eq!(visible("abcdefg", 6), "abcde…");
    }
}
