//! The console in the browser.
//!
//! What happens to a session is an [`session::Action`], reduced by [`session::State`] without any I/O; what has to
//! be done then is a [`session::Effect`], done by [`services`]. The [`transcript`] keeps every octet once; only
//! rows in sight are cut into tokens and drawn. Text of a server's or a person's reaches the page as text nodes
//! alone, and a secret reaches neither the page nor anything that is kept.

pub mod administration;
pub mod app;
pub mod board;
pub mod components;
pub mod figures;
pub mod form;
pub mod parts;
pub mod presets;
pub mod prompt;
pub mod recent;
pub mod replay;
pub mod services;
pub mod session;
pub mod sessions;
pub mod store;
pub mod time;
pub mod transcript;

#[cfg(test)]
mod recorded;
