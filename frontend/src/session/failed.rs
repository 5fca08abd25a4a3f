//! A connection that did not come about, as one tells a colleague of it.

use protocol::access::Roll;
use protocol::calendar::{self, duration};
use protocol::remark::Remark;
use protocol::target::{Security, Target};

use super::steps::{self, Progress, Steps};

/// Why a connection did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// When, in microseconds since 1970-01-01T00:00:00Z by the bridge's clock.
    pub at: u64,
    /// What the console has to say of it.
    pub remark: Remark,
}

impl Failed {
    /// Everything that is known of it as plain lines: to whom, when, how far it came, why.
    pub fn report(&self, target: Option<&Target>, steps: &Steps, roll: &Roll) -> String {
        let mut lines = Vec::new();
        lines.extend(target.map(|it| format!("Server: {}, {}", it.display(), protection(it))));
        lines.push(format!("Failed: {}", calendar::moment(self.at)));
        let steps: Vec<String> = steps.list().iter().map(step).collect();
        lines.push(format!("Steps: {}", steps.join(", ")));
        lines.extend(self.remark.sentences(roll));
        lines.join("\n")
    }
}

fn protection(target: &Target) -> &'static str {
    match (target.security, target.verify) {
        (Security::Plain, _) => "plain",
        (Security::Stls, true) => "STLS, certificate verified",
        (Security::Stls, false) => "STLS, certificate not verified",
        (Security::Tls, true) => "TLS, certificate verified",
        (Security::Tls, false) => "TLS, certificate not verified",
    }
}

fn step(&(step, progress): &(protocol::remark::Step, Progress)) -> String {
    let name = steps::name(step);
    match progress {
        Progress::Waiting => format!("{name} not begun"),
        Progress::Running(_) => format!("{name} not finished"),
        Progress::Done(took) => format!("{name} {}", duration(took)),
        Progress::Failed(took) => format!("{name} failed after {}", duration(took)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::entry::{Entry, Event};
    use protocol::remark::{Failure, Step};
    use protocol::target::Family;

    #[test]
    fn a_report_says_to_whom_when_how_far_and_why() {
        let target = Target {
            host: "mail.company.com".to_owned(),
            port: 995,
            security: Security::Tls,
            verify: true,
            name: None,
            family: Family::default(),
        };
        let remark = Remark::Failed {
            step: Step::Connect,
            why: Failure::Unreachable {
                detail: "No route to host (os error 113)".to_owned(),
            },
            took: 12_000,
        };
        let mut steps = Steps::new(Security::Tls);
        steps.apply(&Entry {
            seq: 1,
            at: 0,
            connection: 1,
            event: Event::Remark(remark.clone()),
        });
        let failed = Failed {
            at: 1_767_225_600_000_000,
            remark,
        };
        let report = failed.report(Some(&target), &steps, &Roll::default());
        let lines: Vec<&str> = report.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "Server: mail.company.com:995, TLS, certificate verified",
                "Failed: 2026-01-01 00:00:00.000 UTC",
                "Steps: Resolve not begun, Connect failed after 12 ms, TLS not begun, Greeting not begun",
            ]
        );
        assert_eq!(
            lines.last(),
            Some(&"Technical detail: No route to host (os error 113).")
        );
    }
}
