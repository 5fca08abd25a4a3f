//! Whether sources are still those that something was built from.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

/// A digest of names and contents of files and directories. What does not exist counts as such. Contents
/// and not times, because every clone and every switch of branches makes new times.
pub(crate) fn contents(paths: &[PathBuf]) -> io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for file in files(paths)? {
        file.hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// A digest of names, sizes and times of change: quick, for looking often.
pub(crate) fn times(paths: &[PathBuf]) -> io::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for file in files(paths)? {
        file.hash(&mut hasher);
        // An editor may take a file away and put it back in between.
        if let Ok(about) = fs::metadata(&file) {
            about.len().hash(&mut hasher);
            about.modified()?.hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

/// All files below the paths, in a stable order.
fn files(paths: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        collect(path, &mut found)?;
    }
    found.sort();
    Ok(found)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        for child in fs::read_dir(path)? {
            collect(&child?.path(), found)?;
        }
    } else if path.is_file() {
        found.push(path.to_owned());
    }
    Ok(())
}
