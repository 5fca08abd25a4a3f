//! Sharing a session: what a link allows, what it shows, until when; and the links that there are.

mod choice;
mod links;

use protocol::access::{LinkNo, NAME_MAX, Role, Sight};
use protocol::state::Phase;
use protocol::wire::check_name;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::modal::Modal;
use super::naming::NameForm;
use super::sheet::SheetProps;
use crate::services::api::links::{self as api, NewLink};
use crate::services::{clipboard, focus, place};
use crate::session::people::TakingPart;
use crate::session::{Action, State};
use crate::store::{Session, use_session};
use choice::choice;
use links::LinkList;

/// How long a link can be made to last: in seconds, none for as long as the session, and in words.
const LASTS: [(Option<u32>, &str); 4] = [
    (Some(3600), "In 1 hour"),
    (Some(8 * 3600), "In 8 hours"),
    (Some(7 * 86_400), "In 7 days"),
    (None, "With the session"),
];

/// What the link that is made next is.
#[derive(Clone, PartialEq)]
struct Wanted {
    role: Role,
    sight: Sight,
    seconds: Option<u32>,
    name: String,
}

/// Draws it.
pub(super) fn draw(props: &SheetProps) -> Html {
    html! { <Sheet ..props.clone() /> }
}

#[function_component]
fn Sheet(props: &SheetProps) -> Html {
    let session = use_session();
    // The field stays where it is when the name has been said, so that nothing moves under the pointer.
    let was_nameless =
        use_state_eq(|| session.read(|state| state.mine().is_none_or(|it| it.name.is_empty())));
    // Of a session that has ended there is nothing left but to read it.
    let is_over = session.read(State::is_over);
    let wanted = use_state_eq(|| Wanted {
        role: Role::Watch,
        sight: Sight::Headers,
        seconds: LASTS[1].0,
        name: String::new(),
    });
    let maker = Maker {
        session,
        made: use_state_eq(|| None),
        told: use_state_eq(String::new),
        problem: use_state_eq(String::new),
        is_busy: use_state_eq(|| false),
        field: use_node_ref(),
    };
    let change = |changed: Wanted| {
        let (wanted, maker) = (wanted.clone(), maker.clone());
        Callback::from(move |()| {
            wanted.set(changed.clone());
            maker.forget();
        })
    };
    let with = |change_it: fn(&mut Wanted, usize), at: usize| {
        let mut changed = (*wanted).clone();
        change_it(&mut changed, at);
        change(changed)
    };
    let role = |role: Role, name, note, at| {
        let onchoose = with(|it, at| it.role = ROLES[at], at);
        choice("share-role", name, note, wanted.role == role, onchoose)
    };
    let sight = |sight: Sight, name, note, at| {
        let onchoose = with(|it, at| it.sight = Sight::ALL[at], at);
        choice("share-sight", name, note, wanted.sight == sight, onchoose)
    };
    let lasts = LASTS.iter().enumerate().map(|(at, &(seconds, name))| {
        let onchoose = with(|it, at| it.seconds = LASTS[at].0, at);
        let note = if seconds.is_none() {
            "as long as it is kept"
        } else {
            ""
        };
        choice("share-lasts", name, note, wanted.seconds == seconds, onchoose)
    });
    let oninput = {
        let (wanted, maker) = (wanted.clone(), maker.clone());
        move |event: InputEvent| {
            wanted.set(Wanted {
                name: event.target_unchecked_into::<HtmlInputElement>().value(),
                ..(*wanted).clone()
            });
            maker.forget();
        }
    };
    let press = |copies: bool| {
        let (wanted, maker) = ((*wanted).clone(), maker.clone());
        // It may have ended while the sheet was open.
        let role = if is_over { Role::Watch } else { wanted.role };
        let wanted = Wanted { role, ..wanted };
        move |_: MouseEvent| maker.press(&wanted, copies)
    };
    let made = (*maker.made).clone();
    // Nobody can be named any more in what has ended.
    let is_nameless = *was_nameless && !is_over;
    let is_signed_in = maker.session.read(|state| state.now.phase == Phase::Transaction);
    let close = props.onclose.reform(|_: MouseEvent| ());
    html! {
        <Modal class="share" labelled_by="share-headline" onclose={props.onclose.clone()}>
            <div class="help-head">
                <h2 id="share-headline">{ "Share this session" }</h2>
                <button type="button" class="button" onclick={close}>{ "Close" }</button>
            </div>
            <p class="lead share-lead">{ "A link works until you revoke it, or until it expires." }</p>
            if is_nameless {
                <p class="share-note">{ "Whoever opens it sees you as “the owner”. Say who you are:" }</p>
                <NameForm />
            }
            <h3 id="share-role">{ "Whoever opens it may" }</h3>
            <div class="segments" role="radiogroup" aria-labelledby="share-role">
                { role(Role::Watch, "Watch", "read only", 0) }
                if !is_over {
                    { role(Role::Control, "Type commands", "control", 1) }
                    { role(Role::SignIn, "Sign in only", "types the password, you never see it", 2) }
                }
            </div>
            if is_over {
                <p class="share-note">{ "The session has ended: whoever opens the link reads what is kept of it, and can replay it." }</p>
            }
            if wanted.role == Role::SignIn {
                <p class="share-note">{ "They see the server and its certificate, and nothing of the transcript. The link works for one sign-in." }</p>
                <p class="share-note">{ "The server closes a connection on which nobody signs in, often within minutes: connect again once they are here." }</p>
                if is_signed_in {
                    <p class="share-note caution">{ "This session is signed in already: the link is for its next connection." }</p>
                }
            } else {
                <h3 id="share-sight">{ "They see" }</h3>
                <div class="segments" role="radiogroup" aria-labelledby="share-sight">
                    { sight(Sight::Everything, "Everything", "messages too", 0) }
                    { sight(Sight::Headers, "Headers", "message text hidden", 1) }
                    { sight(Sight::Commands, "Commands and status", "no message content", 2) }
                </div>
            }
            <h3 id="share-lasts">{ "Expires" }</h3>
            <div class="segments share-lasts" role="radiogroup" aria-labelledby="share-lasts">{ for lasts }</div>
            <h3><label for="share-name">{ "Name of the link" }</label></h3>
            <input id="share-name" class="field small" type="text" autocomplete="off" maxlength={NAME_MAX.to_string()} value={wanted.name.clone()} {oninput}
                placeholder="For whom it is, if you like: you alone read it" />
            <h3><label for="share-link">{ "Link" }</label></h3>
            <div class="share-made">
                <input ref={maker.field.clone()} id="share-link" class="field small mono" type="text" readonly=true spellcheck="false"
                    value={made.as_ref().map(|it| it.1.clone()).unwrap_or_default()} placeholder="There is none yet" />
                if made.is_none() {
                    <button type="button" class="button" disabled={*maker.is_busy} onclick={press(false)}>{ "Create link" }</button>
                }
                <button type="button" class="button primary" disabled={*maker.is_busy} onclick={press(true)}>{ "Copy link" }</button>
            </div>
            <p class="share-note">
                { "The part after # never reaches a server log. " }
                <span class="share-told" role="status">{ &*maker.told }</span>
            </p>
            <div role="alert">
                if !maker.problem.is_empty() { <p class="problem">{ &*maker.problem }</p> }
            </div>
            <LinkList made={made.map(|it| it.0)} />
        </Modal>
    }
}

const ROLES: [Role; 3] = [Role::Watch, Role::Control, Role::SignIn];

/// What makes the link, and what became of that.
#[derive(Clone)]
struct Maker {
    session: Session,
    /// Which link it is, and its address.
    made: UseStateHandle<Option<(LinkNo, String)>>,
    told: UseStateHandle<String>,
    problem: UseStateHandle<String>,
    is_busy: UseStateHandle<bool>,
    field: NodeRef,
}

impl Maker {
    /// What is chosen now is another link.
    fn forget(&self) {
        self.made.set(None);
        self.told.set(String::new());
        self.problem.set(String::new());
    }

    /// Makes the link if there is none yet, and copies it if that is asked for.
    fn press(&self, wanted: &Wanted, copies: bool) {
        if let Some((_, address)) = &*self.made {
            return self.copy(address);
        }
        let name = wanted.name.trim().to_owned();
        if check_name(&name).is_err() {
            return self.problem.set(format!(
                "A link's name has at most {NAME_MAX} octets, all of which can be seen."
            ));
        }
        self.problem.set(String::new());
        self.is_busy.set(true);
        let (maker, wanted) = (self.clone(), wanted.clone());
        let (id, token) = self
            .session
            .read(|state| (state.id.clone(), state.token().to_owned()));
        spawn_local(async move {
            let link = NewLink {
                name: &name,
                role: wanted.role,
                // Nothing is shown to whoever signs in, whatever it says.
                sight: if wanted.role == Role::SignIn {
                    Sight::Commands
                } else {
                    wanted.sight
                },
                seconds: wanted.seconds,
            };
            let made = api::make_link(&id, &token, &link).await;
            maker.is_busy.set(false);
            match made {
                Ok((no, token)) => {
                    let address = place::address_of_link(&id, &token);
                    maker
                        .session
                        .dispatch(Action::TakePart(TakingPart::Made(no, token)));
                    maker.made.set(Some((no, address.clone())));
                    if copies {
                        maker.copy(&address);
                    } else {
                        maker.told.set("Created: copy it and send it on.".to_owned());
                        // The button that made it goes.
                        focus::give_next(".share-made .primary");
                    }
                }
                Err(why) => maker.problem.set(why),
            }
        });
    }

    fn copy(&self, address: &str) {
        let (told, field) = (self.told.clone(), self.field.clone());
        clipboard::put(address, move |is_done| {
            told.set(if is_done {
                "Copied".to_owned()
            } else {
                "The browser does not let this page copy: the link is selected, press Ctrl+C.".to_owned()
            });
            if let Some(field) = field.cast::<HtmlInputElement>().filter(|_| !is_done) {
                focus::give(&field);
                field.select();
            }
        });
    }
}
