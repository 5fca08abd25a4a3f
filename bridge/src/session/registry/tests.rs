use protocol::entry::Event;
use protocol::state::State;

use super::*;
use crate::session::transcript::Transcript;

fn registry(sessions: usize) -> Registry {
    Registry::new(
        Limits {
            sessions,
            ..Limits::default()
        },
        Keep::Everything,
        Audit::default(),
    )
    .unwrap()
}

#[test]
fn only_the_token_of_the_very_session_lets_in() {
    let registry = registry(2);
    let one = registry.open(Keep::Everything, None, || false).unwrap();
    let two = registry.open(Keep::Everything, None, || false).unwrap();
    assert_eq!(one.token.len(), 43);
    assert_ne!(one.id, two.id);
    assert_ne!(one.token, two.token);
    let lets_in = |id: &str, token: &str| registry.admit(id, &Visitor::with_token(token)).is_some();
    assert!(lets_in(&one.id, &one.token));
    assert!(!lets_in(&one.id, &two.token));
    assert!(!lets_in(&one.id, ""));
    assert!(!lets_in("", &one.token));
    registry.forget(&one.id);
    assert!(!lets_in(&one.id, &one.token));
}

#[test]
fn there_are_no_more_sessions_than_the_bound() {
    let registry = registry(1);
    let one = registry.open(Keep::Everything, None, || false).unwrap();
    assert_eq!(
        registry.open(Keep::Everything, None, || false).err(),
        Some(OpenError::Full)
    );
    registry.forget(&one.id);
    assert!(registry.open(Keep::Everything, None, || false).is_ok());
}

#[test]
fn one_account_leaves_room_for_others() {
    let limits = Limits {
        sessions_of_account: 1,
        ..Limits::default()
    };
    let registry = Registry::new(limits, Keep::Everything, Audit::default()).unwrap();
    let account = |id: &str| {
        Some(Identity {
            id: id.into(),
            name: "anna".into(),
        })
    };
    let open = |account| registry.open(Keep::Everything, account, || false);
    let one = open(account("1")).unwrap();
    assert_eq!(open(account("1")).err(), Some(OpenError::FullOfAccount));
    // One that comes back counts as one that is opened.
    let access = Access::new([7; 32], account("1"), Keep::Everything);
    let back = Arc::new(registry.restored("back", access, None, None).0);
    let adopted = registry.adopt("back", back, || false);
    assert_eq!(adopted, Err(OpenError::FullOfAccount));
    // Another of the same name is another, and those without are counted together with all.
    assert!(open(account("2")).is_ok());
    assert!(open(None).is_ok() && open(None).is_ok());
    registry.forget(&one.id);
    assert!(open(account("1")).is_ok());
}

#[test]
fn nothing_is_opened_while_stopping() {
    assert_eq!(
        registry(1).open(Keep::Everything, None, || true).err(),
        Some(OpenError::Stopping)
    );
}

#[test]
fn one_account_that_reads_what_has_ended_leaves_as_much_to_others() {
    let limits = Limits {
        past: 1000,
        ..Limits::default()
    };
    let registry = Registry::new(limits, Keep::Everything, Audit::default()).unwrap();
    let read = |reader| {
        let access = Access::new([7; 32], None, Keep::Everything);
        registry.restored("one", access, Some(7), reader).0.transcript
    };
    let fill = |transcript: &Transcript| {
        let state = || Event::State(State::default());
        (0..100)
            .take_while(|_| transcript.append_here(state()).is_ok())
            .count()
    };
    let [anna, again, ben, nobody] = [Some("anna"), Some("anna"), Some("ben"), None].map(read);
    let most = fill(&anna);
    assert!(most > 1);
    assert_eq!(fill(&again), 0);
    assert_eq!(fill(&ben), most);
    // All together have as much as two, and what is left of that.
    assert!(fill(&nobody) < most);
    drop(anna);
    assert!(fill(&again) > 0);
}

#[test]
fn those_that_come_back_keep_to_the_bound_and_those_that_are_read_take_no_room_of_others() {
    let registry = Registry::new(
        Limits {
            sessions: 1,
            transcripts: 8,
            ..Limits::default()
        },
        Keep::Everything,
        Audit::default(),
    )
    .unwrap();
    let living = registry.open(Keep::Everything, None, || false).unwrap().session;
    let restored = |ended| {
        let access = Access::new([7; 32], None, Keep::Everything);
        Arc::new(registry.restored("one", access, ended, None).0)
    };
    let full = registry.adopt("one", restored(None), || false);
    assert_eq!(full, Err(OpenError::Full));
    let has_room = |session: Arc<Session>| {
        let state = Event::State(State::default());
        session.transcript.append_here(state).is_ok()
    };
    assert!(!has_room(living) && !has_room(restored(None)));
    assert!(has_room(restored(Some(7))));
}
