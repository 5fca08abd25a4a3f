//! Who is let in at all.

use std::time::Duration;

use pop3_console::Server;
use pop3_console::config::{Config, Deadlines};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Bridge, Browser, config, patient, with};

fn foreign_origins(port: u16) -> Vec<String> {
    vec![
        "null".into(),
        "http://evil.example".into(),
        format!("http://evil.example:{port}"),
        format!("http://127.0.0.1.evil.example:{port}"),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("https://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        "http://127.0.0.1".into(),
        format!("http://127.0.0.1:{port}/"),
    ]
}

#[tokio::test]
async fn a_socket_is_opened_for_the_own_page_only() {
    let bridge = Bridge::start().await;
    let port = bridge.address.port();
    for origin in foreign_origins(port)
        .iter()
        .map(|origin| Some(origin.as_str()))
        .chain([None])
    {
        let refused = Browser::try_socket(&bridge, origin).await;
        assert!(
            matches!(&refused, Err(Error::Http(response)) if response.status() == 403),
            "{origin:?}: {refused:?}"
        );
    }
    // Another of its names is another origin, and some other program's may be there.
    let other = format!("http://localhost:{port}");
    assert!(Browser::try_socket(&bridge, Some(&other)).await.is_err());
    assert!(Browser::try_socket(&bridge, Some(&bridge.origin())).await.is_ok());
}

#[tokio::test]
async fn a_session_is_opened_for_the_own_page_only() {
    let bridge = Bridge::start().await;
    let post = |origin: String| {
        let head = format!(
            "POST /api/sessions HTTP/1.1\r\nHost: {}\r\nContent-Length: 0{origin}",
            bridge.address
        );
        let bridge = &bridge;
        async move { bridge.http(&head).await.0 }
    };
    assert_eq!(post(String::new()).await, 403);
    for origin in foreign_origins(bridge.address.port()) {
        assert_eq!(post(format!("\r\nOrigin: {origin}")).await, 403, "{origin}");
    }
    assert_eq!(post(format!("\r\nOrigin: {}", bridge.origin())).await, 201);
}

#[tokio::test]
async fn only_the_own_name_is_answered_to() {
    let bridge = Bridge::start().await;
    let port = bridge.address.port();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("127.0.0.1.nip.io:{port}"),
        format!("localhost:{}", port ^ 1),
        "localhost".to_owned(),
        format!("[::1]:{port}"),
    ] {
        for path in ["/", "/api/health", "/api/console", "/s/x"] {
            let (status, ..) = bridge.http(&format!("GET {path} HTTP/1.1\r\nHost: {host}")).await;
            assert_eq!(status, 403, "{host} {path}");
        }
    }
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let (status, _, body) = bridge
            .http(&format!("GET /api/health HTTP/1.1\r\nHost: {host}"))
            .await;
        assert_eq!((status, body.as_str()), (200, "{\"status\":\"ok\"}"));
    }
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_others_out() {
    let bridge = Bridge::start().await;
    for path in [
        "/",
        "/s/some-session",
        "/api/health",
        "/api/nothing",
        "/nothing.js",
    ] {
        let (_, head, _) = bridge
            .http(&format!("GET {path} HTTP/1.1\r\nHost: {}", bridge.address))
            .await;
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "x-content-type-options: nosniff",
            "cross-origin-opener-policy: same-origin",
            "referrer-policy: no-referrer",
        ] {
            assert!(head.contains(header), "{path}: {header} is missing in\n{head}");
        }
        assert!(!head.contains("unsafe-inline"), "{head}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused() {
    let bridge = Bridge::start().await;
    let mut stream = TcpStream::connect(bridge.address).await.unwrap();
    let head = format!(
        "POST /api/sessions HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Length: 1000000\r\n\r\n",
        bridge.address,
        bridge.origin()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[b'x'; 5000]).await.unwrap();
    let mut answer = [0; 12];
    patient(stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
}

#[tokio::test]
async fn a_header_that_comes_drop_by_drop_is_not_waited_for() {
    let deadlines = Deadlines {
        header: Duration::from_millis(500),
        ..Deadlines::default()
    };
    let bridge = Bridge::start_with(with(deadlines)).await;
    let (mut reading, mut writing) = TcpStream::connect(bridge.address).await.unwrap().into_split();
    let dripping = async {
        let mut drops = tokio::time::interval(Duration::from_millis(50));
        for octet in "GET /api/health HTTP/1.1\r\nX-Slow: "
            .bytes()
            .chain(std::iter::repeat(b'x'))
        {
            drops.tick().await;
            if writing.write_all(&[octet]).await.is_err() {
                break;
            }
        }
    };
    let mut answer = Vec::new();
    patient(async {
        tokio::select! {
            _ = reading.read_to_end(&mut answer) => {}
            () = dripping => {}
        }
    })
    .await;
    assert!(!answer.starts_with(b"HTTP/1.1 200"));

    // Somebody who is quick is served all the same.
    let head = format!("GET /api/health HTTP/1.1\r\nHost: {}", bridge.address);
    assert_eq!(bridge.http(&head).await.0, 200);
}

#[tokio::test]
async fn a_body_that_comes_drop_by_drop_is_not_waited_for() {
    let deadlines = Deadlines {
        // Those who are quick are so on a busy machine, too.
        answer: Duration::from_secs(2),
        ..Deadlines::default()
    };
    let bridge = Bridge::start_with(with(deadlines)).await;
    let (mut reading, mut writing) = TcpStream::connect(bridge.address).await.unwrap().into_split();
    let head = format!(
        "POST /api/sessions HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Length: 4000\r\n\r\n",
        bridge.address,
        bridge.origin()
    );
    writing.write_all(head.as_bytes()).await.unwrap();
    let dripping = async {
        let mut drops = tokio::time::interval(Duration::from_millis(50));
        loop {
            drops.tick().await;
            if writing.write_all(b" ").await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    let mut answer = [0; 12];
    patient(async {
        tokio::select! {
            read = reading.read_exact(&mut answer) => { read.unwrap(); }
            () = dripping => {}
            // Somebody who is quick is served all the while.
            () = served(&bridge) => {}
        }
    })
    .await;
    assert_eq!(&answer, b"HTTP/1.1 408");
}

/// Asks for something with a body, over and over, and is answered.
async fn served(bridge: &Bridge) {
    loop {
        let (status, _) = bridge.ask("POST", "/api/nothing", "", Some(json!({}))).await;
        assert_eq!(status, 404);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_socket_without_the_consoles_subprotocol_is_refused() {
    let bridge = Bridge::start().await;
    for offer in [
        "",
        "\r\nSec-WebSocket-Protocol: other",
        "\r\nSec-WebSocket-Protocol: pop3-console2, x",
    ] {
        let head = format!(
            "GET /api/socket HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=={offer}",
            bridge.address,
            bridge.origin()
        );
        let (status, _, body) = bridge.http(&head).await;
        assert_eq!(
            (status, body.as_str()),
            (400, "This is no WebSocket of the console's.\n"),
            "{offer}"
        );
    }
    // Nor is a plain request to the same place.
    let head = format!(
        "GET /api/socket HTTP/1.1\r\nHost: {}\r\nSec-WebSocket-Protocol: pop3-console",
        bridge.address
    );
    assert_eq!(bridge.http(&head).await.0, 400);
}

#[tokio::test]
async fn a_request_that_names_another_host_in_its_first_line_or_two_hosts_is_refused() {
    let bridge = Bridge::start().await;
    let host = bridge.address;
    for head in [
        format!("GET http://evil.example/api/health HTTP/1.1\r\nHost: {host}"),
        format!("GET http://{host}/api/health HTTP/1.1\r\nHost: evil.example"),
        format!("GET /api/health HTTP/1.1\r\nHost: {host}\r\nHost: evil.example"),
        format!("GET /api/health HTTP/1.1\r\nHost: evil.example\r\nHost: {host}"),
        format!("GET /api/health HTTP/1.1\r\nHost: {host}, evil.example"),
        format!("GET /api/health HTTP/1.1\r\nX-Forwarded-Host: {host}"),
        "GET /api/health HTTP/1.1".to_owned(),
    ] {
        let (status, _, body) = bridge.http(&head).await;
        assert!(matches!(status, 400 | 403), "{status}: {head}");
        assert!(!body.contains("ok"), "{head}");
    }
}

#[tokio::test]
async fn the_bridge_does_not_listen_where_others_could_reach_it() {
    let refused = Server::new(Config {
        listen: "0.0.0.0:0".parse().unwrap(),
        ..config()
    })
    .await;
    let sentence = refused.err().unwrap().to_string();
    assert!(sentence.contains("does not listen on 0.0.0.0"), "{sentence}");

    // Port 0 of the unspecified address: nothing is sent, and the listener is gone at once.
    let server = Server::new(config()).await.unwrap();
    let open = TcpListener::bind("0.0.0.0:0").await.unwrap();
    assert!(server.serve(open).await.is_err());
}
