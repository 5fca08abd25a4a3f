//! The bridge as a browser sees it, against mail servers that each test scripts for itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod support;

#[cfg(unix)]
mod access;
mod audit;
#[path = "../shared/authority.rs"]
mod authority;
mod command;
mod demonstration;
mod deploy;
mod download;
#[cfg(unix)]
mod drain;
mod export;
mod greeting;
mod guard;
mod hello;
mod hide;
mod intruders;
mod journal;
mod keep_alive;
mod lifetime;
mod limits;
mod lines;
mod links;
#[cfg(unix)]
mod load;
mod locked;
mod mechanisms;
#[cfg(target_os = "linux")]
mod memory;
mod opening;
mod people;
mod pipelining;
mod probes;
mod replies;
mod resume;
mod revoking;
mod sealed;
mod secrets;
mod settings;
mod sight;
mod sign_in;
mod stls;
mod targets;
#[cfg(target_os = "linux")]
mod viewers;
