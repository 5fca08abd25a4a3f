//! Whether README's table of limits says of each what the program holds to.

use std::path::Path;
use std::time::Duration;

/// How much something is bounded to: so many of whatever it is, octets among them, or a time.
#[derive(Clone, Copy, Debug)]
enum Amount {
    Number(u64),
    Time(Duration),
}

use Amount::{Number, Time};

const DAY: u64 = 24 * 60 * 60;

impl Amount {
    /// Whether README says by this what stands in the program. There a time may be a number, in a unit of its own.
    fn tells(self, stands: Amount) -> bool {
        match (self, stands) {
            (Number(said), Number(stands)) => said == stands,
            (Time(said), Time(stands)) => said == stands,
            (Time(said), Number(number)) => [
                Duration::from_micros(number),
                Duration::from_millis(number),
                Duration::from_secs(number),
                Duration::from_secs(number * DAY),
            ]
            .contains(&said),
            (Number(_), Time(_)) => false,
        }
    }
}

/// What is said there, one after the other: each number, and what it is of where that is a unit.
fn said(text: &str) -> Vec<Amount> {
    let words: Vec<_> = text
        .split_whitespace()
        .map(|it| it.trim_end_matches(','))
        .collect();
    let numbers = words.iter().enumerate().filter_map(|(at, word)| {
        let number: u64 = word.replace(',', "").parse().ok()?;
        Some(match *words.get(at + 1).unwrap_or(&"") {
            "KiB" => Number(number << 10),
            "MiB" => Number(number << 20),
            "GiB" => Number(number << 30),
            "ms" => Time(Duration::from_millis(number)),
            "second" | "seconds" => Time(Duration::from_secs(number)),
            "minute" | "minutes" => Time(Duration::from_secs(number * 60)),
            "hour" | "hours" => Time(Duration::from_secs(number * 60 * 60)),
            "day" | "days" => Time(Duration::from_secs(number * DAY)),
            _ => Number(number),
        })
    });
    numbers.collect()
}

/// Every source in that folder of the repository: where it is there, after a slash, and its text.
fn sources(root: &Path, folder: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(root.join(folder)).unwrap();
    let paths = entries.map(|entry| folder.join(entry.unwrap().file_name()));
    paths
        .flat_map(|path| {
            if root.join(&path).is_dir() {
                return sources(root, &path);
            }
            let text = std::fs::read_to_string(root.join(&path)).unwrap();
            vec![(format!("/{}", path.display()), text)]
        })
        .collect()
}

/// What a constant is in that source; none if it has none of that name, or it is written otherwise than can be read here.
fn constant(name: &str, source: &str) -> Option<Vec<Amount>> {
    let (_, behind) = source.split_once(&format!("const {name}: "))?;
    let (_, value) = behind.split_once(';')?.0.split_once('=')?;
    let value = value.trim();
    if let Some(rate) = inside("Rate::of", value) {
        let (at_once, each) = rate.split_once(", ")?;
        return Some(vec![Number(number(at_once, source)?), time(each, source)?]);
    }
    let amount = time(value, source).or_else(|| number(value, source).map(Number))?;
    Some(vec![amount])
}

/// What that is called with.
fn inside<'a>(function: &str, text: &'a str) -> Option<&'a str> {
    text.strip_prefix(function)?.strip_prefix('(')?.strip_suffix(')')
}

fn time(text: &str, source: &str) -> Option<Amount> {
    let seconds = inside("Duration::from_secs", text);
    let milliseconds = inside("Duration::from_millis", text);
    let seconds = seconds.and_then(|it| Some(Duration::from_secs(number(it, source)?)));
    let milliseconds = milliseconds.and_then(|it| Some(Duration::from_millis(number(it, source)?)));
    seconds.or(milliseconds).map(Time)
}

/// A number, another constant of that source, or a product or a shift of such.
fn number(text: &str, source: &str) -> Option<u64> {
    if let Some((number_shifted, by)) = text.split_once(" << ") {
        return Some(number(number_shifted, source)? << number(by, source)?);
    }
    let factors = text.split(" * ").map(|factor| {
        let plain = factor.replace('_', "").parse().ok();
        plain.or_else(|| match constant(factor, source)?[..] {
            [Number(number)] => Some(number),
            _ => None,
        })
    });
    factors.product()
}

/// A table's row by its cells.
fn cells(row: &str) -> Vec<&str> {
    let row = row.trim_start_matches("| ").trim_end_matches('|');
    row.split(" | ").map(str::trim).collect()
}

/// What a setting is unless something else is said, by README's table of settings, which another test compares with the program.
fn setting(name: &str, readme: &str) -> Vec<Amount> {
    let row = readme.lines().find(|it| it.starts_with(&format!("| `{name}` |")));
    let row = row.unwrap_or_else(|| panic!("there is no setting {name}"));
    said(&cells(row)[2].replace('`', ""))
}

#[test]
fn each_limit_that_readme_names_is_what_it_says() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (_, limits) = readme.split_once("\n## Limits\n").unwrap();
    let (limits, _) = limits.split_once("\n## ").unwrap();
    let all = ["bridge/src", "frontend/src", "protocol/src"].map(|it| sources(root, Path::new(it)));
    let all = all.concat();
    let rows = limits.lines().filter(|it| it.starts_with("| "));
    let rows: Vec<_> = rows.skip(1).filter(|it| !it.starts_with("| **")).collect();
    assert!(rows.len() > 100, "{}", rows.len());
    for row in rows {
        let [_, much, _, names] = cells(row)[..] else {
            panic!("a row has four cells: {row}");
        };
        // `WITHIN` in `access/administration.rs`; where no file is named, there is one of that name alone.
        let stand = names.split(", ").flat_map(|it| {
            let (name, file) = it.split_once(" in ").unwrap_or((it, ""));
            let (name, file) = (name.trim_matches('`'), file.trim_matches('`'));
            if name.contains('.') {
                return setting(name, &readme);
            }
            let of_it = all.iter().filter(|(path, text)| {
                path.ends_with(&format!("/{file}").trim_end_matches('/'))
                    && text.contains(&format!("const {name}: "))
            });
            let [(_, source)] = of_it.collect::<Vec<_>>()[..] else {
                panic!("there is not one {name} alone: {row}");
            };
            constant(name, source).unwrap_or_else(|| panic!("{name} cannot be read: {row}"))
        });
        let (said, stand) = (said(much), stand.collect::<Vec<_>>());
        assert!(!said.is_empty(), "no number is said: {row}");
        let is_so =
            said.len() == stand.len() && said.iter().zip(&stand).all(|(said, stands)| said.tells(*stands));
        assert!(is_so, "{said:?} are said, and {stand:?} stand: {row}");
    }
}
