//! How much of the session is kept: the owner's to decide when they connect and, among the settings, later, within what
//! whoever runs the console decided.

use protocol::access::Keep;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::services::api::Console;
use crate::session::Action;
use crate::store::Session;

/// What can be kept, what that is called, and what it means.
const KEEPS: [(Keep, &str, &str); 3] = [
    (Keep::Everything, "Everything", "to read and replay"),
    (Keep::NoContent, "No message content", "commands and status"),
    (Keep::Nothing, "Nothing", "gone when it ends"),
];

/// How much of a session that is to be opened will be kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Choice {
    chosen: Keep,
    /// The most that can be chosen.
    most: Keep,
    /// Who decided that it is no more.
    decided: Option<&'static str>,
}

impl Choice {
    /// What somebody chose, if they did, and otherwise as much as the console keeps.
    pub fn of(console: &Console, chosen: Option<Keep>) -> Self {
        let most = console.keeps;
        Self {
            chosen: chosen
                .filter(|chosen| !most.keeps_less_than(*chosen))
                .unwrap_or(most),
            most,
            decided: decided(console),
        }
    }

    /// Who decided that no more can be chosen, below the choice.
    pub fn note(self) -> Option<Html> {
        let told = self.decided?;
        Some(html! { <p class="keep-note label" id="keep-note">{ told }</p> })
    }
}

/// Who decided that not everything is kept, where that is to be said.
fn decided(console: &Console) -> Option<&'static str> {
    match console.keeps {
        _ if console.has_no_journal => None,
        Keep::Everything => None,
        Keep::NoContent => Some("Whoever runs this console decided that no content of messages is kept."),
        Keep::Nothing => Some("Whoever runs this console decided that nothing of sessions is kept."),
    }
}

/// The choice beside the button that connects.
pub fn kept_choice(choice: Choice, onkeep: &Callback<Keep>) -> Html {
    if choice.most == Keep::Nothing {
        return html! { <span class="keep-choice label">{ "Nothing of the session is kept" }</span> };
    }
    let onkeep = onkeep.clone();
    let onchange = move |event: Event| {
        let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
        onkeep.emit(chosen.parse().unwrap_or_default());
    };
    let choices = offers(choice.most).map(|(keep, name, _)| {
        html! { <option value={keep.name()} selected={choice.chosen == keep}>{ name }</option> }
    });
    html! {
        <label class="keep-choice">
            <span class="label">{ "What is kept" }</span>
            <select class="field small" aria-describedby={choice.decided.map(|_| "keep-note")} {onchange}>{ for choices }</select>
        </label>
    }
}

/// What can be kept where that is the most.
fn offers(most: Keep) -> impl Iterator<Item = (Keep, &'static str, &'static str)> {
    KEEPS.into_iter().filter(move |it| !most.keeps_less_than(it.0))
}

/// The choice, for whoever may make it; where the console keeps nothing, that it does not.
pub fn keep_choice(session: &Session, console: &Console) -> Option<Html> {
    let (keep, is_owner, is_over) = session.read(|state| (state.keep, state.is_owner(), state.is_over()));
    if !is_owner {
        return None;
    }
    let choice = match (console.has_no_journal, is_over) {
        (true, _) => html! {
            <p class="help-note">{ "Nothing: the console was started without a journal. The session is gone when it ends." }</p>
        },
        (false, false) => while_it_lives(session, keep, console),
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
fn while_it_lives(session: &Session, keep: Keep, console: &Console) -> Html {
    let now = match keep {
        Keep::Everything => "Everything is kept, to read and replay.",
        Keep::NoContent => "Commands and status are kept, without the content of messages.",
        Keep::Nothing => "Nothing is kept: the session is gone when it ends.",
    };
    let offers = offers(console.keeps)
        .filter(|it| it.0 != keep)
        .map(|(choice, name, _)| {
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
            if let Some(decided) = decided(console) { <p class="help-note">{ decided }</p> }
            <div class="keep-less">{ for offers }</div>
            if console.keeps != Keep::Nothing {
                <p class="help-note">{ "It is kept on the console's own disk, and never a password." }</p>
            }
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
