//! A sheet that a button opens over the page: a part of the console that comes when it is asked for.

use yew::prelude::*;

use crate::parts::{self, Bring, use_part};

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

impl Sheet {
    fn part(self) -> Bring<SheetProps> {
        match self {
            Sheet::Help => parts::help,
            Sheet::People => parts::people,
            Sheet::Share => parts::share,
            Sheet::Export => parts::export,
        }
    }
}

/// What a sheet is told.
#[derive(Clone, Properties, PartialEq)]
pub struct SheetProps {
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

#[derive(Properties, PartialEq)]
struct SheetPartProps {
    sheet: Sheet,
    onclose: Callback<()>,
}

#[function_component]
fn SheetPart(props: &SheetPartProps) -> Html {
    let onclose = props.onclose.clone();
    use_part(props.sheet.part(), &SheetProps { onclose }, Html::default())
}
