//! Settings that were said and count for nothing, by what else was said.

use super::{Config, Mode, Wrong};

/// Settings, when they count, and what to do where they do not.
struct Use {
    keys: &'static [&'static str],
    when: fn(&Config) -> bool,
    /// What keeps them from counting.
    by: fn(&Config) -> String,
    instead: &'static str,
}

const USES: &[Use] = &[
    Use {
        keys: &["access.agents", "access.supervisors", "access.administrators"],
        when: |config| matches!(config.access.mode, Mode::Header | Mode::OpenId),
        by: mode,
        instead: "groups are for those whom others name, with header or openid. What an account may do is said by \
                  `pop3-console account role`",
    },
    Use {
        keys: &["access.header", "access.groups-header", "access.sign-off"],
        when: |config| config.access.mode == Mode::Header,
        by: mode,
        instead: "set that to header, or leave this out",
    },
    Use {
        keys: &[
            "access.issuer",
            "access.client",
            "access.secret",
            "access.secret-file",
            "access.name-claim",
            "access.groups-claim",
            "access.scopes",
        ],
        when: |config| config.access.mode == Mode::OpenId,
        by: mode,
        instead: "set that to openid, or leave this out",
    },
    Use {
        keys: &["access.accounts"],
        when: |config| config.access.mode == Mode::Accounts,
        by: mode,
        instead: "set that to accounts, or leave this out",
    },
    Use {
        keys: &["access.hours"],
        when: Config::hosted,
        by: mode,
        instead: "nobody signs in. Set that to another, or leave this out",
    },
    Use {
        keys: &["journal", "keep", "keep-days", "audit.days"],
        when: |config| !config.no_journal,
        by: |_| "no-journal is true".to_owned(),
        instead: "nothing is kept. Leave out the one or the other",
    },
];

impl Config {
    /// What was said and counts for nothing.
    pub(super) fn unused(&self) -> Vec<Wrong> {
        let idle = USES.iter().filter(|it| !(it.when)(self));
        let said = idle.flat_map(|it| it.keys.iter().map(move |&key| (key, it)));
        let said = said.filter(|(key, _)| self.sources.get(key).is_some());
        said.map(|(key, it)| {
            let by = (it.by)(self);
            Wrong::new(
                key,
                format!("{key} counts for nothing while {by}: {}", it.instead),
            )
        })
        .collect()
    }
}

fn mode(config: &Config) -> String {
    format!("access.mode is {}", config.access.mode.name())
}
