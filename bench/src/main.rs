//! `cargo xtask bench`.

use bench::run::{Arguments, run};
use clap::Parser;

fn main() -> anyhow::Result<()> {
    run(&Arguments::parse())
}
