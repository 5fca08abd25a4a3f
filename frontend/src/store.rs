//! Where a session's state lives: what happens is reduced, what has to be done is done by the services, and the
//! page is drawn again at the next frame, however much has come.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::{Interval, Timeout};
use gloo::utils::window;
use protocol::access::Keep;
use protocol::target::Target;
use protocol::wire::{self, ToBrowser};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::services::clock::now;
use crate::services::socket::{Happening, Socket};
use crate::services::{api, chance, place, storage, text};
use crate::session::sign_in::SigningIn;
use crate::session::typed::Typed;
use crate::session::{Action, Effect, State};

/// How often is looked whether the bridge is still heard of, in milliseconds.
const LOOK_EVERY: u32 = 1000;

/// What the browser reports when a connection just went away.
const ABNORMAL: u16 = 1006;

/// A session, and how often it has changed.
#[derive(Clone)]
pub struct Session {
    store: Rc<Store>,
    revision: u32,
}

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.store, &other.store) && self.revision == other.revision
    }
}

impl Session {
    /// A session that has no socket: what happens to it is told by whoever holds it.
    pub fn detached(state: State) -> Self {
        Self {
            store: Rc::new(Store::new(state)),
            revision: 0,
        }
    }

    /// The same session after something has happened to it: whoever holds a detached one draws it anew with this.
    pub fn anew(&self) -> Self {
        Self {
            store: self.store.clone(),
            revision: self.revision.wrapping_add(1),
        }
    }

    /// Looks at the state.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.store.state.borrow())
    }

    /// Lays the transcript out, which changes nothing that it says.
    pub fn lay_out<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.store.state.borrow_mut())
    }

    /// What time it is by the bridge's clock, which entries go by: microseconds since 1970-01-01T00:00:00Z. It
    /// is as right as the network was quick when the bridge said it, and 0 before that.
    pub fn bridge_now(&self) -> u64 {
        match self.store.clock.get() {
            (0, _) => 0,
            (bridge, page) => bridge + ((now() - page).max(0.0) * 1000.0) as u64,
        }
    }

    /// Tells what happened.
    pub fn dispatch(&self, action: Action) {
        self.store.dispatch(action);
    }

    /// Tells that the person submits a line.
    pub fn submit(&self, typed: Typed) {
        self.dispatch(Action::Submit(chance::line_id(), typed));
    }
}

/// The session that surrounds a component.
#[hook]
pub fn use_session() -> Session {
    let session = use_context::<Session>();
    // Every component that asks stands below the provider; without one it shows an empty session.
    session.unwrap_or_else(|| Session::detached(State::default()))
}

/// Keeps a session in touch with the bridge for as long as the component is there.
#[hook]
pub fn use_live_session(id: &str, token: &str, by_link: bool, intent: Option<Target>) -> Session {
    let revision = use_mut_ref(|| 0_u32);
    let update = use_force_update();
    let store = use_memo((id.to_owned(), token.to_owned()), |(id, token)| {
        let mut state = State::new(id.clone(), token.clone(), intent);
        (state.browser, state.name) = (storage::browser(), storage::name());
        state.by_link = by_link;
        state.wants_control = place::joins();
        state.transcript.set_charset(&storage::charset(), text::decoder);
        Store::new(state)
    });
    use_effect_with(store.clone(), move |store| {
        let alive = store.keep_alive(update);
        move || drop(alive)
    });
    let mut revision = revision.borrow_mut();
    *revision = revision.wrapping_add(1);
    Session {
        store,
        revision: *revision,
    }
}

struct Store {
    state: RefCell<State>,
    socket: RefCell<Option<Socket>>,
    retry: RefCell<Option<Timeout>>,
    frame: RefCell<Option<AnimationFrame>>,
    is_frame_due: Rc<Cell<bool>>,
    heard: Cell<f64>,
    /// What the bridge's clock showed when it was last told, and the page's own then.
    clock: Cell<(u64, f64)>,
    redraw: RefCell<Option<Rc<dyn Fn()>>>,
    happens: RefCell<Option<Callback<Happening>>>,
    again: RefCell<Option<Callback<Action>>>,
    soon: RefCell<Option<Timeout>>,
}

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// What keeps a session in touch; dropping it lets go.
struct Alive {
    store: Rc<Store>,
    _watch: Interval,
    _online: EventListener,
    _leaving: EventListener,
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.store.socket.take();
        self.store.retry.take();
        self.store.frame.take();
        self.store.is_frame_due.set(false);
        self.store.redraw.take();
        self.store.happens.take();
        self.store.again.take();
        self.store.soon.take();
    }
}

impl Store {
    fn new(state: State) -> Self {
        Self {
            state: RefCell::new(state),
            socket: RefCell::default(),
            retry: RefCell::default(),
            frame: RefCell::default(),
            is_frame_due: Rc::default(),
            heard: Cell::new(0.0),
            clock: Cell::default(),
            redraw: RefCell::default(),
            happens: RefCell::default(),
            again: RefCell::default(),
            soon: RefCell::default(),
        }
    }

    fn keep_alive(self: &Rc<Self>, update: UseForceUpdateHandle) -> Alive {
        self.redraw.replace(Some(Rc::new(move || update.force_update())));
        let store = Rc::downgrade(self);
        self.happens.replace(Some(Callback::from(move |happening| {
            if let Some(store) = store.upgrade() {
                store.happened(happening);
            }
        })));
        let store = Rc::downgrade(self);
        self.again.replace(Some(Callback::from(move |action| {
            if let Some(store) = store.upgrade() {
                store.dispatch(action);
            }
        })));
        self.perform(Effect::Open);
        let (watched, online, leaving) = (Rc::downgrade(self), Rc::downgrade(self), Rc::downgrade(self));
        Alive {
            store: self.clone(),
            _watch: Interval::new(LOOK_EVERY, move || {
                if let Some(store) = watched.upgrade() {
                    store.look();
                }
            }),
            _online: EventListener::new(&window(), "online", move |_| {
                if let Some(store) = online.upgrade() {
                    store.dispatch(Action::Retry);
                }
            }),
            // Chrome asks the person when the event was prevented.
            _leaving: EventListener::new_with_options(
                &window(),
                "beforeunload",
                gloo::events::EventListenerOptions::enable_prevent_default(),
                move |event| {
                    if leaving
                        .upgrade()
                        .is_some_and(|store| store.state.borrow().has_marks())
                    {
                        event.prevent_default();
                    }
                },
            ),
        }
    }

    fn happened(&self, happening: Happening) {
        self.heard.set(now());
        match happening {
            Happening::Opened => self.dispatch(Action::Opened),
            Happening::Message(octets) => {
                let Ok(messages) = wire::read_messages(&octets) else {
                    // What comes after the last entry is asked for again, in a while: it may be garbled again.
                    return self.lose(ABNORMAL);
                };
                if let [ToBrowser::Welcome(welcome), ..] = &messages[..] {
                    self.clock.set((welcome.now, now()));
                }
                self.dispatch(Action::Received(messages));
            }
            Happening::Closed(code) => self.lose(code),
        }
    }

    /// The socket is of no use any more.
    fn lose(&self, code: u16) {
        self.socket.take();
        self.dispatch(Action::Closed {
            code,
            chance: chance::spread(),
        });
    }

    /// A connection that went away without a word is noticed by the silence.
    fn look(&self) {
        if self.socket.borrow().is_some() && now() - self.heard.get() > wire::BEAT_LOST as f64 {
            self.lose(ABNORMAL);
        }
    }

    fn dispatch(&self, action: Action) {
        let effects = self.state.borrow_mut().reduce(action);
        for effect in effects {
            self.perform(effect);
        }
        self.draw();
    }

    /// Draws at the next frame, once. None is left out while a lot comes in: a browser that has nothing to draw attends
    /// to what comes and lets what is typed wait, and hardly anything comes in sooner for it.
    fn draw(&self) {
        let Some(redraw) = self.redraw.borrow().clone() else {
            return;
        };
        if !self.is_frame_due.replace(true) {
            let is_due = self.is_frame_due.clone();
            self.frame.replace(Some(request_animation_frame(move |_| {
                is_due.set(false);
                redraw();
            })));
        }
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::Open => {
                self.retry.take();
                self.heard.set(now());
                let Some(happens) = self.happens.borrow().clone() else {
                    return;
                };
                let opened = Socket::open(happens).ok();
                let failed = opened.is_none();
                self.socket.replace(opened);
                if failed {
                    self.dispatch(Action::Closed {
                        code: ABNORMAL,
                        chance: chance::spread(),
                    });
                }
            }
            Effect::Hello(hello) => self.send(&wire::encode(&hello)),
            Effect::Send(message) => self.send(&wire::encode(&message)),
            Effect::RetryIn(wait) => {
                let Some(again) = self.again.borrow().clone() else {
                    return;
                };
                self.retry
                    .replace(Some(Timeout::new(wait, move || again.emit(Action::Retry))));
            }
            Effect::WorkSoon => {
                let Some(again) = self.again.borrow().clone() else {
                    return;
                };
                let work = move || again.emit(Action::SignIn(SigningIn::Work));
                self.soon.replace(Some(Timeout::new(0, work)));
            }
            Effect::KeepLess(keep) => {
                let Some(again) = self.again.borrow().clone() else {
                    return;
                };
                let (id, token) = {
                    let state = self.state.borrow();
                    (state.id.clone(), state.token().to_owned())
                };
                spawn_local(async move {
                    match api::keep(&id, &token, keep).await {
                        Ok(()) if keep == Keep::Nothing => again.emit(Action::Deleted),
                        // What is left of it is shown as whoever comes later is shown it.
                        Ok(()) => place::reload(),
                        Err(why) => again.emit(Action::Fails(why)),
                    }
                });
            }
            Effect::SignOff => {
                let Some(again) = self.again.borrow().clone() else {
                    return;
                };
                spawn_local(async move {
                    // Once it is done the bridge closes the socket and says why.
                    if let Err(why) = api::sign_on::sign_off().await {
                        again.emit(Action::Fails(why));
                    }
                });
            }
            Effect::KeepName(name) => storage::keep_name(&name),
            Effect::Forget => {
                self.socket.take();
                let state = self.state.borrow();
                // Of a link that was given, nothing is kept.
                if !state.by_link {
                    storage::forget_token(&state.id);
                }
            }
        }
    }

    fn send(&self, octets: &[u8]) {
        if let Some(socket) = self.socket.borrow().as_ref() {
            socket.send(octets);
        }
    }
}
