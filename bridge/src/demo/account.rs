//! The one account, and the ways to prove that one knows its password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

/// Its name.
const USER: &str = "user01";

/// Its password. It is in the manual: nothing here is anybody's secret.
const PASSWORD: &str = "password01";

/// USER and PASS (RFC 1939 §7).
pub(super) fn knows_password(user: &str, password: &str) -> bool {
    user == USER && password == PASSWORD
}

/// APOP (RFC 1939 §7): the MD5 digest of the greeting's timestamp and the password.
pub(super) fn knows_digest(user: &str, digest: &str, timestamp: &str) -> bool {
    let expected = Md5::digest(format!("{timestamp}{PASSWORD}"));
    let expected: String = expected.iter().map(|octet| format!("{octet:02x}")).collect();
    user == USER && digest == expected
}

/// PLAIN (RFC 4616): authorization identity, user and password, divided by NUL, in base64. None when it is
/// not of that form.
pub(super) fn knows_plain(response: &str) -> Option<bool> {
    let message = String::from_utf8(STANDARD.decode(response).ok()?).ok()?;
    let parts: Vec<&str> = message.split('\0').collect();
    let [identity, user, password] = parts[..] else {
        return None;
    };
    Some((identity.is_empty() || identity == user) && knows_password(user, password))
}
