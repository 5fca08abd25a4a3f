//! Mounts the console.

use frontend::app::App;

fn main() {
    // Without its place in the page there is nothing to mount, and the page says that it is loading.
    if let Some(place) = gloo::utils::document().get_element_by_id("app") {
        yew::Renderer::<App>::with_root(place).render();
    }
}
