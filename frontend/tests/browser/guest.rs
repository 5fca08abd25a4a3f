//! The page of whoever came to sign in.

use frontend::components::guest_sign_in::{GuestPart, GuestProps};
use protocol::access::Role;
use protocol::sasl::Mechanism;
use protocol::state::Protection;
use protocol::wire::{Bar, Desk, Outcome, Welcome};

use super::*;

fn desk(bar: Option<Bar>, protection: Protection) -> Desk {
    Desk {
        host: "mail.company.com".to_owned(),
        port: 110,
        connection: 1,
        asker: "anna".to_owned(),
        protection,
        loopback: false,
        certificate: None,
        mechanisms: vec![Mechanism::UserPass],
        bar,
        outcome: Outcome::Waiting,
        tries: 5,
    }
}

struct Guest {
    place: Element,
    session: Session,
    view: AppHandle<GuestPart>,
}

impl Guest {
    async fn draw(desk: Desk) -> Self {
        let mut state = State::new("k3v9q2".to_owned(), "token".to_owned(), None);
        let ToBrowser::Welcome(welcome) = welcome(1, 0, 0) else {
            panic!()
        };
        let welcome = Welcome {
            role: Role::SignIn,
            link: Some(1),
            ..welcome
        };
        state.reduce(Action::Received(vec![
            ToBrowser::Welcome(welcome),
            ToBrowser::Desk(desk),
        ]));
        let session = Session::detached(state);
        let place = place();
        let props = GuestProps {
            demonstrates: false,
            session: session.clone(),
            onnew: Callback::noop(),
        };
        let view = yew::Renderer::<GuestPart>::with_root_and_props(place.clone(), props).render();
        drawn().await;
        Self { place, session, view }
    }

    async fn told(&mut self, desk: Desk) {
        self.session
            .dispatch(Action::Received(vec![ToBrowser::Desk(desk)]));
        self.draw_anew().await;
    }

    async fn draw_anew(&mut self) {
        self.session = self.session.anew();
        let props = GuestProps {
            demonstrates: false,
            session: self.session.clone(),
            onnew: Callback::noop(),
        };
        self.view.update(props);
        drawn().await;
    }

    fn text(&self) -> String {
        self.place.text_content().unwrap_or_default()
    }

    fn field(&self, name: &str) -> Option<HtmlInputElement> {
        let found = self
            .place
            .query_selector(&format!("input[aria-label='{name}']"))
            .unwrap();
        found.map(|it| it.dyn_into().unwrap())
    }
}

#[wasm_bindgen_test]
async fn in_clear_text_beyond_loopback_there_is_no_field_for_a_password() {
    let mut guest = Guest::draw(desk(Some(Bar::ClearText), Protection::None)).await;
    let text = guest.text();
    assert!(
        text.contains("anna asks you to sign in") && text.contains("mail.company.com, port 110"),
        "{text}"
    );
    assert!(
        text.contains("not encrypted") && text.contains("Ask anna to connect with TLS or STLS."),
        "{text}"
    );
    assert!(guest.field("Password").is_none() && guest.field("User name").is_none());
    guest.told(desk(None, Protection::Verified)).await;
    assert!(guest.field("Password").is_some());
    guest.place.remove();
}

#[wasm_bindgen_test]
async fn a_guests_password_is_in_its_field_alone_and_gone_once_it_is_sent() {
    let mut guest = Guest::draw(desk(None, Protection::Verified)).await;
    let (user, password) = (
        guest.field("User name").unwrap(),
        guest.field("Password").unwrap(),
    );
    assert_eq!(
        (password.type_(), password.autocomplete()),
        ("password".to_owned(), "one-time-code".to_owned())
    );
    user.set_value("user01");
    password.set_value("hunter2");
    assert!(!guest.place.outer_html().contains("hunter2"));
    click(&guest.place, "[type=submit]").await;
    guest.draw_anew().await;
    assert_eq!(password.value(), "");
    assert_eq!(
        guest.session.read(|state| state.desk.clone().unwrap().outcome),
        Outcome::Underway
    );
    assert!(guest.text().contains("Waiting for the server"));

    let refused = Outcome::Refused {
        said: "-ERR <b>no</b>".to_owned(),
    };
    guest
        .told(Desk {
            outcome: refused,
            tries: 1,
            ..desk(None, Protection::Verified)
        })
        .await;
    let text = guest.text();
    assert!(
        text.contains("<b>no</b>") && text.contains("You can try once more."),
        "{text}"
    );
    assert_eq!(user.value(), "user01");
    guest
        .told(Desk {
            outcome: Outcome::Done,
            ..desk(Some(Bar::SignedIn), Protection::Verified)
        })
        .await;
    assert!(guest.text().contains("You are signed in") && guest.field("Password").is_none());
    assert!(!guest.text().contains("did not prove"));
    guest
        .told(Desk {
            outcome: Outcome::Unproven,
            ..desk(Some(Bar::SignedIn), Protection::Verified)
        })
        .await;
    let text = guest.text();
    assert!(
        text.contains("You are signed in") && text.contains("did not prove that it knows your password"),
        "{text}"
    );
    guest.place.remove();
}
