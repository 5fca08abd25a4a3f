//! What the console in the browser and the bridge must agree on.
//!
//! No I/O, no clock, no async. Types only *annotate*: a line goes out exactly as typed and is shown exactly as
//! it came, so lexing, framing and the dialogue are total over any bytes at any chunking.
//!
//! The way of a line: the browser submits a [`secret::TypedLine`] in [`wire::FromBrowser::Line`]; the bridge
//! asks the [`dialogue`], which gives the octets to write and an [`entry::Event::Sent`] that holds only a
//! [`secret::Redacted`]; what the server answers goes through the dialogue too, which cuts it into
//! [`entry::Part`]s; each becomes an [`entry::Entry`] with its [`entry::Seq`], and everyone is sent those.

pub mod access;
pub mod administration;
pub mod alias;
pub mod apart;
pub mod base64;
pub mod calendar;
pub mod capability;
pub mod command;
pub mod dialogue;
pub mod encoded_word;
pub mod entry;
pub mod figures;
pub mod framer;
pub mod glyph;
pub mod lexer;
pub mod mailbox;
pub mod named;
pub mod page;
pub mod remark;
pub mod reply;
pub mod sasl;
pub mod secret;
pub mod sight;
pub mod sign_on;
pub mod standing;
pub mod state;
pub mod target;
pub mod tls;
pub mod unseen;
pub mod wire;
pub mod withdrawal;
