//! Level 2, corrections by hand: each closes, begins with what the account says, is
//! signed, and adds up over regions and indicators.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::{Rational, format_exact, parse_decimal};
use gep_core::storage::number_id;

use super::numbers::Number;
use super::tables::{Table, decimal};
use super::verify::{Books, Ledger};
use crate::output::{ADJUSTMENTS, INPUTS, QUANTITY_SCALE};

/// Corrections of a run, where it has any, and the inputs they speak of.
pub(super) struct Adjustments {
    table: Option<Table>,
    inputs: Option<Table>,
}

/// What a line says of a number.
struct Line<'a> {
    kind: &'a str,
    /// Table, region, type, indicator, output, item.
    key: Vec<&'a str>,
    before: Option<Rational>,
    change: Option<Rational>,
    after: Option<Rational>,
    row: usize,
}

impl Line<'_> {
    fn spelled(&self) -> String {
        format!("{}, {}", self.kind, self.key.join(", "))
    }

    /// What the correction moves; what is missing counts as nothing.
    fn moved(&self) -> Rational {
        let number = |own: &Option<Rational>| own.clone().unwrap_or_else(zero);
        number(&self.after) - number(&self.before)
    }
}

fn zero() -> Rational {
    Rational::from_integer(0.into())
}

impl Adjustments {
    /// Reads the tables, if the run has corrections.
    pub(super) fn read(folder: &Path) -> Result<Self, Findings> {
        let there = folder.join(ADJUSTMENTS.path()).is_file();
        let read = |schema| there.then(|| Table::read(folder, schema)).transpose();
        Ok(Self {
            table: read(&ADJUSTMENTS)?,
            inputs: read(&INPUTS)?,
        })
    }

    /// Checks every line.
    pub(super) fn check(&self, books: &Books<'_>, ledger: &mut Ledger) {
        let Some(table) = &self.table else {
            return;
        };
        let lines: Vec<Line<'_>> = (0..table.rows()).map(|row| line(table, row)).collect();
        let there = self.numbers(books);
        for line in &lines {
            ledger.count("adjustments", 1);
            check_id(table, line, ledger);
            check_line(table, line, &there, ledger);
        }
        let signed = lines.iter().any(|line| line.kind != "account");
        if !signed && !lines.is_empty() {
            ledger.differ(
                "verify-adjustment-unsigned",
                &ADJUSTMENTS,
                "-".into(),
                "-",
                "-",
            );
        }
        check_regions(&lines, books, ledger);
        if books.combine_table.is_none() {
            check_indicators(&lines, books, ledger);
        }
    }

    /// Every number a correction may begin with, as its table spells it.
    fn numbers<'a>(&'a self, books: &'a Books<'_>) -> BTreeMap<Vec<&'a str>, String> {
        let mut all = BTreeMap::new();
        let mut add = |table: &'a str, numbers: &'a [Number<'_>], scale: i8| {
            for number in numbers {
                let Some(value) = number.value else {
                    continue;
                };
                let subject = match table {
                    "gep" => ["all", number.item, "value", ""],
                    _ => [number.class, number.indicator, number.output, number.item],
                };
                let key = [table, number.region].into_iter().chain(subject);
                all.insert(key.collect::<Vec<&str>>(), decimal(value, scale));
            }
        };
        add("gep", &books.gep, 2);
        add("value", &books.value, 2);
        add("physical", &books.physical, QUANTITY_SCALE);
        if let Some(inputs) = &self.inputs {
            for row in 0..inputs.rows() {
                let text = |name| inputs.text(name, row);
                let key = vec![
                    "inputs",
                    text("region_code"),
                    "",
                    text("input"),
                    "",
                    text("item"),
                ];
                all.insert(key, text("value").to_string());
            }
        }
        all
    }
}

fn line(table: &Table, row: usize) -> Line<'_> {
    let text = |name| table.text(name, row);
    let number = |name| exact(text(name));
    Line {
        kind: text("line"),
        key: ADJUSTMENTS.keys[1..]
            .iter()
            .map(|name| table.text(name, row))
            .collect(),
        before: number("before"),
        change: number("adjustment"),
        after: number("after"),
        row,
    }
}

/// A decimal, or a fraction of two.
fn exact(text: &str) -> Option<Rational> {
    match text.split_once('/') {
        Some((above, below)) => {
            let below = parse_decimal(below).filter(|below| *below != zero())?;
            Some(parse_decimal(above)? / below)
        }
        None => parse_decimal(text),
    }
}

fn spelled(number: Option<&Rational>) -> String {
    number.map_or_else(|| "-".to_string(), format_exact)
}

fn check_id(table: &Table, line: &Line<'_>, ledger: &mut Ledger) {
    let mut keys = vec![line.kind];
    keys.extend(&line.key);
    let (expected, found) = (
        number_id(ADJUSTMENTS.name, &keys, "after"),
        table.text("number_id", line.row),
    );
    ledger.count("number-ids", 1);
    if expected != found {
        let schema = table.schema;
        ledger.differ("verify-number-id", schema, line.spelled(), expected, found);
    }
}

/// Before is what the account says, before and adjustment give after, and what was
/// corrected is signed.
fn check_line(
    table: &Table,
    line: &Line<'_>,
    there: &BTreeMap<Vec<&str>, String>,
    ledger: &mut Ledger,
) {
    let mut differ = |code, expected: String, found: String| {
        ledger.differ(code, &ADJUSTMENTS, line.spelled(), expected, found);
    };
    let expected = there.get(&line.key).and_then(|text| exact(text));
    if expected != line.before {
        let (expected, found) = (spelled(expected.as_ref()), spelled(line.before.as_ref()));
        differ("verify-adjustment-before", expected, found);
    }
    let sum = match (&line.before, &line.after) {
        (Some(before), Some(after)) => Some(after - before),
        _ => None,
    };
    if sum != line.change {
        let (expected, found) = (spelled(sum.as_ref()), spelled(line.change.as_ref()));
        differ("verify-adjustment-sum", expected, found);
    }
    let unsigned = ["reason", "name", "date"]
        .iter()
        .any(|name| table.text(name, line.row).is_empty());
    if unsigned && line.kind != "account" {
        differ("verify-adjustment-unsigned", "-".into(), "-".into());
    }
}

/// What moves in a region is what moves in the regions right below it.
fn check_regions(lines: &[Line<'_>], books: &Books<'_>, ledger: &mut Ledger) {
    let account: Vec<&Line<'_>> = lines.iter().filter(|one| one.kind == "account").collect();
    let mut own: BTreeMap<Vec<&str>, Rational> = BTreeMap::new();
    let mut below: BTreeMap<Vec<&str>, Rational> = BTreeMap::new();
    let mut keys: BTreeSet<Vec<&str>> = BTreeSet::new();
    for line in account {
        let region = line.key[1];
        own.insert(line.key.clone(), line.moved());
        if books.below.contains_key(region) {
            keys.insert(line.key.clone());
        }
        let parent = books.regions.get(region).map_or("", |region| region.parent);
        if !parent.is_empty() {
            let mut key = line.key.clone();
            key[1] = parent;
            *below.entry(key.clone()).or_insert_with(zero) += line.moved();
            keys.insert(key);
        }
    }
    for key in keys {
        let moved = own.get(&key).cloned().unwrap_or_else(zero);
        let parts = below.get(&key).cloned().unwrap_or_else(zero);
        if moved != parts {
            let (expected, found) = (spelled(Some(&parts)), spelled(Some(&moved)));
            let key = key.join(", ");
            ledger.differ(
                "verify-adjustment-region",
                &ADJUSTMENTS,
                key,
                expected,
                found,
            );
        }
    }
}

/// What moves in GEP is what moves in its indicators, where no rule stands between.
fn check_indicators(lines: &[Line<'_>], books: &Books<'_>, ledger: &mut Ledger) {
    let table = books.indicators;
    let known: BTreeSet<&str> = (0..table.rows())
        .map(|row| table.text("indicator", row))
        .collect();
    let mut moved: BTreeMap<&str, [Rational; 2]> = BTreeMap::new();
    let gep = lines.iter();
    for line in gep.filter(|one| one.kind == "account" && one.key[0] == "gep") {
        let of = moved.entry(line.key[1]).or_insert_with(|| [zero(), zero()]);
        match line.key[3] {
            "gep" => of[0] += line.moved(),
            item if known.contains(item) => of[1] += line.moved(),
            _ => {}
        }
    }
    for (region, [whole, parts]) in moved {
        if whole != parts {
            let (expected, found) = (spelled(Some(&parts)), spelled(Some(&whole)));
            let key = region.to_string();
            ledger.differ("verify-adjustment-gep", &ADJUSTMENTS, key, expected, found);
        }
    }
}
