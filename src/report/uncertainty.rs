//! The tables of uncertainty as typed rows, where a run has them.

use std::path::Path;

use gep_core::diagnostic::Findings;

use super::table::Table;
use crate::output::Bilingual;

/// A row of `uncertainty`: the ends and the amount in millionths of its unit.
#[derive(Clone, Debug)]
pub(super) struct IntervalRow {
    pub(super) table: String,
    pub(super) region: String,
    pub(super) item: String,
    pub(super) low: Option<i128>,
    pub(super) central: Option<i128>,
    pub(super) high: Option<i128>,
    pub(super) number_id: String,
}

/// A row of `uncertainty_contribution`; ratios in millionths.
#[derive(Clone, Debug)]
pub(super) struct ContributionRow {
    pub(super) region: String,
    pub(super) item: String,
    pub(super) parameter: String,
    pub(super) correlation: i128,
    pub(super) share: i128,
    pub(super) number_id: String,
}

/// A row of `uncertainty_parameters`.
#[derive(Clone, Debug)]
pub(super) struct FateRow {
    pub(super) parameter: String,
    pub(super) value: String,
    pub(super) unit: String,
    pub(super) treatment: String,
    pub(super) distribution: String,
    pub(super) ends: [String; 3],
    pub(super) shape: String,
    pub(super) status: String,
    pub(super) note: Bilingual,
}

/// A row of `uncertainty_bounds`; fen.
#[derive(Clone, Debug)]
pub(super) struct BoundRow {
    pub(super) region: String,
    pub(super) item: String,
    pub(super) parameter: String,
    /// Its value at the low end, in the account, at the high end.
    pub(super) values: [String; 3],
    /// The amounts that go with them.
    pub(super) fen: [Option<i128>; 3],
    pub(super) number_id: String,
}

/// What the draws of a run say.
#[derive(Clone, Debug, Default)]
pub(super) struct Draws {
    pub(super) draws: String,
    pub(super) seed: String,
    pub(super) interval: String,
    pub(super) intervals: Vec<IntervalRow>,
    pub(super) contributions: Vec<ContributionRow>,
    pub(super) fates: Vec<FateRow>,
    /// Empty if the run was not asked for more passes.
    pub(super) bounds: Vec<BoundRow>,
}

impl Draws {
    /// Reads the three tables; nothing if the run was not drawn.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, Findings> {
        let Some(table) = Table::read_optional(folder, "uncertainty")? else {
            return Ok(None);
        };
        table.require(&[
            "table",
            "region_code",
            "class",
            "indicator",
            "output",
            "item",
            "low",
            "central",
            "high",
            "draws",
            "seed",
            "interval",
            "number_id",
        ])?;
        let read = |row| IntervalRow {
            table: table.text("table", row),
            region: table.text("region_code", row),
            item: table.text("item", row),
            low: table.amount("low", row).map(|own| own.0),
            central: table.amount("central", row).map(|own| own.0),
            high: table.amount("high", row).map(|own| own.0),
            number_id: table.text("number_id", row),
        };
        // Of quantities and values by indicator the page shows those of `gep`.
        let shown = |row: &usize| table.text("table", *row).starts_with("gep");
        Ok(Some(Self {
            draws: table.text("draws", 0),
            seed: table.text("seed", 0),
            interval: table.text("interval", 0),
            intervals: (0..table.rows()).filter(shown).map(read).collect(),
            contributions: contributions(folder)?,
            fates: fates(folder)?,
            bounds: bounds(folder)?,
        }))
    }

    /// Returns the interval of an amount.
    pub(super) fn of(&self, table: &str, region: &str, item: &str) -> Option<&IntervalRow> {
        let mut rows = self.intervals.iter();
        rows.find(|row| row.table == table && row.region == region && row.item == item)
    }
}

fn contributions(folder: &Path) -> Result<Vec<ContributionRow>, Findings> {
    let table = Table::read(folder, "uncertainty_contribution")?;
    table.require(&[
        "region_code",
        "item",
        "parameter",
        "rank_correlation",
        "share",
        "number_id",
    ])?;
    let ratio = |name: &str, row| table.amount(name, row).map_or(0, |own| own.0);
    let read = |row| ContributionRow {
        region: table.text("region_code", row),
        item: table.text("item", row),
        parameter: table.text("parameter", row),
        correlation: ratio("rank_correlation", row),
        share: ratio("share", row),
        number_id: table.text("number_id", row),
    };
    Ok((0..table.rows()).map(read).collect())
}

fn fates(folder: &Path) -> Result<Vec<FateRow>, Findings> {
    let table = Table::read(folder, "uncertainty_parameters")?;
    table.require(&[
        "parameter",
        "value",
        "unit",
        "treatment",
        "distribution",
        "low",
        "mode",
        "high",
        "shape",
        "status",
        "note_zh",
        "note_en",
    ])?;
    let read = |row| FateRow {
        parameter: table.text("parameter", row),
        value: table.text("value", row),
        unit: table.text("unit", row),
        treatment: table.text("treatment", row),
        distribution: table.text("distribution", row),
        ends: ["low", "mode", "high"].map(|name| table.text(name, row)),
        shape: table.text("shape", row),
        status: table.text("status", row),
        note: Bilingual::new(table.text("note_zh", row), table.text("note_en", row)),
    };
    Ok((0..table.rows()).map(read).collect())
}

const BOUND_VALUES: [&str; 3] = ["parameter_low", "parameter_value", "parameter_high"];
const BOUND_FEN: [&str; 3] = ["at_low_fen", "central_fen", "at_high_fen"];

fn bounds(folder: &Path) -> Result<Vec<BoundRow>, Findings> {
    let Some(table) = Table::read_optional(folder, "uncertainty_bounds")? else {
        return Ok(Vec::new());
    };
    table.require(&["region_code", "item", "parameter", "number_id"])?;
    table.require(&BOUND_VALUES)?;
    table.require(&BOUND_FEN)?;
    let read = |row| BoundRow {
        region: table.text("region_code", row),
        item: table.text("item", row),
        parameter: table.text("parameter", row),
        values: BOUND_VALUES.map(|name| table.text(name, row)),
        fen: BOUND_FEN.map(|name| table.whole(name, row)),
        number_id: table.text("number_id", row),
    };
    Ok((0..table.rows()).map(read).collect())
}
