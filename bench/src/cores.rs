//! Which cores run what.

use std::io;
use std::sync::OnceLock;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Where the parts of a measurement run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Client, relay and mail server share one core, so that a round trip is what it costs and not how fast one
    /// core wakes another.
    Together,
    /// The relay has one core for itself; client and mail server share another, if there is one.
    Apart,
}

/// One core, or all that this program was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cores {
    /// The first.
    First,
    /// The second; the first where there is no other.
    Second,
    /// All.
    All,
}

impl Placement {
    /// Where the relay runs.
    pub(crate) fn relay(self) -> Cores {
        Cores::First
    }

    /// Where client and mail server run.
    pub(crate) fn others(self) -> Cores {
        match self {
            Placement::Together => Cores::First,
            Placement::Apart => Cores::Second,
        }
    }
}

impl Cores {
    /// Has this thread, and whatever it starts from now on, run there.
    pub(crate) fn pin(self) -> io::Result<()> {
        let all = given()?;
        let mut cores = CpuSet::new();
        let mut chosen = (0..CpuSet::MAX_CPU).filter(|&core| all.is_set(core));
        let first = chosen.next();
        match self {
            Cores::All => cores = all,
            Cores::First => first.into_iter().for_each(|core| cores.set(core)),
            Cores::Second => chosen
                .next()
                .or(first)
                .into_iter()
                .for_each(|core| cores.set(core)),
        }
        Ok(sched_setaffinity(None, &cores)?)
    }

    /// Has this thread do something there, and then run where it ran before.
    pub(crate) fn during<T>(self, work: impl FnOnce() -> T) -> io::Result<T> {
        let before = sched_getaffinity(None)?;
        self.pin()?;
        let done = work();
        sched_setaffinity(None, &before)?;
        Ok(done)
    }
}

/// How many cores this program was given.
///
/// # Errors
/// When the system does not say.
pub(crate) fn count() -> io::Result<u32> {
    Ok(given()?.count())
}

/// What this program was given before it pinned anything.
fn given() -> io::Result<CpuSet> {
    static GIVEN: OnceLock<CpuSet> = OnceLock::new();
    match GIVEN.get() {
        Some(given) => Ok(*given),
        None => {
            let given = sched_getaffinity(None)?;
            Ok(*GIVEN.get_or_init(|| given))
        }
    }
}
