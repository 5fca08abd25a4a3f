//! What ChromeDriver can do beyond what the client library knows.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::Value;
use url::{ParseError, Url};

/// How long ChromeDriver may take to end its browser.
const SHUT_DOWN_MAX: Duration = Duration::from_secs(8);

/// A command below the session's address.
#[derive(Debug)]
pub(super) struct Extension {
    path: String,
    body: Option<Value>,
}

impl Extension {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            body: None,
        }
    }

    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self {
            path: path.into(),
            body: Some(body),
        }
    }
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        match &self.body {
            None => (Method::GET, None),
            Some(body) => (Method::POST, Some(body.to_string())),
        }
    }
}

/// Has ChromeDriver end all of its sessions. Blocking and by hand: it runs while a test is being torn down.
pub(super) fn shut_down(port: u16) {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return;
    };
    let _ = stream.set_read_timeout(Some(SHUT_DOWN_MAX));
    let asked = write!(
        stream,
        "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    );
    if asked.is_ok() {
        let _ = stream.read_to_end(&mut Vec::new());
    }
}
