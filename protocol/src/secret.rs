//! Bytes that must not be seen, and the only kind of line that an entry can hold in their place.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, Zeroizing};

/// Bytes that are never printed and are overwritten when dropped.
///
/// A `Secret` cannot be serialized: no [`Entry`](crate::entry::Entry) can hold one.
///
/// ```compile_fail,E0277
/// fn recorded<T: serde::Serialize>() {}
/// recorded::<protocol::entry::Entry>();
/// recorded::<protocol::secret::Secret>();
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for the path to the server and for redaction alone.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} octets)", self.0.len())
    }
}

/// A line as a person typed it, on its way to the bridge. It may hold a password: nobody knows before the
/// dialogue has looked at it, so it is handled like a [`Secret`], but it can travel on the WebSocket.
#[derive(Clone)]
pub struct TypedLine(Zeroizing<Vec<u8>>);

impl TypedLine {
    /// Takes the bytes over, without a line end.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes as typed.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for TypedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypedLine({} octets)", self.0.len())
    }
}

impl Serialize for TypedLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for TypedLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Octets;
        impl de::Visitor<'_> for Octets {
            type Value = TypedLine;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a byte string")
            }

            fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<TypedLine, E> {
                Ok(TypedLine::new(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Octets)
    }
}

/// A line from which every secret has been taken out.
///
/// Where something was taken out is known, how long it was is not. Only this crate's redaction builds one.
///
/// ```compile_fail,E0624
/// protocol::secret::Redacted::new(bytes::Bytes::from_static(b"PASS password01"), Vec::new());
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    bytes: Bytes,
    /// Offsets into `bytes`, ascending: a secret stood before the octet at each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    struck: Vec<u32>,
}

impl Redacted {
    /// `struck` must ascend and stay within `bytes`.
    pub(crate) fn new(bytes: Bytes, struck: Vec<u32>) -> Self {
        debug_assert!(struck.is_sorted() && struck.last().is_none_or(|&at| at as usize <= bytes.len()));
        Self { bytes, struck }
    }

    /// The line with all struck out of it that stands from `from` to `end`.
    pub(crate) fn left(&self, from: usize, end: usize) -> Self {
        let octets = [&self.bytes[..from], &self.bytes[end..]].concat();
        Self::new(octets.into(), vec![u32::try_from(from).unwrap_or(u32::MAX)])
    }

    /// Overwrites what is left.
    pub(crate) fn erase(&mut self) {
        erase(&mut self.bytes);
    }

    /// What is left, line end included if the line had one.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Offsets into [`bytes`](Self::bytes) where a secret was taken out.
    pub fn struck(&self) -> &[u32] {
        &self.struck
    }
}

/// Overwrites octets, unless somebody else still holds them: then they go with the last who does.
pub(crate) fn erase(octets: &mut Bytes) {
    if let Ok(mut octets) = std::mem::take(octets).try_into_mut() {
        octets.as_mut().zeroize();
    }
}

impl fmt::Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redacted({:?}, struck at {:?})", self.bytes, self.struck)
    }
}
