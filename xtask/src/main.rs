//! `cargo xtask`: the one place where set-up, builds and checks live. Nothing here is needed to *run* what it
//! builds, and whatever it sets up it sets up once.

use std::process::ExitCode;

use anyhow::{Result, bail};

mod axe;
mod bench;
mod bridge;
mod checks;
mod console;
mod dependencies;
mod dev;
mod fingerprint;
mod module;
mod packages;
mod parts;
mod process;
mod program;
mod provider;
mod styles;
mod toolchain;
mod tools;
mod workspace;

const HELP: &str = "\
cargo xtask <command>

  run [-- <flags>]     set up what is missing, build, and serve the console on http://127.0.0.1:8110;
                       the flags go to the bridge (`cargo xtask run -- --help` lists them)
  test [-- <filter>]   set up what is missing, run every check and test; with a filter only the browser
                       tests whose name contains it
  build                make target/release/pop3-console, one self-contained file
  dev [-- <flags>]     serve a debug build and rebuild it whenever a source changes
  bench [-- <flags>]   set up what is missing, and measure the console beside others of its kind, about 15 minutes
                       (`cargo xtask bench -- --help`: only a part of it, or --quick, about a minute)
  picture              take the picture of the README anew: docs/console.png
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.skip_while(|argument| argument == "--").collect();
    match run(&command, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, rest: &[String]) -> Result<()> {
    match (command, rest) {
        ("run", flags) => bridge::run(flags),
        ("test", []) => checks::all(),
        ("test", [filter]) => checks::browser_tests(filter),
        ("build", []) => bridge::build().map(|path| println!("{}", path.display())),
        ("dev", flags) => dev::run(flags),
        ("bench", flags) => bench::run(flags),
        ("picture", []) => checks::picture(),
        // For Trunk.
        ("styles", []) => styles::join(),
        ("wasm-bindgen", arguments) => parts::bindgen(arguments),
        ("parts", []) => parts::place_parts(),
        ("" | "help" | "--help" | "-h", _) => {
            print!("{HELP}");
            Ok(())
        }
        _ => bail!(
            "I do not know `{}`.\n\n{HELP}",
            [&[command.to_owned()], rest].concat().join(" ")
        ),
    }
}
