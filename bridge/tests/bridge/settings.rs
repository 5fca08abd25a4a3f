//! The command line, as somebody runs it who sets the console up.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_pop3-console");
    let output = Command::new(program).args(arguments).env_clear().output();
    output.expect("the program runs")
}

#[test]
fn settings_are_checked_and_nothing_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("console.toml");
    std::fs::write(&file, "grace = 60\n").unwrap();
    let file = file.to_str().unwrap();
    let right = run(&["config", "check", "--config", file]);
    assert!(right.status.success(), "{right:?}");
    let wrong = run(&["config", "check", "--config", file, "--keep-days", "0"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&wrong.stderr),
        "--keep-days: a whole number of days from 1 to 3660 is wanted, such as --keep-days 30\n"
    );
}

#[test]
fn the_settings_that_people_begin_with_are_all_right() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/pop3-console.toml");
    let right = run(&["config", "check", "--config", file]);
    assert!(right.status.success(), "{right:?}");
}

#[test]
fn a_secret_in_the_environment_is_not_shown_to_whoever_asks_for_help() {
    let program = env!("CARGO_BIN_EXE_pop3-console");
    for arguments in [&["--help"][..], &["config", "check"], &["config", "table"]] {
        let output = Command::new(program)
            .args(arguments)
            .env_clear()
            .env("POP3_CONSOLE_ACCESS_SECRET", "canary")
            .output()
            .expect("the program runs");
        assert!(output.status.success(), "{output:?}");
        let shown = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&shown).contains("canary"));
    }
}
