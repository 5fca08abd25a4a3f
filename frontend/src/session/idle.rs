//! How long the server has had nothing to do, how long it may put up with that, and how long it wants between logins.

use protocol::entry::{Entry, Event, Part};
use protocol::remark::{End, Remark};
use protocol::state::Phase;

/// How long a server must wait at least before it logs out a client that sends nothing, in seconds (RFC 1939 §3).
pub const LIMIT: u32 = 10 * 60;

/// A connection that the server closes earlier than that many idle seconds was not closed for being idle.
const HABIT_MIN: u64 = 20;

/// The longest habit, in seconds: past it, nobody knows why a server closed.
const HABIT_MAX: u64 = 24 * 60 * 60;

/// What is known of idling on a session's servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Idle {
    /// When something was sent last on this connection, or it greeted; microseconds since 1970-01-01T00:00:00Z.
    since: Option<u64>,
    /// After how many idle seconds the server closed a connection of this session by itself.
    habit: Option<u32>,
    /// When the maildrop was opened last.
    login: Option<u64>,
    /// How many seconds the server wants between two logins.
    delay: Option<u32>,
    is_signed_in: bool,
}

impl Idle {
    /// Takes in an entry.
    pub fn apply(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Sent { .. }
            | Event::Answered {
                part: Part::Greeting, ..
            } => self.since = Some(entry.at),
            Event::Remark(Remark::Connected { .. }) => self.since = None,
            Event::Remark(Remark::Ended { how, cut_short, .. }) => {
                let idle = self
                    .since
                    .take()
                    .map(|since| entry.at.saturating_sub(since) / 1_000_000);
                let by_server = matches!(how, End::ByServer | End::Truncated) && !cut_short;
                let habit = idle.filter(|idle| by_server && (HABIT_MIN..=HABIT_MAX).contains(idle));
                self.habit = habit.map(|idle| idle as u32).or(self.habit);
            }
            Event::State(state) => {
                let is_signed_in = state.phase == Phase::Transaction;
                if is_signed_in && !self.is_signed_in {
                    self.login = Some(entry.at);
                }
                self.is_signed_in = is_signed_in;
            }
            _ => {}
        }
    }

    /// The server says that so many seconds must lie between two logins (RFC 2449 §6.5).
    pub fn set_login_delay(&mut self, seconds: Option<u32>) {
        self.delay = seconds.or(self.delay);
    }

    /// For how many seconds from `now` on, in microseconds since 1970-01-01T00:00:00Z, the next login may be refused.
    pub fn login_wait(&self, now: u64) -> u64 {
        let (Some(login), Some(delay)) = (self.login, self.delay) else {
            return 0;
        };
        (login + u64::from(delay) * 1_000_000)
            .saturating_sub(now)
            .div_ceil(1_000_000)
    }

    /// Since when nothing was sent, in microseconds since 1970-01-01T00:00:00Z; none without a connection.
    pub fn since(&self) -> Option<u64> {
        self.since
    }

    /// After how many idle seconds the server closed a connection by itself, if it was seen to.
    pub fn habit(&self) -> Option<u32> {
        self.habit
    }
}

#[cfg(test)]
mod tests {
    use protocol::remark::Marks;

    use super::*;
    use crate::recorded::Recorded;

    fn ended(at: u64, how: End, cut_short: bool) -> Entry {
        Entry {
            seq: 99,
            at,
            connection: 1,
            event: Event::Remark(Remark::Ended {
                how,
                marks: Marks::None,
                cut_short,
            }),
        }
    }

    fn after(seconds: u64, how: End, cut_short: bool) -> Option<u32> {
        let mut recorded = Recorded::new();
        recorded.server("+OK\r\n").client(1, "NOOP").server("-ERR\r\n");
        let mut idle = Idle::default();
        let entries = recorded.take();
        entries.iter().for_each(|entry| idle.apply(entry));
        let sent = entries
            .iter()
            .find(|it| matches!(it.event, Event::Sent { .. }))
            .map(|it| it.at);
        assert_eq!(idle.since(), sent);
        idle.apply(&ended(
            sent.unwrap_or_default() + seconds * 1_000_000,
            how,
            cut_short,
        ));
        assert_eq!(idle.since(), None);
        idle.habit()
    }

    #[test]
    fn the_next_login_has_to_wait_for_the_delay() {
        let mut recorded = Recorded::new();
        recorded.server("+OK\r\n").client(1, "USER a").server("+OK\r\n");
        recorded
            .client(2, "PASS b")
            .server("+OK\r\n")
            .client(3, "NOOP")
            .server("+OK\r\n");
        let mut idle = Idle::default();
        let entries = recorded.take();
        entries.iter().for_each(|entry| idle.apply(entry));
        let login = entries.iter().find_map(|entry| match &entry.event {
            Event::State(state) if state.phase == Phase::Transaction => Some(entry.at),
            _ => None,
        });
        let login = login.unwrap();
        assert_eq!(idle.login_wait(login), 0, "the server asks for no delay");
        idle.set_login_delay(Some(60));
        idle.set_login_delay(None);
        assert_eq!(idle.login_wait(login + 17_500_000), 43);
        assert_eq!(idle.login_wait(login + 60_000_000), 0);
    }

    #[test]
    fn a_server_that_closes_an_idle_connection_shows_its_habit() {
        assert_eq!(after(180, End::ByServer, false), Some(180));
        assert_eq!(after(180, End::Truncated, false), Some(180));
        assert_eq!(after(5, End::ByServer, false), None, "that was no idling");
        assert_eq!(after(180, End::ByServer, true), None, "a reply was due");
        assert_eq!(after(180, End::AfterQuit, false), None);
    }
}
