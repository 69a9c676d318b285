//! The table `asset`: present values of the yearly flows.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::quantity::{Rational, format_decimal, format_exact};
use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, RegionFacts, TableBuilder};
use super::schemas_over_time::ASSET;
use crate::account::{Discounting, Trust};

/// Region, ecosystem type, indicator.
pub type AssetKey = (String, String, String);

/// Flow and asset, fen, with what is missing in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetValue {
    /// Value of the year; nothing if no county has one.
    pub flow_fen: Option<i128>,
    /// Its present value.
    pub asset_fen: Option<i128>,
    /// Counties without a number.
    pub missing: BTreeSet<String>,
    /// How far it may be relied on.
    pub trust: Trust,
}

/// How the flows were discounted, and who says so.
pub struct AssetTerms<'a> {
    /// Rate and horizon.
    pub discounting: &'a Discounting,
    /// What one yuan a year is worth today.
    pub factor: &'a Rational,
    /// Where they come from, in Chinese and English.
    pub source: [&'a str; 2],
}

/// Digits of the factor as printed; the asset is computed from the exact one.
const FACTOR_DIGITS: u32 = 15;

/// Lays out the asset account.
pub fn asset_table(
    rows: &BTreeMap<AssetKey, AssetValue>,
    terms: &AssetTerms<'_>,
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut table = TableBuilder::new(&ASSET);
    for ((region, class, indicator), value) in rows {
        let id = number_id("asset", &[region, class, indicator], "asset_fen");
        let missing: Vec<&str> = value.missing.iter().map(String::as_str).collect();
        table.row(vec![
            region.as_str().into(),
            class.as_str().into(),
            indicator.as_str().into(),
            facts.level(region).into(),
            Cell::Decimal(value.flow_fen),
            Cell::Decimal(value.asset_fen),
            format_exact(&terms.discounting.rate).into(),
            Cell::Count(terms.discounting.horizon_years.into()),
            Cell::Count(terms.discounting.first_payment_years.into()),
            format_decimal(terms.factor, FACTOR_DIGITS).into(),
            missing.join(" ").into(),
            value.trust.word().into(),
            terms.source[0].into(),
            terms.source[1].into(),
            id.into(),
        ]);
    }
    table.finish()
}
