//! The connect form.

use std::cell::RefCell;
use std::rc::Rc;

use frontend::components::connect::{ConnectForm, ConnectFormProps};
use frontend::components::keep::Choice;
use frontend::components::preset_form::{PresetForm, PresetFormProps};
use frontend::form::Begin;
use frontend::presets::{Preset, Wanted};
use protocol::target::{Family, Security, Target};
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
            keep: Choice::default(),
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

fn preset(name: &str, security: Security, verify: bool) -> Preset {
    Preset {
        name: name.to_owned(),
        target: Target {
            host: "mail.company.com".to_owned(),
            port: security.port(),
            security,
            verify,
            name: None,
            family: Family::Any,
        },
    }
}

#[wasm_bindgen_test]
async fn a_preset_is_connected_to_as_it_is_offered() {
    let presets = vec![
        preset("Company mail, TLS", Security::Tls, true),
        preset("Lab", Security::Stls, false),
    ];
    let lab = presets[1].target.clone();
    for (wanted, told, target) in [
        (
            Wanted::Any,
            "port 995, TLS from the start",
            presets[0].target.clone(),
        ),
        (
            Wanted::Named("Lab".to_owned()),
            "port 110, then STLS",
            lab.clone(),
        ),
        (
            Wanted::Server(lab.clone()),
            "certificate is not verified",
            lab.clone(),
        ),
        (
            Wanted::Named("Gone".to_owned()),
            "Choose one of these.",
            presets[0].target.clone(),
        ),
    ] {
        let place = place();
        let connected = Rc::new(RefCell::new(None));
        let props = PresetFormProps {
            presets: Some(presets.clone()),
            wanted,
            is_busy: false,
            problem: None,
            keep: Choice::default(),
            onkeep: Callback::noop(),
            ontarget: {
                let connected = connected.clone();
                Callback::from(move |target| *connected.borrow_mut() = Some(target))
            },
        };
        yew::Renderer::<PresetForm>::with_root_and_props(place.clone(), props).render();
        drawn().await;
        let text = place.text_content().unwrap();
        assert!(text.contains(told), "{told}: {text}");
        let button: HtmlElement = all(&place, "button[type=submit]").remove(0).dyn_into().unwrap();
        button.click();
        drawn().await;
        assert_eq!(connected.borrow().as_ref(), Some(&target), "{told}");
        place.remove();
    }
}

#[wasm_bindgen_test]
async fn without_presets_there_is_nothing_to_connect_to() {
    for (presets, told) in [
        (None, "Loading…"),
        (Some(Vec::new()), "ask whoever runs this console"),
    ] {
        let place = place();
        let props = PresetFormProps {
            presets,
            wanted: Wanted::Any,
            is_busy: false,
            problem: None,
            keep: Choice::default(),
            onkeep: Callback::noop(),
            ontarget: Callback::noop(),
        };
        yew::Renderer::<PresetForm>::with_root_and_props(place.clone(), props).render();
        drawn().await;
        assert!(place.text_content().unwrap().contains(told));
        assert_eq!(all(&place, "button[type=submit]:disabled").len(), 1);
        place.remove();
    }
}
