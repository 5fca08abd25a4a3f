//! The sheet to sign in with: name, password, mechanism, and what the server says to it.

use protocol::sasl::prep::prepare;
use protocol::sasl::{Credentials, Mechanism, Problem};
use protocol::secret::Secret;
use protocol::state::{Expectation, Phase, Protection};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::modal::Modal;
use super::prompt::NO_PASSWORD_MANAGER;
use crate::services::{chance, focus, text};
use crate::session::sign_in::{Attempt, SigningIn};
use crate::session::{Action, State};
use crate::store::{Session, use_session};

/// The sheet, while it is open.
#[function_component]
pub fn SignInSheet() -> Html {
    let session = use_session();
    match session.read(View::of) {
        Some(view) => html! { <Sheet {session} {view} /> },
        None => Html::default(),
    }
}

/// What the sheet shows.
#[derive(Clone, PartialEq)]
struct View {
    host: String,
    protection: String,
    is_clear: bool,
    is_unverified: bool,
    /// Whether it can begin now.
    is_ready: bool,
    /// Whether the server was asked what it offers, and has not answered.
    is_asking: bool,
    /// Whether the server told what it offers.
    is_told: bool,
    best: Mechanism,
    offered: Vec<Option<bool>>,
    name: String,
    is_under_way: bool,
    progress: Option<u32>,
    challenges: Vec<String>,
    failure: Option<String>,
    attempts: u32,
}

impl View {
    fn of(state: &State) -> Option<Self> {
        let sheet = state.sign_in.as_ref().filter(|it| !it.is_closed)?;
        Some(Self {
            host: state.target().map(|it| it.host.clone()).unwrap_or_default(),
            protection: state.security_told(),
            is_clear: state.is_clear(),
            is_unverified: state.now.protection == Protection::Unverified,
            is_ready: state.now.phase == Phase::Authorization
                && state.expects() != Expectation::Response
                && !state.awaits_offers(),
            is_asking: state.awaits_offers(),
            is_told: state.offers.now().is_some(),
            best: state.best_mechanism(),
            offered: Mechanism::ALL.map(|it| state.offers_mechanism(it)).to_vec(),
            name: state.names.iter().next().unwrap_or_default().to_owned(),
            is_under_way: sheet.is_under_way(),
            progress: sheet.progress(),
            challenges: sheet.challenges.clone(),
            failure: sheet.failure.clone(),
            attempts: sheet.attempts,
        })
    }

    fn offers(&self, mechanism: Mechanism) -> Option<bool> {
        self.offered.get(mechanism as usize).copied().flatten()
    }

    /// What speaks against that mechanism; empty when nothing does.
    fn warning(&self, mechanism: Mechanism) -> &'static str {
        if self.offers(mechanism) == Some(false) {
            "The server does not offer it; it is tried all the same."
        } else if self.is_clear && !mechanism.hides_password() {
            "The connection is not encrypted: everyone on the way can read what you enter. You are asked before it is sent."
        } else if self.is_unverified && !mechanism.hides_password() {
            "Nobody verified who is at the other end, and whoever it is can read what you enter."
        } else {
            ""
        }
    }
}

#[derive(Properties, PartialEq)]
struct SheetProps {
    session: Session,
    view: View,
}

#[function_component]
fn Sheet(props: &SheetProps) -> Html {
    let view = &props.view;
    let (user, password) = (use_node_ref(), use_node_ref());
    let reveals = use_state_eq(|| false);
    // What the person chose; until then, what is best.
    let chosen = use_state_eq(|| None::<Mechanism>);
    let mechanism = chosen.unwrap_or(view.best);
    {
        let password = password.clone();
        use_effect_with(view.attempts, move |_| {
            // It is on its way: nothing of it stays here.
            if let Some(password) = password.cast::<HtmlInputElement>() {
                password.set_value("");
            }
        });
    }
    {
        // Another password can be typed at once.
        let (password, has_failed) = (password.clone(), view.failure.is_some() && !view.is_under_way);
        use_effect_with((has_failed, view.attempts), move |(has_failed, _)| {
            if *has_failed && let Some(password) = password.cast::<HtmlInputElement>() {
                focus::give(&password);
            }
        });
    }
    {
        // The name that is known already is not asked for again.
        let (user, password, name) = (user.clone(), password.clone(), view.name.clone());
        use_effect_with((), move |()| {
            let (user, password) = (
                user.cast::<HtmlInputElement>(),
                password.cast::<HtmlInputElement>(),
            );
            if let (Some(user), Some(password)) = (user, password) {
                let first = if name.is_empty() { &user } else { &password };
                user.set_value(&name);
                focus::give(first);
            }
        });
    }
    let act = |step: fn() -> SigningIn| {
        let session = props.session.clone();
        Callback::from(move |()| session.dispatch(Action::SignIn(step())))
    };
    let onclose = act(|| SigningIn::Close);
    let onsubmit = {
        let (session, user, password) = (props.session.clone(), user.clone(), password.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let of = |field: &NodeRef| {
                field
                    .cast::<HtmlInputElement>()
                    .map(|it| it.value())
                    .unwrap_or_default()
            };
            let step = step(mechanism, of(&user), Secret::new(of(&password).into_bytes()));
            session.dispatch(Action::SignIn(step));
        })
    };
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let at = event
                .target_unchecked_into::<HtmlSelectElement>()
                .selected_index();
            chosen.set(
                usize::try_from(at)
                    .ok()
                    .and_then(|at| Mechanism::ALL.get(at).copied()),
            );
        })
    };
    let ontoggle = {
        let reveals = reveals.clone();
        Callback::from(move |_: MouseEvent| reveals.set(!*reveals))
    };
    let secret = if mechanism == Mechanism::XOauth2 {
        "Access token"
    } else {
        "Password"
    };
    let options = Mechanism::ALL.iter().map(|&it| {
        let offered = match view.offers(it) {
            Some(true) => " · offered",
            Some(false) => " · not offered",
            None => "",
        };
        html! { <option selected={it == mechanism}>{ it.name() }{ offered }</option> }
    });
    let warning = view.warning(mechanism);
    html! {
        <Modal class="sign-in" labelled_by="sign-in-headline" onclose={onclose.clone()}>
            <form {onsubmit} aria-labelledby="sign-in-headline">
                <h2 id="sign-in-headline">{ format!("Sign in to {}", view.host) }</h2>
                <p class="sign-in-note">{ &view.protection }</p>
                { field(&user, "User name", "text", view.is_under_way, Html::default()) }
                { field(&password, secret, if *reveals { "text" } else { "password" }, view.is_under_way, html! {
                    <button type="button" class="button small" aria-label={if secret == "Password" { "Show password" } else { "Show access token" }}
                        aria-pressed={reveals.to_string()} onclick={ontoggle}>{ if *reveals { "Hide" } else { "Show" } }</button>
                }) }
                <label class="sign-in-field">
                    <span>{ "Mechanism" }</span>
                    <select class="field" aria-label="Mechanism" aria-describedby="sign-in-mechanism" disabled={view.is_under_way} {onchange}>
                        { for options }
                    </select>
                </label>
                <p id="sign-in-mechanism" class="sign-in-note">
                    { mechanism.help() }
                    if !mechanism.rfc().is_empty() { <span class="sign-in-rfc">{ format!(" {}", mechanism.rfc()) }</span> }
                    if view.is_asking {
                        { " The server is being asked what it offers." }
                    } else if !view.is_told {
                        { " What the server offers is not known." }
                    }
                    if !warning.is_empty() { <span class="sign-in-warning">{ " " }{ warning }</span> }
                </p>
                if !view.challenges.is_empty() {
                    <ol class="sign-in-said" aria-label="What the server asked">
                        { for view.challenges.iter().map(|it| html! { <li>{ it }</li> }) }
                    </ol>
                }
                <p class="sign-in-told" role="alert">{ view.failure.as_deref().unwrap_or_default() }</p>
                <div class="actions">
                    if view.is_under_way {
                        <span class="sign-in-note" role="status">{ under_way(view.progress) }</span>
                        <button type="button" class="button" onclick={act(|| SigningIn::Cancel).reform(|_: MouseEvent| ())}>{ "Cancel" }</button>
                    } else {
                        <button type="submit" class="button primary" disabled={!view.is_ready}>{ format!("Sign in with {}", mechanism.name()) }</button>
                        <button type="button" class="button" onclick={onclose.reform(|_: MouseEvent| ())}>{ "Close" }</button>
                    }
                </div>
            </form>
        </Modal>
    }
}

/// A field with its label, and what stands beside it.
fn field(node: &NodeRef, name: &'static str, of_type: &'static str, readonly: bool, beside: Html) -> Html {
    html! {
        <label class="sign-in-field">
            <span>{ name }</span>
            <span class="sign-in-input">
                <input ref={node} class="field" type={of_type} aria-label={name} autocomplete={NO_PASSWORD_MANAGER} autocapitalize="off"
                    autocorrect="off" spellcheck="false" {readonly} />
                { beside }
            </span>
        </label>
    }
}

/// What the person wants done with what they entered.
fn step(mechanism: Mechanism, user: String, secret: Secret) -> SigningIn {
    let (user, secret) = match prepared(mechanism, user, secret) {
        Ok(prepared) => prepared,
        Err(problem) => return SigningIn::Fail(problem.sentence()),
    };
    SigningIn::Start(Box::new(Attempt {
        mechanism,
        credentials: Credentials { user, secret },
        nonce: chance::nonce(),
        first: chance::line_id(),
    }))
}

/// A name and a secret in the form that the mechanism wants them in.
pub(super) fn prepared(
    mechanism: Mechanism,
    user: String,
    secret: Secret,
) -> Result<(String, Secret), Problem> {
    if mechanism != Mechanism::ScramSha256 {
        return Ok((user, secret));
    }
    let prepared = |octets: &[u8]| prepare(&String::from_utf8_lossy(octets), text::nfkc);
    let (user, secret) = (prepared(user.as_bytes())?, prepared(secret.reveal())?);
    Ok((user, Secret::new(secret.into_bytes())))
}

fn under_way(progress: Option<u32>) -> String {
    match progress {
        Some(percent) => format!("Hashing the password: {percent} %"),
        None => "Waiting for the server…".to_owned(),
    }
}
