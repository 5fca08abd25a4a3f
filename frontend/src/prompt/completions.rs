//! What a line that is being typed may become.

use protocol::command::{self, Command};
use protocol::state::Expectation;

use super::{Context, Standing, paint};
use crate::figures::octets;
use crate::session::maildrop::Message;
use crate::transcript::glyphs;

/// The most completions that are offered at once.
pub const COMPLETIONS_MAX: usize = 8;

/// What the line may become.
#[derive(Clone, Debug, PartialEq)]
pub struct Completion {
    /// The whole line then.
    pub line: String,
    /// What is added to it or completed in it.
    pub name: String,
    /// What belongs to that: a command's arguments, a message's size.
    pub detail: String,
    /// What it is.
    pub help: String,
    /// What speaks against it.
    pub standing: Standing,
}

impl Completion {
    /// A line of the history.
    pub fn of_history(line: &str) -> Self {
        Self {
            line: line.to_owned(),
            name: glyphs::plain(line),
            detail: String::new(),
            help: String::new(),
            standing: Standing::Fine,
        }
    }
}

/// What `TOP` is asked for, after the message's number.
const TOP_LINES: [(&str, &str); 3] = [
    ("0", "the header alone"),
    ("10", "the header and ten lines"),
    ("100", "the header and a hundred lines"),
];

/// Mechanisms that servers may take, for where nobody has asked yet, those first that hide the password best.
const MECHANISMS: [&str; 5] = ["SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN", "XOAUTH2"];

/// What the line may become, what speaks against nothing first. Nothing where a secret is typed.
pub fn completions(line: &str, context: &Context<'_>) -> Vec<Completion> {
    let has_secret = paint::has_secret(line, context.expects);
    if line.is_empty() || context.expects == Expectation::Response || has_secret {
        return Vec::new();
    }
    let start = line.rfind(' ').map_or(0, |blank| blank + 1);
    let (before, word) = line.split_at(start);
    let mut found = Found {
        before,
        word,
        list: Vec::new(),
    };
    let nth = before.split_ascii_whitespace().count();
    if nth == 0 {
        found.verbs(context);
    } else if let Some(command) = command::find(&line.as_bytes()[command::verb(line.as_bytes())]) {
        found.arguments(command, nth, context);
    }
    // A list of nothing but what stands there already is none.
    if matches!(&found.list[..], [only] if only.line == line) {
        found.list.clear();
    }
    found.list
}

/// What the first completion, or the chosen one, adds to the line; empty if it does not simply go on with it.
pub fn ghost(line: &str, completions: &[Completion], chosen: Option<usize>) -> String {
    let completion = completions.get(chosen.unwrap_or(0));
    let added = completion
        .filter(|it| chosen.is_some() || it.standing == Standing::Fine)
        .filter(|it| it.line.is_char_boundary(line.len().min(it.line.len())))
        .and_then(|it| {
            let (begin, added) = it.line.split_at_checked(line.len())?;
            begin.eq_ignore_ascii_case(line).then_some(added)
        });
    added.unwrap_or_default().trim_end().to_owned()
}

/// Completions that are being collected.
struct Found<'a> {
    /// What stands before the word.
    before: &'a str,
    /// The word that is completed.
    word: &'a str,
    list: Vec<Completion>,
}

impl Found<'_> {
    /// Adds what goes on with the word.
    fn add(&mut self, name: &str, blank: &str, detail: String, help: &str, standing: Standing) {
        if self.list.len() < COMPLETIONS_MAX && begins(name, self.word) {
            self.list.push(Completion {
                line: [self.before, name, blank].concat(),
                name: glyphs::plain(name),
                detail,
                help: glyphs::plain(help),
                standing,
            });
        }
    }

    /// The commands: those against which nothing speaks first.
    fn verbs(&mut self, context: &Context<'_>) {
        for standing in [Standing::Fine, Standing::OtherState, Standing::NotOffered] {
            for command in command::all() {
                let is_more = !self.word.is_empty() && command.name.len() > self.word.len();
                if is_more && context.standing(command) == standing {
                    let blank = if command.arguments.is_empty() { "" } else { " " };
                    self.add(
                        command.name,
                        blank,
                        command.arguments.to_owned(),
                        command.help,
                        standing,
                    );
                }
            }
        }
    }

    /// The `nth` word of a command's line.
    fn arguments(&mut self, command: &Command, nth: usize, context: &Context<'_>) {
        let learned = context.learned;
        match (command.name, nth) {
            ("LIST" | "UIDL" | "RETR" | "TOP" | "DELE", 1) => {
                let blank = if command.name == "TOP" { " " } else { "" };
                for message in learned.maildrop.beginning_with(self.word, COMPLETIONS_MAX) {
                    self.message(message, blank);
                }
            }
            ("TOP", 2) => {
                for (lines, help) in TOP_LINES {
                    self.add(lines, "", String::new(), help, Standing::Fine);
                }
            }
            ("USER" | "APOP", 1) => {
                for name in context.names.iter() {
                    self.add(
                        name,
                        "",
                        String::new(),
                        "used in this session before",
                        Standing::Fine,
                    );
                }
            }
            ("AUTH", 1) => self.mechanisms(&offered_mechanisms(context)),
            ("LANG", 1) => {
                for (tag, name) in &learned.languages {
                    self.add(tag, "", String::new(), name, Standing::Fine);
                }
            }
            _ => {}
        }
    }

    fn message(&mut self, message: Message<'_>, blank: &str) {
        let detail = message.octets.map(octets).unwrap_or_default();
        let help = message.subject.or(message.unique_id).unwrap_or_default();
        let standing = if message.is_marked {
            Standing::Marked
        } else {
            Standing::Fine
        };
        self.add(&message.number.to_string(), blank, detail, help, standing);
    }

    /// Those that hide the password best first; where nothing is known, those that servers may take.
    fn mechanisms(&mut self, offered: &[String]) {
        let help = if offered.is_empty() {
            "a mechanism; CAPA tells whether the server takes it"
        } else {
            "offered by the server"
        };
        let is_offered = |name: &str| offered.iter().any(|it| it == name);
        for name in MECHANISMS {
            if offered.is_empty() || is_offered(name) {
                self.add(name, "", String::new(), help, Standing::Fine);
            }
        }
        for name in offered {
            if !MECHANISMS.contains(&name.as_str()) {
                self.add(name, "", String::new(), help, Standing::Fine);
            }
        }
    }
}

/// The mechanisms that the server listed, to CAPA or to AUTH.
fn offered_mechanisms(context: &Context<'_>) -> Vec<String> {
    let listed = context.offers.map(|it| it.mechanisms().collect::<Vec<_>>());
    listed
        .filter(|it| !it.is_empty())
        .unwrap_or_else(|| context.learned.mechanisms.clone())
}

fn begins(name: &str, with: &str) -> bool {
    let begin = name.as_bytes().get(..with.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::State;
    use protocol::capability::Capabilities;
    use protocol::state::Phase;

    fn state(phase: Phase) -> State {
        let mut state = State::default();
        state.now.phase = phase;
        state
    }

    fn lines(line: &str, context: &Context<'_>) -> Vec<String> {
        completions(line, context).into_iter().map(|it| it.line).collect()
    }

    fn ghost_of(line: &str, context: &Context<'_>) -> String {
        ghost(line, &completions(line, context), None)
    }

    const NONE: [&str; 0] = [];

    #[test]
    fn verbs_begin_with_what_is_typed_and_allowed_ones_come_first() {
        assert_eq!(lines("u", &state(Phase::Transaction).context())[0], "UIDL ");
        assert_eq!(lines("u", &state(Phase::Authorization).context())[0], "USER ");
        for line in ["stat", "", " ", "RETR 1", "xy"] {
            assert_eq!(lines(line, &state(Phase::Transaction).context()), NONE, "{line}");
        }
        let response = State::default();
        let context = Context {
            expects: Expectation::Response,
            ..response.context()
        };
        assert_eq!(lines("S", &context), NONE);
    }

    #[test]
    fn what_the_server_does_not_offer_comes_after_what_it_does() {
        let state = state(Phase::Authorization);
        let listed = Capabilities::read(b"USER\r\n");
        let context = Context {
            offers: Some(&listed),
            ..state.context()
        };
        let found = completions("u", &context);
        let standings: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.standing)).collect();
        assert_eq!(
            standings,
            [
                ("USER", Standing::Fine),
                ("UIDL", Standing::OtherState),
                ("UTF8", Standing::NotOffered)
            ]
        );
    }

    #[test]
    fn messages_are_told_with_size_and_subject_and_marked_ones_come_last() {
        let mut state = state(Phase::Transaction);
        for number in 1..=3 {
            state.learned.maildrop.measure(number, u64::from(number));
        }
        state.learned.maildrop.entitle(2, "Test");
        state.learned.maildrop.mark(1);
        let found = completions("RETR ", &state.context());
        let told: Vec<_> = found
            .iter()
            .map(|it| (it.line.as_str(), it.detail.as_str(), it.help.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("RETR 2", "2 octets", "Test"),
                ("RETR 3", "3 octets", ""),
                ("RETR 1", "1 octet", "")
            ]
        );
        assert_eq!(found[2].standing, Standing::Marked);
        assert_eq!(lines("top ", &state.context())[0], "top 2 ");
        assert_eq!(lines("TOP 2 1", &state.context()), ["TOP 2 10", "TOP 2 100"]);
        assert_eq!(lines("RETR 2", &state.context()), NONE, "it stands there already");
        assert_eq!(lines("RETR 2 ", &state.context()), NONE);
        assert_eq!(lines("STAT ", &state.context()), NONE);
    }

    #[test]
    fn mechanisms_are_those_that_the_server_lists() {
        let mut state = state(Phase::Authorization);
        assert_eq!(lines("auth s", &state.context()), ["auth SCRAM-SHA-256"]);
        state.learned.mechanisms = vec!["X-OWN".to_owned(), "LOGIN".to_owned()];
        assert_eq!(lines("AUTH ", &state.context()), ["AUTH LOGIN", "AUTH X-OWN"]);
        let listed = Capabilities::read(b"SASL PLAIN CRAM-MD5 GSSAPI\r\n");
        let context = Context {
            offers: Some(&listed),
            ..state.context()
        };
        assert_eq!(
            lines("AUTH ", &context),
            ["AUTH CRAM-MD5", "AUTH PLAIN", "AUTH GSSAPI"]
        );
        assert_eq!(lines("AUTH PLAIN ", &context), NONE);
    }

    #[test]
    fn names_and_languages_are_those_that_were_seen() {
        let mut state = state(Phase::Authorization);
        state.names.add(1, "user01");
        state.names.add(2, "user02");
        state.learned.languages = vec![
            ("en".to_owned(), "English".to_owned()),
            ("de".to_owned(), String::new()),
        ];
        assert_eq!(lines("USER ", &state.context()), ["USER user02", "USER user01"]);
        assert_eq!(lines("USER user0", &state.context()).len(), 2);
        assert_eq!(lines("LANG e", &state.context()), ["LANG en"]);
        assert_eq!(lines("PASS ", &state.context()), NONE);
        assert_eq!(
            lines("APOP user01 x", &state.context()),
            NONE,
            "a secret is typed"
        );
    }

    #[test]
    fn a_ghost_is_what_the_first_completion_adds() {
        let mut state = state(Phase::Transaction);
        state.learned.maildrop.count(12);
        assert_eq!(ghost_of("re", &state.context()), "TR");
        assert_eq!(ghost_of("us", &state.context()), "", "it is not meant for now");
        assert_eq!(ghost_of("RETR ", &state.context()), "1");
        assert_eq!(ghost_of("RETR 1", &state.context()), "", "which is whole already");
        assert_eq!(ghost_of("RETR ü", &state.context()), "");
        assert_eq!(ghost_of("PASS ", &state.context()), "");
        let list = completions("us", &state.context());
        assert_eq!(ghost("us", &list, Some(0)), "ER", "it was chosen");
    }
}
