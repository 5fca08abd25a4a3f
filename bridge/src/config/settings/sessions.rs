//! How long sessions are kept, and where.

use protocol::access::Keep;

use crate::config::KEEP_DAYS_MAX;
use crate::config::kinds::{amount, parsed, said, seconds};
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "grace",
        "SECONDS",
        "300",
        "how long a session outlives the last browser that left it",
        |config, text| {
            config.grace = seconds(text)?;
            Ok(())
        },
        |config| said([config.grace.as_secs()]),
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
        |config| {
            said(
                config
                    .journal_file()
                    .ok()
                    .flatten()
                    .iter()
                    .map(|file| file.display()),
            )
        },
    ),
    Setting::switch(
        "no-journal",
        "keep no sessions: what happened is gone when they end",
        |config, on| config.no_journal = on,
        |config| said([config.no_journal]),
    ),
    Setting::one(
        "keep",
        "everything|no-content|nothing",
        "",
        "how much may be kept of a session at most: `everything`; `no-content`: what was typed and answered, without the \
         content of messages; `nothing`. If nothing is said, `everything`, but `no-content` where the console is hosted",
        |config, text| {
            config.keep = Some(parsed(text, "everything, no-content or nothing")?);
            Ok(())
        },
        |config| {
            said([match config.no_journal {
                true => Keep::Nothing.name(),
                false => config.keeps_at_most().name(),
            }])
        },
    ),
    Setting::one(
        "keep-days",
        "DAYS",
        "30",
        "after how many days a session that has ended is deleted for good",
        |config, text| {
            config.keep_days = amount(text, "days", 1..=KEEP_DAYS_MAX)?;
            Ok(())
        },
        |config| said([config.keep_days]),
    ),
    Setting::switch(
        "no-demonstration",
        "leave the demonstration mailbox out",
        |config, on| config.no_demonstration = on,
        |config| said([config.no_demonstration]),
    ),
];
