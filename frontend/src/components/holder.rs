//! Which of this browser's own sessions holds the maildrop that was found locked. Nobody else can tell.

use protocol::alias::Alias;
use yew::prelude::*;

use crate::services::{place, storage};

/// Which session.
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What the record calls it.
    pub holder: Alias,
}

/// The way to it; nothing where it is somebody else's.
#[function_component]
pub fn Holder(props: &Props) -> Html {
    let own = use_memo(props.holder, |holder| {
        let known = storage::sessions();
        known.into_iter().find(|it| Alias::of(&it.id) == *holder)
    });
    let Some(own) = own.as_ref() else {
        return Html::default();
    };
    html! {
        <p class="explains">
            { "It is one of yours: " }
            <a href={place::below(&format!("/s/{}", own.id))}>{ format!("go to {}", own.called()) }</a>
        </p>
    }
}
