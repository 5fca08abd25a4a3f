//! The desk of a session: what whoever came to sign in is shown, and what became of it.
//!
//! Nothing of the transcript comes by here, and no password: that goes from the guest's socket to the
//! [upstream](crate::upstream) task alone.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use protocol::access::{LinkNo, ParticipantId};
use protocol::entry::ConnectionNo;
use protocol::sasl::Mechanism;
use protocol::state::{Phase, Protection, State};
use protocol::tls::TlsReport;
use protocol::wire::{self, Bar, GuestSignIn, Outcome, TRIES_MAX, ToBrowser, encode};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::presence::Listener;
use super::{Control, Session, SignIn};

/// How long after one word a guest is given the next: the line may become busy and free many times a second.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Of how many guests it is known what became of their sign-in: those who were the last to begin with it.
const OUTCOMES_MAX: usize = 128;

/// How long a guest waits at most to be told that they are signed in until the link's being used up outlives the bridge.
/// It is shorter than the time that they have to read it.
const USED_UP_WITHIN: Duration = Duration::from_millis(300);

/// What there is to know of the line, who signs in, and what became of those who did.
pub(crate) struct SignInDesk {
    known: Mutex<Box<Known>>,
    changes: watch::Sender<u64>,
    guests: AtomicUsize,
}

#[derive(Default)]
struct Known {
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

/// A guest's place at the desk: a window of theirs. Dropping it leaves.
pub(crate) struct Seat {
    session: Arc<Session>,
    guest: ParticipantId,
    link: LinkNo,
    changes: watch::Receiver<u64>,
    /// The owner may be called something else by now.
    people: Listener,
    /// What they were told last.
    told: Bytes,
    /// Whether something may have changed since.
    is_due: bool,
    /// Whether it was waited for that their being signed in outlives the bridge.
    lasts: bool,
    not_before: Instant,
}

impl SignInDesk {
    /// One that knows nothing yet but how many sign-ins through each link were refused.
    pub(crate) fn new(refusals: Vec<(LinkNo, u32)>) -> Self {
        let known = Known {
            refusals,
            ..Known::default()
        };
        Self {
            known: Mutex::new(Box::new(known)),
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
        known.outcomes.contains(&(guest, Outcome::Done))
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

    fn change<T>(&self, how: impl FnOnce(&mut Known) -> T) -> T {
        let changed = how(&mut self.lock());
        if self.has_guests() {
            self.changes.send_modify(|changes| *changes += 1);
        }
        changed
    }

    fn lock(&self) -> MutexGuard<'_, Box<Known>> {
        // Every change leaves what makes sense, also where it was not done to its end.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a host is this machine by its name alone. Of any other name whoever answers for it in the DNS can say that,
/// and a guest would take what listens here for the server of that name.
fn is_this_machine(host: &str) -> bool {
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(is_loopback)
}

impl Known {
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

impl Seat {
    /// Takes a seat for somebody who came through a link to sign in.
    pub(crate) fn take(session: Arc<Session>, guest: ParticipantId, link: LinkNo) -> Self {
        session.desk.guests.fetch_add(1, Ordering::Relaxed);
        // Where that finds no room the upstream task is about to be woken anyway.
        let _ = session.controls.try_send(Box::new(Control::Attend));
        Self {
            changes: session.desk.changes.subscribe(),
            people: session.presence.listen(),
            session,
            guest,
            link,
            told: Bytes::new(),
            is_due: true,
            lasts: false,
            not_before: Instant::now(),
        }
    }

    /// Waits until there is something new to be told, and for its time. Nothing is lost when this is dropped before
    /// it is ready.
    pub(crate) async fn news(&mut self) -> Bytes {
        loop {
            // The senders live in the session, so waiting cannot fail.
            if !self.is_due {
                tokio::select! {
                    _ = self.changes.changed() => {}
                    () = self.people.word() => {}
                }
                self.is_due = true;
            }
            if Instant::now() < self.not_before {
                // Boxed: it is rare, and every socket's task would hold room for it.
                Box::pin(sleep_until(self.not_before)).await;
            }
            if !self.lasts && self.session.desk.is_done(self.guest) {
                // Boxed, too. Where it takes longer they are signed in all the same.
                let _ = timeout(USED_UP_WITHIN, Box::pin(self.session.lasts())).await;
                self.lasts = true;
            }
            self.is_due = false;
            self.changes.mark_unchanged();
            let asker = self.session.owner_name();
            let shown = self.session.desk.shown(self.guest, self.link, asker);
            let told: Bytes = encode(&ToBrowser::Desk(shown)).into();
            if told != self.told {
                self.told = told.clone();
                self.not_before = Instant::now() + TOLD_EVERY;
                return told;
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.session.desk.guests.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Session {
    /// Somebody who came to sign in does it.
    pub(super) fn sign_in(&self, guest: ParticipantId, link: LinkNo, request: GuestSignIn) {
        let order = SignIn { guest, link, request };
        let Err(unsent) = self.controls.try_send(Box::new(Control::SignIn(order))) else {
            return;
        };
        let why = match unsent {
            TrySendError::Full(_) => Bar::Busy,
            TrySendError::Closed(_) => Bar::NotConnected,
        };
        self.desk.fails(guest, link, why);
    }
}

#[cfg(test)]
mod tests {
    use protocol::target::{Family, Security, Target};

    use super::*;

    fn state(phase: Phase, protection: Protection, loopback: bool) -> State {
        State {
            phase,
            protection,
            loopback,
            target: Some(target("127.0.0.1")),
            ..State::default()
        }
    }

    fn target(host: &str) -> Target {
        Target {
            host: host.to_owned(),
            port: 110,
            security: Security::Plain,
            verify: true,
            name: None,
            family: Family::Any,
        }
    }

    #[test]
    fn a_name_that_leads_to_this_machine_is_not_this_machine() {
        let desk = SignInDesk::new(Vec::new());
        let bar = |host: &str| {
            let state = state(Phase::Authorization, Protection::None, true);
            desk.moved(
                1,
                &State {
                    target: Some(target(host)),
                    ..state
                },
            );
            desk.bar(2)
        };
        for host in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(bar(host), None, "{host}");
        }
        for host in [
            "mail.company.com",
            "localhost.company.com",
            "127.1",
            "192.0.2.1",
            "",
        ] {
            assert_eq!(bar(host), Some(Bar::ClearText), "{host}");
        }
    }

    #[test]
    fn a_password_goes_out_to_a_verified_server_or_within_this_machine_alone() {
        let desk = SignInDesk::new(Vec::new());
        assert_eq!(desk.bar(2), Some(Bar::NotConnected));
        let bar = |phase, protection, loopback| {
            desk.moved(1, &state(phase, protection, loopback));
            desk.bar(2)
        };
        let here = Phase::Authorization;
        assert_eq!(bar(here, Protection::None, false), Some(Bar::ClearText));
        assert_eq!(bar(here, Protection::None, true), None);
        assert_eq!(bar(here, Protection::Verified, false), None);
        for loopback in [false, true] {
            assert_eq!(
                bar(here, Protection::Unverified, loopback),
                Some(Bar::NotVerified)
            );
        }
        for phase in [Phase::Transaction, Phase::Update] {
            assert_eq!(bar(phase, Protection::Verified, true), Some(Bar::SignedIn));
        }
        for phase in [
            Phase::NotConnected,
            Phase::Greeting,
            Phase::Securing,
            Phase::StartingTls,
            Phase::TlsRefused,
            Phase::Closed,
        ] {
            assert_eq!(
                bar(phase, Protection::Verified, true),
                Some(Bar::NotConnected),
                "{phase:?}"
            );
        }
    }

    #[test]
    fn a_certificate_for_another_name_than_the_host_does_not_verify_the_host() {
        let desk = SignInDesk::new(Vec::new());
        let bar = |name: Option<&str>| {
            let mut state = state(Phase::Authorization, Protection::Verified, false);
            let target = target("mail.company.com");
            let name = name.map(str::to_owned);
            state.target = Some(Target { name, ..target });
            desk.moved(1, &state);
            desk.bar(2)
        };
        assert_eq!(bar(Some("mail.evil.example")), Some(Bar::OtherName));
        assert_eq!(bar(Some("Mail.Company.com")), None);
        assert_eq!(bar(None), None);
    }

    #[test]
    fn one_signs_in_at_a_time_and_each_is_told_what_became_of_their_own() {
        let desk = SignInDesk::new(Vec::new());
        desk.moved(1, &state(Phase::Authorization, Protection::Verified, false));
        desk.is_busy(true);
        assert_eq!(desk.bar(2), Some(Bar::Busy));
        desk.is_busy(false);
        desk.begins(2);
        assert_eq!((desk.bar(2), desk.bar(3)), (None, Some(Bar::Busy)));
        let refused = Outcome::Refused { said: "-ERR".into() };
        assert_eq!(desk.ends(2, 7, refused.clone()), TRIES_MAX - 1);
        let shown = |guest, link| desk.shown(guest, link, String::new());
        assert_eq!(
            (shown(2, 7).outcome, shown(3, 7).outcome),
            (refused, Outcome::Waiting)
        );
        assert_eq!((shown(2, 7).tries, shown(3, 8).tries), (TRIES_MAX - 1, TRIES_MAX));
        let failed = Outcome::Failed {
            why: "It ended.".into(),
        };
        assert_eq!(
            desk.ends(2, 7, failed),
            TRIES_MAX - 1,
            "only the server's refusals count"
        );
    }
}
