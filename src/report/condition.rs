//! The table `condition` as typed rows.

use std::path::Path;

use gep_core::diagnostic::Findings;

use super::book::{Measured, State, both, measured};
use super::table::Table;
use crate::output::Bilingual;

/// A row of `condition`.
#[derive(Clone, Debug)]
pub(super) struct ConditionRow {
    pub(super) region: String,
    pub(super) class: String,
    pub(super) item: String,
    pub(super) kind: String,
    pub(super) title: Bilingual,
    pub(super) unit: String,
    /// Opening, closing, change and indicator.
    pub(super) numbers: [Measured; 4],
}

/// Names of [`ConditionRow::numbers`] in the table.
pub(super) const CONDITION_NUMBERS: [&str; 4] =
    ["opening", "closing", "change", "closing_indicator"];

/// Reads the condition account of a run that has one.
pub(super) fn conditions(folder: &Path) -> Result<Vec<ConditionRow>, Findings> {
    let Some(table) = Table::read_optional(folder, "condition")? else {
        return Ok(Vec::new());
    };
    table.require(&CONDITION_NUMBERS)?;
    table.require(&[
        "region_code",
        "class",
        "item",
        "item_kind",
        "title_zh",
        "title_en",
        "unit",
        "opening_reason",
        "state",
        "reason",
        "number_id",
    ])?;
    let read = |row| ConditionRow {
        region: table.text("region_code", row),
        class: table.text("class", row),
        item: table.text("item", row),
        kind: table.text("item_kind", row),
        title: both(&table, "title", row),
        unit: table.text("unit", row),
        numbers: CONDITION_NUMBERS.map(|name| number(&table, name, row)),
    };
    Ok((0..table.rows()).map(read).collect())
}

/// A number of a row; what is not there has the reason of its own column.
fn number(table: &Table, name: &str, row: usize) -> Measured {
    let own = measured(table, name, row);
    if name == "opening" && own.value.is_some() {
        // What the base run closed with is there whatever this run has.
        return Measured {
            state: State::Computed,
            ..own
        };
    }
    if own.state == State::Withheld || own.value.is_some() {
        return own;
    }
    let reason = match name {
        "opening" | "change" if !table.text("opening_reason", row).is_empty() => {
            table.text("opening_reason", row)
        }
        "closing_indicator" if table.text("state", row) == "computed" => {
            "condition-no-reference".to_string()
        }
        _ => table.text("reason", row),
    };
    Measured { reason, ..own }
}
