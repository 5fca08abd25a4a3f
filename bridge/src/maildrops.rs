//! Which maildrops this console's sessions hold: so that whoever finds one locked is told where to look.
//!
//! A server locks a maildrop from sign-in to the end of the connection (RFC 1939 §4), and tells nobody who has it.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::alias::Alias;
use protocol::mailbox::Mailbox;
use protocol::target::{Security, Target};

use crate::session::transcript::now;
use crate::upstream::policy::host::counted;

/// All that are held. There is at most one of a session, as there is one connection.
#[derive(Default)]
pub(crate) struct Maildrops(Mutex<Vec<Held>>);

/// A mailbox of a server.
#[derive(Clone)]
pub(crate) struct Maildrop {
    /// The server as it was entered, however it was spelled.
    server: String,
    /// The address that was dialled.
    peer: IpAddr,
    port: u16,
    /// Whether that port speaks TLS from the first octet on.
    is_tls: bool,
    mailbox: Mailbox,
}

struct Held {
    session: Alias,
    maildrop: Maildrop,
    /// In milliseconds since 1970-01-01T00:00:00Z.
    since: u64,
}

/// A session's hold on a maildrop. It is over when this is dropped, as the connection is.
pub(crate) struct Hold {
    maildrops: Arc<Maildrops>,
    session: Alias,
}

impl Maildrop {
    /// That mailbox, at the server that was dialled for that target at that address.
    pub(crate) fn new(target: &Target, peer: IpAddr, mailbox: Mailbox) -> Self {
        Self {
            server: counted(&target.host),
            peer: peer.to_canonical(),
            port: target.port,
            is_tls: target.security == Security::Tls,
            mailbox,
        }
    }

    /// The mailbox alone.
    pub(crate) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Whether both are one, as far as it can be told: at one server by name or by address, of one name. A server has a port for
    /// TLS and another for clear text and STLS (RFC 8314 §3.3); of two ports that speak alike each is a server's own.
    fn is(&self, other: &Self) -> bool {
        let is_one_host = self.server == other.server || self.peer == other.peer;
        let is_one_server = self.port == other.port || self.is_tls != other.is_tls;
        is_one_host && is_one_server && self.mailbox.is(&other.mailbox)
    }
}

impl Maildrops {
    /// A session has opened a maildrop.
    pub(crate) fn hold(self: &Arc<Self>, session: Alias, maildrop: Maildrop) -> Hold {
        let mut held = self.lock();
        held.retain(|it| it.session != session);
        held.push(Held {
            session,
            maildrop,
            since: now() / 1000,
        });
        drop(held);
        Hold {
            maildrops: self.clone(),
            session,
        }
    }

    /// Which session holds a maildrop; none where none of this console's does.
    pub(crate) fn holder(&self, maildrop: &Maildrop) -> Option<Alias> {
        let held = self.lock();
        held.iter()
            .find(|it| it.maildrop.is(maildrop))
            .map(|it| it.session)
    }

    /// Since when a session holds a maildrop, in milliseconds since 1970-01-01T00:00:00Z; none where it holds none.
    pub(crate) fn held_since(&self, session: Alias) -> Option<u64> {
        let held = self.lock();
        held.iter().find(|it| it.session == session).map(|it| it.since)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Held>> {
        // Every change is a single insertion or removal, so a panic leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.maildrops.lock().retain(|it| it.session != self.session);
    }
}

#[cfg(test)]
mod tests {
    use protocol::target::Family;

    use super::*;

    fn maildrop(host: &str, port: u16, peer: [u8; 4], mailbox: &str) -> Maildrop {
        spoken(Security::Plain, host, port, peer, mailbox)
    }

    fn spoken(security: Security, host: &str, port: u16, peer: [u8; 4], mailbox: &str) -> Maildrop {
        let target = Target {
            host: host.into(),
            port,
            security,
            verify: true,
            name: None,
            family: Family::Any,
        };
        Maildrop::new(&target, peer.into(), Mailbox::new(mailbox.as_bytes()).unwrap())
    }

    #[test]
    fn a_maildrop_is_one_by_its_server_and_its_mailbox_until_it_is_let_go() {
        let maildrops = Arc::new(Maildrops::default());
        let (one, other) = (Alias::of("one"), Alias::of("other"));
        let held = maildrop("mail.company.com", 110, [192, 0, 2, 1], "anna");
        let hold = maildrops.hold(one, held);
        for (it, holder) in [
            (
                maildrop("Mail.Company.COM.", 110, [192, 0, 2, 2], "Anna"),
                Some(one),
            ),
            (maildrop("192.0.2.1", 110, [192, 0, 2, 1], "anna"), Some(one)),
            (maildrop("mail.company.com", 1110, [192, 0, 2, 1], "anna"), None),
            (maildrop("192.0.2.2", 110, [192, 0, 2, 2], "anna"), None),
            (maildrop("mail.company.com", 110, [192, 0, 2, 1], "ben"), None),
        ] {
            assert_eq!(maildrops.holder(&it), holder);
        }
        let _other = maildrops.hold(other, maildrop("mail.company.com", 110, [192, 0, 2, 1], "ben"));
        drop(hold);
        assert_eq!(
            maildrops.holder(&maildrop("mail.company.com", 110, [192, 0, 2, 1], "anna")),
            None
        );
        assert_eq!(
            maildrops.holder(&maildrop("mail.company.com", 110, [192, 0, 2, 1], "ben")),
            Some(other)
        );
    }
    #[test]
    fn a_server_is_one_by_tls_and_by_stls() {
        let maildrops = Arc::new(Maildrops::default());
        let (one, peer) = (Alias::of("one"), [192, 0, 2, 1]);
        let tls = |host, peer| spoken(Security::Tls, host, 995, peer, "anna");
        let stls = |host, peer| spoken(Security::Stls, host, 110, peer, "anna");
        let _hold = maildrops.hold(one, tls("mail.company.com", peer));
        for (it, holder) in [
            (stls("mail.company.com", [192, 0, 2, 2]), Some(one)),
            (stls("pop.company.com", peer), Some(one)),
            (stls("pop.company.com", [192, 0, 2, 2]), None),
            // Another server on the same machine.
            (
                spoken(Security::Tls, "mail.company.com", 1995, peer, "anna"),
                None,
            ),
        ] {
            assert_eq!(maildrops.holder(&it), holder);
        }
    }
}
