//! The law of an indicator, ready to be evaluated over zones.

use gep_core::diagnostic::Findings;
use gep_core::formula::{Axis, BlockProgram, BlockTarget, Labels, Rows, Value};
use gep_core::methodology::{Indicator, Law, Methodology, Profile, Status};
use gep_core::quantity::{Rational, to_f64};

use super::Trust;

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
}

impl AccountLaw {
    /// Prepares the law of an indicator; `None` if it is absent from the profile.
    pub fn prepare(
        methodology: &Methodology,
        profile: &Profile,
        indicator: &Indicator,
        zones: &[String],
        classes: &[String],
    ) -> Result<Option<Self>, Findings> {
        let Some(law) = methodology.indicator_law(profile, indicator)? else {
            return Ok(None);
        };
        let mut labels = Labels::new()
            .with(Axis::Zone, zones.to_vec())
            .with(Axis::Class, classes.to_vec());
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
        let mut prepared = Self {
            indicator: indicator.clone(),
            law,
            rows,
            program: None,
            slots: Vec::new(),
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

    /// Returns quanta in one coherent unit, for each slot.
    pub fn per_quantum(&self) -> Vec<f64> {
        self.slots
            .iter()
            .map(|slot| to_f64(&slot.quantum.recip()))
            .collect()
    }

    /// Returns how far results may be relied on, from parameters alone.
    pub fn trust(&self) -> Trust {
        match self.law.weakest_status() {
            Status::Provisional => Trust::Provisional,
            Status::Transcribed => Trust::Transcribed,
            Status::Verified => Trust::Verified,
        }
    }
}

/// Item lists and months of every name the law declares.
fn item_axes(law: &Law) -> Vec<Axis> {
    let inputs = law.inputs.values().map(|input| &input.domain);
    let parameters = law
        .parameters
        .values()
        .map(|parameter| &parameter.declaration.domain);
    let mut axes: Vec<Axis> = inputs
        .chain(parameters)
        .flat_map(|domain| domain.axes().cloned())
        .filter(|axis| matches!(axis, Axis::Item(_) | Axis::Month))
        .collect();
    axes.sort();
    axes.dedup();
    axes
}
