//! `gep checks`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use gep_core::diagnostic::{Findings, Language};

use super::{Format, Global};
use crate::run::{check_book, methodology};

/// Lists and shows the checks every run goes through. Their examples are run by
/// `gep methodology test`. A run ends with 1 if a check of severity error fires and
/// is not waived.
#[derive(Args, Debug)]
pub(super) struct ChecksArguments {
    /// Folder to read instead of the methodology the program carries
    #[arg(long, global = true, value_name = "DIR")]
    methodology: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List all checks with kind and severity
    List,
    /// Show one check: what it compares, limits, source and reason; exit 2 if there is none
    Show {
        /// Its id, such as `oxygen_to_carbon_dioxide`
        id: String,
    },
}

/// Runs the command.
pub(super) fn run(
    arguments: &ChecksArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let all = methodology::open(arguments.methodology.as_deref())?;
    let text = global.format == Format::Text;
    match &arguments.action {
        Action::List if text => println!("{}", check_book::list_text(&all, language)),
        Action::List => println!("{}", check_book::list_json(&all)),
        Action::Show { id } if text => println!("{}", check_book::show_text(&all, id, language)?),
        Action::Show { id } => println!("{}", check_book::show_json(&all, id)?),
    }
    Ok(ExitCode::SUCCESS)
}
