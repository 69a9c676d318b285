//! Level 2, row by row: ids, keys, states.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::storage::number_id;

use super::numbers::{NUMBER_TABLES, Number};
use super::recompute::is_base;
use super::verify::{Books, Ledger};

/// Spells the key of a number.
pub(super) fn key_of(number: &Number<'_>) -> String {
    number.keys().join(", ")
}

/// Recomputes every number id; finds keys and ids that stand twice, and regions
/// that `regions` does not know or knows at another level.
pub(super) fn check_numbers(books: &Books<'_>, ledger: &mut Ledger) {
    let mut ids: BTreeMap<&str, String> = BTreeMap::new();
    for numbers in books.all() {
        let mut keys = BTreeSet::new();
        for number in numbers {
            check_id(number, ledger);
            if !keys.insert(number.keys()) {
                ledger.differ("verify-key-twice", number.table, key_of(number), 1, 2);
            } else if let Some(other) = ids.insert(number.number_id, key_of(number)) {
                let table = number.table;
                ledger.differ("verify-number-id-twice", table, key_of(number), "-", other);
            }
            let known = books.regions.get(number.region);
            let level = known.map_or("-", |region| region.level);
            if level != number.level {
                let table = number.table;
                ledger.differ(
                    "verify-region-level",
                    table,
                    key_of(number),
                    level,
                    number.level,
                );
            }
        }
    }
}

fn check_id(number: &Number<'_>, ledger: &mut Ledger) {
    let table = number.table;
    let measure = NUMBER_TABLES
        .iter()
        .find(|(schema, _)| schema.name == table.name)
        .map_or("", |(_, measure)| *measure);
    let expected = number_id(table.name, &number.keys(), measure);
    ledger.count("number-ids", 1);
    if expected != number.number_id {
        ledger.differ(
            "verify-number-id",
            table,
            key_of(number),
            expected,
            number.number_id,
        );
    }
}

/// A computed number has a value, a withheld or missing one a reason and none;
/// coverage is a share, and below the floor nothing is shown.
pub(super) fn check_states(books: &Books<'_>, ledger: &mut Ledger) {
    let tables = [&books.physical, &books.value, &books.gep, &books.combine];
    for number in tables.into_iter().flatten() {
        ledger.count("states", 1);
        let fitting = match number.state {
            "computed" => number.value.is_some() && number.reason.is_empty(),
            "withheld" | "missing" => number.value.is_none() && !number.reason.is_empty(),
            _ => false,
        };
        let value = number.value.map_or("-".to_string(), |v| v.to_string());
        if !fitting {
            let found = format!("{} / {value} / {}", number.state, number.reason);
            let table = number.table;
            ledger.differ("verify-state", table, key_of(number), "-", found);
        }
        let Some(coverage) = number.coverage else {
            continue;
        };
        let floor = books.coverage_floor.unwrap_or(0.0);
        // The floor is applied where numbers arise; a city or a province adds up
        // what its counties show and says what is missing.
        let base = is_base(number.level, &books.below, number.region);
        let shown = number.state == "computed" && base;
        if !(0.0..=1.0).contains(&coverage) || shown && coverage < floor {
            ledger.differ(
                "verify-coverage",
                number.table,
                key_of(number),
                format!("{floor}-1"),
                coverage,
            );
        }
    }
}
