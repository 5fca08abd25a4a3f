//! What is said below the prompt.

use protocol::command::{self, Command};
use protocol::state::{Expectation, Phase};

use super::completions::completions;
use super::{Context, Standing, doubt, phase_name};
use crate::figures::octets;
use crate::session::maildrop::SUBJECT_MAX;
use crate::transcript::glyphs;

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

/// What is said below the prompt.
pub fn hint(line: &str, context: &Context<'_>) -> Hint {
    let phase = context.phase;
    if context.expects == Expectation::Response {
        return Hint {
            rfc: "RFC 5034 §4",
            ..help("The server waits for a SASL response: what you type is hidden. * cancels.")
        };
    }
    let octets = line.as_bytes();
    let verb = &octets[command::verb(octets)];
    if verb.is_empty() {
        return help(advice(phase));
    }
    let becomes = || {
        let completions = completions(line, context);
        match &completions[..] {
            [only] => command::find(only.name.as_bytes()).ok_or(false),
            list => Err(list.is_empty()),
        }
    };
    match command::find(verb).map_or_else(becomes, Ok) {
        Ok(command) => of(command, command::arguments(octets), context),
        Err(true) => {
            let is_due = context.learned.password_is_due;
            let doubted =
                doubt::doubt(line, context.expects, is_due).filter(|_| !doubt::may_become_command(line));
            let mut hint = help("Not a command that this console knows; it goes out as it is.");
            if let Some(doubt) = doubted {
                hint.help.clear();
                hint.warning = format!("{} You are asked before it is sent.", doubt.why);
            }
            hint
        }
        Err(false) => help(advice(phase)),
    }
}

/// How to sign in to the demonstration mailbox.
pub fn demonstration_hint() -> Hint {
    help("Sign in to the demonstration mailbox: USER user01, then PASS password01.")
}

/// What is said while the history is searched, in which so many lines were found.
pub fn search_hint(found: usize) -> Hint {
    let found = match found {
        0 => "No line of the history holds this.".to_owned(),
        1 => "1 line of the history.".to_owned(),
        _ => format!("{found} lines of the history, the newest first."),
    };
    help(&(found + " Enter takes one, Ctrl R goes to an older one, Shift Delete drops it, Esc leaves."))
}

fn help(help: &str) -> Hint {
    Hint {
        help: help.to_owned(),
        ..Hint::default()
    }
}

fn of(command: &Command, arguments: &[u8], context: &Context<'_>) -> Hint {
    let mut hint = Hint {
        usage: [command.name, command.arguments].join(" ").trim_end().to_owned(),
        help: command.help.to_owned(),
        rfc: command.rfc,
        warning: String::new(),
    };
    match context.standing(command) {
        Standing::OtherState if context.phase.takes_lines() => {
            hint.warning = format!(
                "Not meant for the {} state; it goes out all the same.",
                phase_name(context.phase)
            );
        }
        Standing::NotOffered if command.name == "APOP" => {
            hint.warning =
                "The greeting holds no timestamp, so the server does not offer it; it goes out all the same."
                    .to_owned();
        }
        Standing::NotOffered => {
            hint.warning = format!(
                "The server did not list {} when it was asked with CAPA; it goes out all the same.",
                command.capability
            );
        }
        _ if command.name == "RETR" && context.expires_at_once => {
            hint.warning = "EXPIRE 0: the server may delete what was retrieved when the session ends, also without DELE.".to_owned();
        }
        _ => {}
    }
    if command.arguments.contains("msg") && context.phase == Phase::Transaction {
        about_message(&mut hint, arguments, context);
    }
    hint
}

/// Says which message that is, or which there are.
fn about_message(hint: &mut Hint, arguments: &[u8], context: &Context<'_>) {
    let maildrop = &context.learned.maildrop;
    let first = arguments
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    let number: Option<u32> = std::str::from_utf8(first).ok().and_then(|it| it.parse().ok());
    if let Some(message) = number.and_then(|it| maildrop.get(it)) {
        let size = message
            .octets
            .map_or_else(|| "of unknown size".to_owned(), octets);
        let subject = message.subject.filter(|it| !it.is_empty());
        let subject = subject.map_or_else(String::new, |it| format!(", {}", glyphs::quoted(it, SUBJECT_MAX)));
        hint.help = format!("Message {}: {size}{subject}.", message.number);
        if message.is_marked {
            hint.warning = "It is marked for deletion: servers refuse it until RSET.".to_owned();
        }
    } else if first.is_empty() && maildrop.last() == 0 && !hint.usage.contains('[') {
        hint.help += if maildrop.is_whole() {
            " There is none."
        } else {
            " LIST tells their numbers."
        };
    } else if let Some(number) = number
        && maildrop.is_whole()
    {
        hint.warning = format!("No message {number} is known of.");
    }
}

fn advice(phase: Phase) -> &'static str {
    match phase {
        Phase::Authorization => "Sign in with USER and PASS, or see with CAPA what the server can do.",
        Phase::Transaction => "LIST shows what is there, RETR reads a message, QUIT signs off at the server.",
        Phase::Update => "The server commits what was marked.",
        Phase::StartingTls | Phase::Securing => "TLS is being negotiated; a line typed now waits for it.",
        Phase::TlsRefused => "Nothing goes out until you decide.",
        Phase::Resolving | Phase::Connecting | Phase::Greeting => "The connection is being made.",
        Phase::NotConnected | Phase::Closed => "There is no connection.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::State;
    use protocol::capability::Capabilities;

    fn state(phase: Phase) -> State {
        let mut state = State::default();
        state.now.phase = phase;
        state
    }

    #[test]
    fn a_hint_names_the_arguments_and_the_rfc_and_what_speaks_against_it() {
        let signed_out = state(Phase::Authorization);
        let found = hint("top 2", &signed_out.context());
        assert_eq!(found.usage, "TOP msg n");
        assert!(found.rfc.starts_with("RFC 1939"));
        assert!(found.warning.contains("AUTHORIZATION"));
        let state = state(Phase::Transaction);
        assert_eq!(hint("to", &state.context()).usage, "TOP msg n");
        assert_eq!(hint("r", &state.context()).usage, "");
        assert!(hint("XYZZY", &state.context()).help.contains("goes out as it is"));
        let idle = hint("", &state.context()).help;
        // It is the console's session that its own button ends.
        assert!(idle.contains("LIST") && idle.contains("QUIT signs off at the server"));
    }

    #[test]
    fn what_the_server_does_not_list_is_told_and_what_nobody_asked_is_not() {
        let state = state(Phase::Authorization);
        let unknown = state.context();
        assert_eq!(hint("STLS", &unknown).warning, "");
        let listed = Capabilities::read(b"USER\r\nTOP\r\n");
        let known = Context {
            offers: Some(&listed),
            ..unknown
        };
        assert!(hint("STLS", &known).warning.contains("did not list STLS"));
        assert!(hint("AUTH PLAIN", &known).warning.contains("did not list SASL"));
        assert!(hint("APOP a", &known).warning.contains("no timestamp"));
        assert_eq!(hint("USER a", &known).warning, "");
        assert_eq!(hint("QUIT", &known).warning, "");
    }

    #[test]
    fn what_looks_like_a_password_is_warned_of_while_it_is_typed() {
        let mut state = state(Phase::Authorization);
        assert!(
            hint("PSAS hunter2", &state.context())
                .warning
                .contains("mistyped")
        );
        state.learned.password_is_due = true;
        assert!(hint("hunter2", &state.context()).warning.contains("without PASS"));
        assert_eq!(hint("qu", &state.context()).warning, "");
    }

    #[test]
    fn a_hint_tells_which_message_that_is() {
        let mut state = state(Phase::Transaction);
        assert!(hint("RETR ", &state.context()).help.contains("LIST"));
        assert_eq!(hint("RETR 7", &state.context()).warning, "");
        let maildrop = &mut state.learned.maildrop;
        maildrop.measure(3, 272);
        maildrop.entitle(3, "Te\u{202e}st");
        assert_eq!(
            hint("retr 3", &state.context()).help,
            "Message 3: 272 octets, “TeU+202Est”."
        );
        state.learned.maildrop.mark(3);
        assert!(hint("DELE 3", &state.context()).warning.contains("marked"));
        state.learned.maildrop.complete();
        assert!(hint("TOP 9 0", &state.context()).warning.contains("No message 9"));
    }
}
