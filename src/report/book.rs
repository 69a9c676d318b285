//! The finished tables of a run as typed rows. Nothing is computed here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

use super::condition::{ConditionRow, conditions};
use super::control_areas::{Controls, controls};
use super::recut::{RecutItems, RecutPair, recuts};
use super::speech::Ground;
use super::table::Table;
use super::uncertainty::Draws;
use crate::output::{Bilingual, Manifest};

/// Whether a number is there, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Computed,
    Withheld,
    Missing,
}

/// A number of the tables with everything that must be printed beside it.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    /// The amount; money is fen.
    pub(super) value: Option<i128>,
    /// Power of ten that the amount is divided by.
    pub(super) power: u32,
    pub(super) coverage: Option<f64>,
    pub(super) partial: bool,
    pub(super) missing_codes: String,
    pub(super) state: State,
    pub(super) reason: String,
    pub(super) status: String,
    pub(super) number_id: String,
}

impl Measured {
    /// Returns whether the number covers its region whole.
    pub(super) fn is_complete(&self) -> bool {
        self.state == State::Computed && !self.partial && self.value.is_some()
    }

    /// Returns the amount if it may be printed.
    pub(super) fn shown(&self) -> Option<i128> {
        self.value.filter(|_| self.state == State::Computed)
    }
}

/// A region.
#[derive(Clone, Debug)]
pub(super) struct Region {
    pub(super) code: String,
    pub(super) level: String,
    pub(super) name: Bilingual,
    pub(super) parent: String,
    pub(super) note: Bilingual,
}

/// A row of `physical` or `value`.
#[derive(Clone, Debug)]
pub(super) struct AmountRow {
    pub(super) region: String,
    pub(super) class: String,
    pub(super) indicator: String,
    pub(super) output: String,
    pub(super) item: String,
    pub(super) method: String,
    pub(super) unit: String,
    pub(super) measured: Measured,
}

/// A row of `gep`.
#[derive(Clone, Debug)]
pub(super) struct GepRow {
    pub(super) region: String,
    pub(super) item: String,
    pub(super) kind: String,
    pub(super) measured: Measured,
}

/// A row of `combine`.
#[derive(Clone, Debug)]
pub(super) struct RuleRow {
    pub(super) region: String,
    pub(super) indicator: String,
    pub(super) title: Bilingual,
    pub(super) position: String,
    /// Before, removed, after.
    pub(super) measured: [Measured; 3],
}

/// A row of `extent`.
#[derive(Clone, Debug)]
pub(super) struct ExtentRow {
    pub(super) region: String,
    pub(super) class: String,
    pub(super) area_mm2: Option<i128>,
    pub(super) number_id: String,
}

/// A row of `ratios`.
#[derive(Clone, Debug)]
pub(super) struct RatioRow {
    pub(super) region: String,
    pub(super) measure: String,
    pub(super) item: String,
    pub(super) numerator: Option<i128>,
    pub(super) numerator_id: String,
    pub(super) denominator_id: String,
    /// The ratio and the power of ten it is divided by.
    pub(super) value: Option<(i128, u32)>,
    pub(super) number_id: String,
}

/// A row of `indicators`.
#[derive(Clone, Debug)]
pub(super) struct Indicator {
    pub(super) id: String,
    pub(super) title: Bilingual,
    pub(super) group: String,
    pub(super) state: String,
    pub(super) note: Bilingual,
}

/// A row of a table whose cells are all printed as they are.
pub(super) type Words = BTreeMap<&'static str, String>;

/// All that the report shows.
pub(super) struct Book {
    pub(super) manifest: Manifest,
    pub(super) regions: Vec<Region>,
    pub(super) extent: Vec<ExtentRow>,
    pub(super) physical: Vec<AmountRow>,
    pub(super) value: Vec<AmountRow>,
    pub(super) gep: Vec<GepRow>,
    /// Rules after all indicators, where the profile has any.
    pub(super) rules: Vec<RuleRow>,
    /// Ecosystem condition, where the project names variables.
    pub(super) condition: Vec<ConditionRow>,
    /// Official areas, where the project has any.
    pub(super) controls: Option<Controls>,
    /// Parts of counties whose ground went to another, where the run is re-cut.
    pub(super) recuts: BTreeMap<RecutPair, RecutItems>,
    /// Corrections by hand, where the run has any.
    pub(super) adjustments: Vec<Words>,
    pub(super) ratios: Vec<RatioRow>,
    pub(super) indicators: Vec<Indicator>,
    pub(super) parameters: Vec<Words>,
    pub(super) lineage: Vec<Words>,
    pub(super) checks: Vec<Words>,
    /// What draws of uncertain parameters say, where the run has any.
    pub(super) draws: Option<Draws>,
    class_titles: BTreeMap<String, Bilingual>,
    source_titles: BTreeMap<String, Bilingual>,
    top: usize,
}

const PARAMETER_COLUMNS: [&str; 10] = [
    "method_id",
    "name",
    "key",
    "value",
    "unit",
    "status",
    "source",
    "clause",
    "file",
    "line",
];
const ADJUSTMENT_COLUMNS: [&str; 15] = [
    "line",
    "number_id",
    "table",
    "region_code",
    "indicator",
    "output",
    "item",
    "before",
    "adjustment",
    "after",
    "unit",
    "reason",
    "document",
    "name",
    "date",
];
const LINEAGE_COLUMNS: [&str; 11] = [
    "method_id",
    "position",
    "indicator",
    "statement",
    "formula",
    "unit",
    "reads",
    "document",
    "clause",
    "title_zh",
    "title_en",
];
const CHECK_COLUMNS: [&str; 7] = [
    "check",
    "region_code",
    "verdict",
    "waiver",
    "severity",
    "message_zh",
    "message_en",
];

impl Book {
    /// Reads the tables and the manifest of a finished run.
    pub(super) fn read(folder: &Path) -> Result<Self, Findings> {
        let manifest = Manifest::read(folder)?;
        let regions = regions(&Table::read(folder, "regions")?)?;
        let gep = gep(&Table::read(folder, "gep")?)?;
        let known: BTreeSet<&str> = regions.iter().map(|r| r.code.as_str()).collect();
        let strange: BTreeSet<&str> = gep
            .iter()
            .map(|row| row.region.as_str())
            .filter(|code| !known.contains(code))
            .collect();
        if !strange.is_empty() {
            let codes: Vec<&str> = strange.into_iter().collect();
            return Err(Finding::error("report-region-unknown")
                .file(folder.join("tables/gep.parquet").display())
                .arg("codes", codes.join(", "))
                .into());
        }
        let top = top_region(folder, &regions)?;
        Ok(Self {
            extent: extent(&Table::read(folder, "extent")?)?,
            physical: physical(&Table::read(folder, "physical")?)?,
            value: amounts(&Table::read(folder, "value")?, "value_fen")?,
            rules: rules(folder)?,
            condition: conditions(folder)?,
            controls: controls(folder)?,
            recuts: recuts(folder)?,
            adjustments: optional_words(folder, "adjustments", &ADJUSTMENT_COLUMNS)?,
            ratios: ratios(&Table::read(folder, "ratios")?)?,
            indicators: indicators(&Table::read(folder, "indicators")?)?,
            parameters: words(&Table::read(folder, "parameters")?, &PARAMETER_COLUMNS)?,
            lineage: words(&Table::read(folder, "lineage")?, &LINEAGE_COLUMNS)?,
            checks: words(&Table::read(folder, "checks")?, &CHECK_COLUMNS)?,
            draws: Draws::read(folder)?,
            class_titles: titles(folder, "classes", "class")?,
            source_titles: titles(folder, "sources", "source")?,
            manifest,
            regions,
            gep,
            top,
        })
    }

    /// Returns the region that the report is about.
    pub(super) fn top(&self) -> &Region {
        &self.regions[self.top]
    }

    /// Returns the regions below the top, by code: of a level; those where numbers arise
    /// (`base`); counties and townships that are sums (`sums`).
    pub(super) fn level(&self, level: &str) -> Vec<&Region> {
        let top = &self.top().code;
        let parents: BTreeSet<&str> = self.regions.iter().map(|own| own.parent.as_str()).collect();
        let fits = |own: &&Region| {
            let below = !["city", "province"].contains(&own.level.as_str());
            let is_parent = parents.contains(own.code.as_str());
            match level {
                "base" => below && !is_parent,
                "sums" => below && is_parent,
                other => own.level == other,
            }
        };
        let all = self.regions.iter().filter(fits);
        all.filter(|region| region.code != *top).collect()
    }

    /// Returns in which regions numbers arise.
    pub(super) fn ground(&self) -> Ground {
        let base = self.level("base");
        let levels: BTreeSet<&str> = base.iter().map(|own| own.level.as_str()).collect();
        if levels.contains("township") || levels.contains("village") {
            Ground::Below
        } else {
            match (levels.contains("county"), levels.contains("sea")) {
                (true, true) => Ground::Both,
                (false, true) => Ground::Sea,
                _ => Ground::Land,
            }
        }
    }

    /// Returns a region by its code.
    pub(super) fn region(&self, code: &str) -> Option<&Region> {
        self.regions.iter().find(|region| region.code == code)
    }

    /// Returns the GEP row of a region and an item.
    pub(super) fn gep_of(&self, region: &str, item: &str) -> Option<&GepRow> {
        // Sorted by region and item, as the schema says; a scan needs no trust in it.
        self.gep
            .iter()
            .find(|row| row.region == region && row.item == item)
    }

    /// Returns a share or density of a region.
    pub(super) fn ratio_of(&self, region: &str, measure: &str, item: &str) -> Option<&RatioRow> {
        let mut rows = self.ratios.iter();
        rows.find(|row| row.region == region && row.measure == measure && row.item == item)
    }

    /// Returns the area of a region in a class, as `extent` has it.
    pub(super) fn area_of(&self, region: &str, class: &str) -> Option<&ExtentRow> {
        let mut rows = self.extent.iter();
        rows.find(|row| row.region == region && row.class == class)
    }

    /// Returns the title of an ecosystem type; empty if the run wrote none.
    pub(super) fn class_title(&self, class: &str) -> Option<&Bilingual> {
        self.class_titles.get(class)
    }

    /// Returns the title of a source document.
    pub(super) fn source_title(&self, source: &str) -> Option<&Bilingual> {
        self.source_titles.get(source)
    }

    /// Returns the indicators that stand in the GEP of the top region, in the
    /// order of the profile's groups.
    pub(super) fn counted_indicators(&self) -> Vec<&Indicator> {
        let order = ["provisioning", "regulating", "cultural"];
        let in_gep: BTreeSet<&str> = self
            .gep
            .iter()
            .filter(|row| row.kind == "indicator")
            .map(|row| row.item.as_str())
            .collect();
        let mut counted: Vec<&Indicator> = self
            .indicators
            .iter()
            .filter(|indicator| in_gep.contains(indicator.id.as_str()))
            .collect();
        let place = |group: &str| order.iter().position(|own| *own == group).unwrap_or(9);
        counted.sort_by_key(|indicator| place(&indicator.group));
        counted
    }
}

fn top_region(folder: &Path, regions: &[Region]) -> Result<usize, Findings> {
    let roots: Vec<usize> = regions
        .iter()
        .enumerate()
        .filter(|(_, region)| region.parent.is_empty())
        .map(|(at, _)| at)
        .collect();
    match roots.as_slice() {
        [one] => Ok(*one),
        _ => Err(Finding::error("report-no-single-top")
            .file(folder.join("tables/regions.parquet").display())
            .arg("count", roots.len())
            .into()),
    }
}

fn regions(table: &Table) -> Result<Vec<Region>, Findings> {
    table.require(&[
        "region_code",
        "region_level",
        "name_zh",
        "name_en",
        "parent_code",
    ])?;
    let read = |row| Region {
        code: table.text("region_code", row),
        level: table.text("region_level", row),
        name: both(table, "name", row),
        parent: table.text("parent_code", row),
        note: both(table, "note", row),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn ratios(table: &Table) -> Result<Vec<RatioRow>, Findings> {
    table.require(&[
        "region_code",
        "measure",
        "item",
        "numerator",
        "value",
        "numerator_id",
        "denominator_id",
        "number_id",
    ])?;
    let read = |row| RatioRow {
        region: table.text("region_code", row),
        measure: table.text("measure", row),
        item: table.text("item", row),
        numerator: table.whole("numerator", row),
        numerator_id: table.text("numerator_id", row),
        denominator_id: table.text("denominator_id", row),
        value: table.amount("value", row),
        number_id: table.text("number_id", row),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn extent(table: &Table) -> Result<Vec<ExtentRow>, Findings> {
    table.require(&["region_code", "class", "area_mm2", "number_id"])?;
    let read = |row| ExtentRow {
        region: table.text("region_code", row),
        class: table.text("class", row),
        area_mm2: table.whole("area_mm2", row),
        number_id: table.text("number_id", row),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn gep(table: &Table) -> Result<Vec<GepRow>, Findings> {
    table.require(&["region_code", "item", "item_kind"])?;
    require_measure(table, "value_fen")?;
    let read = |row| GepRow {
        region: table.text("region_code", row),
        item: table.text("item", row),
        kind: table.text("item_kind", row),
        measured: measured(table, "value_fen", row),
    };
    Ok((0..table.rows()).map(read).collect())
}

/// Physical amounts have a unit each; values are fen.
fn physical(table: &Table) -> Result<Vec<AmountRow>, Findings> {
    table.require(&["unit"])?;
    amounts(table, "value")
}

fn amounts(table: &Table, value: &str) -> Result<Vec<AmountRow>, Findings> {
    table.require(&[
        "region_code",
        "class",
        "indicator",
        "output",
        "item",
        "method_id",
    ])?;
    require_measure(table, value)?;
    let read = |row| AmountRow {
        region: table.text("region_code", row),
        class: table.text("class", row),
        indicator: table.text("indicator", row),
        output: table.text("output", row),
        item: table.text("item", row),
        method: table.text("method_id", row),
        unit: table.text("unit", row),
        measured: measured(table, value, row),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn require_measure(table: &Table, value: &str) -> Result<(), Findings> {
    table.require(&[
        value,
        "coverage",
        "partial",
        "missing_codes",
        "state",
        "reason",
        "status",
        "number_id",
    ])
}

pub(super) fn measured(table: &Table, value: &str, row: usize) -> Measured {
    let amount = table.amount(value, row);
    let state = match table.text("state", row).as_str() {
        "withheld" => State::Withheld,
        "computed" if amount.is_some() => State::Computed,
        _ => State::Missing,
    };
    Measured {
        value: amount.map(|(value, _)| value),
        power: amount.map_or(0, |(_, power)| power),
        coverage: table.ratio("coverage", row),
        partial: table.text("partial", row) == "yes",
        missing_codes: table.text("missing_codes", row),
        state,
        reason: table.text("reason", row),
        status: table.text("status", row),
        number_id: table.text("number_id", row),
    }
}

/// Rules stand in a run only if its profile has any.
fn rules(folder: &Path) -> Result<Vec<RuleRow>, Findings> {
    let Some(table) = Table::read_optional(folder, "combine")? else {
        return Ok(Vec::new());
    };
    let amounts = ["before_fen", "removed_fen", "after_fen"];
    table.require(&amounts)?;
    table.require(&[
        "region_code",
        "indicator",
        "position",
        "title_zh",
        "title_en",
    ])?;
    table.require(&[
        "partial",
        "missing_codes",
        "state",
        "reason",
        "status",
        "number_id",
    ])?;
    let read = |row| RuleRow {
        region: table.text("region_code", row),
        indicator: table.text("indicator", row),
        title: both(&table, "title", row),
        position: table.text("position", row),
        measured: amounts.map(|name| measured(&table, name, row)),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn indicators(table: &Table) -> Result<Vec<Indicator>, Findings> {
    table.require(&[
        "indicator",
        "title_zh",
        "title_en",
        "group",
        "profile_state",
    ])?;
    let read = |row| Indicator {
        id: table.text("indicator", row),
        title: both(table, "title", row),
        group: table.text("group", row),
        state: table.text("profile_state", row),
        note: both(table, "note", row),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn words(table: &Table, columns: &[&'static str]) -> Result<Vec<Words>, Findings> {
    table.require(columns)?;
    let read = |row| {
        let cells = columns.iter().map(|name| (*name, table.text(name, row)));
        cells.collect()
    };
    Ok((0..table.rows()).map(read).collect())
}

/// The rows of a table that a run may leave out.
fn optional_words(
    folder: &Path,
    name: &str,
    columns: &[&'static str],
) -> Result<Vec<Words>, Findings> {
    match Table::read_optional(folder, name)? {
        Some(table) => words(&table, columns),
        None => Ok(Vec::new()),
    }
}

/// Reads the titles of a table that a run may leave out; ids then stand for them.
fn titles(folder: &Path, name: &str, key: &str) -> Result<BTreeMap<String, Bilingual>, Findings> {
    let Some(table) = Table::read_optional(folder, name)? else {
        return Ok(BTreeMap::new());
    };
    table.require(&[key, "title_zh", "title_en"])?;
    let read = |row| (table.text(key, row), both(&table, "title", row));
    Ok((0..table.rows()).map(read).collect())
}

pub(super) fn both(table: &Table, stem: &str, row: usize) -> Bilingual {
    Bilingual::new(
        table.text(&format!("{stem}_zh"), row),
        table.text(&format!("{stem}_en"), row),
    )
}
