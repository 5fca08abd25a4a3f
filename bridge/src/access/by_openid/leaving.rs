//! How often browsers leave for the provider.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::network::{Network, Site};
use crate::rate::{Rate, Rates};

/// How many leave from one network at once, and in which time as many do again, evenly. Those do not count for whom the
/// provider vouches.
pub(super) const LEAVING: u32 = 30;
const LEAVING_WITHIN: Duration = Duration::from_secs(30);

/// The same of one site, however many networks it has.
pub(super) const LEAVING_OF_SITE: u32 = 4 * LEAVING;

/// How often browsers leave from each place. One site cannot take up all that is counted, as its networks could.
pub(super) struct LeavingRates {
    of_site: Rates<Site>,
    of_network: Rates<Network>,
}

impl Default for LeavingRates {
    fn default() -> Self {
        Self {
            of_site: Rates::new(Rate::new(LEAVING_OF_SITE, LEAVING_WITHIN)),
            of_network: Rates::new(Rate::new(LEAVING, LEAVING_WITHIN)),
        }
    }
}

impl LeavingRates {
    /// Whether one more may leave from there.
    pub(super) fn take(&self, from: IpAddr, now: Instant) -> bool {
        let (site, network) = (Site::from(from), Network::from(from));
        if self.of_site.take(site, now).is_err() {
            return false;
        }
        let takes = self.of_network.take(network, now).is_ok();
        if !takes {
            // It did not leave: others of its site may.
            self.of_site.give_back(site);
        }
        takes
    }

    /// The provider vouches for one that left from there: it does not count.
    pub(super) fn give_back(&self, (site, network): (Site, Network)) {
        self.of_site.give_back(site);
        self.of_network.give_back(network);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_site_leaves_as_few_times_as_some_networks_and_keeps_nobody_else() {
        let (leaving, now) = (LeavingRates::default(), Instant::now());
        let left = |of: &dyn Fn(u16) -> [u16; 8]| {
            let from = (0..10_000).map(|number| IpAddr::from(of(number)));
            from.filter(|from| leaving.take(*from, now)).count()
        };
        let one_network = |number| [0x2001, 0xdb8, 1, 1, 0, 0, 0, number];
        assert_eq!(left(&one_network), LEAVING as usize);
        let others_of_its_site = |number| [0x2001, 0xdb8, 1, 2 + number, 0, 0, 0, 1];
        assert_eq!(left(&others_of_its_site), (LEAVING_OF_SITE - LEAVING) as usize);
        let elsewhere = IpAddr::from([0x2001, 0xdb8, 2, 1, 0, 0, 0, 1]);
        assert!(leaving.take(elsewhere, now));
        // Whoever is vouched for makes room for one more.
        let from = IpAddr::from(others_of_its_site(0));
        assert!(!leaving.take(from, now));
        leaving.give_back((from.into(), from.into()));
        assert!(leaving.take(from, now));
    }
}
