//! How it is watched and stopped.

use std::time::Duration;

use crate::config::kinds::{SECONDS_MAX, amount, parsed, said};
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "metrics.listen",
        "ADDRESS:PORT",
        "",
        "where Prometheus finds `/metrics`, on an address and port of its own; in clear text, and for whoever reaches it, so that beyond loopback and private addresses, as with 0.0.0.0 in a container, a firewall belongs before it; nowhere, if nothing is said",
        |config, text| {
            config.metrics = Some(parsed(text, "an address and a port, such as 127.0.0.1:9110,")?);
            Ok(())
        },
        |config| said(config.metrics),
    ),
    Setting::one(
        "drain",
        "SECONDS",
        "0",
        "how long it waits for mail connections to end once it is told to stop by a signal, and takes nothing new; another signal stops it at once",
        |config, text| {
            config.drain = Duration::from_secs(amount(text, "seconds", 0..=SECONDS_MAX)?);
            Ok(())
        },
        |config| said([config.drain.as_secs()]),
    ),
];
