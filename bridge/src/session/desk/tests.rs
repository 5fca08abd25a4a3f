use protocol::target::{Family, Security, Target};

use super::*;

fn state(phase: Phase, protection: Protection, loopback: bool) -> State {
    State {
        phase,
        protection,
        loopback,
        target: Some(target("127.0.0.1")),
        ..State::default()
    }
}

fn target(host: &str) -> Target {
    Target {
        host: host.to_owned(),
        port: 110,
        security: Security::Plain,
        verify: true,
        name: None,
        family: Family::Any,
    }
}

#[test]
fn a_name_that_leads_to_this_machine_is_not_this_machine() {
    let desk = SignInDesk::new(Vec::new());
    let bar = |host: &str| {
        let state = state(Phase::Authorization, Protection::None, true);
        desk.moved(
            1,
            &State {
                target: Some(target(host)),
                ..state
            },
        );
        desk.bar(2)
    };
    for host in [
        "localhost",
        "LocalHost",
        "127.0.0.1",
        "127.1.2.3",
        "::1",
        "::ffff:127.0.0.1",
    ] {
        assert_eq!(bar(host), None, "{host}");
    }
    for host in [
        "mail.company.com",
        "localhost.company.com",
        "127.1",
        "192.0.2.1",
        "",
    ] {
        assert_eq!(bar(host), Some(Bar::ClearText), "{host}");
    }
}

#[test]
fn a_password_goes_out_to_a_verified_server_or_within_this_machine_alone() {
    let desk = SignInDesk::new(Vec::new());
    assert_eq!(desk.bar(2), Some(Bar::NotConnected));
    let bar = |phase, protection, loopback| {
        desk.moved(1, &state(phase, protection, loopback));
        desk.bar(2)
    };
    let here = Phase::Authorization;
    assert_eq!(bar(here, Protection::None, false), Some(Bar::ClearText));
    assert_eq!(bar(here, Protection::None, true), None);
    assert_eq!(bar(here, Protection::Verified, false), None);
    for loopback in [false, true] {
        assert_eq!(
            bar(here, Protection::Unverified, loopback),
            Some(Bar::NotVerified)
        );
    }
    for phase in [Phase::Transaction, Phase::Update] {
        assert_eq!(bar(phase, Protection::Verified, true), Some(Bar::SignedIn));
    }
    for phase in [
        Phase::NotConnected,
        Phase::Greeting,
        Phase::Securing,
        Phase::StartingTls,
        Phase::TlsRefused,
        Phase::Closed,
    ] {
        assert_eq!(
            bar(phase, Protection::Verified, true),
            Some(Bar::NotConnected),
            "{phase:?}"
        );
    }
}

#[test]
fn a_certificate_for_another_name_than_the_host_does_not_verify_the_host() {
    let desk = SignInDesk::new(Vec::new());
    let bar = |name: Option<&str>| {
        let mut state = state(Phase::Authorization, Protection::Verified, false);
        let target = target("mail.company.com");
        let name = name.map(str::to_owned);
        state.target = Some(Target { name, ..target });
        desk.moved(1, &state);
        desk.bar(2)
    };
    assert_eq!(bar(Some("mail.evil.example")), Some(Bar::OtherName));
    assert_eq!(bar(Some("Mail.Company.com")), None);
    assert_eq!(bar(None), None);
}

#[test]
fn one_signs_in_at_a_time_and_each_is_told_what_became_of_their_own() {
    let desk = SignInDesk::new(Vec::new());
    desk.moved(1, &state(Phase::Authorization, Protection::Verified, false));
    desk.is_busy(true);
    assert_eq!(desk.bar(2), Some(Bar::Busy));
    desk.is_busy(false);
    desk.begins(2);
    assert_eq!((desk.bar(2), desk.bar(3)), (None, Some(Bar::Busy)));
    let refused = Outcome::Refused { said: "-ERR".into() };
    assert_eq!(desk.ends(2, 7, refused.clone()), TRIES_MAX - 1);
    let shown = |guest, link| desk.shown(guest, link, String::new());
    assert_eq!(
        (shown(2, 7).outcome, shown(3, 7).outcome),
        (refused, Outcome::Waiting)
    );
    assert_eq!((shown(2, 7).tries, shown(3, 8).tries), (TRIES_MAX - 1, TRIES_MAX));
    let failed = Outcome::Failed {
        why: "It ended.".into(),
    };
    assert_eq!(
        desk.ends(2, 7, failed),
        TRIES_MAX - 1,
        "only the server's refusals count"
    );
}
