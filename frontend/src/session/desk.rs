//! Signing in for somebody else's session, through a sign-in link: what the page says, without a browser.

use protocol::reply::{self, ResponseCode};
use protocol::sasl::Mechanism;
use protocol::state::Protection;
use protocol::target::DEMONSTRATION;
use protocol::tls::TlsReport;
use protocol::wire::{Bar, Desk, FromBrowser, GuestSignIn, Outcome};

use super::action::Effect;
use super::{Gone, Reach, State};
use crate::transcript::glyphs;

/// How much of what the server says is told, in characters.
const TOLD_MAX: usize = 300;

/// How much of a host or a name is told, in characters.
const SHOWN_MAX: usize = 253;

/// What the guest's page shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// The bridge has not said yet what there is.
    Waiting,
    /// The link lets nobody in any more, or the session is gone.
    Gone(Gone),
    /// The server took it.
    Done(Desk),
    /// The server refused too often.
    TriesOver(Desk),
    /// Whoever sits here can sign in, or is told why not.
    Open {
        /// What there is to know.
        desk: Desk,
        /// Whether the bridge is there.
        is_live: bool,
    },
}

/// How much of the form is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All of it.
    Open,
    /// All of it, but nothing can be sent this moment.
    Waits,
    /// Nothing can be typed now. What was typed stays.
    Closed,
    /// There is none: nobody may be led to type a password here.
    None,
}

impl State {
    /// What whoever came to sign in is shown; none to everybody else.
    pub fn guest_page(&self) -> Option<Page> {
        if self.role != Some(protocol::access::Role::SignIn) {
            return None;
        }
        let desk = self.desk.clone();
        Some(match (desk, self.reach) {
            (Some(desk), _) if desk.outcome.is_done() => Page::Done(desk),
            (Some(desk), _) if desk.tries == 0 => Page::TriesOver(desk),
            (_, Reach::Gone(why)) => Page::Gone(why),
            (Some(desk), reach) => Page::Open {
                desk,
                is_live: reach == Reach::Live,
            },
            (None, _) => Page::Waiting,
        })
    }

    /// The guest sends name and password. Nothing of them stays here.
    pub(super) fn sign_in_as_guest(&mut self, request: GuestSignIn) -> Vec<Effect> {
        let Some(desk) = self.desk.as_mut().filter(|_| self.reach == Reach::Live) else {
            return Vec::new();
        };
        if desk.bar.is_some() || desk.outcome == Outcome::Underway {
            return Vec::new();
        }
        desk.outcome = Outcome::Underway;
        vec![Effect::Send(FromBrowser::SignIn(request))]
    }

    /// Name or password cannot be sent, for that reason.
    pub(super) fn fail_as_guest(&mut self, why: String) {
        if let Some(desk) = &mut self.desk {
            desk.outcome = Outcome::Failed { why };
        }
    }
}

/// Who asks, where a sentence begins.
pub fn asker(desk: &Desk) -> String {
    if desk.asker.is_empty() {
        "The owner of this session".to_owned()
    } else {
        glyphs::plain(&desk.asker)
    }
}

/// Who asks, within a sentence.
pub fn asker_within(desk: &Desk) -> String {
    if desk.asker.is_empty() {
        "the owner of this session".to_owned()
    } else {
        asker(desk)
    }
}

/// The host.
pub fn host(desk: &Desk) -> String {
    let host: String = desk.host.chars().take(SHOWN_MAX).collect();
    glyphs::plain(&host)
}

/// What the server is called in a sentence: the host, or that it is the demonstration mailbox.
pub fn called(desk: &Desk, demonstrates: bool) -> String {
    match demonstrates {
        true => DEMONSTRATION.to_owned(),
        false => host(desk),
    }
}

/// What the browser shows as the page's name.
pub fn title(desk: &Desk, demonstrates: bool) -> String {
    match &desk.host[..] {
        "" => "Sign in · pop3·console".to_owned(),
        _ => format!("Sign in to {} · pop3·console", called(desk, demonstrates)),
    }
}

/// What protects the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// TLS, with the server that is meant.
    Verified,
    /// Nothing, and it does not leave the machine.
    Within,
    /// Not what a password needs.
    Unsafe,
}

/// What protects the line, and that in words; none where there is none.
pub fn protection(desk: &Desk) -> Option<(Line, String)> {
    let tls = desk.certificate.as_ref();
    let version = tls.map(|it| it.version.as_str()).filter(|it| !it.is_empty());
    let version = version.unwrap_or("TLS");
    Some(match desk.protection {
        _ if desk.bar == Some(Bar::NotConnected) => return None,
        Protection::Verified => {
            let name = tls.map_or_else(|| host(desk), |it| glyphs::plain(&it.name));
            if desk.bar == Some(Bar::OtherName) {
                let told = format!(
                    "{version}; the certificate is for {name}, and not for {}",
                    host(desk)
                );
                return Some((Line::Unsafe, told));
            }
            let told = format!("{version}; the certificate is trusted and is for {name}");
            (Line::Verified, told)
        }
        Protection::Unverified => (
            Line::Unsafe,
            format!("{version}; nobody verified the certificate"),
        ),
        Protection::None if desk.loopback => (
            Line::Within,
            "Not encrypted; it does not leave the machine that the console runs on".to_owned(),
        ),
        Protection::None => (Line::Unsafe, "Not encrypted".to_owned()),
    })
}

/// What TLS came to, while there is a connection.
pub fn certificate(desk: &Desk) -> Option<&TlsReport> {
    let is_connected = desk.bar != Some(Bar::NotConnected);
    desk.certificate.as_ref().filter(|_| is_connected)
}

/// Whose word it is that the certificate is the server's.
pub fn issuer(desk: &Desk) -> Option<String> {
    let certificate = certificate(desk)?.chain.first()?;
    Some(glyphs::plain(&certificate.issuer))
}

/// How much of the form is there.
pub fn form(desk: &Desk, is_live: bool) -> Form {
    match desk.bar {
        Some(Bar::ClearText | Bar::NotVerified | Bar::OtherName | Bar::SignedIn) => Form::None,
        Some(Bar::NotConnected) => Form::Closed,
        _ if desk.outcome == Outcome::Underway => Form::Closed,
        Some(Bar::Busy) => Form::Waits,
        None if is_live => Form::Open,
        None => Form::Waits,
    }
}

/// Why nobody can sign in now, and what helps.
pub fn barred(desk: &Desk) -> Option<String> {
    let bar = desk.bar?;
    let who = asker_within(desk);
    let helps = match bar {
        Bar::ClearText => format!(" Ask {who} to connect with TLS or STLS."),
        Bar::NotVerified => {
            format!(" Ask {who} to connect to a name that the server has a trusted certificate for.")
        }
        Bar::OtherName => format!(" Ask {who} to connect without a certificate name of their own."),
        Bar::NotConnected => " This page notices when it is.".to_owned(),
        Bar::SignedIn => " Nothing is left for you to do, unless that ends.".to_owned(),
        Bar::Busy => String::new(),
    };
    Some(format!("{}{helps}", bar.sentence()))
}

/// What became of the last sign-in, and how often it can be tried again; none where there was none.
pub fn told(desk: &Desk) -> Option<String> {
    match &desk.outcome {
        Outcome::Waiting | Outcome::Underway | Outcome::Done | Outcome::Unproven => None,
        Outcome::Refused { said } => {
            let left = match desk.tries {
                0 => String::new(),
                1 => " You can try once more.".to_owned(),
                left => format!(" You can try {left} more times."),
            };
            let code = reply::response_code(said.as_bytes());
            let code = code.and_then(|range| ResponseCode::find(said.as_bytes().get(range)?));
            let meaning = code.map_or_else(String::new, |code| format!(" {}", code.explanation));
            let said = if said.is_empty() {
                ".".to_owned()
            } else {
                format!(": {}.", glyphs::quoted(said, TOLD_MAX))
            };
            Some(format!("The server refused{said}{meaning}{left}"))
        }
        Outcome::Failed { why } => Some(glyphs::plain(why)),
    }
}

/// What it means that the server did not prove that it knows the password, behind a sentence's beginning that says so.
pub fn unproven(desk: &Desk) -> String {
    format!(
        ", as SCRAM asks of it: it may not be the server that it says it is, or not do as it should. It was not sent your \
         password itself. Tell {}, and whoever runs {}.",
        asker_within(desk),
        host(desk)
    )
}

/// The mechanisms to choose from; empty where there is no choice.
pub fn choices(desk: &Desk) -> &[Mechanism] {
    match desk.mechanisms.as_slice() {
        [] | [_] => &[],
        several => several,
    }
}

#[cfg(test)]
mod tests {
    use protocol::access::Role;
    use protocol::secret::TypedLine;
    use protocol::tls::Verdict;
    use protocol::wire::ToBrowser;

    use super::*;
    use crate::session::Action;

    fn desk(bar: Option<Bar>, outcome: Outcome) -> Desk {
        Desk {
            host: "mail.company.com".to_owned(),
            port: 995,
            connection: 1,
            asker: "anna".to_owned(),
            protection: Protection::Verified,
            loopback: false,
            certificate: None,
            mechanisms: vec![Mechanism::Plain, Mechanism::UserPass],
            bar,
            outcome,
            tries: 5,
        }
    }

    fn guest(desk: Desk) -> State {
        let mut state = State::new("s".to_owned(), "t".to_owned(), None);
        (state.role, state.reach) = (Some(Role::SignIn), Reach::Live);
        state.reduce(Action::Received(vec![ToBrowser::Desk(desk)]));
        state
    }

    fn request() -> GuestSignIn {
        GuestSignIn {
            connection: 1,
            mechanism: None,
            user: "user01".to_owned(),
            password: TypedLine::new(b"password01".to_vec()),
        }
    }

    #[test]
    fn a_password_is_sent_once_and_only_where_nothing_speaks_against_it() {
        let mut state = guest(desk(None, Outcome::Waiting));
        let effects = state.reduce(Action::GuestSignsIn(request()));
        assert!(matches!(effects[..], [Effect::Send(FromBrowser::SignIn(_))]));
        assert!(state.reduce(Action::GuestSignsIn(request())).is_empty());
        let bars = [
            Bar::NotConnected,
            Bar::ClearText,
            Bar::NotVerified,
            Bar::SignedIn,
            Bar::Busy,
            Bar::OtherName,
        ];
        for bar in bars {
            let mut state = guest(desk(Some(bar), Outcome::Waiting));
            assert!(
                state.reduce(Action::GuestSignsIn(request())).is_empty(),
                "{bar:?}"
            );
        }
        let mut away = guest(desk(None, Outcome::Waiting));
        away.reach = Reach::Lost(0);
        assert!(away.reduce(Action::GuestSignsIn(request())).is_empty());
    }

    #[test]
    fn nobody_is_led_to_type_a_password_where_it_must_not_go() {
        let of = |bar| form(&desk(bar, Outcome::Waiting), true);
        assert_eq!(of(None), Form::Open);
        assert_eq!(of(Some(Bar::Busy)), Form::Waits);
        assert_eq!(of(Some(Bar::NotConnected)), Form::Closed);
        for bar in [Bar::ClearText, Bar::NotVerified, Bar::OtherName, Bar::SignedIn] {
            assert_eq!(of(Some(bar)), Form::None, "{bar:?}");
        }
        assert_eq!(form(&desk(None, Outcome::Waiting), false), Form::Waits);
        assert_eq!(form(&desk(None, Outcome::Underway), true), Form::Closed);
    }

    #[test]
    fn a_host_whose_certificate_is_for_another_name_is_not_shown_as_verified() {
        let desk = Desk {
            certificate: Some(TlsReport {
                version: "TLSv1.3".to_owned(),
                cipher: String::new(),
                name: "mail.evil.example".to_owned(),
                verdict: Verdict::Verified,
                chain: Vec::new(),
                took: 0,
            }),
            ..desk(Some(Bar::OtherName), Outcome::Waiting)
        };
        let told = "TLSv1.3; the certificate is for mail.evil.example, and not for mail.company.com";
        assert_eq!(protection(&desk), Some((Line::Unsafe, told.to_owned())));
    }

    #[test]
    fn what_the_server_said_is_quoted_and_told_with_the_tries_that_are_left() {
        let refused = |tries| Desk {
            tries,
            ..desk(
                None,
                Outcome::Refused {
                    said: "-ERR [AUTH] no\u{202e}”".to_owned(),
                },
            )
        };
        let text = told(&refused(2)).unwrap();
        assert!(text.starts_with("The server refused: “-ERR [AUTH] no"), "{text}");
        assert!(
            !text.contains('\u{202e}') && text.ends_with("You can try 2 more times."),
            "{text}"
        );
        assert!(told(&refused(1)).unwrap().ends_with("You can try once more."));
        assert!(matches!(guest(refused(0)).guest_page(), Some(Page::TriesOver(_))));
    }

    #[test]
    fn the_result_stays_when_the_link_is_used_up_by_it() {
        let mut state = guest(desk(None, Outcome::Done));
        state.reach = Reach::Gone(Gone::NoSession);
        assert!(matches!(state.guest_page(), Some(Page::Done(_))));
        let mut other = guest(desk(None, Outcome::Waiting));
        other.reach = Reach::Gone(Gone::NoSession);
        assert_eq!(other.guest_page(), Some(Page::Gone(Gone::NoSession)));
        other.role = Some(Role::Watch);
        assert_eq!(other.guest_page(), None);
    }
}
