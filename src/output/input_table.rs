//! The table `inputs`: the departments' numbers as the run used them, exactly.

use std::collections::BTreeMap;

use gep_core::quantity::{Unit, format_exact};

use super::account_tables::{Cell, NamedTable, TableBuilder};
use super::schemas::INPUTS;
use crate::account::TableInput;

/// Lays out the numbers of the workbooks and the attributes of objects. `unit_of` gives
/// the unit of an input, and nothing for one that is measured.
pub fn input_table(
    tables: &BTreeMap<String, TableInput>,
    unit_of: impl Fn(&str) -> Option<Unit>,
) -> NamedTable {
    let mut rows = Vec::new();
    for (input, table) in tables {
        let Some(unit) = unit_of(input) else {
            continue;
        };
        let status = if table.synthetic {
            "synthetic"
        } else {
            "given"
        };
        for ((region, item), value) in &table.values {
            let number = format_exact(&unit.from_coherent(value));
            let unit = unit.to_string();
            let texts = [region.as_str(), input, item, &number, &unit, status];
            rows.push(texts.map(str::to_string));
        }
    }
    rows.sort();
    let mut table = TableBuilder::new(&INPUTS);
    for row in rows {
        table.row(row.map(Cell::from).into());
    }
    table.finish()
}
