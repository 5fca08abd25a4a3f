//! Ways to sign in: which lines they want sent, and what they make of the replies.
//!
//! No I/O: the caller sends the lines of each [`Step`] in their order, hands back the [`Reply`] to each, and brings
//! chance and Unicode normalization along. Every line may hold a secret.

mod apop;
mod cram_md5;
mod login;
mod mechanism;
mod plain;
pub mod prep;
mod problem;
mod scram;
mod user_pass;
mod xoauth2;

use crate::base64;
use crate::secret::{Secret, TypedLine};

pub use mechanism::{Mechanism, hides_secret};
pub use problem::Problem;
pub use scram::{ITERATIONS_MAX, ITERATIONS_MIN};

/// The longest AUTH line with an initial response, in octets, its line end included (RFC 5034 §4).
pub const INITIAL_MAX: usize = 255;

/// Who signs in.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password, or the access token.
    pub secret: Secret,
}

/// What a mechanism has to know of the connection.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The greeting's timestamp with its angle brackets, if it holds one.
    pub timestamp: Option<Vec<u8>>,
    /// Whether the server is known to take an initial response behind AUTH (RFC 5034 §4).
    pub takes_initial: bool,
    /// Printable characters without a comma that nobody can guess, for this one time.
    pub nonce: String,
}

/// What is to be done next.
#[derive(Debug)]
pub enum Step {
    /// Send this command, and hand back the reply.
    Command(TypedLine),
    /// Send this response to a challenge, and hand back the reply.
    Response(TypedLine),
    /// Call [`Exchange::work`] until it gives another step.
    Work,
    /// Send `*` in place of a response, for that reason.
    Cancel(Problem),
    /// The server let the person in.
    SignedIn(Assurance),
    /// The server did not.
    Refused,
    /// It cannot go on, and nothing is under way.
    Failed(Problem),
}

/// What is known of the server when it let the person in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assurance {
    /// It proved that it knows the password.
    Proved,
    /// The mechanism has no such proof.
    NotMeant,
    /// It should have proved that it knows the password, and did not.
    Missing,
}

/// What a server answered.
#[derive(Clone, Copy, Debug)]
pub enum Reply<'a> {
    /// `+OK`.
    Ok,
    /// Anything else that ends the command.
    Err,
    /// A challenge: what follows `+ `, as it came.
    Challenge(&'a [u8]),
    /// A challenge that was withheld, because it may repeat a secret.
    Withheld,
}

/// A sign-in under way.
pub struct Exchange(Box<dyn Method>);

/// What a mechanism does. Everything else is the same for all.
trait Method: Send {
    /// The first line.
    fn start(&mut self) -> Step;

    /// A challenge came; decoded.
    fn challenge(&mut self, challenge: &[u8]) -> Step;

    /// `+OK` came.
    fn accepted(&mut self) -> Step {
        Step::SignedIn(Assurance::NotMeant)
    }

    /// Does no more rounds of what takes long than that, whatever the server wants.
    fn bound(&mut self, _rounds: u32) {}

    /// Does a part of what takes long.
    fn work(&mut self, _rounds: u32) -> Option<Step> {
        None
    }

    /// How much of what takes long is done, in percent.
    fn progress(&self) -> u32 {
        0
    }
}

impl Exchange {
    /// A sign-in by that mechanism.
    ///
    /// # Errors
    /// When the mechanism cannot be used with that name, secret or server.
    pub fn new(
        mechanism: Mechanism,
        credentials: Credentials,
        around: Surroundings,
    ) -> Result<Self, Problem> {
        check(mechanism, &credentials)?;
        if mechanism == Mechanism::ScramSha256 && around.nonce.is_empty() {
            return Err(Problem::NoChance);
        }
        Ok(Self(match mechanism {
            Mechanism::UserPass => Box::new(user_pass::UserPass::new(credentials)),
            Mechanism::Apop => Box::new(apop::Apop::new(&credentials, &around)?),
            Mechanism::Plain => Box::new(plain::Plain::new(&credentials, &around)),
            Mechanism::Login => Box::new(login::Login::new(credentials)),
            Mechanism::CramMd5 => Box::new(cram_md5::CramMd5::new(credentials)),
            Mechanism::ScramSha256 => Box::new(scram::Scram::new(credentials, around)),
            Mechanism::XOauth2 => Box::new(xoauth2::XOauth2::new(&credentials, &around)),
        }))
    }

    /// The same, which does no more rounds of what takes long than that: where it is not the person's own machine that does them.
    pub fn bounded(mut self, rounds: u32) -> Self {
        self.0.bound(rounds);
        self
    }

    /// The first step.
    pub fn start(&mut self) -> Step {
        self.0.start()
    }

    /// The step after a reply.
    pub fn answer(&mut self, reply: Reply<'_>) -> Step {
        match reply {
            Reply::Ok => self.0.accepted(),
            Reply::Err => Step::Refused,
            Reply::Withheld => self.0.challenge(b""),
            Reply::Challenge(text) => match base64::decode(text.trim_ascii()) {
                Some(challenge) => self.0.challenge(&challenge),
                None => Step::Cancel(Problem::NotBase64),
            },
        }
    }

    /// Does so many rounds of what takes long. Gives the next step when that is done.
    pub fn work(&mut self, rounds: u32) -> Option<Step> {
        self.0.work(rounds)
    }

    /// How much of what takes long is done, in percent.
    pub fn progress(&self) -> u32 {
        self.0.progress()
    }
}

/// What a challenge says, for people; none when it is empty.
pub fn readable(challenge: &[u8]) -> Option<String> {
    let text = challenge.trim_ascii();
    let decoded = base64::decode(text).unwrap_or_else(|| text.to_vec());
    (!decoded.is_empty()).then(|| String::from_utf8_lossy(&decoded).into_owned())
}

/// What no mechanism, or not that one, can send.
fn check(mechanism: Mechanism, credentials: &Credentials) -> Result<(), Problem> {
    let has = |octets: &[u8], what: &[u8]| octets.iter().any(|octet| what.contains(octet));
    let (user, secret) = (credentials.user.as_bytes(), credentials.secret.reveal());
    if user.is_empty() {
        return Err(Problem::NoName);
    }
    if secret.is_empty() {
        return Err(Problem::NoSecret);
    }
    if has(user, b"\0\r\n") || has(secret, b"\0\r\n") {
        return Err(Problem::Control);
    }
    if mechanism == Mechanism::XOauth2 && (has(user, b"\x01") || has(secret, b"\x01 ")) {
        return Err(Problem::NoToken);
    }
    Ok(())
}

/// The AUTH line with the first response, if the server takes one and it is short enough. Tells whether it is in it.
fn auth(name: &str, response: &[u8], around: &Surroundings) -> (TypedLine, bool) {
    let mut line = format!("AUTH {name}").into_bytes();
    let encoded = Secret::new(base64::encode(response).into_bytes());
    let has_room = line.len() + 1 + encoded.reveal().len() + 2 <= INITIAL_MAX;
    let is_in = around.takes_initial && has_room && !response.is_empty();
    if is_in {
        line.push(b' ');
        line.extend_from_slice(encoded.reveal());
    }
    (TypedLine::new(line), is_in)
}

/// A response in base64.
fn response(octets: &[u8]) -> Step {
    Step::Response(TypedLine::new(base64::encode(octets).into_bytes()))
}

/// Octets as lower-case hexadecimal digits.
fn hex(octets: &[u8]) -> String {
    let digits = octets.iter().flat_map(|octet| [octet >> 4, octet & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

#[cfg(test)]
mod tests;
