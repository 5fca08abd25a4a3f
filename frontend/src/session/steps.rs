//! The steps of making a connection, as they happen.

use protocol::entry::{Entry, Event, Part};
use protocol::remark::{Remark, Step};
use protocol::state::Phase;
use protocol::target::Security;

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not begun.
    Waiting,
    /// Begun at that time, in microseconds since 1970-01-01T00:00:00Z by the bridge's clock.
    Running(u64),
    /// Done in so many microseconds.
    Done(u64),
    /// Failed after so many microseconds.
    Failed(u64),
}

/// The steps of one connection in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps(Vec<(Step, Progress)>);

impl Steps {
    /// The steps that a target of that security takes.
    pub fn new(security: Security) -> Self {
        use Step::{Connect, Greeting, Resolve, Tls};
        let steps: &[Step] = match security {
            Security::Plain => &[Resolve, Connect, Greeting],
            Security::Stls => &[Resolve, Connect, Greeting, Tls],
            Security::Tls => &[Resolve, Connect, Tls, Greeting],
        };
        Self(steps.iter().map(|&step| (step, Progress::Waiting)).collect())
    }

    /// The steps with their progress.
    pub fn list(&self) -> &[(Step, Progress)] {
        &self.0
    }

    /// Takes in what an entry tells about them.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::State(state) => match state.phase {
                Phase::Resolving => self.begin(Step::Resolve, entry.at),
                Phase::Connecting => self.begin(Step::Connect, entry.at),
                Phase::Securing | Phase::StartingTls => self.begin(Step::Tls, entry.at),
                Phase::Greeting => self.begin(Step::Greeting, entry.at),
                _ => {}
            },
            Event::Answered {
                part: Part::Greeting, ..
            } => self.finish(Step::Greeting, entry.at),
            Event::Remark(Remark::Connected {
                resolve_took,
                connect_took,
                ..
            }) => {
                self.set(Step::Resolve, Progress::Done(*resolve_took));
                self.set(Step::Connect, Progress::Done(*connect_took));
            }
            Event::Remark(Remark::Secured(report)) => self.set(Step::Tls, Progress::Done(report.took)),
            Event::Remark(Remark::Failed { step, took, .. }) => {
                self.set(*step, Progress::Failed(*took));
            }
            _ => {}
        }
    }

    fn begin(&mut self, step: Step, at: u64) {
        if self
            .0
            .iter()
            .any(|&(it, progress)| it == step && progress == Progress::Waiting)
        {
            let before = self.0.iter().position(|&(it, _)| it == step).unwrap_or_default();
            let running: Vec<Step> = self.0[..before].iter().map(|&(it, _)| it).collect();
            for earlier in running {
                self.finish(earlier, at);
            }
            self.set(step, Progress::Running(at));
        }
    }

    fn finish(&mut self, step: Step, at: u64) {
        for (it, progress) in &mut self.0 {
            if let Progress::Running(since) = *progress
                && *it == step
            {
                *progress = Progress::Done(at.saturating_sub(since));
            }
        }
    }

    fn set(&mut self, step: Step, to: Progress) {
        for (it, progress) in &mut self.0 {
            if *it == step && !matches!(progress, Progress::Failed(_)) {
                *progress = to;
            }
        }
    }
}

/// What a step is called.
pub fn name(step: Step) -> &'static str {
    match step {
        Step::Resolve => "Resolve",
        Step::Connect => "Connect",
        Step::Tls => "TLS",
        Step::Greeting => "Greeting",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::state::State;

    fn phase(at: u64, phase: Phase) -> Entry {
        Entry {
            seq: 1,
            at,
            connection: 1,
            event: Event::State(State {
                phase,
                ..State::default()
            }),
        }
    }

    #[test]
    fn a_step_runs_until_the_next_begins() {
        let mut steps = Steps::new(Security::Plain);
        steps.apply(&phase(100, Phase::Resolving));
        assert_eq!(steps.list()[0].1, Progress::Running(100));
        steps.apply(&phase(350, Phase::Connecting));
        assert_eq!(
            steps.list()[..2],
            [
                (Step::Resolve, Progress::Done(250)),
                (Step::Connect, Progress::Running(350))
            ]
        );
    }

    #[test]
    fn tls_stands_where_the_security_puts_it() {
        let order = |security| {
            Steps::new(security)
                .list()
                .iter()
                .map(|it| name(it.0))
                .collect::<Vec<_>>()
        };
        assert_eq!(order(Security::Plain), ["Resolve", "Connect", "Greeting"]);
        assert_eq!(order(Security::Stls), ["Resolve", "Connect", "Greeting", "TLS"]);
        assert_eq!(order(Security::Tls), ["Resolve", "Connect", "TLS", "Greeting"]);
    }
}
