//! `gep run` and `gep demo`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use gep_core::diagnostic::{Finding, Findings, Language, Severity};
use serde_json::json;

use super::change::print_change;
use super::progress::Progress;
use super::{Format, Global, print_findings};
use crate::run::account::{AccountReport, AccountRequest, Prepared, run_account_bounded};
use crate::run::demo::{SEA, SECOND_YEAR, write_demo};
use crate::run::departments::department_report;

/// Computes the account of a project: tables, manifest and report.
#[derive(Args, Debug)]
pub(super) struct RunArguments {
    /// The project file, or the folder with its `gep.toml`
    project: PathBuf,
    #[command(flatten)]
    common: RunOptions,
    /// Folder to write
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Folder of an earlier finished run: the change since it is taken apart
    #[arg(long, value_name = "FOLDER")]
    base: Option<PathBuf>,
}

/// Computes the bundled example. Its project files are written beside the
/// account, as `<FOLDER>-project`, ready to be copied and changed.
#[derive(Args, Debug)]
pub(super) struct DemoArguments {
    /// Folder to write
    #[arg(long, value_name = "FOLDER", default_value = "./gep-demo")]
    out: PathBuf,
    /// Also compute the second year, a synthetic change, into `<FOLDER>-2021`
    #[arg(long)]
    two_years: bool,
    /// Also compute the sea off the coast, synthetic zones, into `<FOLDER>-sea`
    #[arg(long)]
    sea: bool,
    #[command(flatten)]
    common: RunOptions,
}

/// Options of a run.
#[derive(Args, Debug)]
pub(super) struct RunOptions {
    /// Replace the output folder if it exists
    #[arg(long)]
    replace: bool,
    /// Another methodology than the bundled one
    #[arg(long, value_name = "FOLDER")]
    methodology: Option<PathBuf>,
    /// Another profile than the project's
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
    /// Another crosswalk from land cover to ecosystem types
    #[arg(long, value_name = "ID")]
    crosswalk: Option<String>,
    /// Rows and columns of a tile; never changes a result
    #[arg(long, default_value_t = 512, value_parser = clap::value_parser!(u32).range(16..=16384))]
    tile: u32,
    /// Also run the pass at both ends of every distribution the rasters are read with
    #[arg(long)]
    raster_bounds: bool,
    /// End with 1 if anything was withheld, missing or provisional
    #[arg(long)]
    strict: bool,
}

/// Checks a project without running it.
#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    /// The project file, or the folder with its `gep.toml`
    project: PathBuf,
    /// Another methodology than the bundled one
    #[arg(long, value_name = "FOLDER")]
    methodology: Option<PathBuf>,
    /// Another profile than the project's
    #[arg(long, value_name = "ID")]
    profile: Option<String>,
    /// Tell who has filed what, and what is outstanding or wrong
    #[arg(long, value_name = "WHOM")]
    by: Option<By>,
    /// With `--by`: end with 1 if anything is outstanding
    #[arg(long, requires = "by")]
    strict: bool,
}

/// By whom a check is told.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum By {
    /// Departments that file the inputs
    Department,
}

pub(super) fn run(
    arguments: &RunArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let request = request(
        &arguments.common,
        arguments.project.clone(),
        arguments.out.clone(),
    );
    let base = arguments.base.as_deref();
    one(&request, base, &arguments.common, global, language)
}

/// Runs one account and tells the change since its base run, if it has one.
fn one(
    request: &AccountRequest,
    base: Option<&Path>,
    options: &RunOptions,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let progress = Progress::default();
    let show = |cells, all| progress.add(cells, all);
    let report = run_account_bounded(request, base, options.raster_bounds, &show)?;
    let code = finish(&report, request, options.strict, global, language);
    if report.compared {
        print_change(&request.out, global, language)?;
    }
    Ok(code)
}

pub(super) fn demo(
    arguments: &DemoArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let mut name = arguments.out.file_name().unwrap_or_default().to_os_string();
    name.push("-project");
    let project = arguments.out.with_file_name(name);
    write_demo(&project, arguments.common.replace)?;
    let (second, sea) = (project.join(SECOND_YEAR), project.join(SEA));
    let options = &arguments.common;
    let first = request(options, project, arguments.out.clone());
    let code = one(&first, None, options, global, language)?;
    let beside = |mark: &str| {
        let mut name = arguments.out.file_name().unwrap_or_default().to_os_string();
        name.push(mark);
        arguments.out.with_file_name(name)
    };
    if arguments.two_years && code == ExitCode::SUCCESS {
        let second = request(options, second, beside("-2021"));
        let code = one(&second, Some(&arguments.out), options, global, language)?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    if arguments.sea && code == ExitCode::SUCCESS {
        // The sea has a profile and ecosystem types of its own.
        let mut sea = request(options, sea, beside("-sea"));
        (sea.profile, sea.crosswalk) = (None, None);
        return one(&sea, None, options, global, language);
    }
    Ok(code)
}

fn request(options: &RunOptions, project: PathBuf, out: PathBuf) -> AccountRequest {
    AccountRequest {
        project,
        out,
        replace: options.replace,
        methodology: options.methodology.clone(),
        profile: options.profile.clone(),
        crosswalk: options.crosswalk.clone(),
        tile: options.tile as usize,
    }
}

pub(super) fn check(
    arguments: &CheckArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    if arguments.by.is_some() {
        return check_by_department(arguments, global, language);
    }
    let prepared = Prepared::open(
        &arguments.project,
        arguments.methodology.as_deref(),
        arguments.profile.as_deref(),
    )?;
    print_findings(&prepared.warnings, global.format, language);
    let (files, warnings) = (prepared.inputs.len(), prepared.warnings.len());
    match (global.format, language) {
        (Format::Json, _) => println!("{}", json!({"files": files, "warnings": warnings})),
        (_, Language::Zh) => println!("检查通过：{files} 个文件，{warnings} 条提示"),
        (_, Language::En) => println!("checked: {files} files, {warnings} warnings"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Errors end with their own code; what has not come yet ends with 1 if asked to.
fn check_by_department(
    arguments: &CheckArguments,
    global: &Global,
    language: Language,
) -> Result<ExitCode, Findings> {
    let report = department_report(
        &arguments.project,
        arguments.methodology.as_deref(),
        arguments.profile.as_deref(),
    )?;
    match global.format {
        Format::Text => println!("{}", report.text(language)),
        Format::Json => println!("{}", report.json(language)),
    }
    let errors = Findings(report.errors()).exit();
    let late = u8::from(arguments.strict && report.outstanding());
    Ok(ExitCode::from(errors.max(late)))
}

fn finish(
    report: &AccountReport,
    request: &AccountRequest,
    strict: bool,
    global: &Global,
    language: Language,
) -> ExitCode {
    print_findings(&report.warnings, global.format, language);
    let (whole, other) = report.counties;
    if global.format == Format::Json {
        println!(
            "{}",
            json!({
                "out": request.out,
                "run_id": report.run_id,
                "province_fen": report.province_fen.map(|fen| fen.to_string()),
                "province_adjusted_fen": report.adjusted_fen.map(|fen| fen.to_string()),
                "counties_computed": whole,
                "counties_not_whole": other,
                "provisional": report.provisional,
            })
        );
    } else if language == Language::Zh {
        print_zh(report, request);
    } else {
        print_en(report, request);
    }
    let failed = |finding: &Finding| finding.severity == Severity::Error;
    if report.warnings.iter().any(failed) || strict && (other > 0 || report.provisional) {
        return ExitCode::from(1);
    }
    ExitCode::SUCCESS
}

fn print_zh(report: &AccountReport, request: &AccountRequest) {
    let (whole, other) = report.counties;
    let out = request.out.display();
    let yuan = report.province_fen.map(hundred_million);
    println!("{}", report.title.0);
    println!(
        "{} GEP：{}",
        if report.marine { "海域" } else { "全省" },
        yuan.map_or("缺".to_string(), |yuan| format!("{yuan} 亿元"))
    );
    if let Some(fen) = report.adjusted_fen {
        println!(
            "手工调整后的 GEP：{} 亿元（见 adjustments 表）",
            hundred_million(fen)
        );
    }
    let what = if report.marine {
        "海域"
    } else {
        "县（市、区）"
    };
    println!("{what}：{whole} 个完整，{other} 个不完整或未列示");
    if report.provisional {
        println!("注意：用到未经核实的参数或模拟数据，不得作为正式结果");
    }
    println!("{out}：运行标识 {}", report.run_id);
}

fn print_en(report: &AccountReport, request: &AccountRequest) {
    let (whole, other) = report.counties;
    let out = request.out.display();
    let yuan = report.province_fen.map(hundred_million);
    println!("{}", report.title.1);
    let yuan = yuan.map_or("missing".to_string(), |yuan| format!("{yuan} x 10^8 CNY"));
    let (of, what) = match report.marine {
        true => ("sea", "marine zones"),
        false => ("province", "counties"),
    };
    println!("GEP of the {of}: {yuan}");
    if let Some(fen) = report.adjusted_fen {
        let yuan = hundred_million(fen);
        println!("GEP after adjustments by hand: {yuan} x 10^8 CNY (table `adjustments`)");
    }
    println!("{what}: {whole} whole, {other} partial or withheld");
    if report.provisional {
        println!(
            "note: parameters that are not verified, or synthetic data, were used: not an official result"
        );
    }
    println!("{out}: run {}", report.run_id);
}

/// Fen as hundred millions of yuan with four digits, halves away from zero.
pub(super) fn hundred_million(fen: i128) -> String {
    let units = (fen.abs() + 500_000) / 1_000_000;
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:04}", units / 10_000, units % 10_000)
}
