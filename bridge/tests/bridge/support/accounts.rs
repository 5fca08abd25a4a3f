//! A hosted console with accounts, as its operator makes them with the program.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{fs, io::Write};

use pop3_console::config::{Access, Config, Mode};
use serde_json::{Value, json};

use super::{Bridge, Key, config, journaled};

/// The password of everybody in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Somebody who is signed in: what their browser sends, and what a proxy says beside it.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Cookie(pub(crate) String, pub(crate) Vec<(&'static str, String)>);

impl Cookie {
    /// Whom the proxy calls that, and says to belong to these groups.
    pub(crate) fn named(name: &str, groups: &str) -> Self {
        let said = [("X-Remote-User", name), ("X-Remote-Groups", groups)];
        Self(
            String::new(),
            said.map(|(header, value)| (header, value.to_owned())).into(),
        )
    }
}

/// The accounts of a console.
pub(crate) struct Accounts {
    _folder: tempfile::TempDir,
    pub(crate) file: PathBuf,
}

impl Accounts {
    /// These, each with a role.
    pub(crate) fn of(names: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.toml");
        let accounts = Self {
            _folder: folder,
            file,
        };
        for (name, role) in names {
            let done = accounts.does(&["add", name, "--role", role], PASSWORD);
            assert!(done.status.success(), "{done:?}");
        }
        // As if a console had recorded that they were made: what a test does with them comes behind that.
        let _ = fs::remove_file(accounts.notes());
        accounts
    }

    /// Where what is done to them waits for a console to record it.
    pub(crate) fn notes(&self) -> PathBuf {
        self.file.with_file_name("accounts.toml.notes")
    }

    /// Runs `pop3-console account` on them, with that on its standard input.
    pub(crate) fn does(&self, arguments: &[&str], given: &str) -> Output {
        account(&self.file, arguments, given)
    }

    /// Settings of a console that is hosted with them.
    pub(crate) fn config(&self) -> Config {
        let access = Access {
            mode: Mode::Accounts,
            accounts: Some(self.file.clone()),
            ..Access::default()
        };
        Config { access, ..config() }
    }

    /// The same with a journal in that folder.
    pub(crate) fn journaled(&self, folder: &Path) -> Config {
        Config {
            access: self.config().access,
            ..journaled(folder)
        }
    }

    pub(crate) fn text(&self) -> String {
        fs::read_to_string(&self.file).unwrap()
    }
}

/// Runs `pop3-console account` on that file.
pub(crate) fn account(file: &Path, arguments: &[&str], given: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pop3-console"))
        .arg("account")
        .args(arguments)
        .arg("--access-accounts")
        .arg(file)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended without reading it.
    let _ = writeln!(program.stdin.take().unwrap(), "{given}");
    program.wait_with_output().unwrap()
}

impl Bridge {
    /// What signing in is answered: the status, what was said, and the cookie that was set.
    pub(crate) async fn try_to_sign_on(&self, name: &str, password: &str) -> (u16, Value, Option<Cookie>) {
        let body = json!({ "name": name, "password": password });
        let (status, head, body) = self
            .send("POST", "/api/sign-on", &Cookie::default(), "", Some(body))
            .await;
        (status, body, set_cookie(&head))
    }

    /// Signs in with everybody's password.
    pub(crate) async fn sign_on(&self, name: &str) -> Cookie {
        let (status, said, cookie) = self.try_to_sign_on(name, PASSWORD).await;
        assert_eq!(status, 200, "{said}");
        cookie.unwrap()
    }

    pub(crate) async fn sign_off(&self, cookie: &Cookie) {
        let (status, ..) = self.send("DELETE", "/api/sign-on", cookie, "", None).await;
        assert_eq!(status, 204);
    }

    /// What the bridge knows of whoever asks.
    pub(crate) async fn knows(&self, who: &Cookie) -> Value {
        self.send("GET", "/api/sign-on", who, "", None).await.2
    }

    /// Asks for a new session as somebody who is signed in.
    pub(crate) async fn open_session_as(&self, cookie: &Cookie) -> Key {
        let (status, _, body) = self.send("POST", "/api/sessions", cookie, "", None).await;
        assert_eq!(status, 201, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Key {
            session: text("session"),
            token: text("token"),
        }
    }
}

/// The cookie that an answer sets, as the browser sends it.
fn set_cookie(head: &str) -> Option<Cookie> {
    let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: "))?;
    Some(Cookie(set.split(';').next()?.to_owned(), Vec::new()))
}
