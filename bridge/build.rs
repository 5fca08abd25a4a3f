//! Sees to it that a release build embeds the console as it is now: each file as it is and compressed, once, as well
//! as can be. In a debug build the console is read from disk, and nothing has to be built anew when it changes.

#[path = "src/web/assets/source.rs"]
mod source;

use std::env::var_os;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use source::{ACCESS, ADMINISTRATION, PRESETS, SESSION};

/// What Trunk puts the console into. In a fresh clone there is nothing yet.
const DIST: &str = "../dist";

/// The page, of which the others are made.
const PAGE: &str = "index.html";

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(embedded)");
    println!("cargo::rerun-if-changed=build.rs");
    if var_os("PROFILE").is_none_or(|profile| profile != "release") {
        return Ok(());
    }
    println!("cargo::rerun-if-changed={DIST}");
    println!("cargo::rustc-cfg=embedded");
    let out = PathBuf::from(var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo names no directory"))?);
    let (mut files, mut pages) = (
        String::new(),
        [SESSION, PRESETS, ACCESS, ADMINISTRATION].map(|kind| (kind, "None".to_owned())),
    );
    for path in files_below(Path::new(DIST))? {
        let name = name(&path);
        let octets = fs::read(&path)?;
        files += &embed(&out, &name.replace('/', "+"), &name, &octets)?;
        files += ", ";
        if name == PAGE {
            for (kind, source) in &mut pages {
                let page = source::of(&String::from_utf8_lossy(&octets), kind);
                let page = page.ok_or_else(|| io::Error::other("the page does not say which one it is"))?;
                *source = format!("Some({})", embed(&out, kind, PAGE, page.as_bytes())?);
            }
        }
    }
    let mut source = format!("static FILES: &[Embedded] = &[{files}];\n");
    for (kind, page) in pages {
        let name = kind.to_uppercase();
        source += &format!("static {name}: Option<Embedded> = {page};\n");
    }
    fs::write(out.join("embedded.rs"), source)
}

/// Writes a file and its compressed forms where the source can include them, under the name `kept`, and gives the
/// source that does.
fn embed(out: &Path, kept: &str, path: &str, octets: &[u8]) -> io::Result<String> {
    let digest = source::digest(octets);
    let mut source = format!("Embedded {{ path: {path:?}, digest: {digest:?}");
    let forms = [
        ("identity", Some(octets.to_vec())),
        ("gzip", smaller(gzip(octets)?, octets)),
        ("brotli", smaller(brotli(octets)?, octets)),
    ];
    for (form, octets) in forms {
        let value = match octets {
            Some(octets) => {
                let path = out.join(format!("{kept}.{form}"));
                fs::write(&path, octets)?;
                let included = format!("include_bytes!({:?})", path.display().to_string());
                if form == "identity" {
                    included
                } else {
                    format!("Some({included})")
                }
            }
            None => "None".to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = write!(source, ", {form}: {value}");
    }
    Ok(source + " }")
}

/// What compressing made smaller.
fn smaller(compressed: Vec<u8>, octets: &[u8]) -> Option<Vec<u8>> {
    (compressed.len() < octets.len()).then_some(compressed)
}

fn gzip(octets: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(octets)?;
    encoder.finish()
}

fn brotli(mut octets: &[u8]) -> io::Result<Vec<u8>> {
    let params = BrotliEncoderParams {
        quality: 11,
        // The largest window that every browser takes (RFC 7932 §9.1).
        lgwin: 24,
        size_hint: octets.len(),
        ..BrotliEncoderParams::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut octets, &mut compressed, &params)?;
    Ok(compressed)
}

/// What a file is called in an address.
fn name(path: &Path) -> String {
    let below = path.strip_prefix(DIST).unwrap_or(path);
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// All files below a directory, in the order of their names; none if it does not exist.
fn files_below(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if directory.is_dir() {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if path.is_dir() {
                found.extend(files_below(&path)?);
            } else {
                found.push(path);
            }
        }
    }
    found.sort_by_key(|path| name(path));
    Ok(found)
}
