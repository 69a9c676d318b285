//! Level 2 of the carbon books: recalculated indicators are those of the table of
//! indicators, and their change is the difference of both values.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;

use super::tables::Table;
use super::verify::Ledger;
use crate::output::{CARBON_INDICATORS, CARBON_RECALCULATION};

/// Region, year, indicator and method.
const KEYS: [&str; 4] = ["region_code", "year", "indicator", "method_id"];

/// Checks every row.
///
/// # Errors
///
/// If a table cannot be read.
pub(super) fn check(folder: &Path, ledger: &mut Ledger) -> Result<(), Findings> {
    let table = Table::read(folder, &CARBON_RECALCULATION)?;
    let indicators = Table::read(folder, &CARBON_INDICATORS)?;
    let values = indicators.amounts("value");
    let key = |table: &Table, row: usize| KEYS.map(|name| table.text(name, row).to_owned());
    let known: BTreeMap<[String; 4], Option<i128>> = (0..indicators.rows())
        .map(|row| (key(&indicators, row), values[row]))
        .collect();
    let column = |name: &str| table.amounts(name);
    let [earlier, value, change] = ["earlier_value", "value", "change"].map(column);
    for row in 0..table.rows() {
        ledger.count("recalculations", 1);
        let own = key(&table, row);
        let state = match (earlier[row], value[row]) {
            (Some(_), Some(_)) => "recalculated",
            (None, _) => "newly_computed",
            (Some(_), None) => "withdrawn",
        };
        let difference = value[row].zip(earlier[row]).map(|(now, then)| now - then);
        // Both values are rounded to the last digit, and so is their difference.
        let near = match (difference, change[row]) {
            (Some(own), Some(told)) => (own - told).abs() <= 1,
            (own, told) => own == told,
        };
        let same = known.get(&own) == Some(&value[row]);
        if !near || !same || state != table.text("state", row) {
            ledger.differ(
                "verify-carbon-recalculation",
                table.schema,
                own.join(", "),
                format!("{:?} {difference:?} {state}", known.get(&own)),
                format!(
                    "{:?} {:?} {}",
                    value[row],
                    change[row],
                    table.text("state", row)
                ),
            );
        }
    }
    Ok(())
}
