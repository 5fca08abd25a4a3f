//! Several pasted lines: what the person decides, and when the next may go out.

use protocol::entry::LineId;
use protocol::wire::Refusal;

use super::action::{Ask, Effect};
use super::sequence::{Manner, Sequence, Standing, Stop};
use super::{Notice, State};

/// What the person decides about several pasted lines.
pub enum Pasting {
    /// They were pasted.
    Begin(String),
    /// The first of them goes into the prompt, the others nowhere.
    TakeFirst,
    /// They are to be sent like that, under names that count from that one.
    Send(Manner, LineId),
    /// No more of them is to be sent for now.
    Stop,
    /// The rest is to be sent.
    GoOn,
    /// The rest is to be forgotten.
    Forget,
}

impl State {
    pub(super) fn paste(&mut self, step: Pasting) -> Vec<Effect> {
        match (step, &mut self.sequence) {
            (Pasting::Begin(_), Some(sequence)) if sequence.rest().len() > 0 => {
                let sentence = "Not pasted: some of the lines that were pasted before are left. Send or forget them first.";
                self.notice = Some(Notice(sentence.to_owned()));
            }
            (Pasting::Begin(text), _) => match Sequence::read(&text, self.expects()) {
                Ok(sequence) => self.sequence = Some(sequence),
                Err(sentence) => self.notice = Some(Notice(sentence)),
            },
            (Pasting::TakeFirst, _) => {
                let first = self.sequence.take().and_then(Sequence::into_first);
                first.into_iter().for_each(|typed| self.give_back(typed));
            }
            (Pasting::Send(manner, first), Some(sequence)) => sequence.start(manner, first),
            (Pasting::Stop, Some(sequence)) => sequence.stop(Stop::ByPerson),
            (Pasting::GoOn, Some(sequence)) => sequence.go_on(),
            (Pasting::Forget, _) => self.sequence = None,
            (Pasting::Send(..) | Pasting::Stop | Pasting::GoOn, None) => {}
        }
        self.send_pasted()
    }

    /// The same, after what else has to be done.
    pub(super) fn go_on_after(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        effects.extend(self.send_pasted());
        effects
    }

    /// Sends what may go out now.
    pub(super) fn send_pasted(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        // What is asked about one line is decided before the next goes out.
        while !self.ask.as_ref().is_some_and(Ask::is_clear) {
            let (expects, connection) = (self.expects(), self.connection);
            let Some(sequence) = &mut self.sequence else { break };
            let Some((id, typed)) = sequence.next(expects, connection) else {
                break;
            };
            match self.problem(&typed) {
                Some(why) => {
                    self.take_back(id, Stop::NotSent(why.sentence()));
                }
                None => effects.extend(self.send_or_ask(id, typed)),
            }
        }
        if let Some(sequence) = &self.sequence
            && *sequence.standing() == Standing::Done
            && !sequence.has_refusals()
        {
            self.spoken.say(&sequence.told());
            self.sequence = None;
        }
        effects
    }

    /// A line was not sent after all. Tells whether it is one of those that were pasted.
    pub(super) fn take_back(&mut self, id: LineId, why: Stop) -> bool {
        let sequence = self.sequence.as_mut().filter(|it| it.has(id));
        sequence.map(|sequence| sequence.take_back(id, why)).is_some()
    }

    /// The bridge did not send a line. Tells whether it is one of those that were pasted.
    pub(super) fn refused_pasted(&mut self, id: LineId, why: Refusal) -> bool {
        self.take_back(id, Stop::NotSent(why.sentence()))
    }
}
