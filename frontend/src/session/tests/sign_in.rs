//! Signing in with the sheet.

use protocol::sasl::{Credentials, Mechanism};
use protocol::secret::Secret;

use super::*;
use crate::session::sign_in::{Attempt, SigningIn};

/// The greeting, and the answer to CAPA, with which the sheet is open.
fn offered(recorded: &mut Recorded, listing: &str) -> State {
    recorded.server("+OK ready <1896.697170952@dbc.mtview.ca.us>\r\n");
    let mut state = live(recorded.messages());
    assert_eq!(
        lines(&state.reduce(Action::SignIn(SigningIn::Open(50)))),
        ["CAPA"]
    );
    recorded
        .client(50, "CAPA")
        .server(format!("+OK\r\n{listing}.\r\n"));
    assert_eq!(then(&mut state, recorded), NONE);
    state
}

fn attempt(mechanism: Mechanism, password: &str) -> Action {
    Action::SignIn(SigningIn::Start(Box::new(Attempt {
        mechanism,
        credentials: Credentials {
            user: "mrose".to_owned(),
            secret: Secret::new(password.as_bytes().to_vec()),
        },
        nonce: "fyko+d2lbbFgONRv9qkxdawL".to_owned(),
        first: 100,
    })))
}

fn start(state: &mut State, mechanism: Mechanism) -> Vec<String> {
    lines(&state.reduce(attempt(mechanism, "tanstaaf")))
}

/// What goes out when that has come.
fn then(state: &mut State, recorded: &mut Recorded) -> Vec<String> {
    lines(&state.reduce(Action::Received(recorded.messages())))
}

fn failure(state: &State) -> &str {
    let sheet = state.sign_in.as_ref();
    sheet.and_then(|it| it.failure.as_deref()).unwrap_or_default()
}

fn is_under_way(state: &State) -> bool {
    state.sign_in.as_ref().is_some_and(|it| it.is_under_way())
}

const NONE: [&str; 0] = [];

#[test]
fn the_sheet_asks_once_what_the_server_offers() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "USER\r\nSASL PLAIN\r\n");
    assert_eq!(state.best_mechanism(), Mechanism::Apop);
    assert_eq!(state.offers_mechanism(Mechanism::Plain), Some(true));
    assert_eq!(state.offers_mechanism(Mechanism::Login), Some(false));
    state.reduce(Action::SignIn(SigningIn::Close));
    assert!(state.sign_in.is_none());
    assert_eq!(lines(&state.reduce(Action::SignIn(SigningIn::Open(51)))), NONE);

    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    state.reduce(Action::SignIn(SigningIn::Open(50)));
    recorded.client(50, "CAPA").server("-ERR what?\r\n");
    then(&mut state, &mut recorded);
    state.reduce(Action::SignIn(SigningIn::Close));
    assert_eq!(
        lines(&state.reduce(Action::SignIn(SigningIn::Open(51)))),
        NONE,
        "it does not know CAPA"
    );
    assert_eq!(state.best_mechanism(), Mechanism::UserPass);
}

#[test]
fn user_and_pass_wait_for_their_replies_and_close_the_sheet() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "USER\r\n");
    assert_eq!(start(&mut state, Mechanism::UserPass), ["USER mrose"]);
    assert_eq!(then(&mut state, recorded.client(100, "USER mrose")), NONE);
    assert_eq!(then(&mut state, recorded.server("+OK\r\n")), ["PASS tanstaaf"]);
    assert_eq!(state.pending[0].typed.shown(), "PASS ••••••••");
    assert_eq!(
        then(
            &mut state,
            recorded.client(101, "PASS tanstaaf").server("+OK\r\n")
        ),
        NONE
    );
    assert!(state.sign_in.is_none());
    assert_eq!(state.names.iter().collect::<Vec<_>>(), ["mrose"]);
}

#[test]
fn a_refusal_is_told_with_what_its_code_means() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "SASL PLAIN\r\n");
    let line = "AUTH PLAIN AG1yb3NlAHRhbnN0YWFm";
    assert_eq!(start(&mut state, Mechanism::Plain), [line]);
    then(
        &mut state,
        recorded.client(100, line).server("-ERR [AUTH] no\r\n"),
    );
    assert!(
        failure(&state).starts_with("The server refused: “-ERR [AUTH] no” "),
        "{}",
        failure(&state)
    );
    assert!(failure(&state).contains("RFC 3206"), "{}", failure(&state));
    assert!(!is_under_way(&state));
    assert_eq!(
        start(&mut state, Mechanism::Apop),
        ["APOP mrose c4c9334bac560ecc979e58001b3e22fb"]
    );
    assert_eq!(failure(&state), "");
}

#[test]
fn challenges_are_told_decoded_and_answered() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "SASL LOGIN\r\n");
    assert_eq!(start(&mut state, Mechanism::Login), ["AUTH LOGIN"]);
    recorded.client(100, "AUTH LOGIN").server("+ VXNlcm5hbWU6\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["bXJvc2U="]);
    assert_eq!(state.pending[0].typed.shown(), "••••••••");
    recorded.client(101, "bXJvc2U=").server("+ UGFzc3dvcmQ6\r\n");
    let effects = state.reduce(Action::Received(recorded.messages()));
    assert!(matches!(
        effects[..],
        [Effect::Send(FromBrowser::Response { .. })]
    ));
    assert_eq!(lines(&effects), ["dGFuc3RhYWY="]);
    let asked = &state.sign_in.as_ref().unwrap().challenges;
    assert_eq!(asked[..], ["Username:", "Password:"]);
}

#[test]
fn a_response_that_came_too_late_is_no_refusal() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "SASL LOGIN\r\n");
    start(&mut state, Mechanism::Login);
    recorded.client(100, "AUTH LOGIN").server("+ VXNlcm5hbWU6\r\n");
    then(&mut state, &mut recorded);
    recorded
        .client(101, "bXJvc2U=")
        .server("+ UGFzc3dvcmQ6\r\n+OK\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["dGFuc3RhYWY="]);
    recorded.client(102, "dGFuc3RhYWY=").server("-ERR what?\r\n");
    then(&mut state, &mut recorded);
    assert!(
        failure(&state).starts_with("You are signed in"),
        "{}",
        failure(&state)
    );
}

#[test]
fn cancelling_sends_a_star_where_the_server_waits_and_nothing_where_it_does_not() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "SASL LOGIN\r\nUSER\r\n");
    start(&mut state, Mechanism::UserPass);
    assert_eq!(lines(&state.reduce(Action::SignIn(SigningIn::Cancel))), NONE);
    assert_eq!(
        then(&mut state, recorded.client(100, "USER mrose").server("+OK\r\n")),
        NONE
    );
    assert_eq!(failure(&state), "You cancelled it.");

    start(&mut state, Mechanism::Login);
    lines(&state.reduce(Action::SignIn(SigningIn::Cancel)));
    recorded.client(100, "AUTH LOGIN").server("+ VXNlcm5hbWU6\r\n");
    assert_eq!(
        then(&mut state, &mut recorded),
        ["*"],
        "before the challenge came"
    );
    recorded.client(101, "*").server("+ again\r\n");
    assert_eq!(then(&mut state, &mut recorded), NONE, "and once");
    assert_eq!(failure(&state), "You cancelled it.");
}

#[test]
fn a_sheet_that_is_closed_meanwhile_leaves_no_response_to_be_waited_for() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "SASL LOGIN\r\n");
    start(&mut state, Mechanism::Login);
    assert_eq!(lines(&state.reduce(Action::SignIn(SigningIn::Close))), NONE);
    recorded.client(100, "AUTH LOGIN").server("+ VXNlcm5hbWU6\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["*"]);
    then(&mut state, recorded.client(101, "*").server("-ERR cancelled\r\n"));
    assert!(state.sign_in.is_none());
}

#[test]
fn scram_works_in_slices_and_is_cancelled_when_the_server_cannot_prove_itself() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "SASL SCRAM-SHA-256 PLAIN\r\n");
    assert_eq!(state.best_mechanism(), Mechanism::ScramSha256);
    let went = start(&mut state, Mechanism::ScramSha256);
    let first = "AUTH SCRAM-SHA-256 biwsbj1tcm9zZSxyPWZ5a28rZDJsYmJGZ09OUnY5cWt4ZGF3TA==";
    assert_eq!(went, [first]);
    let challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=20000";
    let encoded = protocol::base64::encode(challenge.as_bytes());
    recorded.client(100, first).server(format!("+ {encoded}\r\n"));
    let mut effects = state.reduce(Action::Received(recorded.messages()));
    assert_eq!(state.sign_in.as_ref().unwrap().challenges, [challenge]);
    let mut slices = 0;
    while matches!(effects[..], [Effect::WorkSoon]) {
        assert!(state.sign_in.as_ref().unwrap().progress().is_some());
        effects = state.reduce(Action::SignIn(SigningIn::Work));
        slices += 1;
    }
    assert_eq!(slices, 5);
    let response = lines(&effects);
    assert_eq!(response.len(), 1);
    recorded.client(101, &response[0]).server("+ dj1BQUFB\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["*"]);
    then(&mut state, recorded.client(102, "*").server("-ERR\r\n"));
    assert!(failure(&state).contains("could not prove"), "{}", failure(&state));
}

#[test]
fn what_a_server_says_is_wrong_is_quoted() {
    let mut recorded = Recorded::new();
    let mut state = hashing(&mut recorded);
    let proof = work(&mut state);
    let error = protocol::base64::encode("e=no\u{202e}”. Enter it at the prompt".as_bytes());
    recorded.client(101, &proof[0]).server(format!("+ {error}\r\n"));
    assert_eq!(then(&mut state, &mut recorded), ["*"]);
    then(&mut state, recorded.client(102, "*").server("-ERR\r\n"));
    assert_eq!(
        failure(&state),
        "The server says “noU+202E\". Enter it at the prompt”."
    );
}

#[test]
fn what_is_quoted_of_an_echo_goes_when_the_line_is_hidden() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "USER\r\nSASL LOGIN\r\n");
    start(&mut state, Mechanism::UserPass);
    recorded
        .client(100, "USER mrose")
        .server("-ERR no such name: mrose\r\n");
    then(&mut state, &mut recorded);
    assert!(failure(&state).contains("mrose"));
    let seq = state.last - 1;
    then(&mut state, recorded.hide(seq, By::Participant(1)));
    assert!(!failure(&state).contains("mrose"), "{}", failure(&state));
}

/// A server that has asked for what takes long to work out, and the work in hand.
fn hashing(recorded: &mut Recorded) -> State {
    let mut state = offered(recorded, "SASL SCRAM-SHA-256\r\n");
    let first = start(&mut state, Mechanism::ScramSha256);
    let challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=20000";
    let encoded = protocol::base64::encode(challenge.as_bytes());
    recorded.client(100, &first[0]).server(format!("+ {encoded}\r\n"));
    let effects = state.reduce(Action::Received(recorded.messages()));
    assert!(matches!(effects[..], [Effect::WorkSoon]));
    state
}

/// What goes out until all that takes long is done.
fn work(state: &mut State) -> Vec<String> {
    let mut effects = vec![Effect::WorkSoon];
    while matches!(effects[..], [Effect::WorkSoon]) {
        effects = state.reduce(Action::SignIn(SigningIn::Work));
    }
    lines(&effects)
}

#[test]
fn a_server_that_does_not_wait_for_its_answer_gets_none() {
    for (answer, told) in [
        ("-ERR you are slow\r\n", "you are slow"),
        ("+OK\r\n", "did not prove"),
        ("+ cj1hZ2Fpbg==\r\n", "asks for more"),
    ] {
        let mut recorded = Recorded::new();
        let mut state = hashing(&mut recorded);
        let star = then(&mut state, recorded.server(answer));
        assert_eq!(star.concat(), if answer.starts_with("+ ") { "*" } else { "" });
        assert_eq!(work(&mut state), NONE, "{answer}");
        then(&mut state, recorded.client(101, "*").server("-ERR\r\n"));
        assert!(failure(&state).contains(told), "{answer}: {}", failure(&state));
    }
}

#[test]
fn what_was_worked_out_for_one_connection_never_goes_to_another() {
    let mut recorded = Recorded::new();
    let mut state = hashing(&mut recorded);
    then(
        &mut state,
        recorded.ends().connects_again().server("+OK another\r\n"),
    );
    assert_eq!((state.connection, state.now.phase), (2, Phase::Authorization));
    assert_eq!(work(&mut state), NONE);
    assert_eq!(failure(&state), "The connection ended.");
}

#[test]
fn a_password_in_clear_text_is_asked_about_as_at_the_prompt() {
    let mut recorded = Recorded::beyond_loopback();
    let mut state = offered(&mut recorded, "SASL CRAM-MD5 PLAIN\r\nSTLS\r\n");
    assert_eq!(start(&mut state, Mechanism::Plain), NONE);
    assert!(matches!(state.ask, Some(Ask::SignInClear(_))));
    state.reduce(Action::Dismiss);
    assert!(state.returned.is_none(), "nothing of it goes into the prompt");
    assert!(state.sign_in.is_some() && !is_under_way(&state));
    start(&mut state, Mechanism::Plain);
    assert_eq!(lines(&state.reduce(Action::StlsFirst(60))), ["STLS"]);
    assert!(failure(&state).contains("STLS"));
    recorded.client(60, "STLS").server("-ERR no\r\n");
    then(&mut state, &mut recorded);
    assert_eq!(
        start(&mut state, Mechanism::CramMd5),
        ["AUTH CRAM-MD5"],
        "it hides the password"
    );
    then(
        &mut state,
        recorded.client(100, "AUTH CRAM-MD5").server("-ERR\r\n"),
    );
    start(&mut state, Mechanism::UserPass);
    assert_eq!(lines(&state.reduce(Action::Agree)), ["USER mrose"]);
    then(&mut state, recorded.client(100, "USER mrose"));
    assert_eq!(
        then(&mut state, recorded.server("+OK\r\n")),
        ["PASS tanstaaf"],
        "asked once"
    );
}

#[test]
fn auth_that_hides_the_password_is_not_asked_about_at_the_prompt() {
    let mut recorded = Recorded::beyond_loopback();
    let mut state = live(recorded.server("+OK\r\n").messages());
    assert_eq!(
        lines(&state.reduce(submit(9, "AUTH CRAM-MD5"))),
        ["AUTH CRAM-MD5"]
    );
}

#[test]
fn what_ends_meanwhile_ends_the_sign_in() {
    let mut recorded = Recorded::new();
    let mut state = offered(&mut recorded, "USER\r\n");
    start(&mut state, Mechanism::UserPass);
    state.reduce(Action::Received(vec![ToBrowser::Refused {
        id: Some(100),
        why: Refusal::Busy,
    }]));
    assert!(failure(&state).contains("too many lines"), "{}", failure(&state));
    assert!(state.returned.is_none());

    start(&mut state, Mechanism::UserPass);
    let last = state.last;
    state.reduce(closed(1006));
    state.reduce(Action::Received(vec![welcome(1, last, last)]));
    assert!(failure(&state).contains("lost"), "{}", failure(&state));

    assert_eq!(lines(&state.reduce(attempt(Mechanism::UserPass, ""))), NONE);
    assert_eq!(failure(&state), "Enter a password.");
    state.now.phase = Phase::Transaction;
    assert_eq!(start(&mut state, Mechanism::UserPass), NONE);
    assert!(failure(&state).contains("AUTHORIZATION"));
}
