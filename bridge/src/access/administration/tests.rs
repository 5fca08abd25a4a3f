use std::net::Ipv4Addr;
use std::path::PathBuf;

use tempfile::TempDir;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::*;
use crate::access::by_password::REFUSED_AFTER;
use crate::access::file::{self, FileError};
use crate::access::password::Whose;
use crate::audit::{Audit, Why};
use crate::config::{Access, Config, Mode};
use crate::upstream::tls::Tls;

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A console with the accounts `root`, who administrates and is signed in, `other`, who does as well, and `anna`.
struct Console {
    _folder: TempDir,
    file: PathBuf,
    reception: Arc<Reception>,
    signed_on: Arc<SignOn>,
}

impl Console {
    fn new() -> Self {
        Self::audited(Audit::default())
    }

    fn audited(audit: Audit) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("accounts.toml");
        let all = [
            ("root", Rank::Administrator),
            ("other", Rank::Administrator),
            ("anna", Rank::Agent),
        ];
        let all = all.map(|(name, role)| Account::new(name, role, String::new()).unwrap());
        file::change(&file, |accounts| {
            accounts.extend(all.clone());
            Ok::<_, FileError>(())
        })
        .unwrap();
        let access = Access {
            mode: Mode::Accounts,
            accounts: Some(file.clone()),
            ..Access::default()
        };
        let config = Config {
            access,
            ..Config::default()
        };
        let way = Way::of(&config, &Tls::new(&[]).unwrap()).unwrap().unwrap();
        let reception = Arc::new(Reception::new(way, &config, audit));
        let [root, ..] = all;
        let (_, signed_on) = reception.sign_ons.begin(root.into(), |_| true).unwrap();
        Self {
            _folder: folder,
            file,
            reception,
            signed_on,
        }
    }

    /// `root` disables `anna`, and waits so long for it.
    async fn disable(&self, until: Instant) -> Result<(), NotDone> {
        let confirmed = self.signed_on.confirmed.begin(Instant::now()).unwrap().reveal();
        let confirm = Some(Confirm::Before(Zeroizing::new(confirmed)));
        let deed = Deed::Change {
            of: "anna".to_owned(),
            role: None,
            disabled: Some(true),
        };
        let (reception, signed_on) = (self.reception.clone(), self.signed_on.clone());
        let doing = reception.administer_until(until, signed_on, FROM, confirm, deed);
        doing.await
    }

    fn has_disabled(&self) -> bool {
        let accounts = file::read(&self.file).unwrap();
        accounts.iter().any(|it| it.name == "anna" && it.disabled)
    }
}

#[tokio::test]
async fn a_password_whose_turn_does_not_come_is_not_waited_for() {
    let console = Console::new();
    let reception = &console.reception;
    let passwords = &reception.by_password().unwrap().passwords;
    let _others = (
        passwords.turn(Whose::Known).await,
        passwords.turn(Whose::Known).await,
    );
    let guess = Zeroizing::new("a guess".to_owned());
    let looking = reception.look_at(Instant::now(), &console.signed_on, FROM, guess);
    let looked = timeout(ANSWER_WITHIN, looking).await.unwrap();
    assert!(matches!(looked, Err(NotDone::Busy)));
}

#[tokio::test]
async fn a_password_that_is_found_wrong_when_its_time_is_nearly_over_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let audit = Audit::start(Some(&file), None).unwrap();
    let console = Console::audited(audit.clone());
    let guess = Zeroizing::new("a guess".to_owned());
    // It is found out at once, and would be answered later than that.
    let until = Instant::now() + REFUSED_AFTER / 2;
    let looking = console.reception.look_at(until, &console.signed_on, FROM, guess);
    let looked = looking.await.unwrap_err();
    audit.close();
    let told = std::fs::read_to_string(&file).unwrap();
    assert_eq!(told.lines().count(), 1, "{told}");
    // Where the machine is slow, it is not looked at in time.
    let what = match looked {
        NotDone::WrongConfirmation => "not-confirmed",
        _ => "throttled",
    };
    assert!(told.contains(what), "{looked:?}: {told}");
}

#[tokio::test]
async fn what_is_confirmed_is_done_also_where_nobody_waits_for_it_any_more() {
    let console = Console::new();
    let mut changed = console.reception.changed.subscribe();
    // Somebody else changes accounts.
    let turn = console.reception.changing.clone().lock_owned().await;
    let late = console.disable(Instant::now()).await;
    assert!(matches!(late, Err(NotDone::Late)));
    drop(turn);
    changed.changed().await.unwrap();
    assert!(console.has_disabled());
}

#[tokio::test]
async fn what_waits_is_done_for_nobody_who_is_signed_out_or_has_another_password_by_then() {
    let waits = async |meanwhile: &dyn Fn(&Console)| {
        let console = Console::new();
        let turn = console.reception.changing.clone().lock_owned().await;
        let until = Instant::now() + WITHIN;
        let (done, ()) = tokio::join!(console.disable(until), async {
            meanwhile(&console);
            drop(turn);
        });
        assert_eq!(done.is_ok(), console.has_disabled());
        done
    };
    let change = |console: &Console, how: fn(&mut Account)| {
        file::change(&console.file, |accounts| {
            how(accounts.iter_mut().find(|it| it.name == "root").unwrap());
            Ok::<_, FileError>(())
        })
        .unwrap();
    };
    assert!(waits(&|_| ()).await.is_ok());
    let signs_out = |console: &Console| {
        let sign_ons = &console.reception.sign_ons;
        sign_ons.end_one(&console.signed_on, Why::Asked, FROM);
    };
    let over = waits(&signs_out).await;
    assert!(matches!(over, Err(NotDone::NotSignedOn)), "{over:?}");
    for how in [
        (|it| it.password = "another".to_owned()) as fn(&mut Account),
        |it| it.role = Rank::Agent,
        |it| it.disabled = true,
    ] {
        let refused = waits(&|console| change(console, how)).await;
        assert!(matches!(refused, Err(NotDone::NotAdministrator)), "{refused:?}");
    }
}
