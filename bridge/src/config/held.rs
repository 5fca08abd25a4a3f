//! What holds: every setting with its value, and where that was said.

use super::Config;
use super::settings::SECTIONS;
use super::source::Source;

/// Settings that belong together, and what they are called together.
pub(crate) struct HeldSection {
    pub(crate) name: &'static str,
    pub(crate) settings: Vec<Held>,
}

/// A setting.
pub(crate) struct Held {
    /// How it is called in the file.
    pub(crate) key: &'static str,
    /// What it is, for people.
    pub(crate) about: &'static str,
    /// What holds, each value as it would be said; nothing where nothing does.
    pub(crate) values: Vec<String>,
    /// Where that was said; none of a default.
    pub(crate) at: Option<Source>,
}

impl Config {
    /// What holds of every setting that people are told of, and of every other that was set.
    pub(crate) fn held(&self) -> Vec<HeldSection> {
        let sections = SECTIONS.iter().map(|section| {
            let settings = section.settings.iter();
            let told = settings.filter(|it| !it.hidden || self.sources.get(it.key).is_some());
            let held = told.map(|setting| Held {
                key: setting.key,
                about: setting.about,
                values: (setting.tell)(self),
                at: self.sources.get(setting.key).cloned(),
            });
            HeldSection {
                name: section.name,
                settings: held.collect(),
            }
        });
        sections.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::setting::{Read, Setting};
    use crate::config::settings::{all, apply, find};

    /// Another value than the default for every setting that takes one or more.
    const SAID: &[(&str, &[&str])] = &[
        ("listen", &["[::1]:8111"]),
        ("tls.certificate", &["/etc/ssl/console.pem"]),
        ("tls.key", &["/etc/ssl/console.key"]),
        (
            "public",
            &["https://pop3.company.com", "https://company.com/pop3"],
        ),
        ("proxy.trusted", &["127.0.0.1/32", "10.0.3.0/24"]),
        ("access.mode", &["header"]),
        ("access.accounts", &["/srv/accounts.toml"]),
        ("access.hours", &["8"]),
        ("access.guests", &["accounts"]),
        ("access.header", &["x-user"]),
        ("access.groups-header", &["x-groups"]),
        ("access.agents", &["helpdesk", "staff"]),
        ("access.supervisors", &["leads"]),
        ("access.administrators", &["ops"]),
        ("access.sign-off", &["/oauth2/sign_out"]),
        ("access.issuer", &["https://login.company.com/realms/x"]),
        ("access.client", &["console"]),
        ("access.secret-file", &["/etc/client-secret"]),
        ("access.name-claim", &["email"]),
        ("access.groups-claim", &["roles"]),
        ("access.scopes", &["openid email"]),
        ("grace", &["20"]),
        ("journal", &["/srv/journal.sqlite"]),
        ("no-journal", &["true"]),
        ("keep", &["no-content"]),
        ("keep-days", &["7"]),
        ("no-demonstration", &["true"]),
        ("targets.reach", &["named"]),
        ("targets.allow", &["mail.company.com", "*.company.com:995"]),
        ("targets.networks", &["10.0.0.0/8"]),
        ("ca-file", &["/etc/ssl/a.pem", "/etc/ssl/b.pem"]),
        ("resolve-within", &["1"]),
        ("connect-within", &["2"]),
        ("tls-within", &["3"]),
        ("greeting-within", &["4"]),
        ("keep-alive-every", &["5"]),
        ("limits.connections", &["11"]),
        ("limits.sessions", &["12"]),
        ("limits.sessions-of-account", &["13"]),
        ("limits.windows", &["14"]),
        ("limits.messages", &["150"]),
        ("limits.target-rate", &["16"]),
        ("limits.sign-in-rate", &["17"]),
        ("limits.idle", &["18"]),
        ("limits.transcript", &["19 MiB"]),
        ("limits.transcripts", &["2 GiB"]),
        ("metrics.listen", &["127.0.0.1:9110"]),
        ("drain", &["21"]),
        ("audit.file", &["/var/log/audit.ndjson"]),
        ("audit.days", &["22"]),
        ("log", &["pop3_console=debug"]),
        ("log-format", &["json"]),
    ];

    fn said(setting: &Setting) -> Vec<String> {
        let values = SAID.iter().find(|(key, _)| *key == setting.key);
        let (_, values) = values.unwrap_or_else(|| panic!("nothing is said of {}", setting.key));
        values.iter().map(|&value| value.to_owned()).collect()
    }

    #[test]
    fn what_holds_is_told_as_it_was_said() {
        for setting in all().filter(|it| !it.is_of_file() && !it.is_secret) {
            let mut config = Config::default();
            apply(setting, &mut config, &said(setting)).unwrap();
            assert_eq!((setting.tell)(&config), said(setting), "{}", setting.key);
        }
    }

    #[test]
    fn what_nobody_said_is_told_as_the_default_that_people_are_told() {
        for setting in all().filter(|it| !it.default.is_empty()) {
            let told = (setting.tell)(&Config::default()).join(" ");
            // Letter case means nothing in the name of a header.
            assert!(
                told.eq_ignore_ascii_case(setting.default),
                "{}: {told}",
                setting.key
            );
        }
    }

    #[test]
    fn of_a_secret_it_is_told_that_there_is_one() {
        for setting in all().filter(|it| it.is_secret) {
            let mut config = Config::default();
            assert_eq!((setting.tell)(&config), [""; 0], "{}", setting.key);
            apply(setting, &mut config, &["canary".to_owned()]).unwrap();
            assert_eq!((setting.tell)(&config), ["not shown"], "{}", setting.key);
        }
    }

    #[test]
    fn a_preset_is_told_in_a_line() {
        let setting = find("targets.preset").unwrap();
        let Read::Tables(_, read) = setting.read else {
            panic!("presets are tables");
        };
        let row = [("name", "Company mail, TLS"), ("server", "mail.company.com")];
        let row = BTreeMap::from(row.map(|(key, value)| (key.to_owned(), value.to_owned())));
        let mut config = Config::default();
        assert!(read(&mut config, &[row]).is_ok());
        let told =
            r#"name = "Company mail, TLS", server = "mail.company.com:995", security = "tls", verify = true"#;
        assert_eq!((setting.tell)(&config), [told]);
    }

    #[test]
    fn what_depends_on_others_is_told_as_it_holds() {
        let tell = |config: &Config, key: &str| (find(key).unwrap().tell)(config);
        let mut config = Config::default();
        assert_eq!(tell(&config, "targets.reach"), ["any"]);
        assert_eq!(tell(&config, "keep"), ["everything"]);
        assert_eq!(tell(&config, "limits.idle"), [""; 0]);
        config.access.mode = crate::config::Mode::Accounts;
        config.journal = Some("/srv/journal.sqlite".into());
        assert_eq!(tell(&config, "targets.reach"), ["presets"]);
        assert_eq!(tell(&config, "keep"), ["no-content"]);
        assert_eq!(tell(&config, "limits.idle"), ["1800"]);
        assert_eq!(tell(&config, "access.accounts"), ["/srv/accounts.toml"]);
        config.no_journal = true;
        assert_eq!(tell(&config, "keep"), ["nothing"]);
        assert_eq!(tell(&config, "journal"), [""; 0]);
    }

    #[test]
    fn a_hidden_setting_is_told_where_it_was_set() {
        let is_told = |config: &Config| {
            let sections = config.held();
            sections
                .iter()
                .flat_map(|it| &it.settings)
                .any(|it| it.key == "keep-alive-every")
        };
        let mut config = Config::default();
        assert!(!is_told(&config));
        let source = Source::Flag("keep-alive-every".to_owned());
        config.sources.insert("keep-alive-every", source);
        assert!(is_told(&config));
    }
}
