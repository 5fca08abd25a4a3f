//! What the console is to reach, beside what others reach in the same run.

use crate::figure::{Better, FIGURES, Figure, MUSTS};
use crate::results::Results;

/// What a figure is to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aim {
    /// A value.
    AtMost(f64),
    /// At most so many times what a subject has.
    RatioAtMost(&'static str, f64),
    /// At least so many times what a subject has.
    RatioAtLeast(&'static str, f64),
    /// No frame of 60 Hz is lost: one comes every 16.7 ms, give or take what the timer does; with one lost between
    /// them two are 33 ms apart.
    NoFrameLost,
    /// No relay that others made is better.
    NoPeerBetter,
}

/// The relays that others made.
const PEERS: [&str; 3] = ["lighttpd", "websocat", "websockify"];

/// A frame of 60 Hz, in milliseconds.
const FRAME: f64 = 1000.0 / 60.0;

/// How much later than it should a timer may ring.
const TIMER: f64 = 1.05;

/// The subject that has aims.
pub(crate) const CONSOLE: &str = "console";

impl Aim {
    /// It in words.
    pub(crate) fn words(self) -> String {
        match self {
            Aim::AtMost(most) => format!("≤ {most}"),
            Aim::RatioAtMost(subject, most) => format!("≤ {most}x {subject}"),
            Aim::RatioAtLeast(subject, least) => format!("≥ {least}x {subject}"),
            Aim::NoFrameLost => "16.7, no frame lost".to_owned(),
            Aim::NoPeerBetter => "no peer better".to_owned(),
        }
    }

    /// Whether it is met; none when there is nothing to hold against it.
    pub(crate) fn is_met(self, figure: &Figure, results: &Results) -> Option<bool> {
        let median = |subject| results.summary(figure.key, subject).map(|summary| summary.median);
        let ours = median(CONSOLE)?;
        match self {
            Aim::AtMost(most) => Some(ours <= most),
            Aim::RatioAtMost(subject, most) => Some(ours <= most * median(subject)?),
            Aim::RatioAtLeast(subject, least) => Some(ours >= least * median(subject)?),
            Aim::NoFrameLost => Some(ours <= FRAME * TIMER),
            Aim::NoPeerBetter => {
                let mut peers = PEERS.iter().filter_map(|peer| median(peer)).peekable();
                peers.peek()?;
                Some(peers.all(|peer| match figure.better {
                    Better::Less => ours <= peer,
                    Better::More => ours >= peer,
                }))
            }
        }
    }
}

/// What must be reached and was not, in words.
pub(crate) fn missed(results: &Results) -> Vec<String> {
    let musts = FIGURES.iter().filter(|figure| MUSTS.contains(&figure.key));
    let aims = musts.flat_map(|figure| figure.aims.iter().map(move |aim| (figure, aim)));
    aims.filter(|(figure, aim)| aim.is_met(figure, results) == Some(false))
        .map(|(figure, aim)| format!("{} ({})", figure.what, aim.words()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURE: Figure = Figure {
        key: "a",
        what: "a",
        unit: "µs",
        better: Better::Less,
        aims: &[],
    };

    fn results(values: &[(&'static str, f64)]) -> Results {
        let mut results = Results::default();
        for &(subject, value) in values {
            results.add(subject, vec![("a", value)]);
        }
        results
    }

    #[test]
    fn an_aim_is_held_against_the_same_run() {
        let results = results(&[
            ("console", 11.0),
            ("bare", 10.0),
            ("lighttpd", 12.0),
            ("websocat", 10.5),
        ]);
        assert_eq!(
            Aim::RatioAtMost("bare", 1.15).is_met(&FIGURE, &results),
            Some(true)
        );
        assert_eq!(
            Aim::RatioAtMost("bare", 1.05).is_met(&FIGURE, &results),
            Some(false)
        );
        assert_eq!(
            Aim::RatioAtLeast("lighttpd", 1.0).is_met(&FIGURE, &results),
            Some(false)
        );
        assert_eq!(Aim::AtMost(11.0).is_met(&FIGURE, &results), Some(true));
        assert_eq!(Aim::NoPeerBetter.is_met(&FIGURE, &results), Some(false));
    }

    #[test]
    fn what_must_be_reached_is_told_where_it_is_missed_and_other_aims_are_not() {
        let musts = |ratio, kilobytes| {
            let mut results = Results::default();
            let samples = vec![
                ("crowd_p99_ratio", ratio),
                ("idle_hosted_kb", kilobytes),
                ("idle_kb", 1000.0),
            ];
            results.add("console", samples);
            missed(&results)
        };
        assert_eq!(musts(3.0, 16.0), [""; 0]);
        assert_eq!(
            musts(3.1, 16.1),
            [
                "hosted: that p99 by the one of the only session (≤ 3)",
                "hosted: memory per idle session (≤ 16)"
            ]
        );
        assert_eq!(missed(&Results::default()), [""; 0]);
        // Each of them is a figure that has an aim.
        for must in MUSTS {
            let figure = FIGURES.iter().find(|figure| figure.key == must);
            assert!(figure.is_some_and(|figure| !figure.aims.is_empty()), "{must}");
        }
    }

    #[test]
    fn without_what_it_is_held_against_nothing_is_said() {
        let alone = results(&[("console", 11.0)]);
        assert_eq!(Aim::RatioAtMost("bare", 1.15).is_met(&FIGURE, &alone), None);
        assert_eq!(Aim::NoPeerBetter.is_met(&FIGURE, &alone), None);
        assert_eq!(
            Aim::AtMost(11.0).is_met(&FIGURE, &results(&[("bare", 1.0)])),
            None
        );
    }
}
