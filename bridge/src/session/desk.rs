//! The desk of a session: what whoever came to sign in is shown, and what became of it.
//!
//! Nothing of the transcript comes by here, and no password: that goes from the guest's socket to the
//! [upstream](crate::upstream) task alone.

mod news;

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::access::{LinkNo, ParticipantId};
use protocol::entry::ConnectionNo;
use protocol::sasl::Mechanism;
use protocol::state::{Phase, Protection, State};
use protocol::tls::TlsReport;
use protocol::wire::{self, Bar, GuestSignIn, Outcome, TRIES_MAX};
use tokio::sync::watch;

pub(crate) use news::DeskNews;

use super::order::Unsent;
use super::presence::Participant;
use super::{Control, Session, SignIn};

/// Of how many guests it is known what became of their sign-in: those who were the last to begin with it.
const OUTCOMES_MAX: usize = 128;

/// What there is to know of the line, who signs in, and what became of those who did.
pub(crate) struct SignInDesk {
    state: Mutex<Box<DeskState>>,
    changes: watch::Sender<u64>,
    guests: AtomicUsize,
}

/// Where the line stands, and what came of sign-ins on it.
#[derive(Default)]
struct DeskState {
    host: String,
    port: u16,
    connection: ConnectionNo,
    phase: Phase,
    protection: Protection,
    loopback: bool,
    /// Whether the certificate was to be for another name than the host.
    has_other_name: bool,
    certificate: Option<TlsReport>,
    mechanisms: Vec<Mechanism>,
    /// Whether a reply is due.
    is_busy: bool,
    /// Who is signing in.
    signing: Option<ParticipantId>,
    /// What became of whom, the newest last: at most [`OUTCOMES_MAX`].
    outcomes: Vec<(ParticipantId, Outcome)>,
    refusals: Vec<(LinkNo, u32)>,
}

impl SignInDesk {
    /// One that knows nothing yet but how many sign-ins through each link were refused.
    pub(crate) fn new(refusals: Vec<(LinkNo, u32)>) -> Self {
        let state = DeskState {
            refusals,
            ..DeskState::default()
        };
        Self {
            state: Mutex::new(Box::new(state)),
            changes: watch::Sender::new(0),
            guests: AtomicUsize::new(0),
        }
    }

    /// Whether a guest is here.
    pub(crate) fn has_guests(&self) -> bool {
        self.guests.load(Ordering::Relaxed) > 0
    }

    /// Where the connection stands now.
    pub(crate) fn moved(&self, connection: ConnectionNo, state: &State) {
        self.change(|known| {
            if known.connection != connection {
                (known.certificate, known.mechanisms) = (None, Vec::new());
                known.connection = connection;
            }
            if let Some(target) = &state.target {
                known.host.clone_from(&target.host);
                known.port = target.port;
                let name = target.name.as_ref();
                known.has_other_name = name.is_some_and(|name| !name.eq_ignore_ascii_case(&target.host));
            }
            known.phase = state.phase;
            known.protection = state.protection;
            known.loopback = state.loopback && is_this_machine(&known.host);
        });
    }

    /// TLS stands on that connection.
    pub(crate) fn secured(&self, connection: ConnectionNo, report: &TlsReport) {
        self.change(|known| {
            known.connection = connection;
            known.certificate = Some(report.clone());
        });
    }

    /// What the server offers to sign in by, the preferred one first.
    pub(crate) fn offers(&self, mechanisms: Vec<Mechanism>) {
        self.change(|known| known.mechanisms = mechanisms);
    }

    /// Whether a reply is due.
    pub(crate) fn is_busy(&self, is_busy: bool) {
        if self.lock().is_busy != is_busy {
            self.change(|known| known.is_busy = is_busy);
        }
    }

    /// Somebody's name and password are on their way.
    pub(crate) fn begins(&self, guest: ParticipantId) {
        self.change(|known| {
            known.signing = Some(guest);
            known.set(guest, Outcome::Underway);
        });
    }

    /// What became of it. A refusal counts. Tells how many more of them the link outlives.
    pub(crate) fn ends(&self, guest: ParticipantId, link: LinkNo, outcome: Outcome) -> u32 {
        self.change(|known| {
            if known.signing == Some(guest) {
                known.signing = None;
            }
            if matches!(outcome, Outcome::Refused { .. }) {
                known.refused(link);
            }
            known.set(guest, outcome);
            known.tries(link)
        })
    }

    /// The server has refused a guest whose sign-in came to something else.
    pub(crate) fn refused(&self, link: LinkNo) {
        self.change(|known| known.refused(link));
    }

    /// Nothing is sent, for that reason.
    pub(crate) fn fails(&self, guest: ParticipantId, link: LinkNo, why: Bar) {
        let why = why.sentence().to_owned();
        self.ends(guest, link, Outcome::Failed { why });
    }

    /// Why that guest cannot sign in now.
    pub(crate) fn bar(&self, guest: ParticipantId) -> Option<Bar> {
        self.lock().bar(guest)
    }

    /// How many more refusals the link outlives.
    pub(crate) fn tries(&self, link: LinkNo) -> u32 {
        self.lock().tries(link)
    }

    /// Whether that guest is signed in.
    fn is_done(&self, guest: ParticipantId) -> bool {
        let known = self.lock();
        let is_theirs = |(it, outcome): &(ParticipantId, Outcome)| *it == guest && outcome.is_done();
        known.outcomes.iter().any(is_theirs)
    }

    fn shown(&self, guest: ParticipantId, link: LinkNo, asker: String) -> wire::Desk {
        let known = self.lock();
        let outcome = known.outcomes.iter().find(|(it, _)| *it == guest);
        wire::Desk {
            host: known.host.clone(),
            port: known.port,
            connection: known.connection,
            asker,
            protection: known.protection,
            loopback: known.loopback,
            certificate: known.certificate.clone(),
            mechanisms: known.mechanisms.clone(),
            bar: known.bar(guest),
            outcome: outcome.map(|(_, outcome)| outcome.clone()).unwrap_or_default(),
            tries: known.tries(link),
        }
    }

    fn change<T>(&self, how: impl FnOnce(&mut DeskState) -> T) -> T {
        let changed = how(&mut self.lock());
        if self.has_guests() {
            self.changes.send_modify(|changes| *changes += 1);
        }
        changed
    }

    fn lock(&self) -> MutexGuard<'_, Box<DeskState>> {
        // Every change leaves what makes sense, also where it was not done to its end.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a host is this machine by its name alone. Of any other name whoever answers for it in the DNS can say that,
/// and a guest would take what listens here for the server of that name.
fn is_this_machine(host: &str) -> bool {
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

impl DeskState {
    fn bar(&self, guest: ParticipantId) -> Option<Bar> {
        match self.phase {
            Phase::Authorization => {}
            Phase::Transaction | Phase::Update => return Some(Bar::SignedIn),
            _ => return Some(Bar::NotConnected),
        }
        match self.protection {
            Protection::None if !self.loopback => Some(Bar::ClearText),
            Protection::Unverified => Some(Bar::NotVerified),
            // The guest would take the host for verified, which nobody did.
            Protection::Verified if self.has_other_name => Some(Bar::OtherName),
            _ => match self.signing {
                Some(signing) => (signing != guest).then_some(Bar::Busy),
                None => self.is_busy.then_some(Bar::Busy),
            },
        }
    }

    fn refused(&mut self, link: LinkNo) {
        match self.refusals.iter_mut().find(|(it, _)| *it == link) {
            Some((_, refusals)) => *refusals += 1,
            None => self.refusals.push((link, 1)),
        }
    }

    fn tries(&self, link: LinkNo) -> u32 {
        let refusals = self.refusals.iter().find(|(it, _)| *it == link);
        TRIES_MAX.saturating_sub(refusals.map_or(0, |(_, refusals)| *refusals))
    }

    fn set(&mut self, guest: ParticipantId, outcome: Outcome) {
        match self.outcomes.iter_mut().find(|(it, _)| *it == guest) {
            Some((_, known)) => *known = outcome,
            None => {
                if self.outcomes.len() >= OUTCOMES_MAX {
                    self.outcomes.remove(0);
                }
                self.outcomes.push((guest, outcome));
            }
        }
    }
}

impl Session {
    /// Somebody who came to sign in does it.
    pub(super) fn sign_in(&self, who: &Participant, link: LinkNo, request: GuestSignIn) {
        let guest = who.id;
        let order = SignIn {
            guest,
            from: who.doer().from,
            link,
            request,
        };
        let Err(unsent) = self.controls.try_send(Box::new(Control::SignIn(order))) else {
            return;
        };
        let why = match unsent {
            Unsent::Full(_) => Bar::Busy,
            Unsent::Over(_) => Bar::NotConnected,
        };
        self.desk.fails(guest, link, why);
    }
}

#[cfg(test)]
mod tests;
