//! The few drawings.

use yew::prelude::*;

/// A house: the way to the start page, where there is no room for words.
pub fn house() -> Html {
    html! {
        <svg class="icon" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
            <path d="M2 7.5 8 2l6 5.5M3.8 6.5v7h8.4v-7" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
    }
}

/// A lock, closed or open. It says nothing that the text beside it does not.
pub fn lock(is_closed: bool) -> Html {
    let shackle = if is_closed {
        "M4.5 7V5a3.5 3.5 0 0 1 7 0v2"
    } else {
        "M4.5 7V4.5a3.5 3.5 0 0 1 6.8-1.2"
    };
    html! {
        <svg class="icon" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <rect x="2.5" y="7" width="11" height="7.5" rx="1.5" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d={shackle} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" />
        </svg>
    }
}
