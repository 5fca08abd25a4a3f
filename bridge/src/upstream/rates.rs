//! How often mail servers are bothered, whichever sessions do it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use protocol::mailbox::Mailbox;
use protocol::target::Target;

use crate::config::Limits;
use crate::rate::{self, Rate};
use crate::session::token::{Hash, hash};

/// In what time so much may be done as the settings say.
const WITHIN: Duration = Duration::from_secs(60);

/// How often mail servers are bothered. What is kept of them is a hash.
pub(crate) struct Rates {
    connections: rate::Rates<Hash>,
    sign_ins: rate::Rates<Hash>,
}

impl Rates {
    /// As often as the settings say.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            connections: rate::Rates::new(Rate::new(limits.target_rate, WITHIN)),
            sign_ins: rate::Rates::new(Rate::new(limits.sign_in_rate, WITHIN)),
        }
    }

    /// Whether another connection to that server may be made now, which counts as one.
    pub(super) fn connects(&self, target: &Target) -> bool {
        self.connections.take(server(target), Instant::now()).is_ok()
    }

    /// Whether another sign-in to that mailbox, or one of which nobody knows, may be tried there now. It counts as one that is
    /// refused until it is [known](Self::signed_in) that it was not: many can be on their way at once.
    pub(super) fn signs_in(&self, target: &Target, peer: SocketAddr, mailbox: Option<&Mailbox>) -> bool {
        let [by_name, by_address] = mailboxes(target, peer, mailbox);
        let now = Instant::now();
        if self.sign_ins.take(by_name, now).is_err() {
            return false;
        }
        let may = self.sign_ins.take(by_address, now).is_ok();
        if !may {
            self.sign_ins.give_back(&by_name);
        }
        may
    }

    /// One was not refused.
    pub(super) fn signed_in(&self, target: &Target, peer: SocketAddr, mailbox: Option<&Mailbox>) {
        for which in mailboxes(target, peer, mailbox) {
            self.sign_ins.give_back(&which);
        }
    }
}

/// A mailbox by the server's name, and by its address: one server may have many names, and one name many servers.
fn mailboxes(target: &Target, peer: SocketAddr, mailbox: Option<&Mailbox>) -> [Hash; 2] {
    // No name of a mailbox is empty.
    let mailbox = mailbox.map_or_else(String::new, |it| it.name().to_lowercase());
    let by_name = format!("{} {} {mailbox}", host(target), target.port);
    let by_address = format!("{} {} {mailbox}", peer.ip().to_canonical(), peer.port());
    // Where a server goes by its address they are two all the same: each is asked for once.
    [
        hash(&format!("name {by_name}")),
        hash(&format!("address {by_address}")),
    ]
}

fn host(target: &Target) -> String {
    target.host.trim_end_matches('.').to_ascii_lowercase()
}

/// What names of one server have in common that differ only in how they are spelled.
fn server(target: &Target) -> Hash {
    hash(&format!("{} {}", host(target), target.port))
}

#[cfg(test)]
mod tests {
    use protocol::target::{Family, Security};

    use super::*;

    fn target(host: &str, port: u16) -> Target {
        Target {
            host: host.into(),
            port,
            security: Security::Plain,
            verify: true,
            name: None,
            family: Family::Any,
        }
    }

    #[test]
    fn one_server_is_one_however_it_is_spelled() {
        let rates = Rates::new(&Limits {
            target_rate: 1,
            ..Limits::default()
        });
        assert!(rates.connects(&target("mail.company.com", 110)));
        assert!(!rates.connects(&target("MAIL.company.com.", 110)));
        assert!(rates.connects(&target("mail.company.com", 995)));
        assert!(rates.connects(&target("other.company.com", 110)));
    }

    #[test]
    fn sign_ins_to_one_mailbox_are_counted_whatever_the_server_is_called() {
        let rates = Rates::new(&Limits {
            sign_in_rate: 2,
            ..Limits::default()
        });
        let peer = |address: &str| address.parse().unwrap();
        let (anna, ben) = (Mailbox::new(b"anna").unwrap(), Mailbox::new(b"ben").unwrap());
        let (one, alias) = (target("mail.company.com", 110), target("pop.company.com", 110));
        let at = peer("192.0.2.1:110");
        assert!(rates.signs_in(&one, at, Some(&anna)));
        // It was the right password.
        rates.signed_in(&one, at, Some(&anna));
        assert!(rates.signs_in(&one, at, Some(&anna)));
        assert!(rates.signs_in(&one, at, Some(&Mailbox::new(b"ANNA").unwrap())));
        assert!(!rates.signs_in(&one, at, Some(&anna)));
        assert!(!rates.signs_in(&alias, at, Some(&anna)));
        assert!(!rates.signs_in(&one, peer("192.0.2.2:110"), Some(&anna)));
        assert!(rates.signs_in(&one, at, Some(&ben)));
        assert!(rates.signs_in(&one, at, None));
        assert!(rates.signs_in(&target("other.org", 110), peer("192.0.2.3:110"), Some(&anna)));
    }
}
