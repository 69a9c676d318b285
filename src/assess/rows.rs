//! Kinds that look at one region, type and item at a time.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::methodology::{Check, CheckKind};
use gep_core::quantity::{Rational, Unit};

use super::evaluate::{Found, main_operand, plain, within};
use super::figures::{Figures, Measured, Silence, Subject};

fn zero() -> Rational {
    Rational::from_integer(0.into())
}

fn count(number: usize) -> Rational {
    Rational::from_integer(number.into())
}

fn abs(number: Rational) -> Rational {
    if number < zero() { -number } else { number }
}

/// Compares range, ratio, at_most, product, sum and zero, subject by subject.
pub(super) fn compare(check: &Check, figures: &Figures) -> Vec<(Subject, Found)> {
    let mut subjects = BTreeSet::new();
    for selector in check.operand(main_operand(check)) {
        subjects.extend(figures.subjects(selector, &check.star, &check.levels));
    }
    let all = subjects.into_iter();
    all.map(|subject| {
        let found = one(check, figures, &subject);
        (subject, found)
    })
    .collect()
}

fn one(check: &Check, figures: &Figures, subject: &Subject) -> Found {
    let value = |name: &str| figures.value(check.operand(name), subject);
    match check.kind {
        CheckKind::Range => {
            let of = value("of")?;
            fits(check, &of.unit)?;
            let fires = !within(check, &of.value);
            Ok((of, fires))
        }
        CheckKind::Ratio => {
            let ratio = quotient(value("above")?, value("below")?)?;
            fits(check, &ratio.unit)?;
            let fires = !within(check, &ratio.value);
            Ok((ratio, fires))
        }
        CheckKind::AtMost => {
            let (of, whole) = (value("of")?, value("whole")?);
            same(&of.unit, &whole.unit)?;
            let times = check.limit("times").unwrap_or_else(zero);
            let fires = of.value > whole.value * times;
            Ok((of, fires))
        }
        CheckKind::Product => {
            let (quantity, price, whole) = (value("quantity")?, value("price")?, value("value")?);
            let product = Measured {
                value: quantity.value * price.value,
                unit: quantity.unit.times(&price.unit),
            };
            difference(check, product, &whole)
        }
        CheckKind::Sum => difference(check, value("parts")?, &value("whole")?),
        _ => {
            let (of, other) = (value("of")?, value("where")?);
            fits(check, &other.unit)?;
            let threshold = check.limit("threshold").unwrap_or_else(zero);
            let fires = of.value == zero() && other.value > threshold;
            Ok((other, fires))
        }
    }
}

/// What is measured is of the kind of the limit's unit; zero is zero in every unit.
fn fits(check: &Check, unit: &Unit) -> Result<(), Silence> {
    let signs_only = check.limits.values().all(|limit| *limit == zero());
    match &check.unit {
        Some(_) if signs_only => Ok(()),
        Some((_, own)) => same(own, unit),
        None if unit.is_plain() => Ok(()),
        None => Err(Silence::UnitsDiffer),
    }
}

fn same(one: &Unit, other: &Unit) -> Result<(), Silence> {
    match one.same_dimension(other) {
        true => Ok(()),
        false => Err(Silence::UnitsDiffer),
    }
}

/// Divides with units.
pub(super) fn quotient(above: Measured, below: Measured) -> Result<Measured, Silence> {
    if below.value == zero() {
        return Err(Silence::ZeroBelow);
    }
    Ok(Measured {
        value: above.value / below.value,
        unit: above.unit.over(&below.unit),
    })
}

/// The difference between what was put together and what stands there.
fn difference(check: &Check, made: Measured, whole: &Measured) -> Found {
    same(&made.unit, &whole.unit)?;
    if let Some((_, unit)) = &check.unit {
        same(unit, &whole.unit)?;
    }
    let off = &made.value - &whole.value;
    let tolerance = check.limit("tolerance").unwrap_or_else(zero);
    let slack = check.limit("slack").unwrap_or_else(zero);
    let fires = abs(off.clone()) > tolerance * abs(whole.value.clone()) + slack;
    let unit = whole.unit.clone();
    Ok((Measured { value: off, unit }, fires))
}

/// Counts the children without a number under each parent with one.
pub(super) fn complete(check: &Check, figures: &Figures) -> Vec<(Subject, Found)> {
    let most = check.limit("most").unwrap_or_else(zero);
    let Some(selector) = check.operand("of").first() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for subject in figures.subjects(selector, &check.star, &check.levels) {
        let has = |one: &Subject| {
            let figure = figures.figure_at(selector, one);
            figure.is_some_and(|figure| figure.value.is_some())
        };
        let children = match check.over.as_deref() {
            Some("region") => figures.regions_below(&subject),
            _ => figures.items_of(selector, &subject),
        };
        if children.is_empty() || check.over.as_deref() == Some("region") && !has(&subject) {
            continue;
        }
        let missing = count(children.iter().filter(|child| !has(child)).count());
        let fires = missing > most;
        found.push((subject, Ok((plain(missing), fires))));
    }
    found
}

/// Counts the series above zero of which one account may count few.
pub(super) fn exclusion(check: &Check, figures: &Figures) -> Vec<(Subject, Found)> {
    let most = check.limit("most").unwrap_or_else(zero);
    let mut regions: BTreeMap<Subject, usize> = BTreeMap::new();
    for selector in check.operand("of") {
        for subject in figures.subjects(selector, &check.star, &check.levels) {
            let positive = figures
                .value(std::slice::from_ref(selector), &subject)
                .is_ok_and(|one| one.value > zero());
            *regions.entry(subject).or_default() += usize::from(positive);
        }
    }
    let all = regions.into_iter();
    all.map(|(subject, positive)| {
        let positive = count(positive);
        let fires = positive > most;
        (subject, Ok((plain(positive), fires)))
    })
    .collect()
}
