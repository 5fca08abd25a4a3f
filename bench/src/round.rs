//! Rounds: every relay has its turn in each, in an order drawn by chance.

use anyhow::Result;

use crate::interrupt;
use crate::measure::Experiment;
use crate::relay::Relay;
use crate::run::Run;

/// Takes all rounds of an experiment. When it fails with a relay that is noted, and the relay left out.
///
/// # Errors
/// When somebody interrupted.
pub(crate) fn take(experiment: &Experiment, run: &mut Run) -> Result<()> {
    let mut relays: Vec<Relay> = run
        .relays
        .iter()
        .copied()
        .filter(|relay| experiment.is_for(*relay))
        .collect();
    let rounds = experiment.rounds(&run.effort);
    eprintln!("{}: {rounds} rounds", experiment.name);
    for _ in 0..rounds {
        run.chance.shuffle(&mut relays);
        let mut failed = Vec::new();
        for &relay in &relays {
            let effort = run.effort;
            match run.quiet.take(|| experiment.measure(relay, &effort)) {
                Ok(samples) => run.results.add(relay.key(), samples),
                Err(error) => {
                    interrupt::check()?;
                    let failure = format!("{} failed with {}: {error:#}", experiment.name, relay.key());
                    run.results.failures.push(failure);
                    failed.push(relay);
                }
            }
        }
        relays.retain(|relay| !failed.contains(relay));
    }
    Ok(())
}
