//! Several lines that are sent one after another.

use super::*;
use crate::session::pasting::Pasting;
use crate::session::sequence::{LINES_MAX, Manner, OCTETS_MAX, Standing, Stop};

fn paste(state: &mut State, text: &str, manner: Manner) -> Vec<String> {
    state.reduce(Action::Paste(Pasting::Begin(text.to_owned())));
    lines(&state.reduce(Action::Paste(Pasting::Send(manner, 100))))
}

/// What goes out when that has come.
fn then(state: &mut State, recorded: &mut Recorded) -> Vec<String> {
    lines(&state.reduce(Action::Received(recorded.messages())))
}

fn standing(state: &State) -> Option<&Standing> {
    state.sequence.as_ref().map(|it| it.standing())
}

fn told(state: &State) -> String {
    state.sequence.as_ref().map(|it| it.told()).unwrap_or_default()
}

const NONE: [&str; 0] = [];

#[test]
fn each_line_waits_for_the_whole_reply_to_the_one_before() {
    let (mut recorded, mut state) = signed_in();
    assert_eq!(
        paste(&mut state, "STAT\r\n\r\nLIST\nNOOP\n", Manner::OneByOne),
        ["STAT"]
    );
    recorded.client(100, "STAT");
    assert_eq!(then(&mut state, &mut recorded), NONE);
    recorded.server("+OK 1 2\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["LIST"]);
    recorded.client(101, "LIST").server("+OK\r\n1 2\r\n");
    assert_eq!(then(&mut state, &mut recorded), NONE, "the listing goes on");
    assert_eq!(state.sequence.as_ref().map(|it| it.answered()), Some(1));
    recorded.server(".\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["NOOP"]);
    recorded.client(102, "NOOP").server("+OK\r\n");
    assert_eq!(then(&mut state, &mut recorded), NONE);
    assert!(state.sequence.is_none());
    assert_eq!(heard(&state).last(), Some(&"3 lines were sent."));
}

#[test]
fn a_refusal_stops_them_and_the_rest_can_go_on() {
    let (mut recorded, mut state) = signed_in();
    paste(&mut state, "DELE 9\nDELE 1\nQUIT", Manner::OneByOne);
    recorded.client(100, "DELE 9").server("-ERR no\x07 such\r\n");
    assert_eq!(then(&mut state, &mut recorded), NONE);
    assert_eq!(
        told(&state),
        "Stopped at line 1 of 3: the server answered “-ERR noBEL such”. 2 lines are left."
    );
    assert_eq!(
        lines(&state.reduce(Action::Paste(Pasting::Begin("RSET".to_owned())))),
        NONE
    );
    assert!(state.notice.is_some(), "what is left is not thrown away");
    assert_eq!(lines(&state.reduce(Action::Paste(Pasting::GoOn))), ["DELE 1"]);
    state.reduce(Action::Paste(Pasting::Stop));
    recorded.client(101, "DELE 1").server("+OK\r\n");
    assert_eq!(then(&mut state, &mut recorded), NONE, "the person stopped them");
    assert_eq!(told(&state), "Stopped behind line 2 of 3. 1 line is left.");
    state.reduce(Action::Paste(Pasting::Forget));
    assert!(state.sequence.is_none());
}

#[test]
fn a_response_waits_for_its_challenge() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    let went = paste(
        &mut state,
        "AUTH LOGIN\ndXNlcg==\ncGFzcw==\nSTAT",
        Manner::Pipelined,
    );
    assert_eq!(went, ["AUTH LOGIN"]);
    recorded.client(100, "AUTH LOGIN").server("+ VXNlcm5hbWU6\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["dXNlcg=="]);
    assert_eq!(state.pending[0].typed.shown(), "••••••••");
    recorded.client(101, "dXNlcg==").server("+ UGFzc3dvcmQ6\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["cGFzcw=="]);
    recorded.client(102, "cGFzcw==").server("+OK\r\n");
    assert_eq!(then(&mut state, &mut recorded), ["STAT"]);
}

#[test]
fn what_is_secret_among_them_is_shown_as_bullets() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    let text = "USER a\nPASS hunter2\nAUTH LOGIN\ndXNlcg==\ncGFzcw==\nSTAT\nxyzzy";
    state.reduce(Action::Paste(Pasting::Begin(text.to_owned())));
    let sequence = state.sequence.as_ref().unwrap();
    let shown: Vec<_> = sequence.rest().map(|it| it.shown()).collect();
    let hidden = "••••••••";
    assert_eq!(
        shown,
        [
            "USER a",
            &format!("PASS {hidden}"),
            "AUTH LOGIN",
            hidden,
            hidden,
            "STAT",
            "xyzzy"
        ]
    );
    assert!(!format!("{sequence:?}").contains("hunter2"));
}

#[test]
fn what_looks_like_a_password_among_them_is_not_shown() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    state.reduce(Action::Paste(Pasting::Begin(
        "USER a\nhunter2\nPSAS hunter2\nXYZZY".to_owned(),
    )));
    let sequence = state.sequence.as_ref().unwrap();
    let shown: Vec<_> = sequence.rest().map(|it| it.shown()).collect();
    assert_eq!(shown, ["USER a", "••••••••", "••••••••", "XYZZY"]);
    assert_eq!(sequence.doubtful, 2);
}

#[test]
fn pipelined_lines_do_not_wait_but_behind_stls_and_auth() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    let went = paste(
        &mut state,
        "CAPA\nNOOP\nSTLS\nUSER a\nPASS b\nSTAT\n",
        Manner::Pipelined,
    );
    assert_eq!(went, ["CAPA", "NOOP", "STLS"]);
    recorded
        .client(100, "CAPA")
        .client(101, "NOOP")
        .client(102, "STLS");
    recorded.server("+OK\r\n.\r\n-ERR no\r\n");
    assert_eq!(then(&mut state, &mut recorded), NONE);
    assert_eq!(
        standing(&state),
        Some(&Standing::Running),
        "a refusal stops nothing else"
    );
    recorded.server("-ERR no TLS\r\n");
    assert_eq!(then(&mut state, &mut recorded), NONE, "but that of STLS does");
    assert_eq!(
        told(&state),
        "Stopped at line 3 of 6: the server answered “-ERR no TLS”. 3 lines are left."
    );
}

#[test]
fn nothing_is_pipelined_behind_a_secret_that_is_not_answered() {
    for secret in [
        "PASS hunter2",
        "apop a 0123456789abcdef",
        "AUTH PLAIN AGFsaWNlAHdvbmRlci0x",
    ] {
        let mut recorded = Recorded::new();
        let mut state = live(recorded.server("+OK\r\n").messages());
        let went = paste(
            &mut state,
            &format!("USER a\n{secret}\nSTAT\nLIST"),
            Manner::Pipelined,
        );
        assert_eq!(went, ["USER a", secret]);
        recorded.client(100, "USER a").client(101, secret);
        recorded.server("+OK\r\n-ERR wrong\r\n");
        assert_eq!(then(&mut state, &mut recorded), NONE);
        assert_eq!(
            told(&state),
            "Stopped at line 2 of 4: the server answered “-ERR wrong”. 2 lines are left."
        );
    }
}

#[test]
fn pipelined_lines_that_were_refused_are_counted() {
    let (mut recorded, mut state) = signed_in();
    assert_eq!(paste(&mut state, "STAT\nDELE 9", Manner::Pipelined).len(), 2);
    recorded
        .client(100, "STAT")
        .client(101, "DELE 9")
        .server("+OK 0 0\r\n-ERR\r\n");
    then(&mut state, &mut recorded);
    assert_eq!(told(&state), "2 lines were sent; the server refused 1 of them.");
    assert_eq!(standing(&state), Some(&Standing::Done));
}

#[test]
fn no_more_pipelined_lines_are_under_way_than_the_bridge_takes() {
    let (mut recorded, mut state) = signed_in();
    let text = "NOOP\n".repeat(40);
    assert_eq!(paste(&mut state, &text, Manner::Pipelined).len(), 32);
    recorded
        .client(100, "NOOP")
        .client(101, "NOOP")
        .server("+OK\r\n+OK\r\n");
    assert_eq!(then(&mut state, &mut recorded).len(), 2);
}

#[test]
fn the_end_of_the_connection_stops_them() {
    let (mut recorded, mut state) = signed_in();
    paste(&mut state, "STAT\nDELE 1", Manner::OneByOne);
    recorded.client(100, "STAT");
    then(&mut state, &mut recorded);
    let entry = |event| {
        ToBrowser::Entry(Entry {
            seq: state.last + 1,
            at: 0,
            connection: 1,
            event,
        })
    };
    let ended = entry(Event::Remark(Remark::Ended {
        how: protocol::remark::End::ByServer,
        marks: protocol::remark::Marks::None,
        cut_short: true,
    }));
    assert!(lines(&state.reduce(Action::Received(vec![ended]))).is_empty());
    assert_eq!(standing(&state), Some(&Standing::Stopped(Stop::Ended)));
}

#[test]
fn what_is_quoted_of_an_echo_goes_when_the_line_is_hidden() {
    let (mut recorded, mut state) = signed_in();
    paste(&mut state, "hunter2\nNOOP", Manner::OneByOne);
    recorded
        .client(100, "hunter2")
        .server("-ERR unknown: HUNTER2\r\n");
    then(&mut state, &mut recorded);
    assert!(told(&state).contains("HUNTER2"));
    let seq = state.last - 1;
    then(&mut state, recorded.hide(seq, By::Participant(1)));
    assert!(!told(&state).contains("HUNTER2"), "{}", told(&state));
    assert!(told(&state).ends_with("1 line is left."));
}

#[test]
fn a_handshake_that_fails_stops_them() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    paste(&mut state, "STLS\nUSER a\nPASS b", Manner::Pipelined);
    then(&mut state, recorded.client(100, "STLS").server("+OK\r\n"));
    then(&mut state, recorded.fails());
    assert_eq!(standing(&state), Some(&Standing::Stopped(Stop::Ended)));
    assert_eq!(
        then(&mut state, recorded.connects_again().server("+OK\r\n")),
        NONE
    );
}

#[test]
fn a_password_among_them_is_asked_about_as_any_other() {
    let mut recorded = Recorded::beyond_loopback();
    let mut state = live(recorded.server("+OK\r\n").messages());
    assert_eq!(
        paste(&mut state, "USER a\nPASS b\nSTAT", Manner::Pipelined),
        ["USER a"]
    );
    assert!(matches!(state.ask, Some(Ask::ClearText(101, _))));
    state.reduce(Action::Dismiss);
    assert!(state.returned.is_none(), "it stays among the others");
    assert!(
        told(&state).starts_with("Stopped before line 2 of 3."),
        "{}",
        told(&state)
    );
    assert_eq!(lines(&state.reduce(Action::Paste(Pasting::GoOn))), NONE);
    assert_eq!(lines(&state.reduce(Action::Agree)), ["PASS b"]);
    let ids: Vec<_> = state.pending.iter().map(|it| it.id).collect();
    assert_eq!(ids, [100, 102], "each name is used once");
    recorded.client(100, "USER a").client(102, "PASS b");
    assert_eq!(then(&mut state, recorded.server("+OK\r\n")), NONE);
    assert_eq!(then(&mut state, recorded.server("+OK\r\n")), ["STAT"]);
}

#[test]
fn a_line_that_the_bridge_refuses_is_kept() {
    let (_, mut state) = signed_in();
    paste(&mut state, "STAT\nLIST\nUIDL", Manner::Pipelined);
    state.reduce(Action::Received(vec![ToBrowser::Refused {
        id: Some(101),
        why: Refusal::Busy,
    }]));
    assert!(told(&state).contains("too many lines wait"), "{}", told(&state));
    assert!(state.returned.is_none());
    let rest: Vec<_> = state
        .sequence
        .as_ref()
        .unwrap()
        .rest()
        .map(|it| it.text())
        .collect();
    assert_eq!(rest, ["LIST"]);
}

#[test]
fn too_many_lines_and_too_long_ones_are_told_of() {
    let (_, mut state) = signed_in();
    for (text, part) in [
        ("NOOP\n".repeat(LINES_MAX + 1), "1001 lines"),
        (format!("a\n{}", "x".repeat(OCTETS_MAX)), "256 KiB"),
        (format!("STAT\n{}\n", "x".repeat(wire::LINE_MAX + 1)), "line 2"),
    ] {
        state.reduce(Action::Paste(Pasting::Begin(text)));
        let notice = state.notice.take().map(|it| it.0).unwrap_or_default();
        assert!(notice.contains(part), "{notice}");
        assert!(state.sequence.is_none());
    }
}

#[test]
fn the_first_line_alone_can_go_into_the_prompt() {
    let (_, mut state) = signed_in();
    state.reduce(Action::Paste(Pasting::Begin("DELE 1\nDELE 2".to_owned())));
    assert!(lines(&state.reduce(Action::Paste(Pasting::TakeFirst))).is_empty());
    assert_eq!(
        state.returned.as_ref().map(|(_, it)| it.text()).as_deref(),
        Some("DELE 1")
    );
    assert!(state.sequence.is_none());
}
