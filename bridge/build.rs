//! Sees to it that a release build embeds the console as it is now.

use std::env::var_os;

fn main() {
    // In a debug build the console is read from disk, and nothing has to be built anew when it changes.
    let release = var_os("PROFILE").is_some_and(|profile| profile == "release");
    println!(
        "cargo::rerun-if-changed={}",
        if release { "../dist" } else { "build.rs" }
    );
}
