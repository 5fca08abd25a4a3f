//! Mounts the console.

use frontend::app::{App, AppProps};
use frontend::form::Begin;
use frontend::services::place;

fn main() {
    // Without its place in the page there is nothing to mount, and the page says that it is loading.
    if let Some(root) = gloo::utils::document().get_element_by_id("app") {
        let begin = Some(place::typed_early()).filter(|it| !it.is_empty());
        let begin = begin.map_or(Begin::Address, Begin::Typed);
        yew::Renderer::<App>::with_root_and_props(root, AppProps { begin }).render();
    }
}
