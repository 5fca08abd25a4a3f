//! Who may use it.

use std::time::Duration;

use crate::config::access::{Guests, HOURS_MAX, Mode};
use crate::config::kinds::number;
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
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
