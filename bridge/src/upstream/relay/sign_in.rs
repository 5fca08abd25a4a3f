//! Signing in for a guest: the lines of a mechanism, one after the other, each when the reply to the one before has
//! come. Nobody else's line goes out meanwhile.
//!
//! It ends with a reply, with the connection, or when somebody drops that.

use std::future::pending;
use std::net::IpAddr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::access::{By, LinkNo, ParticipantId};
use protocol::entry::{Event, Part};
use protocol::reply::Indicator;
use protocol::sasl::prep::prepare;
use protocol::sasl::{self, Assurance, Credentials, Exchange, Mechanism, Problem, Step, Surroundings};
use protocol::secret::{Redacted, Secret, TypedLine};
use protocol::state::{Phase, Protection};
use protocol::wire::{ACCESS_TOKEN_MAX, Bar, GuestSignIn, Outcome, PASSWORD_MAX, SAID_MAX, USER_MAX};
use tokio::task::yield_now;
use tokio::time::Instant;

use super::Relay;
use crate::places::{Place, Places};
use crate::session::token::Hash;
use crate::session::{Doer, SignIn};

/// The most rounds of hashing that are done here for a guest. They are the server's to choose, who may be anybody's, and it is the
/// console that does them.
const ROUNDS_MAX: u32 = 200_000;

/// How many of them are done before everything else has its turn: a millisecond or two.
const ROUNDS: u32 = 2000;

/// For how many that is done at a time, all sessions together: no more than one core is taken by it.
const HASHING_MAX: usize = 1;

/// Gives turns to those whose sign-ins take long. Whoever has an account has one of them at a time, in whichever of their sessions
/// guests sign in, so that others wait for one piece of theirs and not for all.
pub(crate) struct Hashing(Places<Hash>);

impl Default for Hashing {
    fn default() -> Self {
        Self(Places::new(HASHING_MAX, HASHING_MAX))
    }
}

impl Hashing {
    /// Waits for a turn of theirs who have long work to do, and for ever where nobody has. The next one's comes when it is dropped.
    pub(super) async fn turn(&self, whose: Option<Hash>) -> Place {
        let Some(whose) = whose else {
            return pending().await;
        };
        let place = async {
            yield_now().await;
            self.0.place(whose).await
        };
        // Boxed: it is rare, and every connection's task would hold room for it.
        match Box::pin(place).await {
            Ok(place) => place,
            // There are places while this is here.
            Err(_) => pending().await,
        }
    }
}

/// Why nothing more is sent for a guest whose link ended, or was used up, before they were signed in.
const LINK_OVER: &str = "This link lets nobody in any more. Nothing more was sent.";

/// What stands where a secret was struck out of what the server said.
const WITHHELD: &str = "(withheld)";

/// A sign-in under way.
pub(super) struct SigningIn {
    exchange: Exchange,
    guest: ParticipantId,
    /// Where they are.
    from: Option<IpAddr>,
    link: LinkNo,
    /// Whether the exchange has long work to do.
    pub(super) works: bool,
    /// What has come of the line that answers, without secrets, and whether one was struck out of it.
    said: Vec<u8>,
    is_struck: bool,
    /// Whether anything secret went out, by which the server may have told a wrong password.
    has_shown: bool,
    /// Why no more is sent, once that is so.
    given_up: Option<String>,
}

impl Relay<'_> {
    /// Looks at what happened, for whoever signs in or may want to. Gives what [`go_on`](Self::go_on) is to be called
    /// with once it is recorded.
    pub(super) fn attend(&mut self, event: &Event) -> Option<Part> {
        if self.offers.take_in(event) {
            self.tell_offers();
        }
        let signing_in = self.signing_in.as_mut()?;
        let (part, line) = match event {
            Event::Answered { part, line, .. } => (part, line),
            Event::Sent { line, .. } if signing_in.given_up.is_none() => {
                // While it goes on nobody else's lines go out.
                signing_in.has_shown |= !line.struck().is_empty();
                return None;
            }
            _ => return None,
        };
        if !matches!(part, Part::Status | Part::Continuation) {
            return None;
        }
        signing_in.take_in(line);
        line.bytes().ends_with(b"\n").then_some(*part)
    }

    /// TLS stands: what the server offered in clear text is forgotten.
    pub(super) fn forget_offers(&mut self) {
        self.offers.secured();
        self.tell_offers();
    }

    fn tell_offers(&self) {
        let is_secured = self.record.protection() != Protection::None;
        self.record.desk().offers(self.offers.mechanisms(is_secured));
    }

    /// Keeps guests up to date, and asks the server what it offers where nobody has. Tells whether it did.
    pub(super) fn serve_guests(&mut self) -> bool {
        let desk = self.record.desk();
        if !desk.has_guests() {
            return false;
        }
        let is_idle = self.dialogue.is_idle();
        desk.is_busy(!is_idle || self.line.is_mute());
        let may_ask = is_idle
            && self.signing_in.is_none()
            && self.dialogue.phase() == Phase::Authorization
            && !self.offers.were_asked()
            && !self.line.is_mute();
        may_ask
            && self
                .dialogue
                .submit(b"CAPA", None, By::Console, &mut self.outputs)
                .is_ok()
    }

    /// Begins, unless something speaks against it.
    pub(super) fn sign_in(&mut self, order: SignIn) {
        let (guest, from, link) = (order.guest, order.from, order.link);
        if self.signing_in.as_ref().is_some_and(|it| it.guest == guest) {
            // From another window of theirs, or in haste: what is under way goes on.
            return;
        }
        match self.begin(order.request, guest, link) {
            Ok(mut exchange) => {
                self.record.desk().begins(guest);
                let step = exchange.start();
                self.signing_in = Some(Box::new(SigningIn {
                    exchange,
                    guest,
                    from,
                    link,
                    works: false,
                    said: Vec::new(),
                    is_struck: false,
                    has_shown: false,
                    given_up: None,
                }));
                self.take_step(step);
            }
            Err(why) => {
                self.record.desk().ends(guest, link, Outcome::Failed { why });
            }
        }
    }

    fn begin(&self, request: GuestSignIn, guest: ParticipantId, link: LinkNo) -> Result<Exchange, String> {
        let desk = self.record.desk();
        if !self.record.lets_in(link) {
            return Err(LINK_OVER.into());
        }
        if request.connection != self.record.connection() {
            return Err(
                "It was meant for an earlier connection. Look at what is said here now, and try again."
                    .into(),
            );
        }
        let (by, expects) = (By::Participant(guest), self.dialogue.expects());
        // Somebody may have given a name, and be typing its password.
        let is_free = self
            .login
            .takes(by, b"USER", expects, |by| self.record.is_here(by));
        let is_busy =
            self.signing_in.is_some() || !is_free || !self.dialogue.is_idle() || self.line.is_mute();
        if let Some(bar) = desk.bar(guest).or(is_busy.then_some(Bar::Busy)) {
            return Err(bar.sentence().to_owned());
        }
        let is_secured = self.record.protection() != Protection::None;
        let offered = self.offers.mechanisms(is_secured);
        let mechanism = request.mechanism.or(offered.first().copied());
        let mechanism = mechanism
            .filter(|it| offered.contains(it))
            .ok_or("The server does not offer that mechanism.")?;
        exchange(mechanism, request, &self.offers).map_err(|problem| problem.sentence())
    }

    /// Does a part of what takes long.
    pub(super) fn work(&mut self) {
        if let Some(signing_in) = &mut self.signing_in
            && let Some(step) = signing_in.exchange.work(ROUNDS)
        {
            signing_in.works = false;
            self.take_step(step);
        }
    }

    /// The connection is over, and what was under way with it. Where the server may have told a wrong password by what had gone
    /// out, that counts as a refusal: hanging up must not be a way to guess, or to have the console hash, for ever.
    pub(super) fn cut_sign_in_off(&mut self) {
        if let Some(signing_in) = &self.signing_in {
            if signing_in.has_shown {
                self.record.desk().refused(signing_in.link);
            }
            let why = "The connection ended before the server had answered.".to_owned();
            self.end_sign_in(Outcome::Failed { why });
        }
    }

    /// A whole line came that answers.
    pub(super) fn go_on(&mut self, part: Part) {
        let Some(signing_in) = &mut self.signing_in else {
            return;
        };
        let said = std::mem::take(&mut signing_in.said);
        let is_struck = std::mem::take(&mut signing_in.is_struck);
        let reply = match (part, Indicator::of(&said)) {
            (Part::Continuation, _) if signing_in.given_up.is_some() => return self.give_up_for_good(false),
            (Part::Continuation, _) if is_struck => sasl::Reply::Withheld,
            (Part::Continuation, _) => sasl::Reply::Challenge(said.get(1..).unwrap_or_default()),
            (_, Some((Indicator::Ok, _))) => sasl::Reply::Ok,
            _ => sasl::Reply::Err,
        };
        match signing_in.exchange.answer(reply) {
            Step::Refused if signing_in.given_up.is_some() => self.give_up_for_good(true),
            Step::Refused => self.end_sign_in(Outcome::Refused { said: told(&said) }),
            step => self.take_step(step),
        }
    }

    fn take_step(&mut self, step: Step) {
        let is_over = self
            .signing_in
            .as_ref()
            .is_some_and(|it| !self.record.lets_in(it.link));
        match step {
            // The link may have been revoked while the server or the hashing took its time.
            Step::Command(_) if is_over => self.end_sign_in(Outcome::Failed {
                why: LINK_OVER.to_owned(),
            }),
            Step::Response(_) if is_over => self.cancel(LINK_OVER.to_owned()),
            Step::Command(line) => self.send(&line, false),
            Step::Response(line) => self.send(&line, true),
            Step::Work => {
                if let Some(signing_in) = &mut self.signing_in {
                    signing_in.works = true;
                }
            }
            Step::Cancel(problem) => self.cancel(problem.sentence()),
            Step::SignedIn(Assurance::Missing) => self.end_sign_in(Outcome::Unproven),
            Step::SignedIn(_) => self.end_sign_in(Outcome::Done),
            Step::Refused => self.end_sign_in(Outcome::Refused { said: String::new() }),
            Step::Failed(problem) => self.end_sign_in(Outcome::Failed {
                why: problem.sentence(),
            }),
        }
    }

    fn send(&mut self, line: &TypedLine, is_response: bool) {
        let Some((guest, from)) = self.signing_in.as_ref().map(|it| (it.guest, it.from)) else {
            return;
        };
        let (octets, by) = (line.reveal(), By::Participant(guest));
        let doer = Doer { by, from };
        let expected = self.dialogue.expects();
        if let Err(why) = self.tries(octets, doer) {
            let why = why.sentence().to_owned();
            return match is_response {
                true => self.cancel(why),
                false => self.end_sign_in(Outcome::Failed { why }),
            };
        }
        let sent = if is_response {
            self.dialogue.submit_response(octets, None, by, &mut self.outputs)
        } else {
            self.dialogue.submit(octets, None, by, &mut self.outputs)
        };
        if let Err(why) = sent {
            let why = why.sentence().to_owned();
            return self.end_sign_in(Outcome::Failed { why });
        }
        self.login.sent(by, octets, expected, self.dialogue.expects());
        self.login.is_from(doer, octets, expected);
        self.used = Instant::now();
    }

    /// Takes the exchange back (RFC 5034 §4): the server's reply to that ends it.
    fn cancel(&mut self, why: String) {
        if let Some(signing_in) = &mut self.signing_in {
            signing_in.given_up = Some(why);
        }
        self.send(&TypedLine::new(b"*".to_vec()), true);
    }

    /// What was taken back is over. Where the server may have told a wrong password by what had gone out before, its
    /// refusal counts as any other does: taking back must not be a way to guess for ever.
    fn give_up_for_good(&mut self, is_refused: bool) {
        let Some(signing_in) = &mut self.signing_in else {
            return;
        };
        let why = signing_in.given_up.take().unwrap_or_default();
        if is_refused && signing_in.has_shown {
            self.record.desk().refused(signing_in.link);
        }
        self.end_sign_in(Outcome::Failed { why });
    }

    fn end_sign_in(&mut self, outcome: Outcome) {
        // With this every secret that it held is overwritten.
        let Some(ended) = self.signing_in.take() else {
            return;
        };
        let (guest, link) = (ended.guest, ended.link);
        drop(ended);
        self.record.signed_in(guest, link, outcome);
    }
}

impl SigningIn {
    /// A line, or a piece of one: no more of it is kept than is looked at.
    fn take_in(&mut self, line: &Redacted) {
        /// RFC 5034 §4 bounds no challenge. Longer ones than this are none that a mechanism here understands.
        const LINE_MAX: usize = 64 * 1024;
        self.is_struck |= !line.struck().is_empty();
        let mut from = 0;
        let bytes = line.bytes();
        for &at in line.struck() {
            let at = usize::try_from(at).unwrap_or(usize::MAX);
            self.said.extend(bytes.get(from..at).unwrap_or_default());
            self.said.extend(WITHHELD.as_bytes());
            from = at;
        }
        self.said.extend(bytes.get(from..).unwrap_or_default());
        self.said.truncate(LINE_MAX);
    }
}

/// The exchange of a mechanism. With this the request, and its copy of the password, is overwritten.
fn exchange(mechanism: Mechanism, request: GuestSignIn, offers: &super::Offers) -> Result<Exchange, Problem> {
    let GuestSignIn { user, password, .. } = request;
    let longest = if mechanism == Mechanism::XOauth2 {
        ACCESS_TOKEN_MAX
    } else {
        PASSWORD_MAX
    };
    if user.len() > USER_MAX || password.reveal().len() > longest {
        return Err(Problem::TooLong);
    }
    let (user, secret) = if mechanism == Mechanism::ScramSha256 {
        // The browser has normalized both: it has the tables.
        let text = std::str::from_utf8(password.reveal()).map_err(|_| Problem::Control)?;
        let prepared = prepare(text, str::to_owned)?;
        (prepare(&user, str::to_owned)?, Secret::new(prepared.into_bytes()))
    } else {
        (user, Secret::new(password.reveal().to_vec()))
    };
    let mut chance = [0; 18];
    getrandom::fill(&mut chance).map_err(|_| Problem::NoChance)?;
    let around = Surroundings {
        timestamp: offers.timestamp.clone(),
        takes_initial: offers.takes_initial(mechanism),
        nonce: BASE64_URL_SAFE_NO_PAD.encode(chance),
    };
    let exchange = Exchange::new(mechanism, Credentials { user, secret }, around)?;
    Ok(exchange.bounded(ROUNDS_MAX))
}

/// What the server said, for the guest.
fn told(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said.get(..SAID_MAX).unwrap_or(said));
    let mut text = text.trim_end().to_owned();
    while text.len() > SAID_MAX {
        text.pop();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn one_piece_is_hashed_at_a_time_and_one_account_keeps_another_waiting_for_one_of_its_own() {
        let (hashing, anna, ben) = (Hashing::default(), Some([1; 32]), Some([2; 32]));
        assert!(timeout(SOON, hashing.turn(None)).await.is_err());
        let first = hashing.turn(anna).await;
        let (mut second, mut third) = (pin!(hashing.turn(anna)), pin!(hashing.turn(anna)));
        let mut other = pin!(hashing.turn(ben));
        assert!(timeout(SOON, &mut second).await.is_err());
        assert!(timeout(SOON, &mut third).await.is_err());
        assert!(timeout(SOON, &mut other).await.is_err());
        drop(first);
        assert!(timeout(SOON, &mut second).await.is_err());
        let other = timeout(SOON, &mut other).await;
        assert!(other.is_ok(), "they do not wait for all who came before");
        drop(other);
        drop(second.await);
        third.await;
    }
}
