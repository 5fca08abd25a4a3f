//! The figures for programs: JSON with keys that stay.

use serde_json::{Value, json};

use crate::figure::{Better, FIGURES};
use crate::machine::Machine;
use crate::results::Results;

/// The version of the report. It changes when an older reader would misunderstand a newer one.
const VERSION: u32 = 1;

/// Everything: `figures.<key>.subjects.<subject>` has `median`, `min`, `max`, every round, and the ratio to the
/// bare relay.
pub(crate) fn report(machine: &Machine, effort: &str, seed: u64, results: &Results) -> Value {
    let figures: serde_json::Map<String, Value> = FIGURES
        .iter()
        .filter_map(|figure| {
            let base = results.summary(figure.key, "bare").map(|summary| summary.median);
            let subjects: serde_json::Map<String, Value> = results
                .subjects(figure.key)
                .filter_map(|subject| {
                    let summary = results.summary(figure.key, subject)?;
                    let measured = json!({
                        "median": summary.median,
                        "min": summary.min,
                        "max": summary.max,
                        "rounds": results.rounds(figure.key, subject),
                        "ratio_to_bare": base.map(|base| summary.median / base),
                    });
                    Some((subject.to_owned(), measured))
                })
                .collect();
            let aims: Vec<Value> = figure
                .aims
                .iter()
                .map(|aim| json!({ "aim": aim.words(), "met": aim.is_met(figure, results) }))
                .collect();
            let measured = json!({
                "what": figure.what,
                "unit": figure.unit,
                "less_is_better": figure.better == Better::Less,
                "aims": aims,
                "subjects": subjects,
            });
            (!subjects.is_empty()).then(|| (figure.key.to_owned(), measured))
        })
        .collect();
    json!({
        "version": VERSION,
        "effort": effort,
        "seed": seed,
        "machine": machine,
        "failures": results.failures,
        "figures": figures,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_tells_its_rounds_its_ratio_and_its_aims() {
        let mut results = Results::default();
        results.add("console", vec![("idle_kb", 14.0)]);
        results.add("bare", vec![("idle_kb", 7.0)]);
        let report = report(&Machine::this().unwrap(), "quick", 7, &results);
        let figure = &report["figures"]["idle_kb"];
        assert_eq!(figure["subjects"]["console"]["ratio_to_bare"], 2.0);
        assert_eq!(figure["subjects"]["console"]["rounds"][0], 14.0);
        assert_eq!(figure["aims"][0]["met"], true);
        assert!(report["figures"].get("rtt_p50_us").is_none());
        assert_eq!(report["seed"], 7);
    }
}
