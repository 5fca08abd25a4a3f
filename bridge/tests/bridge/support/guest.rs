//! Whoever came through a sign-in link.

use protocol::access::Role;
use protocol::sasl::Mechanism;
use protocol::secret::TypedLine;
use protocol::wire::{FromBrowser, GuestSignIn};
use serde_json::json;

use super::{Bridge, Browser, Key};

impl Browser {
    /// Comes through a new sign-in link to that session.
    pub(crate) async fn guest(bridge: &Bridge, owner: &Key) -> Self {
        let (_, key) = bridge.link(owner, json!({ "role": "sign-in" })).await;
        let guest = Self::join_as(bridge, &key, "").await;
        assert_eq!(guest.welcome.role, Role::SignIn);
        guest
    }

    /// Signs in as user01, by the bridge's own choice of a mechanism where none is given.
    pub(crate) async fn sign_in(&mut self, mechanism: Option<Mechanism>, password: &str) {
        let request = GuestSignIn {
            connection: self.desks.last().map_or(0, |desk| desk.connection),
            mechanism,
            user: "user01".to_owned(),
            password: TypedLine::new(password.as_bytes().to_vec()),
        };
        self.ask(FromBrowser::SignIn(request)).await;
    }
}
