//! A provider of OpenID Connect that says what a test wants, true or not.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use super::tls;

pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(crate) const KEYS: &str = "/keys";
pub(crate) const TOKEN: &str = "/token";
pub(crate) const USER_INFO: &str = "/user-info";

/// What the console is called there.
pub(crate) const CLIENT: &str = "console";

/// A provider. It ends with the test.
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    pub(crate) issuer: String,
    says: Arc<Mutex<Says>>,
    serving: JoinHandle<()>,
    /// The certificate that it shows, where it speaks TLS.
    certificate: Option<(TempDir, PathBuf)>,
}

#[derive(Default)]
struct Says {
    answers: HashMap<&'static str, Answer>,
    asked: Vec<Asked>,
}

/// What it was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// What it answers.
#[derive(Clone)]
pub(crate) enum Answer {
    Json(u16, Value),
    /// To go there.
    Elsewhere(String),
    /// More than anybody takes.
    Endless,
    /// Nothing, and goes on with that.
    Nothing,
}

/// A key that it signs with, and what it is called.
pub(crate) struct Key {
    pair: EcdsaKeyPair,
    name: &'static str,
}

impl Key {
    pub(crate) fn new(name: &'static str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).unwrap();
        Self { pair, name }
    }

    /// What everybody is told of it (RFC 7517).
    pub(crate) fn public(&self) -> Value {
        // Uncompressed: a 4, and the two coordinates.
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.name,
            "x": BASE64_URL_SAFE_NO_PAD.encode(x), "y": BASE64_URL_SAFE_NO_PAD.encode(y),
        })
    }

    /// A token that it signs (RFC 7515).
    pub(crate) fn signs(&self, claims: &Value) -> String {
        let signed = unsigned(&json!({ "alg": "ES256", "typ": "JWT", "kid": self.name }), claims);
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// A token that nobody signs.
pub(crate) fn signed_by_nobody(claims: &Value) -> String {
    unsigned(&json!({ "alg": "none" }), claims) + "."
}

/// A token that whoever knows that signs.
pub(crate) fn signed_with(secret: &[u8], claims: &Value) -> String {
    let signed = unsigned(&json!({ "alg": "HS256" }), claims);
    let mut signing = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    signing.update(signed.as_bytes());
    let signature = signing.finalize().into_bytes();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

fn unsigned(head: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(head), part(claims))
}

/// What is told of a token beside it: half of its digest.
pub(crate) fn half_hash(token: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(token.as_bytes())[..16])
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

impl Provider {
    /// One that shows these keys.
    pub(crate) async fn start(keys: &[&Key]) -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), keys, false)
    }

    /// The same by TLS, with a certificate that nobody knows.
    pub(crate) async fn start_sealed(keys: &[&Key]) -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), keys, true)
    }

    pub(crate) fn start_on(listener: TcpListener, keys: &[&Key], is_sealed: bool) -> Self {
        let address = listener.local_addr().unwrap();
        let says = Arc::new(Mutex::new(Says::default()));
        let (acceptor, certificate) = if is_sealed {
            let (acceptor, pem) = tls::acceptor_and_certificate();
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("provider.pem");
            std::fs::write(&file, pem).unwrap();
            (Some(acceptor), Some((folder, file)))
        } else {
            (None, None)
        };
        let scheme = if is_sealed { "https" } else { "http" };
        let provider = Self {
            address,
            issuer: format!("{scheme}://{address}"),
            serving: tokio::spawn(serve(listener, acceptor, says.clone())),
            says,
            certificate,
        };
        provider.shows(keys);
        provider.answers(DISCOVERY, Answer::Json(200, provider.discovery()));
        provider
    }

    /// The file with its certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.certificate.as_ref().unwrap().1.clone()
    }

    /// What it says of itself.
    pub(crate) fn discovery(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at(TOKEN),
            "jwks_uri": at(KEYS),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            // What is none of the console's business, and what is not to be taken, is among it.
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "XY999"],
        })
    }

    /// Shows these keys from now on.
    pub(crate) fn shows(&self, keys: &[&Key]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.public()).collect();
        self.answers(KEYS, Answer::Json(200, json!({ "keys": keys })));
    }

    /// Answers so there from now on.
    pub(crate) fn answers(&self, path: &'static str, answer: Answer) {
        self.says.lock().unwrap().answers.insert(path, answer);
    }

    /// Gives this token for whichever code, and an access token.
    pub(crate) fn gives(&self, id_token: &str) {
        let tokens = json!({ "access_token": "access-canary", "token_type": "Bearer", "id_token": id_token });
        self.answers(TOKEN, Answer::Json(200, tokens));
    }

    /// What it was asked there.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let says = self.says.lock().unwrap();
        says.asked.iter().filter(|it| it.path == path).cloned().collect()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>, says: Arc<Mutex<Says>>) {
    // Those that stand end with this task.
    let mut standing = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (acceptor, says) = (acceptor.clone(), says.clone());
        standing.spawn(async move {
            match acceptor {
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream, &says).await;
                    }
                }
                None => answer(stream, &says).await,
            }
        });
    }
}

/// Answers one request. The bridge may have gone by then.
async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, says: &Mutex<Says>) {
    let mut stream = BufReader::new(stream);
    let Some(asked) = request(&mut stream).await else {
        return;
    };
    let answer = {
        let mut says = says.lock().unwrap();
        let answer = says.answers.get(asked.path.as_str()).cloned();
        says.asked.push(asked);
        answer.unwrap_or(Answer::Json(404, json!({ "error": "not_found" })))
    };
    let head = |status: u16, more: &str| {
        format!("HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n{more}Connection: close\r\n\r\n")
    };
    let _ = match answer {
        Answer::Json(status, value) => {
            let body = value.to_string();
            let length = format!("Content-Length: {}\r\n", body.len());
            stream.write_all((head(status, &length) + &body).as_bytes()).await
        }
        Answer::Elsewhere(address) => {
            let head = head(302, &format!("Location: {address}\r\nContent-Length: 0\r\n"));
            stream.write_all(head.as_bytes()).await
        }
        Answer::Endless => {
            let mut done = stream.write_all(head(200, "").as_bytes()).await;
            while done.is_ok() {
                done = stream.write_all(&[b' '; 4096]).await;
            }
            done
        }
        // It ends with the test.
        Answer::Nothing => {
            sleep(Duration::from_secs(3600)).await;
            Ok(())
        }
    };
    let _ = stream.shutdown().await;
}

async fn request(stream: &mut BufReader<impl AsyncRead + AsyncWrite + Unpin>) -> Option<Asked> {
    let (mut first, mut length, mut authorization) = (None, 0, String::new());
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if first.is_none() {
            first = Some(line.to_owned());
        } else if let Some((name, value)) = line.split_once(": ") {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse().ok()?,
                "authorization" => authorization = value.to_owned(),
                _ => {}
            }
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Asked {
        path: first?.split(' ').nth(1)?.to_owned(),
        authorization,
        body: String::from_utf8(body).ok()?,
    })
}
