use std::net::Ipv4Addr;

use protocol::standing::Rank;
use serde_json::Value;

use super::*;
use crate::access::account::Account;
use crate::access::person;

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Everybody may be signed in.
fn any(_: &Person) -> bool {
    true
}

fn sign_ons() -> SignOns {
    sign_ons_for(Duration::from_secs(60))
}

fn sign_ons_for(lasts: Duration) -> SignOns {
    SignOns::new(lasts, Audit::default())
}

fn account(name: &str) -> Person {
    Account::new(name, Rank::Agent, String::new()).unwrap().into()
}

fn named(name: &str, rank: Rank) -> Person {
    Person::by_header(name, rank)
}

#[test]
fn a_browser_is_known_by_its_token_until_it_is_signed_out() {
    let all = sign_ons();
    let (token, anna) = all.begin(account("anna"), any).unwrap();
    let (_, ben) = all.begin(account("ben"), any).unwrap();
    let token = token.reveal();
    assert_eq!(all.find(&token).unwrap().name(), "anna");
    assert!(all.find("").is_none());
    all.end(&token, Why::Asked, FROM);
    assert!(all.find(&token).is_none() && anna.is_over() && !ben.is_over());
}

#[test]
fn with_one_account_no_more_browsers_are_signed_in_than_the_bound_and_the_oldest_goes() {
    let all = sign_ons();
    let anna = account("anna");
    let begun: Vec<_> = (0..=OF_ACCOUNT_MAX)
        .map(|_| all.begin(anna.clone(), any).unwrap())
        .collect();
    assert_eq!(begun.iter().filter(|it| it.1.is_over()).count(), 1);
    for (token, signed_on) in begun {
        let why = signed_on.is_over().then_some(SignedOff::TooMany);
        assert_eq!(all.why_over(&token.reveal()), why);
    }
    assert_eq!(all.all().len(), OF_ACCOUNT_MAX);
}

#[test]
fn however_somebody_is_signed_out_it_is_told_once_with_why_and_from_where_they_did_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    let audit = Audit::start(Some(&file), None).unwrap();
    let all = SignOns::new(Duration::from_secs(60), audit.clone());
    let (token, anna) = all.begin(account("asked"), any).unwrap();
    let token = token.reveal();
    assert!(all.end(&token, Why::Asked, FROM).is_some_and(|it| it.is_over()));
    // They are out, and nobody is by that once more.
    assert!(all.end(&token, Why::Asked, FROM).is_none());
    all.end_one(&anna, Why::SignedOnAnew, FROM);
    let (_, ben) = all.begin(account("anew"), any).unwrap();
    all.end_one(&ben, Why::SignedOnAnew, FROM);
    assert!(ben.is_over());
    all.begin(account("changed"), any).unwrap();
    assert_eq!(all.end_if(|_| Some(SignedOff::Removed)), 1);
    all.known(named("known", Rank::Agent));
    all.known(named("known", Rank::Supervisor));
    let many = account("many");
    for _ in 0..=OF_ACCOUNT_MAX {
        all.begin(many.clone(), any).unwrap();
    }
    let all = SignOns::new(Duration::ZERO, audit.clone());
    all.begin(account("late"), any).unwrap();
    all.forget_those_over();
    audit.close();
    let text = std::fs::read_to_string(&file).unwrap();
    let records = text.lines().map(|line| {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["what"], "signed-off");
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        [text("account"), text("why"), text("address")]
    });
    assert_eq!(
        records.collect::<Vec<_>>(),
        [
            ["asked", "asked", "127.0.0.1"],
            ["anew", "signed-on-anew", "127.0.0.1"],
            ["changed", "account-changed", ""],
            ["known", "account-changed", ""],
            ["many", "too-many", ""],
            ["late", "expired", ""],
        ]
    );
}

#[test]
fn who_may_not_be_signed_in_any_more_makes_nobody_leave() {
    let all = sign_ons();
    let anna = account("anna");
    let begun: Vec<_> = (0..OF_ACCOUNT_MAX)
        .map(|_| all.begin(anna.clone(), any).unwrap().1)
        .collect();
    let refused = all.begin(anna, |_| false).err();
    assert_eq!(refused, Some(NotByPassword::Wrong));
    assert!(begun.iter().all(|it| !it.is_over()));
}

#[test]
fn whom_requests_name_is_signed_in_once_and_anew_when_they_may_something_else() {
    let all = sign_ons();
    let (anna, is_new) = all.known(named("anna", Rank::Agent));
    let (again, is_new_again) = all.known(named("Anna", Rank::Agent));
    assert!(is_new && !is_new_again && Arc::ptr_eq(&anna, &again));
    let (promoted, is_new) = all.known(named("anna", Rank::Supervisor));
    assert!(is_new && anna.is_over() && !promoted.is_over());
}

#[test]
fn nobody_keeps_somebody_else_out_by_being_called_alike() {
    let all = sign_ons();
    let (anna, _) = all.known(named("anna", Rank::Agent));
    let (like, _) = all.known(named("\u{430}nna", Rank::Administrator));
    assert!(!anna.is_over() && !like.is_over() && !anna.is(&like.identity()));
    let vouched = |subject, rank| {
        let identity = person::vouched("https://login.company.com", subject, "anna");
        all.begin_vouched(Person::by_openid(identity, rank)).unwrap().1
    };
    let (seven, eight) = (vouched("7", Rank::Agent), vouched("8", Rank::Supervisor));
    assert!(!seven.is_over() && !eight.is_over() && !seven.is(&eight.identity()));
    // What one may do now is nothing of the other's.
    let promoted = vouched("7", Rank::Administrator);
    assert!(seven.is_over() && !eight.is_over() && !promoted.is_over());
}

#[test]
fn whom_others_vouch_for_is_signed_in_in_each_browser_and_out_where_they_might_something_else() {
    let all = sign_ons();
    let (token, first) = all.begin_vouched(named("anna", Rank::Agent)).unwrap();
    let (_, second) = all.begin_vouched(named("anna", Rank::Agent)).unwrap();
    assert!(!first.is_over() && !second.is_over());
    let token = token.reveal();
    assert_eq!(all.find(&token).unwrap().name(), "anna");
    let (_, promoted) = all.begin_vouched(named("anna", Rank::Supervisor)).unwrap();
    assert!(first.is_over() && second.is_over() && !promoted.is_over());
    assert_eq!(all.why_over(&token), Some(SignedOff::RoleChanged));
    for _ in 0..OF_ACCOUNT_MAX {
        all.begin_vouched(named("anna", Rank::Supervisor)).unwrap();
    }
    assert_eq!(all.all().len(), OF_ACCOUNT_MAX);
}

#[tokio::test]
async fn whoever_waits_for_the_end_is_told_at_once_and_when_the_time_is_over() {
    let all = sign_ons_for(Duration::from_millis(20));
    let (_, short) = all.begin(account("anna"), any).unwrap();
    short.over().await;
    all.forget_those_over();
    assert!(all.all().is_empty());
    let all = sign_ons();
    let (_, long) = all.begin(account("anna"), any).unwrap();
    tokio::join!(long.over(), async { all.end_if(|_| Some(SignedOff::Removed)) });
    assert!(long.is_over());
}
