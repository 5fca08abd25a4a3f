//! How often mail servers are bothered, whichever sessions do it.

use std::net::IpAddr;
use std::time::Duration;

use protocol::mailbox::Mailbox;
use protocol::target::Target;
use tokio::time::Instant;

use super::Whose;
use crate::access::Identity;
use crate::config::Limits;
use crate::rate::{self, Rate};
use crate::session::token::{Hash, hash, hash_of};
use crate::share;
use crate::upstream::policy::host::counted;

/// In what time so much may be done as the settings say.
const WITHIN: Duration = Duration::from_secs(60);

/// How often one account may try to sign in to mailboxes, whichever they are, until the servers let it in. What is kept of
/// each mailbox would be a way to keep others from signing in to theirs.
const SIGN_INS_OF_ACCOUNT: u32 = 240;

/// How often one account, or one session where there are no accounts, may connect, whichever servers it is to and whether they
/// are let in or not; as often as to one server at least. Each time leaves a record, and a part of a transcript.
const CONNECTIONS_OF_ONE: u32 = 240;

/// How often mail servers are bothered. What is kept of them is a hash.
pub(crate) struct Rates {
    connections_of_one: rate::Rates<Hash>,
    connections: rate::Rates<Hash>,
    connections_of_account: rate::Rates<Hash>,
    sign_ins: rate::Rates<Hash>,
    /// Of those of which nobody knows to which mailbox, and which one server has in common: what one may take of them.
    unnamed_of_one: rate::Rates<Hash>,
    sign_ins_of_account: rate::Rates<Hash>,
}

impl Rates {
    /// As often as the settings say.
    pub(crate) fn new(limits: &Limits) -> Self {
        let connections_of_one = limits.target_rate.max(CONNECTIONS_OF_ONE);
        Self {
            connections_of_one: rate::Rates::new(Rate::new(connections_of_one, WITHIN)),
            connections: rate::Rates::new(Rate::new(limits.target_rate, WITHIN)),
            connections_of_account: rate::Rates::new(Rate::new(share::of_one(limits.target_rate), WITHIN)),
            sign_ins: rate::Rates::new(Rate::new(limits.sign_in_rate, WITHIN)),
            unnamed_of_one: rate::Rates::new(Rate::new(share::of_one(limits.sign_in_rate), WITHIN)),
            sign_ins_of_account: rate::Rates::new(Rate::new(SIGN_INS_OF_ACCOUNT, WITHIN)),
        }
    }

    /// Whether another connection may be tried now for them, to whichever server. It counts as one.
    pub(super) fn connects_anywhere(&self, whose: Whose) -> bool {
        self.connections_of_one.take(whose.key, Instant::now()).is_ok()
    }

    /// Whether another connection to that server may be made now in a session of that account, if it is of any. It counts as
    /// one.
    pub(super) fn connects(&self, target: &Target, account: Option<&Identity>) -> bool {
        let server = server(target);
        let own = account.map(|account| hash(&format!("{} {server}", account.id)));
        let mut counts: Vec<_> = own
            .map(|own| (&self.connections_of_account, own))
            .into_iter()
            .collect();
        counts.push((&self.connections, hash(&server)));
        take(&counts)
    }

    /// Whether another sign-in to that mailbox, or one of which nobody knows, may be tried there now. It counts as one that is
    /// refused until it is [known](Self::signed_in) that it was not: many can be on their way at once.
    pub(super) fn signs_in(&self, asked: &Asked<'_>) -> bool {
        take(&self.counts(asked))
    }

    /// One was not refused.
    pub(super) fn signed_in(&self, asked: &Asked<'_>) {
        give_back(&self.counts(asked));
    }

    /// As what a sign-in is counted.
    fn counts(&self, asked: &Asked<'_>) -> Vec<(&rate::Rates<Hash>, Hash)> {
        let mailboxes = asked.mailboxes();
        let mut counts = Vec::new();
        // Where there are no accounts there are no others to whom anything would be left.
        if asked.whose.has_account {
            counts.push((&self.sign_ins_of_account, asked.whose.key));
            if asked.mailbox.is_none() {
                let own = mailboxes.map(|which| hash_of(&[&asked.whose.key, &which]));
                counts.extend(own.map(|own| (&self.unnamed_of_one, own)));
            }
        }
        counts.extend(mailboxes.map(|which| (&self.sign_ins, which)));
        counts
    }
}

/// Once more of each now, or of none where one of them is full.
fn take(counts: &[(&rate::Rates<Hash>, Hash)]) -> bool {
    let now = Instant::now();
    let full = counts
        .iter()
        .position(|(rates, which)| rates.take(*which, now).is_err());
    if let Some(full) = full {
        give_back(&counts[..full]);
    }
    full.is_none()
}

fn give_back(counts: &[(&rate::Rates<Hash>, Hash)]) {
    for (rates, which) in counts {
        rates.give_back(*which);
    }
}

/// A sign-in that is tried.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) target: &'a Target,
    /// The address that was dialled.
    pub(super) peer: IpAddr,
    /// None where what is sent does not tell.
    pub(super) mailbox: Option<&'a Mailbox>,
    /// Whose session it is.
    pub(super) whose: Whose,
}

impl Asked<'_> {
    /// The mailbox by the server's name, and by its address: one server may have many names, and one name many servers. By
    /// whichever of its ports: a password is no more to be guessed by TLS and by STLS than by one of them.
    fn mailboxes(&self) -> [Hash; 2] {
        // No name of a mailbox is empty.
        let mailbox = self
            .mailbox
            .map_or_else(String::new, |it| it.name().to_lowercase());
        let by_name = format!("{} {mailbox}", counted(&self.target.host));
        let by_address = format!("{} {mailbox}", self.peer.to_canonical());
        // Where a server goes by its address they are two all the same: each is asked for once.
        [
            hash(&format!("name {by_name}")),
            hash(&format!("address {by_address}")),
        ]
    }
}

/// What names of one server have in common that differ only in how they are spelled.
fn server(target: &Target) -> String {
    format!("{} {}", counted(&target.host), target.port)
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

    fn account(id: &str) -> Identity {
        Identity {
            id: id.to_owned(),
            name: id.to_owned(),
        }
    }

    #[test]
    fn one_server_is_one_however_it_is_spelled() {
        let rates = Rates::new(&Limits {
            target_rate: 1,
            ..Limits::default()
        });
        assert!(rates.connects(&target("b\u{fc}cher.example", 110), None));
        for spelled in [
            "B\u{dc}CHER.example.",
            "xn--bcher-kva.example",
            "bu\u{308}cher.EXAMPLE",
        ] {
            assert!(!rates.connects(&target(spelled, 110), None), "{spelled}");
        }
        assert!(rates.connects(&target("xn--bcher-kva.example", 995), None));
        assert!(rates.connects(&target("2001:db8::1", 110), None));
        assert!(!rates.connects(&target("2001:DB8:0::1", 110), None));
    }

    #[test]
    fn nobody_alone_uses_up_the_connections_to_a_server() {
        let rates = Rates::new(&Limits {
            target_rate: 5,
            ..Limits::default()
        });
        let (there, anna, ben) = (target("mail.company.com", 110), account("anna"), account("ben"));
        let made = (0..5).filter(|_| rates.connects(&there, Some(&anna)));
        assert_eq!(made.count(), 3);
        let made = (0..5).filter(|_| rates.connects(&there, Some(&ben)));
        assert_eq!(made.count(), 2);
        assert!(rates.connects(&target("other.org", 110), Some(&anna)));
    }

    #[test]
    fn nobody_connects_more_often_than_the_bound_by_going_from_server_to_server() {
        let (anna, began) = (account("anna"), Instant::now());
        let tries = |rates: &Rates, whose, times: u32| {
            let made = (0..times).filter(|_| rates.connects_anywhere(whose)).count() as u32;
            // Without those whose turn has come meanwhile.
            let meanwhile = began.elapsed().div_duration_f64(WITHIN / CONNECTIONS_OF_ONE) as u32 + 1;
            (made.saturating_sub(meanwhile), made)
        };
        let rates = Rates::new(&Limits::default());
        let (least, most) = tries(&rates, Whose::of(Some(&anna), 1), 1000);
        assert!(least <= CONNECTIONS_OF_ONE && CONNECTIONS_OF_ONE <= most);
        // Whichever of their sessions it is; and nobody else is kept from it.
        assert_eq!(tries(&rates, Whose::of(Some(&anna), 2), 100).0, 0);
        assert_eq!(tries(&rates, Whose::of(Some(&account("ben")), 3), 100).1, 100);
        assert_eq!(tries(&rates, Whose::of(None, 4), 100).1, 100);
        // Whoever may connect to one server more often may to all.
        let often = Rates::new(&Limits {
            target_rate: 1000,
            ..Limits::default()
        });
        assert_eq!(tries(&often, Whose::of(None, 1), 1000).1, 1000);
    }

    #[test]
    fn sign_ins_to_one_mailbox_are_counted_whatever_the_server_is_called() {
        let rates = Rates::new(&Limits {
            sign_in_rate: 2,
            ..Limits::default()
        });
        let (anna, ben) = (Mailbox::new(b"anna").unwrap(), Mailbox::new(b"ben").unwrap());
        let loud = Mailbox::new(b"ANNA").unwrap();
        let (one, alias) = (target("mail.company.com", 110), target("pop.company.com", 110));
        let asked = Asked {
            target: &one,
            peer: "192.0.2.1".parse().unwrap(),
            mailbox: Some(&anna),
            whose: Whose::of(None, 1),
        };
        assert!(rates.signs_in(&asked));
        // It was the right password.
        rates.signed_in(&asked);
        assert!(rates.signs_in(&asked));
        let mailbox = |mailbox| Asked { mailbox, ..asked };
        assert!(rates.signs_in(&mailbox(Some(&loud))));
        assert!(!rates.signs_in(&asked));
        assert!(!rates.signs_in(&Asked {
            target: &alias,
            ..asked
        }));
        let peer = "192.0.2.2".parse().unwrap();
        assert!(!rates.signs_in(&Asked { peer, ..asked }));
        let by_tls = target("mail.company.com", 995);
        assert!(!rates.signs_in(&Asked {
            target: &by_tls,
            ..asked
        }));
        assert!(rates.signs_in(&mailbox(Some(&ben))));
        assert!(rates.signs_in(&mailbox(None)));
        let (other, peer) = (target("other.org", 110), "192.0.2.3".parse().unwrap());
        let elsewhere = Asked {
            target: &other,
            peer,
            ..asked
        };
        assert!(rates.signs_in(&elsewhere));
    }

    #[test]
    fn nobody_alone_uses_up_the_sign_ins_of_which_it_is_not_known_to_which_mailbox() {
        let there = target("mail.company.com", 110);
        let peer = "192.0.2.1".parse().unwrap();
        let of = |rates: &Rates, whose| {
            let asked = Asked {
                target: &there,
                peer,
                mailbox: None,
                whose,
            };
            (0..20).filter(|_| rates.signs_in(&asked)).count()
        };
        let (anna, ben) = (account("anna"), account("ben"));
        let rates = Rates::new(&Limits::default());
        assert_eq!(of(&rates, Whose::of(Some(&anna), 1)), 5);
        // Whichever of their sessions it is.
        assert_eq!(of(&rates, Whose::of(Some(&anna), 2)), 0);
        assert_eq!(of(&rates, Whose::of(Some(&ben), 3)), 5);
        assert_eq!(of(&rates, Whose::of(None, 4)), 0);
        // Without accounts it is one person's console.
        let rates = Rates::new(&Limits::default());
        assert_eq!(of(&rates, Whose::of(None, 1)), 10);
        // What was right is given back.
        let asked = Asked {
            target: &there,
            peer,
            mailbox: None,
            whose: Whose::of(None, 1),
        };
        rates.signed_in(&asked);
        assert_eq!(of(&rates, Whose::of(None, 1)), 1);
    }

    #[test]
    fn whoever_tries_mailbox_after_mailbox_keeps_nobody_else_from_theirs() {
        let rates = Rates::new(&Limits::default());
        let (there, anna, ben) = (target("mail.company.com", 110), account("anna"), account("ben"));
        let tries = |account, number: u32| {
            let mailbox = Mailbox::new(format!("user{number}").as_bytes()).unwrap();
            rates.signs_in(&Asked {
                target: &there,
                peer: "192.0.2.1".parse().unwrap(),
                mailbox: Some(&mailbox),
                whose: Whose::of(Some(account), 1),
            })
        };
        let began = Instant::now();
        let tried = (0..10_000).filter(|number| tries(&anna, *number)).count();
        // And those whose turn has come meanwhile.
        let meanwhile = began.elapsed().div_duration_f64(WITHIN / SIGN_INS_OF_ACCOUNT);
        assert!(tried <= SIGN_INS_OF_ACCOUNT as usize + 1 + meanwhile as usize);
        assert!(tries(&ben, 10_001));
    }
}
