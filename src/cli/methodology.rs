//! `gep methodology`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use gep_core::diagnostic::{Findings, Language};
use gep_core::methodology::Methodology;
use serde_json::json;

use super::methodology_diff::{self, DiffArguments};
use super::{Format, Global, print_findings};
use crate::run::coverage::{coverage, evidence};
use crate::run::coverage_show::{coverage_json, coverage_text, values_json, values_text};
use crate::run::crosswalk::{CrosswalkRequest, compare_crosswalks};
use crate::run::methodology as plan;
use crate::run::methodology_book::write_book;
use crate::run::methodology_diff::Asked;
use crate::run::methodology_show::{show_json, show_text};
use crate::run::mutants::{mutants, mutants_json, mutants_text};

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
    /// Write the methodology as pages: formulas, parameters with sources, examples
    Book {
        /// Folder to write
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Replace the folder if it exists
        #[arg(long)]
        replace: bool,
    },
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
    /// Which indicator is computed under which profile, proven by what, and how many
    /// values are verified
    Coverage {
        /// Only this profile
        #[arg(long, value_name = "ID")]
        profile: Option<String>,
    },
    /// Change every operator, number, parameter, price and sign once, and count what the
    /// examples notice; takes minutes
    Mutants {
        /// Only files with this in their path or id, such as `forest_sink.gain_loss`
        #[arg(default_value = "")]
        part: String,
    },
    /// Compare two profiles; on a run or a project also what each difference is worth
    Diff(DiffArguments),
}

/// Runs the command.
pub(super) fn run(
    arguments: &MethodologyArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    if let Action::Diff(own) = &arguments.action {
        return methodology_diff::run(own, arguments.methodology.as_deref(), global, language);
    }
    let all = plan::open(arguments.methodology.as_deref())?;
    let text = global.format == Format::Text;
    match &arguments.action {
        Action::List if text => println!("{}", plan::list_text(&all, language)),
        Action::List => println!("{}", plan::list_json(&all)),
        Action::Show { id } if text => println!("{}", show_text(&all, id, language)?),
        Action::Show { id } => println!("{}", show_json(&all, id)?),
        Action::Book { out, replace } => {
            let pages = write_book(&all, out, *replace)?;
            match (text, language) {
                (false, _) => println!("{}", json!({ "out": out, "pages": pages })),
                (_, Language::Zh) => println!("{}：{pages} 页", out.display()),
                (_, Language::En) => println!("{}: {pages} pages", out.display()),
            }
        }
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
        Action::Diff(_) => {}
        Action::Mutants { part } => {
            let report = mutants(arguments.methodology.as_deref(), part)?;
            if text {
                println!("{}", mutants_text(&report, language));
            } else {
                println!("{}", mutants_json(&report));
            }
        }
        Action::Coverage { profile } => {
            if let Some(id) = profile {
                // Refuses an id nobody knows.
                Asked::parse(id, arguments.methodology.as_deref()).open(None)?;
            }
            let told = coverage(&all, &evidence()?)?;
            if text {
                println!("{}", coverage_text(&told, profile.as_deref(), language));
            } else {
                println!("{}", coverage_json(&told));
            }
        }
        Action::Test => return test(&all, global, language),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs every example and counts the values.
fn test(all: &Methodology, global: &Global, language: Language) -> Result<ExitCode, Findings> {
    let report = plan::test(all);
    let told = coverage(all, &evidence()?)?;
    if global.format == Format::Text {
        print_findings(&report.failures, global.format, language);
        println!("{}", plan::test_text(&report, language));
        println!("{}", values_text(&told, language));
    } else {
        let mut counts = plan::test_json(&report, language);
        counts["values"] = values_json(&told);
        println!("{counts}");
    }
    Ok(ExitCode::from(u8::from(!report.failures.is_empty())))
}
