//! What the provider is asked over HTTP: a connection a request, each with a deadline and a bounded answer. Redirects lead
//! nowhere: a provider answers where it says that it does.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{self, HeaderValue};
use axum::http::uri::{PathAndQuery, Uri};
use axum::http::{Request, Response};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use openidconnect::AsyncHttpClient;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::Issuer;

/// How long one answer may take, from the look-up of the host on.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// How long each of a host's addresses may take to be reached: one of them may lead nowhere.
const REACHED_WITHIN: Duration = Duration::from_secs(1);

/// How long it may take to find somebody there before a browser is sent on: whoever sits at it waits.
const FOUND_WITHIN: Duration = Duration::from_secs(2);

/// The longest answer, in octets: a provider's keys are a few thousand.
const ANSWER_MAX: usize = 256 * 1024;

/// The longest head of an answer, in octets.
const HEAD_MAX: usize = 64 * 1024;

/// Where a browser's port is left out.
const HTTPS_PORT: u16 = 443;
const HTTP_PORT: u16 = 80;

/// Whoever asks the provider.
pub(super) struct Http {
    tls: Arc<ClientConfig>,
    issuer: Issuer,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("{0} is no address by https")]
    Unsafe(String),
    #[error("it did not answer within {} seconds", ANSWER_WITHIN.as_secs())]
    Late,
    #[error("it is not reached within {} seconds", FOUND_WITHIN.as_secs())]
    NotFound,
    #[error("it is not reached: {0}")]
    Unreached(#[from] io::Error),
    #[error("it breaks the connection off: {0}")]
    Broken(#[from] hyper::Error),
    #[error("it answers with more than {ANSWER_MAX} octets, or not to the end")]
    TooLong,
}

impl Http {
    /// Asks that provider and whom it names, and trusts them so.
    pub(super) fn new(mut tls: ClientConfig, issuer: Issuer) -> Self {
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self {
            tls: Arc::new(tls),
            issuer,
        }
    }

    async fn answer(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let uri = request.uri().clone();
        match timeout(ANSWER_WITHIN, self.ask(&uri, request)).await {
            Ok(answered) => answered,
            Err(_) => Err(HttpError::Late),
        }
    }

    /// Whether somebody is there who could be asked.
    ///
    /// # Errors
    /// Why not.
    pub(super) async fn finds(&self, uri: &Uri) -> Result<(), HttpError> {
        let connecting = timeout(FOUND_WITHIN, self.connect(uri));
        connecting.await.unwrap_or(Err(HttpError::NotFound)).map(drop)
    }

    async fn ask(&self, uri: &Uri, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let nowhere = || HttpError::Unsafe(uri.to_string());
        let authority = uri.authority().ok_or_else(nowhere)?;
        let named = HeaderValue::try_from(authority.as_str()).map_err(|_| nowhere())?;
        let request = own_form(uri, request, named);
        match self.connect(uri).await? {
            Line::Plain(tcp) => exchange(tcp, request).await,
            Line::Sealed(sealed) => exchange(sealed, request).await,
        }
    }

    /// A connection with whoever answers there.
    async fn connect(&self, uri: &Uri) -> Result<Line, HttpError> {
        let nowhere = || HttpError::Unsafe(uri.to_string());
        if !self.issuer.is_safe_at(uri) {
            return Err(nowhere());
        }
        let authority = uri.authority().ok_or_else(nowhere)?;
        let is_https = uri.scheme_str() == Some("https");
        let usual = if is_https { HTTPS_PORT } else { HTTP_PORT };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let tcp = reached(host, authority.port_u16().unwrap_or(usual)).await?;
        if !is_https {
            return Ok(Line::Plain(tcp));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| nowhere())?;
        let sealed = TlsConnector::from(self.tls.clone()).connect(name, tcp).await?;
        Ok(Line::Sealed(Box::new(sealed)))
    }
}

/// A connection, protected or within this machine.
enum Line {
    Plain(TcpStream),
    Sealed(Box<TlsStream<TcpStream>>),
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.answer(request))
    }
}

/// A connection with the first of the host's addresses that can be reached.
async fn reached(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut why = io::Error::from(io::ErrorKind::NotFound);
    for address in lookup_host((host, port)).await? {
        why = match timeout(REACHED_WITHIN, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => error,
            Err(late) => late.into(),
        };
    }
    Err(why)
}

/// The request as it is asked of a server, which is told for which host it is (RFC 9112 §3.2.1).
fn own_form(uri: &Uri, request: Request<Vec<u8>>, host: HeaderValue) -> Request<Body> {
    let (mut head, body) = request.into_parts();
    let path = uri.path_and_query().cloned();
    head.uri = Uri::from(path.unwrap_or(PathAndQuery::from_static("/")));
    head.headers.insert(header::HOST, host);
    head.headers
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    Request::from_parts(head, Body::from(body))
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    request: Request<Body>,
) -> Result<Response<Vec<u8>>, HttpError> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_MAX)
        .handshake(TokioIo::new(stream))
        .await?;
    let answering = async {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = to_bytes(Body::new(body), ANSWER_MAX).await;
        let body = body.map_err(|_| HttpError::TooLong)?;
        Ok::<_, HttpError>(Response::from_parts(head, body.into()))
    };
    tokio::pin!(answering);
    tokio::select! {
        answered = &mut answering => return answered,
        // What came may still have to be taken.
        _ = connection => {}
    }
    answering.await
}
