//! Level 2: the rules after all indicators, applied again to the values that stand
//! in the account.

use std::collections::BTreeMap;

use super::numbers::Number;
use super::tables::Table;
use super::verify::{Books, Ledger};
use super::verify_rows::key_of;

/// The row of a rule over all its indicators.
const ALL_OPERANDS: &str = "all";

/// A row of `combine` with its three amounts: before, removed, after.
struct Row<'a> {
    number: &'a Number<'a>,
    amounts: [Option<i128>; 3],
    position: String,
    operand: usize,
    words: [&'a str; 2],
}

/// Applies every rule of every county again, and adds its rows up to the regions
/// above.
pub(super) fn check_combine(books: &Books<'_>, ledger: &mut Ledger) {
    let Some(table) = books.combine_table else {
        return;
    };
    let rows = rows(table, &books.combine);
    let deductions: Vec<&str> = (0..books.indicators.rows())
        .filter(|row| books.indicators.text("group", *row) == "deduction")
        .map(|row| books.indicators.text("indicator", row))
        .collect();
    let mut counted: BTreeMap<(&str, &str), Option<i128>> = BTreeMap::new();
    let mut values: BTreeMap<(&str, &str), Option<i128>> = BTreeMap::new();
    for own in books.gep.iter().filter(|own| own.item_kind == "indicator") {
        let key = (own.region, own.item);
        values.insert(key, own.value);
        let zero = deductions.contains(&own.item);
        counted.insert(key, own.value.map(|value| if zero { 0 } else { value }));
    }
    // In each region the rules in their order, each with its indicators in theirs.
    let mut groups: BTreeMap<(&str, usize, &str), Vec<&Row<'_>>> = BTreeMap::new();
    for row in &rows {
        let position = row.position.parse().unwrap_or(usize::MAX);
        let key = (row.number.region, position, row.number.item);
        groups.entry(key).or_default().push(row);
    }
    for ((region, ..), mut of_rule) in groups {
        of_rule.sort_by_key(|row| row.operand);
        let (whole, operands): (Vec<&Row<'_>>, Vec<&Row<'_>>) = of_rule
            .into_iter()
            .partition(|row| row.number.indicator == ALL_OPERANDS);
        let is_county = !books.below.contains_key(region);
        let expected = if is_county {
            applied(&operands, &mut counted, &values)
        } else {
            let below = &books.below[region];
            let sum = |row: &&Row<'_>| below_sum(row, &rows, below);
            operands.iter().map(sum).collect()
        };
        for (row, expected) in operands.iter().zip(&expected) {
            compare(row, *expected, ledger);
        }
        for row in whole {
            let expected = if is_county {
                [0, 1, 2].map(|at| expected.iter().map(|own| own[at]).sum::<Option<i128>>())
            } else {
                below_sum(row, &rows, &books.below[region])
            };
            compare(row, expected, ledger);
        }
    }
}

fn rows<'a>(table: &'a Table, numbers: &'a [Number<'a>]) -> Vec<Row<'a>> {
    let amounts = ["before_fen", "removed_fen", "after_fen"].map(|name| table.amounts(name));
    let read = |(row, number)| Row {
        number,
        amounts: [0, 1, 2].map(|at: usize| amounts[at][row]),
        position: table.spelling("position", row),
        operand: table.spelling("operand", row).parse().unwrap_or(0),
        words: [table.text("kind", row), table.text("choice", row)],
    };
    numbers.iter().enumerate().map(read).collect()
}

/// What a rule must make of its indicators in a county.
fn applied<'a>(
    operands: &[&Row<'a>],
    counted: &mut BTreeMap<(&'a str, &'a str), Option<i128>>,
    values: &BTreeMap<(&'a str, &'a str), Option<i128>>,
) -> Vec<[Option<i128>; 3]> {
    let key = |row: &&Row<'a>| (row.number.region, row.number.indicator);
    let before: Option<Vec<i128>> = operands
        .iter()
        .map(|row| counted.get(&key(row)).copied().flatten())
        .collect();
    let Some(before) = before else {
        for row in operands {
            counted.insert(key(row), None);
        }
        return vec![[None; 3]; operands.len()];
    };
    let largest = before.iter().max();
    let best = before.iter().position(|own| Some(own) == largest);
    operands
        .iter()
        .zip(&before)
        .enumerate()
        .map(|(at, (row, before))| {
            let value = values.get(&key(row)).copied().flatten();
            let after = match row.words {
                ["keep_one", "order"] => Some(if at == 0 { *before } else { 0 }),
                ["keep_one", "largest"] => Some(if Some(at) == best { *before } else { 0 }),
                ["subtract", ""] => value.and_then(|value| before.checked_sub(value)),
                ["sign", "keep"] => Some(*before),
                ["sign", "zero"] => Some((*before).max(0)),
                ["cap" | "clamp", bounds] => bounded(row.words[0], bounds, *before),
                // A word nobody knows proves nothing.
                _ => None,
            };
            counted.insert(key(row), after);
            let removed = after.and_then(|after| before.checked_sub(after));
            [Some(*before), removed, after]
        })
        .collect()
}

/// An amount of fen within bounds spelled in yuan: the most, of `clamp` the least before
/// it. Bounds that cannot be read prove nothing.
fn bounded(kind: &str, bounds: &str, fen: i128) -> Option<i128> {
    let read: Option<Vec<i128>> = bounds.split(' ').map(fen_of).collect();
    match (kind, read?.as_slice()) {
        ("cap", [most]) => Some(fen.min(*most)),
        ("clamp", [least, most]) => Some(fen.min(*most).max(*least)),
        _ => None,
    }
}

/// Reads yuan with at most two decimals as fen.
fn fen_of(yuan: &str) -> Option<i128> {
    let (whole, part) = yuan.split_once('.').unwrap_or((yuan, ""));
    (part.len() <= 2)
        .then(|| format!("{whole}{part:0<2}").parse().ok())
        .flatten()
}

/// The sum of a row over the regions right below: of those that have it.
fn below_sum(row: &Row<'_>, rows: &[Row<'_>], below: &[&str]) -> [Option<i128>; 3] {
    let same = |own: &&Row<'_>| {
        below.contains(&own.number.region)
            && own.number.item == row.number.item
            && own.number.indicator == row.number.indicator
    };
    let parts: Vec<&Row<'_>> = rows.iter().filter(same).collect();
    [0, 1, 2].map(|at| {
        let present: Vec<i128> = parts.iter().filter_map(|own| own.amounts[at]).collect();
        let sum = present
            .iter()
            .try_fold(0_i128, |sum, own| sum.checked_add(*own));
        sum.filter(|_| !present.is_empty())
    })
}

fn compare(row: &Row<'_>, expected: [Option<i128>; 3], ledger: &mut Ledger) {
    ledger.count("combine-rules", 1);
    if expected != row.amounts {
        let spell = |amounts: [Option<i128>; 3]| {
            let words = amounts.map(|own| own.map_or("-".to_string(), |own| own.to_string()));
            words.join(" / ")
        };
        let (table, key) = (row.number.table, key_of(row.number));
        ledger.differ(
            "verify-combine",
            table,
            key,
            spell(expected),
            spell(row.amounts),
        );
    }
}
