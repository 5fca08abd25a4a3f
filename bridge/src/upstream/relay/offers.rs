//! What the server offers to sign in by, learned from the CAPA that anybody sends (RFC 2449 §5).

use protocol::capability::Capabilities;
use protocol::command;
use protocol::entry::{Event, ExchangeNo, Part};
use protocol::reply;
use protocol::sasl::Mechanism;

/// The most octets of one listing that are looked at.
const LISTING_MAX: usize = 64 * 1024;

/// What is known of it under the present protection.
#[derive(Default)]
pub(super) struct Offers {
    /// The newest CAPA.
    asked: Option<ExchangeNo>,
    listing: Vec<u8>,
    told: Option<Capabilities>,
    /// The greeting's timestamp, for APOP.
    pub(super) timestamp: Option<Vec<u8>>,
}

impl Offers {
    /// Takes in what happened. Tells whether something was learned.
    pub(super) fn take_in(&mut self, event: &Event) -> bool {
        match event {
            Event::Sent { exchange, line, .. } if command::is(line.bytes(), "CAPA") => {
                self.asked = Some(*exchange);
                self.listing.clear();
                false
            }
            Event::Answered {
                part: Part::Greeting,
                line,
                ..
            } => {
                self.timestamp = reply::timestamp(line.bytes()).map(<[u8]>::to_vec);
                true
            }
            Event::Received {
                exchange,
                part,
                bytes,
            } if self.asked == Some(*exchange) => match part {
                Part::Listing => {
                    let room = LISTING_MAX.saturating_sub(self.listing.len());
                    self.listing.extend(bytes.iter().take(room));
                    false
                }
                Part::Terminator => {
                    self.told = Some(Capabilities::read(&std::mem::take(&mut self.listing)));
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// TLS stands: what was said before is forgotten (RFC 2595 §4).
    pub(super) fn secured(&mut self) {
        let timestamp = self.timestamp.take();
        *self = Self {
            timestamp,
            ..Self::default()
        };
    }

    /// Whether the server was asked.
    pub(super) fn were_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether the server said that it takes that mechanism, and so an initial response to it (RFC 5034 §4).
    pub(super) fn takes_initial(&self, mechanism: Mechanism) -> bool {
        self.told.is_some() && self.is_offered(mechanism)
    }

    /// The mechanisms, the preferred one first: SCRAM, of which a server that offers it knows enough to prove itself as well;
    /// else PLAIN under TLS, and USER and PASS elsewhere. What is older and hides the password, too, comes behind those: many
    /// servers name it and keep no passwords that it works with, and a guest cannot tell that from a wrong one.
    pub(super) fn mechanisms(&self, is_secured: bool) -> Vec<Mechanism> {
        let takes_user = self.told.is_none() || self.is_offered(Mechanism::UserPass);
        let usual = if is_secured && self.is_offered(Mechanism::Plain) {
            Mechanism::Plain
        } else {
            Mechanism::UserPass
        };
        let first = [Mechanism::ScramSha256, usual];
        let others = Mechanism::ALL.into_iter().filter(|it| !first.contains(it));
        let mut mechanisms: Vec<_> = first.into_iter().chain(others).collect();
        mechanisms.retain(|&it| self.takes(it, takes_user));
        if mechanisms.is_empty() {
            // It says nothing of it, and every server knows this one.
            mechanisms.push(Mechanism::UserPass);
        }
        mechanisms
    }

    fn takes(&self, mechanism: Mechanism, takes_user: bool) -> bool {
        self.is_offered(mechanism) || (mechanism == Mechanism::UserPass && takes_user)
    }

    fn is_offered(&self, mechanism: Mechanism) -> bool {
        mechanism.is_offered(self.told.as_ref(), &[], self.timestamp.is_some()) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(listing: Option<&str>, timestamp: bool) -> Offers {
        Offers {
            told: listing.map(|listing| Capabilities::read(listing.as_bytes())),
            timestamp: timestamp.then(|| b"<1@host>".to_vec()),
            ..Offers::default()
        }
    }

    #[test]
    fn scram_is_preferred_and_else_what_every_server_takes() {
        use Mechanism::*;
        let all = offers(Some("USER\r\nSASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\r\n"), true);
        assert_eq!(
            all.mechanisms(true),
            [ScramSha256, Plain, CramMd5, Apop, Login, UserPass]
        );
        assert_eq!(
            all.mechanisms(false),
            [ScramSha256, UserPass, CramMd5, Apop, Plain, Login]
        );
        let older = offers(Some("USER\r\nSASL PLAIN LOGIN CRAM-MD5\r\n"), true);
        assert_eq!(older.mechanisms(true), [Plain, CramMd5, Apop, Login, UserPass]);
        assert_eq!(older.mechanisms(false), [UserPass, CramMd5, Apop, Plain, Login]);
        assert_eq!(offers(None, false).mechanisms(true), [UserPass]);
        assert_eq!(offers(None, true).mechanisms(false), [UserPass, Apop]);
        assert_eq!(offers(Some("SASL LOGIN\r\n"), false).mechanisms(true), [Login]);
        assert_eq!(offers(Some("TOP\r\n"), false).mechanisms(true), [UserPass]);
    }
}
