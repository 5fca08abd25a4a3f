//! The one table, in Markdown: as the README has it, and so that it is also easy on the eye in a terminal.

use crate::aim::CONSOLE;
use crate::figure::{FIGURES, Figure};
use crate::results::Results;

/// What ratios are to.
const BASE: &str = "bare";

/// The columns: the keys of subjects, and what people call them.
const SUBJECTS: [(&str, &str); 7] = [
    (CONSOLE, "pop3-console"),
    (BASE, "bare"),
    ("plain", "plain TCP"),
    ("lighttpd", "lighttpd"),
    ("websocat", "websocat"),
    ("websockify", "websockify"),
    ("xterm", "xterm.js"),
];

/// The figures that were measured, for a terminal.
pub(crate) fn table(results: &Results) -> String {
    aligned(rows(results))
}

/// The same for the README, where a figure that changes changes no other line.
pub(crate) fn plain(results: &Results) -> String {
    let mut text = String::new();
    for (index, row) in rows(results).iter().enumerate() {
        text += &format!("| {} |\n", row.join(" | "));
        if index == 0 {
            text += &format!("{}|\n", "|---".repeat(row.len()));
        }
    }
    text
}

/// The head, and a row for each figure.
fn rows(results: &Results) -> Vec<Vec<String>> {
    let subjects: Vec<_> = SUBJECTS
        .into_iter()
        .filter(|(key, _)| {
            FIGURES
                .iter()
                .any(|figure| results.summary(figure.key, key).is_some())
        })
        .collect();
    let head = ["", "unit"]
        .into_iter()
        .chain(subjects.iter().map(|(_, name)| *name))
        .chain(["aim"]);
    let mut rows = vec![head.map(str::to_owned).collect::<Vec<_>>()];
    for figure in FIGURES {
        let cells: Vec<String> = subjects
            .iter()
            .map(|(key, _)| cell(figure, key, results))
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let first = [figure.what.to_owned(), figure.unit.to_owned()];
            rows.push(
                first
                    .into_iter()
                    .chain(cells)
                    .chain([aims(figure, results)])
                    .collect(),
            );
        }
    }
    rows
}

/// The median, the least and the most, and the ratio: `35.8 (34.9–37.0) 1.03x`.
fn cell(figure: &Figure, subject: &'static str, results: &Results) -> String {
    let Some(summary) = results.summary(figure.key, subject) else {
        return String::new();
    };
    let mut cell = number(summary.median);
    if results.rounds(figure.key, subject).len() > 1 {
        cell += &format!(" ({}–{})", number(summary.min), number(summary.max));
    }
    if let Some(base) = results.summary(figure.key, BASE).filter(|_| subject != BASE)
        && base.median > 0.0
    {
        cell += &format!(" {:.2}x", summary.median / base.median);
    }
    cell
}

/// Each aim with what became of it.
fn aims(figure: &Figure, results: &Results) -> String {
    let aims = figure.aims.iter().map(|aim| {
        let met = match aim.is_met(figure, results) {
            Some(true) => ": met",
            Some(false) => ": **missed**",
            None => "",
        };
        aim.words() + met
    });
    aims.collect::<Vec<_>>().join("; ")
}

/// Three digits that matter, and never fewer than there are before the point.
fn number(value: f64) -> String {
    match value.abs() {
        0.0..1.0 => format!("{value:.3}"),
        1.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        100.0..10_000.0 => format!("{value:.0}"),
        _ => format!("{:.0}k", value / 1e3),
    }
}

fn aligned(rows: Vec<Vec<String>>) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
        })
        .map(|width| width.unwrap_or_default())
        .collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (cell, &width) in row.iter().zip(&widths) {
            text += &format!("| {cell:width$} ");
        }
        text += "|\n";
        if index == 0 {
            for width in &widths {
                text += &format!("|{}", "-".repeat(width + 2));
            }
            text += "|\n";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_medians_ranges_ratios_and_aims() {
        let mut results = Results::default();
        for (ours, bare) in [(40.0, 35.0), (44.0, 36.0), (42.0, 34.0)] {
            results.add("console", vec![("rtt_p50_us", ours)]);
            results.add("bare", vec![("rtt_p50_us", bare)]);
        }
        let table = table(&results);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        assert!(
            lines[0].contains("| pop3-console") && !lines[0].contains("websocat"),
            "{table}"
        );
        assert!(
            lines[2].contains("| 42.0 (40.0–44.0) 1.20x | 35.0 (34.0–36.0) "),
            "{table}"
        );
        assert!(lines[2].contains("≤ 1.15x bare: **missed**"), "{table}");
        let widths: Vec<usize> = lines.iter().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
    }

    #[test]
    fn the_table_for_the_readme_has_the_same_cells_and_no_others() {
        let mut results = Results::default();
        results.add("console", vec![("rtt_p50_us", 42.0), ("viewer_kb", 9.5)]);
        results.add("bare", vec![("rtt_p50_us", 35.0)]);
        let cells = |text: &str| -> Vec<Vec<String>> {
            let lines = text.lines().filter(|line| !line.starts_with("|--"));
            let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
            lines.map(cells).collect()
        };
        let plain = plain(&results);
        assert_eq!(cells(&plain), cells(&table(&results)));
        assert!(plain.contains("\n|---|---|---|---|---|\n"), "{plain}");
        assert!(
            plain.contains("\n| memory per viewer | KiB | 9.50 |  |  |\n"),
            "{plain}"
        );
    }

    #[test]
    fn numbers_show_the_digits_that_matter() {
        let numbers = [0.0, 0.45, 3.456, 34.56, 345.6, 3456.0, 34560.0].map(number);
        assert_eq!(numbers, ["0.000", "0.450", "3.46", "34.6", "346", "3456", "35k"]);
    }
}
