//! Parts of the web console that a page loads only when it needs them.
//!
//! Trunk knows nothing of them. So what it takes for wasm-bindgen is this program, which first has the module split
//! where the console says so (`frontend/src/parts.rs`); and a hook of Trunk's, this program again, puts the parts
//! where Trunk put the rest, under names that change with what they belong to.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::module::{self, without_names};
use crate::{process, workspace};

/// Where this program finds the real wasm-bindgen.
const BINDGEN: &str = "XTASK_WASM_BINDGEN";

/// Where this program finds what splits.
const SPLIT: &str = "XTASK_WASM_SPLIT";

/// What the splitter calls the script that loads the parts.
const LOADER: &str = "__wasm_split.js";

/// The pages that are parts, as the bridge calls them on `<body>`.
const PAGES: [&str; 3] = ["session", "presets", "administration"];

/// What the linker must leave in a module that is to be split: where it refers to what. Cargo adds this to the flags of
/// `.cargo/config.toml`.
const RUSTFLAGS: &str = "-C link-arg=--emit-relocs";

/// Sees to it that Trunk finds this program for wasm-bindgen.
pub(crate) fn stand_in(trunk: &mut Command, bindgen: &Path, split: &Path) -> Result<PathBuf> {
    let place = workspace::target()?.join("stand-in");
    fs::create_dir_all(&place)?;
    let script = place.join("wasm-bindgen");
    let this = std::env::current_exe().context("cannot tell where this program is")?;
    fs::write(
        &script,
        format!("#!/bin/sh\nexec '{}' wasm-bindgen \"$@\"\n", this.display()),
    )?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    trunk
        .env(BINDGEN, bindgen)
        .env(SPLIT, split)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUSTFLAGS);
    Ok(place)
}

/// In wasm-bindgen's place: splits the module, and has wasm-bindgen make what it makes of the first part.
pub(crate) fn bindgen(arguments: &[String]) -> Result<()> {
    let bindgen = std::env::var_os(BINDGEN).context("this is for Trunk alone")?;
    let option = |name: &str| arguments.iter().find_map(|it| it.strip_prefix(name));
    let module = arguments.iter().position(|it| it.ends_with(".wasm"));
    let (Some(module), Some(name)) = (module, option("--out-name=")) else {
        let error = process::clean(bindgen).args(arguments).exec();
        return Err(error).context("cannot start wasm-bindgen");
    };
    let parts = place()?;
    if parts.exists() {
        fs::remove_dir_all(&parts)?;
    }
    fs::create_dir_all(&parts)?;
    let mut split = process::clean(std::env::var_os(SPLIT).context("this is for Trunk alone")?);
    split.arg(&arguments[module]).arg(&parts);
    process::finish(split.args(["--out-name", name, "--target", "web"]))?;
    let mut arguments = arguments.to_vec();
    arguments[module] = parts.join(format!("{name}.wasm")).display().to_string();
    // What the parts share with the first is what the linker exported.
    let how = ["--keep-lld-exports", "--remove-name-section"];
    process::finish(process::clean(bindgen).args(&arguments).args(how))?;
    shorten(
        Path::new(option("--out-dir=").context("Trunk says no place")?),
        name,
    )
}

/// Gives short names to what the module imports from the script that wasm-bindgen made, in both. They are a tenth of what is
/// transferred of the script and a twentieth of the module.
fn shorten(place: &Path, name: &str) -> Result<()> {
    let (script, binary) = (
        place.join(format!("{name}.js")),
        place.join(format!("{name}_bg.wasm")),
    );
    let (made, names) = module::with_short_imports(&fs::read(&binary)?, &format!("./{name}_bg.js"))?;
    let mut text = fs::read_to_string(&script)?;
    for (index, name) in names.iter().enumerate() {
        let property = format!("\n        {name}: ");
        ensure!(
            text.matches(&property).count() == 1,
            "{name} is not once in {}",
            script.display()
        );
        text = text.replace(&property, &format!("\n        {}: ", module::short(index)));
    }
    fs::write(&binary, without_names(&made)?)?;
    Ok(fs::write(&script, text)?)
}

/// Trunk's hook: puts the parts where Trunk put the first one.
pub(crate) fn place_parts() -> Result<()> {
    let staging = PathBuf::from(std::env::var_os("TRUNK_STAGING_DIR").context("this is for Trunk alone")?);
    let base = base_name(&staging)?;
    let (name, _) = base.split_once('-').context("Trunk hashes no names")?;
    let mut loader = String::new();
    let mut renamed = Vec::new();
    for part in fs::read_dir(place()?)? {
        let part = part?.path();
        let file = part
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if file == LOADER {
            loader = fs::read_to_string(&part)?;
        } else if file != format!("{name}.wasm") {
            let to = format!("{base}-{file}");
            fs::write(staging.join(&to), without_names(&fs::read(&part)?)?)?;
            renamed.push((file, to));
        }
    }
    let loader = renamed.iter().fold(loader, |loader, (from, to)| {
        loader.replace(&format!("\"./{from}\""), &format!("\"./{to}\""))
    });
    let loader = loader.replace(&format!("\"./{name}.js\""), &format!("\"./{base}.js\""));
    let loader_name = format!("{base}-parts.js");
    fs::write(staging.join(&loader_name), &loader)?;
    // The module itself goes on to know it by its first name.
    replace(
        &staging.join(format!("{base}.js")),
        &format!("from \"./{LOADER}\""),
        &format!("from \"./{loader_name}\""),
    )?;
    // It is asked for along with what imports it.
    let index = staging.join("index.html");
    let page = fs::read_to_string(&index)?;
    let (before, links) = page.split_once("<link").context("the page links nothing")?;
    let preload = format!("<link rel=modulepreload href=/{loader_name}>");
    fs::write(&index, format!("{before}{preload}<link{links}"))?;
    // A page that is a part asks for it along with the first one, and for what that shares with others.
    let mut told = String::new();
    for page in PAGES {
        let needed = needed(&loader, page).with_context(|| format!("there is no part {page}"))?;
        let needed = renamed.iter().filter(|(from, _)| needed.contains(from));
        let needed: Vec<String> = needed.map(|(_, to)| format!("/{to}")).collect();
        told += &format!("data-{page}=\"{}\" ", needed.join(" "));
    }
    replace(&index, "data-module=", &format!("{told}data-module="))
}

/// The files of a part, by the names that the splitter gave them: its own, and those that it shares with others.
fn needed(loader: &str, part: &str) -> Option<Vec<String>> {
    let (_, load) = loader.split_once(&format!("__wasm_split_load_{part} ="))?;
    let (load, _) = load.split_once("]));")?;
    let (_, shared) = load.rsplit_once('[')?;
    let shared = shared.split(", ").filter(|it| !it.is_empty());
    let shared = shared.map(|it| format!("{}.wasm", it.trim_start_matches('_')));
    Some(shared.chain([format!("split_{part}.wasm")]).collect())
}

/// Where the splitter puts the parts.
fn place() -> Result<PathBuf> {
    Ok(workspace::target()?.join("console-parts"))
}

/// What Trunk calls the console: `frontend-1a2b3c4d5e6f7a8b`.
fn base_name(staging: &Path) -> Result<String> {
    for file in fs::read_dir(staging)? {
        let file = file?.file_name().to_string_lossy().into_owned();
        if let Some(base) = file.strip_suffix("_bg.wasm") {
            return Ok(base.to_owned());
        }
    }
    bail!("{} holds no module", staging.display())
}

fn replace(file: &Path, from: &str, to: &str) -> Result<()> {
    let text = fs::read_to_string(file)?;
    ensure!(text.contains(from), "{} does not hold `{from}`", file.display());
    Ok(fs::write(file, text.replace(from, to))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_needs_its_file_and_those_that_it_shares() {
        let load = |name: &str, shared: &str| {
            format!(
                "export const __wasm_split_load_{name} = wrapAsyncCb(makeLoad(() => {{\n    \
                 return async (imports) => ([imports]);\n}}\n, [{shared}]));\n"
            )
        };
        let loader = load("session", "__chunk_7, __chunk_12") + &load("presets", "");
        let files = |part: &str| needed(&loader, part);
        let expected = ["chunk_7.wasm", "chunk_12.wasm", "split_session.wasm"];
        assert_eq!(files("session").unwrap(), expected);
        assert_eq!(files("presets").unwrap(), ["split_presets.wasm"]);
        assert_eq!(files("nothing"), None);
    }
}
