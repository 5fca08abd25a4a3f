use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::config::Access;

/// Settings that name nothing on this machine yet.
fn bare() -> Config {
    Config {
        no_journal: true,
        ..Config::default()
    }
}

/// What such settings are told: what is wrong with them, or what they are warned of.
fn told(config: &Config) -> (String, Vec<String>) {
    match config.examine() {
        Err(error) => (error.to_string(), Vec::new()),
        Ok(doubts) => (String::new(), doubts.iter().map(ToString::to_string).collect()),
    }
}

/// All that is in a folder, with when it was changed.
fn listed(folder: &Path) -> Vec<(PathBuf, std::time::SystemTime)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let found = fs::metadata(&path).unwrap();
        if found.is_dir() {
            all.extend(listed(&path));
        }
        all.push((path, found.modified().unwrap()));
    }
    all.sort();
    all
}

#[test]
fn with_what_cannot_be_used_a_console_does_not_start_and_nothing_is_touched_to_find_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text"), "From anna Tue Nov 24 22:00:00 2026\n").unwrap();
    fs::create_dir(at("folder")).unwrap();
    fs::write(at("broken.toml"), "[[account]]\nname = 7\n").unwrap();
    let accounts = |file: PathBuf| Access {
        mode: Mode::Accounts,
        accounts: Some(file),
        ..Access::default()
    };
    let before = listed(folder.path());
    let cases = [
        (
            Config {
                ca_files: vec![at("none.pem")],
                ..bare()
            },
            "none.pem cannot be read",
            "name another file, or leave it out",
        ),
        (
            Config {
                ca_files: vec![at("text")],
                ..bare()
            },
            "text holds no certificate",
            "name another file, or leave it out",
        ),
        (
            Config {
                certificate: Some(at("none.pem")),
                certificate_key: Some(at("none.key")),
                ..bare()
            },
            "none.pem: the file cannot be read",
            "",
        ),
        (
            Config {
                audit_file: Some(at("none/audit")),
                ..bare()
            },
            "none/audit: ",
            "name another file, in a folder that is there",
        ),
        (
            Config {
                audit_file: Some(at("folder")),
                ..bare()
            },
            "the audit cannot be written to",
            "name another file",
        ),
        (
            Config {
                audit_file: Some(at("text/audit")),
                ..bare()
            },
            "the audit cannot be written to",
            "name another file",
        ),
        (
            Config {
                no_journal: false,
                journal: Some(at("text")),
                ..bare()
            },
            "text is no journal of pop3-console",
            "Use another file",
        ),
        (
            Config {
                access: accounts(at("broken.toml")),
                ..bare()
            },
            "broken.toml:2: ",
            "name the file that `pop3-console account` makes",
        ),
        // An address for documentation is nobody's.
        (
            Config {
                metrics: Some("192.0.2.1:9110".parse().unwrap()),
                ..bare()
            },
            "192.0.2.1:9110 cannot be listened on",
            "name one of its own",
        ),
    ];
    for (config, wrong, remedy) in cases {
        let (told, _) = told(&config);
        assert!(told.contains(wrong) && told.contains(remedy), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    assert_eq!(listed(folder.path()), before);
}

#[test]
fn what_does_not_keep_a_console_from_starting_is_warned_of_and_nothing_is_touched_to_find_out() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text"), "").unwrap();
    fs::create_dir(at("folder")).unwrap();
    let kept_in = |file: PathBuf| Config {
        no_journal: false,
        journal: Some(file),
        ..Config::default()
    };
    let hosted = Config {
        access: Access {
            mode: Mode::Accounts,
            accounts: Some(at("accounts.toml")),
            ..Access::default()
        },
        ..bare()
    };
    let before = listed(folder.path());
    let cases = [
        (kept_in(at("text/journal")), "sessions are not recorded"),
        (kept_in(at("folder")), "sessions are not recorded"),
        (kept_in(at("folder/journal")), ""),
        (kept_in(at("none/below/journal")), ""),
        (kept_in(at("text")), ""),
        (hosted, "nobody can sign in, since there are no accounts"),
        (
            Config {
                audit_file: Some(at("text")),
                ..bare()
            },
            "",
        ),
        (
            Config {
                audit_file: Some(at("audit")),
                ..bare()
            },
            "",
        ),
        (
            Config {
                audit_file: Some("-".into()),
                ..bare()
            },
            "",
        ),
        (bare(), ""),
    ];
    for (config, doubt) in cases {
        let (wrong, doubts) = told(&config);
        assert_eq!(wrong, "");
        match doubt {
            "" => assert_eq!(doubts, [""; 0]),
            doubt => assert!(doubts.len() == 1 && doubts[0].contains(doubt), "{doubts:?}"),
        }
    }
    assert_eq!(listed(folder.path()), before);
}
