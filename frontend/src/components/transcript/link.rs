//! The line that the address links to.

use gloo::events::EventListener;
use gloo::utils::window;
use yew::prelude::*;

use super::reader::Reader;
use crate::services::place;

/// Goes to the line that the address links to, as soon as it has come, and again when the address changes.
#[hook]
pub(super) fn use_line_link(reader: &Reader, update: &UseForceUpdateHandle) {
    let wanted = use_mut_ref(place::line);
    {
        let (wanted, update) = (wanted.clone(), update.clone());
        use_effect_with((), move |()| {
            let listener = EventListener::new(&window(), "hashchange", move |_| {
                wanted.replace(place::line());
                update.force_update();
            });
            move || drop(listener)
        });
    }
    let reader = reader.clone();
    use_effect(move || {
        let found = wanted.borrow().and_then(|line| {
            let session = &reader.session;
            session.read(|state| state.transcript.record_of_line(line))
        });
        if let Some(record) = found {
            wanted.replace(None);
            reader.go_to(record);
        }
    });
}
