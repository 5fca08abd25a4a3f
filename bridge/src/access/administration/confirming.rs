//! How an administrator shows that it is them: by their own password, now or a while before in the same page.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::{NotDone, WITHIN};
use crate::access::by_password::ByPassword;
use crate::access::{Reception, SignOn};
use crate::audit::{About, Event, Turned, Who};
use crate::session::token::Token;

/// By what an administrator shows that it is them.
pub(crate) enum Confirm {
    /// Their own password.
    Password(Zeroizing<String>),
    /// What they were given for it a while ago.
    Before(Zeroizing<String>),
}

impl Reception {
    /// An administrator who comes from there gives their own password: what they can give instead for a while, and for how long.
    ///
    /// # Errors
    /// When it is not theirs, or is not looked at.
    pub(crate) async fn confirm(
        &self,
        signed_on: &SignOn,
        from: IpAddr,
        password: Zeroizing<String>,
    ) -> Result<(Token, Duration), NotDone> {
        let until = Instant::now() + WITHIN;
        self.look_at(until, signed_on, from, password).await?;
        Ok((signed_on.confirmed.begin(Instant::now())?, self.confirmed_for))
    }

    /// Looks until then at what an administrator who comes from there gives for their own password, and tells the audit where it is
    /// wrong.
    pub(super) async fn look_at(
        &self,
        until: Instant,
        signed_on: &SignOn,
        from: IpAddr,
        password: Zeroizing<String>,
    ) -> Result<(), NotDone> {
        let is_wrong = AtomicBool::new(false);
        let tell_wrong = || {
            is_wrong.store(true, Ordering::Relaxed);
            let who = Who::signed_on(signed_on, from);
            self.audit.tell(About::default(), who, Event::NotConfirmed);
        };
        let looking = self.by_password()?.confirm(signed_on, from, password, tell_wrong);
        let confirmed = timeout_at(until, looking).await;
        // One that was looked at is told of by then, also where its time is over before it is to be answered.
        let confirmed = confirmed.unwrap_or_else(|_| match is_wrong.load(Ordering::Relaxed) {
            true => Err(NotDone::WrongConfirmation),
            false => Err(NotDone::Busy),
        });
        if matches!(confirmed, Err(NotDone::TooOften | NotDone::Busy)) {
            self.audit.stranger_turned_away(from, Turned::Throttled);
        }
        confirmed
    }
}

impl ByPassword {
    /// Whether that is the own password of whoever is signed in so and comes from there. As often as it may be wrong for
    /// somebody who signs in, and after the same time, before which it is told.
    async fn confirm(
        &self,
        signed_on: &SignOn,
        from: IpAddr,
        password: Zeroizing<String>,
        tell_wrong: impl FnOnce(),
    ) -> Result<(), NotDone> {
        let name = signed_on.name();
        let account = self.account(from, name, password, tell_wrong).await?;
        if signed_on.is(&account.identity()) {
            Ok(())
        } else {
            Err(NotDone::NotAdministrator)
        }
    }
}
