//! A finished run as the base of another: what its tables say, once their digests
//! agree with its manifest.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, UnitRegistry, parse_decimal};
use gep_core::storage::{digest_bytes, digest_file};
use serde_json::Value;

use super::inputs::InputFile;
use super::lines::LineKind;
use crate::account::{
    ALL_CLASSES, ConditionKey, FenOf, Region, RegionLevel, TableInput, Territory, Trust, bases,
};
use crate::output::{Column, ColumnData, QUANTITY_SCALE, read_parquet};
use crate::zonal::MeasureSum;

/// One sum of the base run's pass, with the rate it is of.
#[derive(Clone, Debug, Default)]
pub struct BaseTotal {
    /// The rate's expression, quantum and unit.
    pub rate: [String; 3],
    /// Sums by county and ecosystem type.
    pub sums: BTreeMap<(String, String), MeasureSum>,
}

/// A parameter row: spelling of its value and of its unit, and its binding.
pub type BaseParameter = [String; 3];

/// What a run takes from its base run.
#[derive(Clone, Debug)]
pub struct BaseRun {
    /// Identity of the run.
    pub run_id: String,
    /// Its year.
    pub year: String,
    /// The price year of its profile.
    pub price_year: String,
    /// Fingerprint of its profile.
    pub fingerprint: String,
    /// Its crosswalk.
    pub crosswalk: String,
    /// Version of its boundaries.
    pub boundary_version: String,
    /// Regions and ground.
    pub territory: Territory,
    /// Sums of its pass by their id.
    pub totals: BTreeMap<String, BaseTotal>,
    /// Its departments' numbers.
    pub inputs: BTreeMap<String, TableInput>,
    /// Parameters by method, name and key.
    pub parameters: BTreeMap<[String; 3], BaseParameter>,
    /// Formulas by indicator (empty for layers), method and statement, with unit.
    pub lineage: BTreeMap<[String; 3], [String; 2]>,
    /// Areas of objects by kind, then region (`all` for the whole) and object, m2.
    pub objects: BTreeMap<String, BTreeMap<(String, String), Rational>>,
    /// Lines by kind.
    pub lines: BTreeMap<String, LineKind>,
    /// Values of counties by indicator.
    pub values: BTreeMap<String, FenOf>,
    /// The lowest status of each indicator's values.
    pub trust: BTreeMap<String, Trust>,
    /// Variables, indices and their indicators, in the last digit printed.
    pub condition: BTreeMap<ConditionKey, BaseCondition>,
    /// The manifest, as an input of the later run.
    pub input: InputFile,
}

impl BaseRun {
    /// Reads the folder of a finished run.
    ///
    /// # Errors
    ///
    /// If there is no manifest, a table is missing, is not the one the manifest
    /// lists, or has not the columns of this program.
    pub fn open(folder: &Path, units: &UnitRegistry) -> Result<Self, Findings> {
        let path = folder.join("manifest.json");
        let text = std::fs::read(&path).map_err(|error| broken(&path, error).exit(66))?;
        let manifest: Value = serde_json::from_slice(&text).map_err(|e| broken(&path, e))?;
        let table = |name: &str| Table::open(folder, &manifest, name);
        let word = |value: &Value| value.as_str().unwrap_or_default().to_string();
        let run_id = word(&manifest["run_id"]);
        let regions = regions(&table("regions")?)?;
        let counties: Vec<String> = bases(&regions)
            .into_iter()
            .map(|region| region.code.clone())
            .collect();
        let (values, trust) = values(&table("value")?, &counties)?;
        Ok(Self {
            year: word(&manifest["year"]),
            price_year: word(&manifest["profile"]["price_year"]),
            fingerprint: word(&manifest["profile"]["fingerprint"]),
            crosswalk: word(&manifest["profile"]["crosswalk"]),
            boundary_version: word(&manifest["boundary_version"]),
            territory: Territory {
                regions,
                areas_mm2: extent(&table("extent")?)?,
            },
            totals: totals(&table("totals")?)?,
            inputs: inputs(&table("inputs")?, units)?,
            parameters: table("parameters")?
                .texts_by(["method_id", "name", "key"], ["value", "unit", "binding"])?,
            lineage: table("lineage")?
                .texts_by(["indicator", "method_id", "statement"], ["formula", "unit"])?,
            objects: match is_listed(&manifest, "objects") {
                true => objects(&table("objects")?)?,
                false => BTreeMap::new(),
            },
            lines: match is_listed(&manifest, "lines") {
                true => lines(&table("lines")?)?,
                false => BTreeMap::new(),
            },
            values,
            trust,
            condition: match is_listed(&manifest, "condition") {
                true => conditions(&table("condition")?)?,
                false => BTreeMap::new(),
            },
            input: InputFile {
                role: "base run".to_string(),
                path: format!("{run_id}/manifest.json"),
                digest: digest_bytes(&text),
                bytes: text.len() as u64,
            },
            run_id,
        })
    }

    /// Returns the codes of the regions where its numbers arise.
    pub fn counties(&self) -> Vec<String> {
        let counties = bases(&self.territory.regions);
        counties
            .into_iter()
            .map(|region| region.code.clone())
            .collect()
    }
}

/// A row of the base run's condition account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseCondition {
    /// The variable or index.
    pub value: Option<i128>,
    /// The indicator of a variable.
    pub indicator: Option<i128>,
    /// Digest of what decided the number beside the data.
    pub definition: String,
}

fn is_listed(manifest: &Value, name: &str) -> bool {
    let mut listed = manifest["tables"].as_array().into_iter().flatten();
    listed.any(|entry| entry["name"].as_str() == Some(name))
}

type ObjectAreas = BTreeMap<String, BTreeMap<(String, String), Rational>>;

fn objects(table: &Table) -> Result<ObjectAreas, Findings> {
    let (kinds, ids) = (table.texts("kind")?, table.texts("object_id")?);
    let (codes, outputs) = (table.texts("region_code")?, table.texts("output")?);
    let (indicators, values) = (table.texts("indicator")?, table.quantities("value")?);
    let mut all = ObjectAreas::new();
    for row in 0..kinds.len() {
        if !indicators[row].is_empty() || outputs[row] != "area" {
            continue;
        }
        let Some(area) = values[row] else {
            return Err(broken(&table.path, format!("{}: area", ids[row])).into());
        };
        // mm2, from square metres with six digits.
        let square_metres = Rational::new(area.into(), 1_000_000.into());
        let own = all.entry(kinds[row].to_string()).or_default();
        own.insert(
            (codes[row].to_string(), ids[row].to_string()),
            square_metres,
        );
    }
    Ok(all)
}

fn lines(table: &Table) -> Result<BTreeMap<String, LineKind>, Findings> {
    let (kinds, ids) = (table.texts("kind")?, table.texts("line_id")?);
    let (codes, classes) = (table.texts("region_code")?, table.texts("line_class")?);
    let lengths = table.integers("length_mm")?;
    let mut all: BTreeMap<String, LineKind> = BTreeMap::new();
    for row in 0..kinds.len() {
        let own = all.entry(kinds[row].to_string()).or_default();
        let id = ids[row].to_string();
        own.classes.insert(id.clone(), classes[row].to_string());
        if codes[row] == ALL_CLASSES {
            continue;
        }
        let Some(length) = lengths[row] else {
            return Err(broken(&table.path, format!("{id}: length_mm")).into());
        };
        own.lengths_mm.insert((id, codes[row].to_string()), length);
    }
    Ok(all)
}

fn conditions(table: &Table) -> Result<BTreeMap<ConditionKey, BaseCondition>, Findings> {
    let (codes, classes) = (table.texts("region_code")?, table.texts("class")?);
    let (items, definitions) = (table.texts("item")?, table.texts("definition")?);
    let (values, indicators) = (
        table.quantities("closing")?,
        table.quantities("closing_indicator")?,
    );
    let row = |row: usize| {
        let key = ConditionKey {
            region: codes[row].to_string(),
            class: classes[row].to_string(),
            item: items[row].to_string(),
        };
        let own = BaseCondition {
            value: values[row],
            indicator: indicators[row],
            definition: definitions[row].to_string(),
        };
        (key, own)
    };
    Ok((0..codes.len()).map(row).collect())
}

fn broken(path: &Path, error: impl ToString) -> Finding {
    Finding::error("base-run-unreadable")
        .file(path.display())
        .arg("error", error)
}

/// A table of the base run.
pub(super) struct Table {
    path: std::path::PathBuf,
    columns: Vec<Column>,
}

impl Table {
    pub(super) fn open(folder: &Path, manifest: &Value, name: &str) -> Result<Self, Findings> {
        let relative = format!("tables/{name}.parquet");
        let path = folder.join(&relative);
        let listed = manifest["tables"].as_array().into_iter().flatten();
        let promised = listed
            .filter(|entry| entry["path"].as_str() == Some(&relative))
            .find_map(|entry| entry["blake3"].as_str());
        let found = digest_file(&path).map_err(|error| broken(&path, error).exit(66))?;
        if promised != Some(found.as_str()) {
            return Err(Finding::error("base-run-changed")
                .file(path.display())
                .into());
        }
        let columns = read_parquet(&path).map_err(|error| broken(&path, error))?;
        Ok(Self { path, columns })
    }

    fn column(&self, name: &str) -> Result<&ColumnData, Findings> {
        let found = self.columns.iter().find(|column| column.name == name);
        let missing = || broken(&self.path, format!("no column `{name}`")).into();
        found.map(|column| &column.data).ok_or_else(missing)
    }

    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Findings> {
        match self.column(name)? {
            ColumnData::Text(values) => {
                Ok(values.iter().map(|v| v.as_deref().unwrap_or("")).collect())
            }
            _ => Err(broken(&self.path, format!("`{name}` is no text")).into()),
        }
    }

    pub(super) fn integers(&self, name: &str) -> Result<Vec<Option<i128>>, Findings> {
        match self.column(name)? {
            ColumnData::Decimal(values, 0) => Ok(values.clone()),
            ColumnData::Count(values) => Ok(values.iter().map(|v| v.map(i128::from)).collect()),
            _ => Err(broken(&self.path, format!("`{name}` is no integer")).into()),
        }
    }

    pub(super) fn quantities(&self, name: &str) -> Result<Vec<Option<i128>>, Findings> {
        match self.column(name)? {
            ColumnData::Decimal(values, scale) if *scale == QUANTITY_SCALE => Ok(values.clone()),
            _ => Err(broken(&self.path, format!("`{name}` is no quantity")).into()),
        }
    }

    fn texts_by<const K: usize, const V: usize>(
        &self,
        keys: [&str; K],
        values: [&str; V],
    ) -> Result<BTreeMap<[String; K], [String; V]>, Findings> {
        let read = |names: &[&str]| -> Result<Vec<Vec<&str>>, Findings> {
            names.iter().map(|name| self.texts(name)).collect()
        };
        let (keys, values) = (read(&keys)?, read(&values)?);
        let rows = keys.first().map_or(0, Vec::len);
        Ok((0..rows)
            .map(|row| {
                let key: [String; K] = std::array::from_fn(|at| keys[at][row].to_string());
                (key, std::array::from_fn(|at| values[at][row].to_string()))
            })
            .collect())
    }
}

fn regions(table: &Table) -> Result<Vec<Region>, Findings> {
    let (codes, levels) = (table.texts("region_code")?, table.texts("region_level")?);
    let parents = table.texts("parent_code")?;
    let rows = codes.iter().zip(levels).zip(parents);
    Ok(rows
        .filter_map(|((code, level), parent)| {
            Some(Region {
                code: (*code).to_string(),
                level: RegionLevel::from_word(level)?,
                parent: Some(parent.to_string()).filter(|parent| !parent.is_empty()),
            })
        })
        .collect())
}

fn extent(table: &Table) -> Result<BTreeMap<(String, String), i128>, Findings> {
    let (codes, classes) = (table.texts("region_code")?, table.texts("class")?);
    let areas = table.integers("area_mm2")?;
    let keys = codes.iter().zip(classes);
    Ok(keys
        .zip(areas)
        .map(|((code, class), area)| (((*code).to_string(), class.to_string()), area.unwrap_or(0)))
        .collect())
}

fn totals(table: &Table) -> Result<BTreeMap<String, BaseTotal>, Findings> {
    let (codes, classes) = (table.texts("region_code")?, table.texts("class")?);
    let ids = table.texts("total_id")?;
    let rates = [
        table.texts("rate")?,
        table.texts("quantum")?,
        table.texts("unit")?,
    ];
    let sums = table.integers("sum")?;
    let (valid, missing) = (
        table.integers("valid_area_mm2")?,
        table.integers("missing_area_mm2")?,
    );
    let cells = table.integers("missing_cells")?;
    let mut all: BTreeMap<String, BaseTotal> = BTreeMap::new();
    for (row, id) in ids.iter().enumerate() {
        let total = all.entry((*id).to_string()).or_default();
        total.rate = std::array::from_fn(|at| rates[at][row].to_string());
        let key = (codes[row].to_string(), classes[row].to_string());
        let sum = total.sums.entry(key).or_default();
        let of = |column: &[Option<i128>]| column[row].unwrap_or(0);
        sum.sum += of(&sums);
        sum.valid_mm2 += of(&valid);
        sum.missing_mm2 += of(&missing);
        sum.missing_cells += u64::try_from(of(&cells)).unwrap_or(0);
    }
    Ok(all)
}

fn inputs(table: &Table, units: &UnitRegistry) -> Result<BTreeMap<String, TableInput>, Findings> {
    let (codes, names) = (table.texts("region_code")?, table.texts("input")?);
    let (items, values) = (table.texts("item")?, table.texts("value")?);
    let (spelled, status) = (table.texts("unit")?, table.texts("status")?);
    let mut all: BTreeMap<String, TableInput> = BTreeMap::new();
    for (row, name) in names.iter().enumerate() {
        let number = exact(values[row]).zip(units.unit(spelled[row]).ok());
        let Some((number, unit)) = number else {
            let what = format!("{} {name}: {} {}", codes[row], values[row], spelled[row]);
            return Err(broken(&table.path, what).into());
        };
        let input = all.entry((*name).to_string()).or_default();
        input.synthetic |= status[row] == Trust::Synthetic.word();
        let key = (codes[row].to_string(), items[row].to_string());
        input.values.insert(key, unit.to_coherent(&number));
    }
    Ok(all)
}

/// Reads a decimal, or a fraction of two whole numbers.
fn exact(text: &str) -> Option<Rational> {
    match text.split_once('/') {
        None => parse_decimal(text),
        Some((above, below)) => {
            let below = parse_decimal(below)?;
            let zero = Rational::from_integer(0.into());
            (below != zero).then_some(parse_decimal(above)? / below)
        }
    }
}

type Values = (BTreeMap<String, FenOf>, BTreeMap<String, Trust>);

fn values(table: &Table, counties: &[String]) -> Result<Values, Findings> {
    let (codes, classes) = (table.texts("region_code")?, table.texts("class")?);
    let (indicators, outputs) = (table.texts("indicator")?, table.texts("output")?);
    let (fen, status) = (table.integers("value_fen")?, table.texts("status")?);
    let mut all: BTreeMap<String, FenOf> = BTreeMap::new();
    let mut trust: BTreeMap<String, Trust> = BTreeMap::new();
    for row in 0..codes.len() {
        let county = counties.iter().any(|county| county == codes[row]);
        if !county || outputs[row] != "value" {
            continue;
        }
        let of = all.entry(indicators[row].to_string()).or_default();
        of.insert((codes[row].to_string(), classes[row].to_string()), fen[row]);
        let own = Trust::from_word(status[row]).unwrap_or(Trust::Synthetic);
        let least = trust.entry(indicators[row].to_string()).or_insert(own);
        *least = own.min(*least);
    }
    for of in all.values_mut() {
        super::change::keep_finest(of);
    }
    Ok((all, trust))
}
