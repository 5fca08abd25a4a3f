//! The lines that were sent from this browser, without secrets.

use protocol::command;

/// The most lines that are kept.
pub const LINES_MAX: usize = 200;

/// The lines that were sent, the newest last, and where the person is among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    lines: Vec<String>,
    /// Which line is shown, and what was being typed before.
    place: Option<(usize, String)>,
    /// Lines that were added or dropped since it was kept last.
    news: Vec<(String, News)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum News {
    Added,
    Dropped,
}

impl History {
    /// From what was kept.
    pub fn read(kept: &str) -> Self {
        let mut history = Self::default();
        for line in kept.lines() {
            history.add(line);
        }
        history.news.clear();
        history
    }

    /// What is to be kept in the place of what is: other pages may have added lines to it meanwhile, or dropped what
    /// was hidden.
    pub fn keep(&mut self, kept: &str) -> String {
        let mut all = Self::read(kept);
        for (line, news) in std::mem::take(&mut self.news) {
            match news {
                News::Added => all.add(&line),
                News::Dropped => all.forget(&line),
            }
        }
        all.kept()
    }

    /// Commands. Any other line may be a password that was typed in the wrong place, and is remembered only as long
    /// as the page is there.
    fn kept(&self) -> String {
        let commands = self
            .lines
            .iter()
            .filter(|line| command::find(&line.as_bytes()[command::verb(line.as_bytes())]).is_some());
        commands.map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Adds a line that was sent. The caller knows that it holds no secret.
    pub fn add(&mut self, line: &str) {
        self.place = None;
        if line.trim().is_empty() || self.lines.last().is_some_and(|last| last == line) {
            return;
        }
        self.lines.push(line.to_owned());
        self.news.push((line.to_owned(), News::Added));
        let surplus = self.lines.len().saturating_sub(LINES_MAX);
        self.lines.drain(..surplus);
    }

    /// Drops a line wherever it is: it was hidden.
    pub fn forget(&mut self, line: &str) {
        self.place = None;
        self.lines.retain(|kept| kept != line);
        self.news.retain(|(kept, _)| kept != line);
        self.news.push((line.to_owned(), News::Dropped));
    }

    /// Goes to the line before; gives it. `typed` is what stands in the prompt.
    pub fn older(&mut self, typed: &str) -> Option<String> {
        let at = self
            .place
            .as_ref()
            .map_or(self.lines.len(), |(at, _)| *at)
            .checked_sub(1)?;
        let draft = self
            .place
            .take()
            .map_or_else(|| typed.to_owned(), |(_, draft)| draft);
        self.place = Some((at, draft));
        self.lines.get(at).cloned()
    }

    /// Goes to the line behind; gives it, or behind the last what was being typed.
    pub fn newer(&mut self) -> Option<String> {
        let (at, draft) = self.place.take()?;
        let Some(line) = self.lines.get(at + 1) else {
            return Some(draft);
        };
        self.place = Some((at + 1, draft));
        Some(line.clone())
    }

    /// The lines that hold a text, whatever its letter case, the newest first and each once.
    pub fn search(&self, text: &str) -> Vec<&str> {
        let wanted = text.to_ascii_lowercase();
        let mut found: Vec<&str> = Vec::new();
        for line in self.lines.iter().rev() {
            if line.to_ascii_lowercase().contains(&wanted) && !found.contains(&line.as_str()) {
                found.push(line);
            }
        }
        found
    }

    /// The person types: where they were is over.
    pub fn leave(&mut self) {
        self.place = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_and_down_walk_through_and_back_to_the_draft() {
        let mut history = History::read("STAT\nLIST\nLIST\n");
        assert_eq!(history.older("RE").as_deref(), Some("LIST"));
        assert_eq!(history.older("LIST").as_deref(), Some("STAT"));
        assert_eq!(history.older("STAT"), None);
        assert_eq!(history.newer().as_deref(), Some("LIST"));
        assert_eq!(history.newer().as_deref(), Some("RE"));
        assert_eq!(history.newer(), None);
    }

    #[test]
    fn a_search_finds_each_line_once_and_the_newest_first() {
        let history = History::read("RETR 1\nLIST\nretr 2\nRETR 1\nSTAT\n");
        assert_eq!(history.search("retr"), ["RETR 1", "retr 2"]);
        assert_eq!(history.search("").len(), 4);
        assert_eq!(history.search("TOP"), [""; 0]);
    }

    #[test]
    fn the_oldest_lines_go_first() {
        let mut history = History::default();
        for number in 0..LINES_MAX + 3 {
            history.add(&format!("RETR {number}"));
        }
        assert_eq!(history.lines.len(), LINES_MAX);
        assert_eq!(history.lines[0], "RETR 3");
    }

    #[test]
    fn a_line_that_was_hidden_is_in_it_no_more() {
        let mut history = History::read("STAT\nUSER hunter2\nLIST\nUSER hunter2\n");
        history.older("");
        history.forget("USER hunter2");
        assert_eq!(history.kept(), "STAT\nLIST");
        assert_eq!(history.older("").as_deref(), Some("LIST"));
    }

    #[test]
    fn what_another_page_kept_or_dropped_meanwhile_stays_so() {
        let mut history = History::read("STAT\nUSER hunter2\n");
        history.add("LIST");
        assert_eq!(history.keep("STAT\nNOOP"), "STAT\nNOOP\nLIST");
        history.forget("NOOP");
        assert_eq!(history.keep("STAT\nNOOP\nLIST\nRSET"), "STAT\nLIST\nRSET");
        assert_eq!(history.keep("STAT"), "STAT");
    }

    #[test]
    fn what_may_be_a_password_in_the_wrong_place_is_not_kept() {
        let mut history = History::default();
        for line in [
            "USER user01",
            "hunter2",
            "PSAS hunter2",
            "a1 LOGIN u hunter2",
            "stat",
        ] {
            history.add(line);
        }
        assert_eq!(history.kept(), "USER user01\nstat");
        assert_eq!(history.older(""), Some("stat".to_owned()));
        assert_eq!(history.older("stat"), Some("a1 LOGIN u hunter2".to_owned()));
    }
}
