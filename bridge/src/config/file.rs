//! The file of settings: TOML.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::setting::{Read, ReadTables, Row, Setting};
use super::source::{Source, Sources};
use super::{Config, meaning, settings};

/// The longest file of settings, in octets.
const FILE_MAX: u64 = 1024 * 1024;

/// What is being read, and what was wrong with it so far.
struct Reading<'a> {
    path: &'a Path,
    text: &'a str,
    config: &'a mut Config,
    sources: &'a mut Sources,
    problems: &'a mut Vec<Problem>,
}

/// Reads the file of settings, all of it, whatever is wrong with parts of it.
pub(super) fn read(path: &Path, config: &mut Config, sources: &mut Sources, problems: &mut Vec<Problem>) {
    let unreadable =
        |why: String| Problem::of_file(path, format!("the file of settings cannot be read: {why}"));
    let text = match fs::metadata(path) {
        Ok(file) if file.len() > FILE_MAX => Err(format!("it has more than {FILE_MAX} octets")),
        Ok(_) => fs::read_to_string(path).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let text = match text {
        Ok(text) => text,
        Err(why) => return problems.push(unreadable(why)),
    };
    let table = match DeTable::parse(&text) {
        Ok(table) => table,
        Err(error) => {
            let at = line(&text, error.span().map_or(0, |span| span.start));
            return problems.push(Problem {
                at: Some(Source::File(path.to_owned(), at)),
                what: format!("this is no TOML: {}{}", error.message(), unquoted(&text, at)),
            });
        }
    };
    let mut reading = Reading {
        path,
        text: &text,
        config,
        sources,
        problems,
    };
    reading.table("", table.get_ref());
}

impl Reading<'_> {
    fn table(&mut self, section: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let at = name.span().start;
            let name = name.get_ref();
            let key = match section {
                "" => name.to_string(),
                section => format!("{section}.{name}"),
            };
            match (settings::find(&key), value.get_ref()) {
                (Some(setting), value) => self.setting(setting, value, at),
                (None, DeValue::Table(table)) if is_section(&key) => self.table(&key, table),
                (None, DeValue::Table(_)) => self.wrong(at, unknown("section", &key, sections())),
                (None, _) => {
                    self.wrong(
                        at,
                        astray(name).unwrap_or_else(|| unknown("setting", &key, told())),
                    );
                }
            }
        }
    }

    fn setting(&mut self, setting: &'static Setting, value: &DeValue<'_>, at: usize) {
        let source = Source::File(self.path.to_owned(), line(self.text, at));
        self.sources.insert(setting.key, source);
        if let Read::Tables(keys, read) = setting.read {
            return self.tables(setting, keys, read, value, at);
        }
        let done = match (value, setting.read) {
            (DeValue::Array(values), Read::Many(_)) => values.iter().map(|it| scalar(it.get_ref())).collect(),
            (value, _) => scalar(value).map(|value| vec![value]),
        };
        let done = done.ok_or_else(|| wanted(setting));
        let done = done.and_then(|given| {
            settings::apply(setting, self.config, &given).map_err(|wanted| {
                let key = self.written(setting, at);
                setting.with_example(&wanted, &given, |value| assigned(key, value))
            })
        });
        if let Err(what) = done {
            self.wrong(at, format!("{}: {what}", setting.key));
        }
    }

    /// A setting's key as it stands there: with its section before it, or below that.
    fn written(&self, setting: &Setting, at: usize) -> &'static str {
        let line = self.text.lines().nth(line(self.text, at) - 1).unwrap_or_default();
        match setting.key.rsplit_once('.') {
            Some((_, key)) if !line.trim_start().starts_with(setting.key) => key,
            _ => setting.key,
        }
    }

    fn tables(
        &mut self,
        setting: &'static Setting,
        keys: &[&str],
        read: ReadTables,
        value: &DeValue<'_>,
        at: usize,
    ) {
        let DeValue::Array(tables) = value else {
            let wanted = format!("{}: tables are wanted, each begun with [[{0}]]", setting.key);
            return self.wrong(at, wanted);
        };
        let before = self.problems.len();
        let mut rows = Vec::new();
        for (number, table) in tables.iter().enumerate() {
            let source = Source::File(self.path.to_owned(), line(self.text, table.span().start));
            self.sources.insert_row(setting.key, number, source);
            match table.get_ref() {
                DeValue::Table(it) => rows.push(self.row(setting, keys, it)),
                _ => self.wrong(table.span().start, format!("{}: a table is wanted", setting.key)),
            }
        }
        if self.problems.len() > before {
            return;
        }
        if let Err(wrong) = read(self.config, &rows) {
            let at = tables.get(wrong.row).map_or(at, |table| table.span().start);
            self.wrong(at, format!("{}: {}", setting.key, wrong.what));
        }
    }

    fn row(&mut self, setting: &Setting, keys: &[&str], table: &DeTable<'_>) -> Row {
        let mut row = BTreeMap::new();
        for (name, value) in table {
            let at = name.span().start;
            let name = name.get_ref();
            if !keys.contains(&&**name) {
                let known = keys.join(", ");
                let unknown = || format!("{}: there is no {name} in it, but {known}", setting.key);
                self.wrong(at, astray(name).unwrap_or_else(unknown));
            } else if let Some(value) = scalar(value.get_ref()) {
                row.insert(name.to_string(), value);
            } else {
                self.wrong(at, format!("{}.{name}: one value is wanted", setting.key));
            }
        }
        row
    }

    fn wrong(&mut self, at: usize, what: String) {
        let source = Source::File(self.path.to_owned(), line(self.text, at));
        self.problems.push(Problem {
            at: Some(source),
            what,
        });
    }
}

/// A value as it would be written in a flag; none of what is no single value.
fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(is) => Some(is.to_string()),
        _ => None,
    }
}

fn wanted(setting: &Setting) -> String {
    match setting.read {
        Read::Many(_) => "a list of values is wanted, such as [\"…\", \"…\"]".to_owned(),
        _ => "one value is wanted".to_owned(),
    }
}

/// Whether there are settings in a section of that name.
fn is_section(name: &str) -> bool {
    sections().any(|section| section == name)
}

/// The names of all sections.
fn sections() -> impl Iterator<Item = &'static str> {
    settings::all().filter_map(|setting| setting.key.rsplit_once('.').map(|(section, _)| section))
}

/// The keys of all settings that people are told of.
fn told() -> impl Iterator<Item = &'static str> {
    settings::all()
        .filter(|setting| !setting.hidden)
        .map(|setting| setting.key)
}

/// Says that there is no such thing, and which may be meant.
fn unknown(what: &str, name: &str, all: impl Iterator<Item = &'static str>) -> String {
    match meaning::near(name, all) {
        Some(meant) => format!("there is no {what} {name}; {meant} may be meant"),
        None => format!("there is no {what} {name}; `pop3-console --help` lists all settings"),
    }
}

/// Says where a setting belongs that is in no section and stands in one: below a section's head everything is in it.
fn astray(name: &str) -> Option<String> {
    told()
        .find(|&key| key == name)
        .map(|key| format!("{key} is in no section: put it above the first line with a [section]"))
}

/// What else to say of a line that cannot be read, if its value is one that lacks its quotes, or a number with a unit.
fn unquoted(text: &str, line: usize) -> String {
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let Some((key, value)) = written.split_once('=') else {
        return String::new();
    };
    let (key, value) = (key.trim(), value.trim());
    if settings::all().any(|setting| setting.is_secret && setting.key.ends_with(key)) {
        return String::new();
    }
    let number = value.trim_end_matches(|it: char| it.is_ascii_alphabetic() || it == ' ');
    let is_number = !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_digit());
    match meaning::size(value).filter(|_| value.ends_with("iB")) {
        Some(size) => format!("; text is wanted in quotes, such as {}", assigned(key, &size)),
        None if is_number && number != value => {
            format!(
                "; a number is wanted without a unit, such as {}",
                assigned(key, number)
            )
        }
        None if value.starts_with(char::is_alphabetic) => {
            format!("; text is wanted in quotes, such as {key} = \"…\"")
        }
        None => String::new(),
    }
}

/// A setting as it would be written in the file: a number as it is, and everything else in quotes.
fn assigned(key: &str, value: &str) -> String {
    match value.parse::<u64>() {
        Ok(number) => format!("{key} = {number}"),
        Err(_) => format!("{key} = {value:?}"),
    }
}

/// The number of the line at that octet, counted from 1.
fn line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    before.iter().filter(|&&octet| octet == b'\n').count() + 1
}
