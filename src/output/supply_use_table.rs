//! The table `supply_use`: who supplies and who uses the services, in money.

use std::collections::BTreeMap;

use gep_core::storage::number_id;

use super::account_tables::{Kind, NamedTable, RegionFacts, TableBuilder};
use crate::account::{SupplyUseKey, Trust};

/// Lays out the supply and use account. `trust` is by indicator and side.
pub fn supply_use_table(
    rows: &BTreeMap<SupplyUseKey, i128>,
    facts: &RegionFacts<'_>,
    trust: impl Fn(&SupplyUseKey) -> Trust,
) -> NamedTable {
    let mut table = TableBuilder::new(&[
        ("region_code", Kind::Text),
        ("indicator", Kind::Text),
        ("side", Kind::Text),
        ("item", Kind::Text),
        ("region_level", Kind::Text),
        ("value_fen", Kind::Decimal(0)),
        ("status", Kind::Text),
        ("number_id", Kind::Text),
    ]);
    for (key, fen) in rows {
        let (region, indicator, side, item) = key;
        let keys = [region.as_str(), indicator, side.word(), item];
        table.row(vec![
            keys[0].into(),
            keys[1].into(),
            keys[2].into(),
            keys[3].into(),
            facts.level(region).into(),
            (*fen).into(),
            trust(key).word().into(),
            number_id("supply_use", &keys, "value_fen").into(),
        ]);
    }
    table.finish("supply_use")
}
