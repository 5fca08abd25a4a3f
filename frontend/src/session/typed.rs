//! A line as the person typed it, and what it was taken for then.

use protocol::command;
use protocol::secret::TypedLine;
use protocol::state::Expectation;

/// A line as the person typed it. What of it is secret is decided once, when it is typed: what the server
/// says meanwhile makes no secret public.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The line.
    pub line: TypedLine,
    /// What it was taken for.
    pub expects: Expectation,
}

impl Typed {
    /// A line that is about to be submitted.
    pub fn new(line: String, expects: Expectation) -> Self {
        Self {
            line: TypedLine::new(line.into_bytes()),
            expects,
        }
    }

    /// The line as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.line.reveal()).into_owned()
    }

    /// Whether it holds a secret.
    pub fn has_secret(&self) -> bool {
        command::secret_from(self.line.reveal(), self.expects).is_some()
    }

    /// What of it may be shown: bullets stand for its secret, and their number tells nothing.
    pub fn shown(&self) -> String {
        let line = self.line.reveal();
        match command::secret_from(line, self.expects) {
            Some(from) => format!("{}••••••••", String::from_utf8_lossy(&line[..from])),
            None => self.text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_line_holds_no_secret() {
        let shown = |line: &str, expects| Typed::new(line.to_owned(), expects).shown();
        assert_eq!(shown("PASS hunter2", Expectation::Command), "PASS ••••••••");
        assert_eq!(shown("pass  x y", Expectation::Command), "pass ••••••••");
        assert_eq!(shown("STAT", Expectation::Command), "STAT");
        assert_eq!(shown("AGh1bnRlcjI=", Expectation::Response), "••••••••");
        assert_eq!(shown("AGh1bnRlcjI=", Expectation::LateResponse), "••••••••");
        assert_eq!(shown("quit", Expectation::LateResponse), "quit");
        let typed = Typed::new("PASS hunter2".to_owned(), Expectation::Command);
        assert!(typed.has_secret());
        assert!(!format!("{typed:?}").contains("hunter2"));
    }
}
