//! Who may use it.

use std::time::Duration;

use crate::config::access::{Guests, HOURS_MAX, Mode};
use crate::config::kinds::{amount, groups, header, leaving, parsed, said, scopes, word};
use crate::config::setting::Setting;

/// All of them.
pub(super) const SETTINGS: &[Setting] = &[
    Setting::one(
        "access.mode",
        "none|accounts|header|openid",
        "none",
        "who may use the console: whoever reaches it; whoever has an account that `pop3-console account add` made; whoever a trusted proxy names in a header; or whoever signs in at a provider of OpenID Connect",
        |config, text| {
            config.access.mode = match text {
                "none" => Mode::None,
                "accounts" => Mode::Accounts,
                "header" => Mode::Header,
                "openid" => Mode::OpenId,
                _ => return Err("none, accounts, header or openid is wanted".to_owned()),
            };
            Ok(())
        },
        |config| said([config.access.mode.name()]),
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
        |config| match config.access.mode {
            Mode::Accounts => said(config.accounts_file().iter().map(|file| file.display())),
            _ => said(config.access.accounts.iter().map(|file| file.display())),
        },
    ),
    Setting::one(
        "access.hours",
        "HOURS",
        "12",
        "how long somebody stays signed in to the console, and for how long the word of a proxy or a provider on somebody lets others in by their links",
        |config, text| {
            config.access.lasts = Duration::from_secs(3600 * amount(text, "hours", 1..=HOURS_MAX)?);
            Ok(())
        },
        |config| said([config.access.lasts.as_secs() / 3600]),
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
        |config| {
            said([match config.access.guests {
                Guests::Link => "link",
                Guests::Accounts => "accounts",
            }])
        },
    ),
    Setting::one(
        "access.header",
        "NAME",
        "X-Remote-User",
        "the header in which a trusted proxy says who asks; the proxy must set it in every request, whatever came with it",
        |config, text| {
            config.access.header = header(text)?;
            Ok(())
        },
        |config| said([&config.access.header]),
    ),
    Setting::one(
        "access.groups-header",
        "NAME",
        "X-Remote-Groups",
        "the one in which it says to which groups they belong, separated by commas; set like that one, and not looked at unless groups are named here",
        |config, text| {
            config.access.groups_header = header(text)?;
            Ok(())
        },
        |config| said([&config.access.groups_header]),
    ),
    Setting::many(
        "access.agents",
        "GROUP",
        "the groups of those who are agents, where others than the console say who somebody is; everybody, if none is named; may be repeated",
        |config, names| {
            config.access.roles.agents = groups(names)?;
            Ok(())
        },
        |config| said(&config.access.roles.agents),
    ),
    Setting::many(
        "access.supervisors",
        "GROUP",
        "the groups of supervisors, likewise; may be repeated",
        |config, names| {
            config.access.roles.supervisors = groups(names)?;
            Ok(())
        },
        |config| said(&config.access.roles.supervisors),
    ),
    Setting::many(
        "access.administrators",
        "GROUP",
        "the groups of administrators, likewise; may be repeated",
        |config, names| {
            config.access.roles.administrators = groups(names)?;
            Ok(())
        },
        |config| said(&config.access.roles.administrators),
    ),
    Setting::one(
        "access.sign-off",
        "ADDRESS",
        "",
        "where whoever is named by a proxy signs out of it, such as https://login.company.com/logout or /oauth2/sign_out; the console offers no way out, if nothing is said",
        |config, text| {
            config.access.sign_off = Some(leaving(text)?);
            Ok(())
        },
        |config| said(&config.access.sign_off),
    ),
    Setting::one(
        "access.issuer",
        "ADDRESS",
        "",
        "the provider of OpenID Connect at which people sign in, such as https://login.company.com, letter for letter as it calls itself",
        |config, text| {
            let wanted = "an address with https, such as https://login.company.com,";
            config.access.openid.issuer = Some(parsed(text, wanted)?);
            Ok(())
        },
        |config| said(config.access.openid.issuer.iter().map(|it| it.url())),
    ),
    Setting::one(
        "access.client",
        "NAME",
        "",
        "what the console is called there: its client id. The address to come back to that is registered there is the console's own, with /api/sign-on/openid/back behind it",
        |config, text| {
            config.access.openid.client = Some(word(text)?);
            Ok(())
        },
        |config| said(&config.access.openid.client),
    ),
    Setting::one(
        "access.secret",
        "SECRET",
        "",
        "the client's secret, if it has one; in the file of settings or the environment, since others on the machine can read flags",
        |config, text| {
            config.access.openid.secret = Some(parsed(text, "a secret of 4096 octets at most, in one line,")?);
            Ok(())
        },
        |config| said(config.access.openid.secret.iter().map(|_| "not shown")),
    )
    .secret(),
    Setting::one(
        "access.secret-file",
        "FILE",
        "",
        "a file that holds the client's secret and nothing else, instead",
        |config, text| {
            config.access.openid.secret_file = Some(text.into());
            Ok(())
        },
        |config| said(config.access.openid.secret_file.iter().map(|file| file.display())),
    ),
    Setting::one(
        "access.name-claim",
        "CLAIM",
        "preferred_username",
        "the claim in which the provider says what somebody is called, such as email",
        |config, text| {
            config.access.openid.name_claim = word(text)?;
            Ok(())
        },
        |config| said([&config.access.openid.name_claim]),
    ),
    Setting::one(
        "access.groups-claim",
        "CLAIM",
        "groups",
        "the one in which it says to which groups they belong; not looked at unless groups are named here",
        |config, text| {
            config.access.openid.groups_claim = word(text)?;
            Ok(())
        },
        |config| said([&config.access.openid.groups_claim]),
    ),
    Setting::one(
        "access.scopes",
        "SCOPES",
        "openid profile",
        "what is asked for there, separated by spaces: many providers say what somebody is called for profile, and their groups for groups",
        |config, text| {
            config.access.openid.scopes = scopes(text)?;
            Ok(())
        },
        |config| said([&config.access.openid.scopes]),
    ),
];
