//! The project file: what a bureau hands in, by name.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::nearest;
use serde::Deserialize;

use super::boundaries::{BoundariesEntry, EarlierBoundaries};
use super::control_areas::ControlEntry;
use super::datum_shift::DatumShift;
use super::land_cover::{LandCoverEntry, OpeningParcels};

/// A text in both languages.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct BothTexts {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// `[project]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectHead {
    /// Title of the account.
    pub title: BothTexts,
    /// The year, or what stands for it.
    pub year: String,
    /// The profile, by id.
    pub profile: String,
    /// Another crosswalk than the profile's, by id.
    pub crosswalk: Option<String>,
    /// Version of the boundaries.
    pub boundary_version: String,
    /// CSV of regions: code, level, name_zh, name_en, parent.
    pub regions: String,
    /// What every reader must know beside the numbers.
    #[serde(default)]
    pub notes: Vec<BothTexts>,
    /// Share of a region's area in the class `open_water` from which it is marked
    /// as mostly water.
    pub mostly_water_share: Option<String>,
    /// The text of that mark.
    pub mostly_water_note: Option<BothTexts>,
}

/// `[rasters.classes]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassRaster {
    /// The file.
    pub path: String,
    /// Value that means "no class"; must be written, `"none"` if there is none.
    pub nodata: toml::Value,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<String>,
}

/// `[rasters.layers.<id>]`: a layer a method reads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerRaster {
    /// The file.
    pub path: String,
    /// Unit of the stored values (after the file's own scale).
    pub unit: String,
    /// `month` if twelve bands are the months, `day` if the bands are the days of
    /// the year of account.
    pub bands: Option<String>,
    /// How it reaches another grid: `nearest`, `bilinear` or `average`.
    pub resample: Option<String>,
    /// From its datum to that of the land cover, where they differ.
    pub datum_shift: Option<DatumShift>,
    /// Values outside this range are refused.
    pub range: Option<[f64; 2]>,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<String>,
}

/// `[rasters]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rasters {
    /// The land cover: the reference grid. Nothing where polygons tell it.
    pub classes: Option<ClassRaster>,
    /// The land cover of the opening date, on the same grid.
    pub opening: Option<ClassRaster>,
    /// Layers by the ids of the quantities dictionary.
    #[serde(default)]
    pub layers: BTreeMap<String, LayerRaster>,
}

/// A polygon file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polygons {
    /// The file.
    pub path: String,
    /// The column with the codes.
    pub id: String,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<String>,
}

/// `[vectors]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vectors {
    /// The counties.
    pub zones: Polygons,
    /// Marine zones beside the counties: with them one partition of space.
    pub marine: Option<Polygons>,
    /// Further layers by name; `realm` tells land from sea.
    #[serde(default)]
    pub overlays: BTreeMap<String, Polygons>,
}

/// A column of an object file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectColumn {
    /// The input it feeds.
    pub input: String,
    /// The column.
    pub column: String,
    /// The unit of its numbers.
    pub unit: String,
}

/// `[objects.<kind>]`: polygons a law is evaluated on one by one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectFile {
    /// The file.
    pub path: String,
    /// The column with the ids.
    pub id: String,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<String>,
    /// Its columns.
    #[serde(default)]
    pub columns: Vec<ObjectColumn>,
}

impl ObjectFile {
    /// Returns the file as polygons.
    pub fn polygons(&self) -> Polygons {
        Polygons {
            path: self.path.clone(),
            id: self.id.clone(),
            crs: self.crs.clone(),
        }
    }
}

/// `[lines.<kind>]`: lines a law is evaluated on one by one, such as coast segments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineFile {
    /// The file.
    pub path: String,
    /// The column with the ids.
    pub id: String,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<String>,
    /// The column with the type of each line, a label of the methods' item list.
    pub class: Option<String>,
    /// Its columns of numbers.
    #[serde(default)]
    pub columns: Vec<ObjectColumn>,
}

impl LineFile {
    /// Returns what its attributes are read by.
    pub fn attributes(&self) -> ObjectFile {
        ObjectFile {
            path: self.path.clone(),
            id: self.id.clone(),
            crs: self.crs.clone(),
            columns: self.columns.clone(),
        }
    }
}

/// What the codes of marine zones begin with, and no other code.
pub const MARINE: &str = "sea:";

/// Returns whether a code is that of a marine zone.
pub fn is_marine(code: &str) -> bool {
    code.starts_with(MARINE)
}

/// What the rows of a sheet are about.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum SheetZones {
    /// Counties.
    #[default]
    Counties,
    /// Marine zones.
    Marine,
}

/// A column of a workbook sheet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetColumn {
    /// The input it feeds.
    pub input: String,
    /// The item, where the input has a list of items.
    pub item: Option<String>,
    /// The header without its bracketed unit.
    pub header: String,
    /// The unit as the header prints it.
    pub header_unit: String,
    /// The same unit as methods write it.
    pub unit: String,
}

/// `[[workbook]]`: one sheet.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// The file.
    pub path: String,
    /// The sheet.
    pub sheet: String,
    /// Header of the column of codes.
    pub key: String,
    /// Whether its rows are counties or marine zones.
    #[serde(default)]
    pub zones: SheetZones,
    /// Encoding of a CSV that is not UTF-8: `gb18030`.
    pub encoding: Option<String>,
    /// The department that files it, where it is another than the methodology's.
    pub department: Option<String>,
    /// Whether its numbers are made up.
    #[serde(default)]
    pub synthetic: bool,
    /// Its columns.
    pub columns: Vec<SheetColumn>,
}

/// `[checks]`: what checks look at beside the account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChecksSection {
    /// The waiver file.
    pub waivers: Option<String>,
    /// The day by which waivers are judged; needed with them.
    pub as_of: Option<toml::value::Datetime>,
    /// Tables of the previous run: `physical`, `value`, `gep`, `extent`.
    #[serde(default)]
    pub previous: Vec<String>,
}

/// `[adjustments]`: corrections by hand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdjustmentsEntry {
    /// The workbook.
    pub path: String,
    /// Its sheet.
    pub sheet: String,
}

/// `[base]`: an earlier finished run with which this one is compared.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseEntry {
    /// Its folder, below the project.
    pub run: String,
}

/// `[asset]`: how yearly flows are discounted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetEntry {
    /// Yearly rate as a share, a decimal text.
    pub rate: String,
    /// Number of yearly payments.
    pub horizon_years: u32,
    /// Years until the first payment.
    pub first_payment_years: u32,
    /// Where rate and horizon come from.
    pub source: BothTexts,
}

/// `[condition]`: variables of ecosystem condition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionEntry {
    /// Ids of the variables, as under `methodology/condition`.
    pub variables: Vec<String>,
}

/// `[population]` and `[gdp]`: numbers of regions that GEP is set against.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenominatorEntry {
    /// CSV: region_code, year, value, unit, status, source.
    pub path: String,
}

/// `[deflators]`: price indices for constant prices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeflatorEntry {
    /// CSV of indices: item, year, index, status, source.
    pub table: String,
}

/// `[supply_use]`: who uses the services.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplyUseEntry {
    /// CSV of shares: indicator, sector, share, status, source.
    pub shares: String,
}

/// `[uncertainty]`: how often parameters are drawn, and how wide intervals are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UncertaintyEntry {
    /// Seed of the generator.
    pub seed: u64,
    /// Number of draws.
    #[serde(default = "usual_draws")]
    pub draws: u64,
    /// The share of draws an interval holds, a decimal text.
    #[serde(default = "usual_interval")]
    pub interval: String,
}

fn usual_draws() -> u64 {
    10_000
}

fn usual_interval() -> String {
    "0.90".to_string()
}

/// A project file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProjectFile {
    project: ProjectHead,
    #[serde(default)]
    rasters: Rasters,
    land_cover: Option<LandCoverEntry>,
    control_areas: Option<ControlEntry>,
    boundaries: Option<BoundariesEntry>,
    vectors: Vectors,
    #[serde(default)]
    objects: BTreeMap<String, ObjectFile>,
    #[serde(default)]
    lines: BTreeMap<String, LineFile>,
    #[serde(default)]
    workbook: Vec<Sheet>,
    #[serde(default)]
    checks: ChecksSection,
    base: Option<BaseEntry>,
    population: Option<DenominatorEntry>,
    gdp: Option<DenominatorEntry>,
    adjustments: Option<AdjustmentsEntry>,
    asset: Option<AssetEntry>,
    condition: Option<ConditionEntry>,
    deflators: Option<DeflatorEntry>,
    supply_use: Option<SupplyUseEntry>,
    uncertainty: Option<UncertaintyEntry>,
}

/// A project: its file and the folder paths are relative to.
#[derive(Clone, Debug)]
pub struct Project {
    /// The project file as the user named it.
    pub path: PathBuf,
    /// Title, year, profile and notes.
    pub head: ProjectHead,
    /// Rasters.
    pub rasters: Rasters,
    /// Land cover as polygons.
    pub land_cover: Option<LandCoverEntry>,
    /// Official areas.
    pub control_areas: Option<ControlEntry>,
    /// The day of the boundaries, and those of the base run.
    pub boundaries: Option<BoundariesEntry>,
    /// Polygon files.
    pub vectors: Vectors,
    /// Object files by kind.
    pub objects: BTreeMap<String, ObjectFile>,
    /// Line files by kind.
    pub lines: BTreeMap<String, LineFile>,
    /// Sheets.
    pub sheets: Vec<Sheet>,
    /// What checks look at beside the account.
    pub checks: ChecksSection,
    /// The run it is compared with.
    pub base: Option<BaseEntry>,
    /// People of regions.
    pub population: Option<DenominatorEntry>,
    /// Gross domestic product of regions.
    pub gdp: Option<DenominatorEntry>,
    /// Corrections by hand.
    pub adjustments: Option<AdjustmentsEntry>,
    /// Discounting of assets.
    pub asset: Option<AssetEntry>,
    /// Variables of ecosystem condition.
    pub condition: Option<ConditionEntry>,
    /// Price indices for constant prices.
    pub deflators: Option<DeflatorEntry>,
    /// Shares of the users.
    pub supply_use: Option<SupplyUseEntry>,
    /// How uncertain parameters are drawn; nothing if no intervals are asked for.
    pub uncertainty: Option<UncertaintyEntry>,
    folder: PathBuf,
}

const KEYS: &[&str] = &[
    "deflators",
    "table",
    "condition",
    "variables",
    "marine",
    "lines",
    "class",
    "boundaries",
    "earlier",
    "valid_on",
    "control_areas",
    "mode",
    "land_cover",
    "layer",
    "code",
    "encoding",
    "reference",
    "grid",
    "west",
    "north",
    "cell",
    "rows",
    "overlap_tolerance",
    "gap_tolerance",
    "tolerance_source",
    "area",
    "tolerance",
    "encoding",
    "population",
    "gdp",
    "adjustments",
    "checks",
    "department",
    "waivers",
    "as_of",
    "previous",
    "supply_use",
    "shares",
    "uncertainty",
    "seed",
    "draws",
    "interval",
    "opening",
    "base",
    "run",
    "asset",
    "rate",
    "horizon_years",
    "first_payment_years",
    "crosswalk",
    "project",
    "datum_shift",
    "dx_m",
    "dy_m",
    "dz_m",
    "rx_arcsec",
    "ry_arcsec",
    "rz_arcsec",
    "scale_ppm",
    "convention",
    "source",
    "rasters",
    "vectors",
    "objects",
    "column",
    "workbook",
    "title",
    "year",
    "profile",
    "boundary_version",
    "regions",
    "notes",
    "mostly_water_share",
    "mostly_water_note",
    "classes",
    "layers",
    "path",
    "nodata",
    "crs",
    "unit",
    "bands",
    "resample",
    "range",
    "zones",
    "overlays",
    "id",
    "sheet",
    "key",
    "synthetic",
    "columns",
    "header",
];

impl Project {
    /// Reads a project file, or `gep.toml` in a folder.
    pub fn open(path: &Path) -> Result<Self, Findings> {
        let (project, faults) = Self::read(path)?;
        if faults.is_empty() {
            Ok(project)
        } else {
            Err(Findings(faults.into_iter().map(|fault| fault.1).collect()))
        }
    }

    /// Reads a project file, and beside it the paths that must not or cannot be
    /// opened, each with its finding.
    pub fn read(path: &Path) -> Result<(Self, Vec<(String, Finding)>), Findings> {
        let path = if path.is_dir() {
            path.join("gep.toml")
        } else {
            path.to_path_buf()
        };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            Finding::error("project-not-read")
                .file(path.display())
                .arg("error", error)
                .exit(66)
        })?;
        let file: ProjectFile =
            toml::from_str(&text).map_err(|error| unreadable(&path, &text, &error))?;
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let folder = if folder.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            folder
        };
        let project = Self {
            path,
            head: file.project,
            rasters: file.rasters,
            land_cover: file.land_cover,
            control_areas: file.control_areas,
            boundaries: file.boundaries,
            vectors: file.vectors,
            objects: file.objects,
            lines: file.lines,
            sheets: file.workbook,
            checks: file.checks,
            base: file.base,
            population: file.population,
            gdp: file.gdp,
            adjustments: file.adjustments,
            asset: file.asset,
            condition: file.condition,
            deflators: file.deflators,
            supply_use: file.supply_use,
            uncertainty: file.uncertainty,
            folder,
        };
        project.check_land_cover()?;
        let faults = project.path_faults();
        Ok((project, faults))
    }

    /// Returns a path of the project file as a path of this machine.
    pub fn file(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    /// Returns the boundaries of the base run, if the project gives them.
    pub fn earlier(&self) -> Option<&EarlierBoundaries> {
        self.boundaries.as_ref()?.earlier.as_ref()
    }

    /// Returns the parcels of the opening date, if the project gives them.
    pub fn opening_parcels(&self) -> Option<&OpeningParcels> {
        self.land_cover.as_ref()?.opening.as_ref()
    }

    /// Returns every file the project names, in order, without repetition.
    pub fn files(&self) -> Vec<&str> {
        let mut all = vec![self.head.regions.as_str()];
        all.extend(self.rasters.classes.iter().map(|one| one.path.as_str()));
        all.extend(self.land_cover.iter().map(|one| one.path.as_str()));
        all.extend(self.opening_parcels().map(|one| one.path.as_str()));
        all.extend(self.control_areas.iter().map(|one| one.path.as_str()));
        all.extend(self.rasters.opening.iter().map(|one| one.path.as_str()));
        all.extend(
            self.rasters
                .layers
                .values()
                .map(|layer| layer.path.as_str()),
        );
        all.push(&self.vectors.zones.path);
        all.extend(self.vectors.marine.iter().map(|one| one.path.as_str()));
        all.extend(self.vectors.overlays.values().map(|one| one.path.as_str()));
        all.extend(self.earlier().map(|one| one.path.as_str()));
        all.extend(self.objects.values().map(|one| one.path.as_str()));
        all.extend(self.lines.values().map(|one| one.path.as_str()));
        all.extend(self.sheets.iter().map(|sheet| sheet.path.as_str()));
        let figures = [&self.population, &self.gdp];
        let figures = figures.into_iter().flatten();
        all.extend(figures.map(|one| one.path.as_str()));
        all.extend(self.adjustments.iter().map(|one| one.path.as_str()));
        all.extend(self.checks.waivers.as_deref());
        all.extend(self.checks.previous.iter().map(String::as_str));
        all.extend(self.supply_use.iter().map(|one| one.shares.as_str()));
        all.extend(self.deflators.iter().map(|one| one.table.as_str()));
        let mut seen = std::collections::BTreeSet::new();
        all.retain(|path| seen.insert(*path));
        all
    }

    /// Land cover is a raster or polygons, and the opening one is of the same kind.
    fn check_land_cover(&self) -> Result<(), Findings> {
        let fault = |code| Finding::error(code).file(self.path.display());
        match (&self.rasters.classes, &self.land_cover) {
            (Some(_), None) => Ok(()),
            (None, Some(_)) if self.rasters.opening.is_none() => Ok(()),
            (None, Some(_)) => Err(fault("opening-not-of-parcels").into()),
            (both, _) => {
                let count = if both.is_some() { 2 } else { 0 };
                Err(fault("land-cover-not-one").arg("count", count).into())
            }
        }
    }

    /// Refuses paths that leave the folder, by `..`, absolute, or through links.
    fn path_faults(&self) -> Vec<(String, Finding)> {
        let mut faults = Vec::new();
        let home = self.folder.canonicalize().ok();
        let base = self.base.iter().map(|base| base.run.as_str());
        for relative in self.files().into_iter().chain(base) {
            let plain = Path::new(relative)
                .components()
                .all(|part| matches!(part, Component::Normal(_)));
            let real = self.file(relative).canonicalize().ok();
            let escapes =
                matches!((&home, &real), (Some(home), Some(real)) if !real.starts_with(home));
            let finding = if !plain || escapes {
                Finding::error("path-leaves-project")
                    .file(self.path.display())
                    .arg("path", relative)
            } else if real.is_none() {
                Finding::error("input-missing")
                    .file(self.file(relative).display())
                    .exit(66)
            } else {
                continue;
            };
            faults.push((relative.to_string(), finding));
        }
        faults
    }
}

/// Tells line, column and, for an unknown key, the nearest known one.
fn unreadable(path: &Path, text: &str, error: &toml::de::Error) -> Findings {
    let start = error.span().map_or(0, |span| span.start);
    let before = &text[..start.min(text.len())];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let words = error.message().to_string();
    let unknown = words
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split('`').next());
    let known: Vec<String> = KEYS.iter().map(ToString::to_string).collect();
    let near = unknown.and_then(|key| nearest(key, known.iter()));
    let finding = match (unknown, near) {
        (Some(key), Some(near)) => Finding::error("project-key-unknown")
            .arg("key", key)
            .arg("near", near),
        _ => Finding::error("project-unreadable").arg("error", words),
    };
    finding
        .file(path.display())
        .place(format!("line {line}, column {column}"))
        .into()
}

/// A row of the regions table.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct RegionRow {
    /// Code, text.
    pub code: String,
    /// `village`, `township`, `county`, `sea`, `city` or `province`.
    pub level: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Code of the parent; empty for the province.
    pub parent: String,
}

/// Returns the rows that have boundaries of their own: villages, townships, counties and
/// marine zones with nothing below them. All others are sums.
pub fn bases(rows: &[RegionRow]) -> Vec<&RegionRow> {
    let parents: std::collections::BTreeSet<&str> =
        rows.iter().map(|row| row.parent.as_str()).collect();
    let above = |row: &RegionRow| ["city", "province"].contains(&row.level.as_str());
    let all = rows.iter();
    all.filter(|row| !above(row) && !parents.contains(row.code.as_str()))
        .collect()
}

/// Townships and villages bear the code of the region above as their first digits:
/// nine and twelve of them.
fn code_fits(row: &RegionRow) -> bool {
    let digits = match row.level.as_str() {
        "township" => 9,
        "village" => 12,
        _ => return true,
    };
    let all = row.code.bytes().all(|byte| byte.is_ascii_digit());
    all && row.code.len() == digits && row.code.starts_with(&row.parent)
}

/// Reads the regions and checks that they make one tree: a province, cities, counties
/// and, where a project goes so far, townships and villages; marine zones stand beside
/// the counties, below a city or right below the province.
pub fn read_regions(path: &Path) -> Result<Vec<RegionRow>, Findings> {
    let fault = |error: String, line: usize| {
        Finding::error("regions-unreadable")
            .file(path.display())
            .place(format!("line {line}"))
            .arg("error", error)
    };
    let mut reader =
        csv::Reader::from_path(path).map_err(|error| fault(error.to_string(), 1).exit(66))?;
    let mut rows: Vec<RegionRow> = Vec::new();
    for (at, row) in reader.deserialize().enumerate() {
        rows.push(row.map_err(|error| fault(error.to_string(), at + 2))?);
    }
    let levels: BTreeMap<&str, &str> = rows
        .iter()
        .map(|row| (row.code.as_str(), row.level.as_str()))
        .collect();
    let mut findings = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (at, row) in rows.iter().enumerate() {
        let parent = levels.get(row.parent.as_str()).copied();
        let fits = matches!(
            (row.level.as_str(), parent),
            ("village", Some("township"))
                | ("township", Some("county"))
                | ("county", Some("city"))
                | ("sea", Some("city" | "province"))
                | ("city", Some("province"))
                | ("province", None)
        ) && is_marine(&row.code) == (row.level == "sea")
            && code_fits(row);
        if !seen.insert(&row.code) || !fits {
            findings.push(
                Finding::error("region-not-in-tree")
                    .file(path.display())
                    .place(format!("line {}", at + 2))
                    .arg("code", &row.code),
            );
        }
    }
    if rows.iter().filter(|row| row.level == "province").count() != 1 {
        findings.push(Finding::error("regions-without-province").file(path.display()));
    }
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}
