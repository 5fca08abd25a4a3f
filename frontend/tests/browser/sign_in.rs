//! The sheet to sign in with.

use frontend::services::text;
use protocol::sasl::prep::prepare;

use super::*;

fn fill(sheet: &Element, name: &str, value: &str) -> HtmlInputElement {
    let selector = format!("input[aria-label='{name}']");
    let field: HtmlInputElement = sheet
        .query_selector(&selector)
        .unwrap()
        .unwrap()
        .dyn_into()
        .unwrap();
    field.set_value(value);
    field
}

/// The server says that it does not know what it was asked.
async fn refuse_capa(page: &mut Page, recorded: &mut Recorded) {
    let id = page.session.read(|state| state.pending[0].id);
    recorded.client(id, "CAPA").server("-ERR what?\r\n");
    page.session.dispatch(Action::Received(recorded.messages()));
    page.draw_anew().await;
}

#[wasm_bindgen_test]
async fn nothing_can_be_sent_before_the_server_said_what_hides_the_password_best() {
    let mut recorded = greeted();
    let mut page = Page::draw(recorded.messages()).await;
    click(&page.place, "[aria-label='Sign in']").await;
    page.draw_anew().await;
    let sheet = page.place.query_selector("dialog").unwrap().unwrap();
    fill(&sheet, "User name", "user01");
    fill(&sheet, "Password", "hunter2");
    click(&sheet, "[type=submit]").await;
    page.draw_anew().await;
    assert_eq!(page.session.read(|state| state.pending.len()), 1, "CAPA alone");
    let id = page.session.read(|state| state.pending[0].id);
    recorded.client(id, "CAPA");
    page.session.dispatch(Action::Received(recorded.messages()));
    page.draw_anew().await;
    click(&sheet, "[type=submit]").await;
    page.draw_anew().await;
    assert_eq!(page.session.read(|state| state.pending.len()), 0);
    recorded.server("+OK\r\nSASL SCRAM-SHA-256\r\n.\r\n");
    page.session.dispatch(Action::Received(recorded.messages()));
    page.draw_anew().await;
    click(&sheet, "[type=submit]").await;
    page.draw_anew().await;
    let sent = page.session.read(|state| state.pending[0].typed.shown());
    assert!(sent.starts_with("AUTH SCRAM-SHA-256 "), "{sent}");
    page.place.remove();
}

#[wasm_bindgen_test]
async fn a_password_is_in_its_field_alone_and_not_there_once_it_is_sent() {
    let mut recorded = greeted();
    let mut page = Page::draw(recorded.messages()).await;
    click(&page.place, "[aria-label='Sign in']").await;
    page.draw_anew().await;
    let sheet = page.place.query_selector("dialog").unwrap().unwrap();
    assert_eq!(
        document()
            .active_element()
            .unwrap()
            .get_attribute("aria-label")
            .as_deref(),
        Some("User name")
    );
    fill(&sheet, "User name", "user01");
    let password = fill(&sheet, "Password", "hunter2");
    assert_eq!(password.type_(), "password");
    assert!(!page.place.outer_html().contains("hunter2"));
    click(&sheet, "[aria-label='Show password']").await;
    assert_eq!(password.type_(), "text");
    assert!(!page.place.outer_html().contains("hunter2"));

    refuse_capa(&mut page, &mut recorded).await;
    click(&sheet, "[type=submit]").await;
    page.draw_anew().await;
    let lines: Vec<_> = page
        .session
        .read(|state| state.pending.iter().map(|it| it.typed.shown()).collect());
    assert_eq!(lines, ["USER user01"]);
    assert_eq!(password.value(), "");
    let kept = window().local_storage().unwrap().unwrap();
    let keys: Vec<_> = (0..kept.length().unwrap())
        .filter_map(|at| kept.key(at).unwrap())
        .collect();
    let values: Vec<_> = keys.iter().filter_map(|it| kept.get_item(it).unwrap()).collect();
    assert!(!values.concat().contains("hunter2"));
    page.place.remove();
}

#[wasm_bindgen_test]
async fn a_password_in_clear_text_is_asked_about_and_stays_in_its_field_when_the_person_says_no() {
    let mut recorded = Recorded::beyond_loopback();
    recorded.server("+OK ready\r\n");
    let mut page = Page::draw(recorded.messages()).await;
    click(&page.place, "[aria-label='Sign in']").await;
    page.draw_anew().await;
    let sheet = page.place.query_selector("dialog.sign-in").unwrap().unwrap();
    fill(&sheet, "User name", "user01");
    let password = fill(&sheet, "Password", "hunter2");
    refuse_capa(&mut page, &mut recorded).await;
    click(&sheet, "[type=submit]").await;
    page.draw_anew().await;
    assert!(page.asked().is_some());
    assert!(page.session.read(|state| state.pending.is_empty()));
    page.answer("button:last-of-type").await;
    assert!(page.asked().is_none());
    assert!(page.place.query_selector("dialog.sign-in").unwrap().is_some());
    assert_eq!(password.value(), "hunter2");
    click(&sheet, "[type=submit]").await;
    page.draw_anew().await;
    page.answer(".danger").await;
    assert_eq!(password.value(), "");
    let sent: Vec<_> = page
        .session
        .read(|state| state.pending.iter().map(|it| it.typed.shown()).collect());
    assert_eq!(sent, ["USER user01"]);
    page.place.remove();
}

#[wasm_bindgen_test]
fn names_and_passwords_are_prepared_by_the_browsers_normalization() {
    for (text, prepared) in [
        ("I\u{ad}X", "IX"),
        ("\u{2168}", "IX"),
        ("\u{aa}", "a"),
        ("e\u{301}\u{a0}", "\u{e9} "),
    ] {
        assert_eq!(prepare(text, text::nfkc).as_deref(), Ok(prepared));
    }
}
