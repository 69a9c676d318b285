//! The table `recut`: one run's numbers by the counties of the other.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, TableBuilder};
use super::schemas_over_time::RECUT;

/// Direction, county it is of, county it goes to, ecosystem type, item.
pub type RecutKey = [String; 5];

/// A share of a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecutValue {
    /// mm2 or fen; nothing if no part has a number.
    pub amount: Option<i128>,
    /// Counties without a number.
    pub missing: BTreeSet<String>,
    /// What it was shared by: `class_area`, `area` or, of sums, nothing.
    pub weight: &'static str,
}

/// Item of areas among the indicators.
pub const RECUT_AREA: &str = "area";

/// Lays the table out.
pub fn recut_table(rows: &BTreeMap<RecutKey, RecutValue>) -> NamedTable {
    let mut table = TableBuilder::new(&RECUT);
    for (key, value) in rows {
        let keys: Vec<&str> = key.iter().map(String::as_str).collect();
        let id = number_id(RECUT.name, &keys, "amount");
        let missing: Vec<&str> = value.missing.iter().map(String::as_str).collect();
        let unit = if key[4] == RECUT_AREA { "mm2" } else { "fen" };
        let mut cells: Vec<Cell> = keys.into_iter().map(Cell::from).collect();
        cells.extend([
            Cell::Decimal(value.amount),
            unit.into(),
            value.weight.into(),
            missing.join(" ").into(),
            id.into(),
        ]);
        table.row(cells);
    }
    table.finish()
}
