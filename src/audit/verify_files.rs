//! Level 1: the files are those of the manifest, byte by byte.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::storage::digest_file;

use super::verify::{Difference, Ledger};
use crate::output::Manifest;

const MANIFEST: &str = "manifest.json";

/// Compares the folder with its manifest: missing, changed and extra files.
pub(super) fn check_files(folder: &Path, manifest: &Manifest, ledger: &mut Ledger) {
    let mut present = BTreeMap::new();
    if let Err((path, error)) = list(folder, "", &mut present) {
        ledger.differences.push(Difference {
            code: "verify-file-unreadable",
            file: path,
            key: String::new(),
            expected: "-".to_string(),
            found: error,
        });
    }
    let mut named = BTreeSet::from([MANIFEST]);
    for file in &manifest.outputs {
        named.insert(file.path.as_str());
        let difference = |code, found: String| Difference {
            code,
            file: file.path.clone(),
            key: String::new(),
            expected: file.digest.clone(),
            found,
        };
        match present.get(file.path.as_str()) {
            Some(Entry::File) => match digest_file(&folder.join(&file.path)) {
                Ok(digest) if digest == file.digest => {}
                Ok(digest) => ledger
                    .differences
                    .push(difference("verify-file-changed", digest)),
                Err(error) => ledger
                    .differences
                    .push(difference("verify-file-unreadable", error.to_string())),
            },
            // A link may show another content to every reader.
            Some(Entry::Other) => ledger
                .differences
                .push(difference("verify-file-unreadable", "link".to_string())),
            None => ledger
                .differences
                .push(difference("verify-file-missing", "-".to_string())),
        }
    }
    for path in present.keys().filter(|path| !named.contains(path.as_str())) {
        ledger.differences.push(Difference {
            code: "verify-file-extra",
            file: path.clone(),
            key: String::new(),
            expected: "-".to_string(),
            found: path.clone(),
        });
    }
    ledger.count("files", manifest.outputs.len());
}

enum Entry {
    File,
    Other,
}

/// Lists the files below a folder by their path from the run's folder.
fn list(
    root: &Path,
    below: &str,
    present: &mut BTreeMap<String, Entry>,
) -> Result<(), (String, String)> {
    let fault = |error: std::io::Error| (below.to_string(), error.to_string());
    for entry in std::fs::read_dir(root.join(below)).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() {
            name
        } else {
            format!("{below}/{name}")
        };
        let kind = entry.file_type().map_err(fault)?;
        if kind.is_dir() {
            list(root, &path, present)?;
        } else {
            let entry = if kind.is_file() {
                Entry::File
            } else {
                Entry::Other
            };
            present.insert(path, entry);
        }
    }
    Ok(())
}
