//! The tables `extent_change` and `extent_account`: what each ecosystem type was at
//! the opening date, and its opening, additions, reductions and closing.

use std::collections::BTreeMap;

use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, RegionFacts, TableBuilder};
use super::schemas_over_time::{EXTENT_ACCOUNT, EXTENT_CHANGE};

/// Area by region, opening type and closing type, mm2.
pub type ExtentChanges = BTreeMap<(String, String, String), i128>;

/// Lays out the change matrix.
pub fn extent_change_table(changes: &ExtentChanges, facts: &RegionFacts<'_>) -> NamedTable {
    let mut table = TableBuilder::new(&EXTENT_CHANGE);
    for ((region, from, to), area) in changes {
        let id = number_id("extent_change", &[region, from, to], "area_mm2");
        table.row(vec![
            region.as_str().into(),
            from.as_str().into(),
            to.as_str().into(),
            facts.level(region).into(),
            (*area).into(),
            id.into(),
        ]);
    }
    table.finish()
}

/// Lays out opening + additions - reductions = closing.
pub fn extent_account_table(changes: &ExtentChanges, facts: &RegionFacts<'_>) -> NamedTable {
    let mut rows: BTreeMap<(&str, &str), [i128; 4]> = BTreeMap::new();
    for ((region, from, to), area) in changes {
        let moved = if from == to { 0 } else { *area };
        let before = rows.entry((region, from)).or_default();
        before[0] += area;
        before[2] += moved;
        let after = rows.entry((region, to)).or_default();
        after[1] += moved;
        after[3] += area;
    }
    let mut table = TableBuilder::new(&EXTENT_ACCOUNT);
    for ((region, class), areas) in rows {
        let mut cells: Vec<Cell> = vec![region.into(), class.into(), facts.level(region).into()];
        cells.extend(areas.map(Cell::from));
        cells.push(number_id("extent_account", &[region, class], "closing_mm2").into());
        table.row(cells);
    }
    table.finish()
}
