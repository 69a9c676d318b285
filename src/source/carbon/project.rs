//! The project file of the carbon books.

use std::path::{Component, Path, PathBuf};

use gep_core::diagnostic::{Finding, Findings};
use serde::Deserialize;

/// The project file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarbonProject {
    /// Title and choices.
    pub carbon: Head,
    /// Regions, parents before or after their children.
    #[serde(rename = "region")]
    pub regions: Vec<CarbonRegion>,
    /// Files.
    pub inputs: Inputs,
    /// The GEP account of the same regions.
    pub gep: Option<GepEntry>,
    /// Targets of the project's own regions, beside those of the methodology.
    #[serde(default, rename = "target")]
    pub targets: Vec<TargetEntry>,
    /// Series whose peak is told.
    #[serde(default, rename = "peak")]
    pub peaks: Vec<PeakSeries>,
    /// Paths of emissions under stated assumptions.
    #[serde(default, rename = "scenario")]
    pub scenarios: Vec<ScenarioEntry>,
    /// The folder of the file.
    #[serde(skip)]
    pub folder: PathBuf,
}

/// Title and choices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Title.
    pub title: Both,
    /// The edition of the guide.
    pub method_set: String,
    /// First year of the books.
    pub first_year: u16,
    /// Last year of the books.
    pub last_year: u16,
    /// The year the report is about.
    pub reporting_year: u16,
    /// Which year's electricity factor is taken.
    pub grid_factor: GridRule,
    /// Statistics published after this are not used.
    pub vintage_limit: Option<String>,
    /// Indicators as known on this day are told beside the present ones.
    pub recalculated_from: Option<String>,
    /// What is to be said on page one.
    pub note: Option<Both>,
}

/// Both languages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Which year's electricity factor is taken.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum GridRule {
    /// That of the year itself, or none.
    Exact,
    /// The latest published for the year or before.
    Latest,
}

/// A region of the books.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CarbonRegion {
    /// Code.
    pub code: String,
    /// `nation`, `province`, `city`, `county`.
    pub level: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Code of the region above, if it is one of the books.
    #[serde(default)]
    pub parent: String,
}

/// Files, relative to the project.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Statistics.
    #[serde(default)]
    pub statistics: Vec<String>,
    /// Activity and measured emissions.
    #[serde(default)]
    pub activity: Vec<String>,
    /// Energy balances.
    #[serde(default)]
    pub energy_balance: Vec<String>,
}

/// `[gep]`: a finished GEP run, whose forest area and carbon item stand beside the books.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GepEntry {
    /// Its folder.
    pub run: String,
    /// The folder where the user names one beside the project.
    #[serde(skip)]
    outside: Option<PathBuf>,
}

impl GepEntry {
    /// Names a folder that need not be the project's.
    pub fn outside(folder: &Path) -> Self {
        Self {
            run: folder.display().to_string(),
            outside: Some(folder.to_path_buf()),
        }
    }
}

/// `[[target]]`: what a plan asks of an indicator of a region.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetEntry {
    /// Its id, no target of the methodology's.
    pub id: String,
    /// The indicator.
    pub indicator: String,
    /// The convention it is set for.
    pub method: String,
    /// Region code.
    pub region: String,
    /// The year it is set for.
    pub year: u16,
    /// `at_least`, `at_most` or `cumulative_decline`.
    pub direction: String,
    /// The value.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// The year a decline counts from.
    pub base_year: Option<u16>,
    /// The definition the number must be of.
    pub definition: Option<String>,
    /// Title.
    pub title: Both,
    /// `verified`, `transcribed` or `provisional`.
    pub status: String,
    /// The document that sets it.
    pub source: String,
    /// Where in the document.
    pub clause: Option<String>,
}

/// A series whose peak is told: an indicator of a region, by method.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeakSeries {
    /// Region code.
    pub region: String,
    /// The indicator.
    pub indicator: String,
    /// The method.
    pub method: String,
}

/// A path of emissions under stated assumptions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioEntry {
    /// Its id.
    pub id: String,
    /// Title.
    pub title: Both,
    /// Region code.
    pub region: String,
    /// Year the bases are of.
    pub base_year: u16,
    /// Last year.
    pub horizon: u16,
    /// People.
    pub population: PathEntry,
    /// Output per head, in yuan of one year.
    pub output_per_head: PathEntry,
    /// Tonnes of coal equivalent per yuan.
    pub energy_intensity: PathEntry,
    /// Tonnes of carbon dioxide per tonne of coal equivalent.
    pub carbon_factor: PathEntry,
}

/// The base value of a parameter and its growth.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathEntry {
    /// Value of the base year.
    pub base: String,
    /// Growth by period, without gap or overlap.
    pub periods: Vec<PeriodEntry>,
}

/// Years of one growth rate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodEntry {
    /// First year.
    pub first_year: u16,
    /// Last year.
    pub last_year: u16,
    /// Growth a year in per cent.
    pub rate_percent: String,
}

impl CarbonProject {
    /// Reads a project file.
    ///
    /// # Errors
    ///
    /// If it cannot be read, has unknown keys, names a file outside its folder or one
    /// that is not there, or its years are out of order.
    pub fn read(path: &Path) -> Result<Self, Findings> {
        let broken = |error: String| {
            Finding::error("carbon-project")
                .file(path.display())
                .arg("error", error)
        };
        let text =
            std::fs::read_to_string(path).map_err(|error| broken(error.to_string()).exit(66))?;
        let mut project: Self = toml::from_str(&text).map_err(|error| broken(error.to_string()))?;
        project.folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        let mut findings = Vec::new();
        let head = &project.carbon;
        if head.first_year > head.last_year
            || !(head.first_year..=head.last_year).contains(&head.reporting_year)
        {
            findings.push(broken(
                "first_year <= reporting_year <= last_year".to_owned(),
            ));
        }
        let run = project.gep.iter().map(|entry| &entry.run);
        for file in project.files().chain(run) {
            if project.leaves(file) {
                findings.push(
                    Finding::error("path-leaves-project")
                        .file(path.display())
                        .arg("path", file),
                );
            }
        }
        for file in project.files() {
            if !project.folder.join(file).is_file() {
                let missing = project.folder.join(file);
                findings.push(
                    Finding::error("input-missing")
                        .file(missing.display())
                        .exit(66),
                );
            }
        }
        findings.extend(project.region_faults(path));
        if findings.is_empty() {
            Ok(project)
        } else {
            Err(Findings(findings))
        }
    }

    /// Whether a path leaves the folder, by `..`, absolute or through a link. What the user
    /// names on the command line may stand anywhere.
    fn leaves(&self, file: &str) -> bool {
        let outside = self
            .gep
            .iter()
            .any(|own| own.outside.is_some() && own.run == file);
        let mut parts = Path::new(file).components();
        let plain = parts.all(|part| matches!(part, Component::Normal(_)));
        // A folder without a name is the one the program stands in.
        let folder = match self.folder.as_os_str().is_empty() {
            true => Path::new("."),
            false => &self.folder,
        };
        let home = folder.canonicalize().ok();
        let real = folder.join(file).canonicalize().ok();
        let escapes = home
            .zip(real)
            .is_some_and(|(home, real)| !real.starts_with(home));
        !outside && (!plain || escapes)
    }

    /// Returns the folder of the GEP run beside the books, if one is named.
    pub fn gep_run(&self) -> Option<PathBuf> {
        let entry = self.gep.as_ref()?;
        let own = || self.folder.join(&entry.run);
        Some(entry.outside.clone().unwrap_or_else(own))
    }

    /// Returns the files it names.
    pub fn files(&self) -> impl Iterator<Item = &String> {
        let own = &self.inputs;
        own.statistics
            .iter()
            .chain(&own.activity)
            .chain(&own.energy_balance)
    }

    fn region_faults(&self, path: &Path) -> Vec<Finding> {
        let known = |code: &str| self.regions.iter().filter(|own| own.code == code).count();
        let levels = ["nation", "province", "city", "county", "township"];
        let wrong = self.regions.iter().filter(|own| {
            known(&own.code) != 1
                || !levels.contains(&own.level.as_str())
                || !(own.parent.is_empty() || known(&own.parent) == 1 && own.parent != own.code)
        });
        let mut faults: Vec<Finding> = wrong
            .map(|own| {
                Finding::error("carbon-region")
                    .file(path.display())
                    .arg("code", &own.code)
            })
            .collect();
        let named = self.peaks.iter().map(|own| &own.region);
        let named = named.chain(self.scenarios.iter().map(|own| &own.region));
        let lost = named.filter(|region| known(region) != 1);
        faults.extend(lost.map(|region| {
            Finding::error("carbon-region")
                .file(path.display())
                .arg("code", region)
        }));
        faults
    }
}
