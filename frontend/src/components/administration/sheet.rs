//! The sheet that asks before something is done to an account, and takes what that needs.

use std::rc::Rc;

use protocol::standing::Rank;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::Desk;
use crate::administration::{Action, Deed, Field, Given, PASSWORD_MIN, Refusal, Sheet, role_name, role_note};
use crate::components::modal::Modal;
use crate::services::api::administration as api;
use crate::services::focus;

/// What the sheet is told, and what it tells.
#[derive(Properties, PartialEq)]
pub(super) struct DeedSheetProps {
    pub(super) desk: Desk,
    /// Something was done.
    pub(super) ondone: Callback<()>,
}

/// What is typed in, but for passwords, is in the state; those are in their fields alone, and go with the sheet.
#[function_component]
pub(super) fn DeedSheet(props: &DeedSheetProps) -> Html {
    let desk = &props.desk;
    let (password, confirm) = (use_node_ref(), use_node_ref());
    let reveals = use_state_eq(|| false);
    let sheet = desk.sheet.clone();
    {
        let wrong = sheet.as_ref().and_then(|it| it.refusal.as_ref()?.field);
        let tries = sheet.as_ref().map_or(0, |it| it.tries);
        let is_busy = sheet.as_ref().is_some_and(|it| it.is_busy);
        use_effect_with((tries, is_busy), move |_| {
            if let Some(field) = wrong.filter(|_| !is_busy).and_then(element) {
                focus::give(&field);
                field.select();
            }
        });
    }
    let is_tried = sheet.as_ref().is_some_and(|it| it.is_busy);
    {
        // What was tried is done once its turn has come in the state, so that nothing is done twice.
        let (desk, ondone) = (desk.clone(), props.ondone.clone());
        let (sheet, password, confirm) = (sheet.clone(), password.clone(), confirm.clone());
        use_effect_with(is_tried, move |is_tried| {
            if let Some(sheet) = sheet.filter(|_| *is_tried) {
                spawn_local(async move {
                    let before = desk.confirmation.clone();
                    let given = confirmed(before, &value(&confirm)).await;
                    let done = match &given {
                        Ok(given) => api::administer(&sheet, &value(&password), given).await,
                        Err(refusal) => Err(refusal.clone()),
                    };
                    // Not before: the field for it stays while the sheet is busy.
                    if let Ok(given) = given {
                        desk.dispatch(Action::Confirmed(given));
                    }
                    let sheet = Box::new(sheet);
                    match done {
                        Ok(()) => {
                            desk.dispatch(Action::Done(sheet));
                            ondone.emit(());
                        }
                        Err(refusal) => desk.dispatch(Action::Refused(sheet, refusal)),
                    }
                });
            }
        });
    }
    let onclose = {
        let desk = desk.clone();
        Callback::from(move |()| desk.dispatch(Action::Close))
    };
    let onsubmit = {
        let (desk, password, confirm) = (desk.clone(), password.clone(), confirm.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let given = Given {
                password: value(&password).chars().count(),
                confirm: desk.confirmation.is_some() || !value(&confirm).is_empty(),
            };
            desk.dispatch(Action::Try(given));
        })
    };
    let onname = {
        let desk = desk.clone();
        Callback::from(move |event: InputEvent| {
            let field = event.target_unchecked_into::<HtmlInputElement>();
            desk.dispatch(Action::Name(field.value()));
        })
    };
    let ontoggle = {
        let reveals = reveals.clone();
        Callback::from(move |_: MouseEvent| reveals.set(!*reveals))
    };
    let Some(sheet) = sheet else {
        return Html::default();
    };
    let deed = &sheet.deed;
    let asks = desk.confirmation.is_none();
    let is_own = desk.account(deed).is_some_and(|it| it.is_own);
    let wrong = sheet.refusal.as_ref().and_then(|it| it.field);
    let described = |field: Field| (wrong == Some(field)).then_some("deed-problem");
    let class = |field: Field| classes!("field", (wrong == Some(field)).then_some("wrong"));
    let (headline, note, does, button) = words(&sheet, is_own);
    let oncancel = onclose.reform(|_: MouseEvent| ());
    html! {
        <Modal class="deed" labelled_by="deed-headline" {onclose}>
            <form {onsubmit} aria-labelledby="deed-headline" novalidate=true>
                <h2 id="deed-headline">{ headline }</h2>
                if !note.is_empty() { <p class="deed-note">{ note }</p> }
                if *deed == Deed::Add {
                    <label class="label" for="deed-name">{ "Name" }</label>
                    <input id="deed-name" class={class(Field::Name)} type="text" autocomplete="off" autocapitalize="off"
                        spellcheck="false" autofocus=true aria-describedby={described(Field::Name)} oninput={onname} />
                }
                if deed.gives_role() { { roles(&sheet, desk) } }
                if deed.gives_password() {
                    <label class="label" for="deed-password">
                        { if *deed == Deed::Add { "Password" } else { "New password" } }
                        <span class="label-note">{ format!(" — at least {PASSWORD_MIN} characters") }</span>
                    </label>
                    <span class="deed-secret">
                        <input ref={password} id="deed-password" class={class(Field::Password)} type={if *reveals { "text" } else { "password" }}
                            autocomplete="new-password" autocapitalize="off" spellcheck="false" autofocus={*deed != Deed::Add}
                            aria-describedby={described(Field::Password)} />
                        <button type="button" class="button small" aria-label="Show the password" aria-pressed={reveals.to_string()}
                            onclick={ontoggle}>{ if *reveals { "Hide" } else { "Show" } }</button>
                    </span>
                }
                if asks {
                    <label class="label" for="deed-confirm">{ "Your own password" }</label>
                    <input ref={confirm} id="deed-confirm" class={class(Field::Confirm)} type="password" autocomplete="current-password"
                        autofocus={matches!(deed, Deed::Disable(_) | Deed::Enable(_))} aria-describedby={described(Field::Confirm)} />
                }
                <div role="alert">
                    if let Some(refusal) = &sheet.refusal { <p id="deed-problem" class="problem">{ &refusal.why }</p> }
                </div>
                <div class="actions">
                    <button type="submit" class={classes!("button", button)} disabled={sheet.is_busy}>{ does }</button>
                    <button type="button" class="button" autofocus={!asks && matches!(deed, Deed::Disable(_))} onclick={oncancel}>{ "Cancel" }</button>
                </div>
            </form>
        </Modal>
    }
}

/// What counts for the administrator's own password: what was given for it before, or is given now.
async fn confirmed(before: Option<Rc<str>>, own: &str) -> Result<Rc<str>, Refusal> {
    match before {
        Some(before) => Ok(before),
        None => api::confirm(own).await.map(Rc::from),
    }
}

/// What the sheet is called, what it says first, and what its button is called and looks like.
fn words(sheet: &Sheet, is_own: bool) -> (String, &'static str, &'static str, &'static str) {
    let signed_out = if is_own {
        "You are signed out by that, in every window, and sign in again."
    } else {
        "Who is signed in with it is signed out by that, in every window, and signs in again."
    };
    match &sheet.deed {
        Deed::Add => (
            "Add an account".to_owned(),
            "Whoever gets it signs in with this name and password.",
            "Add account",
            "primary",
        ),
        Deed::Role(name) => (
            format!("Make {name} {}?", role_name(sheet.role)),
            signed_out,
            "Change role",
            "primary",
        ),
        Deed::Password(name) => (
            format!("New password for {name}"),
            signed_out,
            "Change password",
            "primary",
        ),
        Deed::Disable(name) => (
            format!("Disable {name}?"),
            if is_own {
                "You are signed out at once, in every window, and can sign in no more."
            } else {
                "Who is signed in with it is signed out at once, in every window, and can sign in no more. Their sessions stay; links to them let nobody in."
            },
            "Disable account",
            "danger",
        ),
        Deed::Enable(name) => (
            format!("Enable {name}?"),
            "It can be used again, with the password and the role that it had.",
            "Enable account",
            "primary",
        ),
    }
}

/// What the account is to be.
fn roles(sheet: &Sheet, desk: &Desk) -> Html {
    let roles = Rank::ALL.iter().map(|&role| {
        let is_chosen = sheet.role == role;
        let onchange = {
            let desk = desk.clone();
            move |_: Event| desk.dispatch(Action::Role(role))
        };
        html! {
            <label class={classes!("segment", is_chosen.then_some("chosen"))}>
                <input type="radio" name="deed-role" aria-label={role.name()} aria-describedby={format!("deed-role-{}", role.name())}
                    checked={is_chosen} autofocus={is_chosen && sheet.deed != Deed::Add} {onchange} />
                <span class="segment-name">{ role.name() }</span>
                <span class="segment-note" id={format!("deed-role-{}", role.name())}>{ role_note(role) }</span>
            </label>
        }
    });
    html! {
        <>
            <span class="label" id="deed-roles">{ "Role" }</span>
            <div class="segments" role="radiogroup" aria-labelledby="deed-roles">{ for roles }</div>
        </>
    }
}

/// The field of the sheet that is for that.
fn element(field: Field) -> Option<HtmlInputElement> {
    let id = match field {
        Field::Name => "deed-name",
        Field::Password => "deed-password",
        Field::Confirm => "deed-confirm",
    };
    gloo::utils::document().get_element_by_id(id)?.dyn_into().ok()
}

fn value(field: &NodeRef) -> String {
    let field = field.cast::<HtmlInputElement>();
    field.map(|it| it.value()).unwrap_or_default()
}
