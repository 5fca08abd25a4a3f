use super::*;
use crate::prompt::completions::COMPLETIONS_MAX;
use crate::session::State;
use protocol::state::Phase;
use protocol::wire::LINE_MAX;

fn state(phase: Phase) -> State {
    let mut state = State::default();
    state.now.phase = phase;
    state
}

fn typed(editor: &mut Editor, state: &State, line: &str) {
    editor.set(line.to_owned(), &state.context());
}

#[test]
fn tab_and_the_right_arrow_take_the_first_completion_and_enter_a_chosen_one() {
    let (state, mut editor) = (state(Phase::Transaction), Editor::default());
    for key in [Key::Tab, Key::Onward] {
        typed(&mut editor, &state, "re");
        assert!(matches!(editor.press(key, &state.context()), Reaction::Taken));
        assert_eq!(editor.line(), "RETR ");
    }
    typed(&mut editor, &state, "u");
    editor.press(Key::Up, &state.context());
    editor.press(Key::Down, &state.context());
    editor.press(Key::Down, &state.context());
    assert_eq!(editor.chosen(), Some(1));
    editor.press(Key::Enter, &state.context());
    assert_eq!(editor.line(), "USER ");
    typed(&mut editor, &state, "xyzzy");
    assert!(matches!(editor.press(Key::Tab, &state.context()), Reaction::None));
    assert!(matches!(
        editor.press(Key::Onward, &state.context()),
        Reaction::None
    ));
}

#[test]
fn enter_sends_what_stands_there_and_not_what_it_might_become() {
    let (state, mut editor) = (state(Phase::Transaction), Editor::default());
    typed(&mut editor, &state, "re");
    let Reaction::Send(typed) = editor.press(Key::Enter, &state.context()) else {
        panic!()
    };
    assert_eq!(typed.text(), "re");
    assert_eq!(editor.line(), "");
}

#[test]
fn escape_closes_the_list_and_then_the_arrows_go_through_the_history() {
    let (state, mut editor) = (
        state(Phase::Transaction),
        Editor::new(History::read("STAT\nLIST")),
    );
    typed(&mut editor, &state, "re");
    editor.press(Key::Escape, &state.context());
    assert!(editor.completions(&state.context()).is_empty());
    editor.press(Key::Up, &state.context());
    editor.press(Key::Up, &state.context());
    assert_eq!(editor.line(), "STAT");
    editor.press(Key::Down, &state.context());
    editor.press(Key::Down, &state.context());
    assert_eq!(editor.line(), "re");
}

#[test]
fn the_history_is_searched_and_what_is_found_is_taken_and_not_sent() {
    let state = state(Phase::Transaction);
    let mut editor = Editor::new(History::read("RETR 1\nLIST\nRETR 2\nSTAT"));
    typed(&mut editor, &state, "NO");
    assert!(matches!(
        editor.press(Key::Search, &state.context()),
        Reaction::Taken
    ));
    assert_eq!((editor.line(), editor.searches()), ("", Some(4)));
    typed(&mut editor, &state, "retr");
    let found: Vec<_> = editor
        .completions(&state.context())
        .into_iter()
        .map(|it| it.line)
        .collect();
    assert_eq!(found, ["RETR 2", "RETR 1"]);
    assert_eq!(editor.chosen(), Some(0));
    for _ in 0..3 {
        editor.press(Key::Search, &state.context());
    }
    assert_eq!(editor.chosen(), Some(1));
    assert!(matches!(
        editor.press(Key::Enter, &state.context()),
        Reaction::Taken
    ));
    assert_eq!((editor.line(), editor.searches()), ("RETR 1", None));
    assert!(matches!(
        editor.press(Key::Enter, &state.context()),
        Reaction::Send(_)
    ));

    typed(&mut editor, &state, "NO");
    editor.press(Key::Search, &state.context());
    typed(&mut editor, &state, "xyzzy");
    assert!(
        matches!(editor.press(Key::Enter, &state.context()), Reaction::Taken),
        "nothing is found"
    );
    assert_eq!(editor.searches(), Some(0));
    editor.press(Key::Escape, &state.context());
    assert_eq!((editor.line(), editor.searches()), ("NO", None));
}

#[test]
fn a_line_that_was_found_can_be_dropped() {
    let state = state(Phase::Transaction);
    let mut editor = Editor::new(History::read("RETR 1\nLIST"));
    assert!(matches!(
        editor.press(Key::Drop, &state.context()),
        Reaction::None
    ));
    editor.press(Key::Search, &state.context());
    editor.press(Key::Down, &state.context());
    assert!(matches!(
        editor.press(Key::Drop, &state.context()),
        Reaction::Dropped
    ));
    assert_eq!(editor.history.keep("RETR 1\nLIST"), "LIST");
    assert_eq!(editor.chosen(), Some(0));
    editor.press(Key::Drop, &state.context());
    assert!(matches!(
        editor.press(Key::Drop, &state.context()),
        Reaction::Taken
    ));
    assert_eq!(editor.history.keep("LIST"), "");
}

#[test]
fn a_line_that_was_hidden_is_in_the_prompt_no_more() {
    let state = state(Phase::Transaction);
    let mut editor = Editor::new(History::read("STAT\nUSER hunter2"));
    editor.press(Key::Up, &state.context());
    assert_eq!(editor.line(), "USER hunter2");
    editor.press(Key::Search, &state.context());
    editor.forget("USER hunter2", &state.context());
    assert_eq!(editor.completions(&state.context()).len(), 1);
    editor.press(Key::Escape, &state.context());
    assert_eq!(editor.line(), "");
    editor.set("NOOP".to_owned(), &state.context());
    editor.forget("USER hunter2", &state.context());
    assert_eq!(editor.line(), "NOOP");
    editor.forget("NOOP", &state.context());
    assert_eq!(editor.line(), "");
}

#[test]
fn the_list_goes_along_with_what_is_chosen() {
    let state = state(Phase::Transaction);
    let lines: Vec<_> = (1..=20).map(|it| format!("RETR {it}")).collect();
    let mut editor = Editor::new(History::read(&lines.join("\n")));
    for _ in 0..10 {
        editor.press(Key::Search, &state.context());
    }
    let list = editor.completions(&state.context());
    let chosen = editor.chosen().map(|at| list[at].line.as_str());
    assert_eq!((list.len(), chosen), (COMPLETIONS_MAX, Some("RETR 11")));
}

#[test]
fn a_response_that_is_being_typed_is_not_left_for_the_history() {
    let (mut state, mut editor) = (state(Phase::Authorization), Editor::new(History::read("STAT")));
    state.now.expects = Expectation::Response;
    typed(&mut editor, &state, "AGEA");
    assert!(matches!(
        editor.press(Key::Search, &state.context()),
        Reaction::Taken
    ));
    assert_eq!((editor.line(), editor.searches()), ("AGEA", None));
}

#[test]
fn secrets_and_lines_that_are_none_stay_out_of_the_history() {
    let (state, mut editor) = (state(Phase::Authorization), Editor::default());
    for line in [
        "PASS hunter2",
        "APOP a c4c9334b",
        "a\nb",
        &"x".repeat(LINE_MAX + 1),
        "STAT",
    ] {
        editor.submit(line.to_owned(), &state.context());
    }
    editor.press(Key::Up, &state.context());
    assert_eq!(editor.line(), "STAT");
    assert_eq!(editor.history.older("STAT"), None);
}

#[test]
fn a_response_that_comes_back_stays_one_and_what_is_being_typed_stays_too() {
    let (state, mut editor) = (state(Phase::Authorization), Editor::default());
    let response = Typed::new("AGEAYg==".to_owned(), Expectation::Response);
    editor.give_back(&response, &state.context());
    assert!(editor.has_secret(&state.context()));
    assert_eq!(editor.within(&state.context()).expects, Expectation::Response);
    editor.set(String::new(), &state.context());
    assert!(!editor.has_secret(&state.context()));

    editor.set("NO".to_owned(), &state.context());
    editor.give_back(&response, &state.context());
    editor.give_back(
        &Typed::new("STAT".to_owned(), Expectation::Command),
        &state.context(),
    );
    assert_eq!(editor.line(), "NO");
    assert_eq!(editor.history.older("NO").as_deref(), Some("STAT"));
}

#[test]
fn what_looks_like_a_password_is_asked_about_once_and_remembered_nowhere() {
    let (mut state, mut editor) = (state(Phase::Authorization), Editor::default());
    state.learned.password_is_due = true;
    typed(&mut editor, &state, "hunter2");
    assert!(matches!(
        editor.press(Key::Enter, &state.context()),
        Reaction::Taken
    ));
    assert!(editor.doubt().is_some());
    let Reaction::Send(sent) = editor.press(Key::Enter, &state.context()) else {
        panic!()
    };
    assert_eq!(sent.text(), "hunter2");
    assert_eq!(editor.history.older(""), None);

    typed(&mut editor, &state, "hunter2");
    editor.press(Key::Enter, &state.context());
    assert_eq!(
        editor
            .send_as_meant(&state.context())
            .map(|it| it.text())
            .as_deref(),
        Some("PASS hunter2")
    );
    assert_eq!(editor.line(), "");
    assert_eq!(editor.history.older(""), None);
    assert!(editor.send_as_meant(&state.context()).is_none());

    typed(&mut editor, &state, "hunter2");
    editor.press(Key::Enter, &state.context());
    editor.press(Key::Escape, &state.context());
    assert!(editor.doubt().is_none());
    assert_eq!(editor.line(), "hunter2");
    editor.press(Key::Enter, &state.context());
    typed(&mut editor, &state, "hunter23");
    assert!(editor.doubt().is_none(), "it is another line");
}
