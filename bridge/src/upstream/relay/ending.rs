//! What an end is called, and what is said last.

use protocol::dialogue::Output;
use protocol::remark::{End, Failure, Marks, Step};
use protocol::state::Phase;

use super::Relay;
use crate::session::Doer;
use crate::upstream::Outcome;
use crate::upstream::opening::micros;

impl Relay<'_> {
    /// The connection cannot be used.
    pub(super) fn failed(&self, step: Step, why: Failure) -> Outcome {
        let took = if step == Step::Greeting {
            micros(self.begin.elapsed())
        } else {
            0
        };
        Outcome::Failed {
            step,
            why: Box::new(why),
            took,
        }
    }

    /// Somebody hung up: before the greeting that cancels making the connection.
    pub(super) fn disconnected(&mut self, doer: Doer) -> Outcome {
        self.record.hung_up_from = doer.from;
        let by = doer.by;
        if self.dialogue.phase() == Phase::Greeting {
            self.failed(Step::Greeting, Failure::Cancelled { by })
        } else {
            Outcome::Ended(End::Disconnected { by })
        }
    }

    /// The server's side is over: before the greeting that is a failure, after QUIT it is as it should be.
    pub(super) fn over(&self, how: End, detail: Option<String>) -> Outcome {
        if self.dialogue.phase() == Phase::Greeting {
            self.failed(Step::Greeting, Failure::Closed { detail })
        } else if self.dialogue.has_quit() {
            Outcome::Ended(End::AfterQuit)
        } else {
            Outcome::Ended(how)
        }
    }

    /// Records what the dialogue held back, and lets go of the line.
    pub(super) fn finish(mut self, mut outcome: Outcome) -> (Outcome, Marks, bool) {
        self.cut_sign_in_off();
        self.outputs.clear();
        let ending = self.dialogue.end(&mut self.outputs);
        let mut full = matches!(
            outcome,
            Outcome::Ended(End::TranscriptFull { .. } | End::TranscriptsFull { .. })
        );
        let closed =
            matches!(&outcome, Outcome::Failed { why, .. } if matches!(**why, Failure::Closed { .. }));
        for output in std::mem::take(&mut self.outputs) {
            match output {
                // Behind the first octet that found no place there is none for others: no holes.
                Output::Event(event) => full = full || self.record.event(event).is_err(),
                // What was held back tells more than the end does.
                Output::Fail(step, why) if closed => outcome = self.failed(step, why),
                Output::Write(_) | Output::SignIn(_) | Output::StartTls | Output::Fail(..) => {}
            }
        }
        tokio::spawn(self.line.farewell());
        (outcome, ending.marks, ending.cut_short)
    }
}
