//! The tools that the web console is built and tested with: built once per user and version, and kept outside
//! of the checkout.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process::{self, say};
use crate::{parts, program, workspace};

/// The newest stable Trunk that the toolchain takes.
const TRUNK_VERSION: &str = "0.21.14";

/// What splits the console's module. It must understand what the `wasm_split_helpers` of Cargo.lock leave in it.
const SPLIT_VERSION: &str = "0.2.4";

/// What looks at the dependencies: their licences, where they are from, and what is known against them.
const DENY_VERSION: &str = "0.20.2";

/// cargo-deny: found, or built if it is missing.
pub(crate) fn deny() -> Result<PathBuf> {
    let deny = Tool {
        name: "cargo-deny",
        version: DENY_VERSION.to_owned(),
        package: "cargo-deny",
        programs: &["cargo-deny"],
        features: &[],
        tells_version: true,
        minutes: 2,
    };
    let place = deny.ensure()?;
    clear_leftovers()?;
    Ok(place.join("cargo-deny"))
}

/// Trunk, wasm-bindgen and what splits modules, each in the right version.
pub(crate) struct Tools {
    trunk: PathBuf,
    wasm_bindgen: PathBuf,
    wasm_split: PathBuf,
}

impl Tools {
    /// Finds them, or builds what is missing.
    pub(crate) fn ensure() -> Result<Self> {
        let trunk = Tool {
            name: "trunk",
            version: TRUNK_VERSION.to_owned(),
            package: "trunk",
            programs: &["trunk"],
            features: &["--no-default-features", "--features", "rustls"],
            tells_version: true,
            minutes: 3,
        };
        let wasm_bindgen = Tool {
            name: "wasm-bindgen",
            // The browser's module and this tool only understand each other in the very same version.
            version: workspace::locked_version("wasm-bindgen")?,
            package: "wasm-bindgen-cli",
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            features: &[],
            tells_version: true,
            minutes: 4,
        };
        let wasm_split = Tool {
            name: "wasm-split",
            version: SPLIT_VERSION.to_owned(),
            package: "wasm_split_cli_support",
            programs: &["wasm-split-cli"],
            features: &["--features", "build-binary"],
            tells_version: false,
            minutes: 1,
        };
        let tools = Self {
            trunk: trunk.ensure()?,
            wasm_bindgen: wasm_bindgen.ensure()?,
            wasm_split: wasm_split.ensure()?,
        };
        clear_leftovers()?;
        Ok(tools)
    }

    /// Trunk, which finds the right wasm-bindgen, behind what splits the module.
    pub(crate) fn trunk(&self) -> Result<Command> {
        let mut command = process::clean(self.trunk.join("trunk"));
        let (bindgen, split) = (
            self.wasm_bindgen.join("wasm-bindgen"),
            self.wasm_split.join("wasm-split-cli"),
        );
        let stand_in = parts::stand_in(&mut command, &bindgen, &split)?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = [stand_in].into_iter().chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(places)?);
        // NO_COLOR=1 is how people say it; Trunk takes nothing but `true` and `false` there, and fails.
        if std::env::var_os("NO_COLOR").is_some() {
            command.env("NO_COLOR", "true");
        }
        Ok(command)
    }

    /// What runs a test that was compiled for the browser.
    pub(crate) fn test_runner(&self) -> OsString {
        self.wasm_bindgen.join("wasm-bindgen-test-runner").into()
    }
}

/// Removes what building tools leaves.
fn clear_leftovers() -> Result<()> {
    let leftovers = workspace::tools()?.join("building");
    if leftovers.exists() {
        std::fs::remove_dir_all(&leftovers)
            .with_context(|| format!("cannot remove {}", leftovers.display()))?;
    }
    Ok(())
}

struct Tool {
    name: &'static str,
    version: String,
    package: &'static str,
    programs: &'static [&'static str],
    features: &'static [&'static str],
    /// Whether its programs tell their version; others are those of the directory that they were installed into.
    tells_version: bool,
    minutes: u32,
}

impl Tool {
    /// The directory that holds its programs.
    fn ensure(&self) -> Result<PathBuf> {
        let place = workspace::tools()?.join(format!("{}-{}", self.name, self.version));
        if self.is_in(&place.join("bin")) {
            return Ok(place.join("bin"));
        }
        let installed = program::find(&self.programs[..1]).and_then(|file| file.parent().map(Path::to_owned));
        if let Some(directory) = installed.filter(|directory| self.tells_version && self.is_in(directory)) {
            return Ok(directory);
        }
        self.install(&place)?;
        Ok(place.join("bin"))
    }

    fn is_in(&self, directory: &Path) -> bool {
        self.programs.iter().map(|name| directory.join(name)).all(|file| {
            if self.tells_version {
                program::version(&file).as_ref() == Some(&self.version)
            } else {
                file.exists()
            }
        })
    }

    fn install(&self, place: &Path) -> Result<()> {
        let made = workspace::put_whole(place, |root| {
            self.fetch(root)
                .or_else(|_| self.build(root, true))
                .or_else(|_| self.build(root, false))
        });
        made.with_context(|| {
            format!(
                "cannot get {0} {1}; by hand: `cargo install {0}@{1} --root {2}`",
                self.package,
                self.version,
                place.display()
            )
        })
    }

    /// Takes a ready-made one where the machine has `cargo binstall`.
    fn fetch(&self, root: &Path) -> Result<()> {
        program::find(&["cargo-binstall"]).context("no cargo-binstall")?;
        say(&format!(
            "getting {} {} with cargo binstall, once, some seconds",
            self.name, self.version
        ));
        let package = format!("{}@{}", self.package, self.version);
        let mut binstall = process::cargo();
        binstall
            .args([
                "binstall",
                "--no-confirm",
                "--disable-strategies",
                "compile",
                "--root",
            ])
            .arg(root)
            .arg(package);
        process::finish(&mut binstall)
    }

    /// Compiles it. Its own lock file comes first, but may name what a registry does not serve (yet).
    fn build(&self, root: &Path, locked: bool) -> Result<()> {
        process::pause(std::time::Duration::ZERO)?;
        say(&format!(
            "building {} {}, once, about {} minutes on two cores",
            self.name, self.version, self.minutes
        ));
        let package = format!("{}@{}", self.package, self.version);
        let building = workspace::tools()?.join("building");
        let mut install = process::cargo();
        install
            .args(["install", &package])
            .args(self.features)
            .args(locked.then_some("--locked"));
        install.arg("--root").arg(root).arg("--target-dir").arg(building);
        // The tools' own release profiles take four times as long, for nothing that is felt here.
        install.envs([
            ("CARGO_PROFILE_RELEASE_LTO", "off"),
            ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
            ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
            ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
        ]);
        process::finish(&mut install)
    }
}
