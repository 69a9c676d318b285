//! `gep init`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};
use serde_json::json;

use super::{Format, Global, print_findings};
use crate::run::init::{InitRequest, init_project};

/// Writes a new project for a profile: a commented gep.toml, the table of regions, the
/// boundaries, and one Excel form for each department with the right sheets and units.
#[derive(Args, Debug)]
pub(super) struct InitArguments {
    /// Folder to write
    folder: PathBuf,
    /// The profile, such as `mee-2020`
    #[arg(long, value_name = "ID")]
    profile: String,
    /// Year of the account
    #[arg(long)]
    year: String,
    /// Boundaries of the counties; they are copied into the project
    #[arg(long, value_name = "FILE")]
    zones: PathBuf,
    /// Their column of codes
    #[arg(long, value_name = "COLUMN")]
    zone_id: String,
    /// Their column of names
    #[arg(long, value_name = "COLUMN")]
    zone_name: Option<String>,
    /// Reference system of boundaries that do not say their own
    #[arg(long, value_name = "EPSG:n")]
    zones_crs: Option<String>,
    /// Table of regions (code,level,name_zh,name_en,parent); without it cities and the
    /// province follow from six-digit codes
    #[arg(long, value_name = "FILE")]
    regions: Option<PathBuf>,
    /// Another methodology than the bundled one
    #[arg(long, value_name = "FOLDER")]
    methodology: Option<PathBuf>,
    /// Replace the folder if it exists
    #[arg(long)]
    replace: bool,
}

pub(super) fn run(
    arguments: &InitArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let report = init_project(&InitRequest {
        folder: arguments.folder.clone(),
        replace: arguments.replace,
        methodology: arguments.methodology.clone(),
        profile: arguments.profile.clone(),
        year: arguments.year.clone(),
        zones: arguments.zones.clone(),
        zone_id: arguments.zone_id.clone(),
        zone_name: arguments.zone_name.clone(),
        zones_crs: arguments.zones_crs.clone(),
        regions: arguments.regions.clone(),
    })?;
    print_findings(&report.warnings, global.format, language);
    let (folder, counties) = (arguments.folder.display(), report.counties);
    match (global.format, language) {
        (Format::Json, _) => println!(
            "{}",
            json!({"folder": arguments.folder, "counties": counties, "files": report.files})
        ),
        (_, Language::Zh) => println!("{folder}：{counties} 个县（市、区），文件："),
        (_, Language::En) => println!("{folder}: {counties} counties, files:"),
    }
    if global.format == Format::Text {
        for file in &report.files {
            println!("  {file}");
        }
    }
    Ok(ExitCode::SUCCESS)
}
