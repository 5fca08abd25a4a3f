//! Where settings come from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Where a setting was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In that line of the file, counted from 1; 0 of the file as a whole.
    File(PathBuf, usize),
    /// In that variable of the environment.
    Variable(String),
    /// By that flag, without its dashes.
    Flag(String),
}

/// Where each setting was set that was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    settings: BTreeMap<&'static str, Source>,
    /// Where each table begins of those that stand in the file, by its number, counted from 0.
    rows: BTreeMap<(&'static str, usize), Source>,
    /// Variables of the environment that are called as those of settings, and are of none.
    pub(super) astray: Vec<String>,
}

impl Sources {
    /// Where that setting was set, if it was.
    pub(crate) fn get(&self, key: &str) -> Option<&Source> {
        self.settings.get(key)
    }

    /// Where one of its tables begins, of a setting that is made of tables.
    pub(super) fn row(&self, key: &'static str, number: usize) -> Option<&Source> {
        self.rows.get(&(key, number)).or_else(|| self.get(key))
    }

    pub(crate) fn insert(&mut self, key: &'static str, at: Source) {
        self.settings.insert(key, at);
    }

    pub(super) fn insert_row(&mut self, key: &'static str, number: usize, at: Source) {
        self.rows.insert((key, number), at);
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path, 0) => write!(f, "{}", path.display()),
            Source::File(path, line) => write!(f, "{}:{line}", path.display()),
            Source::Variable(name) => f.write_str(name),
            Source::Flag(name) => write!(f, "--{name}"),
        }
    }
}
