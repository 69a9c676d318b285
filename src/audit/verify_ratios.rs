//! Level 2, shares and densities: each is its numerator by its denominator, and both
//! are the numbers they name.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::{Rational, quanta};
use gep_core::storage::number_id;

use super::tables::Table;
use super::verify::{Books, Ledger};
use crate::output::{DENOMINATORS, RATIOS};

/// Ratios and the denominators that stand in no table of the account.
pub(super) struct Ratios {
    ratios: Table,
    denominators: Table,
}

/// Power of ten from the quotient of the parts to the unit, by measure.
pub(super) fn power(measure: &str) -> u32 {
    match measure {
        // mm2 to km2, fen to yuan.
        "gep_per_km2" => 10,
        // Steps of 1/10000 person or yuan, fen to yuan.
        "gep_per_head" | "gep_to_gdp" => 2,
        _ => 0,
    }
}

impl Ratios {
    /// Reads both tables.
    pub(super) fn read(folder: &Path) -> Result<Self, Findings> {
        Ok(Self {
            ratios: Table::read(folder, &RATIOS)?,
            denominators: Table::read(folder, &DENOMINATORS)?,
        })
    }

    /// Checks every ratio and every denominator.
    pub(super) fn check(&self, books: &Books<'_>, ledger: &mut Ledger) {
        let there = self.numbers(books);
        let table = &self.ratios;
        let [above, below, values] =
            ["numerator", "denominator", "value"].map(|name| table.amounts(name));
        for row in 0..table.rows() {
            ledger.count("ratios", 1);
            let text = |name| table.text(name, row);
            let keys = ["region_code", "measure", "item"].map(text);
            let key = keys.join(", ");
            let id = number_id(RATIOS.name, &keys, "value");
            if id != text("number_id") {
                ledger.differ(
                    "verify-number-id",
                    &RATIOS,
                    key.clone(),
                    id,
                    text("number_id"),
                );
            }
            let expected = quotient(above[row], below[row], power(keys[1]));
            if expected != values[row] {
                let spell = |own: Option<i128>| own.map_or("-".to_string(), |own| own.to_string());
                let (expected, found) = (spell(expected), spell(values[row]));
                ledger.differ("verify-ratio", &RATIOS, key.clone(), expected, found);
            }
            for (part, id) in [(above[row], "numerator_id"), (below[row], "denominator_id")] {
                // Parts by status are sums of their own and stand nowhere else.
                if let (Some(part), Some(number)) = (part, there.get(text(id)))
                    && *number != Some(part)
                {
                    let expected = number.map_or("-".to_string(), |own| own.to_string());
                    ledger.differ("verify-ratio-part", &RATIOS, key.clone(), expected, part);
                }
            }
        }
        self.check_denominators(books, ledger);
    }

    /// Numbers a ratio may be made of, by id.
    fn numbers<'a>(&'a self, books: &'a Books<'_>) -> BTreeMap<&'a str, Option<i128>> {
        let mut all: BTreeMap<&str, Option<i128>> = BTreeMap::new();
        for numbers in [&books.gep, &books.extent, &books.combine] {
            all.extend(numbers.iter().map(|own| (own.number_id, own.value)));
        }
        let table = &self.denominators;
        let values = table.amounts("value");
        let own = values.into_iter().enumerate();
        all.extend(own.map(|(row, value)| (table.text("number_id", row), value)));
        all
    }

    /// A sum is the sum of the regions right below; ids and states fit.
    fn check_denominators(&self, books: &Books<'_>, ledger: &mut Ledger) {
        let table = &self.denominators;
        let values = table.amounts("value");
        let mut by_key: BTreeMap<(&str, &str), Option<i128>> = BTreeMap::new();
        for (row, value) in values.iter().enumerate() {
            let key = (
                table.text("region_code", row),
                table.text("denominator", row),
            );
            by_key.insert(key, *value);
        }
        for (row, value) in values.iter().enumerate() {
            ledger.count("denominators", 1);
            let text = |name| table.text(name, row);
            let (region, kind) = (text("region_code"), text("denominator"));
            let key = format!("{region}, {kind}");
            let id = number_id(DENOMINATORS.name, &[region, kind], "value");
            if id != text("number_id") {
                let found = text("number_id");
                ledger.differ("verify-number-id", &DENOMINATORS, key.clone(), id, found);
            }
            let fits = match text("state") {
                "computed" => value.is_some(),
                "missing" => value.is_none() && !text("reason").is_empty(),
                _ => false,
            };
            if !fits {
                let found = text("state");
                ledger.differ("verify-state", &DENOMINATORS, key.clone(), "-", found);
            }
            let below = books.below.get(region).into_iter().flatten();
            let parts = below.map(|code| by_key.get(&(*code, kind)).copied().flatten());
            let sum: Option<i128> = parts.sum();
            if text("origin") == "sum" && sum != *value {
                let spell = |own: Option<i128>| own.map_or("-".to_string(), |own| own.to_string());
                let (expected, found) = (spell(sum), spell(*value));
                ledger.differ(
                    "verify-denominator-sum",
                    &DENOMINATORS,
                    key,
                    expected,
                    found,
                );
            }
        }
    }
}

/// The ratio times 10^6, halves away from zero.
pub(super) fn quotient(above: Option<i128>, below: Option<i128>, power: u32) -> Option<i128> {
    let below = below.filter(|below| *below > 0)?;
    let exact = Rational::new(above?.into(), below.into())
        * Rational::from_integer(10_i128.pow(power).into());
    let step = Rational::new(1.into(), 1_000_000.into());
    quanta(&exact, &step).try_into().ok()
}
