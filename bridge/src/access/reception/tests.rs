use std::net::Ipv4Addr;

use axum::http::HeaderValue;
use protocol::standing::Rank;

use super::*;
use crate::access::{FileError, file, person, seen};
use crate::config::{Access, Roles};
use crate::upstream::tls::Tls;

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// One whose people a proxy names, and for which they all belong to no group unless it says so.
fn by_header() -> Reception {
    let access = Access {
        mode: Mode::Header,
        roles: Roles {
            agents: vec!["helpdesk".to_owned()],
            ..Roles::default()
        },
        ..Access::default()
    };
    let config = Config {
        access,
        ..Config::default()
    };
    let way = Way::of(&config, &Tls::new(&[]).unwrap()).unwrap().unwrap();
    Reception::new(way, &config, Audit::default())
}

/// Somebody comes of whom the proxy says that they belong to that group. Whether they are let in.
fn comes(reception: &Reception, name: &'static str, group: &'static str) -> bool {
    let mut headers = HeaderMap::new();
    headers.insert("x-remote-user", HeaderValue::from_static(name));
    headers.insert("x-remote-groups", HeaderValue::from_static(group));
    reception.named(FROM, &headers, true).unwrap().is_ok()
}

#[test]
fn nobody_is_told_of_somebody_whom_a_proxy_names_that_they_were_put_out() {
    let reception = by_header();
    assert!(comes(&reception, "anna", "helpdesk"));
    assert!(!comes(&reception, "anna", "others"));
    // Anybody can work it out who knows the name.
    let id = person::named("anna").id;
    assert_eq!(reception.sign_ons.why_over(&id), Some(SignedOff::NoRole));
    assert_eq!(reception.why_over(&id), None);
}

#[test]
fn only_for_whoever_was_in_others_are_woken() {
    let reception = by_header();
    // More than are remembered: of others nothing is known for sure.
    for number in 0..=seen::REMEMBERED_MAX {
        reception.let_in(&person::named(&format!("user{number}")));
    }
    let mut changed = reception.changed.subscribe();
    let mut wakes = |name| {
        assert!(!comes(&reception, name, "others"));
        let wakes = changed.has_changed().unwrap();
        changed.mark_unchanged();
        wakes
    };
    assert!(!wakes("mallory") && !wakes("mallory"));
    assert!(comes(&reception, "anna", "helpdesk"));
    assert!(wakes("anna") && !wakes("anna"));
    // Of whom it was forgotten that they were let in.
    let (ben, _) = reception.sign_ons.known(Person::by_header("ben", Rank::Agent));
    assert!(wakes("ben") && ben.is_over() && !wakes("ben"));
}

#[test]
fn nobody_is_signed_in_with_an_account_that_was_changed_while_their_password_was_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.toml");
    let anna = Account::new("anna", Rank::Agent, String::new()).unwrap();
    file::change(&path, |accounts| {
        accounts.push(anna.clone());
        Ok::<_, FileError>(())
    })
    .unwrap();
    let access = Access {
        mode: Mode::Accounts,
        accounts: Some(path.clone()),
        ..Access::default()
    };
    let config = Config {
        access,
        ..Config::default()
    };
    let way = Way::of(&config, &Tls::new(&[]).unwrap()).unwrap().unwrap();
    let reception = Reception::new(way, &config, Audit::default());
    let by_password = reception.way.by_password().unwrap();
    assert!(reception.begin(by_password, anna.clone()).is_ok());
    file::change(&path, |accounts| {
        accounts[0].disabled = true;
        Ok::<_, FileError>(())
    })
    .unwrap();
    reception.look();
    let refused = reception.begin(by_password, anna).err();
    assert_eq!(refused, Some(NotByPassword::Wrong));
    assert!(reception.sign_ons.counts().is_empty());
}
