//! What holds: in words what reaches which servers, and every setting.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::Desk;
use crate::administration::{Action, Held, Section, Source, matching, words};
use crate::services::api::Console;

/// What the card is told.
#[derive(Properties, PartialEq)]
pub(super) struct HeldCardProps {
    pub(super) desk: Desk,
}

/// The card.
#[function_component]
pub(super) fn HeldCard(props: &HeldCardProps) -> Html {
    let desk = &props.desk;
    let console = use_context::<Console>().unwrap_or_default();
    let presets: Vec<String> = console.presets.iter().map(|it| it.name.clone()).collect();
    let told = match &desk.held {
        None => html! { <p class="loading">{ "Loading…" }</p> },
        Some(Err(why)) => html! { <p class="problem" role="alert">{ why }</p> },
        Some(Ok(sections)) => told(sections, &presets, desk),
    };
    html! {
        <section class="card held" aria-labelledby="held-headline">
            <h2 id="held-headline">{ "What holds here" }</h2>
            { told }
        </section>
    }
}

fn told(sections: &[Section], presets: &[String], desk: &Desk) -> Html {
    let oninput = {
        let desk = desk.clone();
        Callback::from(move |event: InputEvent| {
            let field = event.target_unchecked_into::<HtmlInputElement>();
            desk.dispatch(Action::WantSettings(field.value()));
        })
    };
    let words = words(sections, presets).into_iter();
    let found = matching(sections, &desk.wanted_settings);
    let is_empty = found.is_empty();
    let sections = found.into_iter().map(|(name, settings)| {
        html! {
            <section key={name} class="held-section" aria-label={name.to_owned()}>
                <h3>{ name }</h3>
                <dl>{ for settings.into_iter().map(setting) }</dl>
            </section>
        }
    });
    html! {
        <>
            <ul class="held-words">{ for words.map(|it| html! { <li>{ it }</li> }) }</ul>
            <p class="held-note">{ "Settings are changed on the console's machine, and hold once it is started anew." }</p>
            <input class="field" type="search" aria-label="Search settings" placeholder="Name, value or what it is about" autocomplete="off"
                spellcheck="false" {oninput} />
            // By themselves: among them the field would be another one each time that one of them goes or comes.
            <div>{ for sections }</div>
            if is_empty { <p>{ "None of them matches." }</p> }
        </>
    }
}

fn setting(held: &Held) -> Html {
    let values = match held.values.as_slice() {
        [] => html! { <span class="held-none">{ "not set" }</span> },
        values => html! { { for values.iter().map(|it| html! { <code>{ it }</code> }) } },
    };
    let from = match held.from {
        Source::Default if held.values.is_empty() => Html::default(),
        Source::Default => html! { <span class="held-from">{ "default" }</span> },
        _ => html! { <span class="held-from said">{ &held.at }</span> },
    };
    html! {
        <div key={held.key.as_str()} class="held-setting">
            <dt><code>{ &held.key }</code><span class="held-about">{ for about(&held.about) }</span></dt>
            <dd><span class="held-values">{ values }</span>{ from }</dd>
        </div>
    }
}

/// What a setting is. What stands between backticks is written as it is typed.
fn about(text: &str) -> impl Iterator<Item = Html> {
    text.split('`').enumerate().map(|(at, part)| match at % 2 {
        0 => html! { { part } },
        _ => html! { <code>{ part }</code> },
    })
}
