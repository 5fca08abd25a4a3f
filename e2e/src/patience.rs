//! Waiting for conditions.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long anything may take before a test gives up. Generous: a machine with two busy cores is slow, and a
/// test that passes never waits for it.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Looks until there is something.
///
/// # Errors
/// When there is nothing for too long, with what the last look failed with, or when looking fails in the end.
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    eventually_within(DEADLINE, what, look).await
}

/// Looks until there is something, for a time that matters.
///
/// # Errors
/// As [`eventually`].
pub async fn eventually_within<T>(
    deadline: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let began = Instant::now();
    loop {
        // The page may change under a look, such as an element that is gone a moment later: look again.
        let looked = look().await;
        if let Ok(Some(found)) = looked {
            return Ok(found);
        }
        if began.elapsed() > deadline {
            match looked {
                Err(error) => {
                    return Err(error.context(format!("waited {} s for {what}", deadline.as_secs())));
                }
                Ok(_) => bail!("waited {} s for {what}", deadline.as_secs()),
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
