//! Any script of a dialogue keeps the invariants: `cargo +nightly fuzz run dialogue` in `protocol/`.
#![no_main]

#[path = "../../tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|script: &[u8]| support::invariants::check(script));
