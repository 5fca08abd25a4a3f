//! What there is no room for: a session that is to come alive again, or one that ended and is to be read.

use crate::access::Identity;
use crate::metrics::Limit;
use crate::session::registry::OpenError;

/// What there is no room for, as whoever comes is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRoom {
    /// One more session that lives.
    #[error("{}", OpenError::Full)]
    Sessions,
    /// One more of whoever comes.
    #[error("{}", OpenError::FullOfAccount)]
    SessionsOfAccount,
    /// One more of whoever opened it, who is somebody else.
    #[error(
        "Whoever opened this session has as many live sessions as this console takes of one account. It goes on when one of \
         them has ended."
    )]
    SessionsOfOpener,
    /// What it holds, beside those that live.
    #[error(
        "What the sessions that live hold, of all or of one account, takes all the memory that this console has for it. End \
         one that nobody needs, or wait until one has ended."
    )]
    Transcripts,
    /// What it holds, beside those that ended and are read.
    #[error(
        "The ended sessions that are being read leave no memory for this one. Leave those that you need no more, and try again \
         in a minute."
    )]
    Reading,
}

impl NoRoom {
    /// Why a session is not taken in that somebody opened, as somebody is told; none where it is for another reason.
    pub(super) fn of(why: OpenError, opened_by: Option<&Identity>, comes: Option<&Identity>) -> Option<Self> {
        match why {
            OpenError::Full => Some(Self::Sessions),
            OpenError::FullOfAccount if opened_by == comes => Some(Self::SessionsOfAccount),
            OpenError::FullOfAccount => Some(Self::SessionsOfOpener),
            OpenError::Stopping | OpenError::KeepsLess | OpenError::NoRandomness => None,
        }
    }

    /// Which limit that is.
    pub(super) fn limit(self) -> Limit {
        match self {
            Self::Sessions => Limit::Sessions,
            Self::SessionsOfAccount | Self::SessionsOfOpener => Limit::SessionsOfAccount,
            Self::Transcripts => Limit::Transcripts,
            Self::Reading => Limit::Reading,
        }
    }
}
