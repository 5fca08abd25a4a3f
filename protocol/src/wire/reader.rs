//! Reads what a browser is told, for the page: the same as serde reads, in a quarter of the code.
//!
//! What a page loads first has a bound, and serde's readers of these types were a seventh of it. Here a record is
//! read field by field in the order in which serde writes it, and a field or a variant that is missing here does
//! not compile. That both readers agree is tested with every kind of message (`tests/wire.rs`).

mod messages;
mod remarks;

use bytes::Bytes;
use minicbor::Decoder;
use minicbor::data::Type;

use super::{BadMessage, ToBrowser};
use crate::alias::Alias;

/// The messages that a frame consists of.
///
/// # Errors
/// When one of them cannot be read.
pub fn read_messages(frame: &[u8]) -> Result<Vec<ToBrowser>, BadMessage> {
    let mut from = Decoder::new(frame);
    let mut messages = Vec::new();
    while from.position() < frame.len() {
        match ToBrowser::read(&mut from) {
            Some(message) => messages.push(message),
            None => return Err(BadMessage(format!("at octet {}", from.position()))),
        }
    }
    Ok(messages)
}

/// What can be read; none when it is something else.
trait Read: Sized {
    fn read(from: &mut Decoder<'_>) -> Option<Self>;
}

/// A map of so many entries begins.
fn map(from: &mut Decoder<'_>, entries: u64) -> Option<()> {
    (from.map().ok()?? == entries).then_some(())
}

/// The next key is that one.
fn key(from: &mut Decoder<'_>, name: &str) -> Option<()> {
    (from.str().ok()? == name).then_some(())
}

/// The name of an enum's variant, and whether something belongs to it.
fn variant<'b>(from: &mut Decoder<'b>) -> Option<(&'b str, bool)> {
    if from.datatype().ok()? == Type::String {
        return Some((from.str().ok()?, false));
    }
    map(from, 1)?;
    Some((from.str().ok()?, true))
}

/// One of several names, by its place.
fn choice(from: &mut Decoder<'_>, names: &[&str]) -> Option<usize> {
    let name = from.str().ok()?;
    names.iter().position(|it| *it == name)
}

/// How many entries a record has.
const fn count(fields: &[&str]) -> u64 {
    fields.len() as u64
}

impl Read for u64 {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        from.u64().ok()
    }
}

impl Read for i64 {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        from.i64().ok()
    }
}

impl Read for u32 {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        u64::read(from)?.try_into().ok()
    }
}

impl Read for u16 {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        u64::read(from)?.try_into().ok()
    }
}

impl Read for bool {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        from.bool().ok()
    }
}

impl Read for String {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        Some(from.str().ok()?.to_owned())
    }
}

impl Read for Alias {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        from.str().ok()?.parse().ok()
    }
}

impl Read for Bytes {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        Some(Bytes::copy_from_slice(from.bytes().ok()?))
    }
}

impl<T: Read> Read for Option<T> {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        if from.datatype().ok()? == Type::Null {
            from.null().ok()?;
            return Some(None);
        }
        T::read(from).map(Some)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        // What is read grows with what is there, not with the length that is claimed.
        let length = from.array().ok()??;
        (0..length).map(|_| T::read(from)).collect()
    }
}

/// Readers of structs: their fields in the order in which they are written.
macro_rules! records {
    ($($type:ty { $($field:ident)* })*) => { $(
        impl Read for $type {
            fn read(from: &mut Decoder<'_>) -> Option<Self> {
                super::map(from, super::count(&[$(stringify!($field)),*]))?;
                $( super::key(from, stringify!($field))?; let $field = Read::read(from)?; )*
                Some(Self { $($field),* })
            }
        }
    )* };
}

/// Readers of enums whose variants hold nothing.
macro_rules! choices {
    ($($type:ident { $($name:ident)* })*) => { $(
        impl Read for $type {
            fn read(from: &mut Decoder<'_>) -> Option<Self> {
                const NAMES: &[&str] = &[$(stringify!($name)),*];
                const CHOICES: &[$type] = &[$($type::$name),*];
                CHOICES.get(super::choice(from, NAMES)?).copied()
            }
        }
        // A variant that is missing above does not compile.
        const _: fn($type) = |value| match value { $($type::$name => {})* };
    )* };
}

/// Readers of the other enums: variants that hold nothing, one value, or fields.
macro_rules! variants {
    ($($type:ident { $($unit:ident)* ; $($value:ident($inner:ident))* ; $($record:ident { $($field:ident)* })* })*) => { $(
        impl Read for $type {
            fn read(from: &mut Decoder<'_>) -> Option<Self> {
                let (name, has_content) = super::variant(from)?;
                $( if !has_content && name == stringify!($unit) { return Some($type::$unit); } )*
                $( if has_content && name == stringify!($value) { return Read::read(from).map($type::$value); } )*
                $( if has_content && name == stringify!($record) {
                    super::map(from, super::count(&[$(stringify!($field)),*]))?;
                    $( super::key(from, stringify!($field))?; let $field = Read::read(from)?; )*
                    return Some($type::$record { $($field),* });
                } )*
                None
            }
        }
        // Nor does one that is missing here.
        const _: fn(&$type) = |value| match value {
            $($type::$unit => {})*
            $($type::$value($inner) => { let _ = $inner; })*
            $($type::$record { $($field: _),* } => {})*
        };
    )* };
}

use {choices, records, variants};
