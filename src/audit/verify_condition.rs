//! Level 2, condition: every variable is its numerator over its denominator, every
//! indicator lies where the reference levels put it, indices are means of indicators,
//! regions add up from the sums below, and openings and changes add to closings.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::quantity::{Rational, parse_decimal, quanta};
use gep_core::storage::number_id;

use super::tables::Table;
use super::verify::{Books, Ledger};
use crate::output::{CONDITION, QUANTITY_SCALE};

/// A row with what it was made of.
struct Row<'a> {
    key: [&'a str; 3],
    kind: &'a str,
    class: &'a str,
    closing: Option<i128>,
    closing_indicator: Option<i128>,
    parts: Option<(Rational, Rational)>,
    levels: Option<(Rational, Rational)>,
    members: Vec<&'a str>,
    missing: BTreeSet<&'a str>,
    state: &'a str,
}

/// Checks the table of a run that has one.
pub(super) fn check_condition(table: &Table, books: &Books<'_>, ledger: &mut Ledger) {
    let rows = rows(table);
    let mut by_key = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let id = number_id(CONDITION.name, &row.key, "closing");
        let found = table.text("number_id", at);
        ledger.count("number-ids", 1);
        if id != found {
            ledger.differ("verify-number-id", &CONDITION, spelled(row), id, found);
        }
        if by_key.insert(row.key, row).is_some() {
            ledger.differ("verify-key-twice", &CONDITION, spelled(row), 1, 2);
        }
    }
    check_changes(table, &rows, ledger);
    for row in &rows {
        ledger.count("condition", 1);
        let expected = match row.kind {
            "variable" => [variable(row), indicator(row).map(|own| scaled(&own))],
            _ => [index(row, &by_key).map(|own| scaled(&own)), None],
        };
        let found = [row.closing, row.closing_indicator];
        let shown = (row.state == "computed") == row.closing.is_some();
        if expected != found || !shown {
            let spell = |own: [Option<i128>; 2]| {
                own.map(|own| own.map_or("-".to_string(), |own| own.to_string()))
                    .join(" / ")
            };
            ledger.differ(
                "verify-condition",
                &CONDITION,
                spelled(row),
                spell(expected),
                spell(found),
            );
        }
    }
    check_regions(&rows, &by_key, books, ledger);
}

fn spelled(row: &Row<'_>) -> String {
    row.key.join(", ")
}

fn rows(table: &Table) -> Vec<Row<'_>> {
    let (closing, indicator) = (table.amounts("closing"), table.amounts("closing_indicator"));
    let read = |row: usize| {
        let text = |name| table.text(name, row);
        let both = |names: [&str; 2]| {
            let [one, other] = names.map(|name| exact(table.text(name, row)));
            one.zip(other)
        };
        Row {
            key: [text("region_code"), text("class"), text("item")],
            kind: text("item_kind"),
            class: text("condition_class"),
            closing: closing[row],
            closing_indicator: indicator[row],
            parts: both(["numerator", "denominator"]),
            levels: both(["reference_low", "reference_high"]),
            members: text("members").split_whitespace().collect(),
            missing: text("missing_codes").split_whitespace().collect(),
            state: text("state"),
        }
    };
    (0..table.rows()).map(read).collect()
}

fn exact(text: &str) -> Option<Rational> {
    match text.split_once('/') {
        None => parse_decimal(text),
        Some((above, below)) => {
            let below = parse_decimal(below)?;
            (below != zero()).then_some(parse_decimal(above)? / below)
        }
    }
}

fn zero() -> Rational {
    Rational::from_integer(0.into())
}

fn scaled(number: &Rational) -> i128 {
    let digits = u32::from(QUANTITY_SCALE.unsigned_abs());
    let step = Rational::new(1.into(), 10_i64.pow(digits).into());
    quanta(number, &step).try_into().unwrap_or(i128::MAX)
}

fn ratio(row: &Row<'_>) -> Option<Rational> {
    let (above, below) = row.parts.as_ref()?;
    (*below != zero()).then(|| above / below)
}

fn variable(row: &Row<'_>) -> Option<i128> {
    ratio(row).map(|own| scaled(&own))
}

fn indicator(row: &Row<'_>) -> Option<Rational> {
    let (low, high) = row.levels.as_ref()?;
    let one = Rational::from_integer(1.into());
    let span = high - low;
    (span != zero()).then_some(())?;
    let place = (ratio(row)? - low) / span;
    Some(place.max(zero()).min(one))
}

/// The plain mean of the members; of the whole, of the indices of the classes.
fn index(row: &Row<'_>, all: &BTreeMap<[&str; 3], &Row<'_>>) -> Option<Rational> {
    let mut sum = zero();
    for member in &row.members {
        let own = all.get(&[row.key[0], row.key[1], member])?;
        let value = match own.kind {
            "variable" => (own.class == row.class).then(|| indicator(own)).flatten(),
            _ => index(own, all).filter(|_| row.key[2] != own.key[2]),
        };
        sum += value?;
    }
    let count = Rational::from_integer(row.members.len().into());
    (count != zero()).then(|| sum / count)
}

fn check_changes(table: &Table, rows: &[Row<'_>], ledger: &mut Ledger) {
    for names in [
        ["opening", "change", "closing"],
        ["opening_indicator", "change_indicator", "closing_indicator"],
    ] {
        let [opening, change, closing] = names.map(|name| table.amounts(name));
        for (at, row) in rows.iter().enumerate() {
            let expected = closing[at]
                .zip(opening[at])
                .map(|(after, before)| after - before);
            if expected != change[at] {
                let spell = |own: Option<i128>| own.map_or("-".into(), |own| own.to_string());
                ledger.differ(
                    "verify-condition-change",
                    &CONDITION,
                    spelled(row),
                    spell(expected),
                    spell(change[at]),
                );
            }
        }
    }
}

/// Sums of a region above counties are those of the regions right below, and the ones
/// that are not in it are named.
fn check_regions<'a>(
    rows: &[Row<'a>],
    all: &BTreeMap<[&'a str; 3], &Row<'a>>,
    books: &Books<'_>,
    ledger: &mut Ledger,
) {
    for row in rows.iter().filter(|row| row.kind == "variable") {
        let Some(below) = books.below.get(row.key[0]) else {
            continue;
        };
        let (mut above, mut under, mut missing) = (zero(), zero(), BTreeSet::new());
        for code in below {
            let Some(child) = all.get(&[*code, row.key[1], row.key[2]]) else {
                continue;
            };
            if let Some((own_above, own_under)) = &child.parts {
                above += own_above;
                under += own_under;
            }
            if child.parts.is_none() || !child.missing.is_empty() {
                missing.insert(*code);
            }
        }
        ledger.count("condition-sums", 1);
        let expected = (under != zero()).then_some((above, under));
        if expected != row.parts {
            let spell = |own: &Option<(Rational, Rational)>| {
                own.as_ref()
                    .map_or("-".into(), |(above, under)| format!("{above} / {under}"))
            };
            let (expected, found) = (spell(&expected), spell(&row.parts));
            ledger.differ(
                "verify-condition-sum",
                &CONDITION,
                spelled(row),
                expected,
                found,
            );
        }
        if missing != row.missing {
            let spell = |own: &BTreeSet<&str>| own.iter().copied().collect::<Vec<_>>().join(" ");
            let (expected, found) = (spell(&missing), spell(&row.missing));
            ledger.differ(
                "verify-missing-codes",
                &CONDITION,
                spelled(row),
                expected,
                found,
            );
        }
    }
}
