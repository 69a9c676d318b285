//! The table `asset`: present values of the yearly flows.

use std::collections::BTreeMap;

use gep_core::quantity::{Rational, format_decimal, format_exact};
use gep_core::storage::number_id;

use super::account_tables::{Kind, NamedTable, RegionFacts, TableBuilder};
use crate::account::{Discounting, Trust};

/// Region, ecosystem type, indicator.
pub type AssetKey = (String, String, String);

/// Flow and asset, fen, with the lowest status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssetValue {
    /// Value of the year.
    pub flow_fen: i128,
    /// Its present value.
    pub asset_fen: i128,
    /// How far it may be relied on.
    pub trust: Trust,
}

/// Digits of the factor as printed; the asset is computed from the exact one.
const FACTOR_DIGITS: u32 = 15;

/// Lays out the asset account.
pub fn asset_table(
    rows: &BTreeMap<AssetKey, AssetValue>,
    discounting: &Discounting,
    factor: &Rational,
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut table = TableBuilder::new(&[
        ("region_code", Kind::Text),
        ("class", Kind::Text),
        ("indicator", Kind::Text),
        ("region_level", Kind::Text),
        ("flow_fen", Kind::Decimal(0)),
        ("asset_fen", Kind::Decimal(0)),
        ("discount_rate", Kind::Text),
        ("horizon_years", Kind::Count),
        ("first_payment_years", Kind::Count),
        ("factor", Kind::Text),
        ("status", Kind::Text),
        ("number_id", Kind::Text),
    ]);
    for ((region, class, indicator), value) in rows {
        let id = number_id("asset", &[region, class, indicator], "asset_fen");
        table.row(vec![
            region.as_str().into(),
            class.as_str().into(),
            indicator.as_str().into(),
            facts.level(region).into(),
            value.flow_fen.into(),
            value.asset_fen.into(),
            format_exact(&discounting.rate).into(),
            super::Cell::Count(discounting.horizon_years.into()),
            super::Cell::Count(discounting.first_payment_years.into()),
            format_decimal(factor, FACTOR_DIGITS).into(),
            value.trust.word().into(),
            id.into(),
        ]);
    }
    table.finish("asset")
}
