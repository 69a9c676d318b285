//! What a law gives for single objects, and for what of them lies outside all regions.

use gep_core::formula::{Axis, Evaluation, Value};
use gep_core::quantity::Rational;

use super::law::AccountLaw;
use crate::source::gdal::UNASSIGNED;

/// One number about an object, or about the ground outside all regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAmount {
    /// Kind of object: lake, reservoir.
    pub kind: String,
    /// Id of the object; `all` for the sum over objects.
    pub object: String,
    /// Region of the share; `all` for the whole object.
    pub region: String,
    /// Indicator.
    pub indicator: String,
    /// Output of the method.
    pub output: String,
    /// Its printed unit.
    pub unit: String,
    /// Its value in that unit; nothing if an input is missing.
    pub value: Option<Rational>,
}

/// Returns the outputs of a law by object, and the shares outside all regions.
pub fn object_amounts(account: &AccountLaw, evaluation: &Evaluation<'_>) -> Vec<ObjectAmount> {
    let mut rows = Vec::new();
    let labels = &account.rows.labels;
    if !labels.of(&Axis::Zone).iter().any(|zone| zone == UNASSIGNED) {
        return rows;
    }
    for (_, output) in &account.law.outputs {
        let Some(array) = evaluation.array(&output.name) else {
            continue;
        };
        let axes: Vec<Axis> = array.domain().axes().cloned().collect();
        let kind = array.domain().object_axis().cloned();
        for (at, value) in array.values().iter().enumerate() {
            let own = array.labels_at(at, labels);
            let label = |axis: &Axis| {
                let place = axes.iter().position(|one| one == axis)?;
                Some(own[place].to_string())
            };
            let region = label(&Axis::Zone);
            if kind.is_none() && region.as_deref() != Some(UNASSIGNED) {
                continue;
            }
            let value = match value {
                Value::NotApplicable => continue,
                Value::Missing => None,
                Value::Exact(number) => Some(output.unit.from_coherent(number)),
            };
            rows.push(ObjectAmount {
                kind: kind.as_ref().map_or("", Axis::word).to_string(),
                object: kind.as_ref().and_then(label).unwrap_or("all".into()),
                region: region.unwrap_or("all".into()),
                indicator: account.indicator.id.clone(),
                output: output.name.clone(),
                unit: output.unit_text.clone(),
                value,
            });
        }
    }
    rows
}
