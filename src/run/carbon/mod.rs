//! The carbon books: from a project file to tables and manifest.

mod books;
mod dictionary;
mod facts;
mod gep_run;
mod indicators_alone;
mod notes;
mod publish;
mod series;
mod show;
mod targets;
mod workbook;

use std::path::{Path, PathBuf};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::Methodology;
use gep_core::storage::OutputFolder;

use crate::source::carbon::{CarbonProject, GepEntry};

pub use books::{Books, compute};
pub use indicators_alone::{AloneRequest, indicators_of_balance};
pub use series::SeriesBooks;
pub use show::{IndicatorLine, indicator_lines};

/// What a run of the books is asked for.
#[derive(Clone, Debug)]
pub struct CarbonRequest {
    /// The project file; a bundled example if none.
    pub project: Option<PathBuf>,
    /// Whether the bundled example is the made-up county rather than Zhejiang.
    pub synthetic: bool,
    /// The folder to write.
    pub out: PathBuf,
    /// Whether an existing folder may be replaced.
    pub replace: bool,
    /// Another methodology than the program's own.
    pub methodology: Option<PathBuf>,
    /// Another method set than the project's.
    pub method_set: Option<String>,
    /// The folder of a finished GEP run, in place of the project's.
    pub gep_run: Option<PathBuf>,
}

/// What a run of the books came to.
#[derive(Clone, Debug)]
pub struct CarbonReport {
    /// Title in Chinese and English.
    pub title: [String; 2],
    /// Digest of inputs, methodology and program.
    pub run_id: String,
    /// Year of the report.
    pub reporting_year: u16,
    /// The books.
    pub books: Books,
    /// What a reader should know.
    pub warnings: Vec<Finding>,
}

macro_rules! bundled {
    ($folder:literal: $($name:literal),+ $(,)?) => {
        [$(($name, include_bytes!(concat!("../../../datasets/", $folder, "/", $name)).as_slice())),+]
    };
}

/// Name and content of each file of the bundled example: published figures.
pub const EXAMPLE: &[(&str, &[u8])] = &bundled![
    "zj-carbon": "README.md", "carbon.toml", "statistics.csv", "energy-balance.csv",
];

/// Name and content of each file of the made-up county.
pub const SYNTHETIC: &[(&str, &[u8])] = &bundled![
    "carbon-synthetic":
    "README.md", "carbon.toml", "statistics.csv", "activity.csv", "energy-balance.csv",
];

/// Where the example stands beside its books.
pub fn example_folder(out: &Path) -> PathBuf {
    let name = out
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    out.with_file_name(format!("{}-project", name.unwrap_or_default()))
}

/// Computes the books and writes them.
///
/// # Errors
///
/// Every finding of project, files and methodology; a folder that exists or cannot be
/// written.
pub fn run_carbon(request: &CarbonRequest) -> Result<CarbonReport, Findings> {
    let methodology = match &request.methodology {
        Some(folder) => Methodology::open(folder)?,
        None => Methodology::bundled()?,
    };
    let path = match &request.project {
        Some(path) if path.is_dir() => path.join("carbon.toml"),
        Some(path) => path.clone(),
        None => write_example(request)?.join("carbon.toml"),
    };
    let mut project = CarbonProject::read(&path)?;
    if let Some(id) = &request.method_set {
        project.carbon.method_set.clone_from(id);
    }
    if let Some(run) = &request.gep_run {
        project.gep = Some(GepEntry::outside(run));
    }
    let (books, warnings) = compute(&methodology, &project)?;
    let folder =
        OutputFolder::create(&request.out, request.replace).map_err(|e| fault(&request.out, &e))?;
    let run_id = publish::write(&folder, &methodology, &project, &path, &books, &warnings)?;
    folder
        .publish()
        .map_err(|error| fault(&request.out, &error))?;
    let title = &project.carbon.title;
    Ok(CarbonReport {
        title: [title.zh.clone(), title.en.clone()],
        run_id,
        reporting_year: project.carbon.reporting_year,
        books,
        warnings,
    })
}

fn write_example(request: &CarbonRequest) -> Result<PathBuf, Findings> {
    let folder = example_folder(&request.out);
    let files = if request.synthetic {
        SYNTHETIC
    } else {
        EXAMPLE
    };
    let output = OutputFolder::create(&folder, request.replace).map_err(|e| fault(&folder, &e))?;
    for (name, bytes) in files {
        output
            .write(name, bytes)
            .map_err(|error| fault(&folder, &error))?;
    }
    output.publish().map_err(|error| fault(&folder, &error))?;
    Ok(folder)
}

fn fault(folder: &Path, error: &std::io::Error) -> Finding {
    let (code, exit) = match error.kind() {
        std::io::ErrorKind::AlreadyExists => ("output-exists", 2),
        _ => ("output-not-written", 74),
    };
    Finding::error(code)
        .file(folder.display())
        .arg("error", error)
        .exit(exit)
}
