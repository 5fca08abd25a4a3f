use axum::body::Body;

use super::*;
use crate::config::Config;
use crate::web::listener::Share;

const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// Of a bridge that listens there, with these public addresses, behind proxies of these networks.
fn guard(listen: &str, public: &[&str], trusted: &[&str]) -> Guard {
    let config = Config {
        public: public.iter().map(|it| it.parse().unwrap()).collect(),
        trusted_proxies: trusted.iter().map(|it| it.parse().unwrap()).collect(),
        ..Config::default()
    };
    let counts = (Places::new(1, Share::default()), Metrics::new());
    Guard::new(
        &Front::of(&config),
        listen.parse().unwrap(),
        Audit::default(),
        counts,
        Duration::from_secs(1),
    )
}

fn local() -> Guard {
    guard("127.0.0.1:8110", &[], &[])
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

fn is_host(guard: &Guard, host: Option<&str>) -> bool {
    let headers: Vec<_> = host.iter().map(|host| ("host", *host)).collect();
    guard.wanted(PEER, &request("GET", "/", &headers)).is_ok()
}

fn is_origin(guard: &Guard, host: &str, origin: Option<&str>) -> bool {
    let mut headers = vec![("host", host)];
    headers.extend(origin.map(|origin| ("origin", origin)));
    guard.wanted(PEER, &request("POST", "/", &headers)).is_ok()
}

#[test]
fn only_the_own_names_with_the_own_port_are_hosts() {
    let guard = local();
    for host in ["127.0.0.1:8110", "localhost:8110", "LOCALHOST:8110"] {
        assert!(is_host(&guard, Some(host)), "{host}");
    }
    for host in [
        None,
        Some(""),
        Some("127.0.0.1"),
        Some("localhost"),
        Some("127.0.0.1:8111"),
        Some("127.0.0.1:81100"),
        Some("localhost.:8110"),
        Some("localhost.evil.example:8110"),
        Some("evil.example:8110"),
        Some("evil-localhost:8110"),
        Some("127.0.0.1.nip.io:8110"),
        Some("user@localhost:8110"),
        Some("0.0.0.0:8110"),
        Some("[::]:8110"),
        Some("[::1]:8110"),
    ] {
        assert!(!is_host(&guard, host), "{host:?}");
    }
}

#[test]
fn only_the_own_origin_is_one() {
    let guard = local();
    for host in ["127.0.0.1:8110", "localhost:8110"] {
        assert!(is_origin(&guard, host, Some(&format!("http://{host}"))));
    }
    for origin in [
        None,
        Some(""),
        Some("null"),
        Some("http://127.0.0.1:8110"),
        Some("http://localhost"),
        Some("http://localhost:8111"),
        Some("http://localhost:81100"),
        Some("https://localhost:8110"),
        Some("http://localhost:8110/"),
        Some("http://localhost:8110.evil.example"),
        Some("http://localhost.evil.example:8110"),
        Some("http://evil.example:8110"),
        Some("http://evil.example/http://localhost:8110"),
        Some("http://[::1]:8110"),
        Some("file://"),
    ] {
        assert!(!is_origin(&guard, "localhost:8110", origin), "{origin:?}");
    }
}

#[test]
fn the_default_port_may_be_left_out() {
    let guard = guard("127.0.0.1:80", &[], &[]);
    assert!(is_host(&guard, Some("localhost")));
    assert!(is_origin(&guard, "localhost", Some("http://localhost")));
}

#[test]
fn two_origins_are_none() {
    let twice = [
        ("host", "localhost:8110"),
        ("origin", "http://localhost:8110"),
        ("origin", "http://localhost:8110"),
    ];
    let refused = local().wanted(PEER, &request("POST", "/", &twice));
    assert_eq!(refused.err(), Some(Otherwise::Origin));
}

/// Behind a proxy on this machine, at two addresses of which one stands below a path.
fn hosted() -> Guard {
    let public = ["https://pop3.company.com", "https://company.com:8443/pop3"];
    guard("127.0.0.1:8110", &public, &["127.0.0.1/32"])
}

#[test]
fn a_hosted_console_answers_to_its_public_addresses_alone() {
    let guard = hosted();
    let asked = |peer: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("x-forwarded-proto", "https"), ("upgrade", "websocket")];
        all.extend(headers);
        let wanted = guard.wanted(peer.parse().unwrap(), &request("GET", "/pop3/x", &all));
        wanted
            .map(|wanted| wanted.at.to_string())
            .map_err(|why| match why {
                Otherwise::Host => "host",
                Otherwise::Origin => "origin",
                Otherwise::Clear(_) => "clear",
                other => panic!("{other:?}"),
            })
    };
    let own = |host: &str, origin: &str| asked("127.0.0.1", &[("host", host), ("origin", origin)]);
    assert_eq!(
        own("pop3.company.com", "https://pop3.company.com"),
        Ok("https://pop3.company.com".to_owned())
    );
    assert_eq!(
        own("company.com:8443", "https://company.com:8443"),
        Ok("https://company.com:8443/pop3".to_owned())
    );
    for host in [
        "localhost:8110",
        "127.0.0.1:8110",
        "company.com",
        "company.com:443",
        "pop3.company.com:8443",
        "pop3.company.com.evil.example",
        "evilpop3.company.com",
    ] {
        assert_eq!(own(host, &format!("https://{host}")), Err("host"), "{host}");
    }
    for origin in [
        "null",
        "",
        "http://pop3.company.com",
        "https://pop3.company.com:443",
        "https://pop3.company.com:8443",
        "https://pop3.company.com.evil.example",
        "https://evil-pop3.company.com",
        "https://company.com:8443",
        "https://company.com",
        "https://pop3.company.com/",
    ] {
        assert_eq!(own("pop3.company.com", origin), Err("origin"), "{origin}");
    }
    assert_eq!(asked("127.0.0.1", &[("host", "pop3.company.com")]), Err("origin"));
    // What whoever is no trusted proxy says of a request does not count.
    let right = [
        ("host", "pop3.company.com"),
        ("origin", "https://pop3.company.com"),
    ];
    assert_eq!(asked("192.0.2.9", &right), Err("clear"));
    let forged = [
        ("host", "evil.example"),
        ("x-forwarded-host", "pop3.company.com"),
        ("origin", "https://pop3.company.com"),
    ];
    assert_eq!(asked("192.0.2.9", &forged), Err("host"));
    assert!(asked("127.0.0.1", &forged).is_ok());
}

#[test]
fn what_comes_in_clear_text_to_an_address_of_tls_is_refused() {
    let guard = hosted();
    for proto in [Some("http"), Some("https, http"), None] {
        let mut headers = vec![("host", "pop3.company.com")];
        headers.extend(proto.map(|proto| ("x-forwarded-proto", proto)));
        let refused = guard.wanted(PEER, &request("GET", "/", &headers));
        assert!(matches!(refused, Err(Otherwise::Clear(_))), "{refused:?}");
    }
}

#[test]
fn the_path_is_taken_off_and_what_is_beside_it_is_not_there() {
    let guard = hosted();
    let asked = |method: &str, path: &str| {
        let headers = [
            ("host", "company.com:8443"),
            ("x-forwarded-proto", "https"),
            ("origin", "https://company.com:8443"),
        ];
        guard
            .wanted(PEER, &request(method, path, &headers))
            .map(|wanted| wanted.what.to_string())
    };
    for (path, what) in [
        ("/pop3/", "/"),
        ("/pop3/?server=x", "/?server=x"),
        ("/pop3/s/abc", "/s/abc"),
        ("/pop3/api/console?x=/pop3/", "/api/console?x=/pop3/"),
        ("/pop3//x", "//x"),
    ] {
        assert_eq!(asked("GET", path), Ok(what.to_owned()));
    }
    for path in ["/", "/api/console", "/pop30/", "/POP3/", "/x/pop3/"] {
        assert_eq!(asked("GET", path), Err(Otherwise::Nothing), "{path}");
    }
    let slash = Otherwise::Slash("/pop3/?server=x".to_owned());
    assert_eq!(asked("GET", "/pop3?server=x"), Err(slash));
    assert_eq!(asked("POST", "/pop3"), Err(Otherwise::Nothing));
}

#[test]
fn whoever_asked_the_proxy_is_who_asks() {
    let guard = hosted();
    let headers = [
        ("host", "pop3.company.com"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-for", "198.51.100.1, 192.0.2.7"),
    ];
    let wanted = guard.wanted(PEER, &request("GET", "/", &headers)).unwrap();
    assert_eq!(wanted.asked, Some("192.0.2.7".parse().unwrap()));
    let wanted = local().wanted(
        PEER,
        &request("GET", "/", &[("host", "localhost:8110"), headers[2]]),
    );
    assert_eq!(wanted.unwrap().asked, None);
}
