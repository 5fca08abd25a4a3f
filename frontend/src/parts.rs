//! Parts of the console that a page loads only when it needs them, so that it begins sooner.
//!
//! With the feature `split`, which `cargo xtask` builds with, each function of `split` below and all that it alone needs
//! becomes a module of its own. Without it everything is there at once. A part is drawn by a function that it gives;
//! what draws it here, and what it is given, belongs to the page's first module.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use yew::platform::spawn_local;
use yew::prelude::*;

use crate::components::guest_sign_in::GuestProps;
use crate::components::preset_form::PresetFormProps;
use crate::components::session_page::SessionPageProps;
use crate::components::sheet::SheetProps;
use crate::components::sign_on::SignOnProps;
use crate::components::{board, sessions};
use crate::services::place;

/// What draws a part.
pub type Draw<P> = fn(&P) -> Html;

/// A part that comes; an error when it could not be loaded.
pub type Coming<P> = Pin<Box<dyn Future<Output = Result<Draw<P>, Missing>>>>;

/// Brings a part, once and for all.
pub type Bring<P> = fn() -> Coming<P>;

/// A part could not be loaded: the network is away, or the console was updated meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing;

/// A part on its way, and what came of that.
enum Stage<P> {
    Coming(Coming<P>),
    Brought(Result<Draw<P>, Missing>),
}

/// Draws a part as soon as it is there, which is at once where it was brought before, and `meanwhile` until then.
#[hook]
pub fn use_part<P: 'static>(bring: Bring<P>, props: &P, meanwhile: Html) -> Html {
    let stage = use_mut_ref(|| Stage::begin(bring()));
    // What is kept by the page is the same for all parts, so that it is in the first module once and not for each.
    let redraw = use_force_update();
    {
        let stage = stage.clone();
        use_effect_with((), move |()| {
            if let Stage::Coming(_) = *stage.borrow() {
                let stage = stage.clone();
                spawn_local(async move {
                    poll_fn(|context| stage.borrow_mut().poll(context)).await;
                    redraw.force_update();
                });
            }
        });
    }
    let stage = stage.borrow();
    match &*stage {
        Stage::Brought(Ok(draw)) => draw(props),
        Stage::Brought(Err(Missing)) => missing(),
        Stage::Coming(_) => meanwhile,
    }
}

impl<P> Stage<P> {
    fn begin(coming: Coming<P>) -> Self {
        let mut stage = Stage::Coming(coming);
        // Where it is not there yet, whoever waits for it asks again.
        let _ = stage.poll(&mut Context::from_waker(Waker::noop()));
        stage
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Stage::Coming(coming) = self {
            *self = Stage::Brought(ready!(coming.as_mut().poll(context)));
        }
        Poll::Ready(())
    }
}

/// A part that is told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alone {
    /// The page of administrators.
    Administration,
    /// The sessions of a hosted console.
    Board,
    /// The sessions that this browser opened.
    Sessions,
    /// Who is signed in, in the header.
    SignedOn,
}

/// Which part, and what is drawn until it is there.
#[derive(Properties, PartialEq)]
pub struct PartProps {
    /// Which.
    pub alone: Alone,
    /// What is drawn meanwhile.
    #[prop_or_default]
    pub meanwhile: Html,
}

/// A part that is told nothing, as soon as it is loaded.
#[function_component]
pub fn Part(props: &PartProps) -> Html {
    let bring = match props.alone {
        Alone::Administration => administration,
        Alone::Board | Alone::Sessions => listed,
        Alone::SignedOn => signed_on,
    };
    use_part(bring, &props.alone, props.meanwhile.clone())
}

/// Loads a part that will be needed soon. Whoever needs it is told if that fails.
pub fn bring_early<P: 'static>(bring: Bring<P>) {
    spawn_local(async move {
        // It is tried again when it is needed.
        let _ = bring().await;
    });
}

fn missing() -> Html {
    html! {
        <main class="page">
            <section class="card gone" role="alert">
                <h1>{ "A part of this page is missing" }</h1>
                <p class="lead">{ "It could not be loaded: the network is away, or the console was updated while the page was open. A session goes on meanwhile." }</p>
                <div class="actions"><button type="button" class="button primary" onclick={|_| place::reload()}>{ "Load again" }</button></div>
            </section>
        </main>
    }
}

/// The page of a session.
pub fn session() -> Coming<SessionPageProps> {
    Box::pin(async { split::session().await })
}

/// A sheet that a button opens.
pub fn sheet() -> Coming<SheetProps> {
    Box::pin(async { split::sheet().await })
}

/// The sessions of a hosted console, or those that this browser opened: a page has the one or the other, and both ask the same.
pub fn listed() -> Coming<Alone> {
    Box::pin(async { split::listed().await })
}

/// Who is signed in, in the header.
pub fn signed_on() -> Coming<Alone> {
    Box::pin(async { split::signed_on().await })
}

/// The page of administrators.
pub fn administration() -> Coming<Alone> {
    Box::pin(async { split::administration().await })
}

/// The page of whoever came to sign in.
pub fn guest() -> Coming<GuestProps> {
    Box::pin(async { split::guest().await })
}

/// The page of whoever has to sign in to the console first.
pub fn sign_on() -> Coming<SignOnProps> {
    Box::pin(async { split::sign_on().await })
}

/// The connect form where only presets can be connected to.
pub fn presets() -> Coming<PresetFormProps> {
    Box::pin(async { split::presets().await })
}

/// What opens over the page of a session.
pub fn sheets() -> Coming<()> {
    Box::pin(async { split::sheets().await })
}

fn draw_listed(which: &Alone) -> Html {
    match which {
        Alone::Board => board::draw(),
        _ => sessions::draw(),
    }
}

/// Each part gives the function that draws it.
#[cfg(feature = "split")]
#[allow(unsafe_code, reason = "what the macro makes links one module with another")]
mod split {
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use super::{
        Alone, Draw, GuestProps, Missing, PresetFormProps, SessionPageProps, SheetProps, SignOnProps,
    };
    use crate::components::{
        administration, guest_sign_in, preset_form, session_page, sheet, sheets, sign_on, signed_on,
    };

    impl From<SplitLoaderError> for Missing {
        fn from(_: SplitLoaderError) -> Self {
            Missing
        }
    }

    #[wasm_split(session, fallible)]
    pub(super) fn session() -> Result<Draw<SessionPageProps>, Missing> {
        Ok(session_page::draw)
    }

    #[wasm_split(sheets, fallible)]
    pub(super) fn sheet() -> Result<Draw<SheetProps>, Missing> {
        Ok(sheet::draw)
    }

    #[wasm_split(listed, fallible)]
    pub(super) fn listed() -> Result<Draw<Alone>, Missing> {
        Ok(super::draw_listed)
    }

    #[wasm_split(signed_on, fallible)]
    pub(super) fn signed_on() -> Result<Draw<Alone>, Missing> {
        Ok(signed_on::draw)
    }

    #[wasm_split(administration, fallible)]
    pub(super) fn administration() -> Result<Draw<Alone>, Missing> {
        Ok(administration::draw)
    }

    // With what opens over a session's page, since it has the sign-in sheet's rules.
    #[wasm_split(sheets, fallible)]
    pub(super) fn guest() -> Result<Draw<GuestProps>, Missing> {
        Ok(guest_sign_in::draw)
    }

    #[wasm_split(sign_on, fallible)]
    pub(super) fn sign_on() -> Result<Draw<SignOnProps>, Missing> {
        Ok(sign_on::draw)
    }

    #[wasm_split(presets, fallible)]
    pub(super) fn presets() -> Result<Draw<PresetFormProps>, Missing> {
        Ok(preset_form::draw)
    }

    #[wasm_split(sheets, fallible)]
    pub(super) fn sheets() -> Result<Draw<()>, Missing> {
        Ok(sheets::draw)
    }
}

#[cfg(not(feature = "split"))]
mod split {
    use super::{
        Alone, Draw, GuestProps, Missing, PresetFormProps, SessionPageProps, SheetProps, SignOnProps,
    };
    use crate::components::{
        administration, guest_sign_in, preset_form, session_page, sheet, sheets, sign_on, signed_on,
    };

    pub(super) async fn session() -> Result<Draw<SessionPageProps>, Missing> {
        Ok(session_page::draw)
    }

    pub(super) async fn sheet() -> Result<Draw<SheetProps>, Missing> {
        Ok(sheet::draw)
    }

    pub(super) async fn listed() -> Result<Draw<Alone>, Missing> {
        Ok(super::draw_listed)
    }

    pub(super) async fn signed_on() -> Result<Draw<Alone>, Missing> {
        Ok(signed_on::draw)
    }

    pub(super) async fn administration() -> Result<Draw<Alone>, Missing> {
        Ok(administration::draw)
    }

    pub(super) async fn guest() -> Result<Draw<GuestProps>, Missing> {
        Ok(guest_sign_in::draw)
    }

    pub(super) async fn sign_on() -> Result<Draw<SignOnProps>, Missing> {
        Ok(sign_on::draw)
    }

    pub(super) async fn presets() -> Result<Draw<PresetFormProps>, Missing> {
        Ok(preset_form::draw)
    }

    pub(super) async fn sheets() -> Result<Draw<()>, Missing> {
        Ok(sheets::draw)
    }
}
