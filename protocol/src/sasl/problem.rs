//! Why a sign-in cannot go on.

/// Why a sign-in cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no user name.
    NoName,
    /// There is no password.
    NoSecret,
    /// A name or a password is longer than what is sent for a guest.
    TooLong,
    /// A name or a password holds NUL or a line break.
    Control,
    /// A name or a password holds a character that SASLprep prohibits (RFC 4013 §2.3).
    Prohibited(char),
    /// It is no access token.
    NoToken,
    /// Nothing is there that nobody can guess.
    NoChance,
    /// The greeting has no timestamp.
    NoTimestamp,
    /// A challenge is not base64.
    NotBase64,
    /// A challenge came that the mechanism does not have.
    Unasked,
    /// A challenge is not what the mechanism has.
    Malformed,
    /// The challenge does not belong to what was sent.
    OtherNonce,
    /// The server wants so many rounds, and no more are done than that.
    TooManyRounds {
        /// How many it wants.
        wanted: u64,
        /// How many are done at most.
        most: u32,
    },
    /// The server wants so few rounds.
    TooFewRounds(u64),
    /// The server's proof is wrong.
    WrongProof,
    /// The server says what is wrong.
    Told(String),
}

impl Problem {
    /// It as a sentence for people.
    pub fn sentence(&self) -> String {
        let sentence = match self {
            Problem::NoName => "Enter a user name.",
            Problem::NoSecret => "Enter a password.",
            Problem::TooLong => "That is too long: a user name or a password has 1,024 octets at most.",
            Problem::Control => "A user name or a password cannot hold NUL or a line break.",
            Problem::Prohibited(character) => {
                return format!(
                    "This mechanism does not allow the character U+{:04X} in a user name or password (RFC 4013 §2.3).",
                    *character as u32
                );
            }
            Problem::NoToken => "That is no access token: it holds a blank or a control character.",
            Problem::NoChance => "This browser has no randomness to sign in with.",
            Problem::NoTimestamp => "The greeting holds no timestamp, and APOP's digest is made over one.",
            Problem::NotBase64 => "The server's challenge is not base64.",
            Problem::Unasked => "The server asks for more than this mechanism has to say.",
            Problem::Malformed => {
                "The server's challenge is not what this mechanism has, or was withheld because it may repeat a secret that was sent before; then send CAPA and try again."
            }
            Problem::OtherNonce => {
                "The server's challenge does not belong to this sign-in: somebody may be in between."
            }
            Problem::TooManyRounds { wanted, most } => {
                return format!(
                    "The server wants {wanted} rounds of hashing, and {most} are done here at most: more would take long."
                );
            }
            Problem::TooFewRounds(rounds) => {
                return format!(
                    "The server wants {rounds} rounds of hashing only, and RFC 7677 §4 asks for {} at least: the password could be guessed from the answer.",
                    super::ITERATIONS_MIN
                );
            }
            Problem::WrongProof => {
                "The server could not prove that it knows the password: it may not be the server that it says it is."
            }
            Problem::Told(text) => return format!("The server says: {text}."),
        };
        sentence.to_owned()
    }
}
