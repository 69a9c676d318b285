//! Checks on the printed rows of an account: units, powers of ten, areas, and the
//! checks under `methodology/checks`. They know no account and no service.

use gep_core::diagnostic::Finding;
use gep_core::methodology::{Figure, Methodology};
use gep_core::quantity::{Rational, format_decimal};

use super::evaluate::{Outcome, run_check};
use super::figures::Figures;
use super::findings::fired_findings;
use crate::account::ALL_CLASSES;

/// A printed number: `number` times `scale` in `unit`, known to half of `last_digit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The number as printed.
    pub number: Rational,
    /// One unit of its last printed digit.
    pub last_digit: Rational,
    /// The power of ten it is printed in (10^8 for 亿).
    pub scale: Rational,
    /// The unit.
    pub unit: String,
}

/// One line of an account: quantity times price is value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The indicator.
    pub indicator: String,
    /// The line's own name.
    pub item: String,
    /// The quantity, if it is printed.
    pub quantity: Option<Amount>,
    /// The price, if it is printed.
    pub price: Option<Amount>,
    /// The value, or for a physical law its result.
    pub value: Amount,
}

/// The areas of an account, in km2.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountArea {
    /// By ecosystem type.
    pub parts: Vec<Rational>,
    /// The total the account states.
    pub stated: Option<Rational>,
}

fn zero() -> Rational {
    Rational::from_integer(0.into())
}

fn one() -> Rational {
    Rational::from_integer(1.into())
}

fn abs(number: Rational) -> Rational {
    if number < zero() { -number } else { number }
}

/// Returns ten to a power, exactly.
fn power_of_ten(power: i32) -> Rational {
    let ten = Rational::from_integer(10.into());
    let magnitude = (0..power.abs()).fold(one(), |product, _| product * &ten);
    if power < 0 {
        one() / magnitude
    } else {
        magnitude
    }
}

/// Areas that differ by less are the same: 0.01 %.
fn area_tolerance() -> Rational {
    Rational::new(1.into(), 10_000.into())
}

/// Products that differ by less agree: 0.5 %.
fn product_tolerance() -> Rational {
    Rational::new(5.into(), 1000.into())
}

/// Returns what the checks find in an account; nothing if all is well.
pub fn check_account(all: &Methodology, rows: &[AccountRow], area: &AccountArea) -> Vec<Finding> {
    let mut findings = data_checks(all, rows);
    findings.extend(areas(area));
    findings.extend(rows.iter().filter_map(|row| product(all, row)));
    findings
}

fn finding(code: &'static str) -> Finding {
    Finding::error(code).exit(1)
}

/// The checks of the methodology that have what they look at in a printed account.
fn data_checks(all: &Methodology, rows: &[AccountRow]) -> Vec<Finding> {
    let mut figures = Figures::default();
    let mut add = |series: String, amount: &Amount| {
        if let Ok(unit) = all.units.unit(&amount.unit) {
            figures.add(Figure {
                region: String::new(),
                class: ALL_CLASSES.to_owned(),
                item: String::new(),
                series,
                value: Some(&amount.number * &amount.scale),
                unit,
            });
        }
    };
    for row in rows {
        add(format!("{}.value", row.indicator), &row.value);
        // A printed account has no rules: what stands in it counts.
        add(format!("counted.{}", row.indicator), &row.value);
        if let Some(quantity) = &row.quantity {
            add(format!("{}.quantity", row.indicator), quantity);
        }
    }
    let checks = all.checks.values();
    let outcomes: Vec<Outcome> = checks
        .flat_map(|check| run_check(check, &figures))
        .collect();
    fired_findings(all, &outcomes)
}

fn areas(area: &AccountArea) -> Option<Finding> {
    let stated = area.stated.as_ref().filter(|stated| **stated > zero())?;
    let sum: Rational = area.parts.iter().sum();
    let off = (&sum - stated) / stated;
    (abs(off.clone()) > area_tolerance()).then(|| {
        let percent = &off * Rational::from_integer(100.into());
        finding("assess-area")
            .arg("sum", format_decimal(&sum, 10))
            .arg("stated", format_decimal(stated, 10))
            .arg("share", format_decimal(&percent, 3))
    })
}

/// Quantity times price gives the value: in unit, in power of ten, in digits.
fn product(all: &Methodology, row: &AccountRow) -> Option<Finding> {
    let (quantity, price) = (row.quantity.as_ref()?, row.price.as_ref()?);
    let unit = |amount: &Amount| all.units.unit(&amount.unit).ok();
    let (of_quantity, of_price, of_value) = (unit(quantity)?, unit(price)?, unit(&row.value)?);
    let place = |found: Finding| found.place(&row.item).arg("item", &row.item);
    if !of_quantity.times(&of_price).same_dimension(&of_value) {
        return Some(
            place(finding("assess-price-unit"))
                .arg("quantity", &quantity.unit)
                .arg("price", &price.unit)
                .arg("value", &row.value.unit),
        );
    }
    let coherent = |amount: &Amount, scale: &Rational| &amount.number * &amount.scale * scale;
    let product = coherent(quantity, of_quantity.scale()) * coherent(price, of_price.scale());
    let value = coherent(&row.value, of_value.scale());
    if value == zero() || product == zero() {
        return None;
    }
    let ratio = &product / &value;
    let half = |amount: &Amount| {
        let two = Rational::from_integer(2.into());
        abs(&amount.last_digit / (&amount.number * two))
    };
    let printed = half(quantity) + half(price) + half(&row.value);
    let slack = product_tolerance().max(printed);
    let near = |ratio: Rational| abs(ratio - one()) <= slack;
    if near(ratio.clone()) {
        return None;
    }
    let power = (-12..=12).find(|power: &i32| near(&ratio / power_of_ten(*power)));
    Some(match power {
        Some(power) => place(finding("assess-power-of-ten")).arg("power", power),
        None => place(finding("assess-product"))
            .arg("product", format_decimal(&(product / of_value.scale()), 8))
            .arg("value", format_decimal(&(value / of_value.scale()), 8)),
    })
}
