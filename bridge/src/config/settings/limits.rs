//! What bounds it.

use std::time::Duration;

use crate::config::kinds::{SECONDS_MAX, amount, number, octets, said, size};
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "limits.connections",
        "NUMBER",
        "1024",
        "HTTP connections at a time, of which each browser window keeps one; where the console is hosted, one address, or one network of IPv6 of 48 bits, has half of them at most, and as many requests and windows behind trusted proxies",
        |config, text| {
            config.limits.connections = number(text, 1..=100_000)?;
            Ok(())
        },
        |config| said([config.limits.connections]),
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
        |config| said([config.limits.sessions]),
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
        |config| said([config.limits.sessions_of_account]),
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
        |config| said([config.limits.participants]),
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
        |config| said([config.limits.messages]),
    ),
    Setting::one(
        "limits.target-rate",
        "NUMBER",
        "120",
        "connections to one mail server in a minute; of these the sessions of one account make half at most",
        |config, text| {
            config.limits.target_rate = number(text, 1..=100_000)?;
            Ok(())
        },
        |config| said([config.limits.target_rate]),
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
        |config| said([config.limits.sign_in_rate]),
    ),
    Setting::one(
        "limits.idle",
        "SECONDS",
        "",
        "after how long without anybody typing a mail connection is closed, without QUIT; 0 is never; if nothing is said, never, or 1800 where the console is hosted",
        |config, text| {
            let seconds = amount(text, "seconds", 0..=SECONDS_MAX)?;
            config.limits.idle = Some(Duration::from_secs(seconds));
            Ok(())
        },
        |config| said(config.limits.idle_as_said(config.hosted()).map(|it| it.as_secs())),
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
        |config| said([octets(config.limits.transcript)]),
    ),
    Setting::one(
        "limits.transcripts",
        "SIZE",
        "1 GiB",
        "all transcripts of sessions that live; those of one account's sessions take half of it at most",
        |config, text| {
            config.limits.transcripts = size(text)?;
            Ok(())
        },
        |config| said([octets(config.limits.transcripts)]),
    ),
];
