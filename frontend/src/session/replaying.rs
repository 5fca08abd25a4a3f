//! A session that has ended, and is shown once more.

use protocol::access::Keep;
use protocol::entry::Entry;

use super::action::Effect;
use super::{Gone, Notice, Reach, State};
use crate::replay::{Replay, Turn};

/// What the person wants of a replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaying {
    /// One, from the beginning.
    Begin,
    /// It to go on, or to pause.
    Toggle,
    /// It so many times faster than it happened.
    Speed(u32),
    /// It to go to that place, in microseconds.
    Seek(u64),
    /// All to be shown at once, and the replay to be over.
    All,
    /// So many microseconds have passed.
    Tick(u64),
}

impl State {
    /// Whether the session is over: nothing can be asked for any more.
    pub fn is_over(&self) -> bool {
        self.ended || self.reach == Reach::Gone(Gone::Ended)
    }

    /// Whether it can be shown once more.
    pub fn can_replay(&self) -> bool {
        self.is_over() && self.keep != Keep::Nothing && self.replaying.is_none()
    }

    pub(super) fn replay(&mut self, wish: Replaying) -> Vec<Effect> {
        if wish == Replaying::Begin && self.can_replay() {
            self.replaying = Some(Replay::new());
            // The bridge is asked for all of it once more: what is shown is kept by the transcript, and not as it came.
            self.last = 0;
            self.ended = true;
            self.reach = Reach::Opening;
            return vec![Effect::Open];
        }
        let Some(replay) = &mut self.replaying else {
            return Vec::new();
        };
        let turn = match wish {
            Replaying::Begin => return Vec::new(),
            Replaying::Toggle => replay.toggle(),
            Replaying::Speed(speed) => {
                replay.speed = speed.max(1);
                return Vec::new();
            }
            Replaying::Seek(at) => replay.seek(at),
            Replaying::All => replay.seek(u64::MAX),
            Replaying::Tick(passed) => replay.advance(passed),
        };
        self.take_turn(turn);
        if wish == Replaying::All {
            self.replaying = None;
        }
        Vec::new()
    }

    /// An entry came that is shown when its time has come.
    pub(super) fn keep_for_replay(&mut self, entry: Entry) {
        self.last = entry.seq;
        if let Some(replay) = &mut self.replaying {
            replay.take(entry);
        }
    }

    /// The bridge keeps nothing of the session any more: what is here stays.
    pub(super) fn cannot_replay(&mut self) {
        self.replaying = None;
        self.keep = Keep::Nothing;
        self.reach = Reach::Gone(Gone::Ended);
        self.notice = Some(Notice(
            "It cannot be replayed: the console keeps nothing of this session any more.".to_owned(),
        ));
    }

    fn take_turn(&mut self, turn: Turn) {
        // The last entry that came is not the last that is shown.
        let last = self.last;
        let places = match turn {
            Turn::On(places) => places,
            Turn::Anew(places) => {
                self.forget();
                places
            }
        };
        for place in places {
            if let Some(entry) = self.replaying.as_ref().and_then(|it| it.entry(place)) {
                self.entry(&entry);
            }
        }
        self.last = last;
    }
}
