//! Evaluation of rows for many draws of their parameters at once.
//!
//! A [`DrawProgram`] is a list of steps on vectors of draws. Everything that no drawn
//! parameter reaches was computed exactly beforehand and is a constant. The order of
//! operations is that of the formula; `exp`, `ln` and powers are libm's; a statement
//! with a quantum is rounded in every draw as it is in the account. What has no finite
//! value spoils its draw (NaN) until a result is stored, which is then refused.

use std::collections::BTreeMap;

use super::domain::Domain;
use super::program::Program;
use super::rows::Position;
use super::values::{Rows, Value};
use crate::diagnostic::Findings;

/// Which entries of declared names are drawn: for each name one entry per value of its
/// array, the position of the drawn parameter or nothing.
pub type DrawnNames = BTreeMap<String, Vec<Option<usize>>>;

/// One number a program computes in every draw.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawOutput {
    /// The statement.
    pub statement: String,
    /// Its labels, one per axis, in the order of the statement's domain.
    pub labels: Vec<String>,
    /// What it is.
    pub number: DrawnNumber,
}

/// Whether a number varies between draws.
#[derive(Clone, Debug, PartialEq)]
pub enum DrawnNumber {
    /// No: its coherent value, or the state of having none.
    Same(Value),
    /// Yes: the drawn parameters it depends on, in rising order.
    Varies(Vec<usize>),
}

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operand {
    Constant(f64),
    Register(usize),
    Input(usize),
}

/// An operation on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum One {
    Negative,
    Exp,
    Ln,
    Sqrt,
}

/// An operation on two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Two {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// One step for all draws of a chunk.
#[derive(Clone, Debug)]
pub(super) enum Step {
    One {
        to: usize,
        operation: One,
        from: Operand,
    },
    Two {
        to: usize,
        operation: Two,
        left: Operand,
        right: Operand,
    },
    Select {
        to: usize,
        condition: Operand,
        then: Operand,
        otherwise: Operand,
    },
    /// To whole multiples of `step` above `offset`, halves away from zero.
    Round {
        to: usize,
        from: Operand,
        offset: f64,
        step: f64,
    },
    /// Shares by weight in whole quanta, largest remainder, ties by place.
    Share {
        to: Vec<usize>,
        amount: Operand,
        weights: Vec<Operand>,
        quantum: f64,
    },
    /// Hands over the number of steps above the offset.
    Store {
        output: usize,
        from: Operand,
        offset: f64,
        step: f64,
    },
}

/// A program of rows compiled for drawn parameters.
#[derive(Clone, Debug)]
pub struct DrawProgram {
    pub(super) outputs: Vec<DrawOutput>,
    pub(super) steps: Vec<Step>,
    pub(super) registers: usize,
}

/// A result that has no finite value in a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrawFault {
    /// The position of the output.
    pub output: usize,
    /// The position of the draw in the chunk.
    pub draw: usize,
}

/// Vectors of a run, kept between chunks.
#[derive(Clone, Debug, Default)]
pub struct DrawScratch(Vec<Vec<f64>>);

impl DrawProgram {
    /// Compiles the statements named, place by place, the zones outermost.
    ///
    /// # Errors
    ///
    /// What [`evaluate`](super::evaluate) refuses; an operation that is not drawn
    /// (`formula-not-drawn`: other years, ranks, scales, shares of objects).
    pub fn compile(
        program: &Program,
        rows: &Rows,
        drawn: &DrawnNames,
        statements: &[&str],
    ) -> Result<Self, Findings> {
        super::draw_compile::compile(program, rows, drawn, statements)
    }

    /// Returns what is computed, in the order of compilation.
    pub fn outputs(&self) -> &[DrawOutput] {
        &self.outputs
    }

    /// Computes a chunk of draws: `inputs` holds for each drawn parameter one coherent
    /// value a draw. `sink` takes for each output that varies, in rising order, the
    /// number of quanta in each draw, whole numbers.
    ///
    /// # Errors
    ///
    /// The first result without a finite value.
    pub fn run(
        &self,
        inputs: &[&[f64]],
        scratch: &mut DrawScratch,
        sink: &mut dyn FnMut(usize, &[f64]),
    ) -> Result<(), DrawFault> {
        let count = inputs.first().map_or(0, |input| input.len());
        scratch.0.resize_with(self.registers + 1, Vec::new);
        for register in &mut scratch.0 {
            register.resize(count, 0.0);
        }
        for step in &self.steps {
            scratch.step(step, inputs, sink)?;
        }
        Ok(())
    }
}

/// The values of an operand.
#[derive(Clone, Copy)]
enum Lane<'a> {
    Constant(f64),
    Draws(&'a [f64]),
}

impl DrawScratch {
    fn lane<'a>(&'a self, operand: Operand, inputs: &'a [&'a [f64]]) -> Lane<'a> {
        match operand {
            Operand::Constant(value) => Lane::Constant(value),
            Operand::Register(at) => Lane::Draws(&self.0[at]),
            Operand::Input(at) => Lane::Draws(inputs[at]),
        }
    }

    /// Performs a step.
    fn step(
        &mut self,
        step: &Step,
        inputs: &[&[f64]],
        sink: &mut dyn FnMut(usize, &[f64]),
    ) -> Result<(), DrawFault> {
        match step {
            Step::Share {
                to,
                amount,
                weights,
                quantum,
            } => {
                let lanes: Vec<Lane<'_>> =
                    weights.iter().map(|one| self.lane(*one, inputs)).collect();
                let count = self.0.first().map_or(0, Vec::len);
                let shared = share(self.lane(*amount, inputs), &lanes, *quantum, count);
                for (to, shares) in to.iter().zip(shared) {
                    self.0[*to] = shares;
                }
                Ok(())
            }
            Step::Store {
                output,
                from,
                offset,
                step,
            } => {
                let mut target = self.0.pop().unwrap_or_default();
                let quanta = |x: f64, _: f64| ((x - offset) / step).round();
                let lane = self.lane(*from, inputs);
                zip(&mut target, lane, Lane::Constant(0.0), quanta);
                let fault = target.iter().position(|number| !number.is_finite());
                if let Some(draw) = fault {
                    let output = *output;
                    return Err(DrawFault { output, draw });
                }
                sink(*output, &target);
                self.0.push(target);
                Ok(())
            }
            Step::One { to, .. }
            | Step::Two { to, .. }
            | Step::Select { to, .. }
            | Step::Round { to, .. } => {
                // The target is taken out meanwhile: it is no operand.
                let mut target = std::mem::take(&mut self.0[*to]);
                self.compute(step, inputs, &mut target);
                self.0[*to] = target;
                Ok(())
            }
        }
    }

    /// Computes a step with one target.
    fn compute(&self, step: &Step, inputs: &[&[f64]], target: &mut [f64]) {
        let lane = |operand: &Operand| self.lane(*operand, inputs);
        match step {
            Step::One {
                operation, from, ..
            } => one(*operation, target, lane(from)),
            Step::Two {
                operation,
                left,
                right,
                ..
            } => two(*operation, target, lane(left), lane(right)),
            Step::Select {
                condition,
                then,
                otherwise,
                ..
            } => select(target, [condition, then, otherwise].map(lane)),
            Step::Round {
                from, offset, step, ..
            } => {
                let round = |x: f64, _: f64| offset + ((x - offset) / step).round() * step;
                zip(target, lane(from), Lane::Constant(0.0), round);
            }
            Step::Share { .. } | Step::Store { .. } => {
                unreachable!("shares have several targets, stores none")
            }
        }
    }
}

/// What is not finite is spoiled for good: infinity could come back as zero.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

fn zip(target: &mut [f64], a: Lane<'_>, b: Lane<'_>, operation: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Lane::Constant(a), Lane::Constant(b)) => target.fill(finite(operation(a, b))),
        (Lane::Draws(a), Lane::Constant(b)) => {
            for (target, a) in target.iter_mut().zip(a) {
                *target = finite(operation(*a, b));
            }
        }
        (Lane::Constant(a), Lane::Draws(b)) => {
            for (target, b) in target.iter_mut().zip(b) {
                *target = finite(operation(a, *b));
            }
        }
        (Lane::Draws(a), Lane::Draws(b)) => {
            for ((target, a), b) in target.iter_mut().zip(a).zip(b) {
                *target = finite(operation(*a, *b));
            }
        }
    }
}

fn one(operation: One, target: &mut [f64], from: Lane<'_>) {
    let none = Lane::Constant(0.0);
    match operation {
        One::Negative => zip(target, from, none, |x, _| -x),
        One::Exp => zip(target, from, none, |x, _| libm::exp(x)),
        One::Ln => zip(target, from, none, |x, _| libm::log(x)),
        One::Sqrt => zip(target, from, none, |x, _| libm::sqrt(x)),
    }
}

fn two(operation: Two, target: &mut [f64], a: Lane<'_>, b: Lane<'_>) {
    match operation {
        Two::Add => zip(target, a, b, |a, b| a + b),
        Two::Subtract => zip(target, a, b, |a, b| a - b),
        Two::Multiply => zip(target, a, b, |a, b| a * b),
        Two::Divide => zip(target, a, b, |a, b| a / b),
        Two::Power => zip(target, a, b, libm::pow),
        Two::Min => zip(target, a, b, |a, b| {
            spoiled(a, b, if b < a { b } else { a })
        }),
        Two::Max => zip(target, a, b, |a, b| {
            spoiled(a, b, if b > a { b } else { a })
        }),
        Two::Less => zip(target, a, b, |a, b| truth(a, b, a < b)),
        Two::LessOrEqual => zip(target, a, b, |a, b| truth(a, b, a <= b)),
        Two::Greater => zip(target, a, b, |a, b| truth(a, b, a > b)),
        Two::GreaterOrEqual => zip(target, a, b, |a, b| truth(a, b, a >= b)),
        Two::Equal => zip(target, a, b, |a, b| truth(a, b, a == b)),
        Two::NotEqual => zip(target, a, b, |a, b| truth(a, b, a != b)),
    }
}

fn spoiled(a: f64, b: f64, value: f64) -> f64 {
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        value
    }
}

fn truth(a: f64, b: f64, truth: bool) -> f64 {
    spoiled(a, b, f64::from(u8::from(truth)))
}

fn at(lane: Lane<'_>, draw: usize) -> f64 {
    match lane {
        Lane::Constant(value) => value,
        Lane::Draws(values) => values[draw],
    }
}

fn select(target: &mut [f64], [condition, then, otherwise]: [Lane<'_>; 3]) {
    for (draw, target) in target.iter_mut().enumerate() {
        let condition = at(condition, draw);
        *target = if condition.is_nan() {
            f64::NAN
        } else if condition == 0.0 {
            at(otherwise, draw)
        } else {
            at(then, draw)
        };
    }
}

/// Shares each draw's amount by its weights; a negative weight, or none where there is
/// an amount, spoils the draw.
fn share(amount: Lane<'_>, weights: &[Lane<'_>], quantum: f64, count: usize) -> Vec<Vec<f64>> {
    let mut shares = vec![vec![0.0; count]; weights.len()];
    for draw in 0..count {
        let amount = (at(amount, draw) / quantum).round();
        let own: Vec<f64> = weights.iter().map(|lane| at(*lane, draw)).collect();
        let sum: f64 = own.iter().sum();
        let mut whole = vec![0.0; own.len()];
        if own.iter().any(|weight| *weight < 0.0) || !(sum > 0.0 || amount == 0.0) {
            whole.fill(f64::NAN);
        } else if amount != 0.0 {
            let exact: Vec<f64> = own.iter().map(|one| amount.abs() * one / sum).collect();
            let mut order: Vec<usize> = (0..own.len()).collect();
            let rest = |at: usize| exact[at] - exact[at].floor();
            order.sort_by(|a, b| rest(*b).total_cmp(&rest(*a)));
            let mut left = amount.abs();
            for (whole, exact) in whole.iter_mut().zip(&exact) {
                *whole = exact.floor();
                left -= *whole;
            }
            let claimants = order
                .iter()
                .cycle()
                .take(if left > 0.0 { left as usize } else { 0 });
            for at in claimants {
                whole[*at] += 1.0;
            }
        }
        for (shares, whole) in shares.iter_mut().zip(whole) {
            shares[draw] = whole * quantum * if amount < 0.0 { -1.0 } else { 1.0 };
        }
    }
    shares
}

/// Every position of a domain in the order of its array, the zones outermost where
/// there are any: neighbouring steps then work on one zone.
pub(super) fn zones_first(
    domain: &Domain,
    places: Vec<Position>,
    zone: Option<usize>,
) -> Vec<(usize, Position)> {
    let mut numbered: Vec<(usize, Position)> = places.into_iter().enumerate().collect();
    if let Some(zone) = zone.filter(|_| domain.has(&super::domain::Axis::Zone)) {
        numbered.sort_by_key(|(at, place)| (place[zone], *at));
    }
    numbered
}
