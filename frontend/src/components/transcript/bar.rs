//! What can be done with the transcript as a whole, above it.

use yew::prelude::*;

use super::super::export::Export;
use super::charset::charset;
use super::finder::Finder;
use super::keys::Wish;
use super::reader::Reader;
use crate::figures;

/// The buttons, how long the transcript is, and what was done just now.
pub(super) fn bar(reader: &Reader, finder: &Finder, told: &'static str) -> Html {
    let (lines, notes, has_folds, is_open) = reader.session.read(|state| {
        let transcript = &state.transcript;
        (
            transcript.line_count(),
            transcript.note_count(),
            transcript.has_folds(),
            transcript.folds_are_open(),
        )
    });
    let button = |wish: Wish, text: &'static str, name: &'static str, title: &'static str| {
        let reader = reader.clone();
        let onclick = move |_: MouseEvent| reader.grant(wish, None);
        html! { <button type="button" class="bar-button" aria-label={name} {title} {onclick}>{ text }</button> }
    };
    let on_search = {
        let finder = finder.clone();
        move |_: MouseEvent| finder.open()
    };
    let lines = match lines {
        1 => "1 line".to_owned(),
        lines => format!("{} lines", figures::grouped(lines as u64)),
    };
    let notes = match notes {
        0 => String::new(),
        1 => " · 1 note".to_owned(),
        notes => format!(" · {} notes", figures::grouped(notes as u64)),
    };
    html! {
        <div class="bar" role="group" aria-label="Transcript tools">
            <span class="bar-lines">{ lines }{ notes }</span>
            <span class="told" role="status">{ told }</span>
            { charset(reader) }
            <button type="button" class="bar-button" title="Search (Ctrl+F)" onclick={on_search}>{ "Search" }</button>
            if has_folds && is_open {
                { button(Wish::Folds, "Fold all", "Fold all", "Fold all (F)") }
            } else if has_folds {
                { button(Wish::Folds, "Unfold all", "Unfold all", "Unfold all (F)") }
            }
            { button(Wish::Save, "Save", "Save transcript", "Save the transcript as plain text") }
            <Export class="bar-button" />
        </div>
    }
}
