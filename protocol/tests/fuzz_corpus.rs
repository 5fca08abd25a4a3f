//! Replays the fuzz target's corpus with the stable compiler.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::path::Path;

#[test]
fn the_corpus_keeps_the_invariants() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/dialogue");
    let mut count = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        support::invariants::check(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count >= 15, "only {count} scripts were found");
}
