//! The choice of the charset of lines that are not UTF-8.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::reader::Reader;
use crate::services::{storage, text};
use crate::transcript::charset::CHARSETS;

/// The choice.
pub(super) fn charset(reader: &Reader) -> Html {
    let chosen = reader.session.read(|state| state.transcript.charset().to_owned());
    let onchange = {
        let reader = reader.clone();
        move |event: Event| {
            let name = event.target_unchecked_into::<HtmlSelectElement>().value();
            storage::keep_charset(&name);
            reader
                .sights
                .lay_out(|transcript| transcript.set_charset(&name, text::decoder));
        }
    };
    html! {
        <span class="charset">
            <select class="bar-button charset-choice" aria-label="Charset of lines that are not UTF-8" title="Charset of lines that are not UTF-8" {onchange}>
                <Charsets {chosen} />
            </select>
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct CharsetsProps {
    chosen: String,
}

/// What there is to choose from: drawn once, and not with every row that comes.
#[function_component]
fn Charsets(props: &CharsetsProps) -> Html {
    let option = |value: &'static str, name: &'static str| {
        html! { <option {value} selected={props.chosen == value}>{ name }</option> }
    };
    let groups = CHARSETS.iter().map(|&(label, charsets)| {
        let options = charsets.iter().map(|&(value, name)| option(value, name));
        html! { <optgroup {label}>{ for options }</optgroup> }
    });
    html! { <>{ option("", "UTF-8") }{ for groups }</> }
}
