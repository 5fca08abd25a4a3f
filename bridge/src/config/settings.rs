//! Every setting there is, in the order in which people are told of them.

use std::time::Duration;

use super::access::{Guests, HOURS_MAX, Mode};
use super::kinds::{SECONDS_MAX, network, number, parsed, seconds, size, switch};
use super::setting::{Read, Setting};
use super::{Config, KEEP_DAYS_MAX, LogFormat, targets};

/// Settings that belong together, and what they are called together.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) settings: &'static [Setting],
}

/// All of them.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "Listening",
        settings: LISTENING,
    },
    Section {
        name: "Access",
        settings: ACCESS,
    },
    Section {
        name: "Sessions",
        settings: SESSIONS,
    },
    Section {
        name: "Mail servers",
        settings: MAIL_SERVERS,
    },
    Section {
        name: "Limits",
        settings: LIMITS,
    },
    Section {
        name: "Operating",
        settings: OPERATING,
    },
    Section {
        name: "Audit",
        settings: AUDIT,
    },
    Section {
        name: "Logging",
        settings: LOGGING,
    },
];

/// All of them, one after the other.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings)
}

/// The one that goes by that key in the file.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

const LISTENING: &[Setting] = &[
    Setting::one(
        "listen",
        "ADDRESS:PORT",
        "127.0.0.1:8110",
        "where to listen; addresses that others reach take access.mode, public, and either tls or proxy.trusted; port 0 takes a free one, and the first line of output says which",
        |config, text| {
            config.listen = parsed(
                text,
                "an address and a port, such as 127.0.0.1:8110 or [::1]:8110,",
            )?;
            Ok(())
        },
    ),
    Setting::one(
        "tls.certificate",
        "FILE",
        "",
        "the certificate that browsers are shown, PEM, and behind it those that vouch for it; read again when the file changes",
        |config, text| {
            config.certificate = Some(text.into());
            Ok(())
        },
    ),
    Setting::one(
        "tls.key",
        "FILE",
        "",
        "its key, PEM, without a password",
        |config, text| {
            config.certificate_key = Some(text.into());
            Ok(())
        },
    ),
    Setting::many(
        "public",
        "ADDRESS",
        "the addresses at which people reach the console, such as https://pop3.company.com or https://company.com/pop3; it answers to no others but this machine's own; may be repeated",
        |config, addresses| {
            let wanted = "an address such as https://pop3.company.com or https://company.com/pop3, or http for this machine's own,";
            config.public = addresses
                .iter()
                .map(|it| parsed(it, wanted))
                .collect::<Result<_, _>>()?;
            Ok(())
        },
    ),
    Setting::many(
        "proxy.trusted",
        "NETWORK",
        "the reverse proxies before the console, such as 127.0.0.1/32 or 10.0.3.0/24; what they say of a request in X-Forwarded-For, -Proto and -Host counts, and what others say does not; may be repeated",
        |config, networks| {
            config.trusted_proxies = networks.iter().map(|it| network(it)).collect::<Result<_, _>>()?;
            Ok(())
        },
    ),
];

const ACCESS: &[Setting] = &[
    Setting::one(
        "access.mode",
        "none|accounts",
        "none",
        "who may use the console: whoever reaches it, or whoever has an account that `pop3-console account add` made",
        |config, text| {
            config.access.mode = match text {
                "none" => Mode::None,
                "accounts" => Mode::Accounts,
                _ => return Err("none or accounts is wanted".to_owned()),
            };
            Ok(())
        },
    ),
    Setting::one(
        "access.accounts",
        "FILE",
        "",
        "the file with the accounts; `accounts.toml` beside the journal, if nothing is said",
        |config, text| {
            config.access.accounts = Some(text.into());
            Ok(())
        },
    ),
    Setting::one(
        "access.hours",
        "HOURS",
        "12",
        "how long somebody stays signed in to the console",
        |config, text| {
            config.access.lasts = Duration::from_secs(3600 * number(text, 1..=HOURS_MAX)?);
            Ok(())
        },
    ),
    Setting::one(
        "access.guests",
        "link|accounts",
        "link",
        "what a guest needs: the link alone, or an account as well",
        |config, text| {
            config.access.guests = match text {
                "link" => Guests::Link,
                "accounts" => Guests::Accounts,
                _ => return Err("link or accounts is wanted".to_owned()),
            };
            Ok(())
        },
    ),
];

const SESSIONS: &[Setting] = &[
    Setting::one(
        "grace",
        "SECONDS",
        "300",
        "how long a session outlives the last browser that left it",
        |config, text| {
            config.grace = seconds(text)?;
            Ok(())
        },
    ),
    Setting::one(
        "journal",
        "FILE",
        "",
        "the file that sessions are kept in, one console at a time; in the platform's folder for data, if nothing is said",
        |config, text| {
            config.journal = Some(text.into());
            Ok(())
        },
    ),
    Setting::switch(
        "no-journal",
        "keep no sessions: what happened is gone when they end",
        |config, on| config.no_journal = on,
    ),
    Setting::one(
        "keep-days",
        "DAYS",
        "30",
        "after how many days a session that has ended is deleted for good",
        |config, text| {
            config.keep_days = number(text, 1..=KEEP_DAYS_MAX)?;
            Ok(())
        },
    ),
    Setting::switch(
        "no-demonstration",
        "leave the demonstration mailbox out",
        |config, on| config.no_demonstration = on,
    ),
];

const MAIL_SERVERS: &[Setting] = &[
    Setting::one(
        "targets.reach",
        "any|public|named|presets",
        "",
        "which may be reached: `any`; `public`: ports 110 and 995 of public addresses, and what is named; `named`: presets and \
         what `targets.allow` names; `presets` alone. If nothing is said, `any`, but `presets` where the console is hosted",
        targets::reach,
    ),
    Setting::many(
        "targets.allow",
        "SERVER",
        "servers that are named: `mail.company.com`, `*.company.com:995`, `192.0.2.0/24:110,995`; ports 110 and 995 where none \
         is said; may be repeated",
        targets::allow,
    ),
    Setting::many(
        "targets.networks",
        "NETWORK",
        "what presets and names that are allowed may lead to though it is not public: `10.0.0.0/8`, `::1`; may be repeated",
        targets::networks,
    ),
    Setting::tables(
        "targets.preset",
        "tables, each of a server that people choose by its `name`: `server`, `security` (`plain`, `stls` or `tls`), `verify` \
         (`true` or `false`)",
        targets::PRESET,
        targets::presets,
    ),
    Setting::many(
        "ca-file",
        "FILE",
        "certificate authorities to trust beside the platform's, PEM; may be repeated",
        |config, files| {
            config.ca_files = files.iter().map(Into::into).collect();
            Ok(())
        },
    ),
    Setting::one(
        "resolve-within",
        "SECONDS",
        "10",
        "how long looking up a name may take",
        |config, text| {
            config.deadlines.resolve = seconds(text)?;
            Ok(())
        },
    ),
    Setting::one(
        "connect-within",
        "SECONDS",
        "10",
        "how long the TCP connection to the mail server may take, over all its addresses",
        |config, text| {
            config.deadlines.connect = seconds(text)?;
            Ok(())
        },
    ),
    Setting::one(
        "tls-within",
        "SECONDS",
        "10",
        "how long a TLS handshake may take",
        |config, text| {
            config.deadlines.tls = seconds(text)?;
            Ok(())
        },
    ),
    Setting::one(
        "greeting-within",
        "SECONDS",
        "30",
        "how long the mail server's greeting may take",
        |config, text| {
            config.deadlines.greeting = seconds(text)?;
            Ok(())
        },
    ),
    // The page tells people the wire's own figure, so another is for tests alone.
    Setting::one(
        "keep-alive-every",
        "SECONDS",
        "240",
        "how long after the last line the keep-alive sends NOOP, where somebody switched it on",
        |config, text| {
            config.deadlines.keep_alive = seconds(text)?;
            Ok(())
        },
    )
    .hidden(),
];

const LIMITS: &[Setting] = &[
    Setting::one(
        "limits.connections",
        "NUMBER",
        "1024",
        "HTTP connections at a time, of which each browser window keeps one",
        |config, text| {
            config.limits.connections = number(text, 1..=100_000)?;
            Ok(())
        },
    ),
    Setting::one(
        "limits.sessions",
        "NUMBER",
        "64",
        "sessions at a time",
        |config, text| {
            config.limits.sessions = number(text, 1..=100_000)?;
            Ok(())
        },
    ),
    Setting::one(
        "limits.sessions-of-account",
        "NUMBER",
        "20",
        "sessions of one account at a time, where the console is hosted",
        |config, text| {
            config.limits.sessions_of_account = number(text, 1..=100_000)?;
            Ok(())
        },
    ),
    Setting::one(
        "limits.windows",
        "NUMBER",
        "256",
        "browser windows in one session at a time",
        |config, text| {
            config.limits.participants = number(text, 1..=10_000)?;
            Ok(())
        },
    ),
    Setting::one(
        "limits.messages",
        "NUMBER",
        "1000",
        "messages that one browser window sends in a second; what is beyond waits",
        |config, text| {
            config.limits.messages = number(text, 100..=1_000_000)?;
            Ok(())
        },
    ),
    Setting::one(
        "limits.target-rate",
        "NUMBER",
        "120",
        "connections to one mail server in a minute",
        |config, text| {
            config.limits.target_rate = number(text, 1..=100_000)?;
            Ok(())
        },
    ),
    Setting::one(
        "limits.sign-in-rate",
        "NUMBER",
        "10",
        "refused sign-ins to one mailbox of one mail server in a minute",
        |config, text| {
            config.limits.sign_in_rate = number(text, 1..=100_000)?;
            Ok(())
        },
    ),
    Setting::one(
        "limits.idle",
        "SECONDS",
        "",
        "after how long without anybody typing a mail connection is closed, without QUIT; if nothing is said, never, or 1800 where the console is hosted",
        |config, text| {
            config.limits.idle = Some(seconds(text)?);
            Ok(())
        },
    ),
    Setting::one(
        "limits.transcript",
        "SIZE",
        "256 MiB",
        "one transcript; then the mail connection is closed, and the transcript says so",
        |config, text| {
            config.limits.allow_transcript(size(text)?);
            Ok(())
        },
    ),
    Setting::one(
        "limits.transcripts",
        "SIZE",
        "1 GiB",
        "all transcripts of sessions that live",
        |config, text| {
            config.limits.transcripts = size(text)?;
            Ok(())
        },
    ),
];

const OPERATING: &[Setting] = &[
    Setting::one(
        "metrics.listen",
        "ADDRESS:PORT",
        "",
        "where Prometheus finds `/metrics`, a loopback or private address of its own; nowhere, if nothing is said",
        |config, text| {
            config.metrics = Some(parsed(text, "an address and a port, such as 127.0.0.1:9110,")?);
            Ok(())
        },
    ),
    Setting::one(
        "drain",
        "SECONDS",
        "0",
        "how long it waits for sessions to end once it is told to stop by a signal, and takes nothing new; another signal stops it at once",
        |config, text| {
            config.drain = Duration::from_secs(number(text, 0..=SECONDS_MAX)?);
            Ok(())
        },
    ),
];

const AUDIT: &[Setting] = &[
    Setting::one(
        "audit.file",
        "FILE",
        "",
        "a file to which who did what is added, too, as lines of JSON; `-` is standard output; it may be moved away at any time",
        |config, text| {
            config.audit_file = Some(text.into());
            Ok(())
        },
    ),
    Setting::one(
        "audit.days",
        "DAYS",
        "180",
        "after how many days a record of who did what is deleted from the journal",
        |config, text| {
            config.audit_days = number(text, 1..=KEEP_DAYS_MAX)?;
            Ok(())
        },
    ),
];

const LOGGING: &[Setting] = &[
    Setting::one(
        "log",
        "FILTER",
        "pop3_console=info",
        "what is logged to standard error, in the syntax of `tracing`; never a password or the content of a message",
        |config, text| {
            text.clone_into(&mut config.log);
            Ok(())
        },
    ),
    Setting::one(
        "log-format",
        "text|json",
        "text",
        "how: a line for people, or a JSON object a line",
        |config, text| {
            config.log_format = match text {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err("text or json is wanted".to_owned()),
            };
            Ok(())
        },
    ),
];

/// Reads what an earlier or a later source says of a setting.
pub(super) fn apply(setting: &Setting, config: &mut Config, given: &[String]) -> Result<(), String> {
    match (setting.read, given) {
        (Read::Many(read), many) => read(config, many),
        (Read::One(read), [one]) => read(config, one),
        (Read::Switch(read), [one]) => {
            read(config, switch(one)?);
            Ok(())
        }
        _ => Err("one value is wanted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_are_told_is_the_default_is_it() {
        for setting in all().filter(|setting| !setting.default.is_empty()) {
            let mut config = Config::default();
            let read = apply(setting, &mut config, &[setting.default.to_owned()]);
            assert_eq!(read, Ok(()), "{}", setting.key);
            assert_eq!(
                format!("{config:?}"),
                format!("{:?}", Config::default()),
                "{}",
                setting.key
            );
        }
    }

    #[test]
    fn no_two_settings_go_by_one_name() {
        let mut names: Vec<String> = all().flat_map(|it| [it.flag(), it.variable()]).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
