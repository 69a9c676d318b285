//! Level 2, re-cuts: every number is the sum of its parts, by the county it is of, by the
//! county it goes to and by ecosystem type, and the whole is unchanged.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::storage::number_id;

use super::tables::Table;
use super::verify::Ledger;
use crate::output::RECUT;

/// Sum over counties.
const ALL: &str = "all";

/// Reads the table, if the run has one.
pub(super) fn read(folder: &Path) -> Result<Option<Table>, Findings> {
    let there = folder.join(RECUT.path()).is_file();
    there.then(|| Table::read(folder, &RECUT)).transpose()
}

/// Adds every sum up again.
pub(super) fn check(table: &Table, ledger: &mut Ledger) {
    let amounts = table.amounts("amount");
    let mut sums: BTreeMap<[&str; 5], Option<i128>> = BTreeMap::new();
    let keys = |row: usize| -> [&str; 5] {
        ["direction", "from_code", "to_code", "class", "item"].map(|name| table.text(name, row))
    };
    let mut over_types: BTreeMap<[&str; 4], Option<i128>> = BTreeMap::new();
    for (row, amount) in amounts.iter().enumerate() {
        let [direction, from, to, class, item] = keys(row);
        if from == ALL || to == ALL {
            continue;
        }
        if class != ALL {
            let sum = over_types.entry([direction, from, to, item]).or_default();
            if let Some(amount) = amount {
                *sum = Some(sum.unwrap_or(0) + amount);
            }
        }
        for (from, to) in [(from, ALL), (ALL, to), (ALL, ALL)] {
            let sum = sums.entry([direction, from, to, class, item]).or_default();
            if let Some(amount) = amount {
                *sum = Some(sum.unwrap_or(0) + amount);
            }
        }
    }
    let spell = |value: Option<i128>| value.map_or("-".to_string(), |value| value.to_string());
    for (row, amount) in amounts.iter().enumerate() {
        let own = keys(row);
        ledger.count("recut-sums", 1);
        let mut compare = |expected: String, found: String| {
            if expected != found {
                ledger.differ("verify-recut", &RECUT, own.join(", "), expected, found);
            }
        };
        compare(
            number_id(RECUT.name, &own, "amount"),
            table.text("number_id", row).to_string(),
        );
        if own[1] == ALL || own[2] == ALL {
            let sum = sums.get(&own).copied().flatten();
            compare(spell(sum), spell(*amount));
        }
        let [direction, from, to, class, item] = own;
        let typed = over_types.get(&[direction, from, to, item]);
        if let Some(sum) = typed.filter(|_| class == ALL) {
            compare(spell(*sum), spell(*amount));
        }
    }
}
