//! A search of the history: the line is what is looked for, until a line that was found takes its place.

use protocol::state::Expectation;

use super::{Context, Editor, Key, Reaction};
use crate::prompt::completions::{COMPLETIONS_MAX, Completion};

/// A search of the history.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The line that stood there before, and what it was begun as.
    draft: (String, Expectation),
    /// Which of what was found is chosen.
    pub(super) at: usize,
}

impl Search {
    /// The line that stood there before was hidden.
    pub(super) fn forget(&mut self, line: &str) {
        if self.draft.0 == line {
            self.draft = Default::default();
        }
    }

    /// Which of those that are shown is chosen.
    pub(super) fn chosen(&self) -> usize {
        self.at.min(COMPLETIONS_MAX - 1)
    }
}

impl Editor {
    /// Whether the history is searched: how many lines were found then.
    pub fn searches(&self) -> Option<usize> {
        self.search
            .is_some()
            .then(|| self.history.search(&self.line).len())
    }

    /// Begins to search, with an empty text.
    pub(super) fn begin_search(&mut self) {
        let draft = (std::mem::take(&mut self.line), self.begun);
        self.search = Some(Search { draft, at: 0 });
    }

    /// The lines that were found, as far as they are shown: the chosen one is among them.
    pub(super) fn found(&self, search: &Search) -> Vec<Completion> {
        let first = search.at - search.chosen();
        let found = self.history.search(&self.line);
        let shown = found.iter().skip(first).take(COMPLETIONS_MAX);
        shown.map(|it| Completion::of_history(it)).collect()
    }

    /// A key was pressed while the history is searched. What is found is never sent at once.
    pub(super) fn press_in_search(&mut self, key: Key, context: &Context<'_>) -> Reaction {
        let found = self.history.search(&self.line);
        let count = found.len();
        let line = self
            .search
            .as_ref()
            .and_then(|it| found.get(it.at))
            .map(|it| (*it).to_owned());
        let Some(search) = &mut self.search else {
            return Reaction::None;
        };
        match (key, line) {
            (Key::Escape, _) => {
                (self.line, self.begun) = std::mem::take(&mut search.draft);
                self.search = None;
            }
            (Key::Enter | Key::Tab | Key::Onward, Some(line)) => {
                self.search = None;
                self.recall(Some(line), context);
            }
            (Key::Search | Key::Down, _) => search.at = (search.at + 1).min(count.saturating_sub(1)),
            (Key::Up, _) => search.at = search.at.saturating_sub(1),
            (Key::Drop, Some(line)) => {
                search.at = search.at.min(count.saturating_sub(2));
                self.history.forget(&line);
                return Reaction::Dropped;
            }
            (Key::Enter | Key::Tab | Key::Onward | Key::Drop, None) => {}
        }
        Reaction::Taken
    }
}
