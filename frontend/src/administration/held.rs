//! What holds in this console, as its administrators are told: every setting, and in words what reaches which servers.

use crate::figures::grouped;

/// Settings that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What they are called together.
    pub name: String,
    /// Each of them.
    pub settings: Vec<Held>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// How it is called.
    pub key: String,
    /// What it is.
    pub about: String,
    /// What holds, each value as it would be said; nothing where nothing does.
    pub values: Vec<String>,
    /// Who said so.
    pub from: Source,
    /// In which line, by which variable or flag; empty of a default.
    pub at: String,
}

/// Who says what holds of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody.
    Default,
    /// The file of settings.
    File,
    /// The environment.
    Environment,
    /// A flag.
    Flag,
}

impl Source {
    /// Who that is, where the bridge calls it so.
    pub fn named(name: &str) -> Option<Self> {
        [Source::Default, Source::File, Source::Environment, Source::Flag]
            .into_iter()
            .find(|it| it.name() == name)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Source::Default => "default",
            Source::File => "file",
            Source::Environment => "environment",
            Source::Flag => "flag",
        }
    }
}

impl Held {
    fn matches(&self, wanted: &str) -> bool {
        let told = [&self.key, &self.about, &self.at].into_iter().chain(&self.values);
        let mut told = told.map(|it| it.to_lowercase());
        told.any(|it| it.contains(wanted)) || self.from.name().contains(wanted)
    }
}

/// The settings that are looked for, by section.
pub fn matching<'a>(sections: &'a [Section], wanted: &str) -> Vec<(&'a str, Vec<&'a Held>)> {
    let wanted = wanted.trim().to_lowercase();
    let found = sections.iter().map(|section| {
        let settings = section.settings.iter();
        // Whoever looks for a section looks for all that is in it.
        let is_whole = section.name.to_lowercase().contains(&wanted);
        let settings = settings.filter(|it| is_whole || it.matches(&wanted));
        (section.name.as_str(), settings.collect::<Vec<_>>())
    });
    found.filter(|(_, settings)| !settings.is_empty()).collect()
}

/// What reaches which servers, in sentences. The presets are told by their names.
pub fn words(sections: &[Section], presets: &[String]) -> Vec<String> {
    let all = |key: &str| {
        let mut settings = sections.iter().flat_map(|section| &section.settings);
        let found = settings.find(|it| it.key == key);
        found.map(|it| it.values.as_slice()).unwrap_or_default()
    };
    let one = |key: &str| all(key).first().map(String::as_str).unwrap_or_default();
    let reach = one("targets.reach");
    let (allow, networks) = (all("targets.allow"), all("targets.networks"));
    let mut words = vec![match reach {
        "public" => format!(
            "People connect to ports 110 and 995 of public addresses{}.",
            also(allow, ", and to ")
        ),
        "named" => format!("People connect to presets{} alone.", also(allow, " and to ")),
        _ => "People connect to presets alone, and type no server.".to_owned(),
    }];
    words.push(match presets {
        [] => "There are no presets.".to_owned(),
        [one] => format!("There is one preset: {one}."),
        several => format!("There are {} presets: {}.", several.len(), several.join("; ")),
    });
    words.push(match networks {
        [] => "What is named leads to public addresses alone.".to_owned(),
        networks => format!("What is named also leads to {}.", networks.join(", ")),
    });
    if one("no-demonstration") == "false" {
        words.push("The demonstration mailbox can always be opened.".to_owned());
    }
    words.push(format!(
        "Each server is connected to {} times a minute at most, and each mailbox there takes {} refused sign-ins.",
        figure(one("limits.target-rate")),
        figure(one("limits.sign-in-rate"))
    ));
    words.push(match one("limits.idle").parse::<u64>() {
        Ok(seconds) if seconds > 0 => format!(
            "A connection on which nobody types for {} is closed without QUIT.",
            time(seconds)
        ),
        _ => "A connection stays open for as long as the server keeps it.".to_owned(),
    });
    words
}

fn also(names: &[String], before: &str) -> String {
    match names {
        [] => String::new(),
        names => format!("{before}{}", names.join(", ")),
    }
}

/// A number with its thousands apart.
fn figure(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), grouped)
}

fn time(seconds: u64) -> String {
    let (number, unit) = if seconds.is_multiple_of(60) {
        (seconds / 60, "minute")
    } else {
        (seconds, "second")
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {unit}{plural}", grouped(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(key: &str, values: &[&str]) -> Held {
        Held {
            key: key.to_owned(),
            about: format!("what {key} is"),
            values: values.iter().map(|&it| it.to_owned()).collect(),
            from: Source::Default,
            at: String::new(),
        }
    }

    fn sections() -> Vec<Section> {
        let section = |name: &str, settings| Section {
            name: name.to_owned(),
            settings,
        };
        vec![
            section("Sessions", vec![held("no-demonstration", &["true"])]),
            section(
                "Mail servers",
                vec![
                    held("targets.reach", &["named"]),
                    held("targets.allow", &["mail.company.com", "*.company.com:995"]),
                    held("targets.networks", &["10.1.0.0/16"]),
                ],
            ),
            section(
                "Limits",
                vec![
                    held("limits.target-rate", &["1200"]),
                    held("limits.sign-in-rate", &["10"]),
                    held("limits.idle", &["1800"]),
                ],
            ),
        ]
    }

    #[test]
    fn what_reaches_which_servers_is_said_in_words() {
        let presets = ["Company mail, TLS".to_owned(), "Old mail".to_owned()];
        assert_eq!(
            words(&sections(), &presets),
            [
                "People connect to presets and to mail.company.com, *.company.com:995 alone.",
                "There are 2 presets: Company mail, TLS; Old mail.",
                "What is named also leads to 10.1.0.0/16.",
                "Each server is connected to 1,200 times a minute at most, and each mailbox there takes 10 refused sign-ins.",
                "A connection on which nobody types for 30 minutes is closed without QUIT.",
            ]
        );
        let mut alone = sections();
        alone[0].settings[0] = held("no-demonstration", &["false"]);
        alone[1].settings[0] = held("targets.reach", &["presets"]);
        alone[1].settings[2] = held("targets.networks", &[]);
        alone[2].settings[2] = held("limits.idle", &[]);
        assert_eq!(
            words(&alone, &[]),
            [
                "People connect to presets alone, and type no server.",
                "There are no presets.",
                "What is named leads to public addresses alone.",
                "The demonstration mailbox can always be opened.",
                "Each server is connected to 1,200 times a minute at most, and each mailbox there takes 10 refused sign-ins.",
                "A connection stays open for as long as the server keeps it.",
            ]
        );
    }

    #[test]
    fn settings_are_found_by_all_that_is_told_of_them() {
        let sections = sections();
        let found = |wanted: &str| -> Vec<&str> {
            let found = matching(&sections, wanted);
            found
                .iter()
                .flat_map(|(_, settings)| settings.iter().map(|it| &*it.key))
                .collect()
        };
        assert_eq!(found("").len(), 7);
        assert_eq!(found(" Limits").len(), 3);
        assert_eq!(found("10.1"), ["targets.networks"]);
        assert_eq!(found("what targets.reach"), ["targets.reach"]);
        assert!(found("nothing of that").is_empty());
    }

    #[test]
    fn times_are_told_as_people_say_them() {
        assert_eq!(time(60), "1 minute");
        assert_eq!(time(86_400), "1,440 minutes");
        assert_eq!(time(90), "90 seconds");
    }
}
