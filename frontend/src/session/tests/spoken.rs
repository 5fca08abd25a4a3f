//! What is said to those who listen.

use super::*;

pub(super) fn heard(state: &State) -> Vec<&str> {
    state.spoken.newest().iter().map(|it| it.1.as_str()).collect()
}

#[test]
fn a_replay_is_not_spoken() {
    let (mut recorded, mut state) = signed_in();
    assert_eq!(heard(&state), [""; 0]);
    state.reduce(Action::Received(
        recorded.client(3, "STAT").server("+OK 4 1061\r\n").messages(),
    ));
    assert_eq!(heard(&state), ["+OK 4 1061"]);
}

#[test]
fn what_quit_committed_is_heard_though_the_connection_ends_at_once() {
    let (mut recorded, mut state) = signed_in();
    let messages = recorded
        .client(3, "DELE 1")
        .server("+OK\r\n")
        .client(4, "QUIT")
        .server("+OK bye\r\n")
        .messages();
    state.reduce(Action::Received(messages));
    let heard = heard(&state).join("\n");
    assert!(heard.contains("+OK bye"), "{heard}");
    assert!(heard.contains("Committed: QUIT deleted 1 message."), "{heard}");
}
