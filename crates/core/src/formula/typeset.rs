//! From a tree to the mathematical notation of a printed page (LaTeX).

use crate::quantity::{Rational, UnitRegistry, format_exact};

use super::ast::{Expression, Function, Kind, Operator, Reduction};
use super::parse::parse;

/// Returns an expression in LaTeX; `None` if the text is no expression. Names stand
/// upright, `total` is the integral over the area, `x in UNIT` the numerical value
/// of a quantity in braces (ISO 80000-1, clause 6.2).
pub fn typeset(text: &str, units: &UnitRegistry) -> Option<String> {
    let tree = parse(text, units).ok()?;
    Some(write(&tree))
}

/// Returns a name or unit as upright text.
fn upright(text: &str) -> String {
    let mut out = String::from("\\text{");
    for letter in text.chars() {
        match letter {
            '_' | '%' | '#' | '&' | '$' => out.extend(['\\', letter]),
            '^' => out.push_str("\\^{}"),
            _ => out.push(letter),
        }
    }
    out.push('}');
    out
}

fn bracketed(inner: &str) -> String {
    format!("\\left({inner}\\right)")
}

/// How tightly a node holds together on the page: a bar and a call enclose
/// themselves.
fn binding(kind: &Kind) -> u8 {
    match kind {
        Kind::Binary(Operator::Divide, ..) => 7,
        Kind::Binary(operator, ..) => operator.binding(),
        Kind::Negative(_) => 4,
        Kind::Number(number, _) if *number < Rational::default() => 4,
        _ => 7,
    }
}

/// Writes a node, in brackets where its surroundings bind more tightly.
fn part(tree: &Expression, floor: u8) -> String {
    let inner = write(tree);
    if binding(&tree.kind) <= floor {
        bracketed(&inner)
    } else {
        inner
    }
}

fn write(tree: &Expression) -> String {
    match &tree.kind {
        Kind::Number(number, unit) => {
            let number = format_exact(number);
            match unit {
                Some(unit) => format!("{number}\\,{}", upright(&unit.to_string())),
                None => number,
            }
        }
        Kind::Name(name) => upright(name),
        Kind::Negative(inner) => format!("-{}", part(inner, 3)),
        Kind::Binary(operator, left, right) => binary(*operator, left, right),
        Kind::If(parts) => {
            let [condition, then, otherwise] = parts.as_ref().each_ref().map(write);
            format!(
                "\\begin{{cases}}{then} & {condition}\\\\ {otherwise} & \\text{{else}}\\end{{cases}}"
            )
        }
        Kind::Call(function, operands) => call(*function, operands),
        Kind::Strip(inner, unit) => {
            let unit = upright(&unit.to_string());
            format!("\\left\\{{{}\\right\\}}_{{{unit}}}", write(inner))
        }
        Kind::Reduce(reduction, inner, axis) => {
            let sign = match reduction {
                Reduction::Sum => "\\sum".to_string(),
                Reduction::Min => "\\min".to_string(),
                Reduction::Max => "\\max".to_string(),
                Reduction::Mean => format!("\\operatorname*{{{}}}", reduction.name()),
            };
            format!("{sign}_{{{}}} {}", upright(axis), part(inner, 2))
        }
        Kind::Total(inner) => format!("\\int_{{A}} {}\\,\\mathrm{{d}}A", part(inner, 2)),
        Kind::Apportion(amount, weight, axis) => {
            named("apportion", &[write(amount), write(weight), upright(axis)])
        }
        Kind::ToZone(inner, overlap) => named("to_zone", &[write(inner), upright(overlap)]),
        Kind::At(inner, year) => format!("{}_{{{}}}", part(inner, 6), upright(year.word())),
        Kind::Rank(inner, axis) => named("rank", &[write(inner), upright(axis)]),
        Kind::Step(inner, scale) => named("step", &[write(inner), upright(scale)]),
    }
}

fn binary(operator: Operator, left: &Expression, right: &Expression) -> String {
    let sign = match operator {
        Operator::Divide => return format!("\\frac{{{}}}{{{}}}", write(left), write(right)),
        Operator::Power => return format!("{{{}}}^{{{}}}", power_base(left), write(right)),
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "\\cdot",
        Operator::Less => "<",
        Operator::LessOrEqual => "\\le",
        Operator::Greater => ">",
        Operator::GreaterOrEqual => "\\ge",
        Operator::Equal => "=",
        Operator::NotEqual => "\\ne",
    };
    let binding = operator.binding();
    format!(
        "{} {sign} {}",
        part(left, binding - 1),
        part(right, binding)
    )
}

/// A base stands alone only if it is a name or a plain number.
fn power_base(tree: &Expression) -> String {
    match &tree.kind {
        Kind::Name(_) => write(tree),
        Kind::Number(number, None) if *number >= Rational::default() => write(tree),
        _ => bracketed(&write(tree)),
    }
}

fn call(function: Function, operands: &[Expression]) -> String {
    let written: Vec<String> = operands.iter().map(write).collect();
    match function {
        Function::Sqrt => format!("\\sqrt{{{}}}", written.join(", ")),
        Function::Clamp => named(function.name(), &written),
        Function::Min | Function::Max | Function::Exp | Function::Ln => {
            format!("\\{}{}", function.name(), bracketed(&written.join(",\\, ")))
        }
    }
}

fn named(name: &str, operands: &[String]) -> String {
    let name = name.replace('_', "\\_");
    format!(
        "\\operatorname{{{name}}}{}",
        bracketed(&operands.join(";\\, "))
    )
}
