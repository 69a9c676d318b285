//! The table `inputs`: the departments' numbers as the run used them, exactly.

use std::collections::BTreeMap;

use gep_core::quantity::{Unit, format_exact};

use super::account_tables::{Kind, NamedTable, TableBuilder};
use crate::account::TableInput;

/// Lays out the numbers of the workbooks. `unit_of` gives the unit of an input.
pub fn input_table(
    tables: &BTreeMap<String, TableInput>,
    unit_of: impl Fn(&str, &str) -> (Unit, String),
) -> NamedTable {
    let columns = ["region_code", "input", "item", "value", "unit", "status"];
    let mut rows = Vec::new();
    for (input, table) in tables {
        for ((region, item), value) in &table.values {
            let (unit, spelled) = unit_of(input, item);
            let number = format_exact(&unit.from_coherent(value));
            let status = if table.synthetic {
                "synthetic"
            } else {
                "given"
            };
            let texts = [region.as_str(), input, item, &number, &spelled, status];
            rows.push(texts.map(str::to_string));
        }
    }
    rows.sort();
    let mut table = TableBuilder::new(&columns.map(|name| (name, Kind::Text)));
    for row in rows {
        table.row(row.map(super::Cell::from).into());
    }
    table.finish("inputs")
}
