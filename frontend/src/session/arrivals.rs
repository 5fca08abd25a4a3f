//! What comes from the bridge, and what becomes of what was sent there when nothing came of it.

use protocol::access::By;
use protocol::capability::Capabilities;
use protocol::entry::{Entry, Event, LineId, Part, Seq};
use protocol::remark::{Remark, Sharing};
use protocol::secret::TypedLine;
use protocol::state::{Expectation, State as Connection};
use protocol::wire::{self, FromBrowser, Refusal, ToBrowser, Welcome};

use super::action::{Ask, Effect};
use super::capabilities::Offers;
use super::failed::Failed;
use super::learned::{Learned, Names};
use super::pending::Fate;
use super::sequence::Stop;
use super::sign_in::SignIn;
use super::steps::Steps;
use super::typed::Typed;
use super::{Gone, Notice, Reach, State};
use crate::transcript::withdrawal::Withdrawn;

impl State {
    pub(super) fn received(&mut self, messages: Vec<ToBrowser>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for message in messages {
            match message {
                ToBrowser::Beat => effects.push(Effect::Send(FromBrowser::Beat)),
                ToBrowser::Welcome(welcome) => effects.extend(self.welcome(&welcome)),
                ToBrowser::Refused { id, why } => self.refused(id, why),
                ToBrowser::People(people) => self.meet(people),
                ToBrowser::Desk(desk) => self.desk = Some(desk),
                ToBrowser::Entry(entry) if entry.seq <= self.last => {}
                ToBrowser::Entry(entry) if entry.seq > self.last + 1 => {
                    effects.extend(self.resync());
                    break;
                }
                ToBrowser::Entry(entry) if self.replaying.is_some() => self.keep_for_replay(entry),
                ToBrowser::Entry(entry) => {
                    self.entry(&entry);
                    if entry.seq == self.replay {
                        effects.extend(self.connect_as_meant());
                    }
                    effects.extend(self.go_on_signing_in(&entry));
                    effects.extend(self.send_pasted());
                }
            }
        }
        effects
    }

    pub(super) fn welcome(&mut self, welcome: &Welcome) -> Vec<Effect> {
        if welcome.version != wire::VERSION {
            return self.gone(Gone::OtherVersion);
        }
        let is_anew = self.epoch.is_some_and(|epoch| epoch != welcome.epoch) || welcome.after < self.last;
        if is_anew || (self.replaying.is_some() && self.last == 0) {
            self.forget();
        }
        if let Some(replay) = &mut self.replaying {
            if is_anew {
                replay.clear();
            }
            replay.expect(welcome.last);
        }
        self.reach = Reach::Live;
        self.returns = None;
        self.epoch = Some(welcome.epoch);
        self.replay = welcome.last;
        self.me = Some(welcome.participant);
        self.transcript.roll.reader = self.me;
        self.role = Some(welcome.role);
        self.sight = Some(welcome.sight);
        self.transcript.sight = welcome.sight;
        self.types = false;
        self.keep = welcome.keep;
        self.transcript.keep = welcome.keep;
        self.ended = welcome.ended;
        self.give_up_orphans();
        let mut effects = self.send_queued();
        if welcome.last == self.last {
            effects.extend(self.connect_as_meant());
        }
        effects
    }

    /// Once all is here that there was: makes the connection that the session was opened for, if nobody has made one.
    fn connect_as_meant(&self) -> Option<Effect> {
        let target = self.intent.clone().filter(|_| self.connection == 0)?;
        Some(Effect::Send(FromBrowser::Connect { target }))
    }

    /// Sends what waited for the bridge. A line that was meant for an earlier connection is refused there.
    pub(super) fn send_queued(&mut self) -> Vec<Effect> {
        let queued = self.pending.iter_mut().filter(|it| it.fate == Fate::Queued);
        queued
            .map(|it| {
                it.fate = Fate::Sent;
                let (id, connection, line) = (it.id, it.connection, it.typed.line.clone());
                Effect::Send(match it.typed.expects {
                    Expectation::Response => FromBrowser::Response { id, connection, line },
                    _ => FromBrowser::Line { id, connection, line },
                })
            })
            .collect()
    }

    /// Another start of the bridge: nothing of what was here is true any more.
    pub(super) fn forget(&mut self) {
        self.last = 0;
        self.connection = 0;
        self.transcript.forget();
        self.now = Connection::default();
        self.steps = Steps::default();
        (self.tls, self.failure, self.offers) = (None, None, Offers::default());
        (self.learned, self.names) = (Learned::default(), Names::default());
        self.links.forget();
        self.control = super::people::Control::default();
        if let Some(sequence) = &mut self.sequence {
            sequence.stop(Stop::Ended);
        }
        if self.sign_in.as_ref().is_some_and(SignIn::is_under_way) {
            self.end_sign_in("The connection ended.".to_owned());
        }
    }

    pub(super) fn entry(&mut self, entry: &Entry) {
        self.last = entry.seq;
        if entry.connection > self.connection {
            self.connection = entry.connection;
            (self.tls, self.failure, self.offers) = (None, None, Offers::default());
            self.learned = Learned::default();
            self.steps = Steps::default();
        }
        self.transcript.append(entry);
        match &entry.event {
            Event::Sent { id, line, .. } => self.went_out(*id, line.bytes()),
            Event::Answered {
                part: Part::Status | Part::Greeting,
                line,
                ..
            } if entry.seq > self.replay => {
                let said = self.transcript.said(line.bytes());
                self.spoken.say(said.trim());
            }
            Event::Remark(remark) => self.remark(remark, entry.at, entry.seq > self.replay),
            Event::Hidden { entries, by } => self.hidden(entries, *by, entry.seq > self.replay),
            Event::State(state) => self.moved(state),
            Event::Note { text, by, .. } => self.noted(entry.seq, text, *by, entry.seq > self.replay),
            _ => {}
        }
        self.steps.apply(entry);
        self.learned.apply(entry);
        self.names.apply(entry);
        self.idle.apply(entry);
        if let Some((exchange, told)) = self.offers.apply(entry, &self.now) {
            self.idle
                .set_login_delay(self.offers.now().and_then(Capabilities::login_delay));
            self.transcript.tell(entry.connection, exchange, told);
        }
        if let Some(sequence) = &mut self.sequence {
            sequence.apply(entry);
        }
        if entry.seq >= self.replay {
            self.give_up_orphans();
        }
    }

    pub(super) fn moved(&mut self, state: &Connection) {
        if self.steps == Steps::default()
            && let Some(target) = &state.target
        {
            self.steps = Steps::new(target.security);
        }
        self.now = state.clone();
        if self.verifies.is_none() {
            self.verifies = state.target.as_ref().map(|it| it.verify);
        }
        if state.target.is_some() {
            self.intent = None;
        }
        let is_moot = |ask: &Ask| ask.is_clear() || matches!(ask, Ask::Disconnect);
        if !state.phase.is_open() && self.ask.as_ref().is_some_and(is_moot) {
            self.dismiss();
        }
    }

    pub(super) fn remark(&mut self, remark: &Remark, at: u64, is_new: bool) {
        match remark {
            Remark::Sharing(sharing) => {
                if let Sharing::Kept { keep, .. } = sharing {
                    self.keep = *keep;
                }
                self.links.apply(sharing);
                self.hear_of_control(sharing, is_new);
            }
            Remark::Secured(report) => {
                self.tls = Some(report.clone());
                self.offers.secured();
            }
            Remark::Failed { .. } => {
                self.failure = Some(Failed {
                    at,
                    remark: remark.clone(),
                });
            }
            _ => {}
        }
        // A failure is said by the alert that shows it.
        if is_new && !matches!(remark, Remark::Failed { .. }) {
            self.spoken
                .say(&remark.sentences(&self.transcript.roll).join(" "));
        }
    }

    /// Entries were hidden: nothing that was said or kept of them stays.
    pub(super) fn hidden(&mut self, entries: &[Seq], by: By, is_new: bool) {
        let Withdrawn {
            typed,
            has_payload,
            has_capabilities,
        } = self.transcript.withdraw(entries, by);
        self.names.forget(entries);
        if has_payload {
            self.learned.forget_texts();
        }
        if has_capabilities {
            self.offers = Offers::default();
        }
        // They may quote it.
        if let Some(sequence) = &mut self.sequence {
            sequence.forget_said();
        }
        if let Some(sheet) = &mut self.sign_in {
            sheet.forget_said();
        }
        self.forget_typed(typed);
        self.spoken.forget();
        if is_new {
            self.spoken
                .say(&format!("{} hid a line.", self.transcript.roll.opening(by)));
        }
    }

    /// A line of somebody's went out. Of one that was hidden before it came here no text is left, and then none may be
    /// left of it where it was typed.
    fn went_out(&mut self, id: Option<LineId>, line: &[u8]) {
        let gone: Vec<_> = self.pending.extract_if(.., |it| Some(it.id) == id).collect();
        let hidden = gone.into_iter().map(|it| it.typed);
        let hidden = hidden.filter(|it| !it.has_secret() && it.line.reveal() != line);
        self.forget_typed(hidden.map(|it| it.line).collect());
    }

    fn forget_typed(&mut self, lines: Vec<TypedLine>) {
        if !lines.is_empty() {
            self.forgotten.0 = self.forgotten.0.wrapping_add(1);
            self.forgotten.1.extend(lines);
        }
    }

    /// A line did not go out, or something else was not done.
    pub(super) fn refused(&mut self, id: Option<LineId>, why: Refusal) {
        let line = id.and_then(|id| self.pending.iter().position(|it| it.id == id));
        if let Some(at) = line {
            let pending = self.pending.remove(at);
            if self.refused_pasted(pending.id, why) || self.lose_for_sign_in(pending.id, why.sentence()) {
                return;
            }
            self.give_back(pending.typed);
        } else if self.refused_note(why) {
            return;
        } else if matches!(why, Refusal::BadName | Refusal::NameTaken | Refusal::NameReserved) {
            self.name_problem = Some(why.sentence());
            return;
        }
        self.notice = Some(Notice(why.sentence().to_owned()));
    }

    pub(super) fn give_back(&mut self, typed: Typed) {
        let number = self
            .returned
            .as_ref()
            .map_or(0, |(number, _)| number.wrapping_add(1));
        self.returned = Some((number, typed));
    }

    /// What was sent into a socket that died and is not echoed by what came since: nobody knows.
    pub(super) fn give_up_orphans(&mut self) {
        if self.last < self.replay {
            return;
        }
        let orphans: Vec<_> = self
            .pending
            .extract_if(.., |it| it.fate == Fate::Orphan)
            .collect();
        for orphan in orphans {
            self.lose_for_sign_in(orphan.id, "The connection to the console was lost meanwhile.");
            self.transcript
                .append_unknown(orphan.id, &orphan.typed.shown(), self.last);
            if let Some(sequence) = self.sequence.as_mut().filter(|it| it.has(orphan.id)) {
                sequence.stop(Stop::Unknown);
            }
        }
    }

    /// Something is missing: what comes after the last entry is asked for again.
    pub(super) fn resync(&mut self) -> Vec<Effect> {
        self.reach = Reach::Lost(0);
        self.orphan();
        vec![Effect::Open]
    }

    pub(super) fn orphan(&mut self) {
        self.lose_note();
        for pending in &mut self.pending {
            if pending.fate == Fate::Sent {
                pending.fate = Fate::Orphan;
            }
        }
    }
}
