//! What a server says it can do: the answer to CAPA (RFC 2449 §5), and what each capability means.
//!
//! It annotates: a capability that nobody knows is kept like any other, and servers that write one in their own
//! way (Mailutils: `EXPIRENEVER`) are understood.

mod known;

pub use known::Known;

/// One capability as a server listed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// Its name in upper case: `SASL`.
    pub name: String,
    /// What follows, as it came.
    pub parameters: Vec<String>,
}

/// The capabilities of one listing, in the server's order, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(Vec<Capability>);

/// How long a server keeps messages (RFC 2449 §6.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expire {
    /// For ever.
    Never,
    /// So many days at least; 0 may delete what was retrieved when the session ends.
    Days(u32),
}

/// The most capabilities that are kept of one listing.
pub const CAPABILITIES_MAX: usize = 200;

/// The most octets that are kept of one line of a listing.
const LINE_MAX: usize = 1000;

impl Capabilities {
    /// Reads a listing as it came on the wire, cut anywhere but within a line.
    pub fn read(listing: &[u8]) -> Self {
        let mut capabilities = Self::default();
        for line in listing.split(|&octet| octet == b'\n').take(CAPABILITIES_MAX) {
            capabilities.add(&line[..line.len().min(LINE_MAX)]);
        }
        capabilities
    }

    /// The capabilities in the server's order.
    pub fn list(&self) -> &[Capability] {
        &self.0
    }

    /// Whether one of that name is offered.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The capability of that name.
    pub fn find(&self, name: &str) -> Option<&Capability> {
        self.0.iter().find(|it| it.name == name)
    }

    /// The SASL mechanisms that are offered, in upper case (RFC 5034 §3).
    pub fn mechanisms(&self) -> impl Iterator<Item = String> {
        let sasl = self.find("SASL").map(|it| it.parameters.as_slice());
        sasl.unwrap_or_default().iter().map(|it| it.to_ascii_uppercase())
    }

    /// How long messages are kept, if the server says so.
    pub fn expire(&self) -> Option<Expire> {
        let first = self.find("EXPIRE")?.parameters.first()?;
        if first.eq_ignore_ascii_case("NEVER") {
            return Some(Expire::Never);
        }
        first.parse().ok().map(Expire::Days)
    }

    /// How many seconds must lie between two logins, if the server says so (RFC 2449 §6.5).
    pub fn login_delay(&self) -> Option<u32> {
        self.find("LOGIN-DELAY")?.parameters.first()?.parse().ok()
    }

    fn add(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let mut words = text.split_ascii_whitespace();
        let Some(first) = words.next().filter(|it| *it != ".") else {
            return;
        };
        let name = first.to_ascii_uppercase();
        let mut parameters: Vec<String> = words.map(str::to_owned).collect();
        let name = match name.as_str() {
            "EXPIRENEVER" => {
                parameters.insert(0, "NEVER".to_owned());
                "EXPIRE".to_owned()
            }
            _ => name,
        };
        if !self.has(&name) {
            self.0.push(Capability { name, parameters });
        }
    }
}

impl Capability {
    /// As the server would write it.
    pub fn written(&self) -> String {
        let words: Vec<&str> = std::iter::once(self.name.as_str())
            .chain(self.parameters.iter().map(String::as_str))
            .collect();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_read_as_servers_write_it() {
        let listing = b"TOP\r\nuidl\r\nSASL PLAIN login\r\nEXPIRENEVER\r\nLOGIN-DELAY 10\r\n\
            IMPLEMENTATION Courier Mail Server\r\nX-OWN a b\nTOP\r\n\r\n.\r\n";
        let capabilities = Capabilities::read(listing);
        let written: Vec<_> = capabilities.list().iter().map(Capability::written).collect();
        assert_eq!(
            written,
            [
                "TOP",
                "UIDL",
                "SASL PLAIN login",
                "EXPIRE NEVER",
                "LOGIN-DELAY 10",
                "IMPLEMENTATION Courier Mail Server",
                "X-OWN a b",
            ]
        );
        assert_eq!(capabilities.mechanisms().collect::<Vec<_>>(), ["PLAIN", "LOGIN"]);
        assert_eq!(capabilities.expire(), Some(Expire::Never));
        assert_eq!(capabilities.login_delay(), Some(10));
        assert!(capabilities.has("UIDL") && !capabilities.has("STLS"));
    }

    #[test]
    fn numbers_that_are_none_are_nothing() {
        let capabilities = Capabilities::read(b"EXPIRE 0 USER\r\nLOGIN-DELAY soon\r\nSASL\r\n");
        assert_eq!(capabilities.expire(), Some(Expire::Days(0)));
        assert_eq!(capabilities.login_delay(), None);
        assert_eq!(capabilities.mechanisms().count(), 0);
        assert_eq!(Capabilities::read(b"EXPIRE\r\n").expire(), None);
    }

    #[test]
    fn a_hostile_listing_is_bounded() {
        let listing = "A\u{202e}\0 b\r\n".repeat(10) + &"x".repeat(1 << 20);
        let capabilities = Capabilities::read(listing.as_bytes());
        assert_eq!(capabilities.list().len(), 2);
        assert!(capabilities.list()[1].name.len() <= LINE_MAX);
        let many: String = (0..10_000).map(|it| format!("X{it}\r\n")).collect();
        assert!(Capabilities::read(many.as_bytes()).list().len() <= CAPABILITIES_MAX);
    }
}
