//! What proves who somebody is, and what does not.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{House, SECRET, but, without};
use crate::support::provider::{
    Answer, CLIENT, DISCOVERY, KEYS, Key, TOKEN, USER_INFO, half_hash, now, signed_by_nobody, signed_with,
};

/// What is given for a code, made of what an honest provider would say.
type Forgery<'a> = Box<dyn Fn(Value) -> String + 'a>;

#[tokio::test]
async fn what_does_not_prove_who_somebody_is_signs_nobody_in() {
    let house = House::open().await;
    let (bridge, key) = (&house.bridge, &house.key);
    let (of_that_name, of_another) = (Key::new("one"), Key::new("two"));
    let says = |claim: &'static str, value: Value| -> Forgery<'_> {
        Box::new(move |claims| key.signs(&but(claims, claim, value.clone())))
    };
    let leaves_out =
        |claim: &'static str| -> Forgery<'_> { Box::new(move |claims| key.signs(&without(claims, claim))) };
    let public = key.public().to_string();
    let unproven: Vec<(&str, Forgery<'_>)> = vec![
        ("another nonce", says("nonce", json!("another"))),
        ("no nonce", leaves_out("nonce")),
        ("another audience", says("aud", json!("webmail"))),
        ("two audiences", says("aud", json!([CLIENT, "webmail"]))),
        ("no audience", leaves_out("aud")),
        ("made for another client", says("azp", json!("webmail"))),
        ("another issuer", says("iss", json!("https://evil.example"))),
        ("no issuer", leaves_out("iss")),
        ("no subject", leaves_out("sub")),
        ("another access token", says("at_hash", json!(half_hash("x")))),
        ("no end", leaves_out("exp")),
        ("signed by nobody", Box::new(|claims| signed_by_nobody(&claims))),
        (
            "signed with the secret",
            Box::new(|claims| signed_with(SECRET.as_bytes(), &claims)),
        ),
        (
            "signed with the public key",
            Box::new(|claims| signed_with(public.as_bytes(), &claims)),
        ),
        (
            "a key that is called so",
            Box::new(|claims| of_that_name.signs(&claims)),
        ),
        (
            "a key of somebody else's",
            Box::new(|claims| of_another.signs(&claims)),
        ),
        (
            "without its signature",
            Box::new(|claims| {
                let genuine = key.signs(&claims);
                genuine.rsplit_once('.').unwrap().0.to_owned() + "."
            }),
        ),
        (
            "changed",
            Box::new(|claims| {
                let genuine = key.signs(&claims);
                let parts: Vec<_> = genuine.split('.').collect();
                let changed = but(claims, "preferred_username", json!("root")).to_string();
                let changed = BASE64_URL_SAFE_NO_PAD.encode(changed);
                format!("{}.{changed}.{}", parts[0], parts[2])
            }),
        ),
        ("no token", Box::new(|_| "x".to_owned())),
    ];
    let expired = ("expired", says("exp", json!(now() - 1)));
    let unproven = unproven.into_iter().map(|it| (it, "unproven"));
    for ((what, forged), why) in unproven.chain([(expired, "expired")]) {
        let away = bridge.leave("/").await;
        house.provider.gives(&forged(house.anna(&away)));
        let back = bridge.back(&away.cookie, &away.word()).await;
        let told = format!("/?sign-on={why}");
        assert_eq!(
            (back.location.as_str(), &back.cookie),
            (told.as_str(), &None),
            "{what}"
        );
    }
    for tokens in [
        json!({ "access_token": "x", "token_type": "Bearer" }),
        json!([]),
        json!("x"),
    ] {
        house.provider.answers(TOKEN, Answer::Json(200, tokens));
        let away = bridge.leave("/").await;
        bridge
            .back(&away.cookie, &away.word())
            .await
            .is_turned_away("/", "unproven");
    }
    // It is the forgery that was wrong each time.
    house.comes(json!({})).await.signed_on();
}

#[tokio::test]
async fn new_keys_of_the_provider_are_asked_for_and_not_over_and_over() {
    let house = House::open().await;
    house.comes(json!({})).await.signed_on();
    assert_eq!(house.provider.asked(KEYS).len(), 1);
    let newer = Key::new("newer");
    house.provider.shows(&[&house.key, &newer]);
    let away = house.bridge.leave("/").await;
    house.provider.gives(&newer.signs(&house.anna(&away)));
    house.bridge.back(&away.cookie, &away.word()).await.signed_on();
    assert_eq!(house.provider.asked(KEYS).len(), 2);
    let unknown = Key::new("unknown");
    for _ in 0..20 {
        let away = house.bridge.leave("/").await;
        house.provider.gives(&unknown.signs(&house.anna(&away)));
        house
            .bridge
            .back(&away.cookie, &away.word())
            .await
            .is_turned_away("/", "unproven");
    }
    assert_eq!(house.provider.asked(KEYS).len(), 6);
}

#[tokio::test]
async fn an_algorithm_that_the_provider_turns_to_is_found_out_about_at_once() {
    let house = House::open().await;
    assert!(
        house.provider.asked(DISCOVERY).is_empty(),
        "it says ES256 already"
    );
    let signs_by = |algorithm: &str| {
        let said = but(
            house.provider.discovery(),
            "id_token_signing_alg_values_supported",
            json!([algorithm]),
        );
        house.provider.answers(DISCOVERY, Answer::Json(200, said));
    };
    signs_by("RS256");
    house.comes(json!({})).await.is_turned_away("/", "unproven");
    signs_by("ES256");
    house.comes(json!({})).await.signed_on();
}

#[tokio::test]
async fn another_providers_answer_is_not_taken_to_this_one() {
    let house = House::open().await;
    let genuine = house.provider.issuer.replace(':', "%3A").replace('/', "%2F");
    let come = async |issuer: &str| {
        let away = house.bridge.leave("/").await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        house.bridge.back(&away.cookie, &(away.word() + issuer)).await
    };
    come(&format!("&iss={genuine}")).await.signed_on();
    let before = house.provider.asked(TOKEN).len();
    for other in [
        "&iss=https%3A%2F%2Fevil.example",
        "&iss=",
        &format!("&iss={genuine}%2F"),
    ] {
        come(other).await.is_turned_away("/", "unproven");
    }
    assert_eq!(
        house.provider.asked(TOKEN).len(),
        before,
        "the code was given away"
    );

    // A provider that always says who it is has said so.
    let house = House::open().await;
    let says = but(
        house.provider.discovery(),
        "authorization_response_iss_parameter_supported",
        json!(true),
    );
    house.provider.answers(DISCOVERY, Answer::Json(200, says));
    let away = house.bridge.leave("/").await;
    house
        .bridge
        .back(&away.cookie, &away.word())
        .await
        .is_turned_away("/", "unproven");
    assert!(house.provider.asked(TOKEN).is_empty());
}

#[tokio::test]
async fn what_the_id_token_leaves_out_is_asked_for_and_is_about_the_same_person() {
    let house = House::open().await;
    let says = but(
        house.provider.discovery(),
        "userinfo_endpoint",
        json!(format!("{}{USER_INFO}", house.provider.issuer)),
    );
    house.provider.answers(DISCOVERY, Answer::Json(200, says));
    let comes = async |info: Answer, access: &str| {
        house.provider.answers(USER_INFO, info);
        let away = house.bridge.leave("/").await;
        let claims = without(without(house.anna(&away), "preferred_username"), "groups");
        let token = house.key.signs(&claims);
        let tokens = json!({ "access_token": access, "token_type": "Bearer", "id_token": token });
        house.provider.answers(TOKEN, Answer::Json(200, tokens));
        house.bridge.back(&away.cookie, &away.word()).await
    };
    let about = |subject: &str| {
        let said = json!({ "sub": subject, "preferred_username": "anna", "groups": ["ops"], "updated_at": "2026-01-01T00:00:00Z" });
        Answer::Json(200, said)
    };
    let anna = comes(about("subject-7"), "access-canary").await.signed_on();
    assert_eq!(
        house.bridge.knows(&anna).await["signed_on"]["role"],
        "administrator"
    );
    assert_eq!(
        house.provider.asked(USER_INFO)[0].authorization,
        "Bearer access-canary"
    );
    comes(about("another"), "x").await.is_turned_away("/", "unproven");
    comes(Answer::Json(401, json!({})), "x")
        .await
        .is_turned_away("/", "unproven");
    comes(about("subject-7"), "x\r\ny")
        .await
        .is_turned_away("/", "unproven");
}
