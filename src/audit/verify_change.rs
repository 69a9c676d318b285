//! Level 2, change: single objects add up to the effects of their county, and deflated
//! values are the values times their deflator.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::quantity::{Rational, parse_decimal, quanta};

use super::numbers::ALL;
use super::tables::Table;
use super::verify::{Books, Ledger};
use crate::output::{CHANGE, CHANGE_OBJECTS};

/// Columns of an object's effects, and the items of the change table they add up to.
const EFFECTS: [(&str, &str); 4] = [
    ("appears_fen", "appears"),
    ("disappears_fen", "disappears"),
    ("intensity_fen", "intensity"),
    ("price_fen", "price"),
];

/// The effects of every object add to its change, those of a county's objects to the
/// county's, in each indicator that is told by object.
pub(super) fn check_change_objects(objects: &Table, change: &Table, ledger: &mut Ledger) {
    let (old, new) = (
        objects.amounts("value_base_fen"),
        objects.amounts("value_fen"),
    );
    let effects = EFFECTS.map(|(column, _)| objects.amounts(column));
    let mut sums: BTreeMap<(&str, &str), [i128; 4]> = BTreeMap::new();
    for row in 0..objects.rows() {
        let text = |name| objects.text(name, row);
        ledger.count("change-objects", 1);
        let own = [0, 1, 2, 3].map(|at: usize| effects[at][row].unwrap_or(0));
        let whole = new[row].unwrap_or(0) - old[row].unwrap_or(0);
        let told = own.iter().sum::<i128>();
        if told != whole {
            let key = objects.schema.keys.iter().map(|name| text(name));
            let key = key.collect::<Vec<_>>().join(", ");
            ledger.differ("verify-change-effects", &CHANGE_OBJECTS, key, whole, told);
        }
        let sum = sums
            .entry((text("region_code"), text("indicator")))
            .or_default();
        for (sum, own) in sum.iter_mut().zip(own) {
            *sum += own;
        }
    }
    let values = change.amounts("value_fen");
    let mut items: BTreeMap<(&str, &str, &str), i128> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        let text = |name| change.text(name, row);
        if text("class") == ALL {
            let key = (text("region_code"), text("indicator"), text("item"));
            items.insert(key, value.unwrap_or(0));
        }
    }
    for ((region, indicator), sum) in sums {
        for ((_, item), own) in EFFECTS.iter().zip(sum) {
            let found = items.get(&(region, indicator, item)).copied().unwrap_or(0);
            if own != found {
                let key = [region, indicator, item].join(", ");
                ledger.differ("verify-change-objects", &CHANGE, key, own, found);
            }
        }
    }
}

/// Where a county's value came to the base run's prices by a deflator alone, at the place
/// where it was rounded, it is the value times the deflator.
pub(super) fn check_deflated(change: &Table, books: &Books<'_>, ledger: &mut Ledger) {
    let values = change.amounts("value_fen");
    let mut typed: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut current: BTreeMap<[&str; 3], i128> = BTreeMap::new();
    for (row, value) in values.iter().enumerate() {
        let text = |name| change.text(name, row);
        let key = [text("region_code"), text("class"), text("indicator")];
        if key[1] != ALL {
            typed.insert((key[0], key[2]));
        }
        if text("item") == "value" {
            current.insert(key, value.unwrap_or(0));
        }
    }
    for (row, value) in values.iter().enumerate() {
        let text = |name| change.text(name, row);
        let key = [text("region_code"), text("class"), text("indicator")];
        let finest = key[1] != ALL || !typed.contains(&(key[0], key[2]));
        let county = !books.below.contains_key(key[0]);
        if text("constant_by") != "deflator" || !finest || !county {
            continue;
        }
        ledger.count("deflated", 1);
        let fen = current.get(&key).copied().unwrap_or(0);
        let ratio = exact(text("deflator"));
        let expected = ratio.and_then(|ratio| {
            let own = Rational::from_integer(fen.into()) * ratio;
            i128::try_from(quanta(&own, &Rational::from_integer(1.into()))).ok()
        });
        if expected != *value {
            let spell = |own: Option<i128>| own.map_or("-".to_string(), |own| own.to_string());
            let (expected, found) = (spell(expected), spell(*value));
            ledger.differ(
                "verify-change-deflated",
                &CHANGE,
                key.join(", "),
                expected,
                found,
            );
        }
    }
}

fn exact(text: &str) -> Option<Rational> {
    match text.split_once('/') {
        None => parse_decimal(text),
        Some((above, below)) => {
            let below = parse_decimal(below)?;
            let zero = Rational::from_integer(0.into());
            (below != zero).then_some(parse_decimal(above)? / below)
        }
    }
}
