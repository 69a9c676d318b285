//! Gives the program the digest of the sources it is built from, so that a run can say
//! which program made it. Neither time nor place enters.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What decides on results: the sources, the versions of all libraries, the templates.
const PARTS: [&str; 5] = [
    "src",
    "crates/core/src",
    "reports/templates",
    "Cargo.lock",
    "Cargo.toml",
];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let mut files = Vec::new();
    for part in PARTS {
        println!("cargo:rerun-if-changed={part}");
        collect(&root, &root.join(part), &mut files)?;
    }
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for (name, path) in &files {
        let bytes = fs::read(path)?;
        hasher.update(name.as_bytes());
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    println!("cargo:rustc-env=GEP_SOURCES={}", hasher.finalize().to_hex());
    Ok(())
}

fn collect(root: &Path, path: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(root, &entry?.path(), files)?;
        }
        return Ok(());
    }
    let relative = path.strip_prefix(root).map_err(io::Error::other)?;
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    files.push((parts.join("/"), path.to_path_buf()));
    Ok(())
}
