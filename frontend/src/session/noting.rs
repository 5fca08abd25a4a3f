//! Attaching notes to lines. What was written stays where it was written until it is in the record.

use protocol::access::By;
use protocol::entry::Seq;
use protocol::wire::{FromBrowser, Refusal, check_note};

use super::action::Effect;
use super::{Reach, State};

/// The sheet for a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noting {
    /// The entry that the line begins in.
    seq: Seq,
    /// Which of the lines that begin in it.
    line: u32,
    /// The number of the line.
    pub number: usize,
    /// Whether the note is on its way.
    pub is_sent: bool,
    /// Why it was not taken; empty if nothing is wrong.
    pub problem: &'static str,
}

/// What the person does with the sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoteStep {
    /// Opens it, for that line of that entry, which has that number.
    Open(Seq, u32, usize),
    /// Sends what they wrote.
    Send(String),
    /// Closes it.
    Close,
}

impl State {
    pub(super) fn note(&mut self, step: NoteStep) -> Vec<Effect> {
        match step {
            NoteStep::Open(seq, line, number) => {
                self.noting = Some(Noting {
                    seq,
                    line,
                    number,
                    is_sent: false,
                    problem: "",
                });
                Vec::new()
            }
            NoteStep::Send(text) => self.send_note(text),
            NoteStep::Close => {
                self.noting = None;
                Vec::new()
            }
        }
    }

    fn send_note(&mut self, text: String) -> Vec<Effect> {
        let Some(sheet) = &mut self.noting else {
            return Vec::new();
        };
        sheet.problem = "";
        let text = text.trim_end().to_owned();
        if let Err(why) = check_note(&text) {
            sheet.problem = why.sentence();
            return Vec::new();
        }
        if self.reach != Reach::Live {
            sheet.problem = "Not noted: this page is reconnecting to the console. Try again in a moment.";
            return Vec::new();
        }
        sheet.is_sent = true;
        let (seq, line) = (sheet.seq, sheet.line);
        vec![Effect::Send(FromBrowser::Note { seq, line, text })]
    }

    /// The note on its way was not taken, if there is one: the sheet says so, and keeps what was written.
    pub(super) fn refused_note(&mut self, why: Refusal) -> bool {
        // What is only read more slowly is on its way still.
        let is_refused = why != Refusal::TooManyMessages;
        let sheet = self.noting.as_mut().filter(|it| it.is_sent && is_refused);
        if let Some(sheet) = sheet {
            (sheet.is_sent, sheet.problem) = (false, why.sentence());
            return true;
        }
        false
    }

    /// The socket is gone: whether the note on its way arrived is seen when it comes back.
    pub(super) fn lose_note(&mut self) {
        if let Some(sheet) = self.noting.as_mut().filter(|it| it.is_sent) {
            sheet.is_sent = false;
            sheet.problem = "The connection to the console was lost: look whether the note is there before you send it again.";
        }
    }

    /// A note is in the record.
    pub(super) fn noted(&mut self, seq: Seq, text: &str, by: By, is_new: bool) {
        if !is_new {
            return;
        }
        if self.transcript.roll.is_reader(by) {
            if self.noting.as_ref().is_some_and(|it| it.is_sent) {
                self.noting = None;
            }
            return;
        }
        let who = self.transcript.roll.told(by);
        let line = self.transcript.line_of_note(seq);
        let place = line.map_or_else(String::new, |line| format!(" to line {line}"));
        self.spoken.say(&match text {
            "" => format!("Note by {who}{place}, withheld"),
            text => format!("Note by {who}{place}: {text}"),
        });
    }
}
