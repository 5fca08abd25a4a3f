//! SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: each side proves that it knows the password.

use std::str;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use super::{Assurance, Credentials, Method, Problem, Step, Surroundings, auth, response};
use crate::base64;

/// The most rounds that are done. They are the server's to choose, and each takes about two microseconds in a browser.
pub const ITERATIONS_MAX: u32 = 2_000_000;

/// The fewest rounds that are done (RFC 7677 §4).
pub const ITERATIONS_MIN: u32 = 4096;

/// The longest salt, in octets.
const SALT_MAX: usize = 1024;

const NAME: &str = "SCRAM-SHA-256";

/// No channel binding, and no other identity to act as.
const HEADER: &str = "n,,";

pub(super) struct Scram {
    credentials: Credentials,
    around: Surroundings,
    /// `client-first-message-bare`.
    first: String,
    /// How often that was sent.
    sent: u8,
    /// The most rounds that are done.
    most: u32,
    stage: Stage,
}

/// How often the first message is sent: once more to a server that passes over an initial response.
const SENT_MAX: u8 = 2;

enum Stage {
    /// Before the server's first message.
    First,
    /// The password is being salted.
    Salting(Box<Salting>),
    /// The proof was sent; what the server has to answer.
    Final(Zeroizing<[u8; 32]>),
    /// The server's proof is right.
    Proved,
}

/// `Hi()` of RFC 5802 §2.2, in slices.
struct Salting {
    keyed: Hmac<Sha256>,
    round: [u8; 32],
    salted: [u8; 32],
    done: u32,
    iterations: u32,
    /// `server-first-message`.
    server: String,
    /// The nonce of both sides.
    nonce: String,
}

impl Drop for Salting {
    fn drop(&mut self) {
        self.round.zeroize();
        self.salted.zeroize();
    }
}

impl Scram {
    /// Name and password are prepared by SASLprep already (RFC 5802 §2.2).
    pub(super) fn new(credentials: Credentials, around: Surroundings) -> Self {
        let name = credentials.user.replace('=', "=3D").replace(',', "=2C");
        Self {
            first: format!("n={name},r={}", around.nonce),
            credentials,
            around,
            sent: 0,
            most: ITERATIONS_MAX,
            stage: Stage::First,
        }
    }

    fn first_message(&self) -> String {
        [HEADER, &self.first].concat()
    }

    /// `server-first-message`: nonce, salt and rounds.
    fn salt(&self, challenge: &[u8]) -> Result<Salting, Problem> {
        let text = str::from_utf8(challenge).map_err(|_| Problem::Malformed)?;
        let mut attributes = text.split(',');
        let mut value = |name: &str| {
            let attribute = attributes.next().unwrap_or_default();
            attribute.strip_prefix(name).ok_or(Problem::Malformed)
        };
        let nonce = value("r=")?;
        let salt = base64::decode(value("s=")?.as_bytes()).unwrap_or_default();
        let iterations: u64 = value("i=")?.parse().map_err(|_| Problem::Malformed)?;
        let goes_on = nonce.strip_prefix(&self.around.nonce);
        if goes_on.is_none_or(str::is_empty) {
            return Err(Problem::OtherNonce);
        }
        if salt.is_empty() || salt.len() > SALT_MAX {
            return Err(Problem::Malformed);
        }
        if iterations < ITERATIONS_MIN.into() {
            return Err(Problem::TooFewRounds(iterations));
        }
        let bounded = u32::try_from(iterations).ok().filter(|it| *it <= self.most);
        let iterations = bounded.ok_or(Problem::TooManyRounds {
            wanted: iterations,
            most: self.most,
        })?;
        let keyed = Hmac::<Sha256>::new_from_slice(self.credentials.secret.reveal());
        let keyed = keyed.map_err(|_| Problem::NoSecret)?;
        let first = keyed
            .clone()
            .chain_update(&salt)
            .chain_update(1_u32.to_be_bytes());
        let round: [u8; 32] = first.finalize().into_bytes().into();
        Ok(Salting {
            keyed,
            round,
            salted: round,
            done: 1,
            iterations,
            server: text.to_owned(),
            nonce: nonce.to_owned(),
        })
    }

    /// The client's proof, and what the server has to answer.
    fn prove(&self, salting: &Salting) -> Option<(String, Zeroizing<[u8; 32]>)> {
        let end = format!("c={},r={}", base64::encode(HEADER.as_bytes()), salting.nonce);
        let message = [&self.first, ",", &salting.server, ",", &end].concat();
        let mut key = mac(&salting.salted, b"Client Key")?;
        let stored: [u8; 32] = Sha256::digest(key.as_slice()).into();
        let signature = mac(&stored, message.as_bytes())?;
        key.iter_mut()
            .zip(signature.iter())
            .for_each(|(key, octet)| *key ^= octet);
        let proof = [&end, ",p=", &base64::encode(key.as_slice())].concat();
        let server = mac(&salting.salted, b"Server Key")?;
        Some((proof, mac(server.as_slice(), message.as_bytes())?))
    }

    /// `server-final-message`: its proof, or what is wrong.
    fn settle(&mut self, challenge: &[u8], expected: &[u8; 32]) -> Step {
        let text = String::from_utf8_lossy(challenge);
        let first = text.split(',').next().unwrap_or_default();
        if let Some(error) = first.strip_prefix("e=") {
            return Step::Cancel(Problem::Told(error.to_owned()));
        }
        let proof = first
            .strip_prefix("v=")
            .and_then(|it| base64::decode(it.as_bytes()));
        match proof {
            Some(proof) if proof == expected.as_slice() => {
                self.stage = Stage::Proved;
                response(b"")
            }
            Some(_) => Step::Cancel(Problem::WrongProof),
            None => Step::Cancel(Problem::Malformed),
        }
    }
}

impl Method for Scram {
    fn start(&mut self) -> Step {
        let message = self.first_message();
        let (line, is_in) = auth(NAME, message.as_bytes(), &self.around);
        self.sent = is_in.into();
        Step::Command(line)
    }

    fn challenge(&mut self, challenge: &[u8]) -> Step {
        match std::mem::replace(&mut self.stage, Stage::First) {
            Stage::First if challenge.is_empty() && self.sent < SENT_MAX => {
                self.sent += 1;
                response(self.first_message().as_bytes())
            }
            Stage::First => match self.salt(challenge) {
                Ok(salting) => {
                    self.stage = Stage::Salting(Box::new(salting));
                    Step::Work
                }
                Err(problem) => Step::Cancel(problem),
            },
            Stage::Final(expected) => self.settle(challenge, &expected),
            Stage::Salting(_) | Stage::Proved => Step::Cancel(Problem::Unasked),
        }
    }

    fn accepted(&mut self) -> Step {
        Step::SignedIn(match self.stage {
            Stage::Proved => Assurance::Proved,
            _ => Assurance::Missing,
        })
    }

    fn bound(&mut self, rounds: u32) {
        self.most = rounds;
    }

    fn work(&mut self, rounds: u32) -> Option<Step> {
        let Stage::Salting(salting) = &mut self.stage else {
            return None;
        };
        if !salting.advance(rounds) {
            return None;
        }
        let Stage::Salting(salting) = std::mem::replace(&mut self.stage, Stage::First) else {
            return None;
        };
        let Some((proof, expected)) = self.prove(&salting) else {
            return Some(Step::Cancel(Problem::NoSecret));
        };
        self.stage = Stage::Final(expected);
        Some(response(proof.as_bytes()))
    }

    fn progress(&self) -> u32 {
        match &self.stage {
            Stage::Salting(salting) => (u64::from(salting.done) * 100 / u64::from(salting.iterations)) as u32,
            _ => 0,
        }
    }
}

impl Salting {
    /// Does so many rounds; tells whether all are done.
    fn advance(&mut self, rounds: u32) -> bool {
        for _ in 0..rounds.min(self.iterations - self.done) {
            self.round = self
                .keyed
                .clone()
                .chain_update(self.round)
                .finalize()
                .into_bytes()
                .into();
            self.salted
                .iter_mut()
                .zip(self.round)
                .for_each(|(salted, octet)| *salted ^= octet);
            self.done += 1;
        }
        self.done == self.iterations
    }
}

fn mac(key: &[u8], message: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let keyed = Hmac::<Sha256>::new_from_slice(key).ok()?;
    Some(Zeroizing::new(
        keyed.chain_update(message).finalize().into_bytes().into(),
    ))
}
