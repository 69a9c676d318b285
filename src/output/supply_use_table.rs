//! The table `supply_use`: who supplies and who uses the services, in money.

use std::collections::BTreeMap;

use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, RegionFacts, TableBuilder};
use super::schemas_over_time::SUPPLY_USE;
use crate::account::{NOT_GIVEN, SupplyUse, SupplyUseKey, Trust};

/// Lays out the supply and use account. `told` gives status and source of a row.
pub fn supply_use_table(
    rows: &BTreeMap<SupplyUseKey, SupplyUse>,
    facts: &RegionFacts<'_>,
    told: impl Fn(&SupplyUseKey) -> (Trust, String),
) -> NamedTable {
    let mut table = TableBuilder::new(&SUPPLY_USE);
    for (key, own) in rows {
        let (region, indicator, side, item) = key;
        let keys = [region.as_str(), indicator, side.word(), item];
        let mut cells: Vec<Cell> = keys.into_iter().map(Cell::from).collect();
        let (state, reason) = match own.fen {
            Some(_) => ("computed", ""),
            None if item == NOT_GIVEN => ("missing", "use-shares-missing"),
            None => ("missing", "input-missing"),
        };
        let (trust, source) = told(key);
        let missing: Vec<&str> = own.missing.iter().map(String::as_str).collect();
        // Nobody's use is missing in every county: one reason says it.
        let missing = if item == NOT_GIVEN {
            String::new()
        } else {
            missing.join(" ")
        };
        cells.extend([
            facts.level(region).into(),
            Cell::Decimal(own.fen),
            missing.into(),
            state.into(),
            reason.into(),
            trust.word().into(),
            source.into(),
            number_id("supply_use", &keys, "value_fen").into(),
        ]);
        table.row(cells);
    }
    table.finish()
}
