//! Level 2, control areas: official, measured and booked areas of every line agree with
//! each other and with the extent of the run, to the mm2.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::{Rational, parse_decimal};
use gep_core::storage::number_id;

use super::numbers::ALL;
use super::tables::Table;
use super::verify::{Books, Ledger};
use crate::output::{CONTROL_AREAS, control_factor};

/// What a county's total leaves to the types without an official area.
const REMAINING: &str = "remaining";

/// Reads the table, if the run has one.
pub(super) fn read(folder: &Path) -> Result<Option<Table>, Findings> {
    let there = folder.join(CONTROL_AREAS.path()).is_file();
    there
        .then(|| Table::read(folder, &CONTROL_AREAS))
        .transpose()
}

/// Checks every line.
pub(super) fn check(table: &Table, books: &Books<'_>, ledger: &mut Ledger) {
    let extent: BTreeMap<(&str, &str), i128> = books
        .extent
        .iter()
        .filter_map(|own| Some(((own.region, own.class), own.value?)))
        .collect();
    let of = |name| table.amounts(name);
    let (measured, official) = (of("measured_mm2"), of("official_mm2"));
    let (difference, after) = (of("difference_mm2"), of("after_mm2"));
    let mut taken: BTreeMap<&str, i128> = BTreeMap::new();
    for (row, after) in after.iter().enumerate() {
        let class = table.text("class", row);
        if class != ALL && class != REMAINING {
            *taken.entry(table.text("region_code", row)).or_default() += after.unwrap_or(0);
        }
    }
    for row in 0..table.rows() {
        ledger.count("control-areas", 1);
        let text = |name| table.text(name, row);
        let (region, class) = (text("region_code"), text("class"));
        let number = |all: &[Option<i128>]| all[row].unwrap_or(0);
        let (measured, official) = (number(&measured), number(&official));
        let (difference, after) = (number(&difference), number(&after));
        let booked = |class: &str| extent.get(&(region, class)).copied().unwrap_or(0);
        let in_extent = match class {
            REMAINING => booked(ALL) - taken.get(region).copied().unwrap_or(0),
            _ => booked(class),
        };
        let scaled = text("mode") == "apportion";
        let expected = if scaled { official } else { measured };
        let mut compare = |expected: String, found: String| {
            if expected != found {
                let key = format!("{region}, {class}");
                ledger.differ("verify-control-area", &CONTROL_AREAS, key, expected, found);
            }
        };
        compare((official - measured).to_string(), difference.to_string());
        compare(expected.to_string(), after.to_string());
        compare(in_extent.to_string(), after.to_string());
        compare(
            control_factor(official, measured),
            text("factor").to_string(),
        );
        let id = number_id(CONTROL_AREAS.name, &[region, class], "after_mm2");
        compare(id, text("number_id").to_string());
        let within = parse_decimal(text("tolerance")).is_some_and(|tolerance| {
            let most = tolerance * Rational::from_integer(official.into());
            Rational::from_integer(difference.abs().into()) <= most
        });
        if !within {
            compare(format!("<= {}", text("tolerance")), difference.to_string());
        }
    }
}
