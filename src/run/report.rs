//! `gep report`: the report of a finished run, rendered from its tables.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::storage::{Digest, digest_bytes, write_file};

use crate::report::render_report;

/// Writes the report into the folder of a run; returns path and digest of each file.
///
/// The tables alone decide the bytes, so that a report rendered again is the
/// one the run wrote. An existing report is refused unless `replace`.
pub fn write_report(folder: &Path, replace: bool) -> Result<Vec<(String, Digest)>, Findings> {
    let files = render_report(folder)?;
    for (name, _) in &files {
        let path = folder.join(name);
        if !replace && path.exists() {
            return Err(Finding::error("output-exists")
                .file(path.display())
                .exit(2)
                .into());
        }
    }
    let mut written = Vec::new();
    for (name, bytes) in files {
        let path = folder.join(&name);
        let fault = |error: std::io::Error| {
            Finding::error("output-not-written")
                .file(path.display())
                .arg("error", error)
                .exit(74)
        };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(fault)?;
        }
        write_file(&path, &bytes, replace).map_err(fault)?;
        written.push((name, digest_bytes(&bytes)));
    }
    Ok(written)
}
