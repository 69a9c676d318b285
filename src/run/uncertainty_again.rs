//! A finished run drawn again from its tables: to verify its intervals, or with other
//! terms. Neither rasters nor workbooks are read.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::evaluate;
use gep_core::methodology::{IndicatorGroup, IndicatorState, Methodology, Profile};
use gep_core::quantity::Rational;
use gep_core::storage::digest_bytes;
use serde_json::Value;

use super::base_objects::BaseObjects;
use super::base_run::BaseRun;
use super::change::base_ground;
use super::inputs::read_methodology;
use super::uncertainty::{AgainRequest, DrawTerms, Drawing, DrawnAccount};
use crate::account::{
    ALL_CLASSES, AccountLaw, Amount, AmountKey, COMBINE_OUTPUTS, Region, RegionLevel, State, Trust,
    evaluate_law,
};
use crate::audit::Difference;
use crate::output::{
    BoundedAmount, COMBINE, Column, ColumnData, GEP, NamedTable, PHYSICAL, QUANTITY_SCALE,
    RegionFacts, Schema, UNCERTAINTY, UNCERTAINTY_BOUNDS, UNCERTAINTY_CONTRIBUTION,
    UNCERTAINTY_PARAMETERS, VALUE, parquet_bytes, read_parquet,
};

/// A finished run, ready to be drawn.
pub struct FinishedRun {
    methodology: Methodology,
    profile: Profile,
    base: BaseRun,
    laws: Vec<AccountLaw>,
    amounts: Vec<Amount>,
    combined: Vec<Amount>,
    totals: Vec<Amount>,
    indicators: Vec<(String, IndicatorGroup)>,
    /// What its manifest says of uncertainty; null if it has none.
    told: Value,
}

impl FinishedRun {
    /// Reads a finished run and fills its laws from its tables.
    ///
    /// # Errors
    ///
    /// If a table is not the one the manifest lists; if the methodology is not the one
    /// of the run (`uncertainty-methodology`).
    pub fn open(folder: &Path, methodology: Option<&Path>) -> Result<Self, Findings> {
        let methodology = read_methodology(methodology)?;
        let manifest = manifest(folder)?;
        let base = BaseRun::open(folder, &methodology.units)?;
        let profile = profile_of(folder, &manifest, &base, &methodology)?;
        let classes = &methodology.crosswalks[&profile.crosswalk];
        let classes: Vec<String> = classes.classes().into_iter().map(String::from).collect();
        let mut zones = base.counties();
        zones.sort();
        let objects = BaseObjects::of(&methodology, &base, &folder.join("manifest.json"))?;
        let mut laws = Vec::new();
        for indicator in &profile.indicators {
            laws.extend(AccountLaw::prepare(
                &methodology,
                &profile,
                indicator,
                &zones,
                &classes,
                &objects.ids,
            )?);
        }
        let ground = base_ground(&laws, &base, &classes);
        let mut first = 0;
        for law in &mut laws {
            let floor = &profile.coverage_floor;
            evaluate_law(law, &ground, first, &objects.tables, floor)?;
            first += law.slots.len();
        }
        let read = |schema| amounts(folder, schema);
        let mut all = read(&PHYSICAL)?;
        all.extend(read(&VALUE)?);
        let has_rules = !profile.combine.is_empty();
        let absent = |state| state == IndicatorState::Absent;
        let own = profile.indicators.iter().filter(|own| !absent(own.state));
        Ok(Self {
            indicators: own.map(|own| (own.id.clone(), own.group)).collect(),
            amounts: all,
            combined: if has_rules {
                read(&COMBINE)?
            } else {
                Vec::new()
            },
            totals: read(&GEP)?,
            told: manifest["uncertainty"].clone(),
            methodology,
            profile,
            base,
            laws,
        })
    }

    /// The terms of the run, or those asked for in their place.
    ///
    /// # Errors
    ///
    /// Terms that make no sense; a run without intervals that is not told a seed.
    pub fn terms(&self, asked: &AgainRequest) -> Result<DrawTerms, Findings> {
        let told = &self.told;
        let seed = told["seed"].as_str().and_then(|seed| seed.parse().ok());
        let Some(seed) = asked.seed.or(seed) else {
            return Err(Finding::error("uncertainty-no-seed").exit(2).into());
        };
        let draws = asked.draws.or(told["draws"].as_u64()).unwrap_or(10_000);
        let interval = asked.interval.as_deref().or(told["interval"].as_str());
        DrawTerms::new(seed, draws, interval.unwrap_or("0.90"))
    }

    /// Draws it.
    ///
    /// # Errors
    ///
    /// A number without a finite value in some draw.
    pub fn draw(&self, terms: &DrawTerms) -> Result<Drawing, Findings> {
        self.account().draw(terms)
    }

    /// Evaluates the laws of all counties once more, exactly: what one draw would cost
    /// without vectors.
    ///
    /// # Errors
    ///
    /// As an account.
    pub fn evaluate_again(&self) -> Result<(), Findings> {
        for law in &self.laws {
            evaluate(&law.law.program, &law.rows)?;
        }
        Ok(())
    }

    fn account(&self) -> DrawnAccount<'_> {
        DrawnAccount {
            methodology: &self.methodology,
            profile: &self.profile,
            laws: &self.laws,
            amounts: &self.amounts,
            combined: &self.combined,
            totals: &self.totals,
            regions: &self.base.territory.regions,
            indicators: &self.indicators,
        }
    }

    /// Returns its regions.
    pub fn regions(&self) -> &[Region] {
        &self.base.territory.regions
    }

    /// Bounds around another amount than the account's. The passes themselves are not
    /// run again: they need the rasters.
    fn other_central(&self, bounds: &[BoundedAmount]) -> Vec<Difference> {
        let other = |own: &&BoundedAmount| {
            let mut totals = self.totals.iter();
            let key = |amount: &&Amount| {
                amount.key.region == own.region && amount.key.indicator == own.item
            };
            totals.find(key).and_then(Amount::fen) != own.fen[1]
        };
        let spell = |fen: Option<i128>| fen.map_or("-".to_string(), |fen| fen.to_string());
        let tell = |own: &BoundedAmount| Difference {
            code: "verify-uncertainty",
            file: UNCERTAINTY_BOUNDS.path(),
            key: format!("{}, {}, {}", own.region, own.item, own.parameter),
            expected: "gep".to_string(),
            found: spell(own.fen[1]),
        };
        bounds.iter().filter(other).map(tell).collect()
    }

    fn tables(
        &self,
        terms: &DrawTerms,
        bounds: &[BoundedAmount],
    ) -> Result<Vec<NamedTable>, Findings> {
        let account = self.account();
        let regions = self.base.territory.regions.iter();
        let levels: BTreeMap<String, RegionLevel> =
            regions.map(|own| (own.code.clone(), own.level)).collect();
        let facts = RegionFacts {
            levels: &levels,
            areas_mm2: &BTreeMap::new(),
        };
        Ok(account.tables(&account.draw(terms)?, terms, bounds, &facts))
    }
}

/// Draws a finished run again and compares its tables byte by byte; nothing is looked
/// at if it has no intervals. Returns how many tables were compared, and what differs.
///
/// # Errors
///
/// If the run cannot be read or drawn.
pub fn verify_uncertainty(
    folder: &Path,
    methodology: Option<&Path>,
) -> Result<(usize, Vec<Difference>), Findings> {
    if !folder.join(UNCERTAINTY.path()).is_file() && manifest(folder)?["uncertainty"].is_null() {
        return Ok((0, Vec::new()));
    }
    let run = FinishedRun::open(folder, methodology)?;
    let terms = run.terms(&AgainRequest::default())?;
    let mut differences = Vec::new();
    let written = [
        &UNCERTAINTY,
        &UNCERTAINTY_CONTRIBUTION,
        &UNCERTAINTY_PARAMETERS,
        &UNCERTAINTY_BOUNDS,
    ];
    let bounds = bounds_of(folder)?;
    let tables = run.tables(&terms, &bounds)?;
    differences.extend(run.other_central(&bounds));
    for (schema, table) in written.iter().zip(&tables) {
        let metadata = [("gep.table".to_string(), table.name.to_string())];
        let expected = parquet_bytes(&table.columns, &metadata).map_err(not_encoded)?;
        let found = std::fs::read(folder.join(schema.path())).unwrap_or_default();
        if expected != found {
            differences.push(difference(folder, schema, table, &expected, &found));
        }
    }
    Ok((tables.len(), differences))
}

/// The first row that differs, or the digests if none can be told.
fn difference(
    folder: &Path,
    schema: &Schema,
    table: &NamedTable,
    expected: &[u8],
    found: &[u8],
) -> Difference {
    let own = |key: String, expected: String, found: String| Difference {
        code: "verify-uncertainty",
        file: schema.path(),
        key,
        expected,
        found,
    };
    let columns = read_parquet(&folder.join(schema.path())).unwrap_or_default();
    let same_shape = columns.len() == table.columns.len()
        && columns.first().map(Column::len) == table.columns.first().map(Column::len);
    let rows = table.columns.first().map_or(0, Column::len);
    let spell = |columns: &[Column], row: usize| {
        let cells: Vec<String> = columns
            .iter()
            .map(|column| cell(&column.data, row))
            .collect();
        cells.join(" | ")
    };
    let first = (0..rows)
        .filter(|_| same_shape)
        .map(|row| (spell(&table.columns, row), spell(&columns, row)))
        .find(|(expected, found)| expected != found);
    match first {
        Some((expected, found)) => own(table.name.to_string(), expected, found),
        None => own(String::new(), digest_bytes(expected), digest_bytes(found)),
    }
}

fn cell(data: &ColumnData, row: usize) -> String {
    let blank = || "-".to_string();
    match data {
        ColumnData::Text(values) => values[row].clone().unwrap_or_else(blank),
        ColumnData::Integer(values) => values[row].map_or_else(blank, |own| own.to_string()),
        ColumnData::Count(values) => values[row].map_or_else(blank, |own| own.to_string()),
        ColumnData::Decimal(values, _) => values[row].map_or_else(blank, |own| own.to_string()),
        ColumnData::Ratio(values) => values[row].map_or_else(blank, |own| own.to_string()),
    }
}

fn not_encoded(error: String) -> Finding {
    Finding::error("table-not-encoded")
        .arg("error", error)
        .exit(70)
}

fn manifest(folder: &Path) -> Result<Value, Findings> {
    let path = folder.join("manifest.json");
    let bytes = std::fs::read(&path).map_err(|e| broken(&path, e.to_string()).exit(66))?;
    Ok(serde_json::from_slice(&bytes).map_err(|e| broken(&path, e.to_string()))?)
}

/// The profile the run used; its fingerprint and that of the distributions must be the
/// run's.
fn profile_of(
    folder: &Path,
    manifest: &Value,
    base: &BaseRun,
    methodology: &Methodology,
) -> Result<Profile, Findings> {
    let id = manifest["profile"]["id"].as_str().unwrap_or_default();
    let other = |expected: &str, found: &str| {
        Finding::error("uncertainty-methodology")
            .file(folder.join("manifest.json").display())
            .arg("profile", id)
            .arg("expected", expected)
            .arg("found", found)
            .exit(1)
    };
    let profile = methodology.profiles.get(id);
    let mut profile = profile
        .ok_or_else(|| other(&base.fingerprint, "-"))?
        .clone();
    if profile.crosswalk != base.crosswalk {
        profile = methodology.with_crosswalk(&profile, &base.crosswalk)?;
    }
    let own = methodology.fingerprint(&profile);
    if own != base.fingerprint {
        return Err(other(&base.fingerprint, &own).into());
    }
    let drawn = methodology.distributions_fingerprint();
    match manifest["uncertainty"]["distributions_fingerprint"].as_str() {
        Some(told) if told != drawn => Err(other(told, &drawn).into()),
        _ => Ok(profile),
    }
}

/// A table read back, by name of column.
struct Cells {
    columns: Vec<Column>,
}

impl Cells {
    fn read(folder: &Path, schema: &Schema) -> Result<Self, Findings> {
        let path = folder.join(schema.path());
        let columns = read_parquet(&path).map_err(|error| broken(&path, error))?;
        Ok(Self { columns })
    }

    fn rows(&self) -> usize {
        self.columns.first().map_or(0, Column::len)
    }

    fn data(&self, name: &str) -> Option<&ColumnData> {
        let column = self.columns.iter().find(|column| column.name == name);
        column.map(|column| &column.data)
    }

    /// A text; a column that is not there is blank.
    fn text(&self, name: &str, row: usize) -> String {
        match self.data(name) {
            Some(ColumnData::Text(values)) => values[row].clone().unwrap_or_default(),
            _ => String::new(),
        }
    }

    fn decimal(&self, name: &str, row: usize) -> Option<i128> {
        match self.data(name) {
            Some(ColumnData::Decimal(values, _)) => values[row],
            _ => None,
        }
    }
}

fn broken(path: &Path, error: String) -> Finding {
    Finding::error("base-run-unreadable")
        .file(path.display())
        .arg("error", error)
}

/// Reads the bounds of a run back; none if it was not asked for them.
fn bounds_of(folder: &Path) -> Result<Vec<BoundedAmount>, Findings> {
    if !folder.join(UNCERTAINTY_BOUNDS.path()).is_file() {
        return Ok(Vec::new());
    }
    let table = Cells::read(folder, &UNCERTAINTY_BOUNDS)?;
    let read = |row| BoundedAmount {
        region: table.text("region_code", row),
        item: table.text("item", row),
        parameter: table.text("parameter", row),
        ends: ["parameter_low", "parameter_value", "parameter_high"]
            .map(|name| table.text(name, row)),
        fen: ["at_low_fen", "central_fen", "at_high_fen"].map(|name| table.decimal(name, row)),
    };
    Ok((0..table.rows()).map(read).collect())
}

/// Reads a table of amounts back.
fn amounts(folder: &Path, schema: &Schema) -> Result<Vec<Amount>, Findings> {
    let table = Cells::read(folder, schema)?;
    let (measure, places) = match schema.name {
        "physical" => ("value", u32::from(QUANTITY_SCALE.unsigned_abs())),
        "combine" => ("after_fen", 2),
        _ => ("value_fen", 2),
    };
    let step = Rational::new(1.into(), 10_i64.pow(places).into());
    let read = |row| Amount {
        key: amount_key(&table, schema, row),
        method: table.text("method_id", row),
        unit: table.text("unit", row),
        money: schema.name != "physical",
        value: table
            .decimal(measure, row)
            .map(|value| Rational::from_integer(value.into()) * &step),
        // Areas play no part in draws.
        valid_mm2: 0,
        concerned_mm2: 0,
        state: match table.text("state", row).as_str() {
            "computed" => State::Computed,
            "withheld" => State::Withheld,
            _ => State::Missing,
        },
        missing: words(&table.text("missing_codes", row)),
        trust: Trust::from_word(&table.text("status", row)).unwrap_or(Trust::Synthetic),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

/// The key of a row; tables that lack a column of it say what stands for it.
fn amount_key(table: &Cells, schema: &Schema, row: usize) -> AmountKey {
    let text = |name: &str| table.text(name, row);
    let [indicator, output, item] = match schema.name {
        "gep" => [text("item"), "value".to_string(), String::new()],
        "combine" => [
            text("indicator"),
            COMBINE_OUTPUTS[2].to_string(),
            text("rule"),
        ],
        _ => [text("indicator"), text("output"), text("item")],
    };
    AmountKey {
        region: text("region_code"),
        class: match schema.name {
            "gep" | "combine" => ALL_CLASSES.to_string(),
            _ => text("class"),
        },
        indicator,
        output,
        item,
    }
}
