//! Passwords: nothing is kept of them but what Argon2id makes of them.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::administration::PASSWORD_MIN;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::session::token::{NoRandomness, Token};

/// The longest password, in octets of UTF-8.
pub(crate) const PASSWORD_MAX: usize = 256;

/// What OWASP advises for Argon2id: memory in KiB, rounds, and threads.
const MEMORY: u32 = 19 * 1024;
const ROUNDS: u32 = 2;
const THREADS: u32 = 1;

/// How many passwords are looked at at a time: each takes a core and [`MEMORY`].
const AT_ONCE: usize = 2;

/// How many may wait beside those. With each it takes some hundredths of a second, so all are answered within seconds.
const WAITING_MAX: usize = 64;

/// Why nothing is kept of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It has too few characters.
    #[error("a password has at least {PASSWORD_MIN} characters")]
    TooShort,
    /// It has too many octets.
    #[error("a password has at most {PASSWORD_MAX} octets")]
    TooLong,
    /// The system gives no random numbers, or no memory.
    #[error("the system gives no random numbers, or not the memory that is needed")]
    System,
}

/// More passwords wait to be looked at than may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

/// Looks at passwords, a few at a time.
pub(crate) struct Passwords {
    places: Semaphore,
    working: Arc<Semaphore>,
    /// What is kept of a password that nobody has: so a name that there is not costs as much as one that there is.
    nobodys: String,
}

/// Whether that can be a password.
///
/// # Errors
/// When it is too short or too long.
pub(crate) fn check(password: &str) -> Result<(), PasswordError> {
    if password.chars().count() < PASSWORD_MIN {
        return Err(PasswordError::TooShort);
    }
    if password.len() > PASSWORD_MAX {
        return Err(PasswordError::TooLong);
    }
    Ok(())
}

/// What is kept of a password.
///
/// # Errors
/// When it is too short or too long, or the system does not give what is needed.
pub(crate) fn hash(password: &str) -> Result<String, PasswordError> {
    check(password)?;
    hashed(password)
}

fn hashed(password: &str) -> Result<String, PasswordError> {
    let params = Params::new(MEMORY, ROUNDS, THREADS, None).map_err(|_| PasswordError::System)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password(password.as_bytes());
    Ok(hash.map_err(|_| PasswordError::System)?.to_string())
}

impl Passwords {
    /// Nobody waits yet.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(crate) fn new() -> Result<Self, NoRandomness> {
        let nobodys = hashed(&Token::new()?.reveal()).map_err(|_| NoRandomness)?;
        Ok(Self {
            places: Semaphore::new(AT_ONCE + WAITING_MAX),
            working: Arc::new(Semaphore::new(AT_ONCE)),
            nobodys,
        })
    }

    /// Whether that is the password of which this is kept; of nobody's it never is, and it takes as long to find out.
    ///
    /// # Errors
    /// When too many wait.
    pub(crate) async fn is_right(
        &self,
        known: Option<String>,
        given: Zeroizing<String>,
    ) -> Result<bool, Busy> {
        let (_place, working) = self.turn().await?;
        let is_known = known.is_some();
        let kept = known.unwrap_or_else(|| self.nobodys.clone());
        let looking = spawn_blocking(move || {
            // Until it is done, also where nobody waits for it any more.
            let _working = working;
            let kept = PasswordHash::new(&kept);
            // What is kept says how it was made.
            kept.is_ok_and(|kept| Argon2::default().verify_password(given.as_bytes(), &kept).is_ok())
        });
        Ok(looking.await.map_err(|_| Busy)? && is_known)
    }

    /// What is kept of that password.
    ///
    /// # Errors
    /// When too many wait. As [`hash`], inside.
    pub(crate) async fn hash(
        &self,
        password: Zeroizing<String>,
    ) -> Result<Result<String, PasswordError>, Busy> {
        let (_place, working) = self.turn().await?;
        let hashing = spawn_blocking(move || {
            // As above.
            let _working = working;
            hash(&password)
        });
        hashing.await.map_err(|_| Busy)
    }

    /// A place among those that wait, and the turn when it comes.
    pub(super) async fn turn(&self) -> Result<(SemaphorePermit<'_>, OwnedSemaphorePermit), Busy> {
        let place = self.places.try_acquire().map_err(|_| Busy)?;
        let working = self.working.clone().acquire_owned().await.map_err(|_| Busy)?;
        Ok((place, working))
    }
}
