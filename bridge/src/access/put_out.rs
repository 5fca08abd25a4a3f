//! Who was put out by those who vouch for people, so that a console that begins anew lets nobody in by their leave.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tracing::warn;

use super::account::Identity;
use super::seen::Seen;
use crate::journal::Recorder;
use crate::seldom::Seldom;

/// Of how many it is known at most what is kept of them.
const KNOWN_MAX: usize = 10_000;

/// Who was put out, as it is kept.
#[derive(Default)]
pub(super) struct PutOut {
    /// Where it is kept, if anywhere.
    recorder: Option<Arc<Recorder>>,
    known: Mutex<Known>,
    /// Whoever writes it, one at a time.
    writing: Mutex<()>,
    /// There is something to be written.
    pub(super) news: Notify,
    /// When the log said that it cannot be.
    unwritten: Seldom,
}

#[derive(Default)]
struct Known {
    of: HashMap<Arc<str>, Word>,
    /// Whether nothing is kept of whoever is not among them.
    are_all: bool,
}

/// What was said of somebody.
#[derive(Clone, Copy)]
struct Word {
    is_out: bool,
    is_written: bool,
}

impl PutOut {
    /// As it is kept there. Those of whom that is said are put out by it. It waits for the disk.
    pub(super) fn kept(recorder: Arc<Recorder>, seen: &Seen) -> Self {
        let mut known = Known::default();
        match recorder.put_out() {
            Ok(all) => {
                seen.begins_without(&all);
                known.are_all = all.len() <= KNOWN_MAX;
                let word = Word {
                    is_out: true,
                    is_written: true,
                };
                known.of = all
                    .into_iter()
                    .take(KNOWN_MAX)
                    .map(|it| (it.into(), word))
                    .collect();
            }
            Err(error) => {
                warn!(%error, "who was put out before cannot be read: links let in once those who made them have come");
                seen.begins_with_nobody();
            }
        }
        Self {
            recorder: Some(recorder),
            known: Mutex::new(known),
            ..Self::default()
        }
    }

    /// That is said of somebody now. It is written later.
    pub(super) fn say(&self, identity: &Identity, is_out: bool) {
        if self.recorder.is_none() {
            return;
        }
        let mut known = self.known();
        let was_out = match known.of.get(&*identity.id) {
            Some(word) => Some(word.is_out),
            None => known.are_all.then_some(false),
        };
        if was_out == Some(is_out) {
            return;
        }
        if known.of.len() >= KNOWN_MAX {
            known.make_room();
        }
        let word = Word {
            is_out,
            is_written: false,
        };
        known.of.insert(identity.id.as_str().into(), word);
        drop(known);
        self.news.notify_one();
    }

    /// Writes what is not written yet. It waits for the disk.
    pub(super) fn write(&self) {
        let Some(recorder) = &self.recorder else { return };
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let news = self.known().unwritten();
        if news.is_empty() {
            return;
        }
        match recorder.put_out_now(&news) {
            Ok(()) => self.known().wrote(&news),
            Err(error) if self.unwritten.says().is_some() => {
                warn!(%error, "who was put out is not in the journal yet");
            }
            Err(_) => {}
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Every change leaves what makes sense.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Forgets those of whom it is written, which is found out when it is written once more; and where nothing can be, everybody:
    /// it is said of them again when they come.
    fn make_room(&mut self) {
        self.are_all = false;
        self.of.retain(|_, word| !word.is_written);
        if self.of.len() >= KNOWN_MAX {
            self.of.clear();
        }
    }

    fn unwritten(&self) -> Vec<(Arc<str>, bool)> {
        let news = self.of.iter().filter(|(_, word)| !word.is_written);
        news.map(|(id, word)| (id.clone(), word.is_out)).collect()
    }

    fn wrote(&mut self, news: &[(Arc<str>, bool)]) {
        for (id, is_out) in news {
            // Unless it is said otherwise by now.
            if let Some(word) = self.of.get_mut(id).filter(|word| word.is_out == *is_out) {
                word.is_written = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::access::person::named;
    use crate::journal::{self, Change, Days, Listing};

    /// In that folder, where each of these has opened a session.
    fn recorder(folder: &tempfile::TempDir, owners: &[&str]) -> Arc<Recorder> {
        let engine = journal::open(&folder.path().join("journal.sqlite")).unwrap();
        for (number, owner) in owners.iter().enumerate() {
            let session: Arc<str> = format!("session{number}").into();
            let head = journal::Head {
                id: session.clone(),
                ended: None,
                access: b"access".to_vec(),
            };
            let listing = Listing {
                owner: Some(named(owner).id.into()),
                ..Listing::default()
            };
            let listing = Change::Listing {
                session,
                listing: Box::new(listing),
            };
            engine.commit(&[Change::Head(Box::new(head)), listing]).unwrap();
        }
        let days = Days {
            sessions: 30,
            audit: 30,
        };
        Arc::new(Recorder::start(engine, days).unwrap())
    }

    fn seen() -> Seen {
        Seen::new(Duration::from_millis(100), 1000)
    }

    /// Who of these is out at the start of a console.
    fn out<'a>(recorder: &Arc<Recorder>, names: &[&'a str]) -> Vec<&'a str> {
        let seen = seen();
        PutOut::kept(recorder.clone(), &seen);
        let is_out = |name: &&&str| seen.until(&named(name)) == 0;
        names.iter().filter(is_out).copied().collect()
    }

    #[test]
    fn who_was_put_out_stays_out_until_they_come_again_whenever_the_console_begins() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = recorder(&folder, &["anna", "ben"]);
        let all = ["anna", "ben", "stranger"];
        let put_out = PutOut::kept(recorder.clone(), &seen());
        for name in all {
            put_out.say(&named(name), true);
        }
        put_out.write();
        // Of whom no session is kept nothing has to be.
        assert_eq!(out(&recorder, &all), ["anna", "ben"]);
        assert_eq!(recorder.put_out().unwrap().len(), 2);
        put_out.say(&named("ben"), false);
        put_out.write();
        assert_eq!(out(&recorder, &all), ["anna"]);
        // Also where nobody knows any more what is kept of them.
        let after = PutOut::kept(recorder.clone(), &seen());
        after.known().make_room();
        after.say(&named("anna"), false);
        after.write();
        assert!(out(&recorder, &all).is_empty());
        recorder.close();
    }

    #[test]
    fn what_is_kept_already_is_not_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = recorder(&folder, &["anna"]);
        let put_out = PutOut::kept(recorder.clone(), &seen());
        put_out.say(&named("ben"), false);
        assert!(put_out.known().unwritten().is_empty());
        put_out.say(&named("anna"), true);
        put_out.write();
        put_out.say(&named("anna"), true);
        assert!(put_out.known().unwritten().is_empty());
        // What cannot be written is tried again.
        put_out.say(&named("anna"), false);
        recorder.close();
        put_out.write();
        assert_eq!(put_out.known().unwritten().len(), 1);
    }

    #[test]
    fn where_it_cannot_be_read_nobody_is_let_in_by_the_leave_of_those_who_have_not_come() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = recorder(&folder, &[]);
        recorder.close();
        assert_eq!(out(&recorder, &["anna"]), ["anna"]);
    }

    #[test]
    fn no_more_are_known_than_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = recorder(&folder, &[]);
        let put_out = PutOut::kept(recorder.clone(), &seen());
        for number in 0..=KNOWN_MAX {
            put_out.say(&named(&format!("user{number}")), true);
        }
        assert!(put_out.known().of.len() <= KNOWN_MAX);
        recorder.close();
    }
}
