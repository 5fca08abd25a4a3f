//! The connect form where only presets can be connected to: one is chosen by its name.

use protocol::access::Keep;
use protocol::target::{Security, Target};
use web_sys::{HtmlElement, HtmlSelectElement};
use yew::prelude::*;

use super::connect::foot;
use super::keep::Choice;
use crate::form;
use crate::parts::{self, use_part};
use crate::presets::{self, Preset, Wanted};
use crate::services::{focus, storage};

/// What the form is told and what it tells.
#[derive(Clone, Properties, PartialEq)]
pub struct PresetFormProps {
    /// What can be chosen; none until the bridge has said.
    pub presets: Option<Vec<Preset>>,
    /// Which of them somebody wants.
    pub wanted: Wanted,
    /// Whether a session is being opened.
    pub is_busy: bool,
    /// What went wrong with opening one.
    pub problem: Option<String>,
    /// How much of the session will be kept.
    pub keep: Choice,
    /// The person decides how much will be kept.
    pub onkeep: Callback<Keep>,
    /// The person wants to connect.
    pub ontarget: Callback<Target>,
}

/// Draws it, as a part of the console.
pub fn draw(props: &PresetFormProps) -> Html {
    html! { <PresetForm ..props.clone() /> }
}

/// The form, as soon as it is loaded. The page that begins with it is drawn by the console only then.
#[function_component]
pub fn PresetFormPart(props: &PresetFormProps) -> Html {
    use_part(parts::presets, props, Html::default())
}

/// The form.
#[function_component]
pub fn PresetForm(props: &PresetFormProps) -> Html {
    let chosen = use_state_eq(|| None::<usize>);
    let recent = use_state_eq(storage::recent);
    let field = use_node_ref();
    let is_told = props.presets.is_some();
    {
        let field = field.clone();
        use_effect_with(is_told, move |is_told| {
            if let Some(field) = field.cast::<HtmlElement>().filter(|_| *is_told) {
                focus::give(&field);
            }
        });
    }
    let presets = props.presets.as_deref().unwrap_or_default();
    let wanted = presets::find(presets, &props.wanted);
    let at = chosen
        .or(wanted.clone().ok().flatten())
        .unwrap_or_else(|| presets::usual(presets, &recent));
    let target = presets.get(at).map(|it| it.target.clone());
    let missing = match wanted {
        _ if !is_told || chosen.is_some() => None,
        _ if presets.is_empty() => {
            Some("No server is offered here yet: ask whoever runs this console.".to_owned())
        }
        Err(missing) => Some(format!("{missing} Choose one of these.")),
        Ok(_) => None,
    };
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let index = event
                .target_unchecked_into::<HtmlSelectElement>()
                .selected_index();
            chosen.set(usize::try_from(index).ok());
        })
    };
    let onsubmit = {
        let (target, ontarget, is_busy) = (target.clone(), props.ontarget.clone(), props.is_busy);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(target) = target.clone().filter(|_| !is_busy) {
                ontarget.emit(target);
            }
        })
    };
    let options = presets.iter().enumerate().map(|(index, preset)| {
        html! { <option selected={index == at}>{ &preset.name }</option> }
    });
    let is_unverified = target
        .as_ref()
        .is_some_and(|it| !it.verify && it.security != Security::Plain);
    html! {
        <form class="card connect-form" aria-label="Connect" novalidate=true {onsubmit}>
            <h1>{ "Connect to a POP3 server" }</h1>
            <p class="lead">{ "Every line you send and every line it answers, as they are on the wire." }</p>
            <label class="label" for="server">{ "Server" }</label>
            <select ref={field} id="server" class="field" aria-label="Server" aria-describedby="server-told"
                disabled={presets.is_empty()} {onchange}>
                { for options }
                if !is_told { <option>{ "Loading…" }</option> }
            </select>
            <p id="server-told" class="told">
                if let Some(missing) = missing { <span class="problem" role="alert">{ missing }{ " " }</span> }
                if let Some(target) = &target {
                    <span class="understood-sign" aria-hidden="true">{ "→" }</span>{ form::understood(target) }
                }
            </p>
            if is_unverified {
                <p class="caution">{ "Its certificate is not verified here: nobody knows who answers. The transcript will say so." }</p>
            }
            { foot(!props.is_busy && target.is_some(), props.keep, &props.onkeep, props.problem.as_ref()) }
        </form>
    }
}
