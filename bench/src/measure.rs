//! What is measured of a relay. Each measurement is one visit to a relay that was just started.

mod beside;
mod bulk;
mod busy;
mod crowd;
mod fan_out;
mod idle;
mod journal;
mod round_trip;
mod stalled;
mod window;

use anyhow::Result;

use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;

/// How figures of one visit are taken.
type Measure = fn(Relay, &Effort) -> Result<Vec<Sample>>;

/// Figures that are taken together.
pub(crate) struct Experiment {
    /// Its name, to choose it by.
    pub(crate) name: &'static str,
    measure: Measure,
    rounds: fn(&Effort) -> u32,
    relays: fn(Relay) -> bool,
}

/// All, in their order in the table.
pub(crate) const EXPERIMENTS: [Experiment; 13] = [
    Experiment::new("rtt", round_trip::measure, |effort| effort.rounds),
    Experiment::new("bulk", bulk::measure, |effort| effort.rounds),
    Experiment::new("window", window::measure, |effort| effort.rounds),
    Experiment::new("busy", busy::measure, |effort| effort.rounds.div_ceil(2)),
    Experiment::new("crowd", crowd::measure, |effort| effort.rounds_long).only_console(),
    Experiment::new("beside", beside::measure, |effort| effort.rounds.div_ceil(2)),
    Experiment::new("idle", idle::measure, |effort| effort.rounds_long).with_process(),
    Experiment::new("idle-tls", idle::measure_tls, |effort| effort.rounds_long).only_console(),
    Experiment::new("idle-hosted", idle::measure_hosted, |effort| effort.rounds_long).only_console(),
    Experiment::new("idle-hosted-tls", idle::measure_hosted_tls, |effort| {
        effort.rounds_long
    })
    .only_console(),
    Experiment::new("fan-out", fan_out::measure, |effort| effort.rounds_long).beside_the_least(),
    Experiment::new("journal", journal::measure, |effort| effort.rounds_long).only_console(),
    Experiment::new("stalled", stalled::measure, |effort| effort.rounds_long).with_process(),
];

impl Experiment {
    const fn new(name: &'static str, measure: Measure, rounds: fn(&Effort) -> u32) -> Self {
        Self {
            name,
            measure,
            rounds,
            relays: |_| true,
        }
    }

    /// Leaves out what has no process between client and server.
    const fn with_process(self) -> Self {
        Self {
            relays: |relay| relay != Relay::Plain,
            ..self
        }
    }

    /// For what only our bridge does, beside the least that it can cost, which stands in the bare relay's place.
    const fn beside_the_least(self) -> Self {
        Self {
            relays: |relay| matches!(relay, Relay::Console | Relay::Bare),
            ..self
        }
    }

    /// For what only our bridge does.
    const fn only_console(self) -> Self {
        Self {
            relays: |relay| relay == Relay::Console,
            ..self
        }
    }

    /// Whether it makes sense of a relay.
    pub(crate) fn is_for(&self, relay: Relay) -> bool {
        (self.relays)(relay)
    }

    /// How many rounds are taken.
    pub(crate) fn rounds(&self, effort: &Effort) -> u32 {
        (self.rounds)(effort)
    }

    /// Takes its figures once.
    ///
    /// # Errors
    /// When the relay does not do what it is for.
    pub(crate) fn measure(&self, relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
        (self.measure)(relay, effort)
    }
}
