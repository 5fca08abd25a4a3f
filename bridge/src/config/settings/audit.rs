//! Who did what.

use crate::config::KEEP_DAYS_MAX;
use crate::config::kinds::{amount, said};
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "audit.file",
        "FILE",
        "",
        "a file to which who did what is added, too, as lines of JSON; `-` is standard output, which has nothing else then; it may be moved away at any time",
        |config, text| {
            config.audit_file = Some(text.into());
            Ok(())
        },
        |config| said(config.audit_file.iter().map(|file| file.display())),
    ),
    Setting::one(
        "audit.days",
        "DAYS",
        "180",
        "after how many days a record of who did what is deleted from the journal",
        |config, text| {
            config.audit_days = amount(text, "days", 1..=KEEP_DAYS_MAX)?;
            Ok(())
        },
        |config| said([config.audit_days]),
    ),
];
