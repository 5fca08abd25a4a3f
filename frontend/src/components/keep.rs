//! How much of the session is kept: the owner's to decide, among the settings.

use protocol::access::Keep;
use yew::prelude::*;

use crate::session::Action;
use crate::store::Session;

/// What can be kept, what that is called, and what it means.
pub(super) const KEEPS: [(Keep, &str, &str); 3] = [
    (Keep::Everything, "Everything", "to read and replay"),
    (Keep::NoContent, "No message content", "commands and status"),
    (Keep::Nothing, "Nothing", "gone when it ends"),
];

/// The choice, for whoever may make it; where the console keeps nothing, that it does not.
pub fn keep_choice(session: &Session, keeps_nothing: bool) -> Option<Html> {
    let (keep, is_owner, is_over) = session.read(|state| (state.keep, state.is_owner(), state.is_over()));
    if !is_owner {
        return None;
    }
    let choice = match (keeps_nothing, is_over) {
        (true, _) => html! {
            <p class="help-note">{ "Nothing: the console was started without a journal. The session is gone when it ends." }</p>
        },
        (false, false) => while_it_lives(session, keep),
        (false, true) => less(session, keep)?,
    };
    Some(html! {
        <>
            <h3 id="keep-label">{ "What is kept of this session" }</h3>
            { choice }
        </>
    })
}

/// Of a session that goes on: more at once, and less once it was asked for and agreed to.
fn while_it_lives(session: &Session, keep: Keep) -> Html {
    let now = match keep {
        Keep::Everything => "Everything is kept, to read and replay.",
        Keep::NoContent => "Commands and status are kept, without the content of messages.",
        Keep::Nothing => "Nothing is kept: the session is gone when it ends.",
    };
    let offers = KEEPS.iter().filter(|it| it.0 != keep).map(|&(choice, name, _)| {
        let (session, is_less) = (session.clone(), choice.keeps_less_than(keep));
        let onclick = move |_: MouseEvent| {
            session.dispatch(if is_less {
                Action::AskToKeepLess(choice)
            } else {
                Action::Keep(choice)
            });
        };
        let name = format!("Keep {}{}", name.to_lowercase(), if is_less { "…" } else { "" });
        html! { <button type="button" class="button small" {onclick}>{ name }</button> }
    });
    html! {
        <>
            <p class="help-note" role="status" aria-labelledby="keep-label">{ now }</p>
            <div class="keep-less">{ for offers }</div>
            <p class="help-note">{ "It is kept on the console's own disk, and never a password." }</p>
        </>
    }
}

/// Of one that has ended: no more than is. It is asked for each time, since it cannot be undone.
fn less(session: &Session, keep: Keep) -> Option<Html> {
    let told = match keep {
        Keep::Everything => "Everything, to read and replay.",
        Keep::NoContent => "Commands and status, without the content of messages.",
        Keep::Nothing => return None,
    };
    let offers = [
        (Keep::NoContent, "Delete message content…"),
        (Keep::Nothing, "Delete all of it…"),
    ];
    let offers = offers
        .into_iter()
        .filter(|&(less, _)| less.keeps_less_than(keep))
        .map(|(less, name)| {
            let session = session.clone();
            let onclick = move |_: MouseEvent| session.dispatch(Action::AskToKeepLess(less));
            html! { <button type="button" class="button small" {onclick}>{ name }</button> }
        });
    Some(html! {
        <>
            <p class="help-note">{ told }{ " The session has ended: less can be kept of it, and never more." }</p>
            <div class="keep-less">{ for offers }</div>
        </>
    })
}
