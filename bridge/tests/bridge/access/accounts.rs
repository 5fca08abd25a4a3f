//! `pop3-console account`, and what it leaves behind.

use std::fs;

use crate::support::accounts::{Accounts, PASSWORD, account};
use crate::support::{Bridge, patient};

fn said(output: std::process::Output) -> (bool, String) {
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[test]
fn nothing_of_a_password_is_kept_but_what_argon2id_makes_of_it_and_nobody_else_may_read_that() {
    let accounts = Accounts::of(&[("anna", "agent"), ("Sue Ellis", "supervisor")]);
    let text = accounts.text();
    assert!(!text.contains(PASSWORD), "{text}");
    assert_eq!(
        text.matches("$argon2id$v=19$m=19456,t=2,p=1$").count(),
        2,
        "{text}"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&accounts.file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let (done, listed) = said(accounts.does(&["list"], ""));
    assert!(done);
    assert_eq!(listed, "anna\tagent\nSue Ellis\tsupervisor\n");
}

#[test]
fn accounts_are_changed_by_name() {
    let accounts = Accounts::of(&[("anna", "agent"), ("ben", "agent")]);
    for arguments in [
        &["disable", "anna"][..],
        &["role", "ANNA", "--role", "supervisor"],
        &["role", "ANNA", "administrator"],
        &["remove", "ben"],
    ] {
        let (done, said) = said(accounts.does(arguments, ""));
        assert!(done, "{said}");
    }
    let (_, listed) = said(accounts.does(&["list"], ""));
    assert_eq!(listed, "anna\tadministrator\tdisabled\n");
    let before = accounts.text();
    assert!(said(accounts.does(&["password", "anna"], "another long password")).0);
    assert!(said(accounts.does(&["enable", "anna"], "")).0);
    let after = accounts.text();
    let kept = |text: &str| {
        text.lines()
            .find(|line| line.starts_with("password"))
            .map(str::to_owned)
    };
    assert_ne!(kept(&before), kept(&after));
    assert!(!after.contains("disabled"), "{after}");
}

#[test]
fn whose_account_was_changed_is_said_and_that_no_administrator_is_left() {
    let accounts = Accounts::of(&[
        ("Anna", "administrator"),
        ("Sue", "administrator"),
        ("ben", "agent"),
    ]);
    let warning = "that was the last administrator who can sign in";
    for (arguments, told, warns) in [
        (&["remove", "ben"][..], "The account of ben is removed.", false),
        (
            &["disable", "sue"],
            "Sue is signed out, and signs in no more.",
            false,
        ),
        (&["remove", "anna"], "The account of Anna is removed.", true),
        (&["enable", "sue"], "Sue can sign in again.", false),
        (&["enable", "sue"], "That is how it was before.", false),
        (
            &["role", "sue", "agent"],
            "Sue is agent now, and signed out.",
            true,
        ),
        (&["remove", "sue"], "The account of Sue is removed.", false),
    ] {
        let (done, said) = said(accounts.does(arguments, ""));
        assert!(done && said.starts_with(told), "{arguments:?}: {said}");
        assert_eq!(said.contains(warning), warns, "{arguments:?}: {said}");
    }
}

#[test]
fn what_cannot_be_an_account_is_said_and_changes_nothing() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let before = accounts.text();
    for (arguments, given, why) in [
        (
            &["add", "ben"][..],
            "short",
            "a password has at least 12 characters",
        ),
        (&["add", "Anna"], PASSWORD, "there is an account of that name"),
        (
            &["add", "\u{430}nn\u{430}"],
            PASSWORD,
            "or of one that looks like it",
        ),
        (
            &["add", "the owner"],
            PASSWORD,
            "none of the words that the console calls people",
        ),
        (&["add", " ben"], PASSWORD, "an account's name has 1 to 64 octets"),
        (
            &["password", "ben"],
            PASSWORD,
            "there is no account of the name ben",
        ),
        (
            &["disable", "ben"],
            "",
            "there is no account of the name ben; `pop3-console account list`",
        ),
        (
            &["role", "anna"],
            "",
            "the role is missing: `pop3-console account role anna supervisor`",
        ),
        (
            &["role", "anna", "boss"],
            "",
            "agent, supervisor or administrator is wanted, such as `pop3-console account role anna supervisor`",
        ),
        (
            &["role", "anna", "agent", "--role", "supervisor"],
            "",
            "cannot be used with",
        ),
        (&["remove", "ben"], "", "there is no account of the name ben"),
    ] {
        let (done, said) = said(accounts.does(arguments, given));
        assert!(!done && said.contains(why), "{arguments:?}: {said}");
    }
    assert_eq!(accounts.text(), before);
}

#[test]
fn a_file_that_holds_no_accounts_is_named_with_the_line_and_without_what_is_kept_of_a_password() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let kept = accounts.text();
    fs::write(
        &accounts.file,
        kept.replace("role = \"agent\"", "role = \"boss\""),
    )
    .unwrap();
    let (done, said) = said(accounts.does(&["list"], ""));
    assert!(!done);
    assert!(
        said.contains("accounts.toml:7: a role is agent, supervisor or administrator"),
        "{said}"
    );
    assert!(!said.contains("argon2id"), "{said}");
}

#[cfg(unix)]
#[test]
fn whoever_changes_the_accounts_leaves_them_to_whom_they_belong() {
    use std::os::unix::fs::{MetadataExt, chown};
    let folder = tempfile::tempdir().unwrap();
    let own = fs::metadata(folder.path()).unwrap().uid();
    // Only root can give anything away: everybody else finds that it stays theirs.
    let owner = if own == 0 { 65_534 } else { own };
    chown(folder.path(), Some(owner), None).unwrap();
    let file = folder.path().join("accounts.toml");
    for arguments in [&["add", "anna"][..], &["disable", "anna"]] {
        assert!(account(&file, arguments, PASSWORD).status.success());
        for file in ["accounts.toml", "accounts.toml.lock", "accounts.toml.notes"] {
            let uid = fs::metadata(folder.path().join(file)).unwrap().uid();
            assert_eq!(uid, owner, "{file}");
        }
    }
}

#[tokio::test]
async fn accounts_that_cannot_be_read_are_told_of_and_looked_at_again() {
    let accounts = Accounts::of(&[("anna", "agent")]);
    let bridge = Bridge::start_with(accounts.config()).await;
    let good = accounts.text();
    fs::write(&accounts.file, "[[account]]\nname = 7\n").unwrap();
    patient(async {
        while bridge.probe("/readyz").await.0 == 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let (_, _, said) = bridge.probe("/readyz").await;
    assert_eq!(said, "The accounts cannot be read: those of before hold.\n");
    bridge.sign_on("anna").await;
    fs::write(&accounts.file, good).unwrap();
    patient(async {
        while bridge.probe("/readyz").await.0 != 200 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[test]
fn it_is_said_where_an_account_is_and_whether_anybody_signs_in_with_it() {
    let accounts = Accounts::of(&[]);
    let file = accounts.file.display().to_string();
    let (_, listed) = said(accounts.does(&["list"], ""));
    assert_eq!(listed, format!("There are no accounts in {file}.\n"));
    let (done, added) = said(accounts.does(&["add", "anna"], PASSWORD));
    assert!(done);
    assert!(
        added.contains("anna has an account, as agent.") && added.contains(&format!("It is in {file}.")),
        "{added}"
    );
    assert!(added.contains("set access.mode to accounts"), "{added}");
}
