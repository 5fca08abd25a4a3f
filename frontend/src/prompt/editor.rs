//! The line that is being typed: what keys do to it. No secret is kept in here once it was sent.

mod search;

use protocol::state::Expectation;
use protocol::wire::check_line;

use super::completions::{self, Completion};
use super::doubt::{self, Doubt};
use super::history::History;
use super::{Context, paint};
use crate::session::typed::Typed;
use search::Search;

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
    /// The key that searches the history, and in there goes to an older line.
    Search,
    /// The key that drops the line that was found from the history.
    Drop,
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
    /// The history has changed.
    Dropped,
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
    /// While the history is searched, the line is what is looked for.
    search: Option<Search>,
    /// Why the person was asked whether to send the line, if they were.
    doubt: Option<Doubt>,
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

    /// The completion that the person chose, or the line of the history.
    pub fn chosen(&self) -> Option<usize> {
        let found = self.search.as_ref().map(Search::chosen);
        found.or(self.chosen)
    }

    /// Whether a secret is shown.
    pub fn reveals(&self) -> bool {
        self.reveals
    }

    /// Why the person is asked whether to send the line.
    pub fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    /// Why they would be asked if they sent it as it stands now.
    pub fn doubts(&self, context: &Context<'_>) -> Option<Doubt> {
        let is_due = context.learned.password_is_due;
        let expects = self.within(context).expects;
        doubt::doubt(&self.line, expects, is_due).filter(|_| self.search.is_none())
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
        self.search.is_none() && (expects == Expectation::Response || paint::has_secret(&self.line, expects))
    }

    /// What the line may become.
    pub fn completions(&self, context: &Context<'_>) -> Vec<Completion> {
        if let Some(search) = &self.search {
            return self.found(search);
        }
        if self.is_closed {
            return Vec::new();
        }
        completions::completions(&self.line, &self.within(context))
    }

    /// The person typed: the line is this now.
    pub fn set(&mut self, line: String, context: &Context<'_>) {
        if let Some(search) = &mut self.search {
            search.at = 0;
        } else if line.is_empty() {
            self.begun = Expectation::Command;
        } else {
            self.begun = self.within(context).expects;
        }
        self.line = line;
        (self.chosen, self.doubt) = (None, None);
        self.is_closed = false;
        self.history.leave();
    }

    /// Shows the secret, or hides it again.
    pub fn toggle_secret(&mut self) {
        self.reveals = !self.reveals;
    }

    /// A line comes back that was not sent.
    pub fn give_back(&mut self, typed: &Typed, context: &Context<'_>) {
        if self.line.is_empty() && self.search.is_none() {
            self.set(typed.text(), context);
            if typed.has_secret() && typed.expects != Expectation::Command {
                self.begun = Expectation::Response;
            }
        } else if !typed.has_secret() && doubt::doubt(&typed.text(), typed.expects, false).is_none() {
            // Something else is being typed already: it is an arrow key away.
            self.history.add(&typed.text());
        }
    }

    /// Takes a completion.
    pub fn accept(&mut self, completion: Completion, context: &Context<'_>) {
        if self.search.take().is_some() {
            return self.recall(Some(completion.line), context);
        }
        self.set(completion.line, context);
    }

    /// A key was pressed.
    pub fn press(&mut self, key: Key, context: &Context<'_>) -> Reaction {
        if self.search.is_some() {
            return self.press_in_search(key, context);
        }
        let mut list = self.completions(context);
        let count = list.len();
        let chosen = self.chosen.filter(|at| *at < count);
        match key {
            Key::Enter if chosen.is_none() => {
                // Whoever has been asked, and presses Enter once more, means it.
                if self.doubt.is_some() {
                    return Reaction::Send(self.send_as_it_is(context));
                }
                self.doubt = self.doubts(context);
                if self.doubt.is_none() {
                    return Reaction::Send(self.submit(self.line.clone(), context));
                }
            }
            Key::Escape if self.doubt.is_some() => self.doubt = None,
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
            Key::Search if self.within(context).expects != Expectation::Response => self.begin_search(),
            // The browser would load the page anew.
            Key::Search => {}
            Key::Enter | Key::Tab | Key::Onward | Key::Escape | Key::Drop => return Reaction::None,
        }
        Reaction::Taken
    }

    /// The person wants the line sent that looks like a password. It is remembered nowhere.
    pub fn send_as_it_is(&mut self, context: &Context<'_>) -> Typed {
        let typed = Typed::new(self.line.clone(), self.within(context).expects);
        self.set(String::new(), context);
        typed
    }

    /// The person wants sent what may have been meant by it.
    pub fn send_as_meant(&mut self, context: &Context<'_>) -> Option<Typed> {
        let (typed, _) = self.doubt.take()?.meant?;
        self.set(String::new(), context);
        Some(typed)
    }

    /// A line was hidden: neither the history nor the prompt has it any more.
    pub fn forget(&mut self, line: &str, context: &Context<'_>) {
        self.history.forget(line);
        if let Some(search) = &mut self.search {
            search.forget(line);
        } else if self.line == line {
            self.set(String::new(), context);
        }
    }

    /// The person wants to go on typing.
    pub fn edit_on(&mut self) {
        self.doubt = None;
    }

    /// The person wants a line sent, typed here or not.
    pub fn submit(&mut self, line: String, context: &Context<'_>) -> Typed {
        let expects = self.within(context).expects;
        let typed = Typed::new(line.clone(), expects);
        let is_open = expects != Expectation::Response && !typed.has_secret();
        if is_open && check_line(line.as_bytes()).is_ok() {
            self.history.add(&line);
        }
        (self.reveals, self.search) = (false, None);
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
            self.doubt = None;
        }
    }
}

#[cfg(test)]
mod tests;
