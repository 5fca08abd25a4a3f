//! What whoever runs the console can count: Prometheus reads it, in the OpenMetrics text format.
//!
//! No label says who somebody is, which host they speak to, or anything that was typed: labels are words of this file.

mod limit;
mod tally;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use protocol::dialogue::Answer;
use protocol::remark::End;

pub(crate) use limit::Limit;
use limit::Met;
pub(crate) use tally::Tally;

use crate::audit::PlaceStanding;
use crate::journal::RecorderStanding;

/// What the answer says it is: OpenMetrics' text format.
pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// One label and its value.
type Label = [(&'static str, &'static str); 1];

/// What is counted as it happens. What can be looked up is looked up when somebody asks: see [`Standing`].
pub(crate) struct Metrics {
    registry: Registry,
    sessions: Family<Label, Gauge>,
    sessions_opened: Counter,
    windows: Gauge,
    connections: Gauge,
    mail_connections: Gauge,
    mail_connections_ended: Family<Label, Counter>,
    /// What goes to mail servers, and what comes from them.
    pub(crate) sent: Tally,
    /// See [`sent`](Self::sent).
    pub(crate) received: Tally,
    sign_ins: Family<Label, Counter>,
    transcripts: Gauge,
    journal_waiting: Gauge,
    journal_failing: Gauge,
    journal_refused: Counter,
    audit_failing: Family<Label, Gauge>,
    audit_waiting: Family<Label, Gauge>,
    audit_lost: Family<Label, Counter>,
    met: Met,
}

/// How things stand now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Sessions that live.
    pub(crate) live: usize,
    /// Sessions that the bridge's end interrupted, and that may come alive again.
    pub(crate) interrupted: usize,
    /// Windows in sessions that live.
    pub(crate) windows: usize,
    /// HTTP connections and WebSockets.
    pub(crate) connections: usize,
    /// Octets of the transcripts of sessions that live.
    pub(crate) transcripts: u64,
    /// How writing into the journal goes.
    pub(crate) journal: RecorderStanding,
    /// And to each place where the audit is kept.
    pub(crate) audit: Vec<PlaceStanding>,
}

/// A mail connection is counted for as long as this lives.
pub(crate) struct Counted(Gauge);

impl Metrics {
    /// With nothing counted yet.
    pub(crate) fn new() -> Arc<Self> {
        let mut metrics = Self {
            registry: Registry::with_prefix("pop3_console"),
            sessions: Family::default(),
            sessions_opened: Counter::default(),
            windows: Gauge::default(),
            connections: Gauge::default(),
            mail_connections: Gauge::default(),
            mail_connections_ended: Family::default(),
            sent: Tally::default(),
            received: Tally::default(),
            sign_ins: Family::default(),
            transcripts: Gauge::default(),
            journal_waiting: Gauge::default(),
            journal_failing: Gauge::default(),
            journal_refused: Counter::default(),
            audit_failing: Family::default(),
            audit_waiting: Family::default(),
            audit_lost: Family::default(),
            met: Met::new(),
        };
        metrics.register();
        Arc::new(metrics)
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        all.register(
            "build",
            "Which console this is",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        all.register(
            "sessions",
            "Sessions that live, and those that an earlier end of the console interrupted",
            self.sessions.clone(),
        );
        all.register(
            "sessions_opened",
            "Sessions that were opened",
            self.sessions_opened.clone(),
        );
        all.register(
            "windows",
            "Browser windows in sessions that live",
            self.windows.clone(),
        );
        all.register(
            "connections",
            "HTTP connections, WebSockets among them",
            self.connections.clone(),
        );
        all.register(
            "mail_connections",
            "Mail connections that stand",
            self.mail_connections.clone(),
        );
        all.register(
            "mail_connections_ended",
            "Mail connections that are over, by how they ended; failed ones never stood, or failed at STLS",
            self.mail_connections_ended.clone(),
        );
        for (tally, way) in [(&self.sent, "sent"), (&self.received, "received")] {
            all.register(
                format!("lines_{way}"),
                "Lines to and from mail servers",
                tally.lines.clone(),
            );
            all.register(
                format!("octets_{way}"),
                "Octets to and from mail servers, TLS's own not counted",
                tally.octets.clone(),
            );
        }
        all.register(
            "sign_ins",
            "Sign-ins to mailboxes, by what the mail server answered",
            self.sign_ins.clone(),
        );
        all.register(
            "transcript_octets",
            "What the transcripts of sessions that live take of the memory that they share",
            self.transcripts.clone(),
        );
        all.register(
            "journal_waiting_entries",
            "Entries that are to be in the journal and are not yet",
            self.journal_waiting.clone(),
        );
        all.register(
            "journal_failing",
            "1 while the journal cannot be written to, else 0",
            self.journal_failing.clone(),
        );
        all.register(
            "journal_refused_writes",
            "Attempts to write to the journal that failed",
            self.journal_refused.clone(),
        );
        all.register(
            "audit_failing",
            "1 while a place where the audit is kept takes nothing, else 0",
            self.audit_failing.clone(),
        );
        all.register(
            "audit_waiting_records",
            "Records of the audit that are to be in a place where it is kept and are not yet",
            self.audit_waiting.clone(),
        );
        all.register(
            "audit_lost_records",
            "Records of the audit that are missing in a place where it is kept, since there was no room for them to wait",
            self.audit_lost.clone(),
        );
        all.register(
            "limit_met",
            "How often each limit was met",
            self.met.counters.clone(),
        );
    }

    /// A session was opened.
    pub(crate) fn opened(&self) {
        self.sessions_opened.inc();
    }

    /// A mail connection stands, for as long as what this gives lives.
    pub(crate) fn stands(&self) -> Counted {
        self.mail_connections.inc();
        Counted(self.mail_connections.clone())
    }

    /// A mail connection is over; none where it failed.
    pub(crate) fn ended(&self, how: Option<&End>) {
        let how = how.map_or("failed", name_of);
        self.mail_connections_ended.get_or_create(&[("how", how)]).inc();
    }

    /// A mail server answered somebody who signs in.
    pub(crate) fn signed_in(&self, answer: Answer) {
        let answer = match answer {
            Answer::Accepted => "accepted",
            Answer::Locked => "locked",
            Answer::Refused => "refused",
        };
        self.sign_ins.get_or_create(&[("answer", answer)]).inc();
    }

    /// A limit was met: it is counted, and said in the log, which holds it now and then only.
    pub(crate) fn met(&self, limit: Limit) {
        self.met.met(limit);
    }

    /// All of it as text.
    ///
    /// # Errors
    /// None that writing to a string could have.
    pub(crate) fn text(&self, now: &Standing) -> Result<String, fmt::Error> {
        let set = |gauge: &Gauge, to: usize| gauge.set(i64::try_from(to).unwrap_or(i64::MAX));
        let standing = |name| self.sessions.get_or_create_owned(&[("standing", name)]);
        set(&standing("live"), now.live);
        set(&standing("interrupted"), now.interrupted);
        set(&self.windows, now.windows);
        set(&self.connections, now.connections);
        set(
            &self.transcripts,
            usize::try_from(now.transcripts).unwrap_or(usize::MAX),
        );
        set(
            &self.journal_waiting,
            usize::try_from(now.journal.waiting).unwrap_or(usize::MAX),
        );
        self.journal_failing.set(now.journal.is_failing.into());
        self.journal_refused
            .inner()
            .store(now.journal.refused, Ordering::Relaxed);
        for it in &now.audit {
            let to = &[("to", it.place)];
            let failing = self.audit_failing.get_or_create_owned(to);
            failing.set(it.is_failing.into());
            set(&self.audit_waiting.get_or_create_owned(to), it.waiting);
            let lost = self.audit_lost.get_or_create_owned(to);
            lost.inner().store(it.lost, Ordering::Relaxed);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn name_of(end: &End) -> &'static str {
    match end {
        End::AfterQuit => "quit",
        End::ByServer => "by_server",
        End::Broken { .. } => "broken",
        End::Truncated => "truncated",
        End::Disconnected { .. } => "disconnected",
        End::SessionEnded { .. } => "session_ended",
        End::GraceOver { .. } => "grace_over",
        End::Idle { .. } => "idle",
        End::TranscriptFull { .. } => "transcript_full",
        End::TranscriptsFull { .. } => "transcripts_full",
        End::WriteTimedOut => "write_timed_out",
        End::Shutdown => "shutdown",
        End::BridgeLost => "bridge_lost",
        End::Failed => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_told_and_nothing_else_is_in_a_label() {
        let metrics = Metrics::new();
        let standing = metrics.stands();
        metrics.sent.add(2, 12);
        metrics.ended(Some(&End::Broken {
            detail: "mail.company.com".into(),
        }));
        metrics.met(Limit::Sessions);
        let now = Standing {
            live: 3,
            journal: RecorderStanding {
                is_failing: true,
                ..RecorderStanding::default()
            },
            audit: vec![PlaceStanding {
                place: "file",
                is_failing: true,
                waiting: 7,
                lost: 2,
            }],
            ..Standing::default()
        };
        let text = metrics.text(&now).unwrap();
        for line in [
            "pop3_console_sessions{standing=\"live\"} 3",
            "pop3_console_mail_connections 1",
            "pop3_console_mail_connections_ended_total{how=\"broken\"} 1",
            "pop3_console_lines_sent_total 2",
            "pop3_console_octets_sent_total 12",
            "pop3_console_journal_failing 1",
            "pop3_console_audit_failing{to=\"file\"} 1",
            "pop3_console_audit_waiting_records{to=\"file\"} 7",
            "pop3_console_audit_lost_records_total{to=\"file\"} 2",
            "pop3_console_limit_met_total{limit=\"sessions\"} 1",
            "pop3_console_limit_met_total{limit=\"windows\"} 0",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in {text}");
        }
        assert!(!text.contains("company"), "{text}");
        assert!(text.ends_with("# EOF\n"));
        drop(standing);
        let text = metrics.text(&now).unwrap();
        assert!(text.contains("\npop3_console_mail_connections 0\n"), "{text}");
    }
}
