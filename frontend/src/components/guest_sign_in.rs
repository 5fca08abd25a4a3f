//! The page of whoever came through a link to sign in, and for nothing else: who asks, to what server, over what line,
//! and a form. Nothing of the transcript comes here.

use protocol::sasl::Mechanism;
use protocol::secret::{Secret, TypedLine};
use protocol::target::Target;
use protocol::wire::{Desk, GuestSignIn, Outcome};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::certificate::certificate_details;
use super::gone::gone_page;
use super::header::plain_header;
use super::icon::lock;
use super::prompt::NO_PASSWORD_MANAGER;
use super::sign_in::prepared;
use crate::parts::{self, use_part};
use crate::services::{focus, place};
use crate::session::Action;
use crate::session::desk::{self, Form, Line, Page};
use crate::store::Session;

/// Whose page it is.
#[derive(Clone, Properties, PartialEq)]
pub struct GuestProps {
    /// The session.
    pub session: Session,
    /// Whether its server is the demonstration mailbox.
    pub demonstrates: bool,
    /// The person wants a session of their own.
    pub onnew: Callback<Option<Target>>,
}

/// The page, as soon as it is loaded.
#[function_component]
pub fn GuestPart(props: &GuestProps) -> Html {
    let meanwhile =
        html! { <>{ plain_header() }<main class="page"><p class="lead loading">{ "Loading…" }</p></main></> };
    let title = props.session.read(|state| {
        let desk = state.desk.as_ref()?;
        Some(desk::title(desk, props.demonstrates))
    });
    use_effect_with(title, |title| {
        title.iter().for_each(|title| place::set_title(title))
    });
    use_part(parts::guest, props, meanwhile)
}

/// Draws it, as a part of the console.
pub fn draw(props: &GuestProps) -> Html {
    let called = |desk: &Desk| desk::called(desk, props.demonstrates);
    match props.session.read(|state| state.guest_page()) {
        None | Some(Page::Waiting) => page(html! { <p class="lead loading">{ "Asking the console…" }</p> }),
        Some(Page::Gone(why)) => gone_page(why, &props.onnew),
        Some(Page::Done(desk)) => result(&desk, &called(&desk)),
        Some(Page::TriesOver(desk)) => tries_over(&desk),
        Some(Page::Open { desk, is_live }) => page(html! {
            <>
                <p class="guest-asks">{ format!("{} asks you to sign in", desk::asker(&desk)) }</p>
                <h1>{ headline(&desk, &called(&desk)) }</h1>
                { facts(&desk) }
                <GuestForm session={props.session.clone()} {desk} {is_live} />
            </>
        }),
    }
}

fn page(content: Html) -> Html {
    html! {
        <>
            { plain_header() }
            <main class="page"><section class="card guest">{ content }</section></main>
        </>
    }
}

fn headline(desk: &Desk, called: &str) -> String {
    if desk.host.is_empty() {
        "No server yet".to_owned()
    } else {
        format!("Sign in to {called}")
    }
}

/// The server and the line to it.
fn facts(desk: &Desk) -> Html {
    if desk.host.is_empty() {
        return Html::default();
    }
    let protection = desk::protection(desk).map(|(line, told)| {
        let class = match line {
            Line::Verified => "fine",
            Line::Within => "",
            Line::Unsafe => "bad",
        };
        html! {
            <>
                <dt>{ "Connection" }</dt>
                <dd class={classes!("guest-line", class)}>{ lock(line == Line::Verified) }<span>{ told }</span></dd>
            </>
        }
    });
    let issuer = desk::issuer(desk);
    html! {
        <dl class="guest-facts">
            <dt>{ "Server" }</dt>
            <dd class="mono">{ format!("{}, port {}", desk::host(desk), desk.port) }</dd>
            { for protection }
            if let Some(issuer) = issuer {
                <dt>{ "Issued by" }</dt><dd>{ issuer }</dd>
            }
            if let Some(report) = desk::certificate(desk) {
                <dd class="guest-certificate">
                    <details class="detail"><summary>{ "Certificate: names, dates, fingerprint" }</summary>{ certificate_details(report) }</details>
                </dd>
            }
        </dl>
    }
}

#[derive(Properties, PartialEq)]
struct FormProps {
    session: Session,
    desk: Desk,
    is_live: bool,
}

#[function_component]
fn GuestForm(props: &FormProps) -> Html {
    let desk = &props.desk;
    let (user, password) = (use_node_ref(), use_node_ref());
    let (reveals, has_caps) = (use_state_eq(|| false), use_state_eq(|| false));
    // What the person chose; until then, what is preferred.
    let chosen = use_state_eq(|| None::<Mechanism>);
    let chosen_now = chosen.filter(|it| desk.mechanisms.contains(it));
    let mechanism = chosen_now
        .or(desk.mechanisms.first().copied())
        .unwrap_or(Mechanism::UserPass);
    let form = desk::form(desk, props.is_live);
    let has_form = form != Form::None;
    {
        let user = user.clone();
        use_effect_with(has_form, move |_| give_focus(&user));
    }
    {
        // Another password can be typed at once.
        let (password, has_failed) = (password.clone(), desk::told(desk).is_some());
        use_effect_with((has_failed, desk.tries), move |(has_failed, _)| {
            if *has_failed {
                give_focus(&password);
            }
        });
    }
    let onsubmit = {
        let (session, user, password, reveals) = (
            props.session.clone(),
            user.clone(),
            password.clone(),
            reveals.clone(),
        );
        let connection = desk.connection;
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let secret = Secret::new(value(&password).into_bytes());
            // It is on its way: nothing of it stays here.
            if let Some(password) = password.cast::<HtmlInputElement>() {
                password.set_value("");
            }
            reveals.set(false);
            session.dispatch(match prepared(mechanism, value(&user), secret) {
                Ok((user, secret)) => Action::GuestSignsIn(GuestSignIn {
                    connection,
                    mechanism: chosen_now,
                    user,
                    password: TypedLine::new(secret.reveal().to_vec()),
                }),
                Err(problem) => Action::GuestFails(problem.sentence()),
            });
        })
    };
    let onchange = {
        let (chosen, choices) = (chosen.clone(), desk.mechanisms.clone());
        Callback::from(move |event: Event| {
            let at = event
                .target_unchecked_into::<HtmlSelectElement>()
                .selected_index();
            chosen.set(usize::try_from(at).ok().and_then(|at| choices.get(at).copied()));
        })
    };
    let onkey = {
        let has_caps = has_caps.clone();
        Callback::from(move |event: KeyboardEvent| has_caps.set(event.get_modifier_state("CapsLock")))
    };
    let ontoggle = {
        let reveals = reveals.clone();
        Callback::from(move |_: MouseEvent| reveals.set(!*reveals))
    };
    let is_token = mechanism == Mechanism::XOauth2;
    let secret = if is_token { "Access token" } else { "Password" };
    let is_underway = desk.outcome == Outcome::Underway;
    let is_closed = form == Form::Closed;
    let host = desk::host(desk);
    html! {
        <>
            <p class={classes!("guest-barred", desk.bar.is_some().then_some("caution"))} role="status">{ desk::barred(desk).unwrap_or_default() }</p>
            if !props.is_live {
                <p class="guest-barred caution" role="alert">{ "The console does not answer. This page keeps trying." }</p>
            }
            if has_form {
                <form class="guest-form" aria-label="Sign in" {onsubmit}>
                    <label class="sign-in-field">
                        <span>{ "User name" }</span>
                        <input ref={user} class="field" type="text" aria-label="User name" autocomplete="off" autocapitalize="off"
                            autocorrect="off" spellcheck="false" required=true readonly={is_closed} />
                    </label>
                    <label class="sign-in-field">
                        <span>{ secret }</span>
                        <span class="sign-in-input">
                            <input ref={password} class="field" type={if *reveals { "text" } else { "password" }} aria-label={secret}
                                aria-describedby="guest-caps" autocomplete={NO_PASSWORD_MANAGER} autocapitalize="off" autocorrect="off"
                                spellcheck="false" required=true readonly={is_closed} onkeydown={onkey.clone()} onkeyup={onkey} />
                            <button type="button" class="button" aria-label={if is_token { "Show access token" } else { "Show password" }}
                                aria-pressed={reveals.to_string()} onclick={ontoggle}>{ if *reveals { "Hide" } else { "Show" } }</button>
                        </span>
                    </label>
                    <p id="guest-caps" class="sign-in-warning" role="status">{ if *has_caps { "Caps Lock is on." } else { "" } }</p>
                    <p class="guest-grants">{ format!("Once you are signed in, {} and who else is in the session can read and delete the mail in this mailbox, until the connection ends.", desk::asker_within(desk)) }</p>
                    <p class="sign-in-told" role="alert">{ desk::told(desk).unwrap_or_default() }</p>
                    <div class="actions">
                        <button type="submit" class="button primary large" disabled={form != Form::Open}>{ "Sign in" }</button>
                        <span class="sign-in-note guest-waits" role="status">{ if is_underway { "Waiting for the server…" } else { "" } }</span>
                    </div>
                    if !desk::choices(desk).is_empty() {
                        <details class="detail">
                            <summary>{ format!("How the {} is sent", secret.to_lowercase()) }</summary>
                            <label class="sign-in-field guest-mechanism">
                                <span>{ "Mechanism" }</span>
                                <select class="field" aria-label="Mechanism" aria-describedby="guest-mechanism" disabled={is_closed} {onchange}>
                                    { for desk::choices(desk).iter().map(|&it| html! { <option selected={it == mechanism}>{ it.name() }</option> }) }
                                </select>
                            </label>
                            <p id="guest-mechanism" class="sign-in-note">{ mechanism.help() }</p>
                        </details>
                    }
                </form>
                <ul class="guest-notes">
                    <li>{ format!("Your {} goes to {host} through this console, at {}. Nobody in the session sees it, not even its owner, and it is kept nowhere.", secret.to_lowercase(), place::host()) }</li>
                    <li>{ format!("Go on only if you know who sent you this link, and {host} is your mail server.") }</li>
                </ul>
            }
        </>
    }
}

fn result(desk: &Desk, called: &str) -> Html {
    let who = desk::asker_within(desk);
    page(html! {
        <div class="guest-result" role="alert">
            <h1><span class="guest-sign" aria-hidden="true">{ "✓" }</span>{ "You are signed in" }</h1>
            <p class="lead">{ format!("{called} let you in, for {who}. This link is used up, and you can close this page.") }</p>
            if desk.outcome == Outcome::Unproven {
                <p class="caution"><b>{ "The server did not prove that it knows your password" }</b>{ desk::unproven(desk) }</p>
            }
            <p>{ format!("The mailbox is open to {who} and who else is in the session until the connection ends. Your password is not.") }</p>
        </div>
    })
}

fn tries_over(desk: &Desk) -> Html {
    page(html! {
        <div class="guest-result" role="alert">
            <h1>{ "This link is used up" }</h1>
            <p>{ desk::told(desk).unwrap_or_default() }</p>
            <p class="lead">{ format!("The server refused as often as a link allows. Ask {} for another one.", desk::asker_within(desk)) }</p>
        </div>
    })
}

fn value(field: &NodeRef) -> String {
    field
        .cast::<HtmlInputElement>()
        .map(|it| it.value())
        .unwrap_or_default()
}

fn give_focus(field: &NodeRef) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        focus::give(&field);
    }
}
