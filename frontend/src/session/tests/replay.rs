//! A session that has ended is shown once more.

use protocol::access::Keep;
use protocol::wire::{CloseCode, Welcome};

use super::*;
use crate::session::replaying::Replaying;

fn ended(last: u64) -> ToBrowser {
    let ToBrowser::Welcome(it) = welcome(1, 0, last) else {
        panic!("no welcome")
    };
    ToBrowser::Welcome(Welcome { ended: true, ..it })
}

fn closed(code: CloseCode) -> Action {
    Action::Closed {
        code: code as u16,
        chance: 0.5,
    }
}

fn told(state: &State) -> String {
    let mut octets = Vec::new();
    state.transcript.text(0, usize::MAX, &mut octets);
    String::from_utf8_lossy(&octets).into_owned()
}

fn opens(effects: &[Effect]) -> bool {
    matches!(effects, [Effect::Open])
}

#[test]
fn when_the_session_ends_what_is_here_stays_and_its_token_is_kept_for_a_replay() {
    let (_, mut state) = signed_in();
    let before = told(&state);
    state.reduce(closed(CloseCode::SessionEnded));
    assert!(state.is_over() && state.can_replay());
    assert_eq!(told(&state), before);
    assert!(!state.has_marks());
}

fn returns(effects: &[Effect]) -> bool {
    matches!(effects, [Effect::RetryIn(_)])
}

#[test]
fn a_page_comes_back_to_what_has_ended_and_is_told_when_that_is_deleted() {
    let (_, mut state) = signed_in();
    let (before, last) = (told(&state), state.last);
    assert!(returns(&state.reduce(closed(CloseCode::SessionEnded))));
    assert!(opens(&state.reduce(Action::Retry)));
    assert!(
        state.is_over() && state.reach == Reach::Gone(Gone::Ended),
        "nothing moves"
    );
    // It is not kept yet.
    assert!(returns(&state.reduce(closed(CloseCode::SessionEnded))));
    assert!(opens(&state.reduce(Action::Retry)));
    let ToBrowser::Welcome(it) = welcome(1, last, last) else {
        panic!("no welcome")
    };
    let ended = ToBrowser::Welcome(Welcome { ended: true, ..it });
    assert!(state.reduce(Action::Received(vec![ended])).is_empty());
    assert_eq!((state.reach, told(&state)), (Reach::Live, before));
    assert!(state.is_over());
    assert!(state.reduce(closed(CloseCode::Deleted)).is_empty());
    assert_eq!(state.reach, Reach::Gone(Gone::Deleted));
    assert!(state.transcript.is_empty());
}

#[test]
fn where_it_cannot_come_back_what_is_here_stays() {
    for code in [CloseCode::NoSession, CloseCode::LinkOver] {
        let (_, mut state) = signed_in();
        let before = told(&state);
        state.reduce(closed(CloseCode::SessionEnded));
        state.reduce(Action::Retry);
        assert!(state.reduce(closed(code)).is_empty());
        assert!(state.reduce(Action::Retry).is_empty());
        assert_eq!(
            (state.reach, told(&state)),
            (Reach::Gone(Gone::Ended), before),
            "{code:?}"
        );
    }
    // But to whoever is signed in no longer it is not shown.
    let (_, mut state) = signed_in();
    state.reduce(closed(CloseCode::SessionEnded));
    state.reduce(Action::Retry);
    assert!(state.reduce(closed(CloseCode::NotSignedOn)).is_empty());
    assert_eq!(state.reach, Reach::Gone(Gone::NotSignedOn));
    let (_, mut state) = signed_in();
    let mut tries = 0;
    let mut effects = state.reduce(closed(CloseCode::SessionEnded));
    while returns(&effects) {
        assert!(opens(&state.reduce(Action::Retry)));
        effects = state.reduce(Action::Closed {
            code: 1006,
            chance: 0.5,
        });
        tries += 1;
    }
    assert!((2..10).contains(&tries) && state.can_replay(), "{tries}");
}

#[test]
fn whoever_deletes_it_is_told_that_it_is_deleted() {
    let (_, mut state) = signed_in();
    state.reduce(closed(CloseCode::SessionEnded));
    assert!(state.reduce(Action::Deleted).is_empty());
    assert_eq!(state.reach, Reach::Gone(Gone::Deleted));
    assert!(state.transcript.is_empty());
    // The bridge says so as well.
    assert!(state.reduce(closed(CloseCode::Deleted)).is_empty());
}

#[test]
fn of_a_session_of_which_nothing_is_kept_the_token_goes_and_the_transcript_stays() {
    let (_, mut state) = signed_in();
    state.keep = Keep::Nothing;
    let effects = state.reduce(closed(CloseCode::SessionEnded));
    assert!(matches!(effects[..], [Effect::Forget]));
    assert!(state.is_over() && !state.can_replay());
    assert!(told(&state).contains("USER a"));
}

#[test]
fn a_replay_shows_each_entry_when_its_time_has_come_and_ends_as_the_session_did() {
    let (recorded, mut state) = signed_in();
    state.reduce(closed(CloseCode::SessionEnded));
    let whole = told(&state);
    assert!(opens(&state.reduce(Action::Replay(Replaying::Begin))));
    assert_eq!(told(&state), whole, "nothing goes before the bridge has answered");
    let record = recorded.late();
    let messages = record.iter().cloned().map(ToBrowser::Entry).collect();
    state.reduce(Action::Received(vec![ended(record.len() as u64)]));
    state.reduce(Action::Received(messages));
    assert_eq!(told(&state), "");
    let mut seen = Vec::new();
    for _ in 0..record.len() + 1 {
        // Entries of the tests are a millisecond apart.
        state.reduce(Action::Replay(Replaying::Tick(1000)));
        seen.push(told(&state));
    }
    assert!(whole.starts_with(&seen[0]) && seen[0].len() < whole.len());
    assert!(seen.iter().any(|it| it.ends_with("C: USER a\r\n")));
    assert_eq!(seen.last(), Some(&whole));
    assert!(!state.replaying.as_ref().unwrap().is_playing);
    assert_eq!(state.last, record.len() as u64);

    state.reduce(Action::Replay(Replaying::Seek(1000)));
    assert!(told(&state).len() < whole.len());
    state.reduce(Action::Replay(Replaying::All));
    assert_eq!(told(&state), whole);
    assert!(state.replaying.is_none() && state.can_replay());
}

#[test]
fn when_the_bridge_keeps_nothing_any_more_what_is_here_stays() {
    let (_, mut state) = signed_in();
    state.reduce(closed(CloseCode::SessionEnded));
    let whole = told(&state);
    state.reduce(Action::Replay(Replaying::Begin));
    state.reduce(closed(CloseCode::NoSession));
    assert_eq!(told(&state), whole);
    assert!(state.is_over() && !state.can_replay());
    assert!(state.notice.is_some());
}

#[test]
fn what_is_deleted_goes_from_the_page_also_in_the_middle_of_a_replay() {
    for replays in [false, true] {
        let (recorded, mut state) = signed_in();
        state.reduce(closed(CloseCode::SessionEnded));
        if replays {
            state.reduce(Action::Replay(Replaying::Begin));
            let record = recorded.late();
            let messages = record.iter().cloned().map(ToBrowser::Entry).collect();
            state.reduce(Action::Received(vec![ended(record.len() as u64)]));
            state.reduce(Action::Received(messages));
        } else {
            state.reach = Reach::Live;
        }
        assert!(
            state.reduce(closed(CloseCode::Deleted)).is_empty(),
            "no try again"
        );
        assert_eq!(state.reach, Reach::Gone(Gone::Deleted));
        assert!(told(&state).is_empty() && state.replaying.is_none());
        assert!(heard(&state).is_empty());
    }
}

#[test]
fn of_what_less_is_kept_the_page_shows_what_is_left() {
    let (recorded, mut state) = signed_in();
    assert!(opens(&state.reduce(closed(CloseCode::KeptLess))));
    assert!(told(&state).is_empty() && state.last == 0);
    assert!(state.notice.is_some());
    let left = recorded.late();
    let messages = left.iter().cloned().map(ToBrowser::Entry).collect();
    state.reduce(Action::Received(vec![ended(left.len() as u64)]));
    state.reduce(Action::Received(messages));
    assert!(state.is_over() && told(&state).contains("USER a"));
}

#[test]
fn a_live_session_is_not_replayed() {
    let (_, mut state) = signed_in();
    assert!(state.reduce(Action::Replay(Replaying::Begin)).is_empty());
    assert!(state.replaying.is_none());
}
