//! The command line, as somebody runs it who sets the console up.

mod bounds;

use std::process::{Command, Output};

use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{Bridge, patient};

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

/// With what the check of these settings ended, and what it said.
fn checked(variables: &[(&str, &str)], flags: &[&str]) -> (Option<i32>, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pop3-console"));
    program.args(["config", "check", "--no-journal"]).args(flags);
    let output = program
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .expect("the program runs");
    (
        output.status.code(),
        String::from_utf8(output.stderr).expect("text"),
    )
}

#[test]
fn a_flag_counts_before_a_variable_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let [file, other] = ["console.toml", "other.toml"].map(path);
    let [of_file, of_other, of_variable, of_flag] =
        ["file", "other", "variable", "flag"].map(|it| path(&format!("none/of-{it}")));
    std::fs::write(&file, format!("audit.file = {of_file:?}\n")).unwrap();
    std::fs::write(&other, format!("\naudit.file = {of_other:?}\n")).unwrap();
    let named = ("POP3_CONSOLE_CONFIG", &*file);
    let set = ("POP3_CONSOLE_AUDIT_FILE", &*of_variable);
    for (variables, flags, at, what) in [
        (&[named][..], &[][..], format!("{file}:1"), &of_file),
        (&[named], &["--config", &*other], format!("{other}:2"), &of_other),
        (
            &[named, set],
            &[],
            "POP3_CONSOLE_AUDIT_FILE".to_owned(),
            &of_variable,
        ),
        (
            &[named, set],
            &["--audit-file", &*of_flag],
            "--audit-file".to_owned(),
            &of_flag,
        ),
    ] {
        let (code, said) = checked(variables, flags);
        assert_eq!(code, Some(2), "{said}");
        let begin = format!("{at}: the audit cannot be written to {what}: ");
        assert!(said.starts_with(&begin), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn what_is_wrong_with_a_variable_is_told_as_it_would_be_written_there() {
    let (code, said) = checked(
        &[
            ("POP3_CONSOLE_GRACE", "5m"),
            ("POP3_CONSOLE_NO_DEMONSTRATION", "perhaps"),
            ("POP3_CONSOLE_PROXY_TRUSTED", "127.0.0.1,proxy"),
        ],
        &[],
    );
    assert_eq!(code, Some(2), "{said}");
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "POP3_CONSOLE_PROXY_TRUSTED: a network or an address such as 10.0.3.0/24 or 2001:db8::1 is wanted",
            "POP3_CONSOLE_GRACE: a whole number of seconds from 1 to 86400 is wanted; POP3_CONSOLE_GRACE=\"300\" may be meant",
            "POP3_CONSOLE_NO_DEMONSTRATION: true or false is wanted",
        ]
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

/// What comes of a look at settings in that file, and of starting a console with them: with what it ended, and what it said.
async fn looked_at_and_started(file: &str) -> [(Option<i32>, String); 2] {
    let ran = async |asked: &[&str]| {
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_pop3-console"));
        program
            .args(asked)
            .args(["--config", file, "--listen", "127.0.0.1:0"])
            .env_clear()
            .kill_on_drop(true);
        let output = patient(program.output()).await.unwrap();
        assert!(output.stdout.is_empty(), "{output:?}");
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    [ran(&["config", "check"]).await, ran(&[]).await]
}

#[tokio::test]
async fn what_does_not_start_is_told_by_the_check_in_the_same_words() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = path("console.toml");
    for (settings, line) in [
        (
            format!("no-journal = true\nca-file = {:?}\n", path("none.pem")),
            2,
        ),
        (
            format!("no-journal = true\n[audit]\nfile = {:?}\n", path("none/audit")),
            3,
        ),
        (format!("journal = {file:?}\n"), 1),
        ("no-journal = true\nlog = \"debgu\"\n".to_owned(), 2),
        (
            "no-journal = true\nmetrics.listen = \"192.0.2.1:9110\"\n".to_owned(),
            2,
        ),
        ("drain = \"60s\"\n".to_owned(), 1),
    ] {
        std::fs::write(&file, &settings).unwrap();
        let [check, start] = looked_at_and_started(&file).await;
        assert_eq!(check, start);
        assert_eq!(check.0, Some(2), "{settings}");
        assert!(check.1.starts_with(&format!("{file}:{line}: ")), "{}", check.1);
    }
}

#[test]
fn what_a_console_starts_with_all_the_same_is_warned_of_by_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = path("console.toml");
    std::fs::write(
        &file,
        format!("journal = {:?}\naccess.hours = 8\n", path("console.toml/journal")),
    )
    .unwrap();
    let looked = run(&["config", "check", "--config", &file]);
    assert_eq!(looked.status.code(), Some(0));
    assert_eq!(
        String::from_utf8_lossy(&looked.stdout),
        "The console starts with these settings. Look at what it warns of.\n"
    );
    let said = String::from_utf8(looked.stderr).unwrap();
    let lines: Vec<_> = said.lines().collect();
    assert!(lines.len() == 2, "{said}");
    assert!(
        lines[0].starts_with(&format!("warning: {file}:2: access.hours counts for nothing")),
        "{said}"
    );
    assert!(
        lines[1].starts_with(&format!("warning: {file}:1: sessions are not recorded")),
        "{said}"
    );
}

#[tokio::test]
async fn a_console_that_starts_warns_of_it_too_whatever_is_logged() {
    for (format, begin) in [("text", "warning: "), ("json", "{")] {
        let flags = ["--no-journal", "--access-hours", "8", "--log-format", format];
        let (bridge, log) = Bridge::start_logging_with(&flags).await;
        let mut log = BufReader::new(log).lines();
        patient(async {
            loop {
                let line = log.next_line().await.unwrap().unwrap();
                if line.contains("--access-hours: access.hours counts for nothing") {
                    assert!(line.starts_with(begin), "{line}");
                    break;
                }
            }
        })
        .await;
        bridge.kill().await;
    }
}

#[tokio::test]
async fn where_a_console_is_that_logs_json_is_told_in_json_and_for_people() {
    let folder = tempfile::tempdir().unwrap();
    let public = "https://pop3.company.com";
    for (log, format, audit) in [
        ("off", "json", None),
        ("trace", "json", Some("-")),
        ("off", "text", None),
    ] {
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_pop3-console"));
        program
            .args([
                "--no-journal",
                "--listen",
                "127.0.0.1:0",
                "--metrics-listen",
                "127.0.0.1:0",
            ])
            .args(["--access-mode", "accounts", "--access-accounts"])
            .arg(folder.path().join("accounts.toml"))
            .args(["--proxy-trusted", "127.0.0.1", "--public", public])
            .args(["--no-demonstration", "--targets-reach", "public"])
            .args(["--log", log, "--log-format", format])
            .args(audit.map(|to| format!("--audit-file={to}")))
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .env_clear()
            .kill_on_drop(true);
        let mut console = program.spawn().unwrap();
        let mut out = BufReader::new(console.stdout.take().unwrap()).lines();
        let mut err = BufReader::new(console.stderr.take().unwrap()).lines();
        let mut until = async |text: &str| {
            patient(async {
                loop {
                    let line = match audit {
                        Some(_) => err.next_line().await.unwrap(),
                        None => out.next_line().await.unwrap(),
                    };
                    let line = line.unwrap();
                    if line.contains(text) {
                        return line;
                    }
                }
            })
            .await
        };
        if format == "text" {
            assert!(
                until("is at")
                    .await
                    .starts_with("pop3-console is at http://127.0.0.1:")
            );
            assert_eq!(until("reach").await, format!("people reach it at {public}"));
            continue;
        }
        let line: serde_json::Value = serde_json::from_str(&until("is at").await).unwrap();
        assert_eq!(line["fields"]["message"], format!("pop3-console is at {public}"));
        let listening = line["fields"]["listening"].as_str().unwrap();
        assert!(listening.starts_with("http://127.0.0.1:"), "{listening}");
        let line: serde_json::Value = serde_json::from_str(&until("metrics are at").await).unwrap();
        assert!(line["timestamp"].is_string());
    }
}

#[test]
fn a_variable_that_is_no_setting_s_is_warned_of_with_what_may_be_meant() {
    let (code, said) = checked(
        &[
            ("POP3_CONSOLE_DRIAN", "60"),
            ("POP3_CONSOLE_LIMITS_SIGNIN_RATE", "5"),
            ("POP3_CONSOLE_QQQ", "canary"),
            ("POP3_CONSOLE_GRACE", "60"),
            ("OTHERS_DRIAN", "60"),
            // Kubernetes says so of a service that is called as the console is.
            ("POP3_CONSOLE_SERVICE_HOST", "192.0.2.1"),
            ("POP3_CONSOLE_SERVICE_PORT_HTTP", "8110"),
            ("POP3_CONSOLE_PORT", "tcp://192.0.2.1:8110"),
            ("POP3_CONSOLE_PORT_8110_TCP_ADDR", "192.0.2.1"),
        ],
        &[],
    );
    assert_eq!(code, Some(0), "{said}");
    let none = "there is no setting of that name, so that it counts for nothing;";
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        [
            format!("warning: POP3_CONSOLE_DRIAN: {none} POP3_CONSOLE_DRAIN may be meant"),
            format!(
                "warning: POP3_CONSOLE_LIMITS_SIGNIN_RATE: {none} POP3_CONSOLE_LIMITS_SIGN_IN_RATE may be meant"
            ),
            format!("warning: POP3_CONSOLE_QQQ: {none} `pop3-console --help` lists all of them"),
        ]
    );
}

#[test]
fn what_a_subcommand_has_of_its_own_is_what_its_help_shows() {
    for (asked, own) in [
        (&["account", "--help"][..], "remove"),
        (&["account", "role", "--help"], "agent|supervisor|administrator"),
        (&["audit", "--help"], "--since <TIME>"),
        (&["config", "--help"], "check"),
        (&["backup", "--help"], "<FILE>"),
    ] {
        let help = run(asked);
        assert!(help.status.success(), "{help:?}");
        let help = String::from_utf8(help.stdout).unwrap();
        assert!(help.contains(own) && help.contains("--config <FILE>"), "{help}");
        assert!(help.contains("`pop3-console --help` tells of each"), "{help}");
        assert!(!help.contains("--limits-sessions"), "{help}");
        assert!(help.lines().count() < 40, "{help}");
    }
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    assert!(help.contains("--limits-sessions"), "{help}");
    // They count there all the same.
    let checked = run(&["config", "check", "--no-journal", "--keep-days", "0"]);
    assert_eq!(checked.status.code(), Some(2), "{checked:?}");
    let checked = run(&["--keep-days", "0", "config", "check", "--no-journal"]);
    assert_eq!(checked.status.code(), Some(2), "{checked:?}");
}

/// The program as a user who has not these rights: root, where that is whoever runs the tests.
#[cfg(target_os = "linux")]
fn program_without(rights: &str) -> Command {
    let program = env!("CARGO_BIN_EXE_pop3-console");
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut shell = Command::new("setpriv");
    shell.args([format!("--inh-caps={rights}"), format!("--bounding-set={rights}")]);
    shell.arg(program);
    shell
}

/// A port that takes a right of its own here.
#[cfg(target_os = "linux")]
const RESERVED: u16 = 1;

#[cfg(target_os = "linux")]
#[test]
fn who_may_not_listen_there_is_told_by_the_check_as_at_the_start() {
    let first = std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    assert!(
        first.trim().parse::<u16>().unwrap() > RESERVED,
        "everybody may listen on every port of this machine, so that nobody can be refused one"
    );
    let refused = format!("127.0.0.1:{RESERVED}");
    for (flags, begin) in [
        (
            ["--listen", &refused],
            format!(
                "Error: {refused} cannot be listened on; ports below 1024 take a right of their own, CAP_NET_BIND_SERVICE, \
                 which deploy/own-certificate.conf gives\n"
            ),
        ),
        (
            ["--metrics-listen", &refused],
            format!("Error: {refused} cannot be listened on for metrics (Permission denied"),
        ),
    ] {
        let ran = |asked: &[&str]| {
            let mut program = program_without("-net_bind_service");
            program
                .env_clear()
                .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
                .args(asked);
            // A free port, where none is named below.
            program
                .env("POP3_CONSOLE_LISTEN", "127.0.0.1:0")
                .arg("--no-journal")
                .args(flags);
            let output = program.output().unwrap();
            (output.status.code(), String::from_utf8(output.stderr).unwrap())
        };
        let (check, start) = (ran(&["config", "check"]), ran(&[]));
        assert_eq!(check, start);
        assert_eq!(check.0, Some(1));
        assert!(check.1.starts_with(&begin), "{}", check.1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_nobody_may_write_is_found_out_by_whoever_looks() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (audit, inside) = (folder.path().join("shut/audit"), folder.path().join("shut"));
    std::fs::create_dir(&inside).unwrap();
    set_permissions(&inside, Permissions::from_mode(0o500)).unwrap();
    // Root may write to everything, but for this.
    let output = program_without("-dac_override,-dac_read_search")
        .args(["config", "check", "--no-journal", "--audit-file"])
        .arg(&audit)
        .output()
        .unwrap();
    set_permissions(&inside, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("--audit-file: the audit cannot be written to")
            && said.contains("Permission denied"),
        "{said}"
    );
}

#[test]
fn why_a_console_that_logs_json_does_not_start_is_told_in_json() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (flags, code, why) in [
        (&["--listen", &taken][..], 1, "cannot be listened on"),
        (
            &["--tls-key", "key.pem"],
            2,
            "a key is nothing without its certificate",
        ),
    ] {
        let flags: Vec<_> = flags
            .iter()
            .chain(&["--no-journal", "--log-format", "json"])
            .copied()
            .collect();
        let failed = run(&flags);
        assert_eq!(failed.status.code(), Some(code), "{failed:?}");
        let said = String::from_utf8(failed.stderr).unwrap();
        let lines: Vec<serde_json::Value> = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let last = lines.last().unwrap();
        assert_eq!(last["level"], "ERROR", "{said}");
        let message = last["fields"]["message"].as_str().unwrap();
        assert!(message.contains(why), "{message}");
    }
}
