//! `gep methodology`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use gep_core::diagnostic::{Findings, Language};

use super::{Format, Global, print_findings};
use crate::run::crosswalk::{CrosswalkRequest, compare_crosswalks};
use crate::run::methodology as plan;

/// Lists, shows and tests the files of the methodology.
#[derive(Args, Debug)]
pub(super) struct MethodologyArguments {
    /// Folder to read instead of the methodology the program carries
    #[arg(long, global = true, value_name = "DIR")]
    methodology: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List profiles, methods and derived layers
    List,
    /// Show one profile, method or layer
    Show {
        /// Its id, such as `water_retention.balance`
        id: String,
    },
    /// Run every example; exit 1 if one fails
    Test,
    /// Compare areas and GEP of a project under two crosswalks; writes nothing
    Crosswalk {
        /// One crosswalk, such as `modis-igbp`
        first: String,
        /// The other
        second: String,
        /// The project file, or the folder with its `gep.toml`
        #[arg(long, value_name = "PROJECT")]
        project: PathBuf,
        /// Another profile than the project's
        #[arg(long, value_name = "ID")]
        profile: Option<String>,
    },
}

/// Runs the command.
pub(super) fn run(
    arguments: &MethodologyArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let all = plan::open(arguments.methodology.as_deref())?;
    let text = global.format == Format::Text;
    match &arguments.action {
        Action::List if text => println!("{}", plan::list_text(&all, language)),
        Action::List => println!("{}", plan::list_json(&all)),
        Action::Show { id } if text => println!("{}", plan::show_text(&all, id, language)?),
        Action::Show { id } => println!("{}", plan::show_json(&all, id)?),
        Action::Crosswalk {
            first,
            second,
            project,
            profile,
        } => {
            let effect = compare_crosswalks(&CrosswalkRequest {
                project: project.clone(),
                methodology: arguments.methodology.clone(),
                profile: profile.clone(),
                crosswalks: [first.clone(), second.clone()],
                tile: 512,
            })?;
            if text {
                println!("{}", effect.text(language));
            } else {
                println!("{}", effect.json());
            }
        }
        Action::Test => {
            let report = plan::test(&all);
            if text {
                print_findings(&report.failures, global.format, language);
                println!("{}", plan::test_text(&report, language));
            } else {
                println!("{}", plan::test_json(&report, language));
            }
            if !report.failures.is_empty() {
                return Ok(ExitCode::from(1));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
