//! A session that cannot be reached.

use protocol::target::Target;
use yew::prelude::*;

use super::header::plain_header;
use super::next::NextButton;
use crate::services::place;
use crate::session::Gone;

/// The page that stands in a session's place. `onnew` asks for a new session.
pub fn gone_page(why: Gone, onnew: &Callback<Option<Target>>) -> Html {
    let (headline, text) = match why {
        Gone::NoSession => (
            "This session is not here",
            "The console knows no such session, or not one that this browser may open. It was deleted, the time is over \
             for which it was kept, nothing of it was kept, the console was started with another journal or with none, or \
             it belongs to another browser. Nothing is known about which.",
        ),
        Gone::NotLetIn => (
            "This link does not let you in",
            "It may have been revoked or used already, its time may be over, or a part of it may be missing. \
             Ask whoever gave it to you for another one.",
        ),
        Gone::Ended => (
            "This session has ended",
            "Its connection is closed. Messages that were only marked for deletion were not deleted. \
             If its transcript is kept, loading this page again shows it.",
        ),
        Gone::Deleted => (
            "This session is deleted",
            "Its owner deleted it: what was kept of it is gone, for everybody, and so is what this page showed. Files that \
             somebody has exported from it before stay where they are.",
        ),
        Gone::NotSignedOn => (
            "You are not signed in to this console",
            "Whoever is not, or no longer, is not let in to this session. Sign in and load the page again; the session goes on.",
        ),
        Gone::NoRoom => (
            "There is no room for this session now",
            "As many sessions live as the console takes, or what sessions hold takes all the memory that it has for that. \
             Nothing of this one is lost: load the page again when others have ended.",
        ),
        Gone::OtherVersion => (
            "This page is older or newer than the console",
            "The console was updated while the page was open. Load the page again; the session goes on.",
        ),
    };
    let onnew = onnew.reform(|_: MouseEvent| None);
    html! {
        <>
            { plain_header() }
            <main class="page">
                <section class="card gone" role="alert">
                    <h1>{ headline }</h1>
                    <p class="lead">{ text }</p>
                    <div class="actions">
                        if matches!(why, Gone::OtherVersion | Gone::NotSignedOn | Gone::NoRoom) {
                            <NextButton name="Load again" onclick={|_| place::reload()} />
                        } else {
                            <NextButton name="New session" onclick={onnew} />
                        }
                    </div>
                </section>
            </main>
        </>
    }
}
