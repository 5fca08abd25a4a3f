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

/// What must be reached: of these figures a run that is no quick one ends with an error where an aim is missed.
pub(crate) const MUSTS: [&str; 2] = ["crowd_p99_ratio", "idle_hosted_kb"];

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Better {
    /// Less.
    Less,
    /// More.
    More,
}

use Aim::{AtMost, NoFrameLost, NoPeerBetter, RatioAtLeast, RatioAtMost};
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
        "alone_p50_us",
        "hosted: a line of the only session, p50",
        "µs",
        Less,
        &[],
    ),
    figure(
        "alone_p99_us",
        "hosted: a line of the only session, p99",
        "µs",
        Less,
        &[],
    ),
    figure(
        "crowd_p50_us",
        "hosted: a line of 200 busy sessions beside 2,000 idle ones, p50",
        "µs",
        Less,
        &[],
    ),
    figure(
        "crowd_p99_us",
        "hosted: a line of 200 busy sessions beside 2,000 idle ones, p99",
        "µs",
        Less,
        &[],
    ),
    figure(
        "crowd_p99_ratio",
        "hosted: that p99 by the one of the only session",
        "x",
        Less,
        &[AtMost(3.0)],
    ),
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
        "idle_hosted_kb",
        "hosted: memory per idle session",
        "KiB",
        Less,
        &[AtMost(16.0)],
    ),
    figure(
        "idle_hosted_tls_kb",
        "hosted: memory per idle session, the console's own TLS",
        "KiB",
        Less,
        &[],
    ),
    figure(
        "stalled_kb",
        "memory for a client that stops reading",
        "KiB",
        Less,
        &[AtMost(256.0)],
    ),
    figure(
        "last_of_1_ms",
        "a line until its viewer has it",
        "ms",
        Less,
        &[AtMost(100.0)],
    ),
    figure(
        "last_of_100_ms",
        "a line until the last of 100 viewers has it",
        "ms",
        Less,
        &[AtMost(100.0)],
    ),
    figure(
        "last_of_500_ms",
        "a line until the last of 500 viewers has it",
        "ms",
        Less,
        &[AtMost(100.0)],
    ),
    figure(
        "last_of_1000_ms",
        "a line until the last of 1,000 viewers has it",
        "ms",
        Less,
        &[AtMost(100.0)],
    ),
    figure("fan_out_1_us", "CPU of a line with a viewer", "µs", Less, &[]),
    figure(
        "fan_out_100_us",
        "CPU of a line with 100 viewers",
        "µs",
        Less,
        &[],
    ),
    figure(
        "fan_out_500_us",
        "CPU of a line with 500 viewers",
        "µs",
        Less,
        &[RatioAtMost("bare", 1.3)],
    ),
    figure(
        "fan_out_1000_us",
        "CPU of a line with 1,000 viewers",
        "µs",
        Less,
        &[],
    ),
    figure(
        "journal_entries_per_s",
        "entries into the journal, 16 lines in flight",
        "entries/s",
        More,
        &[],
    ),
    figure(
        "journal_behind_ms",
        "how far the journal is behind then",
        "ms",
        Less,
        &[AtMost(50.0)],
    ),
    figure(
        "journal_mb_per_s",
        "RETR of 50 MB until the journal has it",
        "MB/s",
        More,
        &[],
    ),
    figure(
        "journal_behind_retr_ms",
        "how far the journal is behind then, RETR of 50 MB",
        "ms",
        Less,
        &[],
    ),
    figure("viewer_kb", "memory per viewer", "KiB", Less, &[]),
    figure(
        "page_retr_mb_per_s",
        "Chromium: RETR of 50 MB, received, lexed, indexed",
        "MB/s",
        More,
        &[RatioAtLeast("bare", 0.7), RatioAtLeast("xterm", 5.0)],
    ),
    figure(
        "scroll_heap_ratio",
        "1,000,000 lines: heap by text",
        "x",
        Less,
        &[AtMost(2.0)],
    ),
    figure(
        "scroll_resident_ratio",
        "1,000,000 lines: memory of the page by text",
        "x",
        Less,
        &[],
    ),
    figure(
        "scroll_frame_p50_ms",
        "1,000,000 lines: frame while scrolling, p50",
        "ms",
        Less,
        &[],
    ),
    figure(
        "scroll_frame_p99_ms",
        "1,000,000 lines: frame while scrolling, p99",
        "ms",
        Less,
        &[NoFrameLost],
    ),
    figure(
        "scroll_work_p50_ms",
        "1,000,000 lines: script and layout a frame, p50",
        "ms",
        Less,
        &[],
    ),
    figure(
        "scroll_work_p99_ms",
        "1,000,000 lines: script and layout a frame, p99",
        "ms",
        Less,
        &[AtMost(8.0)],
    ),
    figure(
        "scroll_bar_frame_p99_ms",
        "1,000,000 lines: frame while dragging the bar, p99",
        "ms",
        Less,
        &[],
    ),
    figure(
        "open_first_ms",
        "opening 1,000,000 lines that were kept: first screen",
        "ms",
        Less,
        &[],
    ),
    figure(
        "open_end_ms",
        "opening 1,000,000 lines that were kept: all there",
        "ms",
        Less,
        &[],
    ),
    figure(
        "load_kb",
        "first load as transferred, until the form takes input",
        "KB",
        Less,
        &[AtMost(120.0)],
    ),
    figure(
        "load_ahead_kb",
        "fetched ahead, once the form takes input",
        "KB",
        Less,
        &[],
    ),
    figure(
        "typing_slow_network_ms",
        "a field to type into, 1.6 Mbit/s and 150 ms",
        "ms",
        Less,
        &[],
    ),
    figure(
        "interactive_ms",
        "interactive, on loopback",
        "ms",
        Less,
        &[AtMost(107.0)],
    ),
    figure(
        "interactive_slow_network_ms",
        "interactive, 1.6 Mbit/s and 150 ms",
        "ms",
        Less,
        &[AtMost(1464.0)],
    ),
    figure(
        "interactive_slow_cpu_ms",
        "interactive, processor 4 times slower",
        "ms",
        Less,
        &[AtMost(545.0)],
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
