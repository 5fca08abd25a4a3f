//! The sessions that this browser opened, as it remembers them: nothing that was said in one but whose mailbox it was.

use protocol::standing::{Ending, How};

/// The most sessions that are remembered.
pub const SESSIONS_MAX: usize = 100;

/// The longest name that a person gives a session, in characters.
pub const TITLE_MAX: usize = 64;

/// A session that this browser opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name in the address.
    pub id: String,
    /// The server as people read it; empty while none is known.
    pub server: String,
    /// What the person calls it; may be empty.
    pub name: String,
    /// When it was opened, in seconds since 1970-01-01T00:00:00Z.
    pub opened: u64,
    /// What was last seen of it.
    pub seen: Seen,
    /// Which mailbox it was with; empty while none is known.
    pub mailbox: String,
}

/// What was last seen of a session. What has ended stays so, and is not asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It may go on.
    Open,
    /// It has ended.
    Ended {
        /// How many messages were marked and not deleted.
        marked: u32,
        /// How its last connection ended, once the bridge was asked.
        ending: Option<Ending>,
    },
    /// The bridge did not know it. It may again: it may have been started with another journal, or with none.
    Gone,
}

/// How a connection ended, in a few words: `QUIT, 2 deleted`.
pub fn told(ending: Ending) -> String {
    match (ending.how, ending.deleted) {
        (How::Quit, 0) => "QUIT".to_owned(),
        (How::Quit, deleted) => format!("QUIT, {deleted} deleted"),
        (How::Dropped, _) => "disconnected".to_owned(),
        (How::Lost, _) => "connection lost".to_owned(),
        (How::Interrupted, _) => "interrupted".to_owned(),
        (How::Failed, _) => "last attempt failed".to_owned(),
    }
}

impl Seen {
    /// Whether the bridge has more to tell of it than is known.
    pub fn may_change(self) -> bool {
        !matches!(self, Seen::Ended { ending: Some(_), .. })
    }

    fn written(self) -> String {
        match self {
            Seen::Open => "open".to_owned(),
            Seen::Ended { marked, ending: None } => marked.to_string(),
            Seen::Ended {
                marked,
                ending: Some(Ending { how, deleted }),
            } => format!("{marked},{},{deleted}", how.name()),
            Seen::Gone => "gone".to_owned(),
        }
    }

    fn read(word: &str) -> Option<Self> {
        match word {
            "open" => Some(Seen::Open),
            "gone" => Some(Seen::Gone),
            ended => {
                let mut parts = ended.split(',');
                let marked = parts.next()?.parse().ok()?;
                let how = parts.next().and_then(|it| it.parse().ok());
                let deleted = parts.next().and_then(|it| it.parse().ok());
                let ending = how.zip(deleted).map(|(how, deleted)| Ending { how, deleted });
                Some(Seen::Ended { marked, ending })
            }
        }
    }
}

impl Known {
    /// What it is called where it is listed.
    pub fn called(&self) -> String {
        if self.name.is_empty() {
            with(&self.mailbox, &self.server)
        } else {
            self.name.clone()
        }
    }

    /// Whether its name, its mailbox or its server has that in it, in any letter case.
    pub fn matches(&self, filter: &str) -> bool {
        let filter = filter.trim().to_lowercase();
        [&self.name, &self.mailbox, &self.server]
            .iter()
            .any(|text| text.to_lowercase().contains(&filter))
    }

    fn written(&self) -> String {
        let Self {
            id,
            server,
            name,
            opened,
            seen,
            mailbox,
        } = self;
        let seen = seen.written();
        format!("{id}\t{opened}\t{seen}\t{server}\t{name}\t{mailbox}\n")
    }

    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        let id = parts.next().filter(|id| !id.is_empty())?.to_owned();
        let opened = parts.next()?.parse().ok()?;
        let seen = Seen::read(parts.next()?)?;
        Some(Self {
            id,
            opened,
            seen,
            server: parts.next()?.to_owned(),
            name: parts.next()?.to_owned(),
            // There was none before mailboxes were known.
            mailbox: parts.next().unwrap_or_default().to_owned(),
        })
    }
}

/// With whom a session is, or was: whose mailbox on which server, as far as either is known.
pub fn with(mailbox: &str, server: &str) -> String {
    let server = if server.is_empty() { "no server" } else { server };
    if mailbox.is_empty() {
        server.to_owned()
    } else {
        format!("{mailbox} at {server}")
    }
}

/// What was kept, the newest first. What cannot be read is left out.
pub fn read(kept: &str) -> Vec<Known> {
    kept.lines().take(SESSIONS_MAX).filter_map(Known::read).collect()
}

/// What is to be kept.
pub fn written(sessions: &[Known]) -> String {
    sessions.iter().map(Known::written).collect()
}

/// A session was opened: it is the newest. Gives those that are remembered no longer.
pub fn opened(sessions: &mut Vec<Known>, id: &str, server: &str, at: u64) -> Vec<Known> {
    forget(sessions, id);
    let known = Known {
        id: id.to_owned(),
        server: plain(server),
        name: String::new(),
        opened: at,
        seen: Seen::Open,
        mailbox: String::new(),
    };
    sessions.insert(0, known);
    sessions.split_off(sessions.len().min(SESSIONS_MAX))
}

/// The person calls a session that.
pub fn rename(sessions: &mut [Known], id: &str, name: &str) {
    if let Some(known) = find(sessions, id) {
        known.name = plain(name).trim().chars().take(TITLE_MAX).collect();
    }
}

/// A session is one with that server now.
pub fn meet(sessions: &mut [Known], id: &str, server: &str) {
    let server = plain(server);
    if let Some(known) = find(sessions, id).filter(|it| it.server != server) {
        known.server = server;
        known.mailbox.clear();
    }
}

/// A session is with that mailbox of its server; empty of none that may be remembered.
pub fn know(sessions: &mut [Known], id: &str, mailbox: &str) {
    if let Some(known) = find(sessions, id) {
        known.mailbox = plain(mailbox);
    }
}

/// That was seen of a session. Of one that the bridge does not know nobody can tell whether its mailbox was hidden since, or may
/// be remembered at all: it is not.
pub fn see(sessions: &mut [Known], id: &str, seen: Seen) {
    if let Some(known) = find(sessions, id) {
        known.seen = seen;
        if seen == Seen::Gone {
            known.mailbox.clear();
        }
    }
}

/// Forgets a session.
pub fn forget(sessions: &mut Vec<Known>, id: &str) {
    sessions.retain(|it| it.id != id);
}

fn find<'a>(sessions: &'a mut [Known], id: &str) -> Option<&'a mut Known> {
    sessions.iter_mut().find(|it| it.id == id)
}

/// Without what would part one record from another.
fn plain(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_back_the_newest_first() {
        let mut sessions = Vec::new();
        opened(&mut sessions, "a", "mail.company.com:110", 100);
        opened(&mut sessions, "b", "", 200);
        meet(&mut sessions, "b", "[2001:db8::1]:995");
        rename(&mut sessions, "a", " Anna's\tmailbox\n");
        see(&mut sessions, "b", Seen::Gone);
        know(&mut sessions, "b", "user\t01");
        opened(&mut sessions, "c", "", 300);
        let ending = Some(Ending {
            how: How::Quit,
            deleted: 3,
        });
        see(&mut sessions, "c", Seen::Ended { marked: 2, ending });
        assert_eq!(read(&written(&sessions)), sessions);
        let told: Vec<_> = sessions
            .iter()
            .map(|it| (it.called(), it.opened, it.seen))
            .collect();
        let one = |called: &str, opened, seen| (called.to_owned(), opened, seen);
        assert_eq!(
            told,
            [
                one("no server", 300, Seen::Ended { marked: 2, ending }),
                one("user01 at [2001:db8::1]:995", 200, Seen::Gone),
                one("Anna'smailbox", 100, Seen::Open)
            ]
        );
        assert_eq!(read("nonsense\n\t1\t0\ta\tb\nx\ty\t0\t\t\n"), []);
    }

    #[test]
    fn a_session_is_asked_for_until_it_is_known_how_it_ended() {
        let ended = |how: Option<How>| {
            let ending = how.map(|how| Ending { how, deleted: 0 });
            Seen::Ended { marked: 0, ending }
        };
        let seen = [Seen::Open, Seen::Gone, ended(None), ended(Some(How::Lost))];
        assert_eq!(seen.map(Seen::may_change), [true, true, true, false]);
        // As it was kept before there was more to tell.
        let read = read("a\t1\t2\tserver\t\n");
        assert_eq!(
            read[0].seen,
            Seen::Ended {
                marked: 2,
                ending: None
            }
        );
    }

    #[test]
    fn how_a_session_ended_is_told_in_a_few_words() {
        let told = |how, deleted| told(Ending { how, deleted });
        assert_eq!(told(How::Quit, 2), "QUIT, 2 deleted");
        assert_eq!(told(How::Quit, 0), "QUIT");
        assert_eq!(told(How::Dropped, 0), "disconnected");
    }

    #[test]
    fn no_more_are_remembered_than_the_bound_and_those_that_go_are_told() {
        let mut sessions = Vec::new();
        for at in 0..SESSIONS_MAX as u64 {
            assert_eq!(opened(&mut sessions, &at.to_string(), "", at), []);
        }
        let gone = opened(&mut sessions, "new", "", 1000);
        assert_eq!(gone.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["0"]);
        assert_eq!((sessions.len(), &sessions[0].id[..]), (SESSIONS_MAX, "new"));
        opened(&mut sessions, "5", "", 1001);
        assert_eq!(sessions.len(), SESSIONS_MAX);
    }

    #[test]
    fn a_session_is_found_by_its_name_its_mailbox_and_its_server() {
        let mut sessions = Vec::new();
        opened(&mut sessions, "a", "mail.company.com:110", 1);
        rename(&mut sessions, "a", "Anna");
        know(&mut sessions, "a", "user01");
        for (filter, found) in [
            ("", true),
            ("COMPANY", true),
            (" ann ", true),
            ("USER01", true),
            ("billing", false),
        ] {
            assert_eq!(sessions[0].matches(filter), found, "{filter}");
        }
    }

    #[test]
    fn another_servers_mailbox_is_another() {
        let mut sessions = Vec::new();
        opened(&mut sessions, "a", "mail.company.com:110", 1);
        know(&mut sessions, "a", "user01");
        meet(&mut sessions, "a", "mail.company.com:110");
        assert_eq!(sessions[0].called(), "user01 at mail.company.com:110");
        meet(&mut sessions, "a", "mail.company.com:995");
        assert_eq!(sessions[0].called(), "mail.company.com:995");
    }

    #[test]
    fn with_a_session_that_is_gone_its_mailbox_is_forgotten() {
        let mut sessions = Vec::new();
        opened(&mut sessions, "a", "mail.company.com:110", 1);
        know(&mut sessions, "a", "user01");
        see(&mut sessions, "a", Seen::Open);
        assert_eq!(sessions[0].called(), "user01 at mail.company.com:110");
        see(&mut sessions, "a", Seen::Gone);
        assert_eq!(sessions[0].called(), "mail.company.com:110");
    }
}
