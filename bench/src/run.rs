//! One run of the bench.

use std::fs;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use fastrand::Rng;
use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

use crate::effort::Effort;
use crate::machine::Machine;
use crate::measure::EXPERIMENTS;
use crate::relay::{Relay, scratch};
use crate::report::report;
use crate::results::Results;
use crate::table::table;
use crate::{cores, interrupt, round};

/// The file that the figures are written to, in `target/bench/`.
const FILE: &str = "bench.json";

/// How far ahead of everything else on this machine the bench and what it starts are scheduled.
const AHEAD: i32 = -15;

/// What is asked of the bench.
#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures the console beside others of its kind")]
pub struct Arguments {
    /// Measure only what has this in its name: rtt, bulk, window, busy, beside, idle, idle-tls, stalled
    filter: Option<String>,

    /// Measure only this relay, such as console, bare, plain, lighttpd; may be given several times
    #[arg(long = "relay", value_name = "NAME")]
    relays: Vec<String>,

    /// See in about a minute whether everything works; the figures are rough
    #[arg(long)]
    quick: bool,

    /// Take the rounds in the order of an earlier run
    #[arg(long)]
    seed: Option<u64>,
}

/// Measures, prints the table, and writes the figures.
///
/// # Errors
/// When something cannot be measured, or somebody interrupted.
pub fn run(arguments: &Arguments) -> Result<()> {
    interrupt::check()?;
    raise_descriptors()?;
    // Only root may, and without it only the rest of the machine disturbs more.
    let _ = nice(AHEAD);
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let chosen: Vec<_> = EXPERIMENTS
        .iter()
        .filter(|experiment| experiment.name.contains(filter))
        .collect();
    ensure!(
        !chosen.is_empty(),
        "nothing that is measured has `{filter}` in its name"
    );
    let (name, effort) = if arguments.quick {
        ("quick", Effort::QUICK)
    } else {
        ("full", Effort::FULL)
    };
    let mut relays = Relay::installed();
    relays.retain(|relay| {
        arguments.relays.is_empty() || arguments.relays.iter().any(|name| name == relay.key())
    });
    let seed = arguments.seed.unwrap_or_else(|| Rng::new().u64(..));
    let machine = Machine::this()?;
    eprintln!("{} Seed {seed}.", machine.words());

    let mut chance = Rng::with_seed(seed);
    let mut results = Results::default();
    for experiment in chosen {
        round::take(experiment, &relays, &effort, &mut chance, &mut results)?;
    }
    cores::Cores::All.pin()?;

    println!("\n{}", table(&results));
    println!("{} Effort: {name}, seed {seed}.", machine.words());
    for failure in &results.failures {
        println!("Left out: {failure}");
    }
    let file = scratch()?.join(FILE);
    let report = serde_json::to_string_pretty(&report(&machine, name, seed, &results))?;
    fs::write(&file, report + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    println!("The figures are in {}.", file.display());
    Ok(())
}

/// A thousand sessions take more descriptors than a process has by default.
fn raise_descriptors() -> Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    Ok(setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )?)
}
