//! The connect form.

use protocol::access::Keep;
use protocol::target::{Family, Security, Target};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use super::demonstration::demonstration;
use super::header::start_header;
use super::keep::{Choice, kept_choice};
use super::offered::offered;
use super::preset_form::PresetFormPart;
use super::recent::RecentCard;
use crate::form::{Begin, Change, Form};
use crate::parts::{self, Alone, Part, bring_early};
use crate::presets::{self, Wanted};
use crate::services::api::{self, Console, Opened};
use crate::services::{place, storage};

/// What the page leads to.
#[derive(Properties, PartialEq)]
pub struct ConnectProps {
    /// What the form begins with.
    pub begin: Begin,
    /// What the bridge tells about itself, or why it does not.
    pub console: Result<Console, String>,
    /// The bridge is to be asked again who is signed in.
    pub ask_again: Callback<()>,
    /// A session was opened for that target.
    pub onopened: Callback<(Opened, Target)>,
}

/// What is said while the console is about to stop.
pub(super) const STOPS: &str = "This console is about to stop. It opens no new sessions and makes no new connections; what goes on \
                                may be finished until then.";

/// The page at `/`.
#[function_component]
pub fn Connect(props: &ConnectProps) -> Html {
    let is_busy = use_state_eq(|| false);
    let problem = use_state_eq(|| None::<String>);
    let keep = use_state_eq(|| None::<Keep>);
    let has_sessions = use_state_eq(storage::has_sessions);
    use_effect_with((), |()| {
        place::set_title("pop3·console");
        // It will be needed as soon as somebody connects.
        bring_early(parts::session);
    });
    let open = {
        let (is_busy, problem, onopened) = (is_busy.clone(), problem.clone(), props.onopened.clone());
        let ask_again = props.ask_again.clone();
        let keep = *keep;
        Callback::from(move |target: Target| {
            let (is_busy, problem, onopened) = (is_busy.clone(), problem.clone(), onopened.clone());
            let ask_again = ask_again.clone();
            is_busy.set(true);
            problem.set(None);
            spawn_local(async move {
                match api::open_session(keep).await {
                    Ok(opened) => onopened.emit((opened, target)),
                    Err(error) => {
                        is_busy.set(false);
                        problem.set(Some(error));
                        // They may have been signed out meanwhile.
                        ask_again.emit(());
                    }
                }
            });
        })
    };
    let is_answered = props.console.as_ref().map_or(true, |it| it.is_told);
    let (console, problem) = match &props.console {
        Ok(console) => (console.clone(), (*problem).clone()),
        Err(error) => (Console::default(), Some(error.clone())),
    };
    let kept = Choice::of(&console, *keep);
    let onkeep = Callback::from(move |choice| keep.set(Some(choice)));
    let wanted = use_memo(props.begin.clone(), wanted);
    let presets_only = console.presets_only || (!console.is_told && place::offers_presets_only());
    let form = if presets_only {
        let presets = console.is_told.then(|| console.presets.clone());
        let wanted = match &*wanted {
            // It has a card of its own.
            Wanted::Server(target) if console.demonstrates(target) => Wanted::Any,
            wanted => wanted.clone(),
        };
        html! {
            <PresetFormPart {presets} {wanted} is_busy={*is_busy} {problem} keep={kept} {onkeep} ontarget={open.clone()} />
        }
    } else {
        let named = Some(&*wanted).filter(|it| console.is_told && matches!(it, Wanted::Named(_)));
        let (named, missing) = match named.map(|it| presets::find(&console.presets, it)) {
            Some(Ok(at)) => (at.and_then(|at| console.presets.get(at)), None),
            Some(Err(missing)) => (None, Some(missing)),
            None => (None, None),
        };
        let offered = named.map(|it| it.target.clone());
        html! {
            <ConnectForm begin={props.begin.clone()} {offered} is_busy={*is_busy} problem={problem.or(missing)} keep={kept} {onkeep} ontarget={open.clone()} />
        }
    };
    let beside = if presets_only {
        Html::default()
    } else {
        offered(&console.presets, *is_busy, &open)
    };
    let offer = console.demonstration.clone().map(|(host, port)| {
        let target = Target {
            host,
            port,
            security: Security::Plain,
            verify: true,
            name: None,
            family: Family::Any,
        };
        let open = open.clone();
        demonstration(*is_busy, &Callback::from(move |()| open.emit(target.clone())))
    });
    html! {
        <>
            { start_header(&console) }
            <main class="page connect">
                if console.stops { <p class="caution" role="alert">{ STOPS }</p> }
                { form }
                <div class="beside">
                    { beside }
                    { offer }
                    <RecentCard presets={console.presets} {presets_only} is_busy={*is_busy} ontarget={open} />
                </div>
                // Whoever has an account finds theirs there, from whichever browser they were opened.
                if console.signed_on.is_some() { <Part alone={Alone::Board} /> }
                else if *has_sessions && is_answered { <Part alone={Alone::Sessions} /> }
            </main>
        </>
    }
}

/// The preset that somebody wants who comes with that, or by the page's address.
fn wanted(begin: &Begin) -> Wanted {
    let linked = || {
        let form = Form::prefilled(
            place::parameter("server"),
            place::parameter("security").as_deref(),
        );
        if form.has_password() {
            // It does not stay in the address.
            place::forget_query();
        }
        form.target().ok()
    };
    match begin {
        Begin::Again(target) => Wanted::Server(target.clone()),
        Begin::Typed(_) => Wanted::Any,
        Begin::Address => match place::parameter("preset") {
            Some(name) => Wanted::Named(name),
            None => linked().map_or(Wanted::Any, Wanted::Server),
        },
    }
}

/// What the form is told and what it tells.
#[derive(Properties, PartialEq)]
pub struct ConnectFormProps {
    /// What it begins with.
    pub begin: Begin,
    /// The server that the page's address names as one that the console offers, once that is known.
    #[prop_or_default]
    pub offered: Option<Target>,
    /// Whether a session is being opened.
    pub is_busy: bool,
    /// What went wrong with opening one.
    pub problem: Option<String>,
    /// How much of the session will be kept.
    #[prop_or_default]
    pub keep: Choice,
    /// The person decides how much will be kept.
    #[prop_or_default]
    pub onkeep: Callback<Keep>,
    /// The person wants to connect.
    pub ontarget: Callback<Target>,
}

/// The form.
#[function_component]
pub fn ConnectForm(props: &ConnectFormProps) -> Html {
    let server = use_node_ref();
    let form = use_state(|| {
        let prefilled = |server| Form::prefilled(server, place::parameter("security").as_deref());
        let linked = prefilled(place::parameter("server"));
        // Whatever was typed meanwhile, a password does not stay in the address.
        if linked.has_password() {
            place::forget_query();
        }
        match &props.begin {
            Begin::Address => linked,
            Begin::Typed(server) => prefilled(Some(server.clone())),
            Begin::Again(target) => Form::again(target),
        }
    });
    {
        // The focus goes to where people begin, and whoever is typing already goes on where they are: the browser gave
        // it to the field that the page came with, and gives it to no other.
        let server = server.clone();
        use_effect_with((), move |()| {
            if let Some(field) = server.cast::<HtmlInputElement>() {
                let end = field.value().encode_utf16().count() as u32;
                // Fails only for a field that takes no text.
                let _ = field.focus().and_then(|()| field.set_selection_range(end, end));
            }
        });
    }
    {
        let form = form.clone();
        use_effect_with(props.offered.clone(), move |offered| {
            // Whatever was typed meanwhile goes before.
            if let Some(target) = offered.as_ref().filter(|_| form.server.is_empty()) {
                form.set(Form::offered(target));
            }
        });
    }
    let change = {
        let form = form.clone();
        Callback::from(move |change: Change| {
            let mut next = (*form).clone();
            next.change(change);
            form.set(next);
        })
    };
    let onsubmit = {
        let (form, change, ontarget, is_busy) = (
            form.clone(),
            change.clone(),
            props.ontarget.clone(),
            props.is_busy,
        );
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            match form.target() {
                Ok(target) if !is_busy => ontarget.emit(target),
                Ok(_) => {}
                Err(_) => change.emit(Change::Try),
            }
        })
    };
    let text = |make: fn(String) -> Change| {
        let change = change.clone();
        Callback::from(move |event: InputEvent| {
            change.emit(make(event.target_unchecked_into::<HtmlInputElement>().value()));
        })
    };
    let onverify = {
        let change = change.clone();
        Callback::from(move |event: Event| {
            change.emit(Change::Verify(
                event.target_unchecked_into::<HtmlInputElement>().checked(),
            ));
        })
    };
    let onfamily = {
        let change = change.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            let family = FAMILIES
                .iter()
                .find(|(_, value, _)| *value == chosen)
                .map_or(Family::Any, |it| it.0);
            change.emit(Change::Family(family));
        })
    };
    let problem = form.problem();
    let host = form
        .read
        .as_ref()
        .map(|input| input.host.clone())
        .unwrap_or_default();
    let understood = match form.understood() {
        _ if problem.is_some() => None,
        Some(understood) => {
            Some(html! { <><span class="understood-sign" aria-hidden="true">{ "→" }</span>{ understood }</> })
        }
        None => None,
    };
    let radios = SECURITIES.iter().map(|&(security, name, note)| {
        let change = change.clone();
        let port = form.port(security);
        html! {
            <label class={classes!("segment", (form.security == security).then_some("chosen"))}>
                <input type="radio" name="security" aria-label={name} checked={form.security == security}
                    aria-describedby={format!("security-{name}")}
                    onchange={move |_| change.emit(Change::Security(security))} />
                <span class="segment-name">{ name }</span>
                <span class="segment-note" id={format!("security-{name}")}>{ format!("port {port}, {note}") }</span>
            </label>
        }
    });
    let families = FAMILIES.iter().map(|&(family, value, name)| {
        html! { <option {value} selected={form.family == family}>{ name }</option> }
    });
    html! {
        <form class="card connect-form" aria-label="Connect" novalidate=true {onsubmit}>
            <h1>{ "Connect to a POP3 server" }</h1>
            <p class="lead">{ "Every line you send and every line it answers, as they are on the wire." }</p>
            <label class="label" for="server">{ "Server" }<span class="label-note">{ " — a host, host:port, a pop:// address, or a pasted “telnet mail.company.com 110”" }</span></label>
            <input ref={server} id="server" class={classes!("field", "mono", problem.is_some().then_some("wrong"))} type="text" aria-label="Server" name="server"
                value={form.server.clone()} placeholder="mail.company.com" autocomplete="off" autocapitalize="off" spellcheck="false"
                // No server's name begins with the keys that act everywhere.
                data-shortcuts="true" inputmode="url" aria-describedby="server-told" aria-invalid={problem.is_some().to_string()} oninput={text(Change::Server)} />
            <p id="server-told" class="told">
                if let Some(problem) = &problem { <span class="problem" role="alert">{ problem }</span> }
                { understood }
            </p>
            <fieldset class="segments-place">
                <legend class="label" id="security-label">{ "Security" }</legend>
                <div class="segments" role="radiogroup" aria-label="Security">{ for radios }</div>
            </fieldset>
            <div class="options">
                <label class="switch">
                    <input type="checkbox" aria-label="Verify certificate" checked={form.verify} onchange={onverify} />
                    <span class="switch-track" aria-hidden="true"></span>
                    <span>{ "Verify certificate" }</span>
                </label>
                <label class="option">
                    <span class="label">{ "SNI name" }</span>
                    <input class="field small mono" type="text" value={form.name.clone()} placeholder={if host.is_empty() { "the host".to_owned() } else { host }} autocomplete="off" autocapitalize="off"
                        spellcheck="false" oninput={text(Change::Name)} />
                </label>
                <label class="option">
                    <span class="label">{ "Address family" }</span>
                    <select class="field small" onchange={onfamily}>{ for families }</select>
                </label>
            </div>
            if !form.verify {
                <p class="caution">{ "Without verification nobody knows who answers. The transcript will say so." }</p>
            }
            { foot(!props.is_busy, props.keep, &props.onkeep, props.problem.as_ref()) }
        </form>
    }
}

/// What ends a form: the button that connects, how much of the session will be kept, and what went wrong.
pub(super) fn foot(
    can_connect: bool,
    keep: Choice,
    onkeep: &Callback<Keep>,
    problem: Option<&String>,
) -> Html {
    html! {
        <>
            <div class="actions">
                <button type="submit" class="button primary large" disabled={!can_connect}>{ "Connect" }</button>
                <kbd aria-hidden="true">{ "Enter" }</kbd>
                { kept_choice(keep, onkeep) }
            </div>
            { for keep.note() }
            <div role="alert">
                if let Some(problem) = problem { <p class="problem">{ problem }</p> }
            </div>
        </>
    }
}

const SECURITIES: [(Security, &str, &str); 3] = [
    (Security::Plain, "Plain", "clear text"),
    (Security::Stls, "STLS", "then TLS"),
    (Security::Tls, "TLS", "from the start"),
];

const FAMILIES: [(Family, &str, &str); 3] = [
    (Family::Any, "any", "IPv4 or IPv6"),
    (Family::V4, "4", "IPv4"),
    (Family::V6, "6", "IPv6"),
];
