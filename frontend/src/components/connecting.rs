//! The connection while it is being made, and what became of it if it failed.

use protocol::calendar::duration;
use protocol::remark::{CERTIFICATE, Failure, Remark, Step, TECHNICAL_DETAIL};
use protocol::state::Phase;
use protocol::target::Target;
use protocol::tls::TlsReport;
use yew::prelude::*;

use super::certificate::certificate_details;
use super::detail::Detail;
use super::next::NextButton;
use crate::presets;
use crate::services::api::Console;
use crate::session::steps::{self, Progress, Steps};
use crate::session::{Action, State};
use crate::store::Session;

/// What the panel shows.
#[derive(PartialEq)]
enum Shown {
    Opening,
    StlsRefused,
    Failed {
        /// What happened, and what to try.
        sentences: Vec<String>,
        /// The certificate that was not accepted, if it was that.
        report: Option<TlsReport>,
        /// Whether the console does not connect to that server at all.
        is_not_allowed: bool,
        /// Everything that is known.
        detail: String,
    },
    Closed,
}

fn shown(state: &State) -> Option<Shown> {
    if state.is_over() {
        return None;
    }
    match state.now.phase {
        Phase::TlsRefused => Some(Shown::StlsRefused),
        phase if phase.is_opening() || phase == Phase::StartingTls => Some(Shown::Opening),
        Phase::Closed => Some(match &state.failure {
            Some(failed) => Shown::Failed {
                sentences: failed.remark.sentences(&state.transcript.roll),
                report: match &failed.remark {
                    Remark::Failed {
                        why: Failure::Certificate(report),
                        ..
                    } => Some(report.clone()),
                    _ => None,
                },
                is_not_allowed: matches!(
                    failed.remark,
                    Remark::Failed {
                        why: Failure::NotAllowed,
                        ..
                    }
                ),
                detail: failed.report(state.target(), &state.steps, &state.transcript.roll),
            },
            None => Shown::Closed,
        }),
        _ => None,
    }
}

/// The panel below the transcript, while there is something to say or to decide. `onnew` is called when the person wants
/// another session with nearly the same server.
pub fn connecting(session: &Session, console: &Console, onnew: &Callback<Option<Target>>) -> Html {
    let found = session.read(|state| {
        let shown = shown(state)?;
        Some((
            shown,
            state.steps.clone(),
            state.target().cloned(),
            state.may_type(),
            state.waits_for_connection(),
        ))
    });
    let Some((shown, list, target, may_type, waits)) = found else {
        return Html::default();
    };
    let on = |action: fn() -> Action| {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.dispatch(action()))
    };
    let again = on(|| Action::Reconnect { verify: None });
    let cancel = on(|| Action::Disconnect);
    let host = target.as_ref().map(Target::display).unwrap_or_default();
    let change = || {
        let onclick = onnew.reform({
            let target = target.clone();
            move |_: MouseEvent| target.clone()
        });
        html! { <button type="button" class="button" {onclick}>{ "Change the server" }</button> }
    };
    // Its place is there before somebody comes, so that a screen reader hears of it.
    let waits = html! { <p class="connecting-waits" role="status">{ waits.unwrap_or_default() }</p> };
    match shown {
        Shown::Opening => html! {
            <section class="connecting" aria-label="Connecting">
                <div class="connecting-head">
                    <h2>{ format!("Connecting to {host}") }</h2>
                    if may_type { <button type="button" class="button" onclick={cancel}>{ "Cancel" }</button> }
                </div>
                { step_list(&list) }
            </section>
        },
        Shown::StlsRefused => html! {
            <section class="connecting warning" role="alert" aria-label="STLS refused">
                <h2>{ "The server refused STLS" }</h2>
                <p>{ "Nothing that you typed has gone out. In clear text, everyone on the way can read the password and the mail." }</p>
                if may_type {
                    <div class="actions">
                        <NextButton class="" name="Disconnect" onclick={on(|| Action::Disconnect)} />
                        <button type="button" class="button danger" onclick={on(|| Action::ContinueInClear)}>{ "Continue in clear text" }</button>
                    </div>
                }
            </section>
        },
        Shown::Failed {
            sentences,
            report,
            is_not_allowed,
            detail,
        } => {
            let mut sentences = sentences.into_iter();
            let headline = sentences.next().unwrap_or_default();
            // The certificate is shown below as people compare it, and what a library said is a click away.
            let is_advice = |it: &String| !it.starts_with(CERTIFICATE) && !it.starts_with(TECHNICAL_DETAIL);
            let advice = sentences.take_while(is_advice);
            let offered = presets::advice(&console.presets).filter(|_| is_not_allowed);
            let advice: Vec<String> = offered.map_or_else(|| advice.collect(), |offered| vec![offered]);
            let insists = target.as_ref().is_some_and(|it| console.insists_on_verifying(it));
            let unverified = on(|| Action::Reconnect { verify: Some(false) });
            html! {
                <section class="connecting bad" role="alert" aria-label="Not connected">
                    <h2>{ headline }</h2>
                    { step_list(&list) }
                    { for advice.into_iter().map(|sentence| html! { <p>{ sentence }</p> }) }
                    { waits }
                    if may_type {
                        <div class="actions">
                            <NextButton name="Connect again" onclick={again} />
                            { change() }
                            if report.is_some() && !insists {
                                <button type="button" class="button danger" onclick={unverified}>{ "Connect without verifying" }</button>
                            }
                        </div>
                    }
                    if let Some(report) = &report { { certificate_details(report) } }
                    <Detail text={detail} />
                </section>
            }
        }
        Shown::Closed => html! {
            <section class="connecting closed" aria-label="Connection closed">
                <p>{ format!("The connection to {host} is closed.") }</p>
                { waits }
                if may_type {
                    <div class="actions">
                        <NextButton name="Connect again" onclick={again} />
                        { change() }
                    </div>
                }
            </section>
        },
    }
}

fn step_list(steps: &Steps) -> Html {
    let item = |&(step, progress): &(Step, Progress)| {
        let (class, sign, told) = match progress {
            Progress::Waiting => ("waiting", "·", String::new()),
            Progress::Running(_) => ("running", "…", String::new()),
            Progress::Done(took) => ("done", "✓", duration(took)),
            Progress::Failed(took) => ("failed", "✗", duration(took)),
        };
        html! {
            <li class={classes!("step", class)} data-step={steps::name(step)} data-progress={class}>
                <span class="step-sign" aria-hidden="true">{ sign }</span>
                <span class="step-name">{ steps::name(step) }</span>
                <span class="step-took">{ told }</span>
            </li>
        }
    };
    html! { <ol class="steps" aria-label="Steps">{ for steps.list().iter().map(item) }</ol> }
}
