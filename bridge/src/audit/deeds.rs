//! What one person does over and over in the same way: it is told of a few times, and then counted, so that nobody fills the
//! audit, nor the room in which other people's records wait.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::mem;
use std::time::Instant;

use protocol::alias::Alias;

use super::tally::TOLD_EVERY;
use super::unnamed::Unnamed;
use super::{Actor, Event, Record, Who};

/// How often the same is told of one by one within [`TOLD_EVERY`].
const ONE_BY_ONE_MAX: u32 = 20;

/// The most that are counted each for themselves. Others are counted together by what happened: those of one account, so that
/// no account's flood takes the names of others; and behind as many of these all, or those without an account.
const COUNTED_MAX: usize = 8192;

/// How often each was done of late. Of what is counted a hash is enough: there is one for each deed of everybody's.
#[derive(Default)]
pub(super) struct Deeds {
    counts: HashMap<u64, Count>,
    hasher: RandomState,
    due: Option<Instant>,
    unnamed: Unnamed,
}

/// Whether something is counted.
enum Counting {
    /// It is always told of.
    Never,
    /// As the same as whatever has this hash.
    As(u64),
}

/// With what something is counted together.
#[derive(Clone, Copy)]
enum Together {
    /// The same alone.
    Same,
    /// Whatever the account did that is of this kind.
    Account,
    /// Whatever is of this kind.
    Kind,
}

struct Count {
    begun: Instant,
    /// How often it was told of one by one.
    told: u32,
    /// Behind those: how often, and the newest.
    more: Option<(u64, Box<Record>)>,
}

impl Deeds {
    /// Counts. What is to be told at once, if it is.
    pub(super) fn count(&mut self, mut record: Record, at: Instant) -> Option<Record> {
        let own = match self.counting(&record) {
            Counting::Never => return Some(record),
            Counting::As(own) => own,
        };
        let (key, together) = self.key(own, &record);
        self.due.get_or_insert(at + TOLD_EVERY);
        let count = self.counts.entry(key).or_insert(Count {
            begun: at,
            told: 0,
            more: None,
        });
        if count.told < ONE_BY_ONE_MAX {
            count.told += 1;
            return Some(record);
        }
        if let (Event::Opened { .. }, Some(session)) = (&record.event, record.about.alias) {
            self.unnamed.add(session);
        }
        let times = count.more.take().map_or(0, |(times, _)| times) + 1;
        record.stands_for(together, times);
        count.more = Some((times, Box::new(record)));
        None
    }

    /// A record names that session.
    pub(super) fn named(&mut self, session: Option<Alias>) {
        if let Some(session) = session {
            self.unnamed.name(session);
        }
    }

    /// As what it is counted, which is the same as that.
    fn key(&self, own: u64, record: &Record) -> (u64, Together) {
        let Record { event, who, .. } = record;
        let kind = mem::discriminant(event);
        let has_room = |key, most| self.counts.len() < most || self.counts.contains_key(key);
        if has_room(&own, COUNTED_MAX) {
            return (own, Together::Same);
        }
        let of_account = self.hasher.hash_one((&who.known, who.by, kind));
        if who.known.is_some() && has_room(&of_account, 2 * COUNTED_MAX) {
            return (of_account, Together::Account);
        }
        (self.hasher.hash_one(kind), Together::Kind)
    }

    /// When some are to be told of next, or forgotten.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Those to be told of by then. Who did it no more is forgotten.
    pub(super) fn take(&mut self, by: Instant) -> Vec<Record> {
        // All are looked at once a minute, and not with each record.
        if self.due.is_none_or(|due| due > by) {
            return Vec::new();
        }
        let mut told = Vec::new();
        self.counts.retain(|_, count| {
            if count.begun + TOLD_EVERY > by {
                return true;
            }
            let more = count.more.take();
            count.begun = by;
            let goes_on = more.is_some();
            told.extend(more.map(counted));
            goes_on
        });
        let begun = self.counts.values().map(|count| count.begun).min();
        self.due = begun.map(|begun| begun + TOLD_EVERY);
        told
    }

    /// All that were counted.
    pub(super) fn take_all(&mut self) -> Vec<Record> {
        self.due = None;
        let all = self.counts.drain();
        all.filter_map(|(_, count)| count.more.map(counted)).collect()
    }

    /// Whether it is counted, and as the same as what. What happens once, or is not people's doing, is not. What names something
    /// else each time, as a link by its number, is the same by that; what tells whose mail was looked at is not.
    fn counting(&self, record: &Record) -> Counting {
        let Record {
            event, about, who, ..
        } = record;
        let is_known = who.known.is_some();
        // In which session it is the same.
        let session = match (event, who.by) {
            (_, Some(Actor::Administrator | Actor::CommandLine)) => return Counting::Never,
            // That mail is gone is told of each time.
            (Event::Disconnected { deleted: Some(_), .. }, _) => return Counting::Never,
            // Each session has one of these, and only who has an account opens one after the other on other people's console.
            (Event::Opened { .. } | Event::Interrupted, _) if is_known => None,
            (Event::Opened { .. } | Event::Interrupted, _) => return Counting::Never,
            // What became of a session that a record names is never left out. One that none names has nothing to be hidden.
            (Event::Ended { .. } | Event::Deleted, _) if !is_known || !self.is_unnamed(about.alias) => {
                return Counting::Never;
            }
            (Event::Ended { .. } | Event::Deleted, Some(Actor::Supervisor)) => about.alias,
            (Event::Ended { .. } | Event::Deleted, _) => None,
            (Event::Disconnected { .. }, _) | (_, Some(Actor::Owner | Actor::Guest | Actor::Supervisor)) => {
                about.alias
            }
            _ if is_known => about.alias,
            _ => return Counting::Never,
        };
        let mut same = self.hasher.build_hasher();
        (&who.known, who.by, who.link, session, mem::discriminant(event)).hash(&mut same);
        hash_what_differs(event, who, &mut same);
        Counting::As(same.finish())
    }

    fn is_unnamed(&self, session: Option<Alias>) -> bool {
        session.is_some_and(|session| self.unnamed.has(session))
    }
}

/// Of events of one kind, what makes them something else than the same over and over.
fn hash_what_differs(event: &Event, who: &Who, same: &mut impl Hasher) {
    match event {
        Event::Joined { role, sight } | Event::Watched { role, sight, .. } => (role, sight).hash(same),
        Event::Connected { server, outcome } => (server, outcome).hash(same),
        Event::Disconnected { server, how, .. } => (server, how).hash(same),
        Event::SignedIn {
            server,
            mailbox,
            outcome,
        } => (server, mailbox, outcome).hash(same),
        Event::Control { how: word, .. }
        | Event::Kept { keep: word }
        | Event::SignedOn { how: word }
        | Event::Refused { tried: word, .. } => word.hash(same),
        // How often they have is counted for each of them.
        Event::Exported { .. } => who.participant.hash(same),
        Event::SignedOff { why } => mem::discriminant(why).hash(same),
        _ => {}
    }
}

impl Record {
    /// It is the newest of so many that are counted together with that: what not all of these have in common is left out.
    fn stands_for(&mut self, together: Together, often: u64) {
        if let (Event::Exported { times, .. }, Together::Account | Together::Kind) =
            (&mut self.event, together)
        {
            // Its own is how often the newest of them has.
            *times = u32::try_from(often).unwrap_or(u32::MAX);
        }
        let who = mem::take(&mut self.who);
        let about = mem::take(&mut self.about);
        match together {
            Together::Same => (self.who, self.about) = (who, about),
            Together::Account => (self.who.by, self.who.known) = (who.by, who.known),
            Together::Kind => {}
        }
    }
}

/// The newest of so many.
fn counted((often, record): (u64, Box<Record>)) -> Record {
    let mut record = *record;
    match &mut record.event {
        Event::Refused { times, .. } => *times = often,
        // It says itself how often that was.
        Event::Exported { .. } => {}
        _ => record.times = Some(often),
    }
    record
}

#[cfg(test)]
mod tests {
    use protocol::access::{Handing, Keep};
    use protocol::remark::FileFormat;

    use super::*;
    use crate::access::Identity;
    use crate::audit::{About, Known};

    fn known(name: &str) -> Known {
        let name = name.to_owned();
        Known::of(&Identity {
            id: name.clone(),
            name,
        })
    }

    fn by(name: &str, session: &str, event: Event) -> Record {
        let who = Who {
            by: Some(Actor::Owner),
            known: Some(known(name)),
            ..Who::default()
        };
        let about = About {
            session: None,
            alias: Some(Alias::of(session)),
        };
        Record::new(0, about, who, event)
    }

    fn guest(link: u32, event: Event) -> Record {
        let who = Who {
            by: Some(Actor::Guest),
            link: Some(link),
            ..Who::default()
        };
        Record {
            who,
            ..by("", "one", event)
        }
    }

    #[test]
    fn what_is_done_to_and_fro_is_told_a_few_times_and_then_once_a_minute_with_how_often() {
        let (mut deeds, begin) = (Deeds::default(), Instant::now());
        let mut told = 0;
        for number in 0..500 {
            for how in [Handing::Granted, Handing::TakenBack] {
                let event = Event::control(number, how);
                told += u32::from(deeds.count(by("anna", "one", event), begin).is_some());
            }
            for keep in [Keep::NoContent, Keep::Everything] {
                told += u32::from(deeds.count(by("anna", "one", Event::kept(keep)), begin).is_some());
            }
            let revoked = Event::Revoked { revoked: number };
            told += u32::from(deeds.count(by("anna", "one", revoked), begin).is_some());
        }
        assert_eq!(told, 5 * ONE_BY_ONE_MAX);
        // It hides nothing else of hers, and nobody else's.
        for other in [
            by("anna", "one", Event::Hid { entry: 1 }),
            by("anna", "two", Event::kept(Keep::NoContent)),
            by("ben", "one", Event::kept(Keep::NoContent)),
        ] {
            assert!(deeds.count(other, begin).is_some());
        }
        assert!(deeds.take(begin).is_empty());
        let then = begin + TOLD_EVERY;
        assert_eq!(deeds.due(), Some(then));
        let times: Vec<_> = deeds.take(then).iter().map(|it| it.times).collect();
        assert_eq!(times, [Some(500 - u64::from(ONE_BY_ONE_MAX)); 5]);
        // Whoever goes on is counted, whoever does not is forgotten.
        let kept = || by("anna", "one", Event::kept(Keep::NoContent));
        assert!(deeds.count(kept(), then).is_none());
        let later = then + TOLD_EVERY;
        assert_eq!(deeds.take(later).len(), 1);
        assert!(deeds.take(later + TOLD_EVERY).is_empty());
        assert_eq!(deeds.due(), None);
        assert!(deeds.count(kept(), later + TOLD_EVERY).is_some());
    }

    #[test]
    fn whoever_comes_over_and_over_from_other_addresses_is_told_of_a_few_times() {
        let (mut deeds, at) = (Deeds::default(), Instant::now());
        let mut came = |link, last: u8| {
            let event = Event::Joined {
                role: "watch",
                sight: "everything",
            };
            let mut record = guest(link, event);
            record.who.address = Some([192, 0, 2, last].into());
            deeds.count(record, at).is_some()
        };
        let told = (0..200).filter(|&last| came(1, last)).count();
        assert_eq!(told, ONE_BY_ONE_MAX as usize);
        assert!(came(2, 1), "through another link");
        let all = deeds.take_all();
        let [Record { times, who, .. }] = &all[..] else {
            panic!("{all:?}");
        };
        assert_eq!((*times, who.address), (Some(180), Some([192, 0, 2, 199].into())));
    }

    #[test]
    fn what_became_of_a_session_that_a_record_names_is_told_however_many_there_are() {
        let (mut deeds, at) = (Deeds::default(), Instant::now());
        let ended = || Event::Ended { why: "asked" };
        let does = |deeds: &mut Deeds, session: u32, event| {
            let told = deeds.count(by("anna", &session.to_string(), event), at);
            deeds.named(told.as_ref().and_then(|told| told.about.alias));
            told.is_some()
        };
        // Of sessions that are opened only to be deleted few are told of.
        for event in [|| Event::opened(Keep::Everything), ended, || Event::Deleted] {
            let told: Vec<u32> = (0..500).filter(|&it| does(&mut deeds, it, event())).collect();
            assert!(told.starts_with(&Vec::from_iter(0..ONE_BY_ONE_MAX)), "{told:?}");
            assert!(told.len() <= 3 * ONE_BY_ONE_MAX as usize, "{told:?}");
        }
        // One in which something was done is told of, and so are those of which nothing is known.
        assert!(does(&mut deeds, 400, Event::kept(Keep::NoContent)));
        for session in [400].into_iter().chain(1000..1050) {
            assert!(does(&mut deeds, session, ended()) && does(&mut deeds, session, Event::Deleted));
        }
        // So are those that a supervisor ends, named or not.
        for session in 420..445_u32 {
            let mut record = by("sue", &session.to_string(), ended());
            record.who.by = Some(Actor::Supervisor);
            assert!(deeds.count(record, at).is_some());
        }
    }

    #[test]
    fn how_often_something_was_exported_is_no_number_of_somebody_else() {
        let (mut deeds, at) = (Deeds::default(), Instant::now());
        let exports = |deeds: &mut Deeds, number| {
            let mut record = guest(1, Event::exported(FileFormat::Text, 1));
            record.who.participant = Some(number);
            deeds.count(record, at).is_some()
        };
        // Each guest of a link is told of, who did once.
        assert!((2..102).all(|number| exports(&mut deeds, number)));
        for number in 0..COUNTED_MAX as u32 {
            deeds.count(guest(number, Event::Hid { entry: 1 }), at);
        }
        let told = (102..202).filter(|&number| exports(&mut deeds, number)).count();
        assert_eq!(told, ONE_BY_ONE_MAX as usize);
        let all = deeds.take_all();
        let mut times = all.iter().filter_map(|it| match it.event {
            Event::Exported { times, .. } => Some((times, it.times)),
            _ => None,
        });
        assert_eq!((times.next(), times.next()), (Some((80, None)), None));
    }

    #[test]
    fn nobody_with_an_account_takes_the_names_of_others_by_a_flood() {
        let (mut deeds, at) = (Deeds::default(), Instant::now());
        for number in 0..2 * COUNTED_MAX {
            let session = number.to_string();
            deeds.count(by("anna", &session, Event::Hid { entry: 1 }), at);
        }
        let bens = || by("ben", "one", Event::kept(Keep::NoContent));
        let told = (0..30).filter(|_| deeds.count(bens(), at).is_some()).count();
        assert_eq!(told, ONE_BY_ONE_MAX as usize);
        let all = deeds.take_all();
        let [one, other] = &all[..] else {
            panic!("{all:?}");
        };
        let times = [one, other].map(|it| (it.who.known.clone(), it.times));
        let beyond = COUNTED_MAX as u64 - u64::from(ONE_BY_ONE_MAX);
        for (name, often) in [("anna", beyond), ("ben", 10)] {
            assert!(times.contains(&(Some(known(name)), Some(often))), "{times:?}");
        }
        assert!(all.iter().all(|it| it.about == About::default()));
    }

    #[test]
    fn no_more_are_counted_than_the_bound_and_what_happens_once_is_not() {
        let (mut deeds, at) = (Deeds::default(), Instant::now());
        for number in 0..2 * COUNTED_MAX as u32 {
            deeds.count(guest(number, Event::Hid { entry: 1 }), at);
        }
        assert_eq!(deeds.counts.len(), COUNTED_MAX + 1);
        let all = deeds.take_all();
        let [Record { times, who, .. }] = &all[..] else {
            panic!("{all:?}");
        };
        let beyond = COUNTED_MAX as u64 - u64::from(ONE_BY_ONE_MAX);
        assert_eq!((*times, who), (Some(beyond), &Who::default()));
        for _ in 0..2 * ONE_BY_ONE_MAX {
            let by = Some(Actor::Console);
            let who = Who { by, ..Who::default() };
            let ended = Event::Ended { why: "deserted" };
            let record = Record::new(0, About::default(), who, ended);
            assert!(deeds.count(record, at).is_some());
        }
    }
}
