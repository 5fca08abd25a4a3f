//! What one setting is: how it is called in the file, as a flag and as a variable, and how it is read.

use std::collections::BTreeMap;

use super::{Config, meaning};

/// What variables of the environment begin with.
pub(super) const VARIABLE: &str = "POP3_CONSOLE_";

/// One setting. In the file it goes by its key, of which what is before the dot is the section; the flag and the
/// variable are made of the same words.
pub(super) struct Setting {
    /// Such as `grace` or `limits.sessions`.
    pub(super) key: &'static str,
    /// What a value is called in the help.
    pub(super) value: &'static str,
    /// What holds when nothing is said, as it would be said; empty where that is nothing.
    pub(super) default: &'static str,
    /// What it is, for people.
    pub(super) about: &'static str,
    /// How it is read.
    pub(super) read: Read,
    /// What holds of it, each value as it would be said; nothing where nothing does. No secret is among that.
    pub(super) tell: Tell,
    /// Whether people need not know of it.
    pub(super) hidden: bool,
    /// Whether its value is shown nowhere, not even by `--help` where the environment has it.
    pub(super) is_secret: bool,
}

/// How a setting is read. An error is what is wanted instead, as the rest of a sentence.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// One value.
    One(fn(&mut Config, &str) -> Result<(), String>),
    /// Several, which replace those that an earlier source named.
    Many(fn(&mut Config, &[String]) -> Result<(), String>),
    /// Yes or no.
    Switch(fn(&mut Config, bool)),
    /// Tables, of the file alone: these are the keys that each may have.
    Tables(&'static [&'static str], ReadTables),
}

/// Tells what holds of a setting.
pub(super) type Tell = fn(&Config) -> Vec<String>;

/// Takes a setting's tables in.
pub(super) type ReadTables = fn(&mut Config, &[Row]) -> Result<(), InRow>;

/// One of a setting's tables.
pub(super) type Row = BTreeMap<String, String>;

/// What is wrong with a table, counted from 0.
#[derive(Debug)]
pub(super) struct InRow {
    pub(super) row: usize,
    pub(super) what: String,
}

impl Setting {
    pub(super) const fn one(
        key: &'static str,
        value: &'static str,
        default: &'static str,
        about: &'static str,
        read: fn(&mut Config, &str) -> Result<(), String>,
        tell: Tell,
    ) -> Self {
        Self::new(key, value, default, about, Read::One(read), tell)
    }

    pub(super) const fn many(
        key: &'static str,
        value: &'static str,
        about: &'static str,
        read: fn(&mut Config, &[String]) -> Result<(), String>,
        tell: Tell,
    ) -> Self {
        Self::new(key, value, "", about, Read::Many(read), tell)
    }

    pub(super) const fn switch(
        key: &'static str,
        about: &'static str,
        read: fn(&mut Config, bool),
        tell: Tell,
    ) -> Self {
        Self::new(key, "true|false", "", about, Read::Switch(read), tell)
    }

    pub(super) const fn tables(
        key: &'static str,
        about: &'static str,
        keys: &'static [&'static str],
        read: ReadTables,
        tell: Tell,
    ) -> Self {
        Self::new(key, "", "", about, Read::Tables(keys, read), tell)
    }

    /// The same, and people need not know of it.
    pub(super) const fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// The same, and its value is shown nowhere.
    pub(super) const fn secret(self) -> Self {
        Self {
            is_secret: true,
            ..self
        }
    }

    const fn new(
        key: &'static str,
        value: &'static str,
        default: &'static str,
        about: &'static str,
        read: Read,
        tell: Tell,
    ) -> Self {
        Self {
            key,
            value,
            default,
            about,
            read,
            tell,
            hidden: false,
            is_secret: false,
        }
    }

    /// The flag, without its dashes.
    pub(super) fn flag(&self) -> String {
        self.key.replace('.', "-")
    }

    /// The variable of the environment.
    pub(super) fn variable(&self) -> String {
        VARIABLE.to_owned() + &self.key.replace(['.', '-'], "_").to_ascii_uppercase()
    }

    /// A value that may be meant by what was given, where that is no value of this one.
    fn meant(&self, given: &[String]) -> Option<String> {
        let [given] = given else { return None };
        let meant = match self.value {
            "SECONDS" => meaning::time(given, 1),
            "HOURS" => meaning::time(given, 60 * 60),
            "DAYS" => meaning::time(given, 24 * 60 * 60),
            "SIZE" => meaning::size(given),
            _ => None,
        }?;
        let Read::One(read) = self.read else { return None };
        read(&mut Config::default(), &meant).ok()?;
        Some(meant)
    }

    /// Whether people are to be shown how a value is written, beside being told what is wanted.
    fn is_counted(&self) -> bool {
        matches!(self.value, "SECONDS" | "HOURS" | "DAYS" | "NUMBER")
    }

    /// What was wanted, and an example of it, as it would be written there.
    pub(super) fn with_example(
        &self,
        wanted: &str,
        given: &[String],
        written: impl Fn(&str) -> String,
    ) -> String {
        match self.meant(given) {
            Some(meant) => format!("{wanted}; {} may be meant", written(&meant)),
            None if self.is_counted() && !self.default.is_empty() => {
                format!("{wanted}, such as {}", written(self.default))
            }
            None => wanted.to_owned(),
        }
    }

    /// Whether it can be set in the file alone.
    pub(super) fn is_of_file(&self) -> bool {
        matches!(self.read, Read::Tables(..))
    }
}
