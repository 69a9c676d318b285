//! `gep explain`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};

use super::{Format, Global};
use crate::audit::{Question, explain, explanation_text};

/// Shows what a number was made of: formula, parameters with their source,
/// classes, inputs with their digest.
#[derive(Args, Debug)]
pub(super) struct ExplainArguments {
    /// A number id, or a region (code or name)
    #[arg(value_name = "NUMBER-ID|REGION")]
    subject: String,
    /// An indicator, a group or `gep`
    #[arg(value_name = "ITEM")]
    item: Option<String>,
    /// The year the run must be of
    #[arg(value_name = "YEAR", requires = "item")]
    year: Option<String>,
    /// The folder of the run
    #[arg(long, value_name = "DIR", default_value = "gep-demo")]
    out: PathBuf,
}

pub(super) fn run(
    arguments: &ExplainArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let question = match &arguments.item {
        Some(item) => Question::Item {
            region: arguments.subject.clone(),
            item: item.clone(),
            year: arguments.year.clone(),
        },
        None => Question::Id(arguments.subject.clone()),
    };
    let explanation = explain(&arguments.out, &question)?;
    match global.format {
        Format::Text => print!("{}", explanation_text(&explanation, language)),
        Format::Json => println!("{}", explanation.to_json()),
    }
    Ok(ExitCode::SUCCESS)
}
