//! Every setting there is, in the order in which people are told of them.

mod access;
mod audit;
mod limits;
mod listening;
mod logging;
mod mail_servers;
mod operating;
mod sessions;

use super::Config;
use super::kinds::switch;
use super::setting::{Read, Setting};

/// Settings that belong together, and what they are called together.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) settings: &'static [Setting],
}

/// All of them.
pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "Listening",
        settings: listening::SETTINGS,
    },
    Section {
        name: "Access",
        settings: access::SETTINGS,
    },
    Section {
        name: "Sessions",
        settings: sessions::SETTINGS,
    },
    Section {
        name: "Mail servers",
        settings: mail_servers::SETTINGS,
    },
    Section {
        name: "Limits",
        settings: limits::SETTINGS,
    },
    Section {
        name: "Operating",
        settings: operating::SETTINGS,
    },
    Section {
        name: "Audit",
        settings: audit::SETTINGS,
    },
    Section {
        name: "Logging",
        settings: logging::SETTINGS,
    },
];

/// All of them, one after the other.
pub(super) fn all() -> impl Iterator<Item = &'static Setting> {
    SECTIONS.iter().flat_map(|section| section.settings)
}

/// The one that goes by that key in the file.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    all().find(|setting| setting.key == key)
}

/// Reads what an earlier or a later source says of a setting.
pub(super) fn apply(setting: &Setting, config: &mut Config, given: &[String]) -> Result<(), String> {
    match (setting.read, given) {
        (Read::Many(read), many) => read(config, many),
        (Read::One(read), [one]) => read(config, one),
        (Read::Switch(read), [one]) => {
            read(config, switch(one)?);
            Ok(())
        }
        _ => Err("one value is wanted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_are_told_is_the_default_is_it() {
        for setting in all().filter(|setting| !setting.default.is_empty()) {
            let mut config = Config::default();
            let read = apply(setting, &mut config, &[setting.default.to_owned()]);
            assert_eq!(read, Ok(()), "{}", setting.key);
            assert_eq!(
                format!("{config:?}"),
                format!("{:?}", Config::default()),
                "{}",
                setting.key
            );
        }
    }

    #[test]
    fn no_two_settings_go_by_one_name() {
        let mut names: Vec<String> = all().flat_map(|it| [it.flag(), it.variable()]).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
