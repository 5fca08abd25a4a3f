//! What stays secret, and what is verified, whatever happens meanwhile.

use super::*;

#[test]
fn a_response_that_comes_back_is_still_a_secret() {
    let (_, mut state) = signed_in();
    let typed = Typed::new("AGEAYg==".to_owned(), Expectation::Response);
    state.reduce(Action::Submit(9, typed));
    assert_eq!(state.pending[0].typed.shown(), "••••••••");
    state.reduce(Action::Received(vec![ToBrowser::Refused {
        id: Some(9),
        why: Refusal::NotConnected,
    }]));
    let returned = state.returned.as_ref().map(|(_, it)| it.has_secret());
    assert_eq!(returned, Some(true));
    state.reduce(Action::Taken);
    assert!(state.returned.is_none(), "it is kept nowhere else");
}

#[test]
fn a_response_may_come_too_late_for_a_refused_auth() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "AUTH PLAIN")
        .server("-ERR no\r\n");
    let state = live(recorded.messages());
    assert_eq!(state.expects(), Expectation::LateResponse);
}

#[test]
fn passing_over_a_certificate_is_for_one_connection() {
    let (_, mut state) = signed_in();
    let verifies = |effects: Vec<Effect>| match effects.as_slice() {
        [Effect::Send(FromBrowser::Connect { target })] => Some(target.verify),
        _ => None,
    };
    assert_eq!(
        verifies(state.reduce(Action::Reconnect { verify: Some(false) })),
        Some(false)
    );
    state.now.target = Some(Target {
        verify: false,
        ..target()
    });
    assert_eq!(
        verifies(state.reduce(Action::Reconnect { verify: None })),
        Some(true)
    );
}
