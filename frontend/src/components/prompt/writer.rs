//! What the person who types at the prompt does.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element, HtmlInputElement};
use yew::prelude::*;

use super::keys::key;
use super::question::Answer;
use crate::prompt::completions::Completion;
use crate::prompt::editor::{Editor, Key, Reaction};
use crate::prompt::history::History;
use crate::services::{chance, focus, storage};
use crate::session::pasting::Pasting;
use crate::session::people::TakingPart;
use crate::session::sign_in::SigningIn;
use crate::session::typed::Typed;
use crate::session::{Action, State};
use crate::store::Session;

/// After how long without a key the person types no more, as the others see it, in milliseconds.
const STILL_AFTER: u32 = 4000;

/// The line that is typed, and where it is typed.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) session: Session,
    pub(super) editor: Rc<RefCell<Editor>>,
    /// The field.
    pub(super) field: NodeRef,
    /// What is painted over it.
    pub(super) overlay: NodeRef,
    pub(super) update: UseForceUpdateHandle,
    /// What tells the others that the person has stopped typing.
    pub(super) still: Rc<RefCell<Option<Timeout>>>,
}

impl Writer {
    /// Something is done, when it happens.
    pub(super) fn on<E: 'static>(&self, does: impl Fn(&Self, E) + 'static) -> Callback<E> {
        let writer = self.clone();
        Callback::from(move |event| does(&writer, event))
    }

    /// Changes the line, and shows it.
    fn edit(&self, change: impl FnOnce(&mut Editor, &State)) {
        let mut editor = self.editor.borrow_mut();
        self.session.read(|state| change(&mut editor, state));
        self.update.force_update();
    }

    fn send(&self, typed: Typed) {
        keep(&mut self.editor.borrow_mut().history);
        self.session.submit(typed);
        self.tell_typing(false);
    }

    /// A line comes back that did not go out.
    pub(super) fn give_back(&self, typed: &Typed) {
        self.edit(|editor, state| editor.give_back(typed, &state.context()));
        self.session.dispatch(Action::Taken);
    }

    /// What was hidden in the transcript goes from the prompt and from the history.
    pub(super) fn forget_hidden(&self) {
        let hidden = self.session.read(|state| state.forgotten.1.clone());
        if hidden.is_empty() {
            return;
        }
        self.edit(|editor, state| {
            for line in &hidden {
                editor.forget(&String::from_utf8_lossy(line.reveal()), &state.context());
            }
            keep(&mut editor.history);
        });
        self.session.dispatch(Action::Forgot);
    }

    pub(super) fn accept(&self, completion: Completion) {
        self.edit(|editor, state| editor.accept(completion, &state.context()));
        self.focus();
    }

    pub(super) fn press(&self, event: &KeyboardEvent) {
        let Some(key) = key(event) else { return };
        let reaction = self
            .session
            .read(|state| self.editor.borrow_mut().press(key, &state.context()));
        match reaction {
            Reaction::None => return,
            Reaction::Taken => {}
            Reaction::Send(typed) => self.send(typed),
            Reaction::Dropped => keep(&mut self.editor.borrow_mut().history),
        }
        event.prevent_default();
        self.update.force_update();
    }

    pub(super) fn input(&self, event: &InputEvent) {
        let typed = event.target_unchecked_into::<HtmlInputElement>().value();
        self.tell_typing(!typed.is_empty());
        self.edit(|editor, state| editor.set(typed, &state.context()));
    }

    /// Tells the others whether the person types; that they do no more, also some time after the last key.
    fn tell_typing(&self, types: bool) {
        let tell = |session: &Session, types: bool| {
            if session.read(|state| state.would_tell(types)) {
                session.dispatch(Action::TakePart(TakingPart::Type(types)));
            }
        };
        tell(&self.session, types);
        let session = self.session.clone();
        let still = types.then(|| Timeout::new(STILL_AFTER, move || tell(&session, false)));
        self.still.replace(still);
    }

    /// A field of one line would quietly join pasted lines, and one line is one line.
    pub(super) fn paste(&self, event: &Event) {
        let clipboard = event
            .dyn_ref::<ClipboardEvent>()
            .and_then(ClipboardEvent::clipboard_data);
        let text = clipboard
            .and_then(|it| it.get_data("text").ok())
            .unwrap_or_default();
        if text.trim_end_matches(['\r', '\n']).contains(['\r', '\n']) {
            event.prevent_default();
            self.session.dispatch(Action::Paste(Pasting::Begin(text)));
        }
    }

    /// The person says what is meant by a line that is in doubt.
    pub(super) fn answer(&self, answer: Answer) {
        let mut typed = None;
        self.edit(|editor, state| match answer {
            Answer::AsItIs => typed = Some(editor.send_as_it_is(&state.context())),
            Answer::AsMeant => typed = editor.send_as_meant(&state.context()),
            Answer::Edit => editor.edit_on(),
        });
        typed.into_iter().for_each(|typed| self.send(typed));
        self.focus();
    }

    /// Sends a command as if it had been typed.
    pub(super) fn submit(&self, name: &str) {
        let typed = self
            .session
            .read(|state| self.editor.borrow_mut().submit(name.to_owned(), &state.context()));
        self.send(typed);
        self.update.force_update();
    }

    /// The same as the key, for where there is none.
    pub(super) fn search_history(&self) {
        self.edit(|editor, state| {
            editor.press(Key::Search, &state.context());
        });
        self.focus();
    }

    pub(super) fn toggle_secret(&self) {
        self.edit(|editor, _| editor.toggle_secret());
    }

    pub(super) fn sign_in(&self) {
        let begin = SigningIn::Open(chance::line_id());
        self.session.dispatch(Action::SignIn(begin));
    }

    pub(super) fn focus(&self) {
        if let Some(field) = self.field.cast::<HtmlInputElement>() {
            focus::give(&field);
        }
    }

    /// The overlay goes along when the field scrolls a long line sideways.
    pub(super) fn follow_field(&self) {
        if let (Some(field), Some(overlay)) = (self.field.cast::<Element>(), self.overlay.cast::<Element>()) {
            overlay.set_scroll_left(field.scroll_left());
        }
    }
}

/// Keeps the lines that were sent, with those of other pages.
fn keep(history: &mut History) {
    storage::keep_history(&history.keep(&storage::history()));
}
