//! How often people may leave for the provider and come back, and how many at a time.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::{House, elsewhere, header};
use crate::support::patient;
use crate::support::provider::{Answer, TOKEN};

#[tokio::test]
async fn who_comes_over_and_over_keeps_nobody_else_from_signing_in() {
    let house = House::open().await;
    let (stranger, anna) = (elsewhere(), house.bridge.leave("/").await);
    let mut away = Vec::new();
    for _ in 0..16 {
        away.push(house.bridge.leave_from(stranger, "/").await);
    }
    house.provider.answers(TOKEN, Answer::Nothing);
    let strangers = join_all(away.iter().map(async |it| {
        let back = house.bridge.back_from(stranger, &it.cookie, &it.word()).await;
        back.location
    }));
    let (told, ()) = patient(async {
        tokio::join!(strangers, async {
            while house.provider.asked(TOKEN).len() < 2 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            house.provider.gives(&house.key.signs(&house.anna(&anna)));
            house.bridge.back(&anna.cookie, &anna.word()).await.signed_on();
            // Two of the stranger's wait for the provider, and no more.
            assert_eq!(house.provider.asked(TOKEN).len(), 3);
        })
    })
    .await;
    let told_of = |why: &str| told.iter().any(|it| *it == format!("/?sign-on={why}"));
    assert!(told_of("unreachable") && told_of("busy"), "{told:?}");
}

#[tokio::test]
async fn more_than_a_few_do_not_wait_for_the_provider_at_once() {
    let house = House::open().await;
    let mut away = Vec::new();
    for _ in 0..40 {
        away.push(house.bridge.leave("/").await);
    }
    house.provider.answers(TOKEN, Answer::Nothing);
    let comes = away
        .iter()
        .map(async |it| house.bridge.back(&it.cookie, &it.word()).await.location);
    let told = patient(join_all(comes)).await;
    // Sixteen at a time, and once more while the others wait for their turn.
    let busy = told.iter().filter(|it| *it == "/?sign-on=busy").count();
    assert!(busy >= 40 - 2 * 16, "{told:?}");
    assert!(house.provider.asked(TOKEN).len() <= 2 * 16);
}

#[tokio::test]
async fn codes_that_come_to_nothing_are_taken_to_the_provider_a_few_times_and_good_ones_are_not_counted() {
    let house = House::open().await;
    let (office, stranger) = (elsewhere(), elsewhere());
    let comes = async |from: IpAddr| {
        let away = house.bridge.leave_from(from, "/").await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        let back = house.bridge.back_from(from, &away.cookie, &away.word()).await;
        back.signed_on();
    };
    let began = Instant::now();
    for _ in 0..40 {
        comes(office).await;
    }
    // Had they been counted, thirty of them would have waited for two seconds each.
    assert!(began.elapsed() < Duration::from_secs(30));
    let before = house.provider.asked(TOKEN).len();
    let invalid = Answer::Json(400, json!({ "error": "invalid_grant" }));
    house.provider.answers(TOKEN, invalid.clone());
    let mut away = Vec::new();
    for _ in 0..40 {
        away.push(house.bridge.leave("/").await);
    }
    let began = Instant::now();
    let told = patient(join_all(away.iter().map(async |it| {
        let back = house.bridge.back_from(stranger, &it.cookie, &it.word()).await;
        back.location
    })))
    .await;
    let looked_at = told.iter().filter(|it| *it == "/?sign-on=late").count();
    let most = 10 + began.elapsed().as_secs() as usize / 2;
    assert!((10..=most).contains(&looked_at), "{told:?}");
    assert_eq!(house.provider.asked(TOKEN).len() - before, looked_at);

    // Those of many strangers together neither, and somebody who comes from where others signed in gets in all the same.
    let mut away = Vec::new();
    for _ in 0..200 {
        away.push(house.bridge.leave("/").await);
    }
    let told =
        patient(join_all(away.iter().map(async |it| {
            house.bridge.back(&it.cookie, &it.word()).await.location
        })))
        .await;
    let too_often = told.iter().filter(|it| *it == "/?sign-on=too-often").count();
    assert!(too_often > 0, "{told:?}");
    comes(office).await;
}

#[tokio::test]
async fn who_leaves_over_and_over_is_told_so_and_pushes_out_no_colleague() {
    let house = House::open().await;
    let office = elsewhere();
    let anna = house.bridge.leave_from(office, "/").await;
    let told = "/s/x?sign-on=too-often";
    let began = Instant::now();
    let mut left = 0;
    for _ in 0..256 {
        let head = house.bridge.try_to_leave(office, "/s/x").await;
        let to = header(&head, "location").unwrap();
        assert!(to == told || to.starts_with(&house.provider.issuer), "{to}");
        if to != told {
            left += 1;
        }
    }
    assert!(left <= 29 + began.elapsed().as_secs() + 1, "{left}");
    // Whoever is elsewhere leaves, and who left before them comes back.
    house.bridge.leave("/").await;
    house.provider.gives(&house.key.signs(&house.anna(&anna)));
    let back = house.bridge.back_from(office, &anna.cookie, &anna.word()).await;
    back.signed_on();
    // For whom the provider vouches leaves room for one more.
    house.bridge.leave_from(office, "/").await;
}
