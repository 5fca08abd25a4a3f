//! SASLprep (RFC 4013): names and passwords in one form, so that both sides mean the same octets.
//!
//! Unicode normalization form KC is the caller's to bring. The rules for text that runs in both directions
//! (RFC 3454 §6) are left to the server.

use zeroize::Zeroizing;

use super::Problem;

/// The text in the form that both sides agree on. `normalize` gives normalization form KC.
///
/// # Errors
/// When it holds a character that is prohibited (RFC 4013 §2.3).
pub fn prepare(text: &str, normalize: impl FnOnce(&str) -> String) -> Result<String, Problem> {
    if text.is_ascii() {
        return check(text.to_owned());
    }
    let mapped: Zeroizing<String> = Zeroizing::new(
        text.chars()
            .filter(|it| !is_nothing(*it))
            .map(|it| if is_space(it) { ' ' } else { it })
            .collect(),
    );
    check(normalize(&mapped))
}

fn check(text: String) -> Result<String, Problem> {
    match text.chars().find(|it| is_prohibited(*it)) {
        Some(character) => Err(Problem::Prohibited(character)),
        None => Ok(text),
    }
}

/// RFC 3454, table B.1.
fn is_nothing(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{1806}' | '\u{180b}'..='\u{180d}' | '\u{200b}'..='\u{200d}' | '\u{2060}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
    )
}

/// RFC 3454, table C.1.2.
fn is_space(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// RFC 3454, tables C.1.2 to C.9.
fn is_prohibited(character: char) -> bool {
    let is_no_character = matches!(character as u32 & 0xffff, 0xfffe | 0xffff);
    is_space(character)
        || is_no_character
        || matches!(
            character,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{340}' | '\u{341}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
                | '\u{200c}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2063}'
                | '\u{206a}'..='\u{206f}' | '\u{2ff0}'..='\u{2ffb}' | '\u{e000}'..='\u{f8ff}'
                | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0001}' | '\u{e0020}'..='\u{e007f}' | '\u{f0000}'..='\u{10ffff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Normalization as far as the examples need it.
    fn normalize(text: &str) -> String {
        text.replace('\u{aa}', "a").replace('\u{2168}', "IX")
    }

    #[test]
    fn the_examples_of_rfc_4013_come_out_as_they_should() {
        for (text, prepared) in [
            ("I\u{ad}X", "IX"),
            ("user", "user"),
            ("USER", "USER"),
            ("\u{aa}", "a"),
            ("\u{2168}", "IX"),
            ("a\u{a0}b\u{3000}c", "a b c"),
        ] {
            assert_eq!(prepare(text, normalize).as_deref(), Ok(prepared));
        }
        assert_eq!(prepare("\u{7}", normalize), Err(Problem::Prohibited('\u{7}')));
    }

    #[test]
    fn what_is_prohibited_is_named() {
        for character in [
            '\0',
            '\u{85}',
            '\u{202e}',
            '\u{e000}',
            '\u{fffd}',
            '\u{1ffff}',
            '\u{e0041}',
            '\u{10fffd}',
        ] {
            let text = format!("ü{character}");
            assert_eq!(prepare(&text, normalize), Err(Problem::Prohibited(character)));
        }
        for text in ["pass word", "日本語", "Grüße-1", "\u{1f600}"] {
            assert_eq!(prepare(text, normalize).as_deref(), Ok(text));
        }
    }
}
