//! Rounds: every relay has its turn in each, in an order drawn by chance.

use anyhow::Result;
use fastrand::Rng;

use crate::effort::Effort;
use crate::interrupt;
use crate::measure::Experiment;
use crate::relay::Relay;
use crate::results::Results;

/// Takes all rounds of an experiment. What fails with a relay that others made is noted, and the relay left out.
///
/// # Errors
/// When it fails with one of ours, or somebody interrupted.
pub(crate) fn take(
    experiment: &Experiment,
    relays: &[Relay],
    effort: &Effort,
    chance: &mut Rng,
    results: &mut Results,
) -> Result<()> {
    let mut relays: Vec<Relay> = relays
        .iter()
        .copied()
        .filter(|relay| experiment.is_for(*relay))
        .collect();
    let rounds = experiment.rounds(effort);
    eprintln!("{}: {rounds} rounds", experiment.name);
    for _ in 0..rounds {
        chance.shuffle(&mut relays);
        let mut failed = Vec::new();
        for &relay in &relays {
            interrupt::check()?;
            match experiment.measure(relay, effort) {
                Ok(samples) => results.add(relay.key(), samples),
                Err(error) if matches!(relay, Relay::Peer(_)) => {
                    interrupt::check()?;
                    let failure = format!("{} with {}: {error:#}", experiment.name, relay.key());
                    results.failures.push(failure);
                    failed.push(relay);
                }
                Err(error) => return Err(error.context(format!("{} with {}", experiment.name, relay.key()))),
            }
        }
        relays.retain(|relay| !failed.contains(relay));
    }
    Ok(())
}
