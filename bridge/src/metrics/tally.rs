//! Lines and octets that went one way.

use prometheus_client::metrics::counter::Counter;

/// Lines and octets that went one way.
#[derive(Default)]
pub(crate) struct Tally {
    pub(super) lines: Counter,
    pub(super) octets: Counter,
}

impl Tally {
    /// So many more.
    pub(crate) fn add(&self, lines: usize, octets: usize) {
        self.lines.inc_by(lines as u64);
        self.octets.inc_by(octets as u64);
    }
}
