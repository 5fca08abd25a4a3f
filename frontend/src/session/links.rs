//! The links to a session, as its record tells of them.

use std::collections::BTreeMap;

use protocol::access::{LinkNo, Role, Sight};
use protocol::remark::Sharing;

/// The links, the newest last.
#[derive(Default)]
pub struct Links {
    links: Vec<Listed>,
    /// The tokens of those that this page has made. Nobody else has them, but for whom they were given to.
    tokens: BTreeMap<LinkNo, String>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub no: LinkNo,
    /// What the owner calls it; may be empty.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// What it shows.
    pub sight: Sight,
    /// Until when it lets in, in milliseconds since 1970-01-01T00:00:00Z; none for as long as the session is kept.
    pub until: Option<u64>,
    /// Why it lets nobody in any more, but for its time.
    pub over: Option<Standing>,
}

/// Who is here through a link, as the bridge tells when it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Here {
    /// How many.
    pub count: usize,
    /// What the first of them are called.
    pub names: Vec<String>,
}

impl Here {
    /// In a few words: `Anna, Bert and 5 more`.
    pub fn told(&self) -> String {
        // What the bridge said, which may have named more than it counted.
        let count = self.count.max(self.names.len());
        match (count, &self.names[..]) {
            (0, _) => "nobody".to_owned(),
            (1..=3, names) if names.len() == count => names.join(", "),
            (many, [one, other, ..]) => format!("{one}, {other} and {} more", many - 2),
            (many, _) => format!("{many} people"),
        }
    }
}

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It lets in, for so many seconds; none for as long as the session is kept.
    LetsIn(Option<u64>),
    /// Its time is over.
    Expired,
    /// The owner revoked it.
    Revoked,
    /// Somebody signed in through it, or was refused too often.
    UsedUp,
}

impl Links {
    /// Takes in what happened to the session.
    pub(super) fn apply(&mut self, sharing: &Sharing) {
        match sharing {
            Sharing::Linked {
                link,
                name,
                role,
                sight,
                until,
            } => self.links.push(Listed {
                no: *link,
                name: name.clone(),
                role: *role,
                sight: *sight,
                until: *until,
                over: None,
            }),
            Sharing::Revoked { link } => self.end(*link, Standing::Revoked),
            Sharing::UsedUp { link, .. } | Sharing::TriesOver { link, .. } => {
                self.end(*link, Standing::UsedUp);
            }
            _ => {}
        }
    }

    fn end(&mut self, link: LinkNo, over: Standing) {
        for it in self.links.iter_mut().filter(|it| it.no == link) {
            it.over.get_or_insert(over);
        }
    }

    /// The record begins anew.
    pub(super) fn forget(&mut self) {
        self.links.clear();
    }

    /// This page has made a link.
    pub fn keep(&mut self, link: LinkNo, token: String) {
        self.tokens.insert(link, token);
    }

    /// The token of a link that this page has made.
    pub fn token(&self, link: LinkNo) -> Option<&str> {
        self.tokens.get(&link).map(String::as_str)
    }

    /// All, with what the bridge told and the record has not, for it may be full or its session may have ended: those that
    /// let in before those that do so no more, each the newest first. `now` is the bridge's time in microseconds.
    pub fn all(&self, told: &[(Listed, Here)], now: u64) -> Vec<(Listed, Standing)> {
        let is_new = |it: &&Listed| self.links.iter().all(|known| known.no != it.no);
        let new = told.iter().map(|it| &it.0).filter(is_new);
        let with = |it: &Listed| {
            let same = told.iter().map(|told| &told.0).find(|told| told.no == it.no);
            let over = it.over.or_else(|| same?.over);
            let it = Listed { over, ..it.clone() };
            let standing = it.standing(now);
            (it, standing)
        };
        let mut all: Vec<_> = self.links.iter().chain(new).map(with).collect();
        all.sort_by_key(|(link, _)| std::cmp::Reverse(link.no));
        all.sort_by_key(|(_, standing)| !standing.lets_in());
        all
    }
}

impl Standing {
    /// Whether it lets in.
    pub fn lets_in(self) -> bool {
        matches!(self, Standing::LetsIn(_))
    }

    /// It in a few words: `8 h left`.
    pub fn told(self) -> String {
        match self {
            Standing::LetsIn(None) => "as long as the session is kept".to_owned(),
            Standing::LetsIn(Some(seconds)) => match seconds {
                0..60 => "less than a minute left".to_owned(),
                // Rounded up: a link that was made for 8 hours a moment ago has 8 hours left.
                60..=3540 => format!("{} min left", seconds.div_ceil(60)),
                3541..=169_200 => format!("{} h left", seconds.div_ceil(3600)),
                _ => format!("{} days left", seconds.div_ceil(86_400)),
            },
            Standing::Expired => "expired".to_owned(),
            Standing::Revoked => "revoked".to_owned(),
            Standing::UsedUp => "used up".to_owned(),
        }
    }
}

impl Listed {
    fn standing(&self, now: u64) -> Standing {
        let left = self.until.map(|until| until.saturating_sub(now / 1000));
        match (self.over, left) {
            (Some(over), _) => over,
            (None, Some(0)) => Standing::Expired,
            (None, left) => Standing::LetsIn(left.map(|it| it / 1000)),
        }
    }

    /// What it allows and shows: `watch · headers`.
    pub fn told(&self) -> String {
        let role = match self.role {
            Role::Owner => "everything",
            Role::Control => "type commands",
            Role::Watch => "watch",
            Role::SignIn => return "sign in only".to_owned(),
        };
        let sight = match self.sight {
            Sight::Everything => "everything",
            Sight::Headers => "headers",
            Sight::Commands => "commands and status",
        };
        format!("{role} · {sight}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600 * 1000;

    fn linked(link: LinkNo, role: Role, until: Option<u64>) -> Sharing {
        Sharing::Linked {
            link,
            name: String::new(),
            role,
            sight: Sight::Headers,
            until,
        }
    }

    #[test]
    fn links_are_listed_with_how_they_stand() {
        let mut links = Links::default();
        links.apply(&linked(1, Role::Watch, Some(8 * HOUR)));
        links.apply(&linked(2, Role::Control, None));
        links.apply(&linked(3, Role::SignIn, Some(HOUR)));
        links.apply(&linked(4, Role::Watch, Some(100 * HOUR)));
        links.apply(&linked(5, Role::SignIn, None));
        links.apply(&Sharing::TriesOver {
            link: 5,
            participant: 6,
        });
        links.apply(&Sharing::Revoked { link: 2 });
        links.apply(&Sharing::UsedUp {
            link: 3,
            participant: 5,
        });
        let told = |now: u64| -> Vec<String> {
            let all = links.all(&[], now * 1000).into_iter();
            all.map(|(link, standing)| format!("{} {}, {}", link.no, link.told(), standing.told()))
                .collect()
        };
        assert_eq!(
            told(HOUR / 2),
            [
                "4 watch · headers, 5 days left",
                "1 watch · headers, 8 h left",
                "5 sign in only, used up",
                "3 sign in only, used up",
                "2 type commands · headers, revoked",
            ]
        );
        assert_eq!(told(9 * HOUR)[4], "1 watch · headers, expired");
        let beyond = Listed {
            no: 6,
            name: "for anna".to_owned(),
            role: Role::Watch,
            sight: Sight::Commands,
            until: None,
            over: None,
        };
        let known = links.all(&[], 0)[0].0.clone();
        let revoked = Listed {
            over: Some(Standing::Revoked),
            ..known.clone()
        };
        let no = known.no;
        let all = links.all(&[(revoked, Here::default())], 0);
        let standing = all.iter().find(|it| it.0.no == no).map(|it| it.1);
        assert_eq!(standing, Some(Standing::Revoked), "the record has ended");
        let told = [known, beyond].map(|it| (it, Here::default()));
        let all = links.all(&told, 0);
        assert_eq!((all.len(), all[0].0.name.as_str()), (6, "for anna"));
    }

    #[test]
    fn who_is_here_is_named_as_far_as_there_is_room() {
        let told = |count, names: &[&str]| {
            let names = names.iter().map(|&it| it.to_owned()).collect();
            Here { count, names }.told()
        };
        assert_eq!(told(0, &[]), "nobody");
        assert_eq!(told(3, &["Anna", "Bert", "Carl"]), "Anna, Bert, Carl");
        assert_eq!(told(90, &["Anna", "Bert", "Carl"]), "Anna, Bert and 88 more");
        assert_eq!(told(2, &[]), "2 people");
        assert_eq!(told(1, &["Anna", "Bert"]), "Anna, Bert", "counted wrong");
    }
}
