//! The law of an indicator, ready to be evaluated over zones.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;
use gep_core::formula::{Axis, BlockProgram, BlockTarget, Labels, Rows, Value};
use gep_core::methodology::{
    Crosswalk, Indicator, IndicatorState, Input, Law, Methodology, Origin, Profile, Status,
};
use gep_core::quantity::{Rational, to_f64};

use super::Trust;
use crate::source::gdal::UNASSIGNED;

/// One rate that a pass sums: a total of the law, at one month or item of it.
#[derive(Clone, Debug)]
pub struct RateSlot {
    /// Position of the total in the program.
    pub total: usize,
    /// Which month or item: axis and label.
    pub at: Vec<(Axis, String)>,
    /// Step of the rate, in its coherent unit.
    pub quantum: Rational,
    /// By class label, whether the rate concerns it.
    pub scope: Vec<bool>,
}

/// A law with its labels, parameters and compiled rates.
pub struct AccountLaw {
    /// The indicator.
    pub indicator: Indicator,
    /// The law.
    pub law: Law,
    /// Labels and parameter values; inputs and totals are added per run.
    pub rows: Rows,
    /// The compiled rates, if the law sums over cells.
    pub program: Option<BlockProgram>,
    /// What each output of the program is.
    pub slots: Vec<RateSlot>,
    /// How far results may be relied on, from parameters of the law and its layers and,
    /// where it sums over cells, from the crosswalk.
    pub trust: Trust,
}

impl AccountLaw {
    /// Prepares the law of an indicator; `None` if it is absent from the profile.
    pub fn prepare(
        methodology: &Methodology,
        profile: &Profile,
        indicator: &Indicator,
        zones: &[String],
        classes: &[String],
        objects: &BTreeMap<String, Vec<String>>,
    ) -> Result<Option<Self>, Findings> {
        let Some(law) = methodology.indicator_law(profile, indicator)? else {
            return Ok(None);
        };
        let kinds = object_axes(&law);
        let mut zones = zones.to_vec();
        if !kinds.is_empty() {
            // What of an object lies outside all regions has a share of its own.
            zones.push(UNASSIGNED.to_string());
        }
        let mut labels = Labels::new()
            .with(Axis::Zone, zones)
            .with(Axis::Class, classes.to_vec());
        for axis in kinds {
            let ids = objects.get(axis.word()).cloned().unwrap_or_default();
            labels = labels.with(axis, ids);
        }
        for axis in item_axes(&law) {
            let of_axis = law.labels(&axis);
            labels = labels.with(axis, of_axis);
        }
        let mut rows = Rows {
            labels,
            ..Rows::default()
        };
        for name in law.parameters.keys() {
            if let Some(array) = law.parameter(name, &rows.labels) {
                rows.values.insert(name.clone(), array);
            }
        }
        let targets: Vec<usize> = (0..law.program.totals().len())
            .filter(|&at| !law.program.totals()[at].is_area)
            .collect();
        let mut trust = trust_with_layers(methodology, profile, &law)?;
        if !law.program.totals().is_empty() {
            // Sums over cells by type rest on what the codes were taken for.
            trust = trust.min(trust_of_crosswalk(methodology, profile));
        }
        if indicator.state == IndicatorState::Provisional {
            // The profile knows of the method what its parameters do not say.
            trust = trust.min(Trust::Provisional);
        }
        let mut prepared = Self {
            indicator: indicator.clone(),
            law,
            rows,
            program: None,
            slots: Vec::new(),
            trust,
        };
        if !targets.is_empty() {
            prepared.compile(&targets, classes)?;
        }
        Ok(Some(prepared))
    }

    fn compile(&mut self, targets: &[usize], classes: &[String]) -> Result<(), Findings> {
        let block_targets: Vec<BlockTarget> = targets
            .iter()
            .map(|&total| BlockTarget::Total(total))
            .collect();
        let program = BlockProgram::compile(&self.law.program, &self.rows, &block_targets)?;
        for output in program.outputs() {
            let total = targets[output.target];
            let quantum = self.law.total_quantum(&self.law.program.totals()[total]);
            self.slots.push(RateSlot {
                total,
                at: output.at.clone(),
                // The loader refuses a method whose totals have no quantum.
                quantum: quantum.unwrap_or_else(|| Rational::from_integer(1.into())),
                scope: classes
                    .iter()
                    .map(|class| self.concerns(total, class))
                    .collect(),
            });
        }
        self.program = Some(program);
        Ok(())
    }

    /// Returns whether a total is about a class: inside the law's scope, and no
    /// parameter it reads says `n/a` there.
    pub fn concerns(&self, total: usize, class: &str) -> bool {
        let reads = &self.law.program.totals()[total].reads;
        let not_applicable = reads.iter().any(|name| {
            let Some(array) = self.rows.values.get(name) else {
                return false;
            };
            let only_class = array.domain().len() == 1 && array.domain().has(&Axis::Class);
            only_class && array.get(&self.rows.labels, &[class]) == Some(&Value::NotApplicable)
        });
        self.law.in_scope(class) && !not_applicable
    }

    /// Returns whether the law is evaluated object by object.
    pub fn by_object(&self) -> bool {
        !object_axes(&self.law).is_empty()
    }

    /// Returns quanta in one coherent unit, for each slot.
    pub fn per_quantum(&self) -> Vec<f64> {
        self.slots
            .iter()
            .map(|slot| to_f64(&slot.quantum.recip()))
            .collect()
    }
}

/// Returns how far what rests on a status may be relied on.
pub fn trust_of(status: Status) -> Trust {
    Trust::from(status)
}

/// How far a law may be relied on: the least of its own parameters and of those of
/// every derived layer it reads, directly or through other layers.
fn trust_with_layers(
    methodology: &Methodology,
    profile: &Profile,
    law: &Law,
) -> Result<Trust, Findings> {
    let ids = layer_ids(law.inputs.values());
    let own = trust_of(law.weakest_status());
    Ok(own.min(trust_of_layers(methodology, profile, ids)?))
}

/// How far layers may be relied on: the least of the parameters they and the layers
/// below them are derived with.
pub fn trust_of_layers(
    methodology: &Methodology,
    profile: &Profile,
    ids: Vec<String>,
) -> Result<Trust, Findings> {
    let mut trust = Trust::Verified;
    let mut open = ids;
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let Some(layer) = methodology
            .layers
            .get(&id)
            .filter(|_| seen.insert(id.clone()))
        else {
            continue;
        };
        open.extend(layer_ids(layer.inputs.values()));
        if let Some(law) = methodology.law(&id, Some(profile))? {
            trust = trust.min(trust_of(law.weakest_status()));
        }
    }
    Ok(trust)
}

/// How far the ecosystem types of the profile's land cover may be relied on: the
/// least of all rows of its crosswalk, for a code taken for one type is missing in
/// the others.
pub fn trust_of_crosswalk(methodology: &Methodology, profile: &Profile) -> Trust {
    let crosswalk = methodology.crosswalks.get(&profile.crosswalk);
    crosswalk
        .and_then(Crosswalk::weakest_status)
        .map_or(Trust::Provisional, trust_of)
}

fn layer_ids<'a>(inputs: impl Iterator<Item = &'a Input>) -> Vec<String> {
    inputs
        .filter_map(|input| match &input.origin {
            Origin::Layer(id) => Some(id.clone()),
            Origin::Table(_) | Origin::Output(_) => None,
        })
        .collect()
}

/// Kinds of objects the law is evaluated on.
fn object_axes(law: &Law) -> Vec<Axis> {
    declared_axes(law, |axis| matches!(axis, Axis::Object(_)))
}

/// Item lists and months of every name the law declares.
fn item_axes(law: &Law) -> Vec<Axis> {
    declared_axes(law, |axis| matches!(axis, Axis::Item(_) | Axis::Month))
}

fn declared_axes(law: &Law, wanted: fn(&Axis) -> bool) -> Vec<Axis> {
    let inputs = law.inputs.values().map(|input| &input.domain);
    let parameters = law
        .parameters
        .values()
        .map(|parameter| &parameter.declaration.domain);
    let mut axes: Vec<Axis> = inputs
        .chain(parameters)
        .flat_map(|domain| domain.axes().cloned())
        .filter(wanted)
        .collect();
    axes.sort();
    axes.dedup();
    axes
}
