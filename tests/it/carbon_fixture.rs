//! Carbon books of the bundled examples, and copies that a test may change.

use std::fs;
use std::path::{Path, PathBuf};

use gep::run::carbon::{CarbonReport, CarbonRequest, EXAMPLE, SYNTHETIC, run_carbon};
use gep_core::diagnostic::Findings;
use tempfile::{TempDir, tempdir};

/// A project of the carbon books that a test may change.
pub struct Carbon {
    pub folder: TempDir,
}

impl Carbon {
    /// The published figures of the nation and Zhejiang.
    pub fn published() -> Self {
        Self::of(EXAMPLE)
    }

    /// The made-up county.
    pub fn synthetic() -> Self {
        Self::of(SYNTHETIC)
    }

    fn of(files: &[(&str, &[u8])]) -> Self {
        let folder = tempdir().expect("folder");
        fs::create_dir(folder.path().join("project")).expect("folder");
        for (name, bytes) in files {
            fs::write(folder.path().join("project").join(name), bytes).expect("file");
        }
        Self { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("project").join(name)
    }

    /// Replaces a text that stands in a file.
    pub fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).expect("file");
        assert!(text.contains(from), "`{from}` is not in {file}");
        fs::write(self.path(file), text.replacen(from, to, 1)).expect("file");
    }

    /// Adds a line to a file.
    pub fn add(&self, file: &str, line: &str) {
        let text = fs::read_to_string(self.path(file)).expect("file");
        fs::write(self.path(file), format!("{text}{line}\n")).expect("file");
    }

    pub fn out(&self) -> PathBuf {
        self.folder.path().join("books")
    }

    pub fn run(&self) -> Result<CarbonReport, Findings> {
        run_carbon(&request(Some(self.path("carbon.toml")), &self.out()))
    }
}

pub fn request(project: Option<PathBuf>, out: &Path) -> CarbonRequest {
    CarbonRequest {
        project,
        synthetic: false,
        out: out.to_path_buf(),
        replace: true,
        methodology: None,
        method_set: None,
        gep_run: None,
    }
}
