//! Who is here, in the header, and the button that opens the sheet with all of them.

use yew::prelude::*;

use super::avatar::{avatar, told};
use super::sheet::{Sheet, use_sheet};
use crate::store::use_session;

/// The most people that the header shows one by one.
const SHOWN_MAX: usize = 4;

/// Those who are here.
#[function_component]
pub fn Participants() -> Html {
    let session = use_session();
    let (sheet, open) = use_sheet(Sheet::People);
    let onclick = open.reform(|_: MouseEvent| ());
    let people = session.read(|state| {
        let people = &state.people;
        let shown: Vec<Html> = people
            .people
            .iter()
            .take(SHOWN_MAX)
            .map(|person| {
                let told = told(state, person);
                let (id, types) = (person.id, person.typing);
                html! {
                    <li key={id}>
                        <button type="button" class="participant" aria-label={told.clone()} title={told} onclick={onclick.clone()}>
                            { avatar(id, &state.called(person), types) }
                        </button>
                    </li>
                }
            })
            .collect();
        let more = people.people.len().saturating_sub(SHOWN_MAX) as u32 + people.more;
        (shown, more, state.typing())
    });
    let (shown, more, typing) = people;
    if shown.is_empty() {
        return Html::default();
    }
    let types = match &typing[..] {
        [] => String::new(),
        [one] => format!("{one} is typing…"),
        some => format!("{} are typing…", some.len()),
    };
    html! {
        <>
            <span class="typing desk-only">{ types }</span>
            <ul class="participants" aria-label="Participants">
                { for shown }
                if more > 0 {
                    <li key="more"><button type="button" class="participant" aria-label={format!("{more} more")} title={format!("{more} more")} {onclick}>
                        <span class="avatar hue-more" data-initials={format!("+{more}")} aria-hidden="true"></span>
                    </button></li>
                }
            </ul>
            { sheet }
        </>
    }
}
