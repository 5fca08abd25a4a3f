//! What was measured, round by round.

use std::collections::BTreeMap;

use crate::statistics::Summary;

/// The key of a figure, and what came out.
pub(crate) type Sample = (&'static str, f64);

/// The rounds of every figure and subject.
#[derive(Default)]
pub(crate) struct Results {
    rounds: BTreeMap<(&'static str, &'static str), Vec<f64>>,
    /// What could not be measured, and why.
    pub(crate) failures: Vec<String>,
}

impl Results {
    /// Adds what one round came to.
    pub(crate) fn add(&mut self, subject: &'static str, samples: Vec<Sample>) {
        for (figure, value) in samples {
            self.rounds.entry((figure, subject)).or_default().push(value);
        }
    }

    /// All rounds, in the order in which they were taken.
    pub(crate) fn rounds(&self, figure: &'static str, subject: &'static str) -> &[f64] {
        self.rounds.get(&(figure, subject)).map_or(&[], Vec::as_slice)
    }

    /// Of whom there are rounds.
    pub(crate) fn subjects(&self, figure: &'static str) -> impl Iterator<Item = &'static str> {
        self.rounds
            .keys()
            .filter(move |(of, _)| *of == figure)
            .map(|(_, subject)| *subject)
    }

    /// What they came to.
    pub(crate) fn summary(&self, figure: &'static str, subject: &'static str) -> Option<Summary> {
        Summary::of(self.rounds(figure, subject))
    }
}
