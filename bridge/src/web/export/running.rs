//! The exports that are being made: how many there may be at once, and which of them must stop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::access::LinkNo;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::config::Limits;
use crate::share;
use crate::web::listener::Place;

/// How many exports of a session guests leave to its owner, whom they could keep waiting otherwise.
const OWNERS_EXPORTS: usize = 2;

/// Which part of all exports guests leave to owners: one of so many.
const OWNERS_SHARE: usize = 8;

/// How many exports may be made through one link at once.
const EXPORTS_OF_LINK_MAX: usize = 2;

/// All exports of the bridge that are being made.
pub(crate) struct Exports {
    running: Mutex<Vec<Arc<Underway>>>,
    /// How many there may be.
    max: usize,
    /// How many of one session.
    of_session: usize,
    /// How long one may take.
    within: Duration,
}

/// An export's place among them. Dropping it gives the place back.
pub(super) struct Running {
    exports: Arc<Exports>,
    it: Arc<Underway>,
    /// Breaks it off when it has taken too long, as it does where somebody reads an octet now and then.
    late: JoinHandle<()>,
}

/// An export that is being made.
struct Underway {
    session: Box<str>,
    /// Which account's that is, where there are accounts.
    account: Option<Box<str>>,
    /// Through which link; none of the owner's.
    link: Option<LinkNo>,
    /// The connection that it goes out on.
    place: Place,
}

/// No further export is begun now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooMany {
    #[error(
        "As many exports of this session are being made as there may be at once. Try again when one is done."
    )]
    InSession,
    #[error(
        "As many exports are being made through this link as there may be at once. Try again when one is done."
    )]
    ThroughLink,
    #[error(
        "As many exports of this account's sessions are being made as there may be at once. Try again when one is done."
    )]
    OfAccount,
    #[error("The console makes as many exports as it can at once. Try again in a moment.")]
    AtAll,
}

impl Exports {
    /// None yet, and at most so many at once, each of which may take so long.
    pub(crate) fn new(limits: &Limits, within: Duration) -> Arc<Self> {
        Arc::new(Self {
            running: Mutex::default(),
            max: limits.exports,
            of_session: limits.exports_of_session,
            within,
        })
    }

    /// Begins one of that session of that account, through that link, which goes out on that connection.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn begin(
        self: &Arc<Self>,
        session: &str,
        account: Option<&str>,
        link: Option<LinkNo>,
        place: &Place,
    ) -> Result<Running, TooMany> {
        let mut running = self.lock();
        let of_session = running.iter().filter(|it| *it.session == *session).count();
        let (left_of_session, left) = match link {
            Some(_) => (OWNERS_EXPORTS, self.max / OWNERS_SHARE),
            None => (0, 0),
        };
        if link.is_some() {
            let through = running.iter().filter(|it| it.is_through(session, link));
            if through.count() >= EXPORTS_OF_LINK_MAX {
                return Err(TooMany::ThroughLink);
            }
        }
        if of_session + left_of_session >= self.of_session {
            return Err(TooMany::InSession);
        }
        let of_account = || running.iter().filter(|it| it.account.as_deref() == account);
        if account.is_some() && of_account().count() >= share::of_one(self.max) {
            return Err(TooMany::OfAccount);
        }
        if running.len() + left >= self.max {
            return Err(TooMany::AtAll);
        }
        let it = Arc::new(Underway {
            session: session.into(),
            account: account.map(Into::into),
            link,
            place: place.clone(),
        });
        running.push(it.clone());
        drop(running);
        let (within, place) = (self.within, place.clone());
        Ok(Running {
            exports: self.clone(),
            it,
            late: tokio::spawn(async move {
                sleep(within).await;
                place.break_off();
            }),
        })
    }

    /// Breaks off those of a session. It reaches also those that were begun while the session lived, which has been
    /// read anew since.
    pub(crate) fn stop(&self, session: &str) {
        self.stop_if(|it| *it.session == *session);
    }

    /// Breaks off those of a session that go through a link.
    pub(crate) fn stop_through(&self, session: &str, link: LinkNo) {
        self.stop_if(|it| it.is_through(session, Some(link)));
    }

    fn stop_if(&self, must: impl Fn(&Underway) -> bool) {
        for it in self.lock().iter().filter(|it| must(it)) {
            it.place.break_off();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Underway>>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Underway {
    fn is_through(&self, session: &str, link: Option<LinkNo>) -> bool {
        *self.session == *session && self.link == link
    }
}

impl Running {
    /// Breaks it off: what there is of the file is seen to be cut.
    pub(super) fn break_off(&self) {
        self.it.place.break_off();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.late.abort();
        self.exports.lock().retain(|it| !Arc::ptr_eq(it, &self.it));
    }
}
