//! Sees to it that accounts which changed take effect, that what was done to them on the command line is told, and that it is kept
//! whom others put out.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{info, warn};

use super::Reception;
use crate::access::by_password::ByPassword;
use crate::access::notes;
use crate::access::person::Person;

/// How often it is looked whether the accounts have changed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Reception {
    /// Sees to it, until the bridge stops, that a changed account takes effect, and that whoever is put out stays so.
    pub(crate) fn keep_watch(self: Arc<Self>, mut stopping: watch::Receiver<bool>) {
        tokio::spawn(async move {
            let watching = async {
                loop {
                    tokio::select! {
                        () = sleep(LOOK_EVERY) => {}
                        () = self.put_out.news.notified() => {}
                    }
                    let reception = self.clone();
                    // It fails where looking panicked, which is said by then.
                    let looking = spawn_blocking(move || {
                        reception.keep_put_out();
                        reception.look();
                    });
                    let _ = looking.await;
                }
            };
            tokio::select! {
                () = watching => {}
                _ = stopping.wait_for(|&stopping| stopping) => {}
            }
        });
    }

    /// Looks whether the accounts have changed: whose has is signed in no longer. It waits for the disk.
    pub(in crate::access) fn look(&self) {
        let _one = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        self.sign_ons.forget_those_over();
        let Some(by_password) = self.way.by_password() else {
            return;
        };
        self.tell_noted(by_password);
        let accounts = &by_password.accounts;
        match accounts.look() {
            Ok(false) => {}
            Ok(true) => {
                let why = |person: &Person| accounts.why_not(person.account()?);
                let ended = self.sign_ons.end_if(why);
                self.changed.send_replace(());
                info!(ended, "the accounts have changed");
            }
            Err(error) => warn!(%error, "the changed accounts cannot be read: those of before hold"),
        }
    }

    /// Tells the audit what was done to accounts on the command line.
    pub(in crate::access) fn tell_noted(&self, by_password: &ByPassword) {
        match notes::take(by_password.accounts.file()) {
            Ok(noted) => noted
                .into_iter()
                .for_each(|(at, event)| self.audit.noted(at, event)),
            Err(error) if self.untaken.says().is_some() => {
                warn!(%error, "what was done to accounts on the command line is not in the audit yet");
            }
            Err(_) => {}
        }
    }
}
