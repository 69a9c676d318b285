//! The digest of the program's sources: what a run id knows the program by.

use std::fs;
use std::io;
use std::path::Path;

/// What the program is made of, below the root: code, texts and templates it
/// carries, build scripts and the versions of its libraries. Methodology and data
/// are inputs of a run and have digests of their own.
pub const PARTS: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "build",
    "build.rs",
    "crates/core/Cargo.toml",
    "crates/core/build.rs",
    "crates/core/src",
    "reports",
    "src",
];

/// Computes the BLAKE3 digest of all parts below `root`: for each file, in the order
/// of their paths, path and content, each preceded by its length. No clock, no
/// version control and no path outside the root takes part.
///
/// # Errors
///
/// If a part is not there or a file cannot be read.
pub fn digest(root: &Path) -> io::Result<String> {
    let mut names = Vec::new();
    for part in PARTS {
        collect(root, part, &mut names)?;
    }
    names.sort();
    let mut hasher = blake3::Hasher::new();
    for name in &names {
        let content = fs::read(root.join(name))?;
        for field in [name.as_bytes(), &content] {
            hasher.update(&(field.len() as u64).to_le_bytes());
            hasher.update(field);
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// Lists the files of a part. Hidden files and the copies editors leave (`name~`)
/// are no part of the program.
fn collect(root: &Path, name: &str, names: &mut Vec<String>) -> io::Result<()> {
    let path = root.join(name);
    if !path.is_dir() {
        names.push(name.to_string());
        return Ok(());
    }
    for entry in fs::read_dir(&path)? {
        let own = entry?.file_name().to_string_lossy().into_owned();
        if !own.starts_with('.') && !own.ends_with('~') {
            collect(root, &format!("{name}/{own}"), names)?;
        }
    }
    Ok(())
}
