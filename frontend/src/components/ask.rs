//! What is asked before something is done that cannot be taken back.

use protocol::access::Keep;
use protocol::remark::messages_are;
use protocol::state::Phase;
use yew::prelude::*;

use super::modal::Modal;
use crate::figures;
use crate::services::api::Console;
use crate::services::chance;
use crate::session::{Action, Ask};
use crate::store::use_session;
use crate::transcript::withdrawal::Extent;

/// The question, if there is one.
#[function_component]
pub fn AskDialog() -> Html {
    let session = use_session();
    let most = use_context::<Console>().unwrap_or_default().keeps;
    let asked = session.read(|state| {
        let ask = state.ask.as_ref()?;
        let marked = messages_are(state.now.marked);
        Some(match ask {
            Ask::ClearText(..) | Ask::SignInClear(_) => {
                let host = state.target().map(|it| it.host.clone()).unwrap_or_default();
                let offers = match (state.offers_stls(), state.now.phase) {
                    (true, _) => "The server offers STLS, which encrypts the connection first.",
                    (false, Phase::Authorization) => {
                        "The server may offer STLS, which encrypts the connection first; CAPA tells."
                    }
                    _ => "",
                };
                Question {
                    headline: "Send the password in clear text?",
                    text: format!(
                        "The connection to {host} is not encrypted: everyone on the way can read what signs you in. {offers}"
                    ),
                    agree: "Send in clear text",
                    offers_stls: state.now.phase == Phase::Authorization,
                }
            }
            Ask::Disconnect => Question {
                headline: "Disconnect without QUIT?",
                text: format!(
                    "{marked} marked for deletion and will not be deleted. Send QUIT to delete; disconnect to keep."
                ),
                agree: "Disconnect",
                offers_stls: false,
            },
            Ask::End => Question {
                headline: "End the session without QUIT?",
                text: format!(
                    "{marked} marked for deletion and will not be deleted. The connection is closed at once."
                ),
                agree: "End session",
                offers_stls: false,
            },
            Ask::SignOff => Question {
                headline: "Sign out without QUIT?",
                text: format!(
                    "{marked} marked for deletion and will not be deleted unless you come back in time and send QUIT: once nobody has been here for a while, the connection is closed without it."
                ),
                agree: "Sign out",
                offers_stls: false,
            },
            Ask::Hide(seq) => Question {
                headline: "Hide this from everyone?",
                text: hides(state.transcript.extent(*seq)),
                agree: "Hide",
                offers_stls: false,
            },
            Ask::KeepLess(keep) if !state.is_over() => Question {
                headline: if *keep == Keep::Nothing {
                    "Keep nothing of this session?"
                } else {
                    "Keep no message content?"
                },
                text: format!(
                    "{} is deleted from the journal at once. While the session lives it is still shown, and {}.",
                    if *keep == Keep::Nothing {
                        "What was recorded of it"
                    } else {
                        "What was recorded of the content of messages"
                    },
                    match most {
                        Keep::Everything => "keeping everything again records it again",
                        _ if keep.keeps_less_than(most) => "keeping more again records that again",
                        _ => "it cannot be recorded again",
                    }
                ),
                agree: "Delete from the journal",
                offers_stls: false,
            },
            Ask::KeepLess(Keep::Nothing) => Question {
                headline: "Delete all of this session?",
                text: "Its transcript and its links go, for everybody. It cannot be undone.".to_owned(),
                agree: "Delete",
                offers_stls: false,
            },
            Ask::KeepLess(_) => Question {
                headline: "Delete the content of messages?",
                text: "Commands and status stay; what the messages said goes, for everybody. It cannot be undone, and the mail itself stays as it is.".to_owned(),
                agree: "Delete",
                offers_stls: false,
            },
        })
    });
    let on = |action: fn() -> Action| {
        let session = session.clone();
        Callback::from(move |()| session.dispatch(action()))
    };
    match asked {
        Some(question) => html! {
            <QuestionDialog {question} onagree={on(|| Action::Agree)} onstls={on(|| Action::StlsFirst(chance::line_id()))}
                onclose={on(|| Action::Dismiss)} />
        },
        None => Html::default(),
    }
}

/// What goes, and that it does not come back.
fn hides(extent: Extent) -> String {
    let what = match extent {
        Extent::Command => "The line, and what the server answered to it, go".to_owned(),
        Extent::Note => "The note goes".to_owned(),
        Extent::Lines(0 | 1) => "The line goes".to_owned(),
        Extent::Lines(lines) => format!(
            "The line goes with the piece in which it came: {} lines in all go",
            figures::grouped(lines as u64)
        ),
    };
    format!(
        "{what} from the transcript, for everyone in the session and everyone who joins it. It cannot be undone, and the mail itself stays as it is."
    )
}

#[derive(Clone, PartialEq)]
struct Question {
    headline: &'static str,
    text: String,
    agree: &'static str,
    offers_stls: bool,
}

#[derive(Properties, PartialEq)]
struct QuestionDialogProps {
    question: Question,
    onagree: Callback<()>,
    onstls: Callback<()>,
    onclose: Callback<()>,
}

#[function_component]
fn QuestionDialog(props: &QuestionDialogProps) -> Html {
    let question = &props.question;
    let click = |callback: &Callback<()>| callback.reform(|_: MouseEvent| ());
    html! {
        <Modal role="alertdialog" class="ask" labelled_by="ask-headline" described_by="ask-text" onclose={props.onclose.clone()}>
            <h2 id="ask-headline">{ question.headline }</h2>
            <p id="ask-text">{ &question.text }</p>
            <div class="actions">
                if question.offers_stls {
                    <button type="button" class="button primary" onclick={click(&props.onstls)}>{ "Send STLS first" }</button>
                }
                <button type="button" class="button danger" onclick={click(&props.onagree)}>{ question.agree }</button>
                // Enter, pressed once too often, takes nothing away.
                <button type="button" class="button" autofocus={!question.offers_stls} onclick={click(&props.onclose)}>{ "Cancel" }</button>
            </div>
        </Modal>
    }
}
