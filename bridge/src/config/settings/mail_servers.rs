//! Which mail servers are reached, and how long they may take.

use crate::config::kinds::{said, seconds};
use crate::config::setting::Setting;
use crate::config::targets;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "targets.reach",
        "any|public|named|presets",
        "",
        "which may be reached: `any`, where the console is not hosted; `public`: ports 110 and 995 of public addresses, and what \
         is named; `named`: presets and what `targets.allow` names; `presets` alone. If nothing is said, `any`, but `presets` \
         where the console is hosted",
        targets::reach,
        |config| said([config.reach().name()]),
    ),
    Setting::many(
        "targets.allow",
        "SERVER",
        "servers that are named: `mail.company.com`, `*.company.com:995`, `192.0.2.0/24:110,995`, `10.0.0.0/8:*` for \
         every port; ports 110 and 995 where none is said; may be repeated",
        targets::allow,
        |config| said(&config.targets.allow),
    ),
    Setting::many(
        "targets.networks",
        "NETWORK",
        "what presets and names that are allowed may lead to though it is not public: `10.0.0.0/8`, `::1`; may be repeated",
        targets::networks,
        |config| said(&config.targets.networks),
    ),
    Setting::tables(
        "targets.preset",
        "tables, each of a server that people choose by its `name`: `server`, `security` (`plain`, `stls` or `tls`), `verify` \
         (`true` or `false`)",
        targets::PRESET,
        targets::presets,
        |config| config.targets.presets.iter().map(targets::told).collect(),
    ),
    Setting::many(
        "ca-file",
        "FILE",
        "certificate authorities to trust beside the platform's, PEM; may be repeated",
        |config, files| {
            config.ca_files = files.iter().map(Into::into).collect();
            Ok(())
        },
        |config| said(config.ca_files.iter().map(|file| file.display())),
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
        |config| said([config.deadlines.resolve.as_secs()]),
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
        |config| said([config.deadlines.connect.as_secs()]),
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
        |config| said([config.deadlines.tls.as_secs()]),
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
        |config| said([config.deadlines.greeting.as_secs()]),
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
        |config| said([config.deadlines.keep_alive.as_secs()]),
    )
    .hidden(),
];
