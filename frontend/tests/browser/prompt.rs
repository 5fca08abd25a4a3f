//! The prompt.

use super::*;

#[wasm_bindgen_test]
async fn several_pasted_lines_are_asked_about_and_show_no_secret() {
    let mut page = Page::draw(greeted().messages()).await;
    let data = DataTransfer::new().unwrap();
    data.set_data("text", "USER a\nPASS hunter2\n").unwrap();
    let paste = ClipboardEventInit::new();
    paste.set_bubbles(true);
    paste.set_cancelable(true);
    paste.set_clipboard_data(Some(&data));
    let paste = ClipboardEvent::new_with_event_init_dict("paste", &paste).unwrap();
    let field = type_line(&page.place, "").await;
    assert!(!field.dispatch_event(&paste).unwrap(), "the browser pastes");
    page.draw_anew().await;
    let sheet: HtmlDialogElement = page
        .place
        .query_selector("dialog")
        .unwrap()
        .unwrap()
        .dyn_into()
        .unwrap();
    assert!(sheet.open());
    assert!(!page.place.outer_html().contains("hunter2"));
    let shown: Vec<_> = all(&sheet, "li")
        .iter()
        .filter_map(|it| it.text_content())
        .collect();
    assert_eq!(shown, ["USER a", "PASS •••••••"]);
    assert!(page.session.read(|state| state.pending.is_empty()));

    click(&sheet, ".primary").await;
    page.draw_anew().await;
    assert!(page.place.query_selector("dialog").unwrap().is_none());
    assert_eq!(
        page.session.read(|state| state.pending.len()),
        1,
        "the second waits"
    );
    page.place.remove();
}

#[wasm_bindgen_test]
async fn a_ghost_is_seen_and_not_read_out_and_gone_where_a_secret_is_typed() {
    let mut recorded = greeted();
    recorded
        .client(1, "USER a")
        .server("+OK\r\n")
        .client(2, "PASS b")
        .server("+OK\r\n");
    let (page, _session) = page(recorded.messages()).await;
    type_line(&page, "re").await;
    let ghost = page.query_selector(".ghost").unwrap().unwrap();
    assert_eq!(ghost.text_content().as_deref(), Some("TR"));
    assert!(ghost.closest("[aria-hidden=true]").unwrap().is_some());
    type_line(&page, "PASS ").await;
    assert!(page.query_selector(".ghost").unwrap().is_none());
    page.remove();
}

#[wasm_bindgen_test]
async fn a_ghost_shows_what_could_deceive_as_marks() {
    let mut recorded = greeted();
    recorded
        .client(1, "LANG")
        .server("+OK\r\nen\u{202e}\u{7} English\r\n.\r\n");
    let (page, _session) = page(recorded.messages()).await;
    type_line(&page, "LANG e").await;
    let ghost = page.query_selector(".ghost").unwrap().unwrap();
    assert_eq!(ghost.text_content().as_deref(), Some("nU+202EBEL"));
    page.remove();
}

#[wasm_bindgen_test]
async fn a_key_that_is_held_answers_no_question() {
    let mut page = Page::draw(greeted().messages()).await;
    let field = page.say("PSAS hunter2").await;
    let held = KeyboardEventInit::new();
    held.set_key("Enter");
    held.set_bubbles(true);
    held.set_repeat(true);
    for _ in 0..3 {
        field
            .dispatch_event(&KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &held).unwrap())
            .unwrap();
        page.draw_anew().await;
    }
    assert!(page.place.query_selector(".question").unwrap().is_some());
    assert!(page.session.read(|state| state.pending.is_empty()));
    page.place.remove();
}

#[wasm_bindgen_test]
async fn what_looks_like_a_password_is_asked_about_before_it_goes_out() {
    let mut page = Page::draw(greeted().messages()).await;
    page.say("PSAS hunter2").await;
    let asked = page.place.query_selector(".question").unwrap().unwrap();
    assert!(asked.closest("[role=alert]").unwrap().is_some());
    assert!(!asked.outer_html().contains("hunter2"));
    assert!(page.session.read(|state| state.pending.is_empty()));
    click(&page.place, ".question button").await;
    page.draw_anew().await;
    let shown: Vec<_> = page
        .session
        .read(|state| state.pending.iter().map(|it| it.typed.shown()).collect());
    assert_eq!(shown, ["PASS ••••••••"]);
    page.place.remove();
}
