//! The servers that whoever runs the console offers, by their names.

use protocol::target::Target;

use crate::recent::Recent;

/// A server that is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Preset {
    /// What people call it.
    pub name: String,
    /// Whom that is.
    pub target: Target,
}

/// Which of them somebody wants who comes to choose one.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Wanted {
    /// Nobody said.
    #[default]
    Any,
    /// The one of that name.
    Named(String),
    /// The one that is this server.
    Server(Target),
}

/// Names that are told in one sentence.
const TOLD_MAX: usize = 5;

impl Preset {
    /// Whether it is that server, reached in that way.
    pub fn is_for(&self, target: &Target) -> bool {
        let key = |it: &Target| (it.host.to_ascii_lowercase(), it.port, it.security);
        let is_named_otherwise = target.name.as_ref().is_some_and(|name| *name != target.host);
        key(&self.target) == key(target) && !is_named_otherwise
    }
}

/// The one that is wanted.
///
/// # Errors
/// When there is no such one: a sentence that says so.
pub fn find(presets: &[Preset], wanted: &Wanted) -> Result<Option<usize>, String> {
    let found = match wanted {
        Wanted::Any => return Ok(None),
        Wanted::Named(name) => presets.iter().position(|it| it.name == *name),
        Wanted::Server(target) => presets.iter().position(|it| it.is_for(target)),
    };
    match (found, wanted) {
        (None, Wanted::Named(name)) => Err(format!("This console offers no server with the name “{name}”.")),
        (None, Wanted::Server(target)) => {
            let server = target.display();
            Err(format!("This console does not connect to {server}."))
        }
        (found, _) => Ok(found),
    }
}

/// The one that people begin with who want none in particular: the last that greeted them here, or the first.
pub fn usual(presets: &[Preset], recent: &[Recent]) -> usize {
    let of = |recent: &Recent| presets.iter().position(|it| it.is_for(&recent.target));
    recent.iter().find_map(of).unwrap_or(0)
}

/// What somebody can do whose server may not be reached, as a sentence.
pub fn advice(presets: &[Preset]) -> Option<String> {
    let names: Vec<_> = presets
        .iter()
        .take(TOLD_MAX)
        .map(|it| format!("“{}”", it.name))
        .collect();
    let more = match presets.len().saturating_sub(TOLD_MAX) {
        0 => String::new(),
        more => format!(" or {more} more"),
    };
    let offered = match names.as_slice() {
        [] => return None,
        [one] => format!("Choose {one}"),
        many => format!("Choose one of {}{more}", many.join(", ")),
    };
    Some(format!("{offered} — or ask whoever runs this console."))
}

#[cfg(test)]
mod tests {
    use protocol::target::{Family, Security};

    use super::*;

    fn preset(name: &str, host: &str) -> Preset {
        Preset {
            name: name.to_owned(),
            target: Target {
                host: host.to_owned(),
                port: 995,
                security: Security::Tls,
                verify: true,
                name: None,
                family: Family::Any,
            },
        }
    }

    #[test]
    fn the_one_that_is_wanted_is_found_or_said_not_to_be_there() {
        let presets = [
            preset("Company mail, TLS", "mail.company.com"),
            preset("Lab", "lab.example"),
        ];
        let named = |name: &str| find(&presets, &Wanted::Named(name.to_owned()));
        assert_eq!(named("Lab"), Ok(Some(1)));
        assert!(named("lab").unwrap_err().contains("“lab”"));
        let mut server = presets[1].target.clone();
        server.host = "LAB.example".to_owned();
        assert_eq!(find(&presets, &Wanted::Server(server.clone())), Ok(Some(1)));
        server.security = Security::Plain;
        assert!(
            find(&presets, &Wanted::Server(server))
                .unwrap_err()
                .contains("LAB.example:995")
        );
        assert_eq!(find(&presets, &Wanted::Any), Ok(None));
    }

    #[test]
    fn people_begin_with_the_last_that_greeted_them() {
        let presets = [preset("One", "one.example"), preset("Two", "two.example")];
        let recent = |host: &str| Recent {
            target: preset("", host).target,
            at: 0,
            idle: None,
        };
        assert_eq!(usual(&presets, &[]), 0);
        assert_eq!(
            usual(&presets, &[recent("other.example"), recent("two.example")]),
            1
        );
    }

    #[test]
    fn what_can_be_done_is_told_in_one_sentence() {
        assert_eq!(advice(&[]), None);
        let many: Vec<_> = (1..=7)
            .map(|it| preset(&format!("Server {it}"), "a.example"))
            .collect();
        assert_eq!(
            advice(&many[..1]).unwrap(),
            "Choose “Server 1” — or ask whoever runs this console."
        );
        assert!(advice(&many).unwrap().contains("“Server 5” or 2 more — or ask"));
    }
}
