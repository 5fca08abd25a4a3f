//! Why a handshake failed.

use std::io;

use protocol::remark::Failure;
use rustls::{AlertDescription, Error, PeerIncompatible};

use super::text::visible;

/// The most characters of what a server said in plain text.
const SAID_MAX: usize = 200;

/// The most characters of a technical detail.
const DETAIL_MAX: usize = 300;

/// The server answered in plain text.
pub(super) fn plain_text(line: &[u8]) -> Failure {
    Failure::PlainText {
        said: visible(&String::from_utf8_lossy(line), SAID_MAX),
    }
}

/// What `error`, which ended the handshake, means. The certificate is none of its business.
pub(super) fn failure(error: &io::Error) -> Failure {
    let reason = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    match (reason, error.kind()) {
        (Some(reason), _) => Failure::Tls {
            detail: visible(&detail(reason), DETAIL_MAX),
        },
        (None, io::ErrorKind::UnexpectedEof) => Failure::Closed { detail: None },
        (None, _) => Failure::Closed {
            detail: Some(visible(&error.to_string(), DETAIL_MAX)),
        },
    }
}

fn detail(error: &Error) -> String {
    match error {
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        )
        | Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            format!(
                "the server speaks neither TLS 1.2 nor TLS 1.3, and older versions are not safe ({error})"
            )
        }
        Error::AlertReceived(AlertDescription::HandshakeFailure) => format!(
            "the server ended the handshake: it has no cipher suite in common with this console, has no working \
             certificate, or wants one from the client ({error})"
        ),
        Error::AlertReceived(AlertDescription::UnrecognisedName) => {
            format!("the server does not know the name that was asked for ({error})")
        }
        Error::AlertReceived(_) => format!("the server ended the handshake ({error})"),
        _ => error.to_string(),
    }
}
