//! Components in a real browser: what reaches the page, and what never does.
//!
//! `webdriver.json` beside this package says how Chromium is started; without a sandbox, because checks often
//! run as root, where Chromium refuses to have one.
#![cfg(target_arch = "wasm32")]
// Clippy's leave for tests covers functions under `#[test]` alone, not `#[wasm_bindgen_test]`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "browser/charset.rs"]
mod charset;
#[path = "browser/connect.rs"]
mod connect;
#[path = "browser/guest.rs"]
mod guest;
#[path = "browser/prompt.rs"]
mod prompt;
#[path = "../src/recorded.rs"]
mod recorded;
#[path = "browser/sessions.rs"]
mod sessions;
#[path = "browser/sign_in.rs"]
mod sign_in;

use frontend::app::App;
use frontend::components::session_page::{SessionView, SessionViewProps};
use frontend::session::{Action, State};
use frontend::store::Session;
use gloo::utils::{document, window};
use protocol::access::By;
use protocol::wire::ToBrowser;
use recorded::{Recorded, welcome};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{
    ClipboardEvent, ClipboardEventInit, DataTransfer, Element, Event, EventInit, HtmlDialogElement,
    HtmlElement, HtmlInputElement, KeyboardEvent, KeyboardEventInit,
};
use yew::AppHandle;
use yew::prelude::*;

wasm_bindgen_test_configure!(run_in_browser);

/// Gives the page the height of a window and the styles that rows depend on.
fn place() -> Element {
    let document = document();
    let style = document.create_element("style").unwrap();
    style.set_text_content(Some(concat!(
        include_str!("../../static/styles/tokens.css"),
        include_str!("../../static/styles/base.css"),
        include_str!("../../static/styles/tok.css"),
        include_str!("../../static/styles/session_page.css"),
        include_str!("../../static/styles/transcript.css"),
        include_str!("../../static/styles/row.css"),
        include_str!("../../static/styles/prompt.css"),
    )));
    document.head().unwrap().append_child(&style).unwrap();
    let place = document.create_element("div").unwrap();
    document.body().unwrap().append_child(&place).unwrap();
    place
}

/// A page of a session to which this happened.
async fn page(messages: Vec<ToBrowser>) -> (Element, Session) {
    let page = Page::draw(messages).await;
    (page.place, page.session)
}

/// A page of a session, to which more happens.
struct Page {
    place: Element,
    session: Session,
    view: AppHandle<SessionView>,
}

impl Page {
    async fn draw(messages: Vec<ToBrowser>) -> Self {
        let mut state = State::new("k3v9q2".to_owned(), "token".to_owned(), None);
        state.reduce(Action::Received(vec![welcome(1, 0, messages.len() as u64)]));
        state.reduce(Action::Received(messages));
        let session = Session::detached(state);
        let place = place();
        let view = yew::Renderer::<SessionView>::with_root_and_props(place.clone(), props(&session)).render();
        drawn().await;
        Self { place, session, view }
    }

    /// Draws what has happened: without a socket the page does not do so by itself.
    async fn draw_anew(&mut self) {
        self.session = self.session.anew();
        self.view.update(props(&self.session));
        drawn().await;
    }

    /// Types a line at the prompt and presses Enter.
    async fn say(&mut self, line: &str) -> HtmlInputElement {
        let field = type_line(&self.place, line).await;
        let enter = KeyboardEventInit::new();
        enter.set_key("Enter");
        enter.set_bubbles(true);
        field
            .dispatch_event(&KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &enter).unwrap())
            .unwrap();
        self.draw_anew().await;
        field
    }

    /// What the person is asked, if anything.
    fn asked(&self) -> Option<HtmlDialogElement> {
        let found = self.place.query_selector("[role=alertdialog]").unwrap();
        found.map(|it| it.dyn_into().unwrap())
    }

    /// Answers it by a button.
    async fn answer(&mut self, button: &str) {
        click(&self.asked().unwrap(), button).await;
        self.draw_anew().await;
    }
}

fn props(session: &Session) -> SessionViewProps {
    SessionViewProps {
        session: session.clone(),
        onnew: Callback::noop(),
    }
}

/// A page of a session whose server is beyond this machine, to which nobody has sent a password yet.
async fn page_beyond_loopback() -> Page {
    let mut recorded = Recorded::beyond_loopback();
    recorded.server("+OK ready\r\n");
    Page::draw(recorded.messages()).await
}

/// Components are drawn in microtasks and lay themselves out in the next frames.
async fn drawn() {
    for _ in 0..5 {
        let frame = js_sys::Promise::new(&mut |resolve, _| {
            window().request_animation_frame(&resolve).unwrap();
        });
        JsFuture::from(frame).await.unwrap();
    }
}

fn greeted() -> Recorded {
    let mut recorded = Recorded::new();
    recorded.server("+OK ready\r\n");
    recorded
}

async fn type_line(page: &Element, line: &str) -> HtmlInputElement {
    type_in(page, "[role=combobox]", line).await
}

async fn type_in(page: &Element, selector: &str, text: &str) -> HtmlInputElement {
    let field: HtmlInputElement = page
        .query_selector(selector)
        .unwrap()
        .unwrap()
        .dyn_into()
        .unwrap();
    field.set_value(text);
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    field
        .dispatch_event(&Event::new_with_event_init_dict("input", &bubbles).unwrap())
        .unwrap();
    drawn().await;
    field
}

async fn click(page: &Element, selector: &str) {
    let found: HtmlElement = page
        .query_selector(selector)
        .unwrap()
        .unwrap()
        .dyn_into()
        .unwrap();
    found.click();
    drawn().await;
}

fn all(page: &Element, selector: &str) -> Vec<Element> {
    let found = page.query_selector_all(selector).unwrap();
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect()
}

#[wasm_bindgen_test]
async fn the_connect_form_has_its_roles_and_names() {
    let place = place();
    yew::Renderer::<App>::with_root(place.clone()).render();
    drawn().await;
    for selector in [
        "form[aria-label=Connect]",
        "input[aria-label=Server]",
        "[role=radiogroup][aria-label=Security]",
        "[type=radio][aria-label=Plain]",
        "[type=radio][aria-label=STLS]",
        "[type=radio][aria-label=TLS]",
        "[type=checkbox][aria-label='Verify certificate']",
    ] {
        assert_eq!(all(&place, selector).len(), 1, "{selector}");
    }
    place.remove();
}

#[wasm_bindgen_test]
async fn a_password_is_nowhere_in_the_page_while_it_is_typed() {
    let (page, _session) = page(greeted().messages()).await;
    let field = type_line(&page, "PASS hunter2").await;
    // A screen reader is told the value of a field of any other type.
    assert_eq!(field.type_(), "password");
    assert_eq!(field.get_attribute("role").as_deref(), Some("combobox"));
    assert!(!page.outer_html().contains("hunter2"));
    assert_eq!(
        page.query_selector(".prompt-paint")
            .unwrap()
            .unwrap()
            .text_content()
            .unwrap(),
        "PASS •••••••"
    );
    click(&page, "[aria-label='Show secret']").await;
    assert_eq!(field.type_(), "text");
    assert_eq!(
        page.query_selector(".prompt-paint")
            .unwrap()
            .unwrap()
            .text_content()
            .unwrap(),
        "PASS hunter2"
    );
    page.remove();
}

#[wasm_bindgen_test]
async fn a_sasl_response_is_masked_from_its_first_character() {
    let mut recorded = greeted();
    recorded.client(1, "AUTH LOGIN").server("+ VXNlcm5hbWU6\r\n");
    let (page, _session) = page(recorded.messages()).await;
    type_line(&page, "dXNlcjAx").await;
    assert!(!page.outer_html().contains("dXNlcjAx"));
    page.remove();
}

#[wasm_bindgen_test]
async fn a_response_stays_a_secret_when_auth_is_over_before_it_is_sent() {
    let mut recorded = greeted();
    recorded.client(1, "AUTH LOGIN").server("+ UGFzc3dvcmQ6\r\n");
    let mut page = Page::draw(recorded.messages()).await;
    type_line(&page.place, "aHVudGVy").await;
    recorded.server("-ERR You took too long\r\n");
    page.session.dispatch(Action::Received(recorded.messages()));
    page.draw_anew().await;
    let field = type_line(&page.place, "aHVudGVyMg").await;
    assert_eq!(field.type_(), "password");
    assert!(!page.place.outer_html().contains("aHVudGVy"));
    page.say("aHVudGVyMg==").await;
    assert_eq!(page.session.read(|state| state.pending.len()), 1);
    assert!(!page.place.outer_html().contains("aHVudGVy"), "nor on its way");
    let kept = window().local_storage().unwrap().unwrap();
    let history = kept.get_item("pop3-console:history").unwrap();
    assert!(!history.unwrap_or_default().contains("aHVudGVy"));
    page.place.remove();
}

#[wasm_bindgen_test]
async fn what_a_server_says_is_text_and_nothing_else() {
    let hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>";
    let mut recorded = Recorded::new();
    recorded
        .server(format!("+OK {hostile}\r\n"))
        .client(1, hostile)
        .server(format!("-ERR \u{202e}{hostile}\r\n"));
    let (page, _session) = page(recorded.messages()).await;
    assert!(all(&page, "[role=log] img, [role=log] script").is_empty());
    let log = page
        .query_selector("[role=log]")
        .unwrap()
        .unwrap()
        .text_content()
        .unwrap();
    assert_eq!(log.matches(hostile).count(), 3, "{log}");
    assert!(!log.contains('\u{202e}'));
    page.remove();
}

#[wasm_bindgen_test]
async fn a_long_transcript_has_few_rows_and_follows_its_end() {
    let mut recorded = greeted();
    recorded.client(1, "RETR 1").server("+OK\r\n\r\n");
    for _ in 0..50 {
        recorded.server("a line of a long message\r\n".repeat(1000));
    }
    recorded.server(".\r\n");
    let (page, session) = page(recorded.messages()).await;
    let rows = all(&page, "[data-line]");
    assert!((10..150).contains(&rows.len()), "{} rows", rows.len());
    let last = session.read(|state| state.transcript.line_count()).to_string();
    assert_eq!(last, "50005");
    assert_eq!(rows.last().unwrap().get_attribute("data-line"), Some(last));
    assert_eq!(
        rows.last().unwrap().get_attribute("data-part").as_deref(),
        Some("terminator")
    );

    let fold = page.query_selector(".fold").unwrap().unwrap();
    let told = fold.text_content().unwrap();
    assert!(told.contains("49,981 more lines — message content"), "{told}");
    let place = fold.get_bounding_client_rect().top();
    click(&page, ".fold[aria-expanded=false]").await;
    let fold = page.query_selector(".fold[aria-expanded=true]").unwrap().unwrap();
    assert!(
        (fold.get_bounding_client_rect().top() - place).abs() < 1.0,
        "it is somewhere else"
    );
    let rows = all(&page, "[data-line]");
    assert!((30..150).contains(&rows.len()), "{} rows", rows.len());
    assert_eq!(all(&page, "[data-part=terminator]").len(), 0);

    let log = page.query_selector("[role=log]").unwrap().unwrap();
    log.set_scroll_top(0);
    drawn().await;
    let rows = all(&page, "[data-line]");
    assert_eq!(rows[0].get_attribute("data-line").as_deref(), Some("1"));
    assert!(rows.len() < 150, "{} rows", rows.len());
    click(&page, "[aria-label=Live]").await;
    let rows = all(&page, "[data-line]");
    assert_eq!(
        rows.last().unwrap().get_attribute("data-line").as_deref(),
        Some("50005")
    );
    assert!(page.query_selector("[aria-label=Live]").unwrap().is_none());
    page.remove();
}

#[wasm_bindgen_test]
async fn rows_that_wrap_leave_no_hole_and_do_not_overlap() {
    let mut recorded = greeted();
    recorded.client(1, "RETR 1").server("+OK\r\n\r\n");
    for length in [10, 500, 3000, 9000] {
        recorded.server(format!(
            "{}\r\n{}\r\n",
            "x".repeat(length),
            "日本語 ".repeat(length / 4)
        ));
    }
    recorded.server(".\r\n");
    let (page, _session) = page(recorded.messages()).await;
    let rows: Vec<_> = all(&page, "[data-line]")
        .iter()
        .map(Element::get_bounding_client_rect)
        .collect();
    assert!(rows.len() > 3);
    for pair in rows.windows(2) {
        let between = pair[1].top() - pair[0].bottom();
        assert!((-0.5..8.0).contains(&between), "{between} px between rows");
    }
    let log = page.query_selector("[role=log]").unwrap().unwrap();
    assert!(
        log.scroll_width() <= log.client_width(),
        "the transcript scrolls sideways"
    );
    page.remove();
}

#[wasm_bindgen_test]
async fn a_password_in_clear_text_is_asked_about_and_comes_back_when_the_person_says_no() {
    let mut page = page_beyond_loopback().await;
    let field = page.say("PASS hunter2").await;
    let dialog = page.asked().unwrap();
    assert!(dialog.open());
    for part in ["aria-labelledby", "aria-describedby"] {
        let id = dialog.get_attribute(part).unwrap();
        let said = document().get_element_by_id(&id).unwrap().text_content().unwrap();
        assert!(!said.is_empty() && !said.contains("hunter2"), "{said}");
    }
    let buttons: Vec<_> = all(&dialog, "button")
        .iter()
        .filter_map(|it| it.text_content())
        .collect();
    assert_eq!(buttons, ["Send STLS first", "Send in clear text", "Cancel"]);
    assert_eq!(
        document().active_element().unwrap().text_content().unwrap(),
        buttons[0]
    );
    assert!(page.session.read(|state| state.pending.is_empty()), "it went out");

    page.answer("button:last-of-type").await;
    assert!(page.asked().is_none());
    assert_eq!(field.value(), "PASS hunter2");
    assert_eq!(field.type_(), "password");
    page.place.remove();
}

#[wasm_bindgen_test]
async fn a_dialog_that_the_browser_closes_is_answered_with_no() {
    let mut page = page_beyond_loopback().await;
    let field = page.say("PASS hunter2").await;
    page.asked().unwrap().close();
    drawn().await;
    page.draw_anew().await;
    assert!(page.asked().is_none());
    assert!(page.session.read(|state| state.ask.is_none()));
    assert_eq!(field.value(), "PASS hunter2");
    page.place.remove();
}

#[wasm_bindgen_test]
async fn a_password_in_clear_text_is_asked_about_once() {
    let mut page = page_beyond_loopback().await;
    page.say("PASS hunter2").await;
    page.answer(".danger").await;
    page.say("PASS hunter3").await;
    assert!(page.asked().is_none());
    assert_eq!(page.session.read(|state| state.pending.len()), 2);
    page.place.remove();
}

#[wasm_bindgen_test]
async fn a_hidden_line_is_nowhere_in_the_page_and_not_in_the_history() {
    let kept = window().local_storage().unwrap().unwrap();
    let line = "USER hunter2";
    kept.set_item("pop3-console:history", &format!("STAT\n{line}"))
        .unwrap();
    let mut recorded = greeted();
    recorded.client(1, line).server("-ERR what is HUNTER2?\r\n");
    let mut page = Page::draw(recorded.messages()).await;
    let shown = |page: &Page| page.place.outer_html().to_lowercase().contains("hunter2");
    assert!(shown(&page));
    let typed = recorded.late().len() as u64 - 1;
    recorded.hide(typed, By::Participant(1));
    page.session.dispatch(Action::Received(recorded.messages()));
    page.draw_anew().await;
    assert!(!shown(&page), "{}", page.place.outer_html());
    let told = page.place.text_content().unwrap();
    assert_eq!(told.matches("•••••••• hidden by you").count(), 2, "{told}");
    let history = kept.get_item("pop3-console:history").unwrap();
    assert_eq!(history.as_deref(), Some("STAT"));
    page.place.remove();
}
