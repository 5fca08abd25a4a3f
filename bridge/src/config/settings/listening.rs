//! Where the console listens, and who stands before it.

use crate::config::kinds::{network, parsed, said};
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "listen",
        "ADDRESS:PORT",
        "127.0.0.1:8110",
        "where to listen; addresses that others reach take access.mode, public, and either tls or proxy.trusted; port 0 takes a free one, and the first line of output says which, or of standard error where audit.file is `-`",
        |config, text| {
            config.listen = parsed(
                text,
                "an address and a port, such as 127.0.0.1:8110 or [::1]:8110,",
            )?;
            Ok(())
        },
        |config| said([config.listen]),
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
        |config| said(config.certificate.iter().map(|file| file.display())),
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
        |config| said(config.certificate_key.iter().map(|file| file.display())),
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
        |config| said(&config.public),
    ),
    Setting::many(
        "proxy.trusted",
        "NETWORK",
        "the reverse proxies before the console, such as 127.0.0.1/32 or 10.0.3.0/24; what they say of a request in X-Forwarded-For, -Proto and -Host counts, and what others say does not; may be repeated",
        |config, networks| {
            config.trusted_proxies = networks.iter().map(|it| network(it)).collect::<Result<_, _>>()?;
            Ok(())
        },
        |config| said(&config.trusted_proxies),
    ),
];
