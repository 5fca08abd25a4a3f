//! Whoever signs in at a provider of OpenID Connect: the authorization code flow (OpenID Connect Core 1.0 §3.1) with PKCE
//! (RFC 7636).
//!
//! A browser leaves for the provider, and comes back with a code, which the bridge gives the provider for what it says of
//! who that is. What this began in a browser counts in that browser alone, once, and for a while.

mod claims;
mod http;
mod kinds;
mod known;
mod leaving;
mod pending;
mod proven;
mod provider;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use protocol::sign_on::NotByOpenId;
use protocol::standing::Rank;
use rustls::ClientConfig;
use serde::Deserialize;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::{info, warn};

use super::account::{self, Identity};
use super::tries::{self, CODES, Tries};
use super::{SignOn, person};
use crate::config::{ANSWER_WITHIN, Access, PublicAddress, Roles};
use crate::network::Network;
use crate::places::{Place, Places};
use crate::seldom::Seldom;
use crate::session::token::{Hash, NoRandomness, Token, hash};
use claims::Claims;
use leaving::LeavingRates;
pub(crate) use pending::Pending;
use pending::{Attempt, Pendings};
use provider::Provider;

/// The path below the console's address that the provider sends browsers back to.
pub(crate) const BACK: &str = "/api/sign-on/openid/back";

/// How long a browser may be away, which is how long its cookie lasts.
pub(crate) const AWAY_MAX: Duration = pending::AWAY_MAX;

/// How many codes are given the provider at a time, and how many of them that come from one network.
const PLACES: usize = 16;
const OF_NETWORK: usize = 2;

/// How long somebody who came back waits to have their code looked at.
const TURN_WITHIN: Duration = Duration::from_secs(5);

/// How long the provider may take for all that it is asked for one browser, which is told so before its request is given up.
const WITHIN: Duration = Duration::from_secs(9);
const _: () = assert!(WITHIN.as_millis() < ANSWER_WITHIN.as_millis());

/// A claim that is somebody's name only where the provider knows it to be theirs, and the one that says whether it does
/// (OpenID Connect Core 1.0 §5.1).
const EMAIL: &str = "email";
const EMAIL_VERIFIED: &str = "email_verified";

/// How much of a provider's own words goes into the log, in characters.
const LOGGED_MAX: usize = 200;

/// The provider, and the browsers that are there.
pub(crate) struct ByOpenId {
    provider: Provider,
    pendings: Pendings,
    /// Who was signed in last in each browser, by what it was known by when it came back.
    begun: Mutex<HashMap<Hash, Weak<SignOn>>>,
    leaving: LeavingRates,
    /// Codes that came to nothing, all of them for one name.
    tries: Tries,
    places: Places<Network>,
    said: Said,
    host: String,
    name_claim: String,
    groups_claim: String,
    roles: Roles,
}

/// When the log said of each that it happened.
#[derive(Default)]
struct Said {
    not_signed_in: Seldom,
    bad_name: Seldom,
    unverified: Seldom,
    no_role: Seldom,
    no_groups: Seldom,
}

/// A browser that leaves for the provider.
pub(crate) struct Leaving {
    /// Where it goes.
    pub(crate) to: String,
    /// What it is known by when it comes back.
    pub(crate) binding: String,
}

/// What a browser comes back with (RFC 6749 §4.1.2, RFC 9207).
#[derive(Default, Deserialize)]
pub(crate) struct Word {
    #[serde(default)]
    pub(crate) state: String,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

/// Whom the provider vouches for, and what they may do; or why they may not use the console: they belong to none of its groups, or
/// the provider does not say to which they do.
pub(crate) struct Vouched {
    pub(crate) identity: Identity,
    pub(crate) rank: Result<Rank, NotByOpenId>,
}

impl From<NoRandomness> for NotByOpenId {
    fn from(why: NoRandomness) -> Self {
        warn!(%why, "nobody can sign in at the provider");
        NotByOpenId::Broken
    }
}

/// What a browser leaves for.
pub(crate) struct Wish<'a> {
    /// The page that it goes on with.
    pub(crate) page: &'a str,
    /// Whether whoever is known at the provider in that browser is to be asked for their password once more: it may be
    /// somebody else who sits there.
    pub(crate) anew: bool,
}

impl ByOpenId {
    /// As the settings want it, with a provider that is trusted so. Nothing is asked of the provider yet: the console starts
    /// also where it is not there.
    ///
    /// # Errors
    /// When the settings are not those of a provider; a sentence.
    pub(super) fn new(access: &Access, tls: ClientConfig) -> Result<Self, String> {
        let openid = &access.openid;
        let (Some(issuer), Some(client)) = (&openid.issuer, &openid.client) else {
            return Err(
                "there is no provider to sign in at: name access.issuer and access.client".to_owned(),
            );
        };
        Ok(Self {
            host: issuer.host().to_owned(),
            provider: Provider::new(issuer.clone(), client, openid.secret()?, &openid.scopes, tls),
            pendings: Pendings::default(),
            begun: Mutex::default(),
            leaving: LeavingRates::default(),
            tries: Tries::new(CODES),
            places: Places::new(PLACES, OF_NETWORK),
            said: Said::default(),
            name_claim: openid.name_claim.clone(),
            groups_claim: openid.groups_claim.clone(),
            roles: access.roles.clone(),
        })
    }

    /// The host at which people sign in.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Sends a browser away that comes from there, is at that address of the console's, and wants to come back to that page.
    /// One that is away already, in another tab, is known by what it has.
    ///
    /// # Errors
    /// When it can go nowhere.
    pub(crate) async fn leave(
        &self,
        at: &PublicAddress,
        from: IpAddr,
        binding: Option<&str>,
        Wish { page, anew }: Wish<'_>,
    ) -> Result<Leaving, NotByOpenId> {
        if !self.leaving.take(from, Instant::now()) {
            return Err(NotByOpenId::TooOften);
        }
        let binding = match binding.filter(|it| Token::is_one(it)) {
            Some(known) => known.to_owned(),
            None => Token::new()?.reveal(),
        };
        let attempt = Attempt::new(format!("{at}{BACK}"))?;
        let state = Token::new()?;
        let kept_as = state.hash();
        let leaving = self.provider.leaving(state.reveal(), &attempt, anew);
        let to = timeout(WITHIN, leaving)
            .await
            .map_err(|_| NotByOpenId::Unreachable)??;
        self.pendings.keep(
            kept_as,
            Pending::new(attempt, hash(&binding), from, page.to_owned()),
        );
        Ok(Leaving { to, binding })
    }

    /// The attempt that a browser comes back from which is known by that. It counts no more.
    pub(crate) fn back(&self, binding: Option<&str>, state: &str) -> Option<Pending> {
        self.pendings.take(hash(state), hash(binding?))
    }

    /// Somebody is signed in now in the browser that is known by that. Gives who was before, by another of its tabs that was
    /// away as well: the browser has one cookie for both, so nobody could sign them out any more.
    pub(crate) fn begun(&self, binding: Option<&str>, signed_on: &Arc<SignOn>) -> Option<Arc<SignOn>> {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        // What stays is bounded by how many are signed in.
        begun.retain(|_, it| it.upgrade().is_some_and(|it| !it.is_over()));
        let before = begun.insert(hash(binding?), Arc::downgrade(signed_on))?;
        before.upgrade()
    }

    /// Whom the provider vouches for of those who come back from there.
    ///
    /// # Errors
    /// When it vouches for nobody who can be called so here.
    pub(crate) async fn vouched(
        &self,
        from: IpAddr,
        pending: Pending,
        word: Word,
    ) -> Result<Vouched, NotByOpenId> {
        let left_from = (pending.site, pending.network);
        let claims = timeout(WITHIN, self.claims(from, pending.attempt, word));
        let claims = claims.await.map_err(|_| NotByOpenId::Unreachable)??;
        self.leaving.give_back(left_from);
        let name = self.name(&claims)?;
        let identity = person::vouched(self.provider.issuer(), &claims.subject, name);
        let rank = self.rank(&claims, &identity);
        Ok(Vouched { identity, rank })
    }

    /// What somebody may do of whom the provider says that.
    fn rank(&self, claims: &Claims, identity: &Identity) -> Result<Rank, NotByOpenId> {
        let groups = if self.roles.ask_for_groups() {
            claims.texts(&self.groups_claim)
        } else {
            None
        };
        if let Some(rank) = self.roles.rank(groups.iter().flatten().copied()) {
            return Ok(rank);
        }
        let Some(groups) = groups else {
            if let Some(times) = self.said.no_groups.says() {
                warn!(
                    account = identity.name,
                    claim = self.groups_claim,
                    times,
                    "the provider does not say to which groups somebody belongs: see access.groups-claim and access.scopes"
                );
            }
            return Err(NotByOpenId::NoGroups);
        };
        if let Some(times) = self.said.no_role.says() {
            info!(
                account = identity.name,
                groups = groups.len(),
                times,
                "none of their groups may use the console"
            );
        }
        Err(NotByOpenId::NoRole)
    }

    /// What somebody is called of whom the provider says that.
    fn name<'c>(&self, claims: &'c Claims) -> Result<&'c str, NotByOpenId> {
        if self.name_claim == EMAIL && claims.denies(EMAIL_VERIFIED) {
            if let Some(times) = self.said.unverified.says() {
                warn!(
                    times,
                    "the provider names somebody by an e-mail address of which it does not know that it is theirs"
                );
            }
            return Err(NotByOpenId::Unverified);
        }
        let name = claims.text(&self.name_claim).unwrap_or_default();
        match account::check(name, &[]) {
            Ok(()) => Ok(name),
            Err(_) => {
                if let Some(times) = self.said.bad_name.says() {
                    warn!(
                        claim = self.name_claim,
                        times,
                        "the provider names somebody by nothing that is a name here: see access.name-claim and access.scopes"
                    );
                }
                Err(NotByOpenId::BadName)
            }
        }
    }

    async fn claims(&self, from: IpAddr, attempt: Attempt, word: Word) -> Result<Claims, NotByOpenId> {
        self.provider.check_issuer(word.iss.as_deref()).await?;
        if let Some(error) = word.error {
            if let Some(times) = self.said.not_signed_in.says() {
                let description = logged(word.error_description.unwrap_or_default());
                info!(
                    error = logged(&error),
                    description, times, "the provider signs somebody not in"
                );
            }
            return Err(match error.as_str() {
                "access_denied" | "login_required" | "interaction_required" | "consent_required" => {
                    NotByOpenId::Denied
                }
                "server_error" | "temporarily_unavailable" => NotByOpenId::Unreachable,
                _ => NotByOpenId::Refused,
            });
        }
        let code = word
            .code
            .filter(|code| !code.is_empty())
            .ok_or(NotByOpenId::Unproven)?;
        let mut wanted = vec![self.name_claim.as_str()];
        if self.name_claim == EMAIL {
            wanted.push(EMAIL_VERIFIED);
        }
        if self.roles.ask_for_groups() {
            wanted.push(&self.groups_claim);
        }
        let turn = timeout(TURN_WITHIN, self.turn(from));
        let (turn, _place) = turn.await.map_err(|_| NotByOpenId::Busy)??;
        let claims = self.provider.claims(code, attempt, &wanted).await?;
        self.tries.was_right(turn);
        Ok(claims)
    }

    /// Waits until a code may be given the provider that came from there. It is counted as one that comes to nothing.
    async fn turn(&self, from: IpAddr) -> Result<(tries::Turn, Place), NotByOpenId> {
        let own = self
            .places
            .own(from.into())
            .await
            .map_err(|_| NotByOpenId::Busy)?;
        // Who waits for others of their network is not counted yet: many who come at once and are who they say are let in
        // one after the other.
        let turn = self.tries.turn(from, "", Instant::now());
        let turn = turn.ok_or(NotByOpenId::TooOften)?;
        sleep_until(turn.begins).await;
        let place = own.place().await.map_err(|_| NotByOpenId::Busy)?;
        Ok((turn, place))
    }
}

/// What somebody else says, as it goes into the log: not too much of it, and on its line.
fn logged(text: impl ToString) -> String {
    let text = text.to_string();
    text.chars()
        .take(LOGGED_MAX)
        .flat_map(char::escape_debug)
        .collect()
}
