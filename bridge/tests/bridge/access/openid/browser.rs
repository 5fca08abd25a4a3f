//! The browser that leaves for the provider and comes back: which one it is, to which page, and who else sends it there.

use pop3_console::config::Config;
use serde_json::{Value, json};

use super::{Away, House, header, hosted};
use crate::audit::Told;
use crate::support::Bridge;
use crate::support::provider::{Key, Provider, TOKEN};

#[tokio::test]
async fn what_began_in_one_browser_does_not_end_in_another_nor_twice() {
    let house = House::open().await;
    let bridge = &house.bridge;
    let (anna, mallory) = (bridge.leave("/").await, bridge.leave("/").await);
    house.provider.gives(&house.key.signs(&house.anna(&anna)));
    // Mallory has come by what anna was sent back with, and anna was led to what mallory was.
    bridge
        .back(&mallory.cookie, &anna.word())
        .await
        .is_turned_away("/", "late");
    bridge
        .back(&anna.cookie, &mallory.word())
        .await
        .is_turned_away("/", "late");
    bridge.back("", &anna.word()).await.is_turned_away("/", "late");
    assert!(house.provider.asked(TOKEN).is_empty());
    // It counts no more in its own browser either.
    bridge
        .back(&anna.cookie, &anna.word())
        .await
        .is_turned_away("/", "late");

    let again = bridge.leave("/").await;
    house.provider.gives(&house.key.signs(&house.anna(&again)));
    bridge.back(&again.cookie, &again.word()).await.signed_on();
    bridge
        .back(&again.cookie, &again.word())
        .await
        .is_turned_away("/", "late");
    assert_eq!(house.provider.asked(TOKEN).len(), 1);
    for word in ["", "state=", "code=x", "state=x&state=y&code=z", "state=%FF"] {
        bridge.back(&again.cookie, word).await.is_turned_away("/", "late");
    }
}

#[tokio::test]
async fn two_tabs_of_a_browser_are_away_at_once_and_it_is_signed_in_once() {
    let audit = Told::new();
    let house = House::open_with(|config| *config = audit.by(config.clone())).await;
    let first = house.bridge.leave("/").await;
    let (status, head) = house.bridge.go("/api/sign-on/openid", &first.cookie, "").await;
    assert_eq!(status, 303);
    let set = header(&head, "set-cookie").unwrap();
    assert!(set.starts_with(&format!("{};", first.cookie)), "{set}");
    let second = Away {
        to: header(&head, "location").unwrap().to_owned(),
        ..first.clone()
    };
    assert_ne!(first.parameter("state"), second.parameter("state"));
    let mut signed_on = Vec::new();
    for away in [&first, &second] {
        house.provider.gives(&house.key.signs(&house.anna(away)));
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        signed_on.push(back.signed_on());
    }
    // The browser has the cookie of the second alone: nobody could sign the first out any more.
    assert_eq!(house.bridge.knows(&signed_on[0]).await["signed_on"], Value::Null);
    assert_eq!(
        house.bridge.knows(&signed_on[1]).await["signed_on"]["name"],
        "anna"
    );
    // A tab that still shows the page to sign in has no need to go anywhere.
    let path = "/api/sign-on/openid?page=/s/x";
    let (_, head) = house.bridge.go(path, &signed_on[1].0, "").await;
    let told = (header(&head, "location"), header(&head, "set-cookie"));
    assert_eq!(told, (Some("/s/x"), None));
    // Nobody chooses what another browser is known by.
    let (_, head) = house
        .bridge
        .go("/api/sign-on/openid", "pop3-console-away=short", "")
        .await;
    assert!(!header(&head, "set-cookie").unwrap().contains("short"));
    house.bridge.stop().await;
    let records = audit.records();
    let told: Vec<_> = records.iter().map(|it| (&it["what"], &it["why"])).collect();
    let (on, off) = (json!("signed-on"), json!("signed-off"));
    let (none, anew) = (Value::Null, json!("signed-on-anew"));
    assert_eq!(told, [(&on, &none), (&off, &anew), (&on, &none)]);
}

#[tokio::test]
async fn who_signs_in_from_one_of_the_consoles_pages_is_back_there() {
    let house = House::open().await;
    for (_, path) in pop3_console::ROUTES
        .iter()
        .filter(|(_, path)| !path.starts_with("/api/") && *path != "/{*file}")
    {
        let page = path.replace("{session}", "k3v9q2");
        let away = house.bridge.leave(&page).await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        back.signed_on();
        assert_eq!(back.location, page);
        let away = house.bridge.leave(&page).await;
        let denied = format!("error=access_denied&state={}", away.parameter("state"));
        let back = house.bridge.back(&away.cookie, &denied).await;
        back.is_turned_away(&page, "denied");
    }
}

#[tokio::test]
async fn nobody_is_led_to_a_page_that_is_not_the_consoles() {
    let house = House::open().await;
    for page in [
        "https://evil.example/",
        "//evil.example",
        "/%5Cevil.example",
        "/s/x%2F..%2F..%2Fevil",
        "/s/x%0d%0aSet-Cookie:%20a=b",
        "/s/x%3Fsign-on=denied",
        "/api/sign-on",
        "",
    ] {
        let away = house.bridge.leave(page).await;
        house.provider.gives(&house.key.signs(&house.anna(&away)));
        let back = house.bridge.back(&away.cookie, &away.word()).await;
        back.signed_on();
        assert_eq!(back.location, "/", "{page}");
    }
}

#[tokio::test]
async fn another_sites_page_begins_nothing_and_fetches_nothing() {
    let told = Told::new();
    let house = House::open_with(|config| *config = told.by(config.clone())).await;
    let refused = async |path: &str, cookie: &str, more: &str| {
        let (status, head) = house.bridge.go(path, cookie, more).await;
        assert_eq!((status, header(&head, "set-cookie")), (403, None), "{more}");
    };
    for more in [
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
        "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n",
    ] {
        refused("/api/sign-on/openid", "", more).await;
    }
    let away = house.bridge.leave("/").await;
    house.provider.gives(&house.key.signs(&house.anna(&away)));
    for more in [
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nSec-Fetch-Dest: image\r\n",
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: iframe\r\n",
        "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Dest: empty\r\n",
    ] {
        refused(
            &format!("/api/sign-on/openid/back?{}", away.word()),
            &away.cookie,
            more,
        )
        .await;
    }
    house.bridge.back(&away.cookie, &away.word()).await.signed_on();
    house.bridge.stop().await;
    let times = told
        .of("foreign")
        .into_iter()
        .map(|it| it["times"].as_u64().unwrap());
    assert_eq!(times.sum::<u64>(), 7);
}

#[tokio::test]
async fn by_https_the_cookies_are_ones_that_nothing_else_can_set_and_a_path_is_kept() {
    let key = Key::new("one");
    let provider = Provider::start(&[&key]).await;
    let proxied = Config {
        public: vec!["https://pop3.company.com/console".parse().unwrap()],
        trusted_proxies: vec!["127.0.0.1/32".parse().unwrap()],
        ..hosted(&provider.issuer)
    };
    let bridge = Bridge::start_with(proxied).await;
    let house = House {
        bridge,
        provider,
        key,
    };
    let go = async |path: &str, cookie: &str| {
        let request = format!(
            "GET /console{path} HTTP/1.1\r\nHost: pop3.company.com\r\nX-Forwarded-Proto: https\r\nCookie: {cookie}\r\n\
             Connection: close\r\n\r\n"
        );
        let (status, head, _) = house.bridge.exchange(&request).await;
        assert_eq!(status, 303, "{head}");
        let header = |name| header(&head, name).unwrap_or_default().to_owned();
        (header("location"), header("set-cookie"))
    };
    let (to, cookie) = go("/api/sign-on/openid?page=/s/x", "").await;
    let (cookie, attributes) = cookie.split_once("; ").unwrap();
    assert!(cookie.starts_with("__Host-pop3-console-away="), "{cookie}");
    assert_eq!(attributes, "Max-Age=600; Path=/; HttpOnly; SameSite=Lax; Secure");
    let away = Away {
        cookie: cookie.to_owned(),
        to,
    };
    let back = "https%3A%2F%2Fpop3.company.com%2Fconsole%2Fapi%2Fsign-on%2Fopenid%2Fback";
    assert_eq!(away.parameter("redirect_uri"), back);
    let (page, _) = go("/api/sign-on/openid/back?state=x", &away.cookie).await;
    assert_eq!(page, "/console/?sign-on=late");
    house.provider.gives(&house.key.signs(&house.anna(&away)));
    let path = format!("/api/sign-on/openid/back?{}", away.word());
    let (page, cookie) = go(&path, &away.cookie).await;
    assert_eq!(page, "/console/s/x");
    assert!(cookie.starts_with("__Host-pop3-console="), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{cookie}"
    );
}
