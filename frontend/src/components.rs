//! One component a file; its stylesheet of the same name is in `static/styles/`.

pub mod announcer;
pub mod ask;
pub mod certificate;
pub mod connect;
pub mod connecting;
pub mod demonstration;
pub mod detail;
pub mod gone;
pub mod guest_sign_in;
pub mod header;
pub mod help;
pub mod icon;
pub mod idle_clock;
pub mod modal;
pub mod next;
pub mod notice;
pub mod pasted;
pub mod prompt;
pub mod recent;
pub mod row;
pub mod session_page;
pub mod sessions;
pub mod sheets;
pub mod shortcut;
pub mod sign_in;
pub mod transcript;
