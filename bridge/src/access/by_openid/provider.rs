//! The provider, asked when somebody signs in and not before: what it says of itself, and of them.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Uri;
use openidconnect::core::{
    CoreAuthPrompt, CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreResponseType,
};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    UserInfoClaims,
};
use protocol::sign_on::NotByOpenId;
use rustls::ClientConfig;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::warn;

use super::claims::Claims;
use super::http::Http;
use super::kinds::{ConsoleAt, IdClaims, Metadata, NotGiven, Others, Tokens};
use super::known::Known;
use super::logged;
use super::pending::Attempt;
use super::proven::{Doubt, Doubts, proven};
use crate::config::{self, Issuer};
use crate::seldom::Seldom;

/// How long it counts whether it was there when a browser was to be sent to it: it is looked for once in that time, however
/// many leave.
const FOUND_FOR: Duration = Duration::from_secs(1);

/// The provider, and the console as its client.
pub(super) struct Provider {
    http: Http,
    issuer: Issuer,
    client: ClientId,
    secret: Option<ClientSecret>,
    scopes: Vec<Scope>,
    known: Known<Metadata>,
    /// When it was looked last whether it is there, and whether it was.
    found: Mutex<Option<(Instant, bool)>>,
    said: Said,
    doubts: Doubts,
}

/// When the log said of each that it happened.
#[derive(Default)]
struct Said {
    elsewhere: Seldom,
    nothing: Seldom,
    not_told: Seldom,
    not_found: Seldom,
}

impl Provider {
    pub(super) fn new(
        issuer: Issuer,
        client: &str,
        secret: Option<config::ClientSecret>,
        scopes: &str,
        tls: ClientConfig,
    ) -> Self {
        let scopes = scopes.split(' ').filter(|it| !it.is_empty());
        Self {
            http: Http::new(tls, issuer.clone()),
            issuer,
            client: ClientId::new(client.to_owned()),
            secret: secret.map(|it| ClientSecret::new(it.reveal().to_owned())),
            // The library asks for that one itself.
            scopes: scopes
                .filter(|it| *it != "openid")
                .map(|it| Scope::new(it.to_owned()))
                .collect(),
            known: Known::new(),
            found: Mutex::default(),
            said: Said::default(),
            doubts: Doubts::default(),
        }
    }

    /// What the provider is called.
    pub(super) fn issuer(&self) -> &str {
        self.issuer.url().as_str()
    }

    /// Where a browser goes whose attempt this is, and by which state it comes back. Whoever signs in `anew` is asked for their
    /// password there, also where the provider knows somebody in that browser (OpenID Connect Core §3.1.2.1).
    ///
    /// # Errors
    /// When the provider is not there.
    pub(super) async fn leaving(
        &self,
        state: String,
        attempt: &Attempt,
        anew: bool,
    ) -> Result<String, NotByOpenId> {
        let metadata = self.metadata().await?;
        self.find(&metadata).await?;
        let client = self.client(&metadata, attempt)?;
        let nonce = attempt.nonce.clone();
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let leaving = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        let leaving = if anew {
            leaving.add_prompt(CoreAuthPrompt::Login)
        } else {
            leaving
        };
        let (to, ..) = leaving.url();
        Ok(to.into())
    }

    /// Looks, now and then, whether the provider is there, where the bridge takes codes: what it said of itself holds for longer
    /// than it may stand, and a browser that is sent to where nobody answers shows nothing of the console's.
    async fn find(&self, metadata: &Metadata) -> Result<(), NotByOpenId> {
        // Whoever else comes meanwhile waits for the same.
        let mut found = self.found.lock().await;
        if let Some((at, is_there)) = *found
            && at.elapsed() < FOUND_FOR
        {
            return is_there.then_some(()).ok_or(NotByOpenId::Unreachable);
        }
        let endpoint = metadata.token_endpoint().map(|it| it.as_str().parse::<Uri>());
        let Some(Ok(endpoint)) = endpoint else {
            return Err(NotByOpenId::Unreachable);
        };
        let looked = self.http.finds(&endpoint).await;
        *found = Some((Instant::now(), looked.is_ok()));
        looked.map_err(|error| {
            if let Some(times) = self.said.not_found.says() {
                warn!(
                    why = why(&error),
                    times, "the provider is not there: nobody is sent to it"
                );
            }
            NotByOpenId::Unreachable
        })
    }

    /// Whether an answer is the provider's own that says to come from there, or says nothing (RFC 9207 §2.4): another
    /// provider's is never taken to this one.
    ///
    /// # Errors
    /// When it is not.
    pub(super) async fn check_issuer(&self, said: Option<&str>) -> Result<(), NotByOpenId> {
        let metadata = self.metadata().await?;
        let always = metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        match said {
            Some(said) if said == self.issuer() => Ok(()),
            None if !always => Ok(()),
            _ => {
                if let Some(times) = self.said.elsewhere.says() {
                    warn!(
                        times,
                        "somebody came back from another provider than they were sent to"
                    );
                }
                Err(NotByOpenId::Unproven)
            }
        }
    }

    /// What the provider says of whoever brought that code. Where the ID token leaves out what is wanted, its UserInfo
    /// endpoint is asked.
    ///
    /// # Errors
    /// When it says nothing, or nothing that proves to be its own and for this attempt.
    pub(super) async fn claims(
        &self,
        code: String,
        attempt: Attempt,
        wanted: &[&str],
    ) -> Result<Claims, NotByOpenId> {
        let metadata = self.metadata().await?;
        let client = self.client(&metadata, &attempt)?;
        let nonce = Nonce::new(attempt.nonce.clone());
        let asking = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| NotByOpenId::Unreachable)?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()));
        let tokens = asking.request_async(&self.http).await;
        let tokens = tokens.map_err(|error| self.refused(error))?;
        let proven = match proven(&metadata, &self.client, &tokens, &nonce) {
            Err(Doubt::Key) => {
                let renewed = self.known.renewed(&metadata, Instant::now(), self.discovered());
                let renewed = renewed.await?;
                proven(&renewed, &self.client, &tokens, &nonce)
            }
            other => other,
        };
        let proven = proven.map_err(|doubt| self.doubts.disbelieve(doubt))?;
        let mut claims = Claims::new(proven.subject(), members(&proven)?);
        if wanted.iter().all(|claim| claims.has(claim)) {
            return Ok(claims);
        }
        if let Some(said) = self.user_info(&client, &tokens, &proven).await? {
            claims.add(said);
        }
        Ok(claims)
    }

    /// What the UserInfo endpoint says of the same person; none where there is no such endpoint.
    async fn user_info(
        &self,
        client: &ConsoleAt,
        tokens: &Tokens,
        proven: &IdClaims,
    ) -> Result<Option<Map<String, Value>>, NotByOpenId> {
        let token = tokens.access_token();
        // The library takes any token for a header's value (RFC 6750 §2.1).
        if !token.secret().bytes().all(|it| it.is_ascii_graphic()) {
            return Err(NotByOpenId::Unproven);
        }
        let Ok(asking) = client.user_info(token.clone(), Some(proven.subject().clone())) else {
            return Ok(None);
        };
        let said: Result<UserInfoClaims<Others, CoreGenderClaim>, _> = asking.request_async(&self.http).await;
        match said {
            Ok(said) => members(&said).map(Some),
            Err(error) => {
                if let Some(times) = self.said.not_told.says() {
                    warn!(
                        why = why(&error),
                        times, "the provider does not tell what somebody is called"
                    );
                }
                Err(NotByOpenId::Unproven)
            }
        }
    }

    /// What the provider says of itself.
    async fn metadata(&self) -> Result<Arc<Metadata>, NotByOpenId> {
        self.known.holds(Instant::now(), self.discovered()).await
    }

    async fn discovered(&self) -> Result<Metadata, String> {
        let asked = Metadata::discover_async(self.issuer.url().clone(), &self.http).await;
        let metadata = asked.map_err(|error| format!("the provider does not say how: {}", why(&error)))?;
        let leads: Option<Uri> = metadata.authorization_endpoint().as_str().parse().ok();
        if !leads.is_some_and(|uri| self.issuer.is_safe_at(&uri)) || metadata.token_endpoint().is_none() {
            return Err(
                "the provider names no page to sign in at, or no token endpoint, by https".to_owned(),
            );
        }
        Ok(metadata)
    }

    /// Why the provider gives nothing for a code. What it answered is told of no further than its error's code: tokens may
    /// be in it.
    fn refused(&self, error: NotGiven) -> NotByOpenId {
        let (why, told) = match error {
            RequestTokenError::ServerResponse(told) => {
                let description = told.error_description().map(String::as_str).unwrap_or_default();
                let why = match told.error() {
                    // The code is too old, or was used.
                    CoreErrorResponseType::InvalidGrant => NotByOpenId::Late,
                    _ => NotByOpenId::Refused,
                };
                (why, format!("{}: {description}", told.error().as_ref()))
            }
            RequestTokenError::Request(error) => (NotByOpenId::Unreachable, error.to_string()),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => (
                NotByOpenId::Unproven,
                "it answers with what is no answer".to_owned(),
            ),
        };
        if let Some(times) = self.said.nothing.says() {
            warn!(why = logged(told), times, "the provider gives nothing for a code");
        }
        why
    }

    /// The console as a client of that provider, in that attempt.
    fn client(&self, metadata: &Metadata, attempt: &Attempt) -> Result<ConsoleAt, NotByOpenId> {
        let back = RedirectUrl::new(attempt.back.clone()).map_err(|_| NotByOpenId::Refused)?;
        let methods = metadata.token_endpoint_auth_methods_supported();
        let takes = |method| methods.is_none_or(|it| it.contains(&method));
        // Where nothing is said, it is the first (OpenID Connect Discovery 1.0 §3).
        let auth = if takes(CoreClientAuthMethod::ClientSecretBasic) {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        };
        let client =
            ConsoleAt::from_provider_metadata(metadata.clone(), self.client.clone(), self.secret.clone());
        Ok(client.set_redirect_uri(back).set_auth_type(auth))
    }
}

/// The claims that somebody is told of by.
fn members(claims: &impl Serialize) -> Result<Map<String, Value>, NotByOpenId> {
    match serde_json::to_value(claims) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(NotByOpenId::Unproven),
    }
}

/// An error with all that is behind it.
fn why(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        told = format!("{told}: {error}");
        behind = error.source();
    }
    logged(told)
}
