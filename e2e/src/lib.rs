//! The harness of the browser tests: a bridge as it is shipped, mail servers, a network that can be cut, and a
//! Chromium that is asked for things by their role and name, as assistive technology asks.
//!
//! Everything listens on loopback ports that the system chose, keeps its files in a directory of its own, and
//! ends when it is dropped. Nothing waits for a time to pass: every wait is for a condition, with a deadline.

mod bridge;
mod browser;
mod certificates;
mod console;
mod dovecot;
pub mod keys;
mod maildir;
mod network;
mod patience;
mod process;
mod provider;
mod proxy;
mod scripted;

pub use bridge::Bridge;
pub use browser::{Browser, Element, Theme};
pub use certificates::{Authority, Pair};
pub use console::{Console, Mark, Row, Security, ViewPort};
pub use dovecot::Dovecot;
pub use maildir::{LARGE_OCTETS, Mailbox};
pub use network::Network;
pub use patience::{eventually, eventually_within};
pub use provider::Provider;
pub use proxy::Proxy;
pub use scripted::Scripted;

use std::path::{Path, PathBuf};

/// Where pictures of screens are put.
pub fn screens() -> PathBuf {
    target().join("e2e").join("screens")
}

/// Where cargo puts what it builds: this program is one of those things, in `<target>/<profile>`, or, if it is a
/// test, in `deps` there.
fn target() -> PathBuf {
    let this = std::env::current_exe().unwrap_or_default();
    let profile = this.ancestors().skip(1).find(|place| !place.ends_with("deps"));
    profile
        .and_then(Path::parent)
        .map_or_else(|| PathBuf::from("target"), Path::to_owned)
}
