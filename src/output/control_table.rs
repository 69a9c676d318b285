//! The table `control_areas`: measured against official areas, with every factor.

use gep_core::quantity::{Rational, format_decimal, format_exact};
use gep_core::storage::number_id;

use super::account_tables::{NamedTable, RegionFacts, TableBuilder};
use super::schemas::CONTROL_AREAS;

/// Digits of a factor as printed; areas are scaled by the exact one.
pub const CONTROL_FACTOR_DIGITS: u32 = 12;

/// One official area beside the measured one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlLine {
    /// County and ecosystem type; `all` for the whole county, `remaining` for what its
    /// total leaves to the types without an official area.
    pub key: (String, String),
    /// As measured, mm2.
    pub measured_mm2: i128,
    /// As the authority says, in the unit of the table.
    pub official: Rational,
    /// The same in whole mm2, rounded so that the sum over all lines of a kind is kept.
    pub official_mm2: i128,
    /// As it stands in the account, mm2.
    pub after_mm2: i128,
    /// Whether the areas were scaled by this line's factor.
    pub applied: bool,
}

/// What all lines share.
pub struct ControlTerms<'a> {
    /// `check` or `apportion`.
    pub mode: &'a str,
    /// Unit of the official areas.
    pub unit: &'a str,
    /// Largest difference, as the project writes it.
    pub tolerance: &'a str,
    /// Where the areas come from, in Chinese and English.
    pub source: [&'a str; 2],
}

/// Spells official by measured; nothing where nothing was measured.
pub fn control_factor(official_mm2: i128, measured_mm2: i128) -> String {
    if measured_mm2 == 0 {
        return String::new();
    }
    let factor = Rational::new(official_mm2.into(), measured_mm2.into());
    format_decimal(&factor, CONTROL_FACTOR_DIGITS)
}

/// Lays the table out.
pub fn control_table(
    lines: &[ControlLine],
    terms: &ControlTerms<'_>,
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut table = TableBuilder::new(&CONTROL_AREAS);
    for line in lines {
        let (region, class) = (line.key.0.as_str(), line.key.1.as_str());
        let id = number_id(CONTROL_AREAS.name, &[region, class], "after_mm2");
        table.row(vec![
            region.into(),
            class.into(),
            facts.level(region).into(),
            terms.mode.into(),
            line.measured_mm2.into(),
            format_exact(&line.official).into(),
            terms.unit.into(),
            line.official_mm2.into(),
            (line.official_mm2 - line.measured_mm2).into(),
            control_factor(line.official_mm2, line.measured_mm2).into(),
            if line.applied { "yes" } else { "no" }.into(),
            line.after_mm2.into(),
            terms.tolerance.into(),
            terms.source[0].into(),
            terms.source[1].into(),
            id.into(),
        ]);
    }
    table.finish()
}
