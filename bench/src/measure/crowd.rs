//! Many at once on a hosted bridge: how long the lines of those who type take beside those who do not, and how long
//! those of one who is alone there.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use protocol::target::Security;
use rustix::process::{Resource, getrlimit};

use super::round_trip::sorted;
use crate::client::{Client, round_trip};
use crate::cores::Placement;
use crate::effort::Effort;
use crate::relay::Relay;
use crate::results::Sample;
use crate::setting::Setting;
use crate::stage::Stage;
use crate::statistics::{Summary, percentile};

/// How often somebody sends a line, alone or one of many: more often than anybody types. A core that has slept for longer takes
/// longer to wake, so both must do it as often.
const LINE_EVERY: Duration = Duration::from_millis(100);

/// How often it is looked how long the lines of one who is alone take. What the machine does beside is in the slowest hundredth of some
/// turns, and is not what many are held against: that is the median.
const ALONE_TURNS: usize = 5;

/// How often a page gives a sign of life.
const BEAT_EVERY: Duration = Duration::from_secs(5);

/// Descriptors beside those of connections.
const DESCRIPTORS_BESIDE: u64 = 100;

/// A session that is idle, or one that is not.
type Session = Box<dyn Client>;

/// First one alone, then all, on one bridge.
pub(super) fn measure(relay: Relay, effort: &Effort) -> Result<Vec<Sample>> {
    check_descriptors(effort.crowd_idle + effort.crowd_busy)?;
    let stage = Stage::with(Setting::Hosted, relay, Placement::Apart, Security::Plain)?;
    let mut first = stage.client()?;
    let turns = (0..ALONE_TURNS).map(|_| Ok(sorted(lines(&mut *first, LINE_EVERY, effort.crowd_alone)?)));
    let turns = turns.collect::<Result<Vec<_>>>()?;

    let (resting, over) = (Mutex::new(vec![first]), AtomicBool::new(false));
    let together = std::thread::scope(|scope| {
        let beating = scope.spawn(|| beat(&resting, &over));
        let together = crowd(&stage, &resting, effort);
        over.store(true, Ordering::Relaxed);
        beating.join().ok().context("who keeps idle sessions broke")??;
        together
    })?;
    // None of them was put out, or is served any less.
    let mut resting = resting.into_inner().unwrap_or_else(PoisonError::into_inner);
    resting
        .iter_mut()
        .try_for_each(|session| round_trip(&mut **session))?;

    let of = |times: &[f64], percent| percentile(times, percent).context("no lines");
    let alone = |percent| {
        let each: Vec<f64> = turns
            .iter()
            .map(|turn| of(turn, percent))
            .collect::<Result<_>>()?;
        Summary::of(&each).map(|turns| turns.median).context("no turns")
    };
    let (alone_p99, crowd_p99) = (alone(99.0)?, of(&together, 99.0)?);
    Ok(vec![
        ("alone_p50_us", alone(50.0)?),
        ("alone_p99_us", alone_p99),
        ("crowd_p50_us", of(&together, 50.0)?),
        ("crowd_p99_us", crowd_p99),
        ("crowd_p99_ratio", crowd_p99 / alone_p99),
    ])
}

/// Opens those that are missing, and gives how long the lines took of those who are busy, in microseconds, the shortest
/// first.
fn crowd(stage: &Stage, resting: &Mutex<Vec<Session>>, effort: &Effort) -> Result<Vec<f64>> {
    let there = lock(resting).len();
    for _ in there..effort.crowd_idle {
        let session = stage.client()?;
        lock(resting).push(session);
    }
    let working: Vec<_> = (0..effort.crowd_busy)
        .map(|_| stage.client())
        .collect::<Result<_>>()?;
    let begin = Barrier::new(working.len());
    std::thread::scope(|scope| {
        let work = |(number, mut session): (u64, Session)| {
            let begin = &begin;
            scope.spawn(move || {
                begin.wait();
                // They do not type in step.
                std::thread::sleep(LINE_EVERY.mul_f64(Rng::with_seed(number).f64()));
                lines(&mut *session, LINE_EVERY, effort.crowd_lines)
            })
        };
        let threads: Vec<_> = (0_u64..).zip(working).map(work).collect();
        let mut times = Vec::new();
        for thread in threads {
            times.extend(thread.join().ok().context("a client broke")??);
        }
        Ok(sorted(times))
    })
}

/// How long each of so many lines took, of which one goes out each time, or later if the one before had no reply then.
fn lines(session: &mut dyn Client, every: Duration, count: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let sent = Instant::now();
        round_trip(session)?;
        times.push(sent.elapsed());
        std::thread::sleep(every.saturating_sub(sent.elapsed()));
    }
    Ok(times)
}

/// Gives signs of life for those that are there, until that is over.
fn beat(sessions: &Mutex<Vec<Session>>, over: &AtomicBool) -> Result<()> {
    let mut next = 0;
    while !over.load(Ordering::Relaxed) {
        let mut sessions = lock(sessions);
        let count = sessions.len();
        match sessions.get_mut(next) {
            Some(session) => {
                session.beat()?;
                next += 1;
            }
            None => next = 0,
        }
        drop(sessions);
        std::thread::sleep(BEAT_EVERY / u32::try_from(count.max(10))?);
    }
    Ok(())
}

fn lock(sessions: &Mutex<Vec<Session>>) -> MutexGuard<'_, Vec<Session>> {
    sessions.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Each takes two descriptors of the bridge.
fn check_descriptors(sessions: usize) -> Result<()> {
    let (wanted, given) = (
        2 * sessions as u64 + DESCRIPTORS_BESIDE,
        getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX),
    );
    ensure!(
        given >= wanted,
        "{sessions} sessions take {wanted} descriptors, and this system gives a program {given} at most: let it have more, \
         such as with `ulimit -Hn {wanted}`, which only root may"
    );
    Ok(())
}
