use super::*;

fn account(name: &str, role: Rank) -> Account {
    Account {
        name: name.to_owned(),
        role,
        is_disabled: false,
        signed_on: 0,
        is_own: role == Rank::Administrator,
    }
}

fn state() -> State {
    let mut state = State::default();
    let disabled = Account {
        is_disabled: true,
        ..account("Ben", Rank::Agent)
    };
    let told = vec![
        account("root", Rank::Administrator),
        account("anna", Rank::Supervisor),
        disabled,
    ];
    state.reduce(Action::Accounts(Ok(told)));
    state
}

fn sheet(state: &State) -> &Sheet {
    state.sheet.as_ref().unwrap()
}

fn refusal(why: &str, reason: Option<Reason>) -> Refusal {
    Refusal {
        why: why.to_owned(),
        field: None,
        reason,
    }
}

/// What becomes of it when what its sheet is about is refused.
fn refuse(state: &mut State, why: &str, field: Option<Field>) {
    let refusal = Refusal {
        why: why.to_owned(),
        field,
        reason: None,
    };
    let sheet = Box::new(sheet(state).clone());
    state.reduce(Action::Refused(sheet, refusal));
}

/// The same when it is done.
fn be_done(state: &mut State) {
    let sheet = Box::new(sheet(state).clone());
    state.reduce(Action::Done(sheet));
}

const GIVEN: Given = Given {
    password: PASSWORD_MIN,
    confirm: true,
};

#[test]
fn what_is_missing_is_said_beside_its_field_before_anything_is_asked_for() {
    let mut state = state();
    state.reduce(Action::Open(Deed::Add));
    let mut tries = |name: &str, given| {
        state.reduce(Action::Name(name.to_owned()));
        state.reduce(Action::Try(given));
        let sheet = sheet(&state).clone();
        (sheet.is_busy, sheet.refusal.and_then(|it| it.field))
    };
    let short = Given {
        password: PASSWORD_MIN - 1,
        ..GIVEN
    };
    let alone = Given {
        confirm: false,
        ..GIVEN
    };
    assert_eq!(tries(" ", GIVEN), (false, Some(Field::Name)));
    assert_eq!(tries("eve", short), (false, Some(Field::Password)));
    assert_eq!(tries("eve", alone), (false, Some(Field::Confirm)));
    assert_eq!(tries("eve", GIVEN), (true, None));
    assert_eq!(sheet(&state).tries, 4);
    // It is on its way: pressed once more, it is not done twice.
    state.reduce(Action::Try(GIVEN));
    assert_eq!(sheet(&state).tries, 4);
}

#[test]
fn what_was_refused_loses_nothing_and_what_was_done_is_said() {
    let mut state = state();
    state.reduce(Action::Open(Deed::Add));
    state.reduce(Action::Name(" eve ".to_owned()));
    state.reduce(Action::Role(Rank::Supervisor));
    state.reduce(Action::Try(GIVEN));
    refuse(&mut state, "That is not your password.", Some(Field::Confirm));
    let left = sheet(&state);
    assert_eq!(
        (left.is_busy, left.name.as_str(), left.role),
        (false, " eve ", Rank::Supervisor)
    );
    assert_eq!(left.refusal.as_ref().unwrap().field, Some(Field::Confirm));
    // Another name has nothing to do with that.
    state.reduce(Action::Name("eva".to_owned()));
    assert!(sheet(&state).refusal.is_some());
    state.reduce(Action::Try(GIVEN));
    assert!(sheet(&state).refusal.is_none());
    be_done(&mut state);
    assert!(state.sheet.is_none());
    assert_eq!(state.done, "eva can sign in now.");
    // Another deed begins anew.
    state.reduce(Action::Open(Deed::Add));
    assert_eq!((state.done.as_str(), sheet(&state).name.as_str()), ("", ""));
}

#[test]
fn a_name_that_is_taken_is_not_complained_about_any_more_once_another_is_typed() {
    let mut state = state();
    state.reduce(Action::Open(Deed::Add));
    state.reduce(Action::Name("eve".to_owned()));
    state.reduce(Action::Try(GIVEN));
    refuse(&mut state, "There is an account of that name.", Some(Field::Name));
    assert!(sheet(&state).refusal.is_some());
    state.reduce(Action::Name("eva".to_owned()));
    assert!(sheet(&state).refusal.is_none());
}

#[test]
fn the_own_password_is_asked_for_whatever_is_done_until_it_was_given() {
    let name = || "anna".to_owned();
    for deed in [Deed::Disable(name()), Deed::Enable(name()), Deed::Role(name())] {
        let mut state = state();
        state.reduce(Action::Open(deed.clone()));
        state.reduce(Action::Try(Given::default()));
        let refusal = sheet(&state).refusal.as_ref().unwrap();
        assert_eq!(refusal.field, Some(Field::Confirm), "{deed:?}");
    }
    let mut state = state();
    state.reduce(Action::Open(Deed::Add));
    state.reduce(Action::Name("anna".to_owned()));
    state.reduce(Action::Try(GIVEN));
    state.reduce(Action::Confirmed("for a while".into()));
    refuse(&mut state, "There is an account of that name.", Some(Field::Name));
    assert_eq!(state.confirmation.as_deref(), Some("for a while"));
    state.reduce(Action::Close);
    // It counts until the bridge asks for it once more, and loses nothing by that.
    state.reduce(Action::Open(Deed::Disable(name())));
    state.reduce(Action::Try(GIVEN));
    refuse(&mut state, "This takes your own password.", Some(Field::Confirm));
    assert_eq!(state.confirmation, None);
    assert!(!sheet(&state).is_busy);
}

#[test]
fn a_role_that_is_chosen_is_asked_about_and_another_can_be_chosen_then() {
    let mut state = state();
    state.reduce(Action::Open(Deed::Password("anna".to_owned())));
    assert_eq!(sheet(&state).role, Rank::Supervisor);
    state.reduce(Action::OpenRole("anna".to_owned(), Rank::Agent));
    assert_eq!(sheet(&state).role, Rank::Agent);
    state.reduce(Action::Role(Rank::Administrator));
    state.reduce(Action::Try(GIVEN));
    be_done(&mut state);
    assert_eq!(state.done, "anna is an administrator now.");
}

#[test]
fn accounts_are_found_by_what_is_told_of_them_and_no_more_are_drawn_than_the_bound() {
    let mut state = state();
    for (wanted, found) in [
        ("", &["anna", "Ben", "root"][..]),
        ("BEN", &["Ben"]),
        (" super", &["anna"]),
        ("disabled", &["Ben"]),
        ("nobody", &[]),
    ] {
        state.reduce(Action::Want(wanted.to_owned()));
        let (shown, more) = state.shown();
        let names: Vec<_> = shown.iter().map(|it| it.name.as_str()).collect();
        assert_eq!((names.as_slice(), more), (found, 0), "{wanted}");
    }
    let many = (0..SHOWN_MAX + 3).map(|it| account(&format!("agent {it}"), Rank::Agent));
    state.reduce(Action::Accounts(Ok(many.collect())));
    state.reduce(Action::Want(String::new()));
    let (shown, more) = state.shown();
    assert_eq!((shown.len(), more), (SHOWN_MAX, 3));
}

#[test]
fn what_comes_of_a_sheet_that_was_closed_is_said_and_closes_no_other() {
    let mut state = state();
    state.reduce(Action::Open(Deed::Enable("Ben".to_owned())));
    state.reduce(Action::Try(GIVEN));
    let first = Box::new(sheet(&state).clone());
    state.reduce(Action::Close);
    state.reduce(Action::Open(Deed::Password("anna".to_owned())));
    let refusal = Refusal {
        why: "That is not your password.".to_owned(),
        field: Some(Field::Confirm),
        reason: None,
    };
    state.reduce(Action::Refused(first.clone(), refusal));
    assert_eq!(state.problem, "That is not your password.");
    assert_eq!(sheet(&state).refusal, None);
    state.reduce(Action::Done(first));
    assert_eq!(state.done, "Ben can sign in again.");
    assert_eq!(sheet(&state).deed, Deed::Password("anna".to_owned()));
}

#[test]
fn accounts_stay_in_sight_when_they_cannot_be_told_anew() {
    let mut state = state();
    state.reduce(Action::Accounts(Err(refusal("away", None))));
    assert_eq!(state.shown().0.len(), 3);
    let mut never = State::default();
    never.reduce(Action::Accounts(Err(refusal("away", None))));
    assert_eq!(never.accounts, Some(Err("away".to_owned())));
}

#[test]
fn the_page_comes_anew_for_whoever_is_out_since_it_came_and_for_nobody_else() {
    for out in [Reason::NotSignedOn, Reason::NotAdministrator] {
        let mut was_told = state();
        was_told.reduce(Action::Accounts(Err(refusal("out", Some(out)))));
        assert!(was_told.is_out);
        // It would be the same page.
        let mut never = State::default();
        never.reduce(Action::Accounts(Err(refusal("out", Some(out)))));
        assert!(!never.is_out && never.accounts == Some(Err("out".to_owned())));
    }
    let mut state = state();
    // What stands before the bridge refuses one thing and not the other; and so does the bridge.
    for reason in [None, Some(Reason::Unconfirmed), Some(Reason::WrongPassword)] {
        state.reduce(Action::Accounts(Err(refusal("denied", reason))));
    }
    state.reduce(Action::Open(Deed::Add));
    state.reduce(Action::Name("eve".to_owned()));
    state.reduce(Action::Try(GIVEN));
    refuse(&mut state, "denied", None);
    assert!(!state.is_out);
    assert_eq!(sheet(&state).name, "eve");
    state.reduce(Action::Try(GIVEN));
    let tried = Box::new(sheet(&state).clone());
    let is_none = refusal("no administrator", Some(Reason::NotAdministrator));
    state.reduce(Action::Refused(tried, is_none));
    assert!(state.is_out);
}
