//! The sessions that this browser opened.

use frontend::components::sessions;
use frontend::services::storage;
use frontend::sessions::Seen;
use protocol::standing::{Ending, How};

use super::*;

#[function_component]
fn Card() -> Html {
    sessions::draw()
}

#[wasm_bindgen_test]
async fn a_name_that_is_being_typed_stays_when_the_list_is_drawn_again() {
    let before = storage::sessions();
    // As many as have a field to filter them, and the bridge is asked of none.
    for at in 0..8 {
        let id = format!("renamed-{at}");
        storage::remember_session(&id, "mail.company.com:110", at);
        let (how, deleted) = (How::Quit, 0);
        let ending = Some(Ending { how, deleted });
        storage::see_session(&id, Seen::Ended { marked: 0, ending });
    }
    let place = place();
    yew::Renderer::<Card>::with_root(place.clone()).render();
    drawn().await;
    click(&place, "[aria-label^=Rename]").await;
    let name = "[aria-label='Name of the session']";
    let field = type_in(&place, name, "Anna's").await;
    type_in(&place, "[type=search]", "company").await;
    assert_eq!(field.value(), "Anna's");
    click(&place, ".sessions-rename [type=submit]").await;
    assert!(all(&place, name).is_empty());
    assert_eq!(storage::sessions()[0].name, "Anna's");
    storage::keep_sessions(&before);
    place.remove();
}
