//! Who is in a session, and what they may call themselves.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::access::{LinkNo, NAME_MAX, ParticipantId, Role, Sight};
use crate::entry::NOTE_MAX;

/// The most people that are named one by one.
pub const PEOPLE_MAX: usize = 64;

/// Who is in a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// At most [`PEOPLE_MAX`] of them: the owner, then who has control, asks for it or types, then by number.
    pub people: Vec<Person>,
    /// How many more there are.
    pub more: u32,
}

/// Somebody who is in a session, with one browser window or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub id: ParticipantId,
    /// What they are called, and what tells them from others who are called so, if any are; empty if they have not said.
    pub name: String,
    /// As what they came.
    pub role: Role,
    /// What they are shown.
    pub sight: Sight,
    /// Through which link; none of the owner, and of whoever is let in by their account.
    pub link: Option<LinkNo>,
    /// Whether they are signed in, and called by their account.
    pub account: bool,
    /// Whether they may type commands now.
    pub control: bool,
    /// Whether they ask for control.
    pub asks: bool,
    /// Whether they are typing.
    pub typing: bool,
}

/// Whether a person or a link can be called that; an empty name is none. Whether it is somebody else's is another
/// question.
///
/// # Errors
/// When it is longer than [`NAME_MAX`], holds controls or characters that change the direction of text, or begins or
/// ends with a blank.
pub fn check_name(name: &str) -> Result<(), Refusal> {
    let plain = name.trim() == name && !name.chars().any(deceives);
    if name.len() <= NAME_MAX && plain {
        Ok(())
    } else {
        Err(Refusal::BadName)
    }
}

/// Whether it can be a note.
///
/// # Errors
/// When it is empty or longer than [`NOTE_MAX`].
pub fn check_note(text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() || text.len() > NOTE_MAX {
        Err(Refusal::BadNote)
    } else {
        Ok(())
    }
}

/// Whether a character would not be seen, or would make others be seen elsewhere.
pub(crate) fn deceives(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' |
            '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' |
            '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' |
            '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_can_be_seen() {
        for name in ["", "anna", "Anna B.", "Ænne 客服", &"x".repeat(NAME_MAX)] {
            assert_eq!(check_name(name), Ok(()), "{name:?}");
        }
        for name in [
            " anna",
            "anna ",
            "a\nb",
            "a\u{202e}b",
            "a\u{200b}",
            " ",
            &"x".repeat(NAME_MAX + 1),
        ] {
            assert_eq!(check_name(name), Err(Refusal::BadName), "{name:?}");
        }
    }

    #[test]
    fn a_note_says_something_and_not_too_much() {
        assert_eq!(check_note("look here\nand here"), Ok(()));
        assert_eq!(check_note(" \n"), Err(Refusal::BadNote));
        assert_eq!(check_note(&"x".repeat(NOTE_MAX + 1)), Err(Refusal::BadNote));
    }
}
