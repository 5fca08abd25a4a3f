//! What is wrong with settings, and where that was said.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a setting was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In that line of the file, counted from 1; 0 of the file as a whole.
    File(PathBuf, usize),
    /// In that variable of the environment.
    Variable(String),
    /// By that flag, without its dashes.
    Flag(String),
}

/// Where each setting was set that was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    settings: BTreeMap<&'static str, Place>,
    /// Where each table begins of those that stand in the file, by its number, counted from 0.
    rows: BTreeMap<(&'static str, usize), Place>,
}

impl Places {
    /// Where that setting was set, if it was.
    pub(crate) fn get(&self, key: &str) -> Option<&Place> {
        self.settings.get(key)
    }

    /// Where one of its tables begins, of a setting that is made of tables.
    pub(super) fn row(&self, key: &'static str, number: usize) -> Option<&Place> {
        self.rows.get(&(key, number)).or_else(|| self.get(key))
    }

    pub(crate) fn insert(&mut self, key: &'static str, at: Place) {
        self.settings.insert(key, at);
    }

    pub(super) fn insert_row(&mut self, key: &'static str, number: usize, at: Place) {
        self.rows.insert((key, number), at);
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it was said; none of what was not said.
    pub at: Option<Place>,
    /// What is wrong, and what to do instead.
    pub what: String,
}

/// Why settings cannot be used: everything that is wrong with them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError(pub Vec<Problem>);

impl Problem {
    pub(super) fn of_file(path: &Path, what: String) -> Self {
        Self {
            at: Some(Place::File(path.to_owned(), 0)),
            what,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File(path, 0) => write!(f, "{}", path.display()),
            Place::File(path, line) => write!(f, "{}:{line}", path.display()),
            Place::Variable(name) => f.write_str(name),
            Place::Flag(name) => write!(f, "--{name}"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some(place) => write!(f, "{place}: {}", self.what),
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
