//! Kinds that look at all regions of a series together.

use std::collections::BTreeMap;

use gep_core::methodology::{Check, CheckKind};
use gep_core::quantity::Rational;

use super::evaluate::{Found, main_operand, plain, within};
use super::figures::{Figures, Measured, Silence, Subject};
use super::rows::quotient;

fn integer(number: i64) -> Rational {
    Rational::from_integer(number.into())
}

fn abs(number: Rational) -> Rational {
    if number < integer(0) { -number } else { number }
}

/// Returns the middle one of some numbers, the lower of the two middle ones.
fn median(mut numbers: Vec<Rational>) -> Option<Rational> {
    numbers.sort();
    let middle = numbers.len().checked_sub(1)? / 2;
    numbers.into_iter().nth(middle)
}

/// Compares a number, or a ratio, with what its peers or another series have.
pub(super) fn against_peers(check: &Check, figures: &Figures) -> Vec<(Subject, Found)> {
    let Some(selector) = check.operand(main_operand(check)).first() else {
        return Vec::new();
    };
    let subjects = figures.subjects(selector, &check.star, &check.levels);
    // What may differ between peers: prices are equal over types too.
    let group = |subject: &Subject| match check.kind {
        CheckKind::EqualRatio => (subject.star.clone(), String::new(), subject.item.clone()),
        _ => (
            subject.star.clone(),
            subject.class.clone(),
            subject.item.clone(),
        ),
    };
    let mut groups: BTreeMap<_, Vec<(Subject, Result<Measured, Silence>)>> = BTreeMap::new();
    for subject in subjects {
        let ratio = ratio(check, figures, &subject);
        groups
            .entry(group(&subject))
            .or_default()
            .push((subject, ratio));
    }
    let mut found = Vec::new();
    for members in groups.into_values() {
        let there = members.iter().filter_map(|(_, ratio)| ratio.as_ref().ok());
        let positive: Vec<Rational> = there
            .map(|one| one.value.clone())
            .filter(|value| *value > integer(0))
            .collect();
        let least = check.limit("count").unwrap_or_else(|| integer(2));
        let enough = Rational::from_integer(positive.len().into()) >= least;
        let middle = median(positive).filter(|_| enough);
        for (subject, ratio) in members {
            let result =
                ratio.and_then(|ratio| judge(check, figures, &subject, ratio, middle.as_ref()));
            found.push((subject, result));
        }
    }
    found
}

/// The number that is compared: `above` by `below`, or `of`, by `per` if there is one.
fn ratio(check: &Check, figures: &Figures, subject: &Subject) -> Result<Measured, Silence> {
    let value = |name: &str| figures.value(check.operand(name), subject);
    match check.kind {
        CheckKind::EqualRatio => quotient(value("above")?, value("below")?),
        _ if check.operand("per").is_empty() => value("of"),
        _ => quotient(value("of")?, value("per")?),
    }
}

fn judge(
    check: &Check,
    figures: &Figures,
    subject: &Subject,
    ratio: Measured,
    middle: Option<&Rational>,
) -> Found {
    let tolerance = check.limit("tolerance").unwrap_or_else(|| integer(0));
    let against = check.operand("against");
    let expected = if against.is_empty() {
        middle.cloned().ok_or(Silence::TooFew)?
    } else {
        let other = figures.value(against, subject)?;
        if !other.unit.same_dimension(&ratio.unit) {
            return Err(Silence::UnitsDiffer);
        }
        other.value
    };
    if expected == integer(0) {
        return Err(Silence::ZeroBelow);
    }
    if check.kind == CheckKind::EqualRatio {
        // Rounding of the numerator moves the price of a small quantity.
        let below = figures.value(check.operand("below"), subject)?;
        let slack = check.limit("slack").unwrap_or_else(|| integer(0));
        let off = abs(&ratio.value - &expected) * abs(below.value.clone());
        let allowed = tolerance * abs(&expected * &below.value) + slack;
        return Ok((ratio, off > allowed));
    }
    let times = &ratio.value / &expected;
    let fires = match check.kind {
        CheckKind::Peers => !within(check, &times),
        _ => check.factors.iter().any(|factor| {
            let near = |times: &Rational| abs(times / factor - integer(1)) <= tolerance;
            near(&times) || times != integer(0) && near(&(integer(1) / &times))
        }),
    };
    Ok((plain(times), fires))
}

/// Returns the significant digits of a number as it was given; many if it never ends.
fn significant_digits(number: &Rational) -> i64 {
    let mut scaled = abs(number.clone());
    let ten = integer(10);
    for _ in 0..12 {
        if scaled.is_integer() {
            break;
        }
        scaled *= &ten;
    }
    let digits = scaled.to_integer().to_string();
    let plain = digits.trim_end_matches('0').len();
    i64::try_from(plain).unwrap_or(i64::MAX)
}

/// Looks for regions with one figure, or two columns with the same figures.
pub(super) fn copied(check: &Check, figures: &Figures) -> Vec<(Subject, Found)> {
    let Some(selector) = check.operand("of").first() else {
        return Vec::new();
    };
    let least_digits = check.limit("digits").unwrap_or_else(|| integer(1));
    let least = check.limit("count").unwrap_or_else(|| integer(2));
    let with = check.operand("with").first();
    // By column and level: the figure with how many have it.
    let mut groups: BTreeMap<_, Vec<Subject>> = BTreeMap::new();
    let mut found = Vec::new();
    for subject in figures.subjects(selector, &check.star, &check.levels) {
        let Some(figure) = figures.figure(selector, &subject) else {
            continue;
        };
        let Some(value) = &figure.value else {
            found.push((subject, Err(Silence::Missing)));
            continue;
        };
        let telling = integer(significant_digits(value)) >= least_digits;
        let other = with.map(|with| figures.figure(with, &subject).map(|one| &one.value));
        let key = match other {
            None if telling => Some(value.to_string()),
            None => None,
            Some(None) => {
                found.push((subject, Err(Silence::NotGiven)));
                continue;
            }
            Some(Some(other)) => (telling && other.as_ref() == Some(value)).then(String::new),
        };
        match key {
            Some(key) => {
                let column = (
                    subject.star.clone(),
                    subject.class.clone(),
                    subject.item.clone(),
                );
                groups.entry((column, key)).or_default().push(subject);
            }
            None => found.push((subject, Ok((plain(integer(1)), false)))),
        }
    }
    for members in groups.into_values() {
        let size = Rational::from_integer(members.len().into());
        for subject in members {
            found.push((subject, Ok((plain(size.clone()), size >= least))));
        }
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// Looks at how many numbers of a column are round.
pub(super) fn digits(check: &Check, figures: &Figures) -> Vec<(Subject, Found)> {
    let Some(selector) = check.operand("of").first() else {
        return Vec::new();
    };
    let limit = |name: &str| check.limit(name).unwrap_or_else(|| integer(0));
    let mut columns: BTreeMap<Subject, (u64, u64)> = BTreeMap::new();
    for subject in figures.subjects(selector, &check.star, &check.levels) {
        let figure = figures.figure(selector, &subject);
        let value = figure.and_then(|figure| figure.value.clone());
        let column = Subject {
            region: String::new(),
            ..subject
        };
        let own = columns.entry(column).or_default();
        if let Some(value) = value.filter(|value| *value != integer(0)) {
            own.1 += 1;
            own.0 += u64::from(integer(significant_digits(&value)) <= limit("digits"));
        }
    }
    let all = columns.into_iter();
    all.map(|(subject, (round, numbers))| {
        let numbers = Rational::from_integer(numbers.into());
        if numbers < limit("count") || numbers == integer(0) {
            return (subject, Err(Silence::TooFew));
        }
        let share = Rational::from_integer(round.into()) / numbers;
        let fires = share > limit("share");
        (subject, Ok((plain(share), fires)))
    })
    .collect()
}
