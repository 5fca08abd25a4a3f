//! The line as it is painted while it is typed.

use protocol::command;
use protocol::lexer;
use protocol::state::Expectation;

use crate::transcript::glyphs;
use crate::transcript::rows::Span;

/// The line as spans. Secrets are bullets, one for each character so that the caret stays where it is, unless
/// `reveals`.
pub fn paint(line: &str, expects: Expectation, reveals: bool) -> Vec<Span> {
    let octets = line.as_bytes();
    let secret = command::secret_from(octets, expects).unwrap_or(octets.len());
    let mut spans = Vec::new();
    for token in lexer::client_line(octets, expects) {
        let (start, end) = (token.start as usize, token.end as usize);
        let open = end.min(secret).max(start);
        glyphs::spans(&octets[start..open], token.kind.class(), &mut spans);
        let hidden = String::from_utf8_lossy(&octets[open..end]);
        if !hidden.is_empty() {
            let text = if reveals {
                hidden.into_owned()
            } else {
                "•".repeat(hidden.chars().count())
            };
            spans.push(Span::text(text, "secret"));
        }
    }
    spans
}

/// What is looked for in the history, as spans.
pub fn paint_plain(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    glyphs::spans(text.as_bytes(), "text", &mut spans);
    spans
}

/// Whether the line holds a secret.
pub fn has_secret(line: &str, expects: Expectation) -> bool {
    command::secret_from(line.as_bytes(), expects).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, expects: Expectation, reveals: bool) -> String {
        paint(line, expects, reveals)
            .iter()
            .map(|span| span.text.as_str())
            .collect()
    }

    #[test]
    fn a_password_is_bullets_from_its_first_character_on() {
        assert_eq!(shown("PASS hunter2", Expectation::Command, false), "PASS •••••••");
        assert_eq!(shown("pass", Expectation::Command, false), "pass");
        assert_eq!(shown("PASS ü", Expectation::Command, false), "PASS •");
        assert_eq!(shown("AGEAYg==", Expectation::Response, false), "••••••••");
        assert_eq!(shown("*", Expectation::Response, false), "*");
        assert_eq!(shown("PASS hunter2", Expectation::Command, true), "PASS hunter2");
        assert_eq!(shown("USER user01", Expectation::Command, false), "USER user01");
    }

    #[test]
    fn what_is_painted_is_as_long_as_what_is_typed() {
        for line in [
            "",
            " ",
            "RETR 3",
            "AUTH PLAIN AGEAYg==",
            "APOP user c4c9334bac560ecc979e58001b3e22fb",
        ] {
            assert_eq!(
                shown(line, Expectation::Command, false).chars().count(),
                line.chars().count(),
                "{line}"
            );
        }
    }
}
