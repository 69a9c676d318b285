//! From a tree back to its canonical spelling.

use std::fmt::Write as _;

use crate::quantity::{Rational, Unit, format_exact};

use super::ast::{Expression, Kind};

/// Returns the canonical spelling of a tree; reading it gives the same tree.
pub fn print(tree: &Expression) -> String {
    let mut out = String::new();
    write(&mut out, tree, 0);
    out
}

/// Writes a tree whose surroundings bind as tightly as `floor`; parentheses are
/// put only where reading needs them.
fn write(out: &mut String, tree: &Expression, floor: u8) {
    let own = binding(&tree.kind);
    if own <= floor {
        out.push('(');
        write(out, tree, 0);
        out.push(')');
        return;
    }
    match &tree.kind {
        Kind::Number(number, unit) => write_number(out, number, unit.as_ref()),
        Kind::Name(name) => out.push_str(name),
        Kind::Negative(inner) => {
            out.push('-');
            write(out, inner, 4);
        }
        Kind::Binary(operator, left, right) => {
            let binding = operator.binding();
            // `^` groups to the right, comparisons do not group at all.
            let (left_floor, right_floor) = match binding {
                5 => (5, 4),
                1 => (1, 1),
                _ => (binding - 1, binding),
            };
            write(out, left, left_floor);
            if binding == 5 {
                out.push('^');
            } else {
                _ = write!(out, " {} ", operator.sign());
            }
            write(out, right, right_floor);
        }
        Kind::If(parts) => write_call(out, "if", parts.as_slice()),
        Kind::Call(function, operands) => write_call(out, function.name(), operands),
        Kind::Strip(inner, unit) => {
            write(out, inner, 6);
            if unit.is_symbol() {
                _ = write!(out, " in {unit}");
            } else {
                _ = write!(out, " in [{unit}]");
            }
        }
        _ => write_special(out, &tree.kind),
    }
}

fn write_special(out: &mut String, kind: &Kind) {
    match kind {
        Kind::Reduce(reduction, inner, axis) => {
            _ = write!(out, "{}({} over {axis})", reduction.name(), print(inner));
        }
        Kind::Total(inner) => _ = write!(out, "total({})", print(inner)),
        Kind::Apportion(amount, weight, axis) => {
            let (amount, weight) = (print(amount), print(weight));
            _ = write!(out, "apportion({amount} by {weight} over {axis})");
        }
        Kind::ToZone(inner, overlap) => {
            _ = write!(out, "to_zone({} by {overlap})", print(inner));
        }
        Kind::At(inner, year) => _ = write!(out, "at({}, {})", print(inner), year.word()),
        Kind::Rank(inner, axis) => _ = write!(out, "rank({} over {axis})", print(inner)),
        Kind::Step(inner, scale) => _ = write!(out, "step({}, {scale})", print(inner)),
        _ => unreachable!("written by `write`"),
    }
}

fn write_call(out: &mut String, name: &str, operands: &[Expression]) {
    let operands: Vec<String> = operands.iter().map(print).collect();
    _ = write!(out, "{name}({})", operands.join(", "));
}

/// Returns how tightly the node's own parts hold together.
fn binding(kind: &Kind) -> u8 {
    match kind {
        Kind::Binary(operator, ..) => operator.binding(),
        Kind::Negative(_) => 4,
        Kind::Strip(..) => 6,
        // A negative number comes only from substitution; it reads as `-x`.
        Kind::Number(number, _) if *number < Rational::default() => 4,
        // A fraction that does not end reads as `a / b`.
        Kind::Number(number, _) if format_exact(number).contains('/') => 3,
        _ => 7,
    }
}

fn write_number(out: &mut String, number: &Rational, unit: Option<&Unit>) {
    out.push_str(&format_exact(number).replace('/', " / "));
    if let Some(unit) = unit {
        _ = write!(out, " [{unit}]");
    }
}
