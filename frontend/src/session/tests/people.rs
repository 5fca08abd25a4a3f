//! Who takes part, and what the person may do.

use protocol::access::{Handing, LinkNo, ParticipantId, Sight};
use protocol::remark::Sharing;
use protocol::wire::Person;

use super::*;
use crate::session::noting::NoteStep;
use crate::session::people::{Asking, Seat, TakingPart};

fn person(id: ParticipantId, role: Role, control: bool) -> Person {
    Person {
        id,
        name: String::new(),
        role,
        sight: Sight::Everything,
        link: (id > 1).then_some(1 as LinkNo),
        account: false,
        control,
        asks: false,
        typing: false,
    }
}

fn people(people: Vec<Person>) -> Action {
    Action::Received(vec![ToBrowser::People(People { people, more: 0 })])
}

/// A session in which the person is a guest with that role.
fn guest(role: Role) -> State {
    let mut recorded = Recorded::new();
    let messages = recorded.server("+OK\r\n").messages();
    let mut state = State::new("k3v9q2".to_owned(), "token".to_owned(), None);
    state.by_link = true;
    let mut welcome = welcome(1, 0, messages.len() as u64);
    if let ToBrowser::Welcome(welcome) = &mut welcome {
        (welcome.participant, welcome.role, welcome.link) = (2, role, Some(1));
    }
    state.reduce(Action::Received(vec![welcome]));
    state.reduce(Action::Received(messages));
    state
}

fn sent(effects: &[Effect]) -> Vec<String> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(message) => Some(format!("{message:?}")),
        _ => None,
    });
    sent.collect()
}

#[test]
fn who_watches_sends_no_line_and_has_it_given_back() {
    let mut state = guest(Role::Watch);
    assert_eq!(state.seat(), Seat::Watches(Asking::Nothing));
    assert!(lines(&state.reduce(submit(1, "DELE 1"))).is_empty());
    assert_eq!(
        state.returned.as_ref().map(|it| it.1.text()).as_deref(),
        Some("DELE 1")
    );
    assert!(state.notice.is_some());
    let asked = state.reduce(Action::TakePart(TakingPart::AskForControl));
    assert_eq!(sent(&asked), ["AskForControl"]);
    let asking = Person {
        asks: true,
        ..person(2, Role::Watch, false)
    };
    state.reduce(people(vec![person(1, Role::Owner, true), asking]));
    assert_eq!(state.seat(), Seat::Watches(Asking::Control));
    state.reduce(people(vec![
        person(1, Role::Owner, true),
        person(2, Role::Watch, true),
    ]));
    assert_eq!(state.seat(), Seat::Types);
    assert_eq!(lines(&state.reduce(submit(2, "DELE 1"))), ["DELE 1"]);
}

#[test]
fn the_owner_is_asked_once_by_each_and_hands_control_over_and_takes_it_back() {
    let mut recorded = Recorded::new();
    let mut state = live(recorded.server("+OK\r\n").messages());
    let asking = |id| Person {
        asks: true,
        ..person(id, Role::Watch, false)
    };
    let owner = || person(1, Role::Owner, true);
    state.reduce(people(vec![owner(), asking(2), asking(3)]));
    let ids = |state: &State| state.asking().iter().map(|it| it.id).collect::<Vec<_>>();
    assert_eq!(ids(&state), [2, 3]);
    let declines = TakingPart::Hand(2, Handing::Declined);
    assert_eq!(
        sent(&state.reduce(Action::TakePart(declines))),
        ["Hand { participant: 2, how: Declined }"]
    );
    state.reduce(people(vec![owner(), person(2, Role::Watch, false), asking(3)]));
    assert_eq!(ids(&state), [3], "not now is said once");
    let hands = TakingPart::Hand(3, Handing::HandedOver);
    assert_eq!(
        sent(&state.reduce(Action::TakePart(hands))),
        ["Hand { participant: 3, how: HandedOver }"]
    );
    state.reduce(people(vec![
        person(1, Role::Owner, false),
        person(3, Role::Watch, true),
    ]));
    assert_eq!(state.seat(), Seat::HandedOver);
}

/// The next entry: somebody does that with somebody's control.
fn handed(state: &State, participant: ParticipantId, how: Handing, by: ParticipantId) -> Action {
    let by = By::Participant(by);
    shared(state, Sharing::Handed { participant, how, by })
}

fn shared(state: &State, sharing: Sharing) -> Action {
    Action::Received(vec![ToBrowser::Entry(Entry {
        seq: state.last + 1,
        at: 1,
        connection: 1,
        event: Event::Remark(Remark::Sharing(sharing)),
    })])
}

#[test]
fn who_asked_and_is_told_not_now_reads_it_and_can_ask_again() {
    let mut state = guest(Role::Watch);
    let asks = Sharing::AskedForControl { participant: 2 };
    state.reduce(shared(&state, asks.clone()));
    state.reduce(handed(&state, 3, Handing::Declined, 1));
    assert_eq!(state.seat(), Seat::Watches(Asking::Nothing), "that was another");
    state.reduce(handed(&state, 2, Handing::Declined, 1));
    assert_eq!(state.seat(), Seat::Watches(Asking::Declined));
    state.reduce(shared(&state, asks));
    assert_eq!(state.seat(), Seat::Watches(Asking::Nothing));
    state.reduce(handed(&state, 2, Handing::Declined, 2));
    assert_eq!(
        state.seat(),
        Seat::Watches(Asking::Nothing),
        "the person withdrew it"
    );
}

#[test]
fn who_loses_control_by_a_hand_over_is_told_to_whom() {
    let joined = |participant, name: &str, role| Sharing::Joined {
        participant,
        name: name.to_owned(),
        role,
        sight: Sight::Everything,
        link: Some(1),
    };
    for role in [Role::Control, Role::Watch] {
        let mut state = guest(role);
        state.reduce(shared(&state, joined(2, "", role)));
        state.reduce(shared(&state, joined(3, "Bob", Role::Watch)));
        // Who is here may be told sooner than the record is.
        let here = vec![person(1, Role::Owner, false), person(2, role, false)];
        state.reduce(people(here));
        state.reduce(handed(&state, 3, Handing::HandedOver, 1));
        let told = state.notice.as_ref().map(|it| it.0.as_str());
        let expected = "The owner handed control over to Bob: you are watching now, and can request control.";
        assert_eq!(told, (role == Role::Control).then_some(expected));
        assert_eq!(state.seat(), Seat::Watches(Asking::Nothing));
    }
}

#[test]
fn who_came_to_sign_in_is_told_of_where_there_is_no_connection() {
    let mut state = State::new("k3v9q2".to_owned(), "token".to_owned(), None);
    (state.role, state.reach) = (Some(Role::Owner), Reach::Live);
    let guest = |id| Person {
        name: "Ben".to_owned(),
        ..person(id, Role::SignIn, false)
    };
    state.reduce(people(vec![person(1, Role::Owner, true), guest(2)]));
    state.now.phase = Phase::Authorization;
    assert_eq!(state.waits_for_connection(), None);
    state.now.phase = Phase::Closed;
    let told = "Ben is here to sign in, and can once there is a connection.";
    assert_eq!(state.waits_for_connection().as_deref(), Some(told));
    state.reduce(people(vec![person(1, Role::Owner, true), guest(2), guest(3)]));
    let told = state.waits_for_connection().unwrap_or_default();
    assert!(told.starts_with("2 people are here to sign in"), "{told}");
    state.reduce(people(vec![
        person(1, Role::Owner, true),
        person(2, Role::Watch, false),
    ]));
    assert_eq!(state.waits_for_connection(), None);
}

#[test]
fn a_name_that_is_refused_is_told_beside_its_field_until_another_is_said() {
    let mut state = guest(Role::Watch);
    let calls = |name: &str| Action::TakePart(TakingPart::CallMe(name.to_owned()));
    assert_eq!(sent(&state.reduce(calls("anna"))), ["Name(\"anna\")"]);
    state.reduce(Action::Received(vec![ToBrowser::Refused {
        id: None,
        why: Refusal::NameTaken,
    }]));
    assert_eq!(state.name_problem, Some(Refusal::NameTaken.sentence()));
    assert_eq!(state.notice, None);
    state.reduce(calls("ben"));
    assert_eq!(state.name_problem, None);
    assert!(sent(&state.reduce(calls("a\u{202e}b"))).is_empty());
    assert_eq!(state.name_problem, Some(Refusal::BadName.sentence()));
}

#[test]
fn typing_is_told_when_it_begins_and_ends_and_to_nobody_if_nobody_is_there() {
    let mut state = guest(Role::Control);
    let mut types = |types| sent(&state.reduce(Action::TakePart(TakingPart::Type(types))));
    assert!(types(true).is_empty(), "nobody else is here");
    state.reduce(people(vec![
        person(1, Role::Owner, true),
        person(2, Role::Control, true),
    ]));
    let mut types = |types| sent(&state.reduce(Action::TakePart(TakingPart::Type(types))));
    assert_eq!(types(true), ["Typing(true)"]);
    assert!(types(true).is_empty());
    assert_eq!(types(false), ["Typing(false)"]);
    assert!(types(false).is_empty());
}

#[test]
fn a_supervisor_takes_control_by_coming_once_more_for_it() {
    let mut state = guest(Role::Watch);
    state.by_link = false;
    let sue = Person {
        link: None,
        ..person(2, Role::Watch, false)
    };
    state.reduce(people(vec![sue]));
    assert_eq!(state.seat(), Seat::Supervises);
    let effects = state.reduce(Action::TakePart(TakingPart::TakeControl));
    assert!(matches!(effects[..], [Effect::Open]));
    match &state.reduce(Action::Opened)[..] {
        [Effect::Hello(hello)] => assert!(hello.wants_control),
        _ => panic!("no hello"),
    }
}

#[test]
fn a_link_that_is_over_shows_one_same_page_and_costs_no_other_token() {
    for code in [4403, 4404] {
        let mut state = guest(Role::Watch);
        let effects = state.reduce(closed(code));
        assert_eq!(state.reach, Reach::Gone(Gone::NotLetIn));
        assert!(effects.is_empty());
    }
}

#[test]
fn whoever_is_kept_out_for_want_of_room_reads_why_and_goes_on_trying() {
    let mut told = Vec::new();
    for code in [4429, 4430, 4431, 4432, 4433, 4434] {
        let mut state = guest(Role::Watch);
        let effects = state.reduce(closed(code));
        assert!(matches!(effects[..], [Effect::RetryIn(_)]), "{code}");
        told.push(state.notice.unwrap().0);
    }
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 6, "{told:?}");
}

#[test]
fn whoever_finds_no_room_for_the_session_goes_on_trying_for_some_minutes_and_not_for_ever() {
    for code in [4433, 4434] {
        let mut state = guest(Role::Watch);
        let tries = (0..1_000).take_while(|_| !state.reduce(closed(code)).is_empty());
        assert_eq!(tries.count(), 30, "{code}");
        assert_eq!(state.reach, Reach::Gone(Gone::NoRoom));
    }
}

#[test]
fn a_note_stays_in_its_sheet_until_it_is_in_the_record() {
    let mut state = guest(Role::Watch);
    state.reduce(Action::Note(NoteStep::Open(2, 0, 1)));
    assert!(
        state
            .reduce(Action::Note(NoteStep::Send("  ".to_owned())))
            .is_empty()
    );
    assert_eq!(
        state.noting.as_ref().map(|it| it.problem),
        Some(Refusal::BadNote.sentence())
    );
    let effects = state.reduce(Action::Note(NoteStep::Send("look".to_owned())));
    assert_eq!(sent(&effects), ["Note { seq: 2, line: 0, text: \"look\" }"]);
    let slowly = Refusal::TooManyMessages;
    state.reduce(Action::Received(vec![ToBrowser::Refused {
        id: None,
        why: slowly,
    }]));
    assert_eq!(state.noting.as_ref().map(|it| it.is_sent), Some(true));
    let notice = state.notice.take().map(|Notice(text)| text);
    assert_eq!(notice.as_deref(), Some(slowly.sentence()));
    state.reduce(Action::Received(vec![ToBrowser::Refused {
        id: None,
        why: Refusal::Busy,
    }]));
    let problem = state.noting.as_ref().map(|it| (it.is_sent, it.problem));
    assert_eq!(problem, Some((false, Refusal::Busy.sentence())));
    assert_eq!(state.notice, None, "the sheet says it");
    state.reduce(Action::Note(NoteStep::Send("look".to_owned())));
    let entry = |seq, by| {
        ToBrowser::Entry(Entry {
            seq,
            at: 1,
            connection: 1,
            event: Event::Note {
                seq: 2,
                line: 0,
                text: "look".to_owned(),
                by: By::Participant(by),
            },
        })
    };
    let next = state.last + 1;
    state.reduce(Action::Received(vec![entry(next, 1)]));
    assert!(state.noting.is_some(), "it was somebody else's");
    assert_eq!(
        heard(&state).last().copied(),
        Some("Note by the owner to line 1: look")
    );
    state.reduce(Action::Received(vec![entry(next + 1, 2)]));
    assert_eq!(state.noting, None);
    assert_eq!(state.transcript.note_count(), 2);
}
