//! Characters that a screen would hide, reorder or act upon, and the marks that are shown in their place: the same in the
//! page and in an export.

/// The mark that stands for a character that must not reach the screen as it is, and what it is.
pub fn mark(character: char) -> Option<(String, String)> {
    let code = character as u32;
    match character {
        '\t' => None,
        '\0'..='\u{1f}' => {
            let shown = C0.get(code as usize).copied().unwrap_or_default();
            Some((shown.to_owned(), format!("control character 0x{code:02X}")))
        }
        '\u{7f}' => Some(("DEL".to_owned(), "control character 0x7F".to_owned())),
        '\u{80}'..='\u{9f}' => named(code, "control character"),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            named(code, "changes the direction of text")
        }
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' => named(code, "invisible"),
        '\u{2028}' | '\u{2029}' => named(code, "line separator"),
        '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e01ef}' => named(code, "invisible"),
        // Letters that nobody sees, and what only formats music or Khmer.
        '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{ffa0}'
        | '\u{1d173}'..='\u{1d17a}' => named(code, "invisible"),
        _ => None,
    }
}

/// The mark that stands for an octet that is no UTF-8, and what it is.
pub fn octet_mark(octet: u8) -> (String, String) {
    (
        format!("\\x{octet:02X}"),
        format!("octet 0x{octet:02X}, not UTF-8"),
    )
}

/// What control characters are called: fonts that draw their pictures are rare.
const C0: [&str; 32] = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS",
    "US",
];

fn named(code: u32, what: &str) -> Option<(String, String)> {
    Some((format!("U+{code:04X}"), format!("U+{code:04X}, {what}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_octet_that_is_no_character_is_named() {
        let (shown, title) = octet_mark(0xff);
        assert_eq!((&*shown, &*title), ("\\xFF", "octet 0xFF, not UTF-8"));
    }

    #[test]
    fn what_acts_on_a_screen_has_a_mark_and_text_has_none() {
        for character in [
            '\0', '\u{1b}', '\r', '\u{7f}', '\u{85}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}',
        ] {
            let (shown, title) = mark(character).unwrap_or_default();
            assert!(!shown.is_empty() && !title.is_empty(), "{character:?}");
            assert!(shown.is_ascii(), "{shown}");
        }
        for character in ['\t', ' ', 'a', '<', 'ü', '日'] {
            assert_eq!(mark(character), None, "{character:?}");
        }
    }
}
