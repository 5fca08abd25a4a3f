//! The provider of OpenID Connect at which people sign in.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use axum::http::Uri;
use openidconnect::IssuerUrl;
use zeroize::Zeroizing;

use super::Wrong;
use super::public::is_loopback;

/// The longest secret of a client, in octets.
const SECRET_MAX: usize = 4096;

/// The provider of OpenID Connect at which people sign in, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenId {
    /// Which provider.
    pub issuer: Option<Issuer>,
    /// What the console is called there.
    pub client: Option<String>,
    /// What it proves that with; a public client has nothing.
    pub secret: Option<ClientSecret>,
    /// The file that holds the secret.
    pub secret_file: Option<PathBuf>,
    /// The claim that says what somebody is called.
    pub name_claim: String,
    /// The claim that says to which groups they belong.
    pub groups_claim: String,
    /// What is asked for, separated by spaces (RFC 6749 §3.3).
    pub scopes: String,
}

/// The address of a provider, as the provider itself writes it: letter for letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    url: IssuerUrl,
    /// Its host, with a port if one is named.
    host: String,
    is_https: bool,
}

/// What is no such address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoIssuer;

/// What a client proves with who it is. It is never printed, and overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(Zeroizing<String>);

impl Default for OpenId {
    fn default() -> Self {
        Self {
            issuer: None,
            client: None,
            secret: None,
            secret_file: None,
            name_claim: "preferred_username".to_owned(),
            groups_claim: "groups".to_owned(),
            scopes: "openid profile".to_owned(),
        }
    }
}

impl OpenId {
    /// What is wrong with it where people sign in there.
    pub(super) fn wrongs(&self) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        let mut wrong = |key, what: &str| wrongs.push(Wrong::new(key, what));
        if self.issuer.is_none() {
            wrong(
                "access.mode",
                "nobody can sign in at a provider that is not named: name its issuer, with access.issuer, such as \
                 https://login.company.com",
            );
        }
        if self.client.is_none() {
            wrong(
                "access.mode",
                "no provider signs anybody in for a console that it does not know: register the console there, and name what \
                 it is called there, with access.client",
            );
        }
        if self.secret.is_some() && self.secret_file.is_some() {
            wrong(
                "access.secret-file",
                "the secret is said twice: leave out access.secret, or this",
            );
        } else if let Err(why) = self.secret() {
            wrong("access.secret-file", &why);
        }
        wrongs
    }

    /// The secret, from wherever it stands; none of a public client. Reads a file, so call it at the start.
    ///
    /// # Errors
    /// When the file that it stands in cannot be used; a sentence.
    pub(crate) fn secret(&self) -> Result<Option<ClientSecret>, String> {
        match &self.secret_file {
            Some(file) => read(file).map(Some),
            None => Ok(self.secret.clone()),
        }
    }
}

/// The secret that stands in a file, alone in its one line.
fn read(file: &Path) -> Result<ClientSecret, String> {
    let mut text = Zeroizing::new(String::new());
    let reading = File::open(file).and_then(|it| {
        // Two more may end the line.
        it.take(SECRET_MAX as u64 + 3).read_to_string(&mut text)
    });
    match reading {
        Ok(_) => text.trim_end_matches(['\r', '\n']).parse().map_err(|_| {
            format!(
                "{} is to hold the client's secret, in one line, and nothing else",
                file.display()
            )
        }),
        Err(error) => Err(format!(
            "the file with the client's secret, {}, cannot be read: {error}",
            file.display()
        )),
    }
}

impl Issuer {
    /// As the provider writes it.
    pub(crate) fn url(&self) -> &IssuerUrl {
        &self.url
    }

    /// Its host, with a port if one is named.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Whether what it says of itself is believed at an address: by TLS, or on this machine where it is itself.
    pub(crate) fn is_safe_at(&self, address: &Uri) -> bool {
        match address.scheme_str() {
            Some("https") => true,
            Some("http") => !self.is_https && address.host().is_some_and(is_loopback),
            _ => false,
        }
    }
}

impl FromStr for Issuer {
    type Err = NoIssuer;

    fn from_str(text: &str) -> Result<Self, NoIssuer> {
        let uri: Uri = text.parse().map_err(|_| NoIssuer)?;
        let authority = uri.authority().ok_or(NoIssuer)?.as_str();
        // OpenID Connect Discovery 1.0 §3: no query and no fragment.
        if authority.contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(NoIssuer);
        }
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            // Whoever hears what goes to a provider elsewhere could sign in as anybody.
            Some("http") if uri.host().is_some_and(is_loopback) => false,
            _ => return Err(NoIssuer),
        };
        Ok(Self {
            url: IssuerUrl::new(text.to_owned()).map_err(|_| NoIssuer)?,
            host: authority.to_ascii_lowercase(),
            is_https,
        })
    }
}

impl ClientSecret {
    /// The secret, for the provider alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClientSecret {
    type Err = NoSecret;

    fn from_str(text: &str) -> Result<Self, NoSecret> {
        let is_plain = text.chars().all(|it| !it.is_control());
        if is_plain && (1..=SECRET_MAX).contains(&text.len()) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(NoSecret)
        }
    }
}

/// What cannot be a client's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSecret;

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(text: &str) -> Issuer {
        text.parse().unwrap()
    }

    #[test]
    fn a_provider_is_reached_by_tls_or_on_this_machine() {
        for (text, host) in [
            ("https://login.company.com", "login.company.com"),
            (
                "https://Login.Company.com:8443/realms/x/",
                "login.company.com:8443",
            ),
            ("http://127.0.0.1:3000", "127.0.0.1:3000"),
            ("http://localhost/oidc", "localhost"),
            ("http://[::1]:3000", "[::1]:3000"),
        ] {
            let issuer = issuer(text);
            assert_eq!(issuer.host(), host);
            assert_eq!(issuer.url().as_str(), text);
        }
        for text in [
            "",
            "login.company.com",
            "http://login.company.com",
            "http://localhost.company.com",
            "ftp://login.company.com",
            "https://login.company.com?x",
            "https://login.company.com#x",
            "https://user@login.company.com",
            "https:///x",
        ] {
            assert_eq!(text.parse::<Issuer>(), Err(NoIssuer), "{text}");
        }
    }

    #[test]
    fn a_provider_elsewhere_leads_nowhere_that_others_hear() {
        let at = |text: &str| text.parse::<Uri>().unwrap();
        let (elsewhere, here) = (issuer("https://login.company.com"), issuer("http://127.0.0.1:1"));
        for address in ["https://login.company.com/x", "https://keys.company.com/x"] {
            assert!(elsewhere.is_safe_at(&at(address)) && here.is_safe_at(&at(address)));
        }
        assert!(here.is_safe_at(&at("http://localhost:2/x")));
        for address in ["http://127.0.0.1:1/x", "/x"] {
            assert!(!elsewhere.is_safe_at(&at(address)));
        }
        assert!(!here.is_safe_at(&at("http://192.0.2.1/x")));
    }

    #[test]
    fn a_secret_is_not_printed_and_its_file_holds_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let reading = |text: &str| {
            std::fs::write(&file, text).unwrap();
            let openid = OpenId {
                secret_file: Some(file.clone()),
                ..OpenId::default()
            };
            openid.secret()
        };
        for text in ["canary", "canary\n", "canary\r\n"] {
            let secret = reading(text).unwrap().unwrap();
            assert_eq!(secret.reveal(), "canary");
            assert!(!format!("{secret:?}").contains("canary"));
        }
        for text in ["", "\n", "two\nlines", &"x".repeat(SECRET_MAX + 1)] {
            let told = reading(text).unwrap_err();
            assert!(told.contains("in one line"), "{told}");
        }
        std::fs::remove_file(&file).unwrap();
        let openid = OpenId {
            secret_file: Some(file),
            ..OpenId::default()
        };
        assert!(openid.secret().unwrap_err().contains("cannot be read"));
    }
}
