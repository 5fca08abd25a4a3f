//! What becomes of a page whose socket closed, by the code that it closed with: it comes back, or what it shows is all there will
//! be, or it lets go of that.

use protocol::access::{Keep, Role};
use protocol::wire::CloseCode;

use super::action::Effect;
use super::{Gone, Notice, Reach, State, backoff};

/// How often a page tries to come back to what has ended.
const RETURNS_MAX: u32 = 5;

/// How often it tries to come in where the console has no room for the session: for some minutes.
const NO_ROOM_TRIES: u32 = 30;

impl State {
    pub(super) fn closed(&mut self, code: u16, chance: f64) -> Vec<Effect> {
        let code = CloseCode::from_number(code);
        match (self.reach, code) {
            // What is still shown of what has ended is not to be kept either.
            (
                Reach::Gone(Gone::Ended),
                Some(CloseCode::Deleted | CloseCode::KeptLess | CloseCode::NotSignedOn),
            ) => {}
            (Reach::Gone(Gone::Ended), code) => return self.return_again(code, chance),
            (Reach::Gone(_), _) => return Vec::new(),
            _ => {}
        }
        // Every code is named here, so that a new one is not taken for a network that went away.
        match code {
            Some(CloseCode::NoSession | CloseCode::SessionEnded) if self.replaying.is_some() => {
                self.cannot_replay();
                return Vec::new();
            }
            Some(CloseCode::Deleted) => return self.deleted(),
            Some(CloseCode::KeptLess) => {
                self.let_go();
                self.notice = Some(Notice(
                    "Less is kept of this session now: the owner had the content of messages deleted. What is left is shown."
                        .to_owned(),
                ));
                self.reach = Reach::Opening;
                return vec![Effect::Open];
            }
            Some(CloseCode::NoSession | CloseCode::LinkOver) if self.by_link => {
                return self.gone(Gone::NotLetIn);
            }
            Some(CloseCode::NoSession | CloseCode::LinkOver) => return self.gone(Gone::NoSession),
            Some(CloseCode::SessionEnded) => return self.ended(chance),
            Some(CloseCode::OtherVersion) => return self.gone(Gone::OtherVersion),
            Some(CloseCode::NotSignedOn) => return self.gone(Gone::NotSignedOn),
            Some(CloseCode::TooBig | CloseCode::BadMessage) => {
                self.notice = Some(Notice(
                    "The console could not take what was sent. The session goes on.".to_owned(),
                ));
            }
            Some(
                code @ (CloseCode::Full | CloseCode::LinkFull | CloseCode::PeopleFull | CloseCode::NoView),
            ) => self.notice = code.keeps_out().map(|why| Notice(why.to_owned())),
            Some(code @ (CloseCode::NoRoom | CloseCode::NoRoomToRead)) => {
                if matches!(self.reach, Reach::Lost(attempt) if attempt + 1 >= NO_ROOM_TRIES) {
                    return self.gone(Gone::NoRoom);
                }
                self.notice = code.keeps_out().map(|why| Notice(why.to_owned()));
            }
            // The bridge stops or cannot read the session now, or this page was too slow; or the network went away.
            Some(CloseCode::GoingAway | CloseCode::NoHello) | None => {}
        }
        self.orphan();
        let attempt = if let Reach::Lost(attempt) = self.reach {
            attempt + 1
        } else {
            0
        };
        self.reach = Reach::Lost(attempt);
        vec![Effect::RetryIn(backoff::wait(attempt, chance))]
    }

    /// The session has ended. What is here stays, and where it is kept the page comes back to it: so it is told when that is
    /// deleted, or when it is to be shown here no longer.
    fn ended(&mut self, chance: f64) -> Vec<Effect> {
        let mut effects = self.gone(Gone::Ended);
        let shows = self.role != Some(Role::SignIn) && !self.transcript.is_empty();
        if shows && self.keep != Keep::Nothing {
            self.returns = Some(0);
            effects.push(Effect::RetryIn(backoff::wait(0, chance)));
        }
        effects
    }

    /// Whether the page is to come back to what has ended.
    pub(super) fn is_returning(&self) -> bool {
        self.reach == Reach::Gone(Gone::Ended) && self.returns.is_some()
    }

    /// It could not, which is tried a few times more where it may come to something: what has just ended may not be kept yet.
    fn return_again(&mut self, code: Option<CloseCode>, chance: f64) -> Vec<Effect> {
        let is_vain = matches!(
            code,
            Some(
                CloseCode::NoSession | CloseCode::LinkOver | CloseCode::OtherVersion | CloseCode::BadMessage
            )
        );
        let tries = self.returns.map(|returns| returns + 1);
        self.returns = tries.filter(|tries| !is_vain && *tries < RETURNS_MAX);
        let again = self.returns.map(|tries| backoff::wait(tries, chance));
        again.map(Effect::RetryIn).into_iter().collect()
    }

    /// All that was kept of the session is deleted.
    pub(super) fn deleted(&mut self) -> Vec<Effect> {
        self.let_go();
        self.gone(Gone::Deleted)
    }

    /// What this page holds of the session is not to be kept.
    fn let_go(&mut self) {
        self.replaying = None;
        self.forget();
        self.spoken.forget();
        (self.noting, self.ask, self.sequence, self.sign_in) = (None, None, None, None);
        self.pending.clear();
    }

    pub(super) fn gone(&mut self, why: Gone) -> Vec<Effect> {
        self.reach = Reach::Gone(why);
        self.ask = None;
        match why {
            Gone::Ended if self.keep == Keep::Nothing => vec![Effect::Forget],
            // What the bridge does not know now it may know again: it may have been started with another journal, or
            // with none, or cannot read its own.
            Gone::Ended
            | Gone::Deleted
            | Gone::NoSession
            | Gone::NotLetIn
            | Gone::NotSignedOn
            | Gone::NoRoom
            | Gone::OtherVersion => Vec::new(),
        }
    }
}
