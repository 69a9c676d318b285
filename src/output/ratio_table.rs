//! The table `gep_ratios`: values per head and against GDP, with both numbers of
//! each ratio.

use gep_core::quantity::{Rational, format_exact, to_f64};
use gep_core::storage::number_id;

use super::account_tables::{Cell, Kind, NamedTable, RegionFacts, TableBuilder};

/// The two numbers of a ratio, or why there is none.
#[derive(Clone, Debug)]
pub struct RatioRow {
    /// Region.
    pub region: String,
    /// `gep`, a group or an indicator.
    pub item: String,
    /// The value, fen.
    pub value_fen: Option<i128>,
    /// Persons, or the reason they are missing.
    pub population: Result<Rational, &'static str>,
    /// GDP in yuan, or the reason it is missing.
    pub gdp_yuan: Result<Rational, &'static str>,
}

/// Lays out the ratios.
pub fn ratio_table(rows: &[RatioRow], facts: &RegionFacts<'_>) -> NamedTable {
    let mut table = TableBuilder::new(&[
        ("region_code", Kind::Text),
        ("item", Kind::Text),
        ("region_level", Kind::Text),
        ("value_fen", Kind::Decimal(0)),
        ("population", Kind::Text),
        ("per_head_fen", Kind::Decimal(0)),
        ("per_head_reason", Kind::Text),
        ("gdp_yuan", Kind::Text),
        ("gep_to_gdp", Kind::Ratio),
        ("gdp_reason", Kind::Text),
        ("number_id", Kind::Text),
    ]);
    let zero = Rational::from_integer(0.into());
    for row in rows {
        let over = |below: &Result<Rational, &'static str>| {
            let fen = row.value_fen.ok_or("input-missing")?;
            let below = below.clone()?;
            if below <= zero {
                return Err("denominator-not-positive");
            }
            Ok(Rational::from_integer(fen.into()) / below)
        };
        let (head, share) = (over(&row.population), over(&row.gdp_yuan));
        let spelled = |number: &Result<Rational, &str>| match number {
            Ok(number) => format_exact(number),
            Err(_) => String::new(),
        };
        let fen = head.as_ref().ok().map(|fen| fen.round().to_integer());
        let keys = [row.region.as_str(), row.item.as_str()];
        table.row(vec![
            keys[0].into(),
            keys[1].into(),
            facts.level(&row.region).into(),
            Cell::Decimal(row.value_fen),
            spelled(&row.population).into(),
            Cell::Decimal(fen.and_then(|fen| i128::try_from(fen).ok())),
            head.err().unwrap_or_default().into(),
            spelled(&row.gdp_yuan).into(),
            Cell::Ratio(share.as_ref().ok().map(|fen| to_f64(fen) / 100.0)),
            share.err().unwrap_or_default().into(),
            number_id("gep_ratios", &keys, "per_head_fen").into(),
        ]);
    }
    table.finish("gep_ratios")
}
