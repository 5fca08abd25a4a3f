//! The figures: their names, units and aims.

use crate::aim::Aim;

/// Something that is measured.
pub(crate) struct Figure {
    /// Its name where figures are kept. It never changes its meaning.
    pub(crate) key: &'static str,
    /// What it is, for people.
    pub(crate) what: &'static str,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// Whether less is better.
    pub(crate) better: Better,
    /// What the console is to reach.
    pub(crate) aims: &'static [Aim],
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    /// Less.
    Less,
    /// More.
    More,
}

use Aim::{AtMost, NoPeerBetter, RatioAtLeast, RatioAtMost};
use Better::{Less, More};

/// All, in their order in the table.
pub(crate) const FIGURES: &[Figure] = &[
    figure(
        "rtt_p50_us",
        "a line's round trip, p50",
        "µs",
        Less,
        &[NoPeerBetter, RatioAtMost("bare", 1.15)],
    ),
    figure(
        "rtt_p99_us",
        "a line's round trip, p99",
        "µs",
        Less,
        &[NoPeerBetter, RatioAtMost("bare", 1.15)],
    ),
    figure("cpu_per_line_us", "CPU per line", "µs", Less, &[]),
    figure(
        "retr_mb_per_s",
        "RETR of 50 MB",
        "MB/s",
        More,
        &[RatioAtLeast("bare", 0.8)],
    ),
    figure("retr_cpu_ms", "RETR of 50 MB, CPU", "ms", Less, &[]),
    figure(
        "window_lines_per_s",
        "16 lines in flight",
        "lines/s",
        More,
        &[RatioAtLeast("bare", 1.0), RatioAtLeast("lighttpd", 1.0)],
    ),
    figure("busy_lines_per_s", "200 busy sessions", "lines/s", More, &[]),
    figure(
        "beside_p50_ms",
        "a line while another downloads, p50",
        "ms",
        Less,
        &[],
    ),
    figure(
        "beside_p99_ms",
        "a line while another downloads, p99",
        "ms",
        Less,
        &[RatioAtMost("websocat", 1.0)],
    ),
    figure("idle_kb", "memory per idle session", "KiB", Less, &[AtMost(16.0)]),
    figure("idle_tls_kb", "memory per idle session, TLS", "KiB", Less, &[]),
    figure(
        "stalled_kb",
        "memory for a client that stops reading",
        "KiB",
        Less,
        &[AtMost(256.0)],
    ),
];

const fn figure(
    key: &'static str,
    what: &'static str,
    unit: &'static str,
    better: Better,
    aims: &'static [Aim],
) -> Figure {
    Figure {
        key,
        what,
        unit,
        better,
        aims,
    }
}
