//! Files over HTTP, as a browser asks for them.

use axum::Router;
use axum::http::header::HeaderMap;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

const HASHED: &str = "frontend-1a2b3c4d5e6f7a8b_bg.wasm";

fn file(path: &str) -> File {
    File {
        gzip: Some(Bytes::from_static(b"zipped")),
        brotli: Some(Bytes::from_static(b"br")),
        ..File::plain(path, "as it is")
    }
}

/// What a server answers to a request for a file, with those header lines: the head, in lower case, and the body.
async fn asked(method: &str, file: File, lines: &str) -> (String, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = move |headers: HeaderMap| async move { file.answer(&headers) };
    let serving = tokio::spawn(async move {
        let routes = Router::new().route("/file", get(answer));
        let (stream, _) = listener.accept().await.unwrap();
        let service = hyper_util::service::TowerToHyperService::new(routes);
        let io = hyper_util::rt::TokioIo::new(stream);
        hyper::server::conn::http1::Builder::new()
            .serve_connection(io, service)
            .await
            .unwrap();
    });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{method} /file HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{lines}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    serving.await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn a_file_comes_in_the_encoding_that_is_wanted_and_says_so() {
    for (accept, encoding, body) in [
        ("gzip, deflate, br, zstd", Some("br"), "br"),
        ("gzip, br;q=0", Some("gzip"), "zipped"),
        ("deflate", None, "as it is"),
    ] {
        let lines = format!("Accept-Encoding: {accept}\r\n");
        let (head, came) = asked("GET", file(HASHED), &lines).await;
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        assert_eq!(
            (header(&head, "content-encoding"), came.as_str()),
            (encoding, body)
        );
        assert_eq!(header(&head, "vary"), Some("accept-encoding"));
        assert_eq!(header(&head, "content-type"), Some("application/wasm"));
        assert_eq!(
            header(&head, "content-length"),
            Some(body.len().to_string()).as_deref()
        );
        assert_eq!(header(&head, "cache-control"), Some(FOR_EVER));
    }
}

#[tokio::test]
async fn a_head_request_tells_the_same_without_the_body() {
    let lines = "Accept-Encoding: gzip\r\n";
    let (head, body) = asked("HEAD", file(HASHED), lines).await;
    assert_eq!(body, "");
    assert_eq!(header(&head, "content-encoding"), Some("gzip"));
    assert_eq!(header(&head, "content-length"), Some("6"));
    assert_eq!(header(&head, "etag"), Some("\"d1-gz\""));
}

#[tokio::test]
async fn what_the_browser_has_is_not_sent_again() {
    for (known, accept, is_known) in [
        ("\"d1-br\"", "br", true),
        ("W/\"d1-br\"", "br", true),
        ("\"other\", \"d1-br\"", "br", true),
        ("*", "br", true),
        ("\"d1\"", "deflate", true),
        ("\"d1\"", "br", false),
        ("\"d1-br\"", "gzip", false),
        ("\"d2-br\"", "br", false),
        ("d1-br", "br", false),
    ] {
        let lines = format!("Accept-Encoding: {accept}\r\nIf-None-Match: {known}\r\n");
        let (head, body) = asked("GET", file("index.html"), &lines).await;
        let status = if is_known { "304" } else { "200" };
        assert!(
            head.starts_with(&format!("http/1.1 {status} ")),
            "{known} {accept}: {head}"
        );
        assert_eq!(body.is_empty(), is_known);
        assert_eq!(header(&head, "cache-control"), Some(ASKED_AGAIN));
        assert_eq!(header(&head, "vary"), Some("accept-encoding"));
        assert!(header(&head, "etag").is_some());
    }
}

#[tokio::test]
async fn a_request_that_refuses_every_encoding_is_told_so() {
    let (head, body) = asked("GET", file(HASHED), "Accept-Encoding: *;q=0\r\n").await;
    assert!(head.starts_with("http/1.1 406 "), "{head}");
    assert!(body.ends_with(".\n"));
}

#[test]
fn only_names_with_a_hash_are_kept_for_ever() {
    assert!(is_hashed(HASHED));
    assert!(is_hashed("row-80d577f6557ebbc.css"));
    assert!(is_hashed("assets/style-1a2b3c4d5e6f7a8b.css"));
    assert!(!is_hashed("index.html"));
    assert!(!is_hashed("snippets/inline0.js"));
    assert!(!is_hashed("frontend.js"));
}
