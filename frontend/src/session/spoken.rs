//! What is said to those who listen.

use crate::transcript::glyphs;

/// The most characters of a line that are read out.
pub const SPOKEN_MAX: usize = 300;

/// How many sayings stay: what comes at once, such as the reply to QUIT and what it committed, is all heard, and of a
/// flood the end.
const KEPT: usize = 4;

/// The newest sayings, the oldest first; a number tells one from the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spoken {
    count: u32,
    newest: Vec<(u32, String)>,
}

impl Spoken {
    /// Says it, as it is shown: what could deceive the eye is a mark for the ear as well.
    pub fn say(&mut self, text: &str) {
        let begin: String = text.chars().take(SPOKEN_MAX).collect();
        self.count = self.count.wrapping_add(1);
        if self.newest.len() == KEPT {
            self.newest.remove(0);
        }
        self.newest.push((self.count, glyphs::plain(&begin)));
    }

    /// Nothing that was said stays: it may have been hidden.
    pub fn forget(&mut self) {
        self.newest.clear();
    }

    /// What is heard, with the numbers.
    pub fn newest(&self) -> &[(u32, String)] {
        &self.newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_at_once_is_all_heard_and_of_a_flood_the_end() {
        let mut spoken = Spoken::default();
        for number in 1..=6 {
            spoken.say(&format!("+OK {number}"));
        }
        let heard: Vec<_> = spoken.newest().iter().map(|it| (it.0, it.1.as_str())).collect();
        assert_eq!(heard, [(3, "+OK 3"), (4, "+OK 4"), (5, "+OK 5"), (6, "+OK 6")]);
        spoken.forget();
        assert_eq!(spoken.newest(), []);
        spoken.say("+OK");
        assert_eq!(spoken.newest()[0].0, 7, "it is another one");
    }
}
