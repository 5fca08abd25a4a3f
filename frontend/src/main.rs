//! Mounts the console.

use frontend::app::{App, AppProps};
use frontend::form::Begin;
use frontend::parts;
use frontend::services::{place, way_back};
use yew::platform::spawn_local;

fn main() {
    // Without its place in the page there is nothing to mount, and the page says that it is loading.
    let Some(root) = gloo::utils::document().get_element_by_id("app") else {
        return;
    };
    // Before anybody reads the address.
    way_back::come_back();
    spawn_local(async move {
        if place::offers_presets_only() {
            // The form is a part of its own. Until it is there, the page stays as it came: nothing is drawn that would jump.
            // Whether it could be loaded, the page says.
            let _ = parts::presets().await;
        }
        let begin = Some(place::typed_early()).filter(|it| !it.is_empty());
        let begin = begin.map_or(Begin::Address, Begin::Typed);
        yew::Renderer::<App>::with_root_and_props(root, AppProps { begin }).render();
    });
}
