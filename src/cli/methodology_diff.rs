//! `gep methodology diff`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};
use gep_core::methodology::differences;
use serde_json::json;

use super::{Format, Global};
use crate::run::bridge::build;
use crate::run::bridge_show::{
    bridge_json, differences_json, differences_text, publish_bridge, region_text, rule_text, top,
};
use crate::run::methodology_diff::{
    Asked, Opened, compare_folders, material_of_project, material_of_run, profile_of_run,
};

/// What two profiles say differently and, on a run or a project, what that is worth.
#[derive(Args, Debug)]
pub(super) struct DiffArguments {
    /// A profile, a methodology folder, or FOLDER#PROFILE
    first: String,
    /// The other
    second: String,
    /// A finished run under one of the two: value its aggregates under both
    #[arg(long, value_name = "RUN", conflicts_with = "project")]
    run: Option<PathBuf>,
    /// A project: sum its rasters under both profiles; needs no finished run
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// The profile meant where a folder names none (default: that of the run)
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
    /// Region to print the bridge of (default: the province)
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// Folder to write the bridge of all regions to
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Replace the folder if it exists
    #[arg(long)]
    replace: bool,
}

/// Runs the command.
pub(super) fn run(
    arguments: &DiffArguments,
    methodology: Option<&Path>,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let asked = [&arguments.first, &arguments.second].map(|text| Asked::parse(text, methodology));
    let of_run = match &arguments.run {
        Some(run) => Some(profile_of_run(run)?),
        None => None,
    };
    let named = asked.iter().find_map(|one| one.profile.as_deref());
    let otherwise = arguments.profile.as_deref().or(of_run.as_deref());
    let otherwise = otherwise.or(named);
    if otherwise.is_none() && arguments.project.is_none() {
        return folders(&asked, global, language);
    }
    let mut sides = [asked[0].open(otherwise)?, asked[1].open(otherwise)?];
    let text = global.format == Format::Text;
    let material = match (&arguments.run, &arguments.project) {
        (Some(run), _) => material_of_run(run, &mut sides)?,
        (None, Some(project)) => material_of_project(project, &asked, &mut sides, 512)?,
        (None, None) => {
            if arguments.out.is_some() || arguments.region.is_some() {
                return Err(super::usage("diff-needs-aggregates", "--run"));
            }
            let found = differences(sides[0].side(), sides[1].side())?;
            if text {
                println!("{}", differences_text(&found, language));
            } else {
                println!("{}", json!({ "differences": differences_json(&found) }));
            }
            return Ok(ExitCode::SUCCESS);
        }
    };
    let sides: [&Opened; 2] = [&sides[0], &sides[1]];
    let bridge = build(sides, material)?;
    if text {
        println!("{}\n", differences_text(&bridge.differences, language));
        println!("{}\n", rule_text(language));
        let region = arguments.region.as_deref().or(top(&bridge));
        if let Some(region) = region {
            println!("{}", region_text(&bridge, sides, region, language)?);
        }
    } else {
        println!("{}", bridge_json(&bridge, sides));
    }
    if let Some(out) = &arguments.out {
        publish_bridge(&bridge, sides, out, arguments.replace)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares all profiles of two folders.
fn folders(asked: &[Asked; 2], global: &Global, language: Language) -> Result<ExitCode, Findings> {
    let all = compare_folders(asked)?;
    if global.format == Format::Json {
        let told: serde_json::Map<String, serde_json::Value> = all
            .iter()
            .map(|(id, found)| (id.clone(), differences_json(found)))
            .collect();
        println!("{}", json!({ "profiles": told }));
        return Ok(ExitCode::SUCCESS);
    }
    for (id, found) in &all {
        println!("{id}\n{}\n", differences_text(found, language));
    }
    Ok(ExitCode::SUCCESS)
}
