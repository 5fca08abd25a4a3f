//! What a person can wish of the transcript, and the keys for it while the focus is in there.

use web_sys::KeyboardEvent;

use crate::transcript::current::Step;

/// The keys and what they do, for those who ask.
pub const KEYS: &[(&str, &str)] = &[
    ("Ctrl F", "search; / does too"),
    ("F3", "the next match; with Shift the one before"),
    ("↑ ↓", "the line above, the line below"),
    ("PgUp PgDn", "a page up, a page down"),
    ("Home End", "the first line, the live end"),
    ("Enter", "open or close a fold"),
    ("F", "open or close all folds"),
    ("Ctrl A", "select everything"),
    ("C", "copy the line"),
    ("L", "copy a link to the line"),
    ("X", "show the octets of the line"),
    ("N", "attach a note to the line"),
    ("S", "save the message"),
    ("H", "hide the line, from everyone"),
    ("Esc", "leave the line"),
];

/// What a person can wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Another line as the current one.
    Step(Step),
    /// That line as the current one.
    Here,
    /// A fold opened or closed.
    Fold,
    /// All folds opened or closed.
    Folds,
    /// The line in the clipboard.
    Copy,
    /// The line's address in the clipboard.
    Link,
    /// The octets of the line.
    Hex,
    /// The message that the line belongs to as a file.
    Message,
    /// The transcript as a file.
    Save,
    /// A note to the line.
    Note,
    /// The line hidden, from everyone.
    Hide,
    /// No current line.
    Leave,
}

impl Wish {
    /// What a key stands for.
    pub(super) fn of_key(event: &KeyboardEvent) -> Option<Self> {
        if event.is_composing()
            || event.alt_key()
            || event.ctrl_key()
            || event.meta_key()
            || event.shift_key()
        {
            return None;
        }
        Some(match event.key().as_str() {
            "ArrowUp" => Wish::Step(Step::Up),
            "ArrowDown" => Wish::Step(Step::Down),
            "PageUp" => Wish::Step(Step::PageUp),
            "PageDown" => Wish::Step(Step::PageDown),
            "Home" => Wish::Step(Step::First),
            "End" => Wish::Step(Step::Last),
            "Enter" => Wish::Fold,
            "Escape" => Wish::Leave,
            "f" => Wish::Folds,
            "c" => Wish::Copy,
            "l" => Wish::Link,
            "x" => Wish::Hex,
            "s" => Wish::Message,
            "n" => Wish::Note,
            "h" => Wish::Hide,
            _ => return None,
        })
    }

    /// What a button stands for that says so in `data-wish`.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "here" => Wish::Here,
            "fold" => Wish::Fold,
            "copy" => Wish::Copy,
            "link" => Wish::Link,
            "hex" => Wish::Hex,
            "message" => Wish::Message,
            "note" => Wish::Note,
            "hide" => Wish::Hide,
            _ => return None,
        })
    }
}
