//! Where the provider is asked, and where it is not, whatever it says of itself; and what is done while it is not there.

use std::time::{Duration, Instant};

use pop3_console::config::Config;
use serde_json::json;
use tokio::net::{TcpListener, TcpSocket};

use super::{Away, House, but, elsewhere, header, hosted, without};
use crate::support::provider::{Answer, CLIENT, DISCOVERY, KEYS, Key, Provider, TOKEN, USER_INFO, now};
use crate::support::{Bridge, patient};

#[tokio::test]
async fn a_provider_that_says_to_be_another_or_leads_where_others_hear_signs_nobody_in() {
    for (what, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(null)),
        ("authorization_endpoint", json!("http://evil.example/authorize")),
        ("authorization_endpoint", json!("javascript:alert(1)")),
        ("token_endpoint", json!(null)),
    ] {
        let house = House::open().await;
        let says = but(house.provider.discovery(), what, value.clone());
        house.provider.answers(DISCOVERY, Answer::Json(200, says));
        let (status, head) = house.bridge.go("/api/sign-on/openid", "", "").await;
        let told = (status, header(&head, "location"), header(&head, "set-cookie"));
        assert_eq!(told, (303, Some("/?sign-on=unreachable"), None), "{what} {value}");
    }
}

#[tokio::test]
async fn a_provider_by_tls_is_asked_nothing_where_others_hear_although_it_would_be_answered_there() {
    let key = Key::new("one");
    let provider = Provider::start_sealed(&[&key]).await;
    let heard = Provider::start(&[&key]).await;
    for (what, path, why) in [
        ("jwks_uri", KEYS, "unreachable"),
        ("token_endpoint", TOKEN, "unreachable"),
        ("userinfo_endpoint", USER_INFO, "unproven"),
    ] {
        // What it says of itself is believed for an hour.
        let trusting = Config {
            ca_files: vec![provider.certificate()],
            ..hosted(&provider.issuer)
        };
        let bridge = Bridge::start_with(trusting).await;
        let says = but(
            provider.discovery(),
            what,
            json!(format!("{}{path}", heard.issuer)),
        );
        provider.answers(DISCOVERY, Answer::Json(200, says));
        let (_, head) = bridge.go("/api/sign-on/openid", "", "").await;
        let mut told = header(&head, "location").unwrap().to_owned();
        if let Some(cookie) = header(&head, "set-cookie") {
            let (cookie, _) = cookie.split_once("; ").unwrap();
            let away = Away {
                cookie: cookie.to_owned(),
                to: told,
            };
            // It would do wherever it was given.
            let claims = json!({
                "iss": provider.issuer, "sub": "subject-7", "aud": CLIENT, "nonce": away.parameter("nonce"),
                "iat": now(), "exp": now() + 300,
            });
            provider.gives(&key.signs(&claims));
            heard.gives(&key.signs(&claims));
            let said = json!({ "sub": "subject-7", "preferred_username": "anna", "groups": ["helpdesk"] });
            heard.answers(USER_INFO, Answer::Json(200, said));
            told = bridge.back(&away.cookie, &away.word()).await.location;
        }
        assert_eq!(told, format!("/?sign-on={why}"), "{what}");
        assert!(heard.asked(path).is_empty(), "{what}");
    }
}

#[tokio::test]
async fn the_provider_sends_the_console_nowhere_else() {
    const ELSEWHERE: &str = "/elsewhere";
    for path in [DISCOVERY, KEYS, TOKEN] {
        let house = House::open().await;
        let true_one = match path {
            DISCOVERY => Answer::Json(200, house.provider.discovery()),
            KEYS => Answer::Json(200, json!({ "keys": [house.key.public()] })),
            _ => Answer::Json(200, json!({})),
        };
        house.provider.answers(ELSEWHERE, true_one);
        house
            .provider
            .answers(path, Answer::Elsewhere(ELSEWHERE.to_owned()));
        let (_, head) = house.bridge.go("/api/sign-on/openid", "", "").await;
        if path == TOKEN {
            let away = house.bridge.leave("/").await;
            let back = house.bridge.back(&away.cookie, &away.word()).await;
            back.is_turned_away("/", "unproven");
        } else {
            assert_eq!(header(&head, "location"), Some("/?sign-on=unreachable"), "{path}");
        }
        assert_eq!(house.provider.asked(path).len(), 1, "{path}");
        assert!(house.provider.asked(ELSEWHERE).is_empty(), "{path}");
    }
}

#[tokio::test]
async fn the_console_starts_without_its_provider_and_signs_people_in_when_that_comes() {
    // Bound and not listening: nobody else is there, and neither is the provider.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let bridge = Bridge::start_with(hosted(&format!("http://{address}"))).await;
    let (_, head) = bridge.go("/api/sign-on/openid?page=/s/x", "", "").await;
    assert_eq!(header(&head, "location"), Some("/s/x?sign-on=unreachable"));
    let key = Key::new("one");
    let _provider = Provider::start_on(socket.listen(16).unwrap(), &[&key], false);
    let began = Instant::now();
    loop {
        let (_, head) = bridge.go("/api/sign-on/openid", "", "").await;
        if header(&head, "location")
            .unwrap()
            .starts_with(&format!("http://{address}/authorize"))
        {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(15), "{head}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_provider_that_says_too_much_or_nothing_keeps_nobody_for_long() {
    for (answer, why) in [
        (Answer::Endless, "unreachable"),
        (Answer::Nothing, "unreachable"),
        (Answer::Json(500, json!({ "error": "server_error" })), "refused"),
        (Answer::Json(400, json!({ "error": "invalid_grant" })), "late"),
    ] {
        let house = House::open().await;
        let away = house.bridge.leave("/").await;
        house.provider.answers(TOKEN, answer);
        let began = Instant::now();
        house
            .bridge
            .back(&away.cookie, &away.word())
            .await
            .is_turned_away("/", why);
        assert!(began.elapsed() < Duration::from_secs(10));
        // Nobody else waits for that.
        house.comes(json!({})).await.signed_on();
    }
    for path in [DISCOVERY, KEYS] {
        for answer in [Answer::Endless, Answer::Nothing] {
            let house = House::open().await;
            house.provider.answers(path, answer);
            let began = Instant::now();
            let (_, head) = house.bridge.go("/api/sign-on/openid", "", "").await;
            assert_eq!(header(&head, "location"), Some("/?sign-on=unreachable"), "{path}");
            assert!(began.elapsed() < Duration::from_secs(10));
        }
    }
}

#[tokio::test]
async fn what_the_provider_said_of_itself_holds_until_it_says_something_else() {
    let house = House::open().await;
    house.comes(json!({})).await.signed_on();
    let newer = Key::new("newer");
    let come = async |key: &Key| {
        let away = house.bridge.leave("/").await;
        house.provider.gives(&key.signs(&house.anna(&away)));
        house.bridge.back(&away.cookie, &away.word()).await
    };
    let discovery = house.provider.discovery();
    for answer in [
        Answer::Json(500, json!({})),
        Answer::Json(200, without(discovery.clone(), "token_endpoint")),
    ] {
        house.provider.answers(DISCOVERY, answer);
        come(&newer).await.is_turned_away("/", "unreachable");
        come(&house.key).await.signed_on();
    }
    house.provider.answers(DISCOVERY, Answer::Json(200, discovery));
    house.provider.shows(&[&newer]);
    come(&newer).await.signed_on();
    come(&house.key).await.is_turned_away("/", "unproven");
}

/// Leaves over and over until that is so of where the browser is sent.
async fn until_sent(bridge: &Bridge, is_there: impl Fn(&str) -> bool) {
    patient(async {
        loop {
            let head = bridge.try_to_leave(elsewhere(), "/s/x").await;
            if is_there(header(&head, "location").unwrap()) {
                return;
            }
            // For as long as it counts what was found.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_is_sent_to_where_the_provider_was_and_is_no_more() {
    for is_sealed in [false, true] {
        let key = Key::new("one");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let provider = Provider::start_on(listener, &[&key], is_sealed);
        let (address, to) = (provider.address, format!("{}/authorize", provider.issuer));
        let mut config = hosted(&provider.issuer);
        if is_sealed {
            config.ca_files = vec![provider.certificate()];
        }
        let bridge = Bridge::start_behind("127.0.0.1/32", config).await;
        until_sent(&bridge, |it| it.starts_with(&to)).await;
        drop(provider);
        until_sent(&bridge, |it| it == "/s/x?sign-on=unreachable").await;
        if is_sealed {
            // Whoever is there then has another certificate.
            continue;
        }
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let _back = Provider::start_on(socket.listen(16).unwrap(), &[&key], false);
        until_sent(&bridge, |it| it.starts_with(&to)).await;
    }
}

#[tokio::test]
async fn a_provider_is_reached_by_tls_and_only_with_a_certificate_that_is_trusted() {
    let key = Key::new("one");
    let provider = Provider::start_sealed(&[&key]).await;
    let trusting = Config {
        ca_files: vec![provider.certificate()],
        ..hosted(&provider.issuer)
    };
    let bridge = Bridge::start_with(trusting).await;
    let house = House {
        bridge,
        provider,
        key,
    };
    house.comes(json!({})).await.signed_on();
    let bridge = Bridge::start_with(hosted(&house.provider.issuer)).await;
    let (_, head) = bridge.go("/api/sign-on/openid", "", "").await;
    assert_eq!(header(&head, "location"), Some("/?sign-on=unreachable"));
}
