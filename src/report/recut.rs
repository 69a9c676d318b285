//! The table `recut` as typed rows: those between two counties and over all ecosystem
//! types, which is what a page can show.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;

use super::book::{Measured, State};
use super::table::Table;

/// Direction, county a number is of, county it goes to.
pub(super) type RecutPair = (String, String, String);

/// Area (`area`, mm2) and values of indicators (fen) by item.
pub(super) type RecutItems = BTreeMap<String, Measured>;

/// Reads the parts of a run's re-cuts; only counties whose ground went to another one.
pub(super) fn recuts(folder: &Path) -> Result<BTreeMap<RecutPair, RecutItems>, Findings> {
    let Some(table) = Table::read_optional(folder, "recut")? else {
        return Ok(BTreeMap::new());
    };
    table.require(&[
        "direction",
        "from_code",
        "to_code",
        "class",
        "item",
        "amount",
        "number_id",
    ])?;
    let mut all: BTreeMap<RecutPair, RecutItems> = BTreeMap::new();
    for row in 0..table.rows() {
        let [direction, from, to, class, item] =
            ["direction", "from_code", "to_code", "class", "item"]
                .map(|name| table.text(name, row));
        if from == "all" || to == "all" {
            continue;
        }
        if class == "all" {
            let own = all.entry((direction, from, to)).or_default();
            own.insert(item, part(&table, row));
        }
    }
    let split: Vec<(String, String)> = all
        .keys()
        .filter(|(_, from, to)| from != to)
        .map(|(direction, from, _)| (direction.clone(), from.clone()))
        .collect();
    all.retain(|(direction, from, _), _| split.contains(&(direction.clone(), from.clone())));
    Ok(all)
}

fn part(table: &Table, row: usize) -> Measured {
    let amount = table.amount("amount", row).map(|(amount, _)| amount);
    let missing_codes = table.text("missing_codes", row);
    Measured {
        value: amount,
        power: 0,
        coverage: None,
        partial: amount.is_some() && !missing_codes.is_empty(),
        missing_codes,
        state: match amount {
            Some(_) => State::Computed,
            None => State::Missing,
        },
        reason: String::new(),
        status: String::new(),
        number_id: table.text("number_id", row),
    }
}
