//! The connect form.

use frontend::components::connect::{ConnectForm, ConnectFormProps};
use frontend::form::Begin;
use wasm_bindgen::JsValue;

use super::*;

#[wasm_bindgen_test]
async fn a_password_does_not_stay_in_the_address_whatever_was_typed_meanwhile() {
    let history = window().history().unwrap();
    let before = window().location().href().unwrap();
    for early in ["", "mail.company.com"] {
        history
            .replace_state_with_url(
                &JsValue::NULL,
                "",
                Some("/?server=pop://u:hunter2@mail.company.com"),
            )
            .unwrap();
        let place = place();
        let props = ConnectFormProps {
            offered: None,
            keep: None,
            onkeep: Callback::noop(),
            begin: match early {
                "" => Begin::Address,
                _ => Begin::Typed(early.to_owned()),
            },
            is_busy: false,
            problem: None,
            ontarget: Callback::noop(),
        };
        yew::Renderer::<ConnectForm>::with_root_and_props(place.clone(), props).render();
        drawn().await;
        assert_eq!(window().location().search().as_deref(), Ok(""), "{early}");
        assert!(!place.outer_html().contains("hunter2"));
        let field: HtmlInputElement = all(&place, "input[aria-label=Server]")
            .remove(0)
            .dyn_into()
            .unwrap();
        assert_eq!(field.value(), early);
        place.remove();
    }
    history
        .replace_state_with_url(&JsValue::NULL, "", Some(&before))
        .unwrap();
}
