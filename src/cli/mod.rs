//! Arguments, progress and exit codes; no logic.

mod carbon;
mod change;
mod checks;
mod explain;
mod init;
mod methodology;
mod methodology_diff;
mod pipe;
mod plan;
mod progress;
mod report;
mod run;
mod uncertainty;
mod verify;
mod zonal;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gep_core::diagnostic::{Finding, Findings, Language};

/// Gross Ecosystem Product and carbon accounts: exact, reproducible, self-explaining.
#[derive(Debug, Parser)]
#[command(name = "gep", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Debug)]
struct Global {
    /// Number of threads (default: all cores); never changes a result
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Language of messages (default: from LANG)
    #[arg(long, global = true)]
    lang: Option<Lang>,
    /// Form of messages and results on the terminal
    #[arg(long, global = true, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    Zh,
    En,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compute the bundled example: 90 counties of Zhejiang
    Demo(run::DemoArguments),
    /// Compute the account of a project
    Run(run::RunArguments),
    /// Write a new project: project file, regions and forms for the departments
    Init(init::InitArguments),
    /// Tell what a run will read, need and write
    Plan(plan::PlanArguments),
    /// Check a project without running it
    Check(run::CheckArguments),
    /// List, show and test the methodology
    Methodology(methodology::MethodologyArguments),
    /// List and show the checks every run goes through
    Checks(checks::ChecksArguments),
    /// Compute and show the carbon books
    Carbon(carbon::CarbonArguments),
    /// Show what a number was made of
    Explain(explain::ExplainArguments),
    /// Draw the uncertain parameters of a finished run again
    Uncertainty(uncertainty::UncertaintyArguments),
    /// Hash and add up the files of a run again
    Verify(verify::VerifyArguments),
    /// Render the report of a finished run again
    Report(report::ReportArguments),
    /// Sum class areas and raster layers by polygon, exactly
    Zonal(zonal::ZonalArguments),
}

/// Runs the program.
pub fn main() -> ExitCode {
    pipe::end_quietly_when_closed();
    let cli = Cli::parse();
    let language = cli.global.language();
    let mut pool = rayon::ThreadPoolBuilder::new();
    if let Some(threads) = cli.global.threads {
        pool = pool.num_threads(usize::from(threads));
    }
    if let Err(error) = pool.build_global() {
        eprintln!("{error}");
        return ExitCode::from(70);
    }
    let done = match &cli.command {
        Command::Demo(arguments) => run::demo(arguments, &cli.global, language),
        Command::Run(arguments) => run::run(arguments, &cli.global, language),
        Command::Check(arguments) => run::check(arguments, &cli.global, language),
        Command::Methodology(arguments) => methodology::run(arguments, &cli.global, language),
        Command::Checks(arguments) => checks::run(arguments, &cli.global, language),
        Command::Carbon(arguments) => carbon::run(arguments, &cli.global, language),
        Command::Explain(arguments) => explain::run(arguments, &cli.global, language),
        Command::Uncertainty(arguments) => uncertainty::run(arguments, &cli.global, language),
        Command::Verify(arguments) => verify::run(arguments, &cli.global, language),
        Command::Init(arguments) => init::run(arguments, &cli.global, language),
        Command::Plan(arguments) => plan::run(arguments, &cli.global, language),
        Command::Report(arguments) => report::run(arguments, &cli.global, language),
        Command::Zonal(arguments) => zonal::run(arguments, &cli.global, language),
    };
    match done {
        Ok(code) => code,
        Err(findings) => {
            print_findings(&findings.0, cli.global.format, language);
            ExitCode::from(findings.exit())
        }
    }
}

impl Global {
    fn language(&self) -> Language {
        match self.lang {
            Some(Lang::Zh) => Language::Zh,
            Some(Lang::En) => Language::En,
            None => {
                let from = |name| {
                    std::env::var(name)
                        .ok()
                        .filter(|value: &String| !value.is_empty())
                };
                let locale = from("LC_ALL")
                    .or_else(|| from("LC_MESSAGES"))
                    .or_else(|| from("LANG"));
                let chinese = locale.is_some_and(|locale| locale.starts_with("zh"));
                if chinese { Language::Zh } else { Language::En }
            }
        }
    }
}

fn print_findings(findings: &[Finding], format: Format, language: Language) {
    for finding in findings {
        match format {
            Format::Text => eprintln!("{}", finding.to_text(language)),
            Format::Json => eprintln!("{}", finding.to_json(language)),
        }
    }
}

/// A usage error with one argument.
fn usage(code: &'static str, argument: &str) -> Findings {
    Finding::error(code)
        .arg("argument", argument)
        .exit(2)
        .into()
}
