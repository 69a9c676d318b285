//! The table `control_areas` as typed rows.

use std::path::Path;

use gep_core::diagnostic::Findings;

use super::table::Table;
use crate::output::Bilingual;

/// A row of `control_areas`.
#[derive(Clone, Debug)]
pub(super) struct ControlRow {
    pub(super) region: String,
    /// `all` for the whole county, `remaining` for what its total leaves.
    pub(super) class: String,
    /// Measured, official, difference and as in the account, mm2.
    pub(super) areas_mm2: [Option<i128>; 4],
    /// Official by measured.
    pub(super) factor: String,
    pub(super) number_id: String,
}

/// Names of [`ControlRow::areas_mm2`] in the table.
pub(super) const CONTROL_AREA_COLUMNS: [&str; 4] = [
    "measured_mm2",
    "official_mm2",
    "difference_mm2",
    "after_mm2",
];

/// Official areas of a run.
#[derive(Clone, Debug)]
pub(super) struct Controls {
    /// `check` or `apportion`.
    pub(super) mode: String,
    /// Largest difference allowed, a share.
    pub(super) tolerance: String,
    pub(super) source: Bilingual,
    pub(super) rows: Vec<ControlRow>,
}

/// Reads the official areas of a run that has them.
pub(super) fn controls(folder: &Path) -> Result<Option<Controls>, Findings> {
    let Some(table) = Table::read_optional(folder, "control_areas")? else {
        return Ok(None);
    };
    table.require(&CONTROL_AREA_COLUMNS)?;
    table.require(&[
        "region_code",
        "class",
        "mode",
        "factor",
        "tolerance",
        "source_zh",
        "source_en",
        "number_id",
    ])?;
    if table.rows() == 0 {
        return Ok(None);
    }
    let amount = |name: &str, row| table.amount(name, row).map(|(mm2, _)| mm2);
    let read = |row| ControlRow {
        region: table.text("region_code", row),
        class: table.text("class", row),
        areas_mm2: CONTROL_AREA_COLUMNS.map(|name| amount(name, row)),
        factor: table.text("factor", row),
        number_id: table.text("number_id", row),
    };
    Ok(Some(Controls {
        mode: table.text("mode", 0),
        tolerance: table.text("tolerance", 0),
        source: super::book::both(&table, "source", 0),
        rows: (0..table.rows()).map(read).collect(),
    }))
}
