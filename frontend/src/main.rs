//! Mounts the console.

use frontend::app::{App, AppProps};
use frontend::services::place;

fn main() {
    // Without its place in the page there is nothing to mount, and the page says that it is loading.
    if let Some(root) = gloo::utils::document().get_element_by_id("app") {
        let early = place::typed_early();
        yew::Renderer::<App>::with_root_and_props(root, AppProps { early }).render();
    }
}
