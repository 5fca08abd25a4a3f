//! A WebAssembly module (WebAssembly Core §5.5), as far as it is made smaller here.

use anyhow::{Context, Result, ensure};

/// The magic and the version.
const HEAD: usize = 8;

/// The section for what tools want to know, and that for what the module takes from outside.
const CUSTOM: u8 = 0;
const IMPORTS: u8 = 2;

/// A module without what is for debuggers: its custom sections (§5.5.3).
pub(crate) fn without_names(module: &[u8]) -> Result<Vec<u8>> {
    let mut kept = head(module)?.to_vec();
    for section in sections(module)? {
        let Section { id, whole, .. } = section;
        if id != CUSTOM {
            kept.extend_from_slice(whole);
        }
    }
    Ok(kept)
}

/// A module that calls what it imports from `script` by short names, and what it called each before, in their order:
/// the first is `i0` now. What wasm-bindgen calls an import has a digest in it, which no compression makes smaller.
pub(crate) fn with_short_imports(module: &[u8], script: &str) -> Result<(Vec<u8>, Vec<String>)> {
    let mut made = head(module)?.to_vec();
    let mut names = Vec::new();
    for section in sections(module)? {
        if section.id == IMPORTS {
            let imports = shortened(section.content, script, &mut names).context("these are no imports")?;
            made.push(IMPORTS);
            made.extend(number(imports.len()));
            made.extend(imports);
        } else {
            made.extend_from_slice(section.whole);
        }
    }
    ensure!(!names.is_empty(), "the module imports nothing from {script}");
    Ok((made, names))
}

/// What the import at that place is called.
pub(crate) fn short(index: usize) -> String {
    format!("i{index}")
}

/// The section of imports (§5.5.5) with short names.
fn shortened(content: &[u8], script: &str, names: &mut Vec<String>) -> Option<Vec<u8>> {
    let (count, mut rest) = take_number(content)?;
    let mut made = number(count);
    for _ in 0..count {
        let (from, behind) = take_name(rest)?;
        let (name, behind) = take_name(behind)?;
        let what = import_length(behind)?;
        made.extend(named(from));
        if from == script.as_bytes() {
            made.extend(named(short(names.len()).as_bytes()));
            names.push(String::from_utf8(name.to_vec()).ok()?);
        } else {
            made.extend(named(name));
        }
        made.extend_from_slice(behind.get(..what)?);
        rest = behind.get(what..)?;
    }
    rest.is_empty().then_some(made)
}

/// How many octets tell what is imported: a function, a table, a memory, a global.
fn import_length(octets: &[u8]) -> Option<usize> {
    /// The most is a table's or a memory's bounds.
    fn limits(octets: &[u8]) -> Option<usize> {
        let has_most = octets.first()? & 1 == 1;
        let (_, rest) = take_number(octets.get(1..)?)?;
        let rest = if has_most { take_number(rest)?.1 } else { rest };
        Some(octets.len() - rest.len())
    }
    let (kind, rest) = octets.split_first()?;
    Some(match kind {
        0 => octets.len() - take_number(rest)?.1.len(),
        1 => 2 + limits(rest.get(1..)?)?,
        2 => 1 + limits(rest)?,
        3 => 3,
        _ => return None,
    })
}

struct Section<'a> {
    id: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

fn head(module: &[u8]) -> Result<&[u8]> {
    module.get(..HEAD).context("this is no module")
}

fn sections(module: &[u8]) -> Result<Vec<Section<'_>>> {
    let mut left = module.get(HEAD..).context("this is no module")?;
    let mut sections = Vec::new();
    while let [id, rest @ ..] = left {
        let (size, behind) = take_number(rest).context("a module is cut off")?;
        let content = behind.get(..size).context("a module is cut off")?;
        let (whole, behind) = left.split_at(left.len() - behind.len() + size);
        sections.push(Section {
            id: *id,
            content,
            whole,
        });
        left = behind;
    }
    Ok(sections)
}

/// A number (LEB128), and what is behind it.
fn take_number(octets: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0;
    for (at, octet) in octets.iter().enumerate().take(5) {
        number |= usize::from(octet & 0x7f) << (7 * at);
        if octet & 0x80 == 0 {
            return Some((number, octets.get(at + 1..)?));
        }
    }
    None
}

/// A name, and what is behind it.
fn take_name(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = take_number(octets)?;
    rest.split_at_checked(length)
}

/// A number as a module has it.
fn number(mut number: usize) -> Vec<u8> {
    let mut octets = Vec::new();
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            octets.push(low);
            return octets;
        }
        octets.push(low | 0x80);
    }
}

/// A name as a module has it.
fn named(name: &[u8]) -> Vec<u8> {
    [number(name.len()), name.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: &[u8] = b"\0asm\x01\0\0\0";

    #[test]
    fn only_custom_sections_are_left_out() {
        let long = vec![7; 200];
        let module = [NOTHING, &[1, 2, 9, 9], &[0, 3, 1, b'x', 0], &[10, 0xc8, 1], &long].concat();
        let kept = [NOTHING, &[1, 2, 9, 9], &[10, 0xc8, 1], &long].concat();
        assert_eq!(without_names(&module).unwrap(), kept);
        assert!(without_names(&module[..module.len() - 1]).is_err());
        assert!(without_names(b"\0asm").is_err());
    }

    #[test]
    fn what_is_imported_from_the_script_is_called_by_short_names_and_nothing_else_changes() {
        let import = |from: &str, name: &str, what: &[u8]| {
            [named(from.as_bytes()), named(name.as_bytes()), what.to_vec()].concat()
        };
        let module = |names: [&str; 2]| {
            let imports = [
                vec![5],
                import("./a.js", names[0], &[0, 3]),
                import("./b.js", "__wbg_x_0123456789abcdef", &[0, 0x80, 1]),
                import("./b.js", "table", &[1, 0x70, 1, 2, 0x90, 1]),
                import("./b.js", "memory", &[2, 0, 17]),
                import("./a.js", names[1], &[3, 0x7f, 1]),
            ]
            .concat();
            [
                NOTHING,
                &[1, 1, 0, 2],
                &number(imports.len()),
                &imports,
                &[10, 1, 0],
            ]
            .concat()
        };
        let long = ["__wbg_x_0123456789abcdef", "__wbg_y_fedcba9876543210"];
        let (made, names) = with_short_imports(&module(long), "./a.js").unwrap();
        assert_eq!(names, long);
        assert_eq!(made, module([&short(0), &short(1)]));
        assert!(with_short_imports(&module(long), "./c.js").is_err());
    }
}
