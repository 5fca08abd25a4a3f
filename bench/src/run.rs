//! One run of the bench.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use fastrand::Rng;
use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

use crate::aim::missed;
use crate::cores::Cores;
use crate::effort::Effort;
use crate::machine::Machine;
use crate::measure::EXPERIMENTS;
use crate::page::PAGE_EXPERIMENTS;
use crate::quiet::Quiet;
use crate::relay::Relay;
use crate::report::report;
use crate::results::Results;
use crate::table::{plain, table};
use crate::{interrupt, page, round, scratch};

/// The file that the figures are written to, in `target/bench/`.
const FILE: &str = "bench.json";

/// The file beside it with the table as the README has it.
const TABLE: &str = "table.md";

/// How far ahead of everything else on this machine the bench and what it starts are scheduled.
const AHEAD: i32 = -15;

/// What is asked of the bench.
#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures the console beside others of its kind")]
pub struct Arguments {
    /// Measure only what has this in its name: rtt, bulk, window, busy, crowd, beside, idle, idle-tls, idle-hosted,
    /// idle-hosted-tls, fan-out, journal, stalled, page-retr, page-scroll, page-open, page-load
    filter: Option<String>,

    /// Measure only this relay, such as console, bare, plain, lighttpd; may be given several times
    #[arg(long = "relay", value_name = "NAME")]
    relays: Vec<String>,

    /// See in about a minute whether everything works; the figures are rough
    #[arg(long)]
    quick: bool,

    /// For how many seconds in all quiet moments of the machine are waited for [default: 600; 10 with --quick]
    #[arg(long, value_name = "SECONDS")]
    patience: Option<u32>,

    /// Take the rounds in the order of an earlier run
    #[arg(long)]
    seed: Option<u64>,
}

/// What a run goes by, and what came out so far.
pub(crate) struct Run {
    pub(crate) relays: Vec<Relay>,
    pub(crate) effort: Effort,
    pub(crate) chance: Rng,
    pub(crate) quiet: Quiet,
    pub(crate) results: Results,
}

/// Measures, prints the table, and writes the figures.
///
/// # Errors
/// When something cannot be measured, what must be reached is missed, or somebody interrupted.
pub fn run(arguments: &Arguments) -> Result<()> {
    interrupt::check()?;
    raise_descriptors()?;
    // Only root may, and without it only the rest of the machine disturbs more.
    let _ = nice(AHEAD);
    let (effort_name, effort) = if arguments.quick {
        ("quick", Effort::QUICK)
    } else {
        ("full", Effort::FULL)
    };
    let seed = arguments.seed.unwrap_or_else(|| Rng::new().u64(..));
    let patience = arguments
        .patience
        .map_or(effort.patience, |seconds| Duration::from_secs(seconds.into()));
    let machine = Machine::this()?;
    eprintln!("{} Seed {seed}.", machine.words());
    let mut run = Run {
        relays: chosen_relays(&arguments.relays)?,
        effort,
        chance: Rng::with_seed(seed),
        quiet: Quiet::new(patience),
        results: Results::default(),
    };
    measure(arguments.filter.as_deref().unwrap_or_default(), &mut run)?;

    println!("\n{}", table(&run.results));
    println!("{} Effort: {effort_name}, seed {seed}.", machine.words());
    for remark in run.quiet.words().iter().chain(&run.results.failures) {
        println!("{remark}");
    }
    let report = report(&machine, effort_name, seed, &run.results);
    let file = write(FILE, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    let readme = write(TABLE, &plain(&run.results))?;
    println!(
        "The figures are in {}, the table for the README in {}.",
        file.display(),
        readme.display()
    );
    ensure!(
        run.results.failures.is_empty(),
        "not everything could be measured"
    );
    let missed = missed(&run.results);
    ensure!(
        arguments.quick || missed.is_empty(),
        "missed: {}",
        missed.join("; ")
    );
    Ok(())
}

fn chosen_relays(names: &[String]) -> Result<Vec<Relay>> {
    let mut relays = Relay::installed();
    if !names.is_empty() {
        relays.retain(|relay| names.iter().any(|name| name == relay.key()));
        ensure!(
            !relays.is_empty(),
            "none of these relays is installed: {}",
            names.join(", ")
        );
    }
    Ok(relays)
}

/// Takes everything that has the filter in its name. What fails is noted, and the rest measured all the same.
fn measure(filter: &str, run: &mut Run) -> Result<()> {
    let mut found = false;
    for experiment in EXPERIMENTS
        .iter()
        .filter(|experiment| experiment.name.contains(filter))
    {
        found = true;
        round::take(experiment, run)?;
    }
    Cores::All.pin()?;
    for experiment in PAGE_EXPERIMENTS
        .iter()
        .filter(|experiment| experiment.name.contains(filter))
    {
        found = true;
        page::take(experiment, run)?;
    }
    ensure!(found, "nothing that is measured has `{filter}` in its name");
    Ok(())
}

fn write(name: &str, text: &str) -> Result<PathBuf> {
    let file = scratch::place()?.join(name);
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}

/// Some thousand sessions take more descriptors than a process has by default.
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
