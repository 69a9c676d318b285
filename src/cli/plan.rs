//! `gep plan`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};

use super::{Format, Global};
use crate::run::plan::{PlanRequest, plan_run};

/// Tells what a run will read, what each indicator needs and lacks, which parameters
/// need another pass over the rasters, and which tables will be written. Computes and
/// writes nothing; a file that is not there yet is part of the plan.
#[derive(Args, Debug)]
pub(super) struct PlanArguments {
    /// The project file, or the folder with its `gep.toml`
    project: PathBuf,
    /// Another methodology than the bundled one
    #[arg(long, value_name = "FOLDER")]
    methodology: Option<PathBuf>,
    /// Another profile than the project's
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
    /// Another crosswalk from land cover to ecosystem types
    #[arg(long, value_name = "ID")]
    crosswalk: Option<String>,
    /// Folder of an earlier finished run to be compared with
    #[arg(long, value_name = "FOLDER")]
    base: Option<PathBuf>,
}

pub(super) fn run(
    arguments: &PlanArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let plan = plan_run(&PlanRequest {
        project: arguments.project.clone(),
        methodology: arguments.methodology.clone(),
        profile: arguments.profile.clone(),
        crosswalk: arguments.crosswalk.clone(),
        base: arguments.base.clone(),
    })?;
    match global.format {
        Format::Text => println!("{}", plan.text(language)),
        Format::Json => println!("{}", plan.json()),
    }
    Ok(ExitCode::SUCCESS)
}
