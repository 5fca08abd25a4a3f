//! What can happen to a session, and what has to be done then.

use protocol::access::Keep;
use protocol::entry::{LineId, Seq};
use protocol::wire::{FromBrowser, GuestSignIn, Hello, ToBrowser};

use super::noting::NoteStep;
use super::pasting::Pasting;
use super::people::TakingPart;
use super::replaying::Replaying;
use super::sign_in::{Attempt, SigningIn};
use super::typed::Typed;

/// What the person is asked before something is done.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A password would go out in clear text.
    ClearText(LineId, Typed),
    /// The sign-in sheet would send one.
    SignInClear(Box<Attempt>),
    /// Disconnecting discards marks.
    Disconnect,
    /// Ending the session discards marks.
    End,
    /// Signing out leaves marks behind.
    SignOff,
    /// What is hidden does not come back.
    Hide(Seq),
    /// What is not kept any more does not, either.
    KeepLess(Keep),
}

impl Ask {
    /// Whether it is about a password in clear text.
    pub fn is_clear(&self) -> bool {
        matches!(self, Ask::ClearText(..) | Ask::SignInClear(_))
    }
}

/// What can happen.
pub enum Action {
    /// The socket is open.
    Opened,
    /// Messages came.
    Received(Vec<ToBrowser>),
    /// All that was kept of the session was deleted from here.
    Deleted,
    /// The socket is closed. `chance` is between 0 and 1.
    Closed {
        /// The close code.
        code: u16,
        /// Spreads the waits.
        chance: f64,
    },
    /// It is time to try again, or there is a network again.
    Retry,
    /// The person submits a line, and calls it by that name.
    Submit(LineId, Typed),
    /// The prompt has what was given back.
    Taken,
    /// The person pasted several lines, or decides about them.
    Paste(Pasting),
    /// The person signs in with the sheet.
    SignIn(SigningIn),
    /// Whoever came to sign in does it.
    GuestSignsIn(GuestSignIn),
    /// Their name or password cannot be sent, for that reason.
    GuestFails(String),
    /// The person takes part in what others do.
    TakePart(TakingPart),
    /// The person attaches a note to a line.
    Note(NoteStep),
    /// The person wants to drop the connection.
    Disconnect,
    /// The person wants to end the session.
    End,
    /// The person wants to sign out of the console.
    SignOff,
    /// The person wants a connection to the same target again, verified or not.
    Reconnect {
        /// Whether to verify the certificate; none for as before.
        verify: Option<bool>,
    },
    /// The person wants to go on in clear text.
    ContinueInClear,
    /// The person may want an entry hidden from everyone.
    AskToHide(Seq),
    /// The person wants an entry hidden from everyone.
    Hide(Seq),
    /// The prompt's history has dropped what was hidden.
    Forgot,
    /// The person decides how much of the session is kept.
    Keep(Keep),
    /// The person may want less to be kept of the session.
    AskToKeepLess(Keep),
    /// Something was not done, for that reason.
    Fails(String),
    /// The person wants something of a replay, or time passes in it.
    Replay(Replaying),
    /// The person switches the keep-alive.
    KeepAlive(bool),
    /// The person says yes to what is asked.
    Agree,
    /// The person wants STLS sent instead, under that name.
    StlsFirst(LineId),
    /// The person says no, or has read the notice.
    Dismiss,
}

/// What has to be done then.
pub enum Effect {
    /// Open a socket, in place of any other.
    Open,
    /// Send this as the first message.
    Hello(Hello),
    /// Send this.
    Send(FromBrowser),
    /// [`Action::Retry`] after so many milliseconds.
    RetryIn(u32),
    /// [`SigningIn::Work`] as soon as the page has had time for everything else.
    WorkSoon,
    /// Keep what the person wants to be called.
    KeepName(String),
    /// Let go of the socket and of the session's token.
    Forget,
    /// Sign out of the console.
    SignOff,
    /// Have less kept of the session, and show what is left.
    KeepLess(Keep),
}
