//! Regular expressions, which are the browser's.

use std::ops::Range;

use js_sys::{Array, Error, Function, JsString, Reflect, RegExp, global};
use wasm_bindgen::{JsCast, JsValue};

use crate::transcript::search::Matcher;

/// A regular expression.
pub struct Pattern {
    expression: RegExp,
    exec: Function,
}

impl Pattern {
    /// Reads a regular expression.
    ///
    /// # Errors
    /// The browser's sentence about what is wrong with it.
    pub fn new(source: &str, ignores_case: bool) -> Result<Self, String> {
        let flags = if ignores_case { "gi" } else { "g" };
        // Characters beyond the first 65,536 are one each with that flag, with which not everything is allowed that
        // people write.
        let made = made(source, &format!("{flags}u")).or_else(|_| made(source, flags));
        made.map_err(|error| {
            let error = error.dyn_into::<Error>().map(|it| it.message());
            error.map_or_else(|_| "Not a regular expression".to_owned(), String::from)
        })
    }

    /// A text in any letter case, of any script.
    pub fn any_case(text: &str) -> Option<Self> {
        let mut source = String::with_capacity(text.len());
        for character in text.chars() {
            if r"\^$.*+?()[]{}|/".contains(character) {
                source.push('\\');
            }
            source.push(character);
        }
        Self::new(&source, true).ok()
    }
}

fn made(source: &str, flags: &str) -> Result<Pattern, JsValue> {
    // The constructor throws, and only what is called like this may.
    let constructor: Function = Reflect::get(&global(), &"RegExp".into())?.dyn_into()?;
    let expression = Reflect::construct(&constructor, &Array::of2(&source.into(), &flags.into()))?;
    Ok(Pattern {
        exec: Reflect::get(&expression, &"exec".into())?.dyn_into()?,
        expression: expression.dyn_into()?,
    })
}

impl Matcher for Pattern {
    fn each(&self, text: &str, from: usize, found: &mut dyn FnMut(Range<usize>) -> bool) {
        let searched = JsString::from(text);
        let mut places = Places::of(text);
        let begin = text.get(..from).unwrap_or_default();
        let mut from = begin.encode_utf16().count() as u32;
        self.expression.set_last_index(from);
        while let Ok(matched) = self.exec.call1(&self.expression, &searched)
            && let Some(matched) = matched.dyn_ref::<Array>()
        {
            let end = self.expression.last_index();
            let length = matched.get(0).unchecked_ref::<JsString>().length();
            if length > 0 {
                from = end;
                let place = places.octet(end - length)..places.octet(end);
                // The second half of a character is nothing by itself.
                if !place.is_empty() && !found(place) {
                    return;
                }
            } else {
                // What is empty is no match, and must not be found for ever.
                from = from.max(end) + 1;
                if from > searched.length() {
                    return;
                }
                self.expression.set_last_index(from);
            }
        }
    }

    /// `.*x` takes time by the square of a text's length where there is no `x`, and a line may have a million octets.
    fn at_once(&self) -> usize {
        2
    }
}

/// Places in a text: the browser counts in halves of UTF-16, and the console in octets of UTF-8.
struct Places<'a> {
    text: &'a str,
    is_ascii: bool,
    half: u32,
    octet: usize,
}

impl<'a> Places<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            text,
            is_ascii: text.is_ascii(),
            half: 0,
            octet: 0,
        }
    }

    /// The octet where a half stands, which is no earlier than the one that was asked for last. Within a character, it
    /// is the character's end.
    fn octet(&mut self, half: u32) -> usize {
        if self.is_ascii {
            return half as usize;
        }
        for character in self.text[self.octet..].chars() {
            if self.half >= half {
                break;
            }
            self.half += character.len_utf16() as u32;
            self.octet += character.len_utf8();
        }
        self.octet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_octets() {
        let text = "aé日😀b";
        let mut places = Places::of(text);
        let octets: Vec<usize> = [0, 1, 2, 3, 4, 5, 6].map(|half| places.octet(half)).to_vec();
        assert_eq!(octets, [0, 1, 3, 6, 10, 10, 11]);
        assert_eq!(Places::of("abc").octet(2), 2);
    }
}
