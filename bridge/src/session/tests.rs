//! What each request needs of whoever makes it.

use protocol::access::{Handing, Keep};
use protocol::secret::TypedLine;
use protocol::target::{Family, Security, Target};
use protocol::wire::GuestSignIn;

use super::*;

/// Who may ask for something.
#[derive(Clone, Copy)]
enum May {
    /// Whoever has control, whatever they came as; who came to sign in has it never.
    HasControl,
    Owner,
    /// Everybody but who came to sign in.
    TakesPart,
    CameToSignIn,
    Anybody,
}

impl May {
    fn ask(self, role: Role, has_control: bool) -> bool {
        match self {
            Self::HasControl => has_control && role != Role::SignIn,
            Self::Owner => role == Role::Owner,
            Self::TakesPart => role != Role::SignIn,
            Self::CameToSignIn => role == Role::SignIn,
            Self::Anybody => true,
        }
    }
}

/// A request of each kind, one after the other, and who may make it.
fn behind(request: Option<&FromBrowser>) -> Option<(FromBrowser, May)> {
    let line = |text: &[u8]| TypedLine::new(text.to_vec());
    // Without `_`, so that a new kind of request takes a line here.
    Some(match request {
        None => (
            FromBrowser::Line {
                id: 1,
                connection: 1,
                line: line(b"NOOP"),
            },
            May::HasControl,
        ),
        Some(FromBrowser::Line { .. }) => (
            FromBrowser::Response {
                id: 1,
                connection: 1,
                line: line(b"AGEAYg=="),
            },
            May::HasControl,
        ),
        Some(FromBrowser::Response { .. }) => {
            let target = Target {
                host: "localhost".into(),
                port: 110,
                security: Security::Plain,
                verify: true,
                name: None,
                family: Family::Any,
            };
            (FromBrowser::Connect { target }, May::HasControl)
        }
        Some(FromBrowser::Connect { .. }) => {
            (FromBrowser::ContinueInClear { connection: 1 }, May::HasControl)
        }
        Some(FromBrowser::ContinueInClear { .. }) => (
            FromBrowser::KeepAlive {
                connection: 1,
                on: true,
            },
            May::HasControl,
        ),
        Some(FromBrowser::KeepAlive { .. }) => (FromBrowser::Hide { seq: 1 }, May::HasControl),
        Some(FromBrowser::Hide { .. }) => (FromBrowser::Disconnect { connection: 1 }, May::HasControl),
        Some(FromBrowser::Disconnect { .. }) => (FromBrowser::End, May::Owner),
        Some(FromBrowser::End) => (FromBrowser::Keep(Keep::Nothing), May::Owner),
        Some(FromBrowser::Keep(_)) => (
            FromBrowser::Note {
                seq: 1,
                line: 0,
                text: "look".into(),
            },
            May::TakesPart,
        ),
        Some(FromBrowser::Note { .. }) => (FromBrowser::Name("anna".into()), May::TakesPart),
        Some(FromBrowser::Name(_)) => (FromBrowser::Typing(true), May::TakesPart),
        Some(FromBrowser::Typing(_)) => (FromBrowser::AskForControl, May::TakesPart),
        // Whose control somebody may give or take is not asked here.
        Some(FromBrowser::AskForControl) => (
            FromBrowser::Hand {
                participant: 2,
                how: Handing::Granted,
            },
            May::TakesPart,
        ),
        Some(FromBrowser::Hand { .. }) => {
            let asked = GuestSignIn {
                connection: 1,
                mechanism: None,
                user: "user01".into(),
                password: line(b"password01"),
            };
            (FromBrowser::SignIn(asked), May::CameToSignIn)
        }
        Some(FromBrowser::SignIn(_)) => (FromBrowser::Beat, May::Anybody),
        Some(FromBrowser::Beat) => return None,
    })
}

#[test]
fn each_role_may_ask_for_its_own_things_only() {
    let mut next = behind(None);
    while let Some((request, may)) = next {
        for role in [Role::Owner, Role::Control, Role::Watch, Role::SignIn] {
            for has_control in [false, true] {
                let is_let = needs(&request).forbids(role, has_control).is_none();
                assert_eq!(
                    is_let,
                    may.ask(role, has_control),
                    "{request:?} {role:?} {has_control}"
                );
            }
        }
        next = behind(Some(&request));
    }
}
