//! What the prompt shows of a session and of the line that is being typed.

use protocol::state::{Expectation, Phase};

use crate::prompt::completions::{self, Completion};
use crate::prompt::editor::Editor;
use crate::prompt::hint::{self, Hint};
use crate::prompt::paint;
use crate::services::api::Console;
use crate::session::State;
use crate::session::people::Seat;
use crate::session::typed::Typed;
use crate::transcript::exchanges::Outcome;
use crate::transcript::glyphs;
use crate::transcript::rows::Span;

/// What the prompt shows.
pub(super) struct View {
    /// What the person can do here.
    pub(super) seat: Seat,
    pub(super) phase: Phase,
    pub(super) takes_commands: bool,
    /// Whether the sign-in sheet can be opened.
    pub(super) can_sign_in: bool,
    /// Whether it is open.
    pub(super) has_sheet: bool,
    /// Whether the history is searched.
    pub(super) searches: bool,
    pub(super) line: String,
    pub(super) spans: Vec<Span>,
    pub(super) has_secret: bool,
    pub(super) is_masked: bool,
    pub(super) reveals: bool,
    pub(super) list: Vec<Completion>,
    pub(super) chosen: Option<usize>,
    pub(super) ghost: String,
    pub(super) hint: Hint,
    /// Why the person is asked whether to send the line, and how what may have been meant begins.
    pub(super) doubt: Option<(&'static str, Option<&'static str>)>,
    /// The verb of the command whose reply is awaited.
    pub(super) awaits: Option<String>,
    pub(super) returned: Option<(u32, Typed)>,
    /// Which lines that must be forgotten were the last.
    pub(super) forgotten: u32,
}

impl View {
    pub(super) fn of(state: &State, editor: &Editor, console: Option<&Console>) -> Self {
        let surroundings = state.context();
        let context = editor.within(&surroundings);
        let (phase, line, reveals) = (context.phase, editor.line(), editor.reveals());
        let has_secret = editor.has_secret(&context);
        let list = editor.completions(&context);
        let chosen = editor.chosen().filter(|at| *at < list.len());
        let demonstrates = || {
            let target = state.target();
            target.is_some_and(|target| console.is_some_and(|it| it.demonstrates(target)))
        };
        let seat = state.seat();
        let is_begin = phase == Phase::Authorization && context.expects != Expectation::Response;
        let awaited = state.transcript.newest_exchange().filter(|it| {
            it.outcome == Outcome::Pending && phase.takes_lines() && context.expects != Expectation::Response
        });
        Self {
            seat,
            phase,
            takes_commands: phase.takes_lines() && context.expects != Expectation::Response,
            can_sign_in: is_begin && seat == Seat::Types,
            has_sheet: state.sign_in.as_ref().is_some_and(|it| !it.is_closed),
            searches: editor.searches().is_some(),
            line: line.to_owned(),
            spans: match editor.searches() {
                Some(_) => paint::paint_plain(line),
                None => paint::paint(line, context.expects, reveals),
            },
            has_secret,
            is_masked: has_secret && !reveals,
            reveals,
            ghost: if editor.searches().is_some() {
                String::new()
            } else {
                glyphs::plain(&completions::ghost(line, &list, chosen))
            },
            list,
            chosen,
            hint: if let Some(found) = editor.searches() {
                hint::search_hint(found)
            } else if editor.doubt().is_some() {
                // The question says it.
                Hint::default()
            } else if line.is_empty() && is_begin && demonstrates() {
                hint::demonstration_hint()
            } else {
                hint::hint(line, &context)
            },
            doubt: editor
                .doubt()
                .map(|it| (it.why, it.meant.as_ref().map(|(_, told)| *told))),
            awaits: awaited.map(|it| it.verb.clone()),
            returned: state.returned.clone(),
            forgotten: state.forgotten.0,
        }
    }
}
