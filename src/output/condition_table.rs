//! The table `condition`: area-weighted means of layers by region and type, with
//! their exact numerators and denominators.

use std::collections::BTreeMap;

use gep_core::quantity::{Rational, format_exact, to_f64};
use gep_core::storage::number_id;

use super::account_tables::{Cell, Kind, NamedTable, RegionFacts, TableBuilder};
use crate::account::Trust;
use crate::zonal::MeasureSum;

/// A layer whose mean is told.
#[derive(Clone, Debug)]
pub struct ConditionLayer {
    /// Its id.
    pub id: String,
    /// Step its cells are rounded to, in `unit`.
    pub quantum: Rational,
    /// Coherent unit of the layer.
    pub unit: String,
    /// How far it may be relied on.
    pub trust: Trust,
    /// Reference level by ecosystem type, in `unit`, where the methodology has one.
    pub references: BTreeMap<String, Rational>,
}

/// Sums by region, ecosystem type and position of the layer.
pub type ConditionSums = BTreeMap<(String, String, usize), MeasureSum>;

/// Lays out the condition account.
pub fn condition_table(
    sums: &ConditionSums,
    layers: &[ConditionLayer],
    facts: &RegionFacts<'_>,
) -> NamedTable {
    let mut table = TableBuilder::new(&[
        ("region_code", Kind::Text),
        ("class", Kind::Text),
        ("layer", Kind::Text),
        ("region_level", Kind::Text),
        ("sum", Kind::Decimal(0)),
        ("quantum", Kind::Text),
        ("unit", Kind::Text),
        ("valid_area_mm2", Kind::Decimal(0)),
        ("missing_area_mm2", Kind::Decimal(0)),
        ("mean", Kind::Ratio),
        ("reference", Kind::Text),
        ("mean_to_reference", Kind::Ratio),
        ("state", Kind::Text),
        ("reason", Kind::Text),
        ("status", Kind::Text),
        ("number_id", Kind::Text),
    ]);
    for ((region, class, at), sum) in sums {
        let layer = &layers[*at];
        let mean = (sum.valid_mm2 > 0)
            .then(|| Rational::new(sum.sum.into(), sum.valid_mm2.into()) * &layer.quantum);
        let reference = layer.references.get(class);
        let compared = mean
            .as_ref()
            .zip(reference)
            .map(|(mean, level)| to_f64(&(mean / level)));
        let reason = match (&mean, reference) {
            (None, _) => "input-missing",
            (Some(_), None) => "reference-missing",
            (Some(_), Some(_)) => "",
        };
        let id = number_id("condition", &[region, class, &layer.id], "mean");
        table.row(vec![
            region.as_str().into(),
            class.as_str().into(),
            layer.id.as_str().into(),
            facts.level(region).into(),
            sum.sum.into(),
            format_exact(&layer.quantum).into(),
            layer.unit.as_str().into(),
            sum.valid_mm2.into(),
            sum.missing_mm2.into(),
            Cell::Ratio(mean.as_ref().map(to_f64)),
            reference.map(format_exact).unwrap_or_default().into(),
            Cell::Ratio(compared),
            if mean.is_some() {
                "computed"
            } else {
                "missing"
            }
            .into(),
            reason.into(),
            layer.trust.word().into(),
            id.into(),
        ]);
    }
    table.finish("condition")
}
