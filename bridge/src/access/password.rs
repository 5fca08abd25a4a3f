//! Passwords: nothing is kept of them but what Argon2id makes of them.

use std::net::IpAddr;
use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::administration::PASSWORD_MIN;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use zeroize::Zeroizing;

use crate::network::Site;
use crate::places::{Place, Places};
use crate::session::token::{NoRandomness, Token};
use crate::share;

/// The longest password, in octets of UTF-8.
pub(crate) const PASSWORD_MAX: usize = 256;

/// What OWASP advises for Argon2id: memory in KiB, rounds, and threads.
const MEMORY: u32 = 19 * 1024;
const ROUNDS: u32 = 2;
const THREADS: u32 = 1;

/// How many passwords are looked at at a time: each takes a core and [`MEMORY`].
const AT_ONCE: usize = 2;

/// How many of them are strangers', at most: however many of them come, somebody who is known has a turn.
const STRANGERS_AT_ONCE: usize = AT_ONCE - 1;

/// How many wait or are looked at of those who are known, and of strangers. With each it takes some hundredths of a second, so all
/// are answered within seconds. Where strangers have all of their places, as many sites as that have one more each: those who take
/// many keep nobody out.
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

/// Whose a password is, as far as it is known before it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    /// Somebody who signed in before from where they are.
    Known,
    /// Anybody's, from that site.
    Stranger(Site),
}

/// Looks at passwords, a few at a time.
pub(crate) struct Passwords {
    known: Places<Whose>,
    strangers: Places<Whose>,
    beside_strangers: Places<Whose>,
    working: Arc<Semaphore>,
    working_for_strangers: Arc<Semaphore>,
    /// What is kept of a password that nobody has: so a name that there is not costs as much as one that there is.
    nobodys: String,
}

/// The turn of one that is looked at: until that is done, also where nobody waits for it any more.
pub(super) struct Turn {
    _working: OwnedSemaphorePermit,
    _of_strangers: Option<OwnedSemaphorePermit>,
}

impl Whose {
    /// Of somebody who comes from there.
    pub(super) fn of(from: IpAddr) -> Self {
        Whose::Stranger(from.into())
    }
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
            known: Places::new(WAITING_MAX, WAITING_MAX),
            strangers: Places::new(WAITING_MAX, share::of_one(WAITING_MAX)),
            beside_strangers: Places::new(WAITING_MAX, 1),
            working: Arc::new(Semaphore::new(AT_ONCE)),
            working_for_strangers: Arc::new(Semaphore::new(STRANGERS_AT_ONCE)),
            nobodys,
        })
    }

    /// Whether that is the password of which this is kept; of nobody's it never is, and it takes as long to find out.
    ///
    /// # Errors
    /// When too many wait.
    pub(crate) async fn is_right(
        &self,
        whose: Whose,
        known: Option<String>,
        given: Zeroizing<String>,
    ) -> Result<bool, Busy> {
        let (_place, turn) = self.turn(whose).await?;
        let is_known = known.is_some();
        let kept = known.unwrap_or_else(|| self.nobodys.clone());
        let looking = spawn_blocking(move || {
            let _turn = turn;
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
        // Whoever gives somebody a password has shown who they are.
        let (_place, turn) = self.turn(Whose::Known).await?;
        let hashing = spawn_blocking(move || {
            let _turn = turn;
            hash(&password)
        });
        hashing.await.map_err(|_| Busy)
    }

    /// A place among those that wait, and the turn when it comes.
    pub(super) async fn turn(&self, whose: Whose) -> Result<(Place, Turn), Busy> {
        let is_known = whose == Whose::Known;
        let place = match is_known {
            true => self.known.find(whose),
            false => {
                let place = self.strangers.find(whose);
                place.or_else(|| self.beside_strangers.find(whose))
            }
        };
        let place = place.ok_or(Busy)?;
        let of_strangers = if is_known {
            None
        } else {
            let turn = self.working_for_strangers.clone().acquire_owned().await;
            Some(turn.map_err(|_| Busy)?)
        };
        let working = self.working.clone().acquire_owned().await.map_err(|_| Busy)?;
        let turn = Turn {
            _working: working,
            _of_strangers: of_strangers,
        };
        Ok((place, turn))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn stranger(address: &str) -> Whose {
        Whose::of(address.parse().unwrap())
    }

    #[tokio::test]
    async fn strangers_leave_a_turn_to_whoever_is_known() {
        let passwords = Passwords::new().unwrap();
        let (_place, turn) = passwords.turn(stranger("192.0.2.1")).await.unwrap();
        assert!(passwords.turn(stranger("192.0.2.2")).now_or_never().is_none());
        let known = passwords.turn(Whose::Known).await.unwrap();
        // Both are taken.
        assert!(passwords.turn(Whose::Known).now_or_never().is_none());
        drop(known);
        assert!(passwords.turn(stranger("192.0.2.2")).now_or_never().is_none());
        drop(turn);
        assert!(passwords.turn(stranger("192.0.2.2")).await.is_ok());
    }

    #[tokio::test]
    async fn two_sites_leave_a_place_to_each_other_one_and_strangers_theirs_to_whoever_is_known() {
        let passwords = Passwords::new().unwrap();
        let _turn = passwords.turn(stranger("2001:db8:1::1")).await.unwrap();
        let mut waiting = Vec::new();
        let mut wait = |address: &str| {
            let mut turn = Box::pin(passwords.turn(stranger(address)));
            let is_busy = (&mut turn).now_or_never().is_some_and(|it| it.is_err());
            waiting.push(turn);
            !is_busy
        };
        let mut all_of = |site: u8| {
            let networks = (0..100).filter(|network| wait(&format!("2001:db8:{site}:{network}::1")));
            networks.count()
        };
        // A half, and the one beside; of the first site one is looked at.
        assert_eq!([all_of(1), all_of(2)], [WAITING_MAX / 2, WAITING_MAX / 2 + 1]);
        assert!(wait("192.0.2.1"));
        assert!(!wait("192.0.2.1"));
        let others = (0..100).filter(|site| wait(&format!("2001:db8:a{site}::1")));
        assert_eq!(others.count(), WAITING_MAX - 3);
        assert!(!wait("192.0.2.2"));
        assert!(passwords.turn(Whose::Known).await.is_ok());
    }
}
