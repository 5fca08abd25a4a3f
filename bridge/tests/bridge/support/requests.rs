//! What is asked of a bridge over HTTP, as pages and as anybody else may ask it.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use protocol::wire::encode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::accounts::Cookie;
use super::wire::Octets;
use super::{Bridge, Browser, Key, PATIENCE, patient};

impl Bridge {
    /// Asks for a new session as the page does.
    pub(crate) async fn open_session(&self) -> Key {
        let (status, body) = self.post("/api/sessions").await;
        assert_eq!(status, 201, "{body}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Key {
            session: text("session"),
            token: text("token"),
        }
    }

    pub(crate) async fn post(&self, path: &str) -> (u16, String) {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nContent-Length: 0",
            self.address,
            self.origin()
        );
        let (status, _, body) = self.http(&head).await;
        (status, body)
    }

    /// Asks for something with a token and a body, or none.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<serde_json::Value>,
    ) -> (u16, serde_json::Value) {
        let (status, _, body) = self.send(method, path, &Cookie::default(), token, body).await;
        (status, body)
    }

    /// The same with a cookie; and the header of the answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        Cookie(cookie, said): &Cookie,
        token: &str,
        body: Option<serde_json::Value>,
    ) -> (u16, String, serde_json::Value) {
        let body = body.map_or(String::new(), |body| body.to_string());
        let said: String = said
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nAuthorization: Bearer {token}\r\n\
             Cookie: {cookie}\r\n{said}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            self.origin(),
            body.len()
        );
        let (status, head, body) = self.exchange(&request).await;
        (status, head, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Makes a link as the owner's page does, and gives its number and its key.
    pub(crate) async fn link(&self, owner: &Key, link: serde_json::Value) -> (u32, Key) {
        let path = format!("{}/links", owner.path());
        let (status, made) = self.ask("POST", &path, &owner.token, Some(link)).await;
        assert_eq!(status, 201, "{made}");
        let key = Key {
            session: owner.session.clone(),
            token: made["token"].as_str().unwrap().to_owned(),
        };
        (u32::try_from(made["link"].as_u64().unwrap()).unwrap(), key)
    }

    /// Revokes a link as the owner's page does.
    pub(crate) async fn revoke(&self, owner: &Key, link: u32) {
        let path = format!("{}/links/{link}", owner.path());
        assert_eq!(self.ask("DELETE", &path, &owner.token, None).await.0, 204);
    }

    /// One request on a connection of its own: the status, the header and the body.
    pub(crate) async fn http(&self, head: &str) -> (u16, String, String) {
        self.exchange(&format!("{head}\r\nConnection: close\r\n\r\n"))
            .await
    }

    /// What is answered to a GET of somebody who knows the address alone.
    pub(crate) async fn probe(&self, path: &str) -> (u16, String, String) {
        exchange(self.wire().await, &probe(path)).await
    }

    /// What was counted, a line each.
    pub(crate) async fn counted(&self) -> String {
        let (status, head, text) = self.probe_beside("/metrics").await;
        assert_eq!(status, 200, "{text}");
        assert!(head.contains("application/openmetrics-text"), "{head}");
        text
    }

    /// The same where it tells what it counts.
    pub(crate) async fn probe_beside(&self, path: &str) -> (u16, String, String) {
        let tcp = TcpStream::connect(self.metrics.unwrap()).await.unwrap();
        exchange(Box::new(tcp), &probe(path)).await
    }

    /// Waits until a line of what was counted is that one.
    pub(crate) async fn until_counted(&self, line: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.counted().await;
            if text.lines().any(|it| it == line) {
                return;
            }
            assert!(Instant::now() < deadline, "no {line} in {text}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A whole request on a connection of its own, which is closed behind the answer.
    pub(crate) async fn exchange(&self, request: &str) -> (u16, String, String) {
        exchange(self.wire().await, request).await
    }

    /// With what asking for a session is answered.
    pub(crate) async fn status(&self, key: &Key) -> u16 {
        self.ask("GET", &key.path(), &key.token, None).await.0
    }

    /// Whether a key lets in.
    pub(crate) async fn lets_in(&self, key: &Key) -> bool {
        self.status(key).await == 200
    }

    /// With what asking for a session to be deleted is answered.
    pub(crate) async fn delete(&self, key: &Key) -> u16 {
        self.ask("DELETE", &key.path(), &key.token, None).await.0
    }

    /// Asks for a session's transcript as a file: the status, the header and the file.
    pub(crate) async fn export(&self, key: &Key, format: &str) -> (u16, String, String) {
        self.http(&self.export_head(key, format)).await
    }

    /// The same as the page of that browser does.
    pub(crate) async fn export_in(&self, browser: &str, key: &Key, format: &str) -> (u16, String, String) {
        let head = self.export_head(key, format);
        self.http(&format!("{head}\r\nConsole-Browser: {browser}")).await
    }

    /// The request for it. By HTTP/1.0 the file comes as it is, and not in chunks.
    pub(crate) fn export_head(&self, key: &Key, format: &str) -> String {
        format!(
            "GET {}/export/{format} HTTP/1.0\r\nHost: {}\r\nAuthorization: Bearer {}",
            key.path(),
            self.address,
            key.token
        )
    }

    /// With which code a page is turned away that comes with that key, and how long that takes. None of one that is let in.
    pub(crate) async fn turned_away(&self, key: &Key) -> (Option<u16>, Duration) {
        self.turned_away_with(key, &Cookie::default()).await
    }

    /// The same with a cookie.
    pub(crate) async fn turned_away_with(&self, key: &Key, cookie: &Cookie) -> (Option<u16>, Duration) {
        let socket = Browser::try_socket_with(self, Some(&self.origin()), cookie).await;
        let mut socket = socket.unwrap();
        let hello = encode(&key.hello("a browser of the tests", ""));
        let asked = Instant::now();
        socket.send(Message::binary(hello)).await.unwrap();
        let code = match patient(socket.next()).await {
            Some(Ok(Message::Close(Some(close)))) => Some(close.code.into()),
            _ => None,
        };
        (code, asked.elapsed())
    }
}

fn probe(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: 192.0.2.1\r\nConnection: close\r\n\r\n")
}

async fn exchange(mut stream: Box<dyn Octets>, request: &str) -> (u16, String, String) {
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = String::new();
    patient(stream.read_to_string(&mut answer)).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_owned(), body.to_owned())
}
