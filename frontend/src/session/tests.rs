//! What a session makes of what happens to it.

mod hiding;
mod pasting;
mod people;
mod replay;
mod sign_in;
mod spoken;
mod trust;

use protocol::access::By;
use protocol::entry::{Entry, Event, LineId};
use protocol::remark::{Failure, Remark, Sharing};
use protocol::state::Phase;
use protocol::wire::{Refusal, ToBrowser};

use super::*;
use crate::recorded::{Recorded, target, welcome};
use spoken::heard;

fn live(messages: Vec<ToBrowser>) -> State {
    let mut state = State::new("k3v9q2".to_owned(), "token".to_owned(), None);
    state.reduce(Action::Opened);
    state.reduce(Action::Received(vec![welcome(1, 0, messages.len() as u64)]));
    state.reduce(Action::Received(messages));
    state
}

fn signed_in() -> (Recorded, State) {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "USER a")
        .server("+OK\r\n")
        .client(2, "PASS b")
        .server("+OK\r\n");
    let state = live(recorded.messages());
    (recorded, state)
}

fn submit(id: LineId, line: &str) -> Action {
    Action::Submit(id, Typed::new(line.to_owned(), Expectation::Command))
}

fn lines(effects: &[Effect]) -> Vec<String> {
    let line = |effect: &Effect| match effect {
        Effect::Send(FromBrowser::Line { line, .. } | FromBrowser::Response { line, .. }) => {
            Some(String::from_utf8_lossy(line.reveal()).into_owned())
        }
        _ => None,
    };
    effects.iter().filter_map(line).collect()
}

fn closed(code: u16) -> Action {
    Action::Closed { code, chance: 0.5 }
}

#[test]
fn the_first_welcome_asks_for_the_connection_and_a_later_one_does_not() {
    let mut state = State::new("k3v9q2".to_owned(), "token".to_owned(), Some(target()));
    let effects = state.reduce(Action::Received(vec![welcome(1, 0, 0)]));
    assert!(
        matches!(&effects[..], [Effect::Send(FromBrowser::Connect { target: asked })] if *asked == target())
    );
    state.reduce(Action::Received(Recorded::new().messages()));
    state.reduce(closed(1006));
    assert!(state.reduce(Action::Received(vec![welcome(1, 1, 1)])).is_empty());
}

#[test]
fn entries_that_come_twice_are_shown_once() {
    let mut recorded = Recorded::new();
    let messages = recorded.server("+OK\r\n").messages();
    let mut state = live(messages.clone());
    let lines = state.transcript.len();
    state.reduce(Action::Received(messages));
    assert_eq!(state.transcript.len(), lines);
}

#[test]
fn a_gap_is_never_shown_but_asked_for_again() {
    let mut recorded = Recorded::new();
    let messages = recorded
        .server("+OK\r\n")
        .client(1, "NOOP")
        .server("-ERR\r\n")
        .messages();
    let mut state = live(messages[..2].to_vec());
    let effects = state.reduce(Action::Received(messages[3..].to_vec()));
    assert!(matches!(effects[..], [Effect::Open]));
    assert_eq!(state.last, 2);
    let effects = state.reduce(Action::Opened);
    assert!(matches!(&effects[..], [Effect::Hello(hello)] if hello.after == 2 && hello.epoch == Some(1)));
}

#[test]
fn another_epoch_forgets_everything() {
    let (_, mut state) = signed_in();
    state.reduce(closed(1006));
    state.reduce(Action::Received(vec![welcome(2, 0, 0)]));
    assert!(state.transcript.is_empty());
    assert_eq!(
        (state.last, state.connection, state.now.phase),
        (0, 0, Phase::NotConnected)
    );
}

#[test]
fn what_is_recorded_before_any_connection_keeps_nobody_from_being_connected() {
    let mut state = State::new("k3v9q2".to_owned(), "token".to_owned(), Some(target()));
    let named = Entry {
        seq: 1,
        at: 0,
        connection: 0,
        event: Event::Remark(Remark::Sharing(Sharing::Named {
            participant: 1,
            name: "anna".to_owned(),
        })),
    };
    assert!(state.reduce(Action::Received(vec![welcome(1, 0, 1)])).is_empty());
    let effects = state.reduce(Action::Received(vec![ToBrowser::Entry(named)]));
    assert!(matches!(
        &effects[..],
        [Effect::Send(FromBrowser::Connect { .. })]
    ));
}

#[test]
fn a_lost_socket_is_tried_again_with_longer_waits_until_it_is_welcomed() {
    let (_, mut state) = signed_in();
    let mut waits = Vec::new();
    for _ in 0..3 {
        if let [Effect::RetryIn(wait)] = state.reduce(closed(1006))[..] {
            waits.push(wait);
        }
        assert!(matches!(state.reduce(Action::Retry)[..], [Effect::Open]));
    }
    assert!(waits.len() == 3 && waits.is_sorted(), "{waits:?}");
    let last = state.last;
    state.reduce(Action::Received(vec![welcome(1, last, last)]));
    assert_eq!(state.reach, Reach::Live);
    assert!(state.reduce(Action::Retry).is_empty());
}

#[test]
fn a_session_that_is_gone_is_not_tried_again() {
    for (code, why) in [
        (4401, Gone::NotSignedOn),
        (4404, Gone::NoSession),
        (4410, Gone::Ended),
        (4409, Gone::OtherVersion),
    ] {
        let (_, mut state) = signed_in();
        let effects = state.reduce(closed(code));
        assert_eq!(state.reach, Reach::Gone(why));
        let forgets = |effect: &Effect| matches!(effect, Effect::Forget);
        assert!(!effects.iter().any(forgets), "nor is its token forgotten");
        // What has ended can be read.
        assert_eq!(effects.is_empty(), why != Gone::Ended);
    }
}

#[test]
fn a_line_is_pending_until_it_is_echoed() {
    let (mut recorded, mut state) = signed_in();
    assert_eq!(lines(&state.reduce(submit(9, "STAT"))), ["STAT"]);
    assert_eq!(state.pending.len(), 1);
    state.reduce(Action::Received(recorded.client(9, "STAT").messages()));
    assert!(state.pending.is_empty());
}

#[test]
fn a_refused_line_comes_back_with_a_sentence() {
    let (_, mut state) = signed_in();
    state.reduce(submit(9, "STAT"));
    state.reduce(Action::Received(vec![ToBrowser::Refused {
        id: Some(9),
        why: Refusal::OtherConnection,
    }]));
    assert!(state.pending.is_empty());
    assert_eq!(
        state
            .returned
            .as_ref()
            .map(|(_, line)| line.line.reveal().to_vec()),
        Some(b"STAT".to_vec())
    );
    assert_eq!(
        state.notice,
        Some(Notice(Refusal::OtherConnection.sentence().to_owned()))
    );
}

#[test]
fn a_line_that_went_into_a_dead_socket_is_of_unknown_outcome_unless_it_is_echoed_after_all() {
    let (mut recorded, mut state) = signed_in();
    state.reduce(submit(8, "DELE 1"));
    state.reduce(submit(9, "DELE 2"));
    let last = state.last;
    state.reduce(closed(1006));
    let echoed = recorded.client(8, "DELE 1").messages();
    let lines = state.transcript.len();
    state.reduce(Action::Received(vec![welcome(
        1,
        last,
        last + echoed.len() as u64,
    )]));
    assert_eq!(state.pending.len(), 2, "the replay has not come yet");
    state.reduce(Action::Received(echoed));
    assert!(state.pending.is_empty());
    assert_eq!(
        state.transcript.len(),
        lines + 2,
        "the echo, and one that nobody knows of"
    );
}

#[test]
fn a_line_that_is_typed_while_reconnecting_goes_out_afterwards() {
    let (_, mut state) = signed_in();
    state.reduce(closed(1006));
    assert!(state.reduce(submit(9, "STAT")).is_empty());
    let last = state.last;
    assert_eq!(
        lines(&state.reduce(Action::Received(vec![welcome(1, last, last)]))),
        ["STAT"]
    );
}

#[test]
fn what_is_no_line_is_kept_here_with_a_sentence() {
    for line in ["x".repeat(wire::LINE_MAX + 1), "STAT\r\nQUIT".to_owned()] {
        let (_, mut state) = signed_in();
        assert!(state.reduce(submit(9, &line)).is_empty());
        assert!(state.notice.is_some());
        assert_eq!(
            state
                .returned
                .as_ref()
                .map(|(_, line)| line.line.reveal().to_vec()),
            Some(line.into_bytes())
        );
    }
    let (_, mut state) = signed_in();
    assert_eq!(
        lines(&state.reduce(submit(9, &"x".repeat(wire::LINE_MAX)))).len(),
        1
    );
    assert_eq!(lines(&state.reduce(submit(9, ""))), [""]);
}

#[test]
fn a_password_in_clear_text_beyond_loopback_is_asked_for_once() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    state.now.loopback = false;
    for line in [
        "PASS b",
        "pass b",
        "PASS:b",
        "> PASS b",
        "AUTH PLAIN AGEAYg==",
        "AUTH LOGIN",
    ] {
        assert!(state.reduce(submit(9, line)).is_empty(), "{line}");
        assert!(matches!(state.ask, Some(Ask::ClearText(..))), "{line}");
        state.reduce(Action::Dismiss);
        assert_eq!(
            state.returned.as_ref().map(|(_, it)| it.line.reveal().to_vec()),
            Some(line.as_bytes().to_vec())
        );
    }
    for line in ["USER a", "APOP a c4c9334bac560ecc979e58001b3e22fb"] {
        assert_eq!(lines(&state.reduce(submit(9, line))), [line]);
    }
    state.reduce(submit(9, "PASS b"));
    assert_eq!(lines(&state.reduce(Action::Agree)), ["PASS b"]);
    assert_eq!(lines(&state.reduce(submit(10, "PASS c"))), ["PASS c"]);
}

#[test]
fn stls_first_keeps_the_password_at_the_prompt() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    state.now.loopback = false;
    state.reduce(submit(9, "PASS b"));
    assert_eq!(lines(&state.reduce(Action::StlsFirst(10))), ["STLS"]);
    assert_eq!(
        state.returned.as_ref().map(|(_, it)| it.line.reveal().to_vec()),
        Some(b"PASS b".to_vec())
    );
}

#[test]
fn a_password_on_loopback_is_not_asked_about() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    assert_eq!(lines(&state.reduce(submit(9, "PASS b"))), ["PASS b"]);
    assert!(!state.pending[0].typed.shown().contains('b'));
}

#[test]
fn disconnecting_and_ending_ask_when_there_are_marks() {
    let (mut recorded, mut state) = signed_in();
    assert!(matches!(
        state.reduce(Action::Disconnect)[..],
        [Effect::Send(FromBrowser::Disconnect { connection: 1 })]
    ));
    state.reduce(Action::Received(
        recorded.client(3, "DELE 1").server("+OK\r\n").messages(),
    ));
    assert!(state.has_marks());
    assert!(state.reduce(Action::Disconnect).is_empty());
    assert!(matches!(
        state.reduce(Action::Agree)[..],
        [Effect::Send(FromBrowser::Disconnect { .. })]
    ));
    assert!(state.reduce(Action::End).is_empty());
    assert!(state.reduce(Action::Dismiss).is_empty());
    assert!(state.ask.is_none());
    state.reduce(Action::End);
    assert!(matches!(
        state.reduce(Action::Agree)[..],
        [Effect::Send(FromBrowser::End)]
    ));
}

#[test]
fn after_auth_whatever_is_typed_may_be_secret_until_it_is_answered() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    state.reduce(submit(9, "auth login"));
    assert_eq!(state.expects(), Expectation::Response, "before the echo");
    state.reduce(Action::Received(recorded.client(9, "auth login").messages()));
    assert_eq!(state.expects(), Expectation::Response, "before the challenge");
    state.reduce(Action::Received(recorded.server("-ERR no\r\n").messages()));
    assert_ne!(state.expects(), Expectation::Response);
}

#[test]
fn a_beat_is_answered() {
    let (_, mut state) = signed_in();
    let effects = state.reduce(Action::Received(vec![ToBrowser::Beat]));
    assert!(matches!(effects[..], [Effect::Send(FromBrowser::Beat)]));
}

#[test]
fn connecting_without_verifying_asks_for_the_same_target_otherwise() {
    let (_, mut state) = signed_in();
    let effects = state.reduce(Action::Reconnect { verify: Some(false) });
    let expected = Target {
        verify: false,
        ..target()
    };
    assert!(matches!(&effects[..], [Effect::Send(FromBrowser::Connect { target })] if *target == expected));
}

#[test]
fn why_a_connection_failed_is_kept_until_the_next() {
    let (_, mut state) = signed_in();
    let failed = |why| {
        Event::Remark(Remark::Failed {
            step: protocol::remark::Step::Connect,
            why,
            took: 1,
        })
    };
    let entry = |seq, connection, event| {
        ToBrowser::Entry(Entry {
            seq,
            at: 0,
            connection,
            event,
        })
    };
    let last = state.last;
    state.reduce(Action::Received(vec![entry(
        last + 1,
        2,
        failed(Failure::Refused),
    )]));
    assert!(state.failure.is_some());
    state.reduce(Action::Received(vec![entry(
        last + 2,
        3,
        Event::State(Connection::default()),
    )]));
    assert!(state.failure.is_none());
}
