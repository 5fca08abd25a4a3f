//! What is wrong with settings.

use std::fmt;
use std::path::Path;

use super::source::Source;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was said; none of what was not said.
    pub at: Option<Source>,
    /// What is wrong, and what to do instead.
    pub what: String,
}

/// Why settings cannot be used: everything that is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

impl Problem {
    pub(super) fn of_file(path: &Path, what: String) -> Self {
        Self {
            at: Some(Source::File(path.to_owned(), 0)),
            what,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(source) => write!(f, "{source}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, problem) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}
