//! What becomes of lines that somebody hides.

use protocol::entry::Part;

use super::*;

#[test]
fn what_is_hidden_is_dropped_wherever_the_page_keeps_it() {
    let (mut recorded, mut state) = signed_in();
    let echo = recorded
        .client(3, "hunter2")
        .server("-ERR Unknown command: HUNTER2\r\n")
        .messages();
    state.reduce(Action::Received(echo));
    assert!(heard(&state)[0].contains("HUNTER2"));
    let seq = state.last - 1;
    assert!(matches!(
        state.reduce(Action::Hide(seq))[..],
        [Effect::Send(FromBrowser::Hide { seq: asked })] if asked == seq
    ));
    state.reduce(Action::Received(
        recorded.hide(seq, By::Participant(1)).messages(),
    ));
    assert_eq!(heard(&state), ["You hid a line."]);
    let newest = state.transcript.newest_exchange().map(|it| it.verb.clone());
    assert_eq!(newest.as_deref(), Some(""));
    let forgotten: Vec<_> = state.forgotten.1.iter().map(TypedLine::reveal).collect();
    assert_eq!(forgotten, [b"hunter2"]);
    state.reduce(Action::Forgot);
    assert!(state.forgotten.1.is_empty());
}

#[test]
fn what_was_said_last_is_not_said_any_more_when_it_was_hidden_meanwhile() {
    let (mut recorded, mut state) = signed_in();
    state.reduce(Action::Received(
        recorded
            .client(3, "hunter2")
            .server("-ERR HUNTER2\r\n")
            .messages(),
    ));
    let last = state.last;
    state.reduce(closed(1006));
    let hidden = recorded.hide(last - 1, By::Participant(2)).messages();
    state.reduce(Action::Received(vec![welcome(1, last, last + 1)]));
    state.reduce(Action::Received(hidden));
    assert_eq!(heard(&state), [""; 0]);
}

#[test]
fn a_line_that_was_hidden_before_its_page_came_back_is_in_no_history_either() {
    let (mut recorded, mut state) = signed_in();
    state.reduce(submit(8, "USER hunter2"));
    state.reduce(submit(9, "PASS hunter3"));
    let last = state.last;
    state.reduce(closed(1006));
    recorded.client(8, "USER hunter2").client(9, "PASS hunter3");
    recorded.hide(last + 1, By::Participant(2)).take();
    let late = recorded.late();
    state.reduce(Action::Received(vec![welcome(1, last, late.len() as u64)]));
    let missed = late.into_iter().filter(|it| it.seq > last);
    state.reduce(Action::Received(missed.map(ToBrowser::Entry).collect()));
    assert!(state.pending.is_empty());
    let forgotten: Vec<_> = state.forgotten.1.iter().map(TypedLine::reveal).collect();
    assert_eq!(forgotten, [b"USER hunter2"]);
}

#[test]
fn a_hidden_listing_is_known_no_more_and_taken_for_nothing_by_who_comes_late() {
    let (mut recorded, mut state) = signed_in();
    recorded
        .client(3, "CAPA")
        .server("+OK\r\nX-HUNTER2\r\n.\r\n")
        .client(4, "CAPA")
        .server("+OK\r\nTOP\r\n.\r\n")
        .client(5, "UIDL")
        .server("+OK\r\n1 hunter2\r\n.\r\n")
        .client(6, "LANG")
        .server("+OK\r\nhunter2\r\n.\r\n")
        .client(7, "AUTH")
        .server("+OK\r\nhunter2\r\n.\r\n");
    state.reduce(Action::Received(recorded.messages()));
    let known = |state: &State| {
        let rows = (0..state.transcript.len()).filter_map(|it| state.transcript.row(it));
        let rows: Vec<_> = rows.map(|it| (it.body, it.explains)).collect();
        format!("{:?} {rows:?}", state.learned).to_lowercase()
    };
    let listings = recorded.late().into_iter().filter(|it| {
        matches!(&it.event, Event::Received { part, bytes, .. } if *part == Part::Listing && bytes != "TOP\r\n")
    });
    for entry in listings.collect::<Vec<_>>() {
        recorded.hide(entry.seq, By::Participant(1));
    }
    state.reduce(Action::Received(recorded.messages()));
    assert!(!known(&state).contains("hunter2"), "{}", known(&state));
    assert!(!state.offers.was_asked(), "it can be asked again");
    let late = live(recorded.late().into_iter().map(ToBrowser::Entry).collect());
    assert!(!known(&late).contains(" no longer since") && !known(&late).contains("0 capabilities"));
}

#[test]
fn a_hidden_name_or_subject_completes_nothing_any_more() {
    let (mut recorded, mut state) = signed_in();
    let said = recorded
        .client(3, "USER hunter2")
        .server("-ERR\r\n")
        .client(3, "APOP hunter3 c4c9334bac560ecc979e58001b3e22fb")
        .server("-ERR\r\n")
        .client(4, "RETR 1")
        .server("+OK\r\nSubject: hunter2\r\nX: y\r\n\r\n.\r\n")
        .messages();
    state.reduce(Action::Received(said));
    let subject = |state: &State| state.learned.maildrop.get(1)?.subject.map(str::to_owned);
    assert_eq!(subject(&state).as_deref(), Some("hunter2"));
    assert_eq!(
        state.names.iter().collect::<Vec<_>>(),
        ["hunter3", "hunter2", "a"]
    );
    let holds = |entry: &Entry| format!("{:?}", entry.event).contains("hunter");
    for entry in recorded.late().into_iter().filter(holds) {
        recorded.hide(entry.seq, By::Participant(1));
    }
    state.reduce(Action::Received(recorded.messages()));
    assert_eq!(subject(&state), None);
    assert_eq!(state.names.iter().collect::<Vec<_>>(), ["a"]);
}
