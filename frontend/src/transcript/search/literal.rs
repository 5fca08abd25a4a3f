//! A text that is searched for as it is.

use std::ops::Range;

use memchr::memmem::Finder;

use super::Matcher;

/// A text, in the letter case in which it stands or, if all of it is ASCII, in any.
pub struct Literal {
    needle: Vec<u8>,
    /// None if the letter case counts for nothing.
    exact: Option<Finder<'static>>,
}

impl Literal {
    /// Searches for that very text.
    pub fn exact(needle: &str) -> Self {
        Self {
            needle: needle.as_bytes().to_vec(),
            exact: Some(Finder::new(needle).into_owned()),
        }
    }

    /// Searches for that text in any letter case; none if that takes more than ASCII's letters.
    pub fn any_case(needle: &str) -> Option<Self> {
        needle.is_ascii().then(|| Self {
            needle: needle.as_bytes().to_vec(),
            exact: None,
        })
    }

    fn find(&self, text: &[u8]) -> Option<usize> {
        match &self.exact {
            Some(finder) => finder.find(text),
            None => find_any_case(&self.needle, text),
        }
    }
}

impl Matcher for Literal {
    fn each(&self, text: &str, mut from: usize, found: &mut dyn FnMut(Range<usize>) -> bool) {
        let (text, length) = (text.as_bytes(), self.needle.len());
        while let Some(at) = text.get(from..).and_then(|rest| self.find(rest)) {
            let start = from + at;
            from = start + length;
            if length == 0 || !found(start..from) {
                return;
            }
        }
    }
}

/// Where a text of ASCII stands first, in any letter case.
fn find_any_case(needle: &[u8], text: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    let last = text.len().checked_sub(needle.len())?;
    let begins = memchr::memchr2_iter(lower, upper, &text[..=last]);
    begins
        .into_iter()
        .find(|&at| text[at..at + needle.len()].eq_ignore_ascii_case(needle))
}
