//! What participants do together: control, names, notes, links, and what is kept of the session.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::access::{By, Keep, LinkNo, ParticipantId, Role};
use protocol::entry::{Entry, Event, Seq};
use protocol::remark::{Attempt, Invalid, Remark, Sharing};
use protocol::wire::{FromBrowser, Refusal, TRIES_MAX, check_note};
use tokio::time::Instant;

use super::link::{Link, MakeError, Wanted};
use super::people::Roster;
use super::people::control::may_hand;
use super::presence::Participant;
use super::token::Token;
use super::transcript::Full;
use super::{Doer, Session, needs};
use crate::audit::Event as Told;

/// How long it takes until somebody who is turned away is recorded again, of each kind.
const TURNED_AWAY_EVERY: Duration = Duration::from_secs(60);

/// What is kept of a session, and when somebody was turned away last.
pub(super) struct Keeping {
    keep: Mutex<Keep>,
    /// How much may be kept at most. More that was kept before this was decided stays.
    most: Keep,
    /// See [`Access::unsettled`](super::access::Access::unsettled), as it was when the session was loaded.
    unsettled: bool,
    turned_away: Mutex<Vec<(Invalid, Instant)>>,
}

impl Session {
    /// Records what happened to the session as a whole. Where there is no room for it, it happened all the same.
    pub(crate) fn record(&self, news: Sharing) {
        if self.ended.is_some() {
            // Nothing is added any more; who is let in can still change, and is kept.
            return self.transcript.announce();
        }
        let _ = self.transcript.append_here(Event::Remark(Remark::Sharing(news)));
    }

    /// Records a remark about the session as a whole, where there is room for it.
    pub(crate) fn remark(&self, remark: Remark) {
        if self.ended.is_none() {
            let _ = self.transcript.append_here(Event::Remark(remark));
        }
    }

    /// Whether a participant may type commands now, whom the owner or a link may have stopped since.
    pub(crate) fn commands(&self, id: ParticipantId) -> bool {
        let (has_control, link) = self
            .presence
            .ask(|roster| (roster.has_control(id), roster.link(id)));
        has_control && self.links.lets_in(link)
    }

    /// What somebody tried who may not ask for that.
    pub(super) fn forbidden(&self, who: &Participant, request: &FromBrowser) -> Option<Attempt> {
        let has_control = self.commands(who.id);
        let forbidden = needs(request).forbids(who.role, has_control);
        match request {
            FromBrowser::Hand { participant, how } if !may_hand(who.id, *participant, *how) => {
                forbidden.or(Some(Attempt::Hand))
            }
            _ => forbidden,
        }
    }

    /// Somebody asked for what they may not.
    pub(super) fn attempted(&self, who: &Participant, what: Attempt) {
        let participant = who.id;
        if self.presence.count(|roster| roster.attempts(participant)) {
            self.record(Sharing::NotPermitted { participant, what });
            self.trail.tell(who.doer(), Told::refused(what));
        }
    }

    /// Changes who may do what, and records it. Whether that was any news; what is none costs nobody else anything, however
    /// often it is asked for.
    pub(super) fn change(
        &self,
        how: impl FnOnce(&mut Roster) -> Result<Option<Sharing>, Refusal>,
    ) -> Result<bool, Refusal> {
        // Recorded while nothing else changes, so that the record tells the order of things.
        let news = self.presence.change_by_news(|roster| {
            roster.forget_deeds(|link| self.links.lets_in(link));
            let news = how(roster)?;
            if let Some(news) = &news {
                self.alters();
                self.record(news.clone());
            }
            Ok(news)
        })?;
        Ok(news.is_some())
    }

    /// Attaches a note to a line.
    pub(super) fn note(
        &self,
        participant: ParticipantId,
        seq: Seq,
        line: u32,
        text: String,
    ) -> Result<(), Refusal> {
        check_note(&text)?;
        // First, since looking at an entry costs more: asking for nothing but that is bounded, too.
        self.presence.count(|roster| {
            roster.forget_deeds(|link| self.links.lets_in(link));
            roster.does(participant)
        })?;
        let entry = self.transcript.entry(seq).ok_or(Refusal::BadNote)?;
        if line >= lines_begun(&entry) {
            return Err(Refusal::BadNote);
        }
        let by = By::Participant(participant);
        let note = Event::Note { seq, line, text, by };
        self.transcript.append_here(note).map_err(Full::refusal)
    }

    /// Makes a link for whoever owns the session. One of a session that has ended lets in to what is kept of it.
    ///
    /// # Errors
    /// When the session has ended and it is to allow more than watching, there are too many, or no random numbers.
    pub(crate) fn link(&self, wanted: Wanted, owner: impl Into<Doer>) -> Result<(Link, Token), MakeError> {
        if self.ended.is_some() && wanted.role != Role::Watch {
            return Err(MakeError::Ended);
        }
        let (link, token) = self.links.make(wanted)?;
        self.alters();
        self.record(Sharing::Linked {
            link: link.no,
            name: link.name.clone(),
            role: link.role,
            sight: link.sight,
            until: link.until,
        });
        let told = Told::shared(link.no, link.role, link.sight, link.until);
        self.trail.tell(owner, told);
        Ok((link, token))
    }

    /// Revokes a link: whoever came through it is out. Whether there is such a link.
    pub(crate) fn revoke(&self, link: LinkNo, owner: Doer) -> bool {
        let Some(let_in) = self.links.revoke(link) else {
            return false;
        };
        self.presence.change(|roster| roster.expel(link));
        self.alters();
        if let_in {
            self.record(Sharing::Revoked { link });
            self.trail.tell(owner, Told::Revoked { revoked: link });
        } else {
            // That is no news, but it is kept.
            self.transcript.announce();
        }
        true
    }

    /// Somebody signed in through a link, which is used up by that.
    pub(crate) fn use_up(&self, link: LinkNo, participant: ParticipantId) {
        if self.links.use_up(link) == Some(true) {
            self.alters();
            self.record(Sharing::UsedUp { link, participant });
        }
    }

    /// A sign-in through a link came to nothing, and it outlives so many refusals more.
    pub(crate) fn tried(&self, link: LinkNo, left: u32) {
        self.links.refused(link, TRIES_MAX.saturating_sub(left));
        self.alters();
        self.transcript.announce();
    }

    /// The server refused so many sign-ins through a link that it is used up by that.
    pub(crate) fn tries_are_over(&self, link: LinkNo, participant: ParticipantId) {
        if self.links.use_up(link) == Some(true) {
            self.alters();
            self.record(Sharing::TriesOver { link, participant });
        }
    }

    /// What the owner is called; empty if they have not said.
    pub(crate) fn owner_name(&self) -> String {
        self.presence.ask(Roster::owner_name)
    }

    /// Somebody was turned away.
    pub(crate) fn turned_away(&self, with: Invalid) {
        let now = Instant::now();
        let mut turned_away = lock(&self.keeping.turned_away);
        turned_away.retain(|(_, at)| now - *at < TURNED_AWAY_EVERY);
        if turned_away.iter().all(|(kind, _)| *kind != with) {
            turned_away.push((with, now));
            drop(turned_away);
            self.record(Sharing::TurnedAway { with });
        }
    }

    /// How much of the session is kept.
    pub(crate) fn kept(&self) -> Keep {
        *lock(&self.keeping.keep)
    }

    /// Whether some was kept otherwise when the session was loaded.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.keeping.unsettled
    }

    /// Whoever runs the console decided how much may be kept at most.
    pub(super) fn keeps_at_most(&mut self, most: Keep) {
        self.keeping.most = most;
    }

    /// Decides how much of the session is kept. Deciding the same again is no news.
    ///
    /// # Errors
    /// When it is more than is kept now, and more than may be.
    pub(crate) fn keep(&self, keep: Keep, doer: impl Into<Doer>) -> Result<(), Refusal> {
        let doer = doer.into();
        let mut kept = lock(&self.keeping.keep);
        if kept.keeps_less_than(keep) && self.keeping.most.keeps_less_than(keep) {
            return Err(Refusal::KeepsLess);
        }
        if *kept != keep {
            *kept = keep;
            self.alters();
            // Recorded while nothing else changes it, so that the record tells the order of things.
            self.record(Sharing::Kept { keep, by: doer.by });
            self.trail.tell(doer, Told::kept(keep));
        }
        Ok(())
    }
}

impl Keeping {
    /// So much is kept, but for some that is kept otherwise yet.
    pub(super) fn new(keep: Keep, unsettled: bool) -> Self {
        Self {
            keep: Mutex::new(keep),
            most: Keep::Everything,
            unsettled,
            turned_away: Mutex::default(),
        }
    }
}

fn lock<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is a single step, so a panic leaves nothing half done.
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many lines begin in an entry that a note can be attached to, at most: where a payload is cut, its first line
/// may have begun before.
fn lines_begun(entry: &Entry) -> u32 {
    match &entry.event {
        // A remark's sentences are one line: how many there are is the page's to say.
        Event::Sent { .. } | Event::Answered { .. } | Event::Remark(_) => 1,
        Event::Received { bytes, .. } => {
            let ends = bytes.iter().filter(|&&octet| octet == b'\n').count();
            let open = usize::from(!bytes.is_empty() && !bytes.ends_with(b"\n"));
            u32::try_from(ends + open).unwrap_or(u32::MAX)
        }
        Event::Withheld { lines, is_open, .. } => lines + u32::from(*is_open),
        Event::Hidden { .. } | Event::Note { .. } | Event::State(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use protocol::access::{OWNER, Sight};

    use super::*;
    use crate::session::access::Access;
    use crate::session::people::deeds::{DEEDS_OF_ALL_MAX, DEEDS_OF_LINK_MAX};

    /// What somebody does that is recorded.
    type Deed = fn(&Session, ParticipantId) -> Result<(), Refusal>;

    /// A link, and those who came through it, with browsers of so many numbers.
    fn come(session: &Arc<Session>, browsers: u8) -> (LinkNo, Vec<Participant>) {
        let wanted = Wanted {
            name: String::new(),
            role: Role::Watch,
            sight: Sight::Headers,
            lasts: None,
        };
        let (link, token) = session.link(wanted, By::Participant(OWNER)).unwrap();
        let pass = session.links.admit(&token.hash()).unwrap();
        let enter = |number| session.enter(pass, [number; 32], "").unwrap().0;
        (link.no, (0..browsers).map(enter).collect())
    }

    #[test]
    fn what_was_done_through_a_link_that_is_over_leaves_deeds_to_others() {
        let note: Deed = |session, id| session.note(id, 1, 0, "look".to_owned());
        let name: Deed = |session, id| {
            session
                .change(|roster| roster.name(id, "anna", |_| true))
                .map(drop)
        };
        for does in [note, name] {
            let access = Access::new([7; 32], None, Keep::Everything);
            let session = Arc::new(Session::of_tests_with(access));
            let (_, other) = come(&session, 1);
            let mut link = 0;
            for _ in 0..DEEDS_OF_ALL_MAX / DEEDS_OF_LINK_MAX {
                let (no, people) = come(&session, 8);
                for who in people {
                    while session.presence.count(|roster| roster.does(who.id)).is_ok() {}
                }
                link = no;
            }
            assert_eq!(does(&session, other[0].id), Err(Refusal::TooOften));
            session.use_up(link, OWNER);
            assert_eq!(does(&session, other[0].id), Ok(()));
        }
    }
}
