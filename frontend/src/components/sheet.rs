//! A sheet that a button opens over the page: a part of the console that comes when it is asked for.

use yew::prelude::*;

use super::{export_sheet, help, people_sheet, share_sheet};
use crate::parts::{self, use_part};

/// Which sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The keys and the settings.
    Help,
    /// Everyone who is here.
    People,
    /// Sharing the session.
    Share,
    /// The transcript as a file.
    Export,
}

/// What a sheet is told, and tells.
#[derive(Clone, Properties, PartialEq)]
pub struct SheetProps {
    /// Which it is.
    pub sheet: Sheet,
    /// The person closes it.
    pub onclose: Callback<()>,
}

/// The sheet while it is open, and what opens it.
#[hook]
pub fn use_sheet(sheet: Sheet) -> (Html, Callback<()>) {
    let is_open = use_state_eq(|| false);
    let toggle = |to: bool| {
        let is_open = is_open.setter();
        Callback::from(move |()| is_open.set(to))
    };
    let drawn = if *is_open {
        html! { <SheetPart {sheet} onclose={toggle(false)} /> }
    } else {
        Html::default()
    };
    (drawn, toggle(true))
}

#[function_component]
fn SheetPart(props: &SheetProps) -> Html {
    use_part(parts::sheet, props, Html::default())
}

/// Draws one, as a part of the console.
pub fn draw(props: &SheetProps) -> Html {
    match props.sheet {
        Sheet::Help => help::draw(props),
        Sheet::People => people_sheet::draw(props),
        Sheet::Share => share_sheet::draw(props),
        Sheet::Export => export_sheet::draw(props),
    }
}
