//! What the line may become, above the prompt.

use yew::prelude::*;

use crate::prompt::Standing;
use crate::prompt::completions::Completion;

/// The list; hidden while there is nothing in it.
pub(super) fn completion_list(
    list: &[Completion],
    chosen: Option<usize>,
    onaccept: &Callback<Completion>,
) -> Html {
    let options = list
        .iter()
        .enumerate()
        .map(|(at, completion)| option(at, completion, chosen == Some(at), onaccept));
    html! {
        <ul id="completions" class="completions" role="listbox" aria-label="Completions" hidden={list.is_empty()}>
            { for options }
        </ul>
    }
}

fn option(at: usize, completion: &Completion, is_chosen: bool, onaccept: &Callback<Completion>) -> Html {
    let onmousedown = {
        let (onaccept, completion) = (onaccept.clone(), completion.clone());
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            onaccept.emit(completion.clone());
        })
    };
    let class = match completion.standing {
        Standing::Fine => None,
        Standing::OtherState | Standing::NotOffered => Some("dimmed"),
        Standing::Marked => Some("marked"),
    };
    html! {
        <li id={format!("completion-{at}")} class={classes!("completion", class)} role="option"
            aria-selected={is_chosen.to_string()} {onmousedown}>
            <span class="completion-name">{ &completion.name }</span>
            <span class="completion-detail">{ &completion.detail }</span>
            <span class="completion-help">{ &completion.help }</span>
            if completion.standing != Standing::Fine { <span class="completion-not">{ completion.standing.told() }</span> }
        </li>
    }
}
