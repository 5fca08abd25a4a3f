//! Which mailbox somebody signs in to: read out of what they send, of which nothing else is looked at.
//!
//! A mailbox's name is no secret, and what stands beside it is. Where it is not plain what is the name, there is none:
//! nothing else may come out of here.

use crate::base64;
use crate::command;
use crate::wire::deceives;

/// The longest name of a mailbox that is taken for one, in octets of UTF-8: what RFC 5321 §4.5.3.1 bounds an address to.
pub const MAILBOX_MAX: usize = 320;

/// The name of a mailbox: short, in one word, without controls and without what changes the direction of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox(Box<str>);

impl Mailbox {
    /// The mailbox of that name, if it can be one.
    pub fn new(name: &[u8]) -> Option<Self> {
        let name = std::str::from_utf8(name).ok()?;
        let fits = (1..=MAILBOX_MAX).contains(&name.len());
        let plain = !name.chars().any(|it| it.is_whitespace() || deceives(it));
        (fits && plain).then(|| Self(name.into()))
    }

    /// The name as it was sent.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Whether both name one mailbox, as far as names tell: few servers mind the letter case.
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// What USER names. More than one word is more than a name.
    pub(crate) fn of_user(line: &[u8]) -> Option<Self> {
        Self::new(command::arguments(line))
    }

    /// What APOP names, where a digest stands behind it: what stands alone may be the digest.
    pub(crate) fn of_apop(line: &[u8]) -> Option<Self> {
        let arguments = command::arguments(line);
        let (name, digest) = split_at_blank(arguments)?;
        is_digest(digest.trim_ascii()).then(|| Self::new(name))?
    }
}

/// A mechanism of SASL that tells whose mailbox it is in its first response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// RFC 4616.
    Plain,
    /// draft-murchison-sasl-login: the first response is the name, and the second the password.
    Login,
    /// RFC 2195.
    CramMd5,
    /// RFC 5802, of any hash.
    Scram,
    /// As Google and Microsoft describe it.
    XOauth2,
    /// RFC 7628.
    OauthBearer,
}

impl Naming {
    /// How a mechanism of that name does, if it is known.
    pub(crate) fn of(mechanism: &[u8]) -> Option<Self> {
        let is = |name: &str| mechanism.eq_ignore_ascii_case(name.as_bytes());
        let begins = |with: &str| {
            let begin = mechanism.get(..with.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()))
        };
        Some(match () {
            () if is("PLAIN") => Naming::Plain,
            () if is("LOGIN") => Naming::Login,
            () if is("CRAM-MD5") => Naming::CramMd5,
            () if begins("SCRAM-") => Naming::Scram,
            () if is("XOAUTH2") => Naming::XOauth2,
            () if is("OAUTHBEARER") => Naming::OauthBearer,
            () => return None,
        })
    }

    /// What stands beside the name in a first response, decoded, that is a name and at most a digest: nothing, or the
    /// digest. None of another, all of which may be a secret: somebody may type a password where the name is asked for.
    pub(crate) fn beside_name(self, octets: &[u8]) -> Option<&[u8]> {
        match self {
            Naming::Login => is_address(octets).then_some(b""),
            Naming::CramMd5 => cram_md5(octets).map(|(_, digest)| digest),
            Naming::Plain | Naming::Scram | Naming::XOauth2 | Naming::OauthBearer => None,
        }
    }

    /// The mailbox that the first response names, as it was sent.
    pub(crate) fn read(self, response: &[u8]) -> Option<Mailbox> {
        let octets = zeroize::Zeroizing::new(base64::decode(response)?);
        match self {
            Naming::Plain => plain(&octets),
            Naming::Login => Mailbox::new(&octets),
            Naming::CramMd5 => Mailbox::new(cram_md5(&octets)?.0),
            Naming::Scram => scram(&octets),
            Naming::XOauth2 => {
                let rest = octets.strip_prefix(b"user=")?;
                Mailbox::new(until(rest, b"\x01auth=")?)
            }
            // RFC 7628 §3.1: the header is that of GS2, and what stands in it is the mailbox.
            Naming::OauthBearer => {
                gs2(&octets).and_then(|(named, rest)| rest.starts_with(b"\x01").then_some(named).flatten())
            }
        }
    }
}

/// The name and the digest of CRAM-MD5's response (RFC 2195).
fn cram_md5(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = octets.iter().rposition(|&octet| octet == b' ')?;
    let (name, digest) = (&octets[..blank], &octets[blank + 1..]);
    is_digest(digest).then_some((name, digest))
}

/// Whether that can hardly be anything but an address. Many a password has an `@` in it, and few a host behind that.
fn is_address(text: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'@', text).filter(|&at| at > 0) else {
        return false;
    };
    let mut labels = text[at + 1..].split(|&octet| octet == b'.');
    let is_label = |label: &[u8]| {
        let fits = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-';
        !label.is_empty() && label.iter().all(fits)
    };
    labels.clone().nth(1).is_some() && labels.all(is_label)
}

/// Whether the challenge asks for a password, as LOGIN's second one does: then what answers it is no name.
pub(crate) fn asks_for_password(continuation: &[u8]) -> bool {
    let text = continuation.get(1..).unwrap_or_default().trim_ascii();
    let says = |said: &[u8]| said.to_ascii_lowercase().windows(4).any(|word| word == b"pass");
    // Some servers word it in plain text.
    says(text) || base64::decode(text).is_some_and(|said| says(&said))
}

/// Whom PLAIN signs in (RFC 4616 §2): `[authzid] NUL authcid NUL passwd`. Who acts for somebody else opens the other's.
fn plain(message: &[u8]) -> Option<Mailbox> {
    let mut fields = message.split(|&octet| octet == 0);
    let (acts_for, name, password) = (fields.next()?, fields.next()?, fields.next()?);
    if fields.next().is_some() || password.is_empty() {
        return None;
    }
    Mailbox::new(if acts_for.is_empty() { name } else { acts_for })
}

/// The same of SCRAM's first message (RFC 5802 §7): `n,[a=authzid],n=user,r=nonce`.
fn scram(message: &[u8]) -> Option<Mailbox> {
    let (acts_for, rest) = gs2(message)?;
    let name = until(rest.strip_prefix(b"n=")?, b",r=")?;
    acts_for.or_else(|| Mailbox::new(&unescaped(name)?))
}

/// Whom the header of GS2 (RFC 5801 §4) names, if anybody, and what stands behind it.
fn gs2(message: &[u8]) -> Option<(Option<Mailbox>, &[u8])> {
    let begin = memchr::memchr(b',', message)?;
    let (binding, rest) = (message.get(..begin)?, message.get(begin + 1..)?);
    if !matches!(binding, b"n" | b"y") && !binding.starts_with(b"p=") {
        return None;
    }
    let end = memchr::memchr(b',', rest)?;
    let (named, rest) = (rest.get(..end)?, rest.get(end + 1..)?);
    if named.is_empty() {
        return Some((None, rest));
    }
    let name = unescaped(named.strip_prefix(b"a=")?)?;
    Some((Some(Mailbox::new(&name)?), rest))
}

/// A name of SCRAM's without its escapes (RFC 5802 §5.1).
fn unescaped(name: &[u8]) -> Option<Vec<u8>> {
    let name = std::str::from_utf8(name).ok()?;
    let mut parts = name.split('=');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (octet, rest) = match part.as_bytes().get(..2)? {
            b"2C" | b"2c" => (',', part.get(2..)?),
            b"3D" | b"3d" => ('=', part.get(2..)?),
            _ => return None,
        };
        plain.push(octet);
        plain.push_str(rest);
    }
    Some(plain.into_bytes())
}

/// What stands in front of the first of those.
fn until<'a>(text: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    memchr::memmem::find(text, mark).and_then(|end| text.get(..end))
}

fn split_at_blank(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = text.iter().position(|&octet| command::is_blank(octet))?;
    Some(text.split_at(blank))
}

/// Whether that is a digest of MD5 in hexadecimal digits.
fn is_digest(text: &[u8]) -> bool {
    text.len() == 32 && text.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "c4c9334bac560ecc979e58001b3e22fb";

    fn name(mailbox: Option<Mailbox>) -> Option<String> {
        mailbox.map(|mailbox| mailbox.name().to_owned())
    }

    #[test]
    fn a_name_is_one_word_that_can_be_seen() {
        for it in [
            "anna",
            "anna@company.com",
            "COMPANY\\anna",
            "Ænne",
            &"x".repeat(MAILBOX_MAX),
        ] {
            assert_eq!(name(Mailbox::new(it.as_bytes())).as_deref(), Some(it));
        }
        for it in [
            "",
            " ",
            "anna secret",
            "anna\t",
            "a\nb",
            "a\0b",
            "a\u{202e}b",
            &"x".repeat(MAILBOX_MAX + 1),
        ] {
            assert_eq!(Mailbox::new(it.as_bytes()), None, "{it:?}");
        }
        assert_eq!(Mailbox::new(b"\xff"), None);
    }

    #[test]
    fn a_line_names_a_mailbox_where_it_is_plain_which() {
        let user = |line: &str| name(Mailbox::of_user(line.as_bytes()));
        assert_eq!(user("user  anna ").as_deref(), Some("anna"));
        assert_eq!(user("USER anna secret"), None);
        assert_eq!(user("USER"), None);
        let apop = |line: &str| name(Mailbox::of_apop(line.as_bytes()));
        assert_eq!(apop(&format!("APOP anna {DIGEST}")).as_deref(), Some("anna"));
        for line in [
            "APOP",
            "APOP anna",
            "APOP anna secret",
            DIGEST,
            &format!("APOP {DIGEST}"),
        ] {
            assert_eq!(apop(line), None, "{line}");
        }
    }

    #[test]
    fn beside_a_name_stands_at_most_a_digest() {
        let login = |text: &str| Naming::Login.beside_name(text.as_bytes()).map(<[u8]>::len);
        for it in ["anna@company.com", "a@b@mail.company-1.com"] {
            assert_eq!(login(it), Some(0), "{it}");
        }
        for it in [
            "",
            "anna",
            "@company.com",
            "P@ssw0rd",
            "p@ss.",
            "p@.ss",
            "p@ss.w!rd",
            "p@ss.w0rd 1",
            "company.com",
        ] {
            assert_eq!(login(it), None, "{it}");
        }
        let named = format!("anna {DIGEST}");
        assert_eq!(
            Naming::CramMd5.beside_name(named.as_bytes()),
            Some(DIGEST.as_bytes())
        );
        for it in ["anna", "anna secret", DIGEST] {
            assert_eq!(Naming::CramMd5.beside_name(it.as_bytes()), None, "{it}");
        }
        assert_eq!(Naming::Plain.beside_name(named.as_bytes()), None);
    }

    #[test]
    fn a_first_response_names_a_mailbox_where_it_is_plain_which() {
        let read = |mechanism: &str, text: &str| {
            let naming = Naming::of(mechanism.as_bytes())?;
            name(naming.read(base64::encode(text.as_bytes()).as_bytes()))
        };
        let token = "\x01auth=Bearer secret\x01\x01";
        for (mechanism, text) in [
            ("PLAIN", "\0anna\0secret"),
            ("plain", "anna\0master\0secret"),
            ("LOGIN", "anna"),
            ("CRAM-MD5", &format!("anna {DIGEST}")),
            ("SCRAM-SHA-256", "n,,n=anna,r=secret"),
            ("SCRAM-SHA-1-PLUS", "p=tls-exporter,a=anna,n=master,r=secret"),
            ("XOAUTH2", &format!("user=anna{token}")),
            ("OAUTHBEARER", "n,a=anna,\x01host=x\x01auth=Bearer secret\x01\x01"),
        ] {
            assert_eq!(read(mechanism, text).as_deref(), Some("anna"), "{mechanism}");
        }
        assert_eq!(
            read("SCRAM-SHA-256", "n,,n=a=2Cb=3Dc,r=x").as_deref(),
            Some("a,b=c")
        );
        for (mechanism, text) in [
            ("PLAIN", "secret"),
            ("PLAIN", "anna\0secret"),
            ("PLAIN", "\0secret\0"),
            ("PLAIN", "\0anna\0secret\0"),
            ("CRAM-MD5", "secret"),
            ("CRAM-MD5", "anna secret"),
            ("SCRAM-SHA-256", "secret"),
            ("SCRAM-SHA-256", "n,,n=secret"),
            ("SCRAM-SHA-256", "n,secret,n=anna,r=x"),
            ("SCRAM-SHA-256", "n,,n=a=secret,r=x"),
            ("XOAUTH2", "user=secret"),
            ("XOAUTH2", "auth=Bearer secret"),
            ("OAUTHBEARER", "n,,\x01auth=Bearer secret\x01\x01"),
            ("OAUTHBEARER", "n,a=secret,"),
            ("X-ANY", "secret"),
            ("GSSAPI", "secret"),
        ] {
            assert_eq!(read(mechanism, text), None, "{mechanism} {text:?}");
        }
        assert_eq!(Naming::Login.read(b"not base64"), None);
    }

    #[test]
    fn a_challenge_that_asks_for_a_password_is_known() {
        for line in [
            "+ UGFzc3dvcmQ6\r\n",
            "+ UGFzc3dvcmQA",
            "+ Password:\r\n",
            "+ password",
        ] {
            assert!(asks_for_password(line.as_bytes()), "{line}");
        }
        for line in ["+ VXNlcm5hbWU6\r\n", "+ \r\n", "+", ""] {
            assert!(!asks_for_password(line.as_bytes()), "{line}");
        }
    }
}
