//! The connect form: pure state.

use protocol::target::{Family, Input, InputError, Security, Target};

/// The connect form.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// What stands in the server field.
    pub server: String,
    /// What that is understood as.
    pub read: Result<Input, InputError>,
    /// What protects the line.
    pub security: Security,
    /// Whether the certificate is verified.
    pub verify: bool,
    /// The name for SNI, if it is not the host.
    pub name: String,
    /// Whether the person typed that name: then it stays when another server is entered.
    pub is_named: bool,
    /// Which addresses are tried.
    pub family: Family,
    /// Whether the person has tried to connect with what stands there.
    pub is_tried: bool,
}

/// What the form begins with.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Begin {
    /// What the address's query says.
    #[default]
    Address,
    /// What was typed for a server before the module ran: it goes before what the address says.
    Typed(String),
    /// The server of a session, which the person wants to change.
    Again(Target),
}

/// What the person does to the form.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Types in the server field.
    Server(String),
    /// Chooses what protects the line.
    Security(Security),
    /// Chooses whether to verify.
    Verify(bool),
    /// Types the name for SNI.
    Name(String),
    /// Chooses which addresses are tried.
    Family(Family),
    /// Tries to connect.
    Try,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            server: String::new(),
            read: Err(InputError::Empty),
            security: Security::default(),
            verify: true,
            name: String::new(),
            is_named: false,
            family: Family::default(),
            is_tried: false,
        }
    }
}

impl Form {
    /// The form as an address's query fills it: `server` and `security`.
    pub fn prefilled(server: Option<String>, security: Option<&str>) -> Self {
        let mut form = Self::default();
        if let Some(server) = server {
            form.change(Change::Server(server));
            // A link must not say whose certificate counts: that is the person's own to type.
            form.name.clear();
            form.is_tried = form.read.is_err();
            if form.has_password() {
                // What is wrong is said; the password itself stays nowhere.
                form.server.clear();
            }
        }
        match security.map(str::to_ascii_lowercase).as_deref() {
            Some("plain") => form.security = Security::Plain,
            Some("stls" | "starttls") => form.security = Security::Stls,
            Some("tls" | "ssl") => form.security = Security::Tls,
            _ => {}
        }
        form
    }

    /// The form as an address's query fills it with a server that the console offers by its name.
    pub fn offered(target: &Target) -> Self {
        Self {
            verify: target.verify,
            ..Self::again(target)
        }
    }

    /// The form as it names that target. Not to verify the certificate was meant for that one connection.
    pub fn again(target: &Target) -> Self {
        let mut form = Self::default();
        let host = target.display();
        let port = format!(":{}", target.security.port());
        // A port that follows the security goes on doing so.
        let server = host.strip_suffix(&port).unwrap_or(&host).to_owned();
        form.change(Change::Server(server));
        if let Some(name) = &target.name {
            form.change(Change::Name(name.clone()));
        }
        (form.security, form.family) = (target.security, target.family);
        form
    }

    /// Whether it was refused for a password in the address.
    pub fn has_password(&self) -> bool {
        self.read == Err(InputError::Password)
    }

    /// Takes in what the person does.
    pub fn change(&mut self, change: Change) {
        match change {
            Change::Server(server) => {
                self.read = Input::read(&server);
                self.server = server;
                self.is_tried = false;
                if let Ok(input) = &self.read {
                    self.security = input.security.unwrap_or(self.security);
                    if !self.is_named || input.name.is_some() {
                        self.name = input.name.clone().unwrap_or_default();
                        self.is_named = false;
                    }
                }
            }
            Change::Security(security) => self.security = security,
            Change::Verify(verify) => self.verify = verify,
            Change::Name(name) => (self.name, self.is_named) = (name, true),
            Change::Family(family) => self.family = family,
            Change::Try => self.is_tried = true,
        }
    }

    /// The port that would be dialled: the person's, or the security's.
    pub fn port(&self, security: Security) -> u16 {
        self.read
            .as_ref()
            .ok()
            .and_then(|input| input.port)
            .unwrap_or_else(|| security.port())
    }

    /// The target that the form names.
    ///
    /// # Errors
    /// A sentence that says what is wrong.
    pub fn target(&self) -> Result<Target, String> {
        let input = self.read.as_ref().map_err(ToString::to_string)?;
        let name = self.name.trim();
        let target = Target {
            host: input.host.clone(),
            port: self.port(self.security),
            security: self.security,
            verify: self.verify,
            name: (!name.is_empty() && name != input.host).then(|| name.to_owned()),
            family: self.family,
        };
        target.check().map_err(|error| error.to_string())?;
        Ok(target)
    }

    /// What is understood of the server field, in words; none when it is as plain as that.
    pub fn understood(&self) -> Option<String> {
        Some(understood(&self.target().ok()?))
    }

    /// What is wrong, as far as it is time to say so: a refused password at once, the rest when tried.
    pub fn problem(&self) -> Option<String> {
        match &self.read {
            Err(InputError::Empty) if !self.is_tried => None,
            Err(error) if self.is_tried || self.has_password() => Some(error.to_string()),
            _ if self.is_tried => self.target().err(),
            _ => None,
        }
    }
}

/// A server and how it is spoken to, in words.
pub fn understood(target: &Target) -> String {
    let security = match target.security {
        Security::Plain => "in clear text",
        Security::Stls => "then STLS",
        Security::Tls => "TLS from the start",
    };
    let name = target.name.as_ref();
    let name = name.map_or_else(String::new, |name| format!(", certificate for {name}"));
    format!("{} port {}, {security}{name}", target.host, target.port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(server: &str) -> Form {
        let mut form = Form::default();
        form.change(Change::Server(server.to_owned()));
        form
    }

    #[test]
    fn the_port_follows_the_security_unless_the_person_set_it() {
        let mut form = typed("mail.company.com");
        form.change(Change::Security(Security::Tls));
        assert_eq!(form.target().unwrap().port, 995);
        form.change(Change::Security(Security::Stls));
        assert_eq!(form.target().unwrap().port, 110);
        let mut form = typed("mail.company.com:2110");
        form.change(Change::Security(Security::Tls));
        assert_eq!(form.target().unwrap().port, 2110);
    }

    #[test]
    fn a_pasted_line_sets_security_and_port() {
        let target = typed("openssl s_client -connect mail.company.com:995")
            .target()
            .unwrap();
        assert_eq!(
            (target.host.as_str(), target.port, target.security),
            ("mail.company.com", 995, Security::Tls)
        );
        let target = typed("telnet mail.company.com 110").target().unwrap();
        assert_eq!((target.port, target.security), (110, Security::Plain));
    }

    #[test]
    fn a_password_in_an_address_is_refused_at_once() {
        let form = typed("pop://user:secret@mail.company.com");
        assert!(form.target().is_err());
        assert!(!form.problem().unwrap().contains("secret"));
    }

    #[test]
    fn an_empty_field_is_wrong_only_when_tried() {
        let mut form = Form::default();
        assert_eq!(form.problem(), None);
        form.change(Change::Try);
        assert!(form.problem().is_some());
    }

    #[test]
    fn a_target_comes_back_as_it_was_entered() {
        for (server, security) in [
            ("mail.company.com", Security::Stls),
            ("mail.company.com", Security::Tls),
            ("mail.company.com:1995", Security::Tls),
            ("[2001:db8::1]", Security::Plain),
            ("[2001:db8::1]:1110", Security::Plain),
        ] {
            let mut form = typed(server);
            form.change(Change::Security(security));
            form.change(Change::Family(Family::V6));
            let mut target = form.target().unwrap();
            target.verify = false;
            assert_eq!(Form::again(&target), form);
        }
        let mut form = typed("mail.company.com");
        form.change(Change::Name("mx.company.com".to_owned()));
        assert_eq!(Form::again(&form.target().unwrap()), form);
    }

    #[test]
    fn the_query_prefills_the_form() {
        let form = Form::prefilled(Some("mail.company.com:995".to_owned()), Some("tls"));
        assert_eq!(form.target().unwrap().security, Security::Tls);
    }

    #[test]
    fn a_password_in_the_query_is_refused_and_not_shown() {
        let form = Form::prefilled(Some("pop://user:secret@mail.company.com".to_owned()), None);
        assert!(form.has_password() && form.target().is_err());
        assert!(!form.problem().unwrap().contains("secret"));
        assert_eq!(form.server, "");
    }

    #[test]
    fn the_name_for_the_certificate_goes_with_its_server() {
        let mut form = Form::default();
        form.change(Change::Server(
            "openssl s_client -connect mail.company.com:995 -servername mx.company.com".to_owned(),
        ));
        assert_eq!(form.name, "mx.company.com");
        assert!(
            form.understood()
                .unwrap()
                .ends_with("certificate for mx.company.com")
        );
        form.change(Change::Server("pop.example.net".to_owned()));
        assert_eq!(form.name, "");
        form.change(Change::Name("own.example.net".to_owned()));
        form.change(Change::Server("pop.example.org".to_owned()));
        assert_eq!(form.name, "own.example.net");
        let linked = Form::prefilled(
            Some("openssl s_client -connect mail.company.com:995 -servername evil.example".to_owned()),
            None,
        );
        assert_eq!(linked.name, "", "a link names no certificate");
    }
}
