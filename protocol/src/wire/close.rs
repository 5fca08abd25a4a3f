//! Why a WebSocket is closed.

/// Why the bridge closes a WebSocket, as its close code. Their meaning is the same in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The bridge is stopping: come back later.
    GoingAway = 1001,
    /// A message was longer than [`MESSAGE_MAX`](super::MESSAGE_MAX). The session lives on: come back.
    TooBig = 1009,
    /// A message was not what is defined here. The session lives on.
    BadMessage = 4400,
    /// Nobody is signed in to the console in that browser, or no longer, and what it came with lets it in to nothing without:
    /// sign in and come back.
    NotSignedOn = 4401,
    /// The link that the browser came through was revoked, has expired or is used up: it lets nobody in any more.
    LinkOver = 4403,
    /// There is no such session, or the token is wrong, or no longer right: no difference is made.
    NoSession = 4404,
    /// No [`Hello`](super::Hello) came in time.
    NoHello = 4408,
    /// The versions differ: load the page again.
    OtherVersion = 4409,
    /// The session was ended.
    SessionEnded = 4410,
    /// The owner deleted the session: what the browser holds of it is not to be kept.
    Deleted = 4411,
    /// Less is kept of the session now: what the browser holds of it is not to be kept, and what is left can be read.
    KeptLess = 4412,
    /// As many browser windows are in the session as it takes: come back when one of them is closed.
    Full = 4429,
    /// As many people, or windows of theirs, came through the link as it lets in.
    LinkFull = 4430,
    /// As many people are known of the session as it takes at a time, those among them who are away and may come back.
    PeopleFull = 4431,
    /// The bridge has no room to work out what the link shows of so long a transcript.
    NoView = 4432,
    /// The bridge has no room for one more session that lives, as this one would again.
    NoRoom = 4433,
    /// The bridge has no memory left to read one more session that has ended.
    NoRoomToRead = 4434,
}

impl CloseCode {
    /// The code with that number.
    pub fn from_number(number: u16) -> Option<Self> {
        use CloseCode::*;
        [
            GoingAway,
            TooBig,
            BadMessage,
            NotSignedOn,
            LinkOver,
            NoSession,
            NoHello,
            OtherVersion,
            SessionEnded,
            Deleted,
            KeptLess,
            Full,
            LinkFull,
            PeopleFull,
            NoView,
            NoRoom,
            NoRoomToRead,
        ]
        .into_iter()
        .find(|&code| code as u16 == number)
    }

    /// What keeps a browser out that has a right to come in and goes on trying, in a plain sentence; none of other
    /// codes.
    pub fn keeps_out(self) -> Option<&'static str> {
        match self {
            CloseCode::Full => Some(
                "As many browser windows are in this session as it takes. Close one of them; this one keeps trying.",
            ),
            CloseCode::LinkFull => Some(
                "As many people came through this link as it lets in. Ask the owner for another link; this page keeps trying.",
            ),
            CloseCode::PeopleFull => Some(
                "As many people have come to this session as it takes. The owner can revoke links that nobody needs any more; this page keeps trying.",
            ),
            CloseCode::NoView => Some(
                "The console has no room to work out what your link shows of a session this long. Ask the owner for a link that shows everything; this page keeps trying.",
            ),
            CloseCode::NoRoom => Some(
                "The console has no room for one more session that lives, of all or of whoever opened this one. End one that nobody needs; this page tries again for some minutes.",
            ),
            CloseCode::NoRoomToRead => Some(
                "The ended sessions that are being read leave no memory for this one. Leave those that you need no more; this page tries again for some minutes.",
            ),
            _ => None,
        }
    }
}
