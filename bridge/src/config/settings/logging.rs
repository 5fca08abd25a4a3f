//! What is logged.

use crate::config::LogFormat;
use crate::config::kinds::said;
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "log",
        "FILTER",
        "pop3_console=info",
        "what is logged to standard error, in the syntax of `tracing`; never a password or the content of a message",
        |config, text| {
            text.clone_into(&mut config.log);
            Ok(())
        },
        |config| said([&config.log]),
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
        |config| {
            said([match config.log_format {
                LogFormat::Text => "text",
                LogFormat::Json => "json",
            }])
        },
    ),
];
