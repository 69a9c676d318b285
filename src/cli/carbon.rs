//! `gep carbon`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use gep_core::diagnostic::{Findings, Language};
use gep_core::quantity::{Rational, format_exact, round_to};
use serde_json::{Value, json};

use super::{Format, Global, print_findings};
use crate::carbon::{IndicatorNumber, MissingInput, Progress};
use crate::run::carbon::{
    AloneRequest, CarbonReport, CarbonRequest, IndicatorLine, example_folder, indicator_lines,
    indicators_of_balance, run_carbon,
};

/// The carbon books: inventory, energy balance, indicators, sinks, peak.
#[derive(Args, Debug)]
pub(super) struct CarbonArguments {
    #[command(subcommand)]
    command: CarbonCommand,
}

#[derive(Debug, Subcommand)]
enum CarbonCommand {
    /// Compute the books of a project; without one, of the bundled example
    Run(RunArguments),
    /// Show indicators with their conventions, of finished books or of an energy balance
    Indicators(IndicatorArguments),
}

#[derive(Args, Debug)]
struct RunArguments {
    /// The project file, or the folder with its `carbon.toml`
    #[arg(long, value_name = "FILE")]
    project: Option<PathBuf>,
    /// The bundled made-up county, which shows all of the books, in place of Zhejiang
    #[arg(long, conflicts_with = "project")]
    synthetic: bool,
    /// Folder to write; the bundled example stands beside it as `<FOLDER>-project`
    #[arg(long, value_name = "FOLDER", default_value = "./gep-carbon")]
    out: PathBuf,
    /// Replace the output folder if it exists
    #[arg(long)]
    replace: bool,
    /// Another methodology than the bundled one
    #[arg(long, value_name = "FOLDER")]
    methodology: Option<PathBuf>,
    /// Another method set than the project's
    #[arg(long, value_name = "ID")]
    method_set: Option<String>,
    /// A finished GEP run: its forest area and carbon item are set beside the books
    #[arg(long, value_name = "FOLDER")]
    gep_run: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct IndicatorArguments {
    /// An energy balance: `region_code,year,flow,carrier,value,unit`
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    balance: Option<PathBuf>,
    /// Finished books
    #[arg(long, value_name = "FOLDER", default_value = "./gep-carbon")]
    out: PathBuf,
    /// One region only
    #[arg(long, value_name = "CODE")]
    region: Option<String>,
    /// One year only
    #[arg(long, value_name = "YEAR")]
    year: Option<String>,
    /// Also those that are missing, with what they lack
    #[arg(long)]
    missing: bool,
    /// Another methodology than the bundled one
    #[arg(long, value_name = "FOLDER")]
    methodology: Option<PathBuf>,
    /// The method set, with an energy balance
    #[arg(long, value_name = "ID", default_value = "provincial-2025")]
    method_set: String,
}

pub(super) fn run(
    arguments: &CarbonArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    match &arguments.command {
        CarbonCommand::Run(own) => books(own, global, language),
        CarbonCommand::Indicators(own) => indicators(own, global, language),
    }
}

fn books(own: &RunArguments, global: &Global, language: Language) -> Result<ExitCode, Findings> {
    let request = CarbonRequest {
        project: own.project.clone(),
        synthetic: own.synthetic,
        out: own.out.clone(),
        replace: own.replace,
        methodology: own.methodology.clone(),
        method_set: own.method_set.clone(),
        gep_run: own.gep_run.clone(),
    };
    let report = run_carbon(&request)?;
    print_findings(&report.warnings, global.format, language);
    match global.format {
        Format::Json => println!("{}", report_json(&report, &own.out)),
        Format::Text => {
            print!("{}", report_text(&report, &own.out, language));
            if own.project.is_none() {
                let folder = example_folder(&own.out);
                let label = say(language, "示例项目", "the example project");
                println!("{label}: {}", folder.display());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say<'a>(language: Language, zh: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

/// Computed and missing numbers of the reporting year.
fn counts(report: &CarbonReport) -> (usize, usize) {
    let own = report.books.indicators.iter();
    let own = own.filter(|one| one.year == report.reporting_year);
    let (there, missing): (Vec<_>, Vec<_>) = own.partition(|one| one.value.is_some());
    (there.len(), missing.len())
}

fn report_json(report: &CarbonReport, out: &Path) -> Value {
    let (there, missing) = counts(report);
    json!({
        "run_id": report.run_id,
        "out": out.display().to_string(),
        "title": {"zh": report.title[0], "en": report.title[1]},
        "reporting_year": report.reporting_year,
        "indicators": {"computed": there, "missing": missing},
        "emissions": report.books.emissions.len(),
        "sinks": report.books.sinks.len(),
    })
}

fn report_text(report: &CarbonReport, out: &Path, language: Language) -> String {
    let (there, missing) = counts(report);
    let title = say(language, &report.title[0], &report.title[1]);
    let year = report.reporting_year;
    let mut text = format!("{title}\n");
    text += &match language {
        Language::Zh => format!(
            "{year} 年指标（按口径计）：已算 {there} 个，缺失 {missing} 个；排放 {} 行，碳汇 {} 行\n",
            report.books.emissions.len(),
            report.books.sinks.len()
        ),
        Language::En => format!(
            "indicators of {year} by convention: {there} computed, {missing} missing; {} rows of emissions, {} of sinks\n",
            report.books.emissions.len(),
            report.books.sinks.len()
        ),
    };
    let hundredth = Rational::new(1.into(), 100.into());
    for target in &report.books.targets {
        let value = target.value.as_ref().map_or_else(
            || say(language, "缺失", "missing").to_owned(),
            |value| format_exact(&round_to(value, &hundredth)),
        );
        let year = target.year.map(|year| year.to_string()).unwrap_or_default();
        text += &format!(
            "  {:<28} {value:>14} {year:>5}  {}\n",
            target.target,
            progress(target.progress, language)
        );
    }
    text + &format!("{}: run {}\n", out.display(), report.run_id)
}

fn progress(of: Progress, language: Language) -> &'static str {
    let zh = match of {
        Progress::Reached => "已达到",
        Progress::NotReached => "未达到",
        Progress::Open => "未到期",
        Progress::NotComparable => "口径不同，不可比",
        Progress::Missing => "缺数据",
    };
    say(language, zh, of.word())
}

fn indicators(
    own: &IndicatorArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let lines = match &own.balance {
        Some(balance) => {
            let request = AloneRequest {
                balance: balance.clone(),
                methodology: own.methodology.clone(),
                method_set: own.method_set.clone(),
            };
            let (numbers, _) = indicators_of_balance(&request)?;
            numbers.iter().map(line_of).collect()
        }
        None => indicator_lines(&own.out)?,
    };
    let wanted = |line: &&IndicatorLine| {
        own.region
            .as_ref()
            .is_none_or(|region| *region == line.region)
            && own.year.as_ref().is_none_or(|year| *year == line.year)
            && (own.missing || own.balance.is_some() || !line.value.is_empty())
    };
    let lines: Vec<&IndicatorLine> = lines.iter().filter(wanted).collect();
    match global.format {
        Format::Json => {
            let all: Vec<Value> = lines.iter().map(|line| line_json(line)).collect();
            println!("{}", Value::from(all));
        }
        Format::Text => {
            for line in lines {
                println!("{}", line_text(line, language));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line_of(number: &IndicatorNumber) -> IndicatorLine {
    let missing: Vec<String> = number.missing.iter().map(MissingInput::to_text).collect();
    IndicatorLine {
        region: number.region.clone(),
        year: number.year.to_string(),
        indicator: number.indicator.clone(),
        method: number.method.clone(),
        value: number.value.as_ref().map(format_exact).unwrap_or_default(),
        unit: number.unit.clone(),
        status: number
            .trust
            .map(|own| own.word().to_owned())
            .unwrap_or_default(),
        missing: missing.join("; "),
        number_id: crate::output::indicator_id(number),
    }
}

fn line_json(line: &IndicatorLine) -> Value {
    json!({
        "region_code": line.region,
        "year": line.year,
        "indicator": line.indicator,
        "method_id": line.method,
        "value": if line.value.is_empty() { Value::Null } else { json!(line.value) },
        "unit": line.unit,
        "status": line.status,
        "missing": line.missing.split("; ").filter(|one| !one.is_empty()).collect::<Vec<_>>(),
        "number_id": line.number_id,
    })
}

fn line_text(line: &IndicatorLine, language: Language) -> String {
    let value = if line.value.is_empty() {
        format!("{} ({})", say(language, "缺失", "missing"), line.missing)
    } else {
        format!("{} {} [{}]", line.value, line.unit, line.status)
    };
    format!("{} {}  {:<46} {value}", line.region, line.year, line.method)
}
