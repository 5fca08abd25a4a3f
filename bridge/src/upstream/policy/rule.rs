//! What an operator names: `mail.company.com`, `*.company.com:995`, `192.0.2.0/24:110,995`, `10.0.0.0/8:*`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use protocol::target::{Security, Target};

use super::host::Host;
use super::special;

/// The ports of a rule that names none.
pub(super) const PORTS: [u16; 2] = [110, 995];

/// Servers that may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    whom: Whom,
    ports: Ports,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Ports {
    Every,
    These(Vec<u16>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Whom {
    /// A name.
    Name(String),
    /// Every name that ends in this, which begins with a dot.
    Under(String),
    /// The addresses of a network, given as addresses.
    Network(IpNet),
}

/// How a rule lets a target in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    /// By its name, which has to be looked up.
    Name,
    /// By its very address.
    Address,
}

impl Rule {
    /// How it lets a target in; not at all where it names another server or other ports.
    pub(super) fn matches(&self, target: &Target) -> Option<Match> {
        if !self.ports.contain(target.port) {
            return None;
        }
        match (&self.whom, Host::read(&target.host)?) {
            (Whom::Name(name), Host::Name(host)) => (*name == host).then_some(Match::Name),
            (Whom::Under(end), Host::Name(host)) => host.ends_with(end).then_some(Match::Name),
            (Whom::Network(network), Host::Address(address)) => {
                network.contains(&address).then_some(Match::Address)
            }
            _ => None,
        }
    }

    /// Lets one more port in, as a list of ports is written behind a comma.
    ///
    /// # Errors
    /// When that is no port.
    pub(crate) fn and_port(&mut self, text: &str) -> Result<(), String> {
        let port = port(text)?;
        match &mut self.ports {
            Ports::These(ports) if !ports.contains(&port) => ports.push(port),
            Ports::These(_) | Ports::Every => {}
        }
        Ok(())
    }
}

impl Ports {
    fn contain(&self, port: u16) -> bool {
        match self {
            Ports::Every => true,
            Ports::These(ports) => ports.contains(&port),
        }
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (whom, ports) = apart(text);
        let ports = match ports {
            Some("*") => Ports::Every,
            Some(ports) => Ports::These(ports.split(',').map(port).collect::<Result<_, _>>()?),
            None => Ports::These(PORTS.to_vec()),
        };
        let whom = if let Some(end) = whom.strip_prefix("*.") {
            match Host::read(end) {
                Some(Host::Name(name)) => Whom::Under(format!(".{name}")),
                _ => return Err(wanted(text)),
            }
        } else if let Ok(network) = network(whom) {
            Whom::Network(network)
        } else if whom.contains('/') {
            return Err(network(whom).err().unwrap_or_else(|| wanted(text)));
        } else {
            match Host::read(whom) {
                Some(Host::Name(name)) => Whom::Name(name),
                _ => return Err(wanted(text)),
            }
        };
        Ok(Self { whom, ports })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whom = match &self.whom {
            Whom::Name(name) => name.clone(),
            Whom::Under(end) => format!("*{end}"),
            Whom::Network(network) if network.prefix_len() == network.max_prefix_len() => {
                network.addr().to_string()
            }
            Whom::Network(network) => network.to_string(),
        };
        let ports = match &self.ports {
            Ports::These(ports) if *ports == PORTS => return f.write_str(&whom),
            Ports::These(ports) => ports.iter().map(u16::to_string).collect::<Vec<_>>().join(","),
            Ports::Every => "*".to_owned(),
        };
        match whom.contains(':') {
            true => write!(f, "[{whom}]:{ports}"),
            false => write!(f, "{whom}:{ports}"),
        }
    }
}

/// Whom and the ports: an address of IPv6 that has any is in brackets.
fn apart(text: &str) -> (&str, Option<&str>) {
    if let Some((whom, behind)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return match behind.strip_prefix(':') {
            Some(ports) => (whom, Some(ports)),
            None if behind.is_empty() => (whom, None),
            None => (text, None),
        };
    }
    match text.split_once(':') {
        Some((_, ports)) if ports.contains(':') => (text, None),
        Some((whom, ports)) => (whom, Some(ports)),
        None => (text, None),
    }
}

fn port(text: &str) -> Result<u16, String> {
    let port = text.trim().parse().ok().filter(|&port: &u16| port != 0);
    port.ok_or_else(|| format!("{text:?} is no port: a number from 1 to 65535 is wanted, or * for every one"))
}

fn wanted(text: &str) -> String {
    format!(
        "{text:?} names no server: a name such as mail.company.com, *.company.com:995, or a network such as \
         192.0.2.0/24:110,995 is wanted"
    )
}

/// A network, or a single address.
///
/// # Errors
/// When it is none, or takes in what ought to be named by itself; the error says what is wanted.
pub(crate) fn network(text: &str) -> Result<IpNet, String> {
    let network: IpNet = match text.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().into(),
        Err(_) => text
            .parse()
            .map_err(|_| format!("{text:?} is no network: one is 10.0.0.0/8, 192.0.2.7 or fd00::/8"))?,
    };
    if let IpNet::V6(v6) = network
        && v6.addr().to_ipv4_mapped().is_some()
    {
        return Err(format!("{text} is a network of IPv4: write it as such"));
    }
    if network.trunc() != network {
        return Err(format!(
            "{text} is no network, since it has bits behind its length: {} may be meant",
            network.trunc()
        ));
    }
    match special::taken_in(&network) {
        Some((special, kind)) => Err(format!(
            "{text} takes in {special}, which is {kind}, along with much else: name the networks one by one"
        )),
        None => Ok(network),
    }
}

/// A server that people choose by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What people call it.
    pub name: String,
    /// Its host's name, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: Security,
    /// Whether its certificate has to be verified.
    pub verify: bool,
}

/// What the kinds of security are called, in settings and in what the page is told.
pub(crate) const SECURITIES: [(&str, Security); 3] = [
    ("plain", Security::Plain),
    ("stls", Security::Stls),
    ("tls", Security::Tls),
];

impl Preset {
    /// What its security is called.
    pub(crate) fn security_name(&self) -> &'static str {
        let found = SECURITIES.iter().find(|(_, security)| *security == self.security);
        found.map_or("", |(name, _)| name)
    }

    /// Whether a target is it: no less secure, and with no other name for its certificate.
    pub(super) fn is(&self, target: &Target) -> bool {
        let host = Host::read(&target.host);
        let is_name = |name: &str| Host::read(name) == host;
        host.is_some()
            && host == Host::read(&self.host)
            && (self.port, self.security) == (target.port, target.security)
            && (target.verify || !self.verify)
            && target.name.as_deref().is_none_or(is_name)
    }
}

#[cfg(test)]
mod tests {
    use protocol::target::Family;

    use super::*;

    fn target(host: &str, port: u16) -> Target {
        Target {
            host: host.to_owned(),
            port,
            security: Security::Plain,
            verify: true,
            name: None,
            family: Family::Any,
        }
    }

    #[test]
    fn a_rule_names_servers_and_ports() {
        use Match::{Address, Name};
        for (rule, host, port, matches) in [
            ("mail.company.com", "mail.company.com", 110, Some(Name)),
            ("mail.company.com", "MAIL.company.com.", 995, Some(Name)),
            ("Mail.Company.com.", "mail.company.com", 995, Some(Name)),
            ("mail.company.com", "mail.company.com", 143, None),
            ("mail.company.com", "xmail.company.com", 110, None),
            ("mail.company.com", "mail.company.com.evil.example", 110, None),
            ("mail.company.com:2110", "mail.company.com", 2110, Some(Name)),
            ("mail.company.com:2110", "mail.company.com", 110, None),
            ("*.company.com:995", "pop.company.com", 995, Some(Name)),
            ("*.company.com:995", "a.b.company.com", 995, Some(Name)),
            ("*.company.com:995", "pop.company.com", 110, None),
            ("*.company.com", "company.com", 110, None),
            ("*.company.com", "evilcompany.com", 110, None),
            ("*.company.com", ".company.com", 110, None),
            ("*.company.com", "::1%lo.company.com", 110, None),
            ("bücher.example", "xn--bcher-kva.example", 110, Some(Name)),
            ("*.xn--bcher-kva.example", "pop.Bücher.example", 110, Some(Name)),
            ("192.0.2.0/24:110,995", "192.0.2.7", 995, Some(Address)),
            ("192.0.2.0/24:110,995", "::ffff:192.0.2.7", 995, Some(Address)),
            ("192.0.2.0/24:110,995", "192.0.3.7", 995, None),
            ("192.0.2.0/24:110,995", "192.0.2.7", 25, None),
            ("127.0.0.0/8", "2130706433", 110, None),
            ("127.0.0.0/8", "0177.0.0.1", 110, None),
            ("127.0.0.0/8", "localhost", 110, None),
            ("192.0.2.7", "192.0.2.7", 110, Some(Address)),
            ("192.0.2.7:2110", "192.0.2.7", 2110, Some(Address)),
            ("2001:db8::/32", "2001:db8::1", 110, Some(Address)),
            ("[2001:db8::/32]:995", "2001:db8::1", 110, None),
            ("[2001:db8::1]:2110", "2001:DB8::1", 2110, Some(Address)),
            ("fe80::/10", "fe80::1%1", 110, None),
            ("127.0.0.0/8:*", "127.0.0.1", 54321, Some(Address)),
            ("[::1]:*", "::1", 1, Some(Address)),
            ("*.company.com:*", "pop.company.com", 2110, Some(Name)),
        ] {
            let read: Rule = rule.parse().unwrap();
            assert_eq!(
                read.matches(&target(host, port)),
                matches,
                "{rule}: {host}:{port}"
            );
        }
    }

    #[test]
    fn a_rule_is_written_as_it_is_read() {
        for (rule, written) in [
            ("Mail.Company.com.", "mail.company.com"),
            ("*.company.com:995", "*.company.com:995"),
            ("192.0.2.0/24:110,2110", "192.0.2.0/24:110,2110"),
            ("192.0.2.7:110,995", "192.0.2.7"),
            ("[2001:db8::1]:2110", "[2001:db8::1]:2110"),
            ("10.0.0.0/8:*", "10.0.0.0/8:*"),
            ("[2001:db8::1]:*", "[2001:db8::1]:*"),
            ("*.company.com:*", "*.company.com:*"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            let read: Rule = rule.parse().unwrap();
            assert_eq!(read.to_string(), written);
            assert_eq!(written.parse(), Ok(read));
        }
    }

    #[test]
    fn what_names_no_server_is_told_with_the_remedy() {
        for (rule, told) in [
            ("", "names no server"),
            ("*", "names no server"),
            ("*.", "names no server"),
            ("*company.com", "names no server"),
            ("mail.*.com", "names no server"),
            ("*.0.0.1", "names no server"),
            ("127.1", "names no server"),
            ("pop://mail.company.com", "is no port"),
            ("mail.company.com:", "is no port"),
            ("mail.company.com:0", "is no port"),
            ("mail.company.com:110,x", "is no port"),
            ("mail.company.com:110,*", "is no port"),
            ("[2001:db8::1]110", "names no server"),
            ("192.0.2.7/24", "192.0.2.0/24 may be meant"),
            ("192.0.2.0/33", "is no network"),
            ("0.0.0.0/0", "name the networks one by one"),
            ("[::/0]:110", "name the networks one by one"),
            ("172.0.0.0/8", "172.16.0.0/12, which is private"),
            ("::ffff:10.0.0.0/104", "write it as such"),
        ] {
            let wrong = rule.parse::<Rule>().unwrap_err();
            assert!(wrong.contains(told), "{rule}: {wrong}");
        }
    }

    #[test]
    fn a_preset_is_no_less_secure_than_it_says() {
        let preset = Preset {
            name: "Company mail, TLS".to_owned(),
            host: "mail.company.com".to_owned(),
            port: 995,
            security: Security::Tls,
            verify: true,
        };
        let it = Target {
            security: Security::Tls,
            ..target("mail.company.com", 995)
        };
        assert!(preset.is(&it));
        let named = |name: &str| Target {
            name: Some(name.to_owned()),
            ..it.clone()
        };
        assert!(preset.is(&named("Mail.company.com.")));
        assert!(!preset.is(&named("evil.example")));
        assert!(!preset.is(&target("mail.company.com", 995)));
        let unverified = Target {
            verify: false,
            ..it.clone()
        };
        assert!(!preset.is(&unverified));
        let lenient = Preset {
            verify: false,
            ..preset
        };
        assert!(lenient.is(&unverified) && lenient.is(&it));
    }
}
