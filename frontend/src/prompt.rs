//! What the prompt makes of a line while it is typed: colour, mask, completions, hint.

pub mod history;

use protocol::command::{self, Command};
use protocol::lexer;
use protocol::state::{Expectation, Phase};

use crate::transcript::glyphs;
use crate::transcript::rows::Span;

/// The most completions that are offered at once.
pub const COMPLETIONS_MAX: usize = 8;

/// The commands that stand beside the prompt.
pub const QUICK: [&str; 7] = ["STAT", "LIST", "UIDL", "CAPA", "NOOP", "RSET", "QUIT"];

/// A command that the line may become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Completion {
    /// The command.
    pub command: &'static Command,
    /// Whether it is allowed now.
    pub is_allowed: bool,
}

/// What is said below the prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hint {
    /// The command with its arguments; empty when there is none.
    pub usage: String,
    /// What it does, or what to do.
    pub help: String,
    /// Where it is defined.
    pub rfc: &'static str,
    /// What speaks against it; empty when nothing does.
    pub warning: String,
}

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

/// Whether the line holds a secret.
pub fn has_secret(line: &str, expects: Expectation) -> bool {
    command::secret_from(line.as_bytes(), expects).is_some()
}

/// The commands that a verb being typed may become: those allowed now first.
pub fn completions(line: &str, phase: Phase, expects: Expectation) -> Vec<Completion> {
    if line.is_empty()
        || expects == Expectation::Response
        || !line.bytes().all(|it| it.is_ascii_alphanumeric())
    {
        return Vec::new();
    }
    let begins = |command: &&'static Command| {
        command.name.len() > line.len() && command.name[..line.len()].eq_ignore_ascii_case(line)
    };
    let of = |is_allowed: bool| {
        let found = command::all()
            .iter()
            .filter(begins)
            .filter(move |it| it.is_allowed_in(phase) == is_allowed);
        found.map(move |command| Completion { command, is_allowed })
    };
    of(true).chain(of(false)).take(COMPLETIONS_MAX).collect()
}

/// The line that a completion makes.
pub fn complete(command: &Command) -> String {
    if command.arguments.is_empty() {
        command.name.to_owned()
    } else {
        format!("{} ", command.name)
    }
}

/// What is said below the prompt.
pub fn hint(line: &str, phase: Phase, expects: Expectation) -> Hint {
    if expects == Expectation::Response {
        return Hint {
            help: "The server waits for a SASL response: what you type is hidden. * cancels.".to_owned(),
            rfc: "RFC 5034 §4",
            ..Hint::default()
        };
    }
    let verb = &line.as_bytes()[command::verb(line.as_bytes())];
    if verb.is_empty() {
        return Hint {
            help: advice(phase).to_owned(),
            ..Hint::default()
        };
    }
    let completions = completions(line, phase, Expectation::Command);
    let Some(command) = command::find(verb).or_else(|| sole(&completions)) else {
        let help = if completions.is_empty() {
            "Not a command that this console knows; it goes out as it is."
        } else {
            advice(phase)
        };
        return Hint {
            help: help.to_owned(),
            ..Hint::default()
        };
    };
    let warning = if phase.takes_lines() && !command.is_allowed_in(phase) {
        format!(
            "Not meant for the {} state; it goes out all the same.",
            phase_name(phase)
        )
    } else {
        String::new()
    };
    Hint {
        usage: [command.name, command.arguments].join(" ").trim_end().to_owned(),
        help: command.help.to_owned(),
        rfc: command.rfc,
        warning,
    }
}

/// How to sign in to the demonstration mailbox.
pub fn demonstration_hint() -> Hint {
    Hint {
        help: "Sign in to the demonstration mailbox: USER user01, then PASS password01.".to_owned(),
        ..Hint::default()
    }
}

/// The command that the line becomes, if it can become only one.
fn sole(completions: &[Completion]) -> Option<&'static Command> {
    match completions {
        [only] => Some(only.command),
        _ => None,
    }
}

fn advice(phase: Phase) -> &'static str {
    match phase {
        Phase::Authorization => "Sign in with USER and PASS, or see with CAPA what the server can do.",
        Phase::Transaction => "LIST shows what is there, RETR reads a message, QUIT ends the session.",
        Phase::Update => "The server commits what was marked.",
        Phase::StartingTls | Phase::Securing => "TLS is being negotiated; a line typed now waits for it.",
        Phase::TlsRefused => "Nothing goes out until you decide.",
        Phase::Resolving | Phase::Connecting | Phase::Greeting => "The connection is being made.",
        Phase::NotConnected | Phase::Closed => "There is no connection.",
    }
}

/// What a phase is called in the header.
pub fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::NotConnected => "not connected",
        Phase::Resolving => "resolving",
        Phase::Connecting => "connecting",
        Phase::Securing | Phase::StartingTls => "negotiating TLS",
        Phase::Greeting => "awaiting greeting",
        Phase::TlsRefused => "STLS refused",
        Phase::Authorization => "AUTHORIZATION",
        Phase::Transaction => "TRANSACTION",
        Phase::Update => "UPDATE",
        Phase::Closed => "closed",
    }
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

    #[test]
    fn completions_begin_with_what_is_typed_and_allowed_ones_come_first() {
        let names = |line, phase| {
            completions(line, phase, Expectation::Command)
                .iter()
                .map(|it| it.command.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(names("u", Phase::Transaction)[0], "UIDL");
        assert_eq!(names("u", Phase::Authorization)[0], "USER");
        assert_eq!(names("stat", Phase::Transaction), [""; 0]);
        assert_eq!(names("RETR 1", Phase::Transaction), [""; 0]);
        assert!(completions("S", Phase::Transaction, Expectation::Response).is_empty());
    }

    #[test]
    fn a_hint_names_the_arguments_and_the_rfc_and_what_speaks_against_it() {
        let hint = hint("top 2", Phase::Authorization, Expectation::Command);
        assert_eq!(hint.usage, "TOP msg n");
        assert!(hint.rfc.starts_with("RFC 1939"));
        assert!(hint.warning.contains("AUTHORIZATION"));
        assert_eq!(
            super::hint("to", Phase::Transaction, Expectation::Command).usage,
            "TOP msg n"
        );
        assert_eq!(
            super::hint("r", Phase::Transaction, Expectation::Command).usage,
            ""
        );
        assert!(
            super::hint("XYZZY", Phase::Transaction, Expectation::Command)
                .help
                .contains("goes out as it is")
        );
    }
}
