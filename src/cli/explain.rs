//! `gep explain`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};

use super::{Format, Global};
use crate::audit::{
    Question, carbon_explanation_text, explain, explain_carbon, explanation_text, is_carbon,
};

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
    /// The folder of the run or of the carbon books (default: `gep-demo`, else
    /// `gep-carbon`, whichever knows the number)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Where a run and carbon books stand unless told.
const FOLDERS: [&str; 2] = ["gep-demo", "gep-carbon"];

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
    let folders: Vec<PathBuf> = match &arguments.out {
        Some(folder) => vec![folder.clone()],
        None => FOLDERS.iter().map(PathBuf::from).collect(),
    };
    let mut refused = None;
    for folder in folders {
        match answer(&folder, &question, global, language) {
            Ok(()) => return Ok(ExitCode::SUCCESS),
            // What the first folder says is what a reader is told, unless there is none.
            Err(findings) if folder.exists() => refused = refused.or(Some(findings)),
            Err(findings) => refused = Some(refused.unwrap_or(findings)),
        }
    }
    Err(refused.unwrap_or_else(|| Findings(Vec::new())))
}

fn answer(
    folder: &Path,
    question: &Question,
    global: &Global,
    language: Language,
) -> Result<(), Findings> {
    if is_carbon(folder) {
        let all = explain_carbon(folder, question)?;
        match global.format {
            Format::Text => print!("{}", carbon_explanation_text(&all, language)),
            Format::Json => {
                let all: Vec<_> = all.iter().map(|one| one.to_json()).collect();
                println!("{}", serde_json::Value::from(all));
            }
        }
        return Ok(());
    }
    let explanation = explain(folder, question)?;
    match global.format {
        Format::Text => print!("{}", explanation_text(&explanation, language)),
        Format::Json => println!("{}", explanation.to_json()),
    }
    Ok(())
}
