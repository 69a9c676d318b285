//! The tables `extent_change` and `extent_account`: what each ecosystem type was at
//! the opening date, and its opening, additions, reductions and closing.

use std::collections::BTreeMap;

use gep_core::storage::number_id;

use super::account_tables::{Cell, Kind, NamedTable, RegionFacts, TableBuilder};

/// Area by region, opening type and closing type, mm2.
pub type ExtentChanges = BTreeMap<(String, String, String), i128>;

/// Lays out the change matrix.
pub fn extent_change_table(changes: &ExtentChanges, facts: &RegionFacts<'_>) -> NamedTable {
    let mut table = TableBuilder::new(&[
        ("region_code", Kind::Text),
        ("from_class", Kind::Text),
        ("to_class", Kind::Text),
        ("region_level", Kind::Text),
        ("area_mm2", Kind::Decimal(0)),
        ("number_id", Kind::Text),
    ]);
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
    table.finish("extent_change")
}

/// Lays out opening + additions - reductions = closing.
pub fn extent_account_table(changes: &ExtentChanges, facts: &RegionFacts<'_>) -> NamedTable {
    let mut rows: BTreeMap<(&str, &str), [i128; 4]> = BTreeMap::new();
    for ((region, from, to), area) in changes {
        let before = rows.entry((region, from)).or_default();
        before[0] += area;
        before[2] += if from == to { 0 } else { *area };
        let after = rows.entry((region, to)).or_default();
        after[1] += if from == to { 0 } else { *area };
        after[3] += area;
    }
    let mut table = TableBuilder::new(&[
        ("region_code", Kind::Text),
        ("class", Kind::Text),
        ("region_level", Kind::Text),
        ("opening_mm2", Kind::Decimal(0)),
        ("additions_mm2", Kind::Decimal(0)),
        ("reductions_mm2", Kind::Decimal(0)),
        ("closing_mm2", Kind::Decimal(0)),
        ("number_id", Kind::Text),
    ]);
    for ((region, class), areas) in rows {
        let mut cells: Vec<Cell> = vec![region.into(), class.into(), facts.level(region).into()];
        cells.extend(areas.map(Cell::from));
        cells.push(number_id("extent_account", &[region, class], "closing_mm2").into());
        table.row(cells);
    }
    table.finish("extent_account")
}
