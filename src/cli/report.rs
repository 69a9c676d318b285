//! `gep report`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};
use serde_json::json;

use super::{Format, Global};
use crate::run::report::write_report;

/// Renders the report of a finished run again, from its tables.
#[derive(Args, Debug)]
pub(super) struct ReportArguments {
    /// Folder of a run, the one with `manifest.json`
    folder: PathBuf,
    /// Replace the report if it exists
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(
    arguments: &ReportArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let files = write_report(&arguments.folder, arguments.replace)?;
    if global.format == Format::Json {
        let listed = files
            .iter()
            .map(|(path, digest)| json!({"path": path, "blake3": digest}));
        println!("{}", json!({"files": listed.collect::<Vec<_>>()}));
        return Ok(ExitCode::SUCCESS);
    }
    for (path, digest) in files {
        let path = arguments.folder.join(path);
        match language {
            Language::Zh => println!("{}：blake3 {digest}", path.display()),
            Language::En => println!("{}: blake3 {digest}", path.display()),
        }
    }
    Ok(ExitCode::SUCCESS)
}
