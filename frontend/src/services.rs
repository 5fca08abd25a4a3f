//! The only places that touch anything outside of the page.

pub mod api;
pub mod chance;
pub mod clipboard;
pub mod clock;
pub mod download;
pub mod focus;
pub mod look;
pub mod pattern;
pub mod place;
pub mod socket;
pub mod storage;
pub mod text;
pub mod was_signed_on;
pub mod way_back;
