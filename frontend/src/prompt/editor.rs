//! The line that is being typed: what keys do to it. No secret is kept in here once it was sent.

use protocol::state::Expectation;
use protocol::wire::LINE_MAX;

use super::completions::{self, Completion};
use super::history::History;
use super::{Context, paint};
use crate::session::typed::Typed;

/// A key that does something at the prompt, beside typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// The right arrow, where the caret stands behind the line.
    Onward,
    /// The up arrow.
    Up,
    /// The down arrow.
    Down,
    /// Escape.
    Escape,
}

/// What a key did.
#[derive(Debug)]
pub enum Reaction {
    /// Nothing: the browser acts on it.
    None,
    /// Something, and that is all.
    Taken,
    /// The person wants this sent.
    Send(Typed),
}

/// The line that is being typed.
#[derive(Debug, Default)]
pub struct Editor {
    line: String,
    /// A line that was begun as a response stays one until it is empty: AUTH may be over before it is sent.
    begun: Expectation,
    chosen: Option<usize>,
    is_closed: bool,
    reveals: bool,
    /// The lines that were sent before.
    pub history: History,
}

impl Editor {
    /// An empty line, with those that were sent before.
    pub fn new(history: History) -> Self {
        Self {
            history,
            ..Self::default()
        }
    }

    /// The line as it stands.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// The completion that the person chose.
    pub fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    /// Whether a secret is shown.
    pub fn reveals(&self) -> bool {
        self.reveals
    }

    /// What the line is taken for, in what surrounds it.
    pub fn within<'a>(&self, context: &Context<'a>) -> Context<'a> {
        match self.begun {
            Expectation::Response => Context {
                expects: Expectation::Response,
                ..*context
            },
            _ => *context,
        }
    }

    /// Whether there is a secret to hide or to show.
    pub fn has_secret(&self, context: &Context<'_>) -> bool {
        let expects = self.within(context).expects;
        expects == Expectation::Response || paint::has_secret(&self.line, expects)
    }

    /// What the line may become.
    pub fn completions(&self, context: &Context<'_>) -> Vec<Completion> {
        if self.is_closed {
            return Vec::new();
        }
        completions::completions(&self.line, &self.within(context))
    }

    /// The person typed: the line is this now.
    pub fn set(&mut self, line: String, context: &Context<'_>) {
        self.begun = if line.is_empty() {
            Expectation::Command
        } else {
            self.within(context).expects
        };
        self.line = line;
        self.chosen = None;
        self.is_closed = false;
        self.history.leave();
    }

    /// Shows the secret, or hides it again.
    pub fn toggle_secret(&mut self) {
        self.reveals = !self.reveals;
    }

    /// A line comes back that was not sent.
    pub fn give_back(&mut self, typed: &Typed, context: &Context<'_>) {
        if self.line.is_empty() {
            self.set(typed.text(), context);
            if typed.has_secret() && typed.expects != Expectation::Command {
                self.begun = Expectation::Response;
            }
        } else if !typed.has_secret() {
            // Something else is being typed already: it is an arrow key away.
            self.history.add(&typed.text());
        }
    }

    /// Takes a completion.
    pub fn accept(&mut self, completion: Completion, context: &Context<'_>) {
        self.set(completion.line, context);
    }

    /// A key was pressed.
    pub fn press(&mut self, key: Key, context: &Context<'_>) -> Reaction {
        let mut list = self.completions(context);
        let count = list.len();
        let chosen = self.chosen.filter(|at| *at < count);
        match key {
            Key::Enter if chosen.is_none() => {
                return Reaction::Send(self.submit(self.line.clone(), context));
            }
            Key::Onward if completions::ghost(&self.line, &list, chosen).is_empty() => return Reaction::None,
            Key::Enter | Key::Tab | Key::Onward if count > 0 => {
                self.accept(list.swap_remove(chosen.unwrap_or(0)), context);
            }
            Key::Down if count > 0 => self.chosen = Some(chosen.map_or(0, |at| (at + 1) % count)),
            Key::Up if count > 0 => {
                self.chosen = Some(chosen.map_or(count - 1, |at| (at + count - 1) % count))
            }
            Key::Escape if count > 0 => (self.is_closed, self.chosen) = (true, None),
            Key::Up => {
                let older = self.history.older(&self.line);
                self.recall(older, context);
            }
            Key::Down => {
                let newer = self.history.newer();
                self.recall(newer, context);
            }
            Key::Enter | Key::Tab | Key::Onward | Key::Escape => return Reaction::None,
        }
        Reaction::Taken
    }

    /// The person wants a line sent, typed here or not.
    pub fn submit(&mut self, line: String, context: &Context<'_>) -> Typed {
        let expects = self.within(context).expects;
        let typed = Typed::new(line.clone(), expects);
        let is_open = expects != Expectation::Response && !typed.has_secret();
        if is_open && line.len() <= LINE_MAX && !line.contains(['\r', '\n']) {
            self.history.add(&line);
        }
        self.reveals = false;
        self.set(String::new(), context);
        typed
    }

    /// Shows a line of the history, whose completions would be in the way to the next.
    fn recall(&mut self, line: Option<String>, context: &Context<'_>) {
        if let Some(line) = line {
            self.begun = if line.is_empty() {
                Expectation::Command
            } else {
                self.within(context).expects
            };
            (self.line, self.chosen, self.is_closed) = (line, None, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::State;
    use protocol::state::Phase;

    fn state(phase: Phase) -> State {
        let mut state = State::default();
        state.now.phase = phase;
        state
    }

    fn typed(editor: &mut Editor, state: &State, line: &str) {
        editor.set(line.to_owned(), &state.context());
    }

    #[test]
    fn tab_and_the_right_arrow_take_the_first_completion_and_enter_a_chosen_one() {
        let (state, mut editor) = (state(Phase::Transaction), Editor::default());
        for key in [Key::Tab, Key::Onward] {
            typed(&mut editor, &state, "re");
            assert!(matches!(editor.press(key, &state.context()), Reaction::Taken));
            assert_eq!(editor.line(), "RETR ");
        }
        typed(&mut editor, &state, "u");
        editor.press(Key::Up, &state.context());
        editor.press(Key::Down, &state.context());
        editor.press(Key::Down, &state.context());
        assert_eq!(editor.chosen(), Some(1));
        editor.press(Key::Enter, &state.context());
        assert_eq!(editor.line(), "USER ");
        typed(&mut editor, &state, "xyzzy");
        assert!(matches!(editor.press(Key::Tab, &state.context()), Reaction::None));
        assert!(matches!(
            editor.press(Key::Onward, &state.context()),
            Reaction::None
        ));
    }

    #[test]
    fn enter_sends_what_stands_there_and_not_what_it_might_become() {
        let (state, mut editor) = (state(Phase::Transaction), Editor::default());
        typed(&mut editor, &state, "re");
        let Reaction::Send(typed) = editor.press(Key::Enter, &state.context()) else {
            panic!()
        };
        assert_eq!(typed.text(), "re");
        assert_eq!(editor.line(), "");
    }

    #[test]
    fn escape_closes_the_list_and_then_the_arrows_go_through_the_history() {
        let (state, mut editor) = (
            state(Phase::Transaction),
            Editor::new(History::read("STAT\nLIST")),
        );
        typed(&mut editor, &state, "re");
        editor.press(Key::Escape, &state.context());
        assert!(editor.completions(&state.context()).is_empty());
        editor.press(Key::Up, &state.context());
        editor.press(Key::Up, &state.context());
        assert_eq!(editor.line(), "STAT");
        editor.press(Key::Down, &state.context());
        editor.press(Key::Down, &state.context());
        assert_eq!(editor.line(), "re");
    }

    #[test]
    fn secrets_and_lines_that_are_none_stay_out_of_the_history() {
        let (state, mut editor) = (state(Phase::Authorization), Editor::default());
        for line in [
            "PASS hunter2",
            "APOP a c4c9334b",
            "a\nb",
            &"x".repeat(LINE_MAX + 1),
            "STAT",
        ] {
            editor.submit(line.to_owned(), &state.context());
        }
        editor.press(Key::Up, &state.context());
        assert_eq!(editor.line(), "STAT");
        assert_eq!(editor.history.older("STAT"), None);
    }

    #[test]
    fn a_response_that_comes_back_stays_one_and_what_is_being_typed_stays_too() {
        let (state, mut editor) = (state(Phase::Authorization), Editor::default());
        let response = Typed::new("AGEAYg==".to_owned(), Expectation::Response);
        editor.give_back(&response, &state.context());
        assert!(editor.has_secret(&state.context()));
        assert_eq!(editor.within(&state.context()).expects, Expectation::Response);
        editor.set(String::new(), &state.context());
        assert!(!editor.has_secret(&state.context()));

        editor.set("NO".to_owned(), &state.context());
        editor.give_back(&response, &state.context());
        editor.give_back(
            &Typed::new("STAT".to_owned(), Expectation::Command),
            &state.context(),
        );
        assert_eq!(editor.line(), "NO");
        assert_eq!(editor.history.older("NO").as_deref(), Some("STAT"));
    }
}
