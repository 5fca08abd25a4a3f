//! Who can reach the bridge, by which names, and whether that may be.

use std::net::SocketAddr;

use ipnet::IpNet;

use super::{Config, ConfigError, PublicAddress, Wrong};

/// Who can reach the bridge, and by which names.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    /// The addresses at which people reach it, beside this machine's own.
    pub(crate) public: Vec<PublicAddress>,
    /// The proxies that are believed what they say of a request.
    pub(crate) trusted: Vec<IpNet>,
    /// Whether it speaks TLS itself.
    pub(crate) is_sealed: bool,
    /// Whether it asks people who they are.
    is_hosted: bool,
}

impl Front {
    pub(crate) fn of(config: &Config) -> Self {
        Self {
            public: config.public.clone(),
            trusted: config.trusted_proxies.clone(),
            is_sealed: config.pair().is_some(),
            is_hosted: config.hosted(),
        }
    }

    /// The addresses at which it answers when it listens there.
    pub(crate) fn addresses(&self, listening: SocketAddr) -> Vec<PublicAddress> {
        let mut addresses = self.public.clone();
        let own = listening.ip().to_canonical();
        // Behind a proxy whoever asks is somewhere else, whatever they call this machine.
        if own.is_loopback() && self.trusted.is_empty() {
            // Not the other family's loopback: there somebody else may listen on the same port.
            let own = match own {
                std::net::IpAddr::V4(v4) => v4.to_string(),
                std::net::IpAddr::V6(v6) => format!("[{v6}]"),
            };
            for host in ["localhost", &own] {
                addresses.push(PublicAddress::local(self.is_sealed, host, listening.port()));
            }
        }
        addresses
    }

    /// Refuses to serve there what others could reach and should not.
    ///
    /// # Errors
    /// When it may not be served there; the error says what to do instead.
    pub(crate) fn check(&self, listening: SocketAddr) -> Result<(), ConfigError> {
        let wrongs = self.wrongs(listening);
        if wrongs.is_empty() {
            Ok(())
        } else {
            Err(ConfigError(wrongs.into_iter().map(Into::into).collect()))
        }
    }

    pub(super) fn wrongs(&self, listening: SocketAddr) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        let mut wrong = |key, what: String| wrongs.push(Wrong::new(key, what));
        let is_local = listening.ip().to_canonical().is_loopback();
        if !is_local && !self.is_hosted {
            wrong(
                "listen",
                format!(
                    "pop3-console does not listen on {listening}: others could reach it there, and it does not ask who they \
                     are. Let it ask, with access.mode; or use `--listen 127.0.0.1:8110`, and reach it from another machine \
                     through `ssh -L 8110:127.0.0.1:8110`."
                ),
            );
        }
        if !is_local && !self.is_sealed && self.trusted.is_empty() {
            wrong(
                "listen",
                format!(
                    "pop3-console does not listen on {listening}: what people type, passwords among it, would come there in \
                     clear text. Name a certificate, with tls.certificate and tls.key; or the proxies that speak TLS for it, \
                     with proxy.trusted."
                ),
            );
        }
        if !is_local && self.public.is_empty() {
            wrong(
                "listen",
                format!(
                    "pop3-console does not listen on {listening}: it does not know by which name people reach it, and answers \
                     to no other. Name it, with public, such as https://pop3.company.com."
                ),
            );
        }
        if is_local && self.public.is_empty() && !self.trusted.is_empty() {
            wrong(
                "proxy.trusted",
                "behind a proxy pop3-console answers to the names alone by which people reach it. Name them, with public, \
                 such as https://pop3.company.com."
                    .to_owned(),
            );
        }
        let others = self.public.iter().find(|address| !address.is_loopback());
        if let Some(address) = others.filter(|_| is_local && !self.is_hosted) {
            wrong(
                "public",
                format!(
                    "others could reach pop3-console at {address}, and it does not ask who they are. Let it ask, with access.mode."
                ),
            );
        }
        let https = self.public.iter().find(|address| address.is_https());
        if let Some(address) = https.filter(|_| is_local && !self.is_sealed && self.trusted.is_empty()) {
            wrong(
                "public",
                format!(
                    "nobody could reach pop3-console at {address}: it speaks no TLS. Name a certificate, with tls.certificate \
                     and tls.key; or the proxies that speak TLS for it, with proxy.trusted."
                ),
            );
        }
        wrongs
    }
}
