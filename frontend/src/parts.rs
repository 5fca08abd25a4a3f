//! Parts of the console that a page loads only when it needs them, so that it begins sooner.
//!
//! With the feature `split`, which `cargo xtask` builds with, each function of `split` below and all that it alone needs
//! becomes a module of its own. Without it everything is there at once. A part is drawn by a function that it gives;
//! what draws it here, and what it is given, belongs to the page's first module.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use yew::platform::spawn_local;
use yew::prelude::*;

use crate::components::guest_sign_in::GuestProps;
use crate::components::preset_form::PresetFormProps;
use crate::components::session_page::SessionPageProps;
use crate::components::sheet::SheetProps;
use crate::components::sign_on::SignOnProps;
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

/// Draws a part as soon as it is there, which is at once where it was brought before, and `meanwhile` until then.
#[hook]
pub fn use_part<P: 'static>(bring: Bring<P>, props: &P, meanwhile: Html) -> Html {
    let coming = use_mut_ref(bring);
    let part = use_state(|| match poll(&coming, &mut Context::from_waker(Waker::noop())) {
        Poll::Ready(part) => Some(part),
        Poll::Pending => None,
    });
    {
        let (coming, is_there, part) = (coming.clone(), part.is_some(), part.setter());
        use_effect_with((), move |()| {
            if !is_there {
                spawn_local(async move { part.set(Some(poll_fn(|context| poll(&coming, context)).await)) });
            }
        });
    }
    match *part {
        Some(Ok(draw)) => draw(props),
        Some(Err(Missing)) => missing(),
        None => meanwhile,
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
        Alone::Board => board,
        Alone::Sessions => sessions,
        Alone::SignedOn => signed_on,
    };
    use_part(bring, &(), props.meanwhile.clone())
}

fn poll<P>(coming: &RefCell<Coming<P>>, context: &mut Context<'_>) -> Poll<Result<Draw<P>, Missing>> {
    coming.borrow_mut().as_mut().poll(context)
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

/// The sheet with keys and settings.
pub fn help() -> Coming<SheetProps> {
    Box::pin(async { split::help().await })
}

/// The sessions that this browser opened.
pub fn sessions() -> Coming<()> {
    Box::pin(async { split::sessions().await })
}

/// The sessions of a hosted console.
pub fn board() -> Coming<()> {
    Box::pin(async { split::board().await })
}

/// Who is signed in, in the header.
pub fn signed_on() -> Coming<()> {
    Box::pin(async { split::signed_on().await })
}

/// The page of administrators.
pub fn administration() -> Coming<()> {
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

/// The sheet that offers the transcript as a file.
pub fn export() -> Coming<SheetProps> {
    Box::pin(async { split::export().await })
}

/// The sheet for sharing a session.
pub fn share() -> Coming<SheetProps> {
    Box::pin(async { split::share().await })
}

/// The sheet with everyone who is here.
pub fn people() -> Coming<SheetProps> {
    Box::pin(async { split::people().await })
}

/// What opens over the page of a session.
pub fn sheets() -> Coming<()> {
    Box::pin(async { split::sheets().await })
}

/// Each part gives the function that draws it.
#[cfg(feature = "split")]
#[allow(unsafe_code, reason = "what the macro makes links one module with another")]
mod split {
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    use super::{Draw, GuestProps, Missing, PresetFormProps, SessionPageProps, SheetProps, SignOnProps};
    use crate::components::{
        administration, board, export_sheet, guest_sign_in, help, people_sheet, preset_form, session_page,
        sessions, share_sheet, sheets, sign_on, signed_on,
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
    pub(super) fn help() -> Result<Draw<SheetProps>, Missing> {
        Ok(help::draw)
    }

    // With the sessions of a hosted console: a page has the one or the other, and both ask the same.
    #[wasm_split(listed, fallible)]
    pub(super) fn sessions() -> Result<Draw<()>, Missing> {
        Ok(sessions::draw)
    }

    #[wasm_split(listed, fallible)]
    pub(super) fn board() -> Result<Draw<()>, Missing> {
        Ok(board::draw)
    }

    #[wasm_split(signed_on, fallible)]
    pub(super) fn signed_on() -> Result<Draw<()>, Missing> {
        Ok(signed_on::draw)
    }

    #[wasm_split(administration, fallible)]
    pub(super) fn administration() -> Result<Draw<()>, Missing> {
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
    pub(super) fn export() -> Result<Draw<SheetProps>, Missing> {
        Ok(export_sheet::draw)
    }

    #[wasm_split(sheets, fallible)]
    pub(super) fn share() -> Result<Draw<SheetProps>, Missing> {
        Ok(share_sheet::draw)
    }

    #[wasm_split(sheets, fallible)]
    pub(super) fn people() -> Result<Draw<SheetProps>, Missing> {
        Ok(people_sheet::draw)
    }

    #[wasm_split(sheets, fallible)]
    pub(super) fn sheets() -> Result<Draw<()>, Missing> {
        Ok(sheets::draw)
    }
}

#[cfg(not(feature = "split"))]
mod split {
    use super::{Draw, GuestProps, Missing, PresetFormProps, SessionPageProps, SheetProps, SignOnProps};
    use crate::components::{
        administration, board, export_sheet, guest_sign_in, help, people_sheet, preset_form, session_page,
        sessions, share_sheet, sheets, sign_on, signed_on,
    };

    pub(super) async fn share() -> Result<Draw<SheetProps>, Missing> {
        Ok(share_sheet::draw)
    }

    pub(super) async fn people() -> Result<Draw<SheetProps>, Missing> {
        Ok(people_sheet::draw)
    }

    pub(super) async fn session() -> Result<Draw<SessionPageProps>, Missing> {
        Ok(session_page::draw)
    }

    pub(super) async fn help() -> Result<Draw<SheetProps>, Missing> {
        Ok(help::draw)
    }

    pub(super) async fn sessions() -> Result<Draw<()>, Missing> {
        Ok(sessions::draw)
    }

    pub(super) async fn board() -> Result<Draw<()>, Missing> {
        Ok(board::draw)
    }

    pub(super) async fn signed_on() -> Result<Draw<()>, Missing> {
        Ok(signed_on::draw)
    }

    pub(super) async fn administration() -> Result<Draw<()>, Missing> {
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

    pub(super) async fn export() -> Result<Draw<SheetProps>, Missing> {
        Ok(export_sheet::draw)
    }

    pub(super) async fn sheets() -> Result<Draw<()>, Missing> {
        Ok(sheets::draw)
    }
}
