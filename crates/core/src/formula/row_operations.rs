//! What each operation does to exact values.

use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

use crate::diagnostic::Finding;
use crate::quantity::{
    ApportionError, Rational, apportion_at, format_decimal, from_f64_15, to_f64,
};

use super::ast::{Function, Operator, Reduction};
use super::domain::Axis;
use super::program::{NodeId, Operation};
use super::rows::{Computed, Evaluator, Position, Year, is_negative, spreading};
use super::values::Value;

/// Whole exponents up to here are computed exactly.
const LARGEST_EXACT_POWER: i32 = 64;

impl Evaluator<'_> {
    pub(super) fn binary(
        &self,
        id: NodeId,
        operator: Operator,
        operands: [NodeId; 2],
        at: &mut Position,
        year: Year,
    ) -> Computed {
        let left = self.value(operands[0], at, year)?;
        let right = self.value(operands[1], at, year)?;
        let (Value::Exact(a), Value::Exact(b)) = (&left, &right) else {
            return Ok(spreading(&left, &right).unwrap_or(Value::Missing));
        };
        let truth = |truth: bool| {
            if truth {
                Rational::one()
            } else {
                Rational::zero()
            }
        };
        Ok(Value::Exact(match operator {
            Operator::Add => a + b,
            Operator::Subtract => a - b,
            Operator::Multiply => a * b,
            Operator::Divide if b.is_zero() => {
                let finding = Finding::error("formula-division-by-zero");
                return Err(self.located(finding.arg("at", self.spelled(id, at)), id));
            }
            Operator::Divide => a / b,
            Operator::Power => match power(a, b) {
                Some(result) => result,
                None => return Err(self.outside(id, "^", a, at)),
            },
            Operator::Less => truth(a < b),
            Operator::LessOrEqual => truth(a <= b),
            Operator::Greater => truth(a > b),
            Operator::GreaterOrEqual => truth(a >= b),
            Operator::Equal => truth(a == b),
            Operator::NotEqual => truth(a != b),
        }))
    }

    fn outside(&self, id: NodeId, operation: &str, value: &Rational, at: &Position) -> Finding {
        let finding = Finding::error("formula-outside-domain")
            .arg("operation", operation)
            .arg("value", format_decimal(value, 15))
            .arg("at", self.spelled(id, at));
        self.located(finding, id)
    }

    pub(super) fn call(
        &self,
        id: NodeId,
        function: Function,
        operands: &[NodeId],
        at: &mut Position,
        year: Year,
    ) -> Computed {
        let mut numbers = Vec::with_capacity(operands.len());
        let mut state = Value::Exact(Rational::zero());
        for operand in operands {
            let value = self.value(*operand, at, year)?;
            state = spreading(&state, &value).unwrap_or(state);
            if let Value::Exact(number) = value {
                numbers.push(number);
            }
        }
        if state.number().is_none() {
            return Ok(state);
        }
        let x = &numbers[0];
        let result = match function {
            Function::Min => numbers.iter().min().cloned(),
            Function::Max => numbers.iter().max().cloned(),
            // The lower bound wins if the bounds cross, as in the block evaluator.
            Function::Clamp => Some(x.min(&numbers[2]).max(&numbers[1]).clone()),
            Function::Exp => from_f64_15(libm::exp(to_f64(x))),
            Function::Ln if !x.is_positive() => None,
            Function::Ln => from_f64_15(libm::log(to_f64(x))),
            Function::Sqrt => root(x),
        };
        match result {
            Some(number) => Ok(Value::Exact(number)),
            None => Err(self.outside(id, function.name(), x, at)),
        }
    }

    /// Brings the values along an axis to one. Places where the question does not
    /// arise are passed over; a missing value makes the result missing.
    pub(super) fn reduce(
        &self,
        reduction: Reduction,
        inner: NodeId,
        axis: &Axis,
        at: &mut Position,
        year: Year,
    ) -> Computed {
        let labels = self.rows.labels.of(axis).len();
        let number = self.axis_number(axis);
        let own = at[number];
        let mut numbers = Vec::with_capacity(labels);
        let mut missing = false;
        for place in 0..labels {
            at[number] = place;
            let year = if *axis == Axis::Year {
                Some(place)
            } else {
                year
            };
            let value = self.value(inner, at, year);
            match value {
                Ok(Value::Exact(number)) => numbers.push(number),
                Ok(Value::Missing) => missing = true,
                Ok(Value::NotApplicable) => {}
                Err(finding) => {
                    at[number] = own;
                    return Err(finding);
                }
            }
        }
        at[number] = own;
        if missing {
            return Ok(Value::Missing);
        }
        let empty_sum = reduction == Reduction::Sum && labels == 0;
        if numbers.is_empty() && !empty_sum {
            return Ok(Value::NotApplicable);
        }
        let result = match reduction {
            Reduction::Sum => Some(numbers.iter().sum()),
            Reduction::Mean => {
                let count = Rational::from_integer(numbers.len().into());
                Some(numbers.iter().sum::<Rational>() / count)
            }
            Reduction::Min => numbers.into_iter().min(),
            Reduction::Max => numbers.into_iter().max(),
        };
        Ok(result.map_or(Value::NotApplicable, Value::Exact))
    }

    /// Shares each object's value by where it lies.
    pub(super) fn to_zone(
        &self,
        id: NodeId,
        value: NodeId,
        overlap: &str,
        objects: &Axis,
        at: &mut Position,
        year: Year,
    ) -> Computed {
        let (object, zone) = (self.axis_number(objects), self.axis_number(&Axis::Zone));
        let (own_object, own_zone) = (at[object], at[zone]);
        let mut sum = Rational::zero();
        let mut state = None;
        for (place, label) in self.rows.labels.of(objects).iter().enumerate() {
            at[object] = place;
            at[zone] = own_zone;
            let Value::Exact(inside) = self.declared(id, overlap, at, year)? else {
                state = Some(Value::Missing);
                continue;
            };
            if inside.is_negative() {
                let finding = Finding::error("formula-overlap-negative").arg("label", label);
                return Err(self.located(finding, id));
            }
            // What lies elsewhere does not matter here, even if it is missing; that
            // an object lies nowhere is found at the first zone.
            if inside.is_zero() && own_zone > 0 {
                continue;
            }
            let Some(whole) = self.whole_object(id, overlap, label, at, year)? else {
                state = Some(Value::Missing);
                continue;
            };
            at[zone] = own_zone;
            if inside.is_zero() {
                continue;
            }
            match self.value(value, at, year)? {
                Value::Exact(number) => sum += number * inside / whole,
                Value::NotApplicable => {}
                Value::Missing => state = Some(Value::Missing),
            }
        }
        (at[object], at[zone]) = (own_object, own_zone);
        Ok(state.unwrap_or(Value::Exact(sum)))
    }

    /// Returns the overlap of an object with all zones together; nothing if one
    /// of them is missing.
    fn whole_object(
        &self,
        id: NodeId,
        overlap: &str,
        label: &str,
        at: &mut Position,
        year: Year,
    ) -> Result<Option<Rational>, Finding> {
        let zone = self.axis_number(&Axis::Zone);
        let mut whole = Rational::zero();
        for place in 0..self.rows.labels.of(&Axis::Zone).len() {
            at[zone] = place;
            match self.declared(id, overlap, at, year)? {
                Value::Exact(part) => whole += part,
                Value::NotApplicable => {}
                Value::Missing => return Ok(None),
            }
        }
        if whole.is_zero() {
            let finding = Finding::error("formula-overlap-zero").arg("label", label);
            return Err(self.located(finding, id));
        }
        Ok(Some(whole))
    }

    pub(super) fn step(
        &self,
        id: NodeId,
        inner: NodeId,
        name: &str,
        at: &mut Position,
        year: Year,
    ) -> Computed {
        let value = self.value(inner, at, year)?;
        let Value::Exact(number) = &value else {
            return Ok(value);
        };
        let domain = &self.program.declarations[name].domain;
        let Some(scales) = self.rows.scales.get(name) else {
            let finding = Finding::error("formula-input-absent").arg("name", name);
            return Err(self.located(finding.arg("domain", domain), id));
        };
        let mut index = 0;
        let mut places = 1;
        for axis in domain.axes() {
            let length = self.rows.labels.of(axis).len();
            let place = match axis {
                Axis::Year => year.unwrap_or(length),
                _ => at[self.axis_number(axis)],
            };
            index = index * length + place;
            places *= length;
        }
        if scales.domain != *domain || scales.scales.len() != places {
            let finding = Finding::error("formula-input-shape")
                .arg("name", name)
                .arg("found", &scales.domain)
                .arg("expected", domain);
            return Err(self.located(finding, id));
        }
        let Some(Some(scale)) = scales.scales.get(index) else {
            return Ok(Value::Missing);
        };
        match scale.value(number) {
            Some(step) => Ok(Value::Exact(step.clone())),
            None => {
                let finding = Finding::error("formula-scale-below")
                    .arg("name", name)
                    .arg("value", format_decimal(number, 15))
                    .arg("at", self.spelled(id, at));
                Err(self.located(finding, id))
            }
        }
    }

    /// Computes ranks or shares for all places along the axis at once.
    pub(super) fn vector(
        &self,
        id: NodeId,
        number: usize,
        at: &mut Position,
        year: Year,
    ) -> Result<Vec<Value>, Finding> {
        let labels = self.rows.labels.of(&self.axes[number]).len();
        let along = |inner: NodeId, at: &mut Position| -> Result<Vec<Value>, Finding> {
            let mut values = Vec::with_capacity(labels);
            for place in 0..labels {
                at[number] = place;
                values.push(self.value(inner, at, year)?);
            }
            Ok(values)
        };
        match &self.program.node(id).operation {
            Operation::Rank(inner, _) => Ok(ranks(&along(*inner, at)?)),
            Operation::Apportion {
                amount,
                weight,
                quantum,
                ..
            } => {
                let weights = along(*weight, at)?;
                let amount = self.value(*amount, at, year)?;
                self.shares(id, &amount, &weights, quantum, (number, at))
            }
            _ => unreachable!("ranks and shares only"),
        }
    }

    fn shares(
        &self,
        id: NodeId,
        amount: &Value,
        weights: &[Value],
        quantum: &Rational,
        (number, at): (usize, &Position),
    ) -> Result<Vec<Value>, Finding> {
        let spelled = || {
            let node = self.program.node(id);
            let domain = node.domain.without(&self.axes[number]);
            let axes = self.axes.iter().zip(at);
            let labels: Vec<&str> = axes
                .filter(|(axis, _)| domain.has(axis))
                .map(|(axis, place)| self.rows.labels.of(axis)[*place].as_str())
                .collect();
            format!("({})", labels.join(", "))
        };
        if let Some(place) = weights.iter().position(is_negative) {
            let finding = Finding::error("formula-apportion-negative")
                .arg("label", &self.rows.labels.of(&self.axes[number])[place])
                .arg("at", spelled());
            return Err(self.located(finding, id));
        }
        let numbers: Vec<Rational> = weights.iter().filter_map(Value::number).cloned().collect();
        let state = match amount {
            Value::NotApplicable => Some(Value::NotApplicable),
            Value::Missing => Some(Value::Missing),
            Value::Exact(_) if weights.contains(&Value::Missing) => Some(Value::Missing),
            Value::Exact(_) => None,
        };
        let shared = match (state, amount) {
            (None, Value::Exact(total)) => match apportion_at(total, &numbers, quantum) {
                Ok(shares) => shares.into_iter().map(Value::Exact).collect(),
                Err(ApportionError::ZeroWeights | ApportionError::NegativeWeight(_)) => {
                    let finding = Finding::error("formula-apportion-zero")
                        .arg("at", spelled())
                        .arg("amount", format_decimal(total, 15));
                    return Err(self.located(finding, id));
                }
            },
            (state, _) => vec![state.unwrap_or(Value::Missing); weights.len()],
        };
        let mut shared: std::vec::IntoIter<Value> = shared.into_iter();
        let mut place = |weight: &Value| match weight {
            Value::NotApplicable => Value::NotApplicable,
            _ => shared.next().unwrap_or(Value::Missing),
        };
        Ok(weights.iter().map(&mut place).collect())
    }
}

/// Returns 1 for the largest value, equal values sharing the better rank.
fn ranks(values: &[Value]) -> Vec<Value> {
    let mut sorted: Vec<&Rational> = values.iter().filter_map(Value::number).collect();
    sorted.sort_by(|a, b| b.cmp(a));
    let rank = |value: &Value| match value {
        Value::Exact(number) => {
            let larger = sorted.partition_point(|other| *other > number);
            Value::Exact(Rational::from_integer((larger + 1).into()))
        }
        state => state.clone(),
    };
    values.iter().map(rank).collect()
}

/// Computes a power: exactly for whole exponents, otherwise by `libm` to 15
/// digits; nothing where it has no finite value.
fn power(base: &Rational, exponent: &Rational) -> Option<Rational> {
    if let Some(whole) = exponent.is_integer().then(|| exponent.to_i32()).flatten()
        && whole.abs() <= LARGEST_EXACT_POWER
    {
        let defined = whole >= 0 || !base.is_zero();
        return defined.then(|| Pow::pow(base, whole));
    }
    from_f64_15(libm::pow(to_f64(base), to_f64(exponent)))
}

/// Computes a square root: exactly if there is one among the fractions, otherwise
/// to 15 digits.
fn root(x: &Rational) -> Option<Rational> {
    if x.is_negative() {
        return None;
    }
    let exact = Rational::new(x.numer().sqrt(), x.denom().sqrt());
    if &exact * &exact == *x {
        return Some(exact);
    }
    from_f64_15(libm::sqrt(to_f64(x)))
}
