//! What an ID token says of somebody, where it proves to be the provider's.

use openidconnect::core::CoreJwsSigningAlgorithm;
use openidconnect::{
    AccessTokenHash, ClaimsVerificationError, ClientId, IdTokenVerifier, JwsSigningAlgorithm, Nonce,
    OAuth2TokenResponse, SignatureVerificationError, TokenResponse,
};
use protocol::sign_on::NotByOpenId;
use tracing::warn;

use super::kinds::{IdClaims, Metadata, Tokens};
use super::logged;
use crate::seldom::Seldom;

/// Why what came is not believed.
pub(super) enum Doubt {
    /// The key that signed it may be newer than those that are known.
    Key,
    /// It had expired by the bridge's clock.
    Expired(String),
    Other(String),
}

/// What an ID token says, proven to be the provider's, for this console and this attempt (OpenID Connect Core 1.0 §3.1.3.7).
pub(super) fn proven(
    metadata: &Metadata,
    own: &ClientId,
    tokens: &Tokens,
    nonce: &Nonce,
) -> Result<IdClaims, Doubt> {
    let token = tokens.id_token().ok_or_else(|| doubted("there is no ID token"))?;
    // Of a public client, also where there is a secret: whoever knows that could sign in as anybody, if what is signed with
    // it counted.
    let keys = metadata.jwks().clone();
    let verifier = IdTokenVerifier::new_public_client(own.clone(), metadata.issuer().clone(), keys);
    let signed = metadata.id_token_signing_alg_values_supported().iter().cloned();
    let signed = signed.filter(|it| *it != CoreJwsSigningAlgorithm::None && !it.uses_shared_secret());
    let verifier = verifier.set_allowed_algs(signed);
    let claims = token.claims(&verifier, nonce).map_err(|error| match error {
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey
            | SignatureVerificationError::CryptoError(_)
            // It may sign with another algorithm since.
            | SignatureVerificationError::DisallowedAlg(_),
        ) => Doubt::Key,
        ClaimsVerificationError::Expired(why) => Doubt::Expired(why),
        other => doubted(other),
    })?;
    // The library leaves that to whoever uses it.
    if claims.authorized_party().is_some_and(|it| it != own) {
        return Err(doubted("it is for another client"));
    }
    if let Some(hash) = claims.access_token_hash() {
        let algorithm = token.signing_alg().map_err(doubted)?;
        let key = token.signing_key(&verifier).map_err(doubted)?;
        let made = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
        if made.map_err(doubted)? != *hash {
            return Err(doubted("it was not made with the access token beside it"));
        }
    }
    Ok(claims.clone())
}

/// When the log said of each that something was not believed for it.
#[derive(Default)]
pub(super) struct Doubts {
    key: Seldom,
    expired: Seldom,
    other: Seldom,
}

impl Doubts {
    /// What whoever is told of in a way that is not believed is told, and the log.
    pub(super) fn disbelieve(&self, doubt: Doubt) -> NotByOpenId {
        match doubt {
            Doubt::Key => {
                if let Some(times) = self.key.says() {
                    warn!(
                        times,
                        "what the provider said of somebody is signed with none of the keys that are known of it"
                    );
                }
                NotByOpenId::Unproven
            }
            Doubt::Expired(why) => {
                if let Some(times) = self.expired.says() {
                    warn!(
                        why,
                        times,
                        "what the provider said of somebody had expired when it came: a clock is wrong"
                    );
                }
                NotByOpenId::Expired
            }
            Doubt::Other(why) => {
                if let Some(times) = self.other.says() {
                    warn!(why, times, "what the provider said of somebody is not believed");
                }
                NotByOpenId::Unproven
            }
        }
    }
}

fn doubted(why: impl ToString) -> Doubt {
    Doubt::Other(logged(why))
}
