//! How often mail servers are bothered, whichever sessions do it.

use std::time::{Duration, Instant};

use protocol::target::Target;

use crate::config::Limits;
use crate::rate::{self, Rate};
use crate::session::token::{Hash, hash};

/// In what time so much may be done as the settings say.
const WITHIN: Duration = Duration::from_secs(60);

/// How often mail servers are bothered. What is kept of them is a hash.
pub(crate) struct Rates {
    connections: rate::Rates<Hash>,
}

impl Rates {
    /// As often as the settings say.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            connections: rate::Rates::new(Rate::new(limits.target_rate, WITHIN)),
        }
    }

    /// Whether another connection to that server may be made now, which counts as one.
    pub(super) fn connects(&self, target: &Target) -> bool {
        self.connections.take(server(target), Instant::now()).is_ok()
    }
}

/// What names of one server have in common that differ only in how they are spelled.
fn server(target: &Target) -> Hash {
    let host = target.host.trim_end_matches('.').to_ascii_lowercase();
    hash(&format!("{host} {}", target.port))
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
}
