//! Who did what is recorded once, outlives what it is about, and holds no secret.

mod addresses;
mod ends;
mod floods;
mod kinds;
mod noted;
mod outcomes;
mod refusals;
#[cfg(target_os = "linux")]
mod stalled;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pop3_console::config::Config;
use protocol::access::{Handing, Keep};
use protocol::alias::Alias;
use protocol::entry::Event;
use protocol::remark::Sharing;
use protocol::wire::FromBrowser;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpListener;

use crate::support::accounts::{self, Accounts};
use crate::support::{
    Bridge, Browser, Key, Mail, contains, eventually, journal_file, journaled, patient, plain,
};

const PASSWORD: &str = "Kanarienvogel#7";
const SUBJECT: &str = "canary of a subject";
const BODY: &str = "canary of a body";

/// A server that lets in on the second try, and has one message.
async fn server() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        let mut tries = 0;
        loop {
            let line = peer.line().await;
            let reply = match line.trim_end() {
                "" => return,
                it if it.starts_with("PASS") && tries == 0 => {
                    tries += 1;
                    format!("-ERR {PASSWORD} is wrong\r\n")
                }
                it if it.starts_with("RETR") => format!("+OK\r\nSubject: {SUBJECT}\r\n\r\n{BODY}\r\n.\r\n"),
                _ => "+OK\r\n".to_owned(),
            };
            peer.say(reply).await;
        }
    })
    .await
}

/// A file that the audit is written to.
pub(crate) struct Told {
    folder: tempfile::TempDir,
}

impl Told {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// These settings, and that it is written there.
    pub(crate) fn by(&self, config: Config) -> Config {
        Config {
            audit_file: Some(self.file()),
            ..config
        }
    }

    /// The same with a journal beside.
    pub(crate) fn kept_by(&self, config: Config) -> Config {
        let journal = Some(journal_file(self.folder.path()));
        self.by(Config {
            no_journal: false,
            journal,
            ..config
        })
    }

    /// All that was told.
    pub(crate) fn records(&self) -> Vec<Value> {
        lines(&self.file())
    }

    /// What was told of that kind.
    pub(crate) fn of(&self, what: &str) -> Vec<Value> {
        let records = self.records().into_iter();
        records.filter(|it| it["what"] == what).collect()
    }

    /// Waits until something of that kind is told.
    pub(crate) async fn until(&self, what: &str) {
        eventually(async || {
            let text = std::fs::read_to_string(self.file()).unwrap_or_default();
            // The last line may not be whole yet.
            let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
            let is_told = records(whole).iter().any(|it| it["what"] == what);
            is_told.then_some(())
        })
        .await;
    }
}

fn lines(file: &Path) -> Vec<Value> {
    records(&std::fs::read_to_string(file).unwrap_or_default())
}

/// The records that stand there as lines of JSON.
pub(crate) fn records(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What happened, with which account, and how: of each record about signing in.
pub(crate) fn signing_in(records: &[Value]) -> Vec<Value> {
    let told = |it: &Value| json!([it["what"], it["account"], it["how"]]);
    records.iter().map(told).collect()
}

/// What `pop3-console audit` prints.
fn printed(folder: &Path, flags: &[&str]) -> String {
    let output = asked(folder, flags);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `pop3-console audit` does.
fn asked(folder: &Path, flags: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_pop3-console");
    let mut command = Command::new(program);
    command.arg("audit").args(flags).env_clear();
    command
        .arg("--journal")
        .arg(journal_file(folder))
        .output()
        .unwrap()
}

/// Does one of everything in a session. Gives its key, and all that nobody may be told.
async fn do_everything(bridge: &Bridge, mail: &Mail) -> (Key, Vec<String>) {
    let mut owner = bridge.browser().await;
    let key = owner.key.clone();
    // Nobody listens there any more.
    let gone = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    owner.connect(plain(gone)).await;
    owner.until_failed().await;
    owner.connected(plain(mail.address)).await;
    for line in [
        "USER anna",
        &format!("PASS {PASSWORD}"),
        &format!("PASS {PASSWORD}"),
    ] {
        owner.line(line).await;
        owner.until_status().await;
    }
    owner.line("RETR 1").await;
    owner.until_terminator().await;

    let (link, watcher) = bridge.link(&key, json!({ "role": "watch" })).await;
    let mut guest = Browser::join_as(bridge, &watcher, "ben").await;
    guest.line_for(2, "NOOP").await;
    owner
        .until_sharing(|it| matches!(it, Sharing::NotPermitted { .. }))
        .await;
    let how = Handing::Granted;
    owner.ask(FromBrowser::Hand { participant: 2, how }).await;
    owner
        .until_sharing(|it| matches!(it, Sharing::Handed { .. }))
        .await;
    let sent = owner
        .entries
        .iter()
        .find(|it| matches!(it.event, Event::Sent { .. }));
    owner
        .ask(FromBrowser::Hide {
            seq: sent.unwrap().seq,
        })
        .await;
    owner
        .until(|it| matches!(it, Event::Hidden { .. }).then_some(()))
        .await;
    assert_eq!(bridge.export(&watcher, "text").await.0, 200);
    owner.ask(FromBrowser::Keep(Keep::NoContent)).await;
    owner.until_sharing(|it| matches!(it, Sharing::Kept { .. })).await;
    bridge.revoke(&key, link).await;
    guest.until_closed().await;

    let wrong = Key {
        token: "A".repeat(43),
        ..key.clone()
    };
    assert_eq!(bridge.status(&wrong).await, 404);
    assert!(
        Browser::try_socket(bridge, Some("http://evil.example"))
            .await
            .is_err()
    );

    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
    let mut reader = Browser::join(bridge, &key).await;
    assert!(reader.welcome.ended);
    assert_eq!(bridge.delete(&key).await, 204);
    reader.until_closed().await;
    let secrets = [
        PASSWORD,
        SUBJECT,
        BODY,
        &key.token,
        &watcher.token,
        &wrong.token,
        &key.session,
    ];
    let secrets = secrets.map(str::to_owned).into();
    (key, secrets)
}

#[tokio::test]
async fn every_deed_is_recorded_once_and_no_secret_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let config = Config {
        audit_file: Some(file.clone()),
        ..journaled(folder.path())
    };
    let (bridge, mail) = (Bridge::start_with(config).await, server().await);
    let (key, secrets) = do_everything(&bridge, &mail).await;
    bridge.stop().await;

    let records = lines(&file);
    let server = mail.address.to_string();
    let alias = Alias::of(&key.session).to_string();
    // What, by whom, through which link, and what of it is told.
    let expected = [
        ("opened", "owner", None, json!({ "keep": "everything" })),
        (
            "joined",
            "owner",
            None,
            json!({ "role": "owner", "sight": "everything" }),
        ),
        ("connected", "owner", None, json!({ "outcome": "not-reached" })),
        (
            "connected",
            "owner",
            None,
            json!({ "outcome": "connected", "server": server, "dialled": server }),
        ),
        (
            "signed-in",
            "owner",
            None,
            json!({ "outcome": "refused", "server": server, "mailbox": "anna" }),
        ),
        (
            "signed-in",
            "owner",
            None,
            json!({ "outcome": "accepted", "server": server, "mailbox": "anna" }),
        ),
        (
            "shared",
            "owner",
            None,
            json!({ "made": 1, "role": "watch", "sight": "everything" }),
        ),
        (
            "watched",
            "guest",
            Some(1),
            json!({ "role": "watch", "ended": false, "participant": 2 }),
        ),
        ("refused", "guest", Some(1), json!({ "tried": "send-a-line" })),
        ("control", "owner", None, json!({ "of": 2, "how": "granted" })),
        ("hid", "owner", None, json!({})),
        (
            "exported",
            "guest",
            Some(1),
            json!({ "format": "text", "times": 1 }),
        ),
        ("kept", "owner", None, json!({ "keep": "no-content" })),
        ("revoked", "owner", None, json!({ "revoked": 1 })),
        ("wrong-token", "", None, json!({ "times": 1 })),
        ("foreign", "", None, json!({ "times": 1 })),
        (
            "disconnected",
            "owner",
            None,
            json!({ "how": "session-ended", "server": server }),
        ),
        ("ended", "owner", None, json!({ "why": "asked" })),
        (
            "watched",
            "owner",
            None,
            json!({ "role": "owner", "ended": true }),
        ),
        ("deleted", "owner", None, json!({})),
    ];
    let whats: Vec<_> = records.iter().map(|it| it["what"].as_str().unwrap()).collect();
    assert_eq!(whats, expected.each_ref().map(|it| it.0));
    for (record, (what, by, link, told)) in records.iter().zip(expected) {
        assert_eq!(record["address"], "127.0.0.1", "{record}");
        assert_eq!(record["by"].as_str().unwrap_or_default(), by, "{record}");
        assert_eq!(record["link"].as_u64(), link, "{record}");
        assert_eq!(
            record["alias"].as_str(),
            (!by.is_empty()).then_some(&alias[..]),
            "{what}"
        );
        for (name, value) in told.as_object().unwrap() {
            assert_eq!(record[name], *value, "{record}");
        }
    }

    // The journal has the same, though it has nothing of the session any more.
    let json = printed(folder.path(), &["--json"]);
    assert_eq!(json, std::fs::read_to_string(&file).unwrap());
    let plain = printed(folder.path(), &["--since", "1h"]);
    assert_eq!(plain.lines().count(), records.len());
    assert_eq!(
        printed(folder.path(), &["--session", &alias]).lines().count(),
        records.len() - 2
    );
    let kept = std::fs::read(journal_file(folder.path())).unwrap();
    for secret in secrets {
        for (text, place) in [
            (json.as_bytes(), "a record"),
            (plain.as_bytes(), "what is printed"),
            (&kept, "the journal"),
        ] {
            assert!(!contains(text, secret.as_bytes()), "{secret} is in {place}");
        }
    }
}

#[tokio::test]
async fn where_there_are_accounts_it_is_told_with_which_somebody_did_it() {
    let accounts = Accounts::of(&[("anna", "agent"), ("Sue", "supervisor")]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let config = Config {
        audit_file: Some(file.clone()),
        ..accounts.config()
    };
    let bridge = Bridge::start_with(config).await;
    // Somebody takes the field of the name for that of the password.
    assert_eq!(bridge.try_to_sign_on(PASSWORD, "anna").await.0, 401);
    let (anna, sue) = (bridge.sign_on("anna").await, bridge.sign_on("Sue").await);
    let key = bridge.open_session_as(&anna).await;
    let watching = Browser::join_signed_on(&bridge, &key, &sue).await;
    bridge.sign_off(&anna).await;
    drop(watching);
    bridge.stop().await;
    let told: Vec<_> = lines(&file)
        .iter()
        .map(|it| (it["what"].clone(), it["by"].clone(), it["account"].clone()))
        .collect();
    let expected = [
        (json!("wrong-password"), Value::Null, Value::Null),
        (json!("signed-on"), Value::Null, json!("anna")),
        (json!("signed-on"), Value::Null, json!("Sue")),
        (json!("opened"), json!("owner"), json!("anna")),
        (json!("watched"), json!("supervisor"), json!("Sue")),
        (json!("signed-off"), Value::Null, json!("anna")),
        (json!("ended"), json!("console"), Value::Null),
    ];
    assert_eq!(told, expected);
    let text = std::fs::read(&file).unwrap();
    for secret in [
        PASSWORD,
        accounts::PASSWORD,
        &anna.0,
        &sue.0,
        &key.token,
        &key.session,
    ] {
        assert!(!contains(&text, secret.as_bytes()), "{secret}");
    }
}

#[tokio::test]
async fn what_changes_nothing_and_what_is_done_over_and_over_fills_no_audit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let config = Config {
        audit_file: Some(file.clone()),
        ..journaled(folder.path())
    };
    let bridge = Bridge::start_with(config).await;
    let mut owner = bridge.browser().await;
    let (_, watcher) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let mut guest = Browser::join_as(&bridge, &watcher, "mallory").await;
    for _ in 0..50 {
        for how in [Handing::TakenBack, Handing::Declined] {
            guest.ask(FromBrowser::Hand { participant: 2, how }).await;
        }
    }
    guest.ask(FromBrowser::AskForControl).await;
    owner
        .until_sharing(|it| matches!(it, Sharing::AskedForControl { .. }))
        .await;
    for _ in 0..20 {
        assert_eq!(bridge.export(&watcher, "text").await.0, 200);
    }
    bridge.stop().await;
    let records = lines(&file);
    let of = |what: &str| records.iter().filter(|it| it["what"] == what).count();
    assert_eq!(of("control"), 0);
    let exported = records.iter().filter(|it| it["what"] == "exported");
    let times: Vec<_> = exported.filter_map(|it| it["times"].as_u64()).collect();
    assert_eq!(times, [1, 2, 3, 4, 5, 6, 7, 8, 16]);
}

#[tokio::test]
async fn the_audit_is_read_while_the_console_runs() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    let bridge = Bridge::start_program_with(&["--journal", journal.to_str().unwrap()]).await;
    let key = bridge.open_session().await;
    let alias = Alias::of(&key.session).to_string();
    patient(async {
        while !printed(folder.path(), &["--session", &alias]).contains(" opened ") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(bridge.status(&key).await, 200);
}

#[tokio::test]
async fn a_number_that_several_sessions_had_mixes_none_and_is_answered_with_their_aliases() {
    let folder = tempfile::tempdir().unwrap();
    let mut aliases = Vec::new();
    for _ in 0..2 {
        let bridge = Bridge::start_with(journaled(folder.path())).await;
        for _ in 0..=aliases.len() {
            let key = bridge.open_session().await;
            aliases.push(Alias::of(&key.session).to_string());
        }
        bridge.stop().await;
    }
    // The second console had two of them.
    let [first, again, only] = &aliases[..] else {
        panic!("{aliases:?}");
    };
    let several = asked(folder.path(), &["--session", "1"]);
    assert_eq!(several.stdout, b"");
    let said = String::from_utf8(several.stderr).unwrap();
    assert!(
        !several.status.success() && said.contains("by its alias"),
        "{said}"
    );
    let named: Vec<_> = said.lines().filter(|it| it.contains("  since 2")).collect();
    assert!(
        named.len() == 2 && named[0].contains(first) && named[1].contains(again),
        "{said}"
    );
    let records = |session: &str| printed(folder.path(), &["--session", session]);
    assert!(records("2").contains(only) && records("2") == records(only));
    assert_eq!(records("7"), "");
}

#[tokio::test]
async fn standard_output_can_have_it_and_nothing_else_is_there_then() {
    let program = env!("CARGO_BIN_EXE_pop3-console");
    let mut child = tokio::process::Command::new(program)
        .args(["--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"])
        .args(["--no-demonstration", "--no-journal", "--audit-file", "-"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut announced = async |begin: &str| {
        patient(async {
            loop {
                let line = said.next_line().await.unwrap().unwrap();
                if let Some(rest) = line.strip_prefix(begin) {
                    return rest.to_owned();
                }
            }
        })
        .await
    };
    let address = announced("pop3-console is at http://").await;
    announced("metrics are at http://").await;
    let stranger = ask_as_another_host(&address).await;
    assert!(stranger.contains("403"), "{stranger}");
    let process = rustix::process::Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    let mut written = String::new();
    let mut output = child.stdout.take().unwrap();
    patient(output.read_to_string(&mut written)).await.unwrap();
    let records = records(&written);
    assert_eq!(records.len(), 1, "{written}");
    assert_eq!(
        (&records[0]["what"], &records[0]["address"]),
        (&json!("foreign"), &json!("127.0.0.1"))
    );
}

/// Asks as somebody who took the console for another host.
async fn ask_as_another_host(address: &str) -> String {
    use tokio::io::AsyncWriteExt;
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    patient(stream.read_to_string(&mut answer)).await.unwrap();
    answer
}

#[tokio::test]
async fn where_it_cannot_be_written_the_log_says_so_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (there, away) = (folder.path().join("there"), folder.path().join("away"));
    std::fs::create_dir(&there).unwrap();
    let file = there.join("audit.jsonl");
    let flags = ["--no-journal", "--audit-file", file.to_str().unwrap()];
    let (bridge, log) = Bridge::start_logging_with(&flags).await;
    let mut log = BufReader::new(log).lines();
    std::fs::rename(&there, &away).unwrap();
    bridge.open_session().await;
    let mut until = async |text: &str| {
        patient(async { while !log.next_line().await.unwrap().unwrap().contains(text) {} }).await;
    };
    until("the audit is not being written to its file").await;
    std::fs::rename(&away, &there).unwrap();
    until("the audit is being written to its file again").await;
    let whats: Vec<_> = lines(&file).iter().map(|it| it["what"].clone()).collect();
    assert_eq!(whats, [json!("opened")]);
}

#[test]
fn a_file_that_cannot_be_written_to_is_said_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_pop3-console");
    let file = folder.path().join("none/audit.jsonl");
    let mut command = Command::new(program);
    command
        .args(["--listen", "127.0.0.1:0", "--no-journal", "--audit-file"])
        .arg(file);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("the audit cannot be written to"),
        "{said}"
    );
    let output = Command::new(program)
        .args(["audit", "--no-journal"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("nothing is kept"),
        "{said}"
    );
}
