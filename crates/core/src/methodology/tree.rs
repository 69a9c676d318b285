//! The files of a methodology: from a folder, or those the program carries.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::diagnostic::Finding;

use super::document::Notes;

include!(concat!(env!("OUT_DIR"), "/methodology.rs"));

/// The text of each file by its path relative to the methodology, with `/`.
pub(super) type Tree = BTreeMap<String, String>;

/// Returns the files the program carries.
pub(super) fn bundled() -> Tree {
    FILES
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

/// Reads the files of a folder. Nothing but `.toml`, `.csv` and `.md` may stand
/// there, and links are not followed.
pub(super) fn read(folder: &Path, notes: &mut Notes) -> Tree {
    let mut tree = Tree::new();
    walk(folder, "", &mut tree, notes);
    if tree.is_empty() && notes.is_empty() {
        notes.push(
            Finding::error("methodology-empty")
                .file(folder.display())
                .exit(66),
        );
    }
    tree
}

/// Returns one file the program carries.
pub(super) fn bundled_file(name: &str) -> Option<&'static str> {
    let found = FILES.iter().find(|(own, _)| *own == name);
    found.map(|(_, text)| *text)
}

fn walk(folder: &Path, prefix: &str, tree: &mut Tree, notes: &mut Notes) {
    let unreadable = |error: std::io::Error| {
        Finding::error("methodology-unreadable")
            .file(folder.display())
            .arg("error", error)
            .exit(66)
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return notes.push(unreadable(error)),
    };
    let mut found: Vec<(String, std::path::PathBuf)> = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => {
                let name = entry.file_name().to_string_lossy().into_owned();
                found.push((format!("{prefix}{name}"), entry.path()));
            }
            Err(error) => notes.push(unreadable(error)),
        }
    }
    found.sort();
    for (name, path) in found {
        let kind = path.symlink_metadata().map(|data| data.file_type());
        match kind {
            Ok(kind) if kind.is_dir() => walk(&path, &format!("{name}/"), tree, notes),
            Ok(kind) if kind.is_file() => file(name, &path, tree, notes),
            Ok(_) => notes.push(Finding::error("methodology-file-unexpected").file(name)),
            Err(error) => notes.push(unreadable(error)),
        }
    }
}

fn file(name: String, path: &Path, tree: &mut Tree, notes: &mut Notes) {
    if name.ends_with(".md") {
        return;
    }
    if !name.ends_with(".toml") && !name.ends_with(".csv") {
        notes.push(Finding::error("methodology-file-unexpected").file(name));
        return;
    }
    match fs::read_to_string(path) {
        Ok(text) => _ = tree.insert(name, text),
        Err(error) => notes.push(
            Finding::error("methodology-unreadable")
                .file(name)
                .arg("error", error),
        ),
    }
}
