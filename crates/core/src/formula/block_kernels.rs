//! The loops over the cells of a chunk: free functions on slices, no branch that
//! depends on more than one cell, nothing allocated.

use super::blocks::{Binary, Unary};

/// An operand of a chunk: values with their state, or one number for all cells.
#[derive(Clone, Copy)]
pub(super) enum Lane<'a> {
    Cells(&'a [f64], &'a [bool]),
    Constant(f64),
}

/// The bits of an `f64` that are all set in infinities and NaN only.
const EXPONENT: u64 = 0x7ff0_0000_0000_0000;

/// Copies values, with a harmless 1 where there is none.
pub(super) fn load(to: &mut [f64], values: &[f64], valid: &[bool]) {
    for ((to, &value), &valid) in to.iter_mut().zip(values).zip(valid) {
        *to = if valid { value } else { 1.0 };
    }
}

/// Puts a harmless 1 where there is no value, as [`load`] does.
pub(super) fn fill_missing(values: &mut [f64], valid: &[bool]) {
    for (value, &valid) in values.iter_mut().zip(valid) {
        if !valid {
            *value = 1.0;
        }
    }
}

/// Returns the first cell that is valid and active but not finite.
pub(super) fn first_not_finite(
    values: &[f64],
    valid: &[bool],
    active: Option<&[bool]>,
) -> Option<usize> {
    // The first pass has no branch and is what nearly every chunk needs.
    let suspects = values.iter().fold(false, |suspect, value| {
        suspect | (value.to_bits() & EXPONENT == EXPONENT)
    });
    if !suspects {
        return None;
    }
    let chosen = |cell: usize| active.is_none_or(|mask| mask[cell]);
    (0..values.len()).find(|&cell| valid[cell] && chosen(cell) && !values[cell].is_finite())
}

/// Computes an operation on one operand.
pub(super) fn unary(operation: Unary, to: &mut [f64], from: &[f64]) {
    match operation {
        Unary::Negative => each(to, from, |x| -x),
        Unary::Exp => each(to, from, libm::exp),
        Unary::Ln => each(to, from, libm::log),
        // The one irrational function the hardware must round correctly.
        Unary::Sqrt => each(to, from, f64::sqrt),
        Unary::WholePower(exponent) => each(to, from, |x| whole_power(x, exponent)),
        Unary::Strip(offset, scale) => each(to, from, |x| (x - offset) / scale),
    }
}

fn each(to: &mut [f64], from: &[f64], operation: impl Fn(f64) -> f64) {
    for (to, &x) in to.iter_mut().zip(from) {
        *to = operation(x);
    }
}

/// Computes a power by squaring, always in the same order.
pub(super) fn whole_power(x: f64, exponent: i32) -> f64 {
    let mut result = 1.0;
    let mut square = x;
    let mut left = exponent.unsigned_abs();
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
        }
        left >>= 1;
        if left > 0 {
            square *= square;
        }
    }
    if exponent < 0 { 1.0 / result } else { result }
}

/// Computes an operation on two operands.
pub(super) fn binary(operation: Binary, to: &mut [f64], a: Lane<'_>, b: Lane<'_>) {
    let truth = |truth: bool| if truth { 1.0 } else { 0.0 };
    match operation {
        Binary::Add => pairs(to, a, b, |a, b| a + b),
        Binary::Subtract => pairs(to, a, b, |a, b| a - b),
        Binary::Multiply => pairs(to, a, b, |a, b| a * b),
        Binary::Divide => pairs(to, a, b, |a, b| a / b),
        Binary::Power => pairs(to, a, b, libm::pow),
        Binary::Min => pairs(to, a, b, |a, b| if b < a { b } else { a }),
        Binary::Max => pairs(to, a, b, |a, b| if b > a { b } else { a }),
        Binary::Less => pairs(to, a, b, |a, b| truth(a < b)),
        Binary::LessOrEqual => pairs(to, a, b, |a, b| truth(a <= b)),
        Binary::Greater => pairs(to, a, b, |a, b| truth(a > b)),
        Binary::GreaterOrEqual => pairs(to, a, b, |a, b| truth(a >= b)),
        Binary::Equal => pairs(to, a, b, |a, b| truth(a == b)),
        Binary::NotEqual => pairs(to, a, b, |a, b| truth(a != b)),
    }
}

fn pairs(to: &mut [f64], a: Lane<'_>, b: Lane<'_>, operation: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (Lane::Cells(a, _), Lane::Cells(b, _)) => {
            for ((to, &a), &b) in to.iter_mut().zip(a).zip(b) {
                *to = operation(a, b);
            }
        }
        (Lane::Cells(a, _), Lane::Constant(b)) => {
            for (to, &a) in to.iter_mut().zip(a) {
                *to = operation(a, b);
            }
        }
        (Lane::Constant(a), Lane::Cells(b, _)) => {
            for (to, &b) in to.iter_mut().zip(b) {
                *to = operation(a, b);
            }
        }
        (Lane::Constant(a), Lane::Constant(b)) => to.fill(operation(a, b)),
    }
}

/// Marks the cells at which both operands are there.
pub(super) fn both_valid(to: &mut [bool], a: Lane<'_>, b: Lane<'_>) {
    match (a, b) {
        (Lane::Cells(_, a), Lane::Cells(_, b)) => {
            for ((to, &a), &b) in to.iter_mut().zip(a).zip(b) {
                *to = a & b;
            }
        }
        (Lane::Cells(_, one), Lane::Constant(_)) | (Lane::Constant(_), Lane::Cells(_, one)) => {
            to.copy_from_slice(one);
        }
        (Lane::Constant(_), Lane::Constant(_)) => to.fill(true),
    }
}

fn at(lane: Lane<'_>, cell: usize) -> (f64, bool) {
    match lane {
        Lane::Cells(values, valid) => (values[cell], valid[cell]),
        Lane::Constant(value) => (value, true),
    }
}

/// Takes each cell from the branch its condition chose.
pub(super) fn select(
    values: &mut [f64],
    valid: &mut [bool],
    condition: Lane<'_>,
    then: Lane<'_>,
    otherwise: Lane<'_>,
) {
    for cell in 0..values.len() {
        let (truth, known) = at(condition, cell);
        let chosen = if truth != 0.0 { then } else { otherwise };
        let (value, there) = at(chosen, cell);
        values[cell] = value;
        valid[cell] = known & there;
    }
}

/// Marks the cells whose condition is known and as wanted.
pub(super) fn mask(to: &mut [bool], condition: Lane<'_>, wanted: bool, parent: Option<&[bool]>) {
    for (cell, to) in to.iter_mut().enumerate() {
        let (truth, known) = at(condition, cell);
        *to = known & ((truth != 0.0) == wanted) & parent.is_none_or(|mask| mask[cell]);
    }
}

/// Writes a result.
pub(super) fn store(values: &mut [f64], valid: &mut [bool], from: Lane<'_>) {
    match from {
        Lane::Cells(own, states) => {
            values.copy_from_slice(own);
            valid.copy_from_slice(states);
        }
        Lane::Constant(value) => {
            values.fill(value);
            valid.fill(true);
        }
    }
}
