//! `gep verify`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gep_core::diagnostic::{Findings, Language};
use serde_json::json;

use super::{Format, Global, print_findings};
use crate::audit::{Difference, Verification, is_carbon, verify_with};
use crate::run::methodology;
use crate::run::uncertainty_again::verify_uncertainty;

/// Differences beyond this many are left to `--format json`.
const SHOWN: usize = 100;

/// Hashes every file of a run again, adds every table up again and computes every law
/// again from the published tables, without the engine that wrote them.
#[derive(Args, Debug)]
pub(super) struct VerifyArguments {
    /// The folder of the run
    #[arg(value_name = "DIR", default_value = "gep-demo")]
    out: PathBuf,
    /// The methodology of the run, if it is not the program's own: its units are read, and
    /// intervals are drawn again with it
    #[arg(long, value_name = "DIR")]
    methodology: Option<PathBuf>,
}

pub(super) fn run(
    arguments: &VerifyArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let methodology = arguments.methodology.as_deref();
    let units = methodology::open(methodology)?.units;
    let mut verification = verify_with(&arguments.out, &units)?;
    // What is known to differ is no ground to draw from.
    let sound = verification.unread.is_empty() && verification.differences.is_empty();
    let sound = sound && !is_carbon(&arguments.out);
    let drawn = match sound {
        true => verify_uncertainty(&arguments.out, methodology),
        false => Ok((0, Vec::new())),
    };
    let not_drawn = match drawn {
        Ok((compared, differences)) => {
            if compared > 0 {
                verification.checked.push(("uncertainty", compared));
            }
            verification.differences.extend(differences);
            Vec::new()
        }
        Err(findings) => findings.0,
    };
    match global.format {
        Format::Text => print_text(&verification, language),
        Format::Json => println!("{}", to_json(&verification, language)),
    }
    print_findings(&not_drawn, global.format, language);
    let sound = verification.differences.is_empty() && verification.unread.is_empty();
    let clean = sound && not_drawn.is_empty();
    Ok(ExitCode::from(u8::from(!clean)))
}

fn print_text(own: &Verification, language: Language) {
    let findings: Vec<_> = own.differences.iter().map(Difference::finding).collect();
    let shown = findings.len().min(SHOWN);
    print_findings(&findings[..shown], Format::Text, language);
    print_findings(&own.unread, Format::Text, language);
    let zh = language == Language::Zh;
    let (folder, count) = (own.folder.display(), own.differences.len());
    for (check, count) in &own.checked {
        println!("{check:<16} {count}");
    }
    match (count, own.unread.is_empty(), zh) {
        (0, true, true) => println!("{folder}（{}）：全部一致", own.run_id),
        (0, true, false) => println!("{folder} ({}): everything agrees", own.run_id),
        (_, true, true) => println!("{folder}（{}）：{count} 处不一致", own.run_id),
        (_, true, false) => println!("{folder} ({}): {count} differences", own.run_id),
        (_, false, true) => println!(
            "{folder}（{}）：{count} 处不一致，有表不可读，未复算",
            own.run_id
        ),
        (_, false, false) => println!(
            "{folder} ({}): {count} differences; a table cannot be read, nothing was added up",
            own.run_id
        ),
    }
}

fn to_json(own: &Verification, language: Language) -> serde_json::Value {
    let differences = own.differences.iter().map(|difference| {
        let mut finding = difference.finding().to_json(language);
        finding["expected"] = json!(difference.expected);
        finding["found"] = json!(difference.found);
        finding
    });
    let unread = own.unread.iter().map(|finding| finding.to_json(language));
    let checked: serde_json::Map<String, serde_json::Value> = own
        .checked
        .iter()
        .map(|(check, count)| ((*check).to_string(), json!(count)))
        .collect();
    json!({
        "folder": own.folder,
        "run_id": own.run_id,
        "checked": checked,
        "differences": differences.collect::<Vec<_>>(),
        "unreadable": unread.collect::<Vec<_>>(),
    })
}
