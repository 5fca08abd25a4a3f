//! How a session and its links stand, and who is signed in to the console, as the bridge tells a page that asks. None of
//! it is on the wire of a session.

use crate::named::named;

/// How many sessions that have ended a page is told of at a time at most, the newest.
pub const ENDED_MAX: usize = 100;

/// Whether a session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It does.
    Live,
    /// The bridge was stopped meanwhile; it comes alive when somebody comes in time.
    Interrupted,
    /// It can be read.
    Ended,
}

named!(Life { Live => "live", Interrupted => "interrupted", Ended => "ended" });

/// Whether a link lets somebody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// It does.
    Active,
    /// The owner revoked it.
    Revoked,
    /// Its time is over.
    Expired,
    /// Somebody signed in through it, or was refused too often.
    UsedUp,
}

named!(LinkState { Active => "active", Revoked => "revoked", Expired => "expired", UsedUp => "used-up" });

/// How a session's newest connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// By what.
    pub how: How,
    /// How many messages QUIT deleted.
    pub deleted: u32,
}

/// By what a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It ended after QUIT, whoever closed it.
    Quit,
    /// Somebody here, or the bridge for its bounds, dropped it.
    Dropped,
    /// The server closed it, or it broke.
    Lost,
    /// The bridge was stopped meanwhile.
    Interrupted,
    /// It did not come about.
    Failed,
}

named!(How {
    Quit => "quit",
    Dropped => "dropped",
    Lost => "lost",
    Interrupted => "interrupted",
    Failed => "failed",
});

/// What an account may do in the console. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Opens sessions, and shares them by links.
    Agent,
    /// Is let in to every session without a link.
    Supervisor,
    /// Decides who may use the console.
    Administrator,
}

named!(Rank {
    Agent => "agent",
    Supervisor => "supervisor",
    Administrator => "administrator",
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::named::UnknownName;
    use crate::state::Phase;

    // Scripts ask the bridge as well, and pages remember these words: they stay.
    #[test]
    fn how_things_stand_is_told_in_these_words_and_read_from_them() {
        assert_eq!(Life::ALL.map(Life::name), ["live", "interrupted", "ended"]);
        let links = ["active", "revoked", "expired", "used-up"];
        assert_eq!(LinkState::ALL.map(LinkState::name), links);
        let ends = ["quit", "dropped", "lost", "interrupted", "failed"];
        assert_eq!(How::ALL.map(How::name), ends);
        let ranks = ["agent", "supervisor", "administrator"];
        assert_eq!(Rank::ALL.map(Rank::name), ranks);
        for phase in Phase::ALL {
            // As it is written in transcripts that were exported before.
            assert_eq!(phase.name(), format!("{phase:?}"));
            assert_eq!(phase.name().parse(), Ok(phase));
        }
        assert_eq!("used-up".parse(), Ok(LinkState::UsedUp));
        assert_eq!("UsedUp".parse::<LinkState>(), Err(UnknownName));
        assert_eq!("transaction".parse::<Phase>(), Err(UnknownName));
    }
}
