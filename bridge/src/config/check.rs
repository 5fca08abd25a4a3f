//! Whether settings can be used: together, and on this machine.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use tracing_subscriber::EnvFilter;

use super::access::Mode;
use super::{Config, ConfigError, Front, Problem, Source, command_line, filter};

/// What is wrong with a setting, by its key, once all are known.
pub(super) struct Wrong {
    pub(super) key: &'static str,
    /// Which of its tables, counted from 0, of a setting that is made of them.
    pub(super) row: Option<usize>,
    pub(super) what: String,
}

/// What was found where settings were looked at.
#[derive(Default)]
pub(super) struct Found {
    /// What does not let the console start.
    pub(super) wrongs: Vec<Wrong>,
    /// With what it starts, and does not do what somebody may think that it does.
    pub(super) doubts: Vec<Wrong>,
}

impl Wrong {
    pub(super) fn new(key: &'static str, what: impl Into<String>) -> Self {
        Self {
            key,
            row: None,
            what: what.into(),
        }
    }
}

impl From<Wrong> for Problem {
    fn from(wrong: Wrong) -> Self {
        Self {
            at: None,
            what: wrong.what,
        }
    }
}

impl Config {
    /// Checks what can be wrong with settings that are each right for themselves, wherever they are used.
    ///
    /// # Errors
    /// When the settings cannot be used; the error says what to do instead.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.usable(self.wrongs())
    }

    /// Checks that as well, and looks at what they name on this machine, without touching it: a console may be running with
    /// that. Gives what does not keep a console from starting, and may not be as it was meant.
    ///
    /// # Errors
    /// When a console does not start with these settings; the error says what to do instead.
    pub fn examine(&self) -> Result<Vec<Problem>, ConfigError> {
        let mut found = self.look_around();
        found.wrongs.splice(0..0, self.wrongs());
        self.usable(found.wrongs)?;
        let mut doubts = self.unused();
        doubts.extend(self.doubts());
        doubts.append(&mut found.doubts);
        let astray = self.sources.astray.iter().map(|variable| Problem {
            at: Some(Source::Variable(variable.clone())),
            what: command_line::no_setting(variable),
        });
        let doubts = doubts.into_iter().map(|doubt| self.with_source(doubt));
        Ok(astray.chain(doubts).collect())
    }

    fn usable(&self, wrongs: Vec<Wrong>) -> Result<(), ConfigError> {
        if wrongs.is_empty() {
            return Ok(());
        }
        let problems = wrongs.into_iter().map(|wrong| self.with_source(wrong));
        Err(ConfigError(problems.collect()))
    }

    /// With the source of what was said, if it was.
    fn with_source(&self, wrong: Wrong) -> Problem {
        let at = match wrong.row {
            Some(row) => self.sources.row(wrong.key, row),
            None => self.sources.get(wrong.key),
        };
        Problem {
            at: at.cloned(),
            what: wrong.what,
        }
    }

    fn wrongs(&self) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        wrongs.extend(Front::of(self).wrongs(self.listen));
        wrongs.extend(self.half_a_pair());
        wrongs.extend(self.metrics.and_then(|metrics| meeting(self.listen, metrics)));
        wrongs.extend(
            self.targets
                .wrongs(self.reach(), self.hosted(), self.no_demonstration),
        );
        match EnvFilter::try_new(&self.log) {
            Err(error) => wrongs.push(Wrong::new(
                "log",
                format!("the log has no such filter ({error}); one is pop3_console=debug"),
            )),
            Ok(_) => wrongs.extend(filter::slip(&self.log).map(|what| Wrong::new("log", what))),
        }
        wrongs.extend(self.access.wrongs(&self.trusted_proxies));
        wrongs
    }

    fn doubts(&self) -> Vec<Wrong> {
        let mut doubts = Vec::new();
        doubts.extend(filter::doubt(&self.log).map(|what| Wrong::new("log", what)));
        doubts.extend(self.access.doubt());
        doubts.extend(self.metrics.and_then(overheard));
        let names = self.access.mode == Mode::Header;
        let trusted = self.trusted_proxies.iter();
        doubts.extend(trusted.filter_map(|network| overtrusted(network, names)));
        doubts
    }

    fn half_a_pair(&self) -> Option<Wrong> {
        match (&self.certificate, &self.certificate_key) {
            (Some(_), None) => Some(Wrong::new(
                "tls.certificate",
                "a certificate is nothing without its key: name the file of it as well, with tls.key",
            )),
            (None, Some(_)) => Some(Wrong::new(
                "tls.key",
                "a key is nothing without its certificate: name the file of it as well, with tls.certificate",
            )),
            _ => None,
        }
    }
}

/// What is wrong with it that browsers and whoever counts are to be listened for at the same address.
fn meeting(listen: SocketAddr, metrics: SocketAddr) -> Option<Wrong> {
    let (one, other) = (listen.ip().to_canonical(), metrics.ip().to_canonical());
    // Where all of IPv6 is listened on, all of IPv4 is as well.
    let has = |all: IpAddr, it: IpAddr| all.is_unspecified() && (all.is_ipv6() || it.is_ipv4());
    let meets = one == other || has(one, other) || has(other, one);
    if !meets || listen.port() != metrics.port() || listen.port() == 0 {
        return None;
    }
    Some(Wrong::new(
        "metrics.listen",
        format!(
            "the console itself listens on {listen}, so that nothing else can be listened for on {metrics}: choose another \
             port for metrics, such as {}",
            SocketAddr::new(metrics.ip(), another(metrics.port()))
        ),
    ))
}

fn another(port: u16) -> u16 {
    if port == 9110 { 9111 } else { 9110 }
}

/// That more than proxies may be believed what they say of a request, such as where it is from; and who somebody is, if one
/// `names` them.
fn overtrusted(network: &IpNet, names: bool) -> Option<Wrong> {
    let is_wide = match network {
        IpNet::V4(v4) => v4.prefix_len() < 24,
        IpNet::V6(v6) => v6.prefix_len() < 64,
    };
    let is_all_inner = is_inner(network.network()) && is_inner(network.broadcast());
    let what = match (names, is_all_inner) {
        (true, _) => "is whoever they say they are, an administrator as well",
        (false, true) => return None,
        (false, false) => "can say that a request is from anywhere, which limits and the audit go by",
    };
    is_wide.then(|| {
        Wrong::new(
            "proxy.trusted",
            format!(
                "whoever reaches this console from {network} {what}: name the addresses of your proxies alone"
            ),
        )
    })
}

/// Whether an address is of this machine, or of networks within a house.
fn is_inner(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local(),
    }
}

/// That others may read what was counted, where anybody could reach that address.
fn overheard(metrics: SocketAddr) -> Option<Wrong> {
    if is_inner(metrics.ip()) {
        return None;
    }
    Some(Wrong::new(
        "metrics.listen",
        format!(
            "whoever reaches {metrics} can read there what was counted, in clear text: have a firewall or a container's \
             network before it, or name a loopback or private address of this machine's, such as 127.0.0.1:{}",
            metrics.port()
        ),
    ))
}
