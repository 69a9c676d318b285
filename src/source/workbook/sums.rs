//! Rows of sums against the rows they sum: never added, always compared.

use gep_core::quantity::{Rational, format_exact, parse_decimal};

/// Labels of rows that sum others, without white space.
pub(super) const SUM_LABELS: [&str; 5] = ["合计", "小计", "总计", "总数", "共计"];
/// The label of a sum over the rows beside it only.
const SUBTOTAL: &str = "小计";

/// The numbers of one row, by declared column; nothing where there is none.
pub(super) struct Line {
    /// The label, for a row of sums.
    pub(super) label: Option<String>,
    /// The numbers as the cells have them.
    pub(super) numbers: Vec<Option<String>>,
    /// The addresses of the cells.
    pub(super) cells: Vec<String>,
}

/// Returns each sum that is not that of its parts, as `C6 276.2 (276.1)`: the cell, its
/// number, and what the parts add up to. A subtotal may stand above or below its parts,
/// a total may sum rows or subtotals; one of these must hold. Where parts are missing
/// nothing can be said.
pub(super) fn differing(lines: &[Line]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(label) = &line.label else {
            continue;
        };
        for (column, text) in line.numbers.iter().enumerate() {
            let Some(sum) = text.as_deref().and_then(parse_decimal) else {
                continue;
            };
            let candidates = candidates(lines, at, label, column);
            let whole: Vec<Rational> = candidates.into_iter().flatten().collect();
            if !whole.is_empty() && !whole.iter().any(|own| near(own, &sum)) {
                let parts = format_exact(&whole[0]);
                let cell = &line.cells[column];
                found.push(format!("{cell} {} ({parts})", format_exact(&sum)));
            }
        }
    }
    found
}

/// What a row of sums may be the sum of; nothing for parts that are not all there.
fn candidates(lines: &[Line], at: usize, label: &str, column: usize) -> Vec<Option<Rational>> {
    let is_part = |line: &&Line| line.label.is_none();
    let above = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.label.is_none());
    let below = lines[at + 1..]
        .iter()
        .take_while(|line| line.label.is_none());
    let beside = [sum(above, column), sum(below, column)];
    if label.contains(SUBTOTAL) {
        return beside.into_iter().flatten().collect();
    }
    let all = sum(lines.iter().filter(is_part), column);
    let subtotals = lines.iter().filter(|line| {
        let own = line.label.as_deref();
        own.is_some_and(|own| own.contains(SUBTOTAL))
    });
    let mut found: Vec<Option<Rational>> = all.into_iter().collect();
    found.extend(sum(subtotals, column));
    found.extend(beside.into_iter().flatten());
    found
}

/// The sum of a column; `None` without any row, `Some(None)` if a number is missing.
fn sum<'a>(lines: impl Iterator<Item = &'a Line>, column: usize) -> Option<Option<Rational>> {
    let mut total: Option<Option<Rational>> = None;
    for line in lines {
        let own = line.numbers[column].as_deref().and_then(parse_decimal);
        let so_far = total.unwrap_or_else(|| Some(Rational::from_integer(0.into())));
        total = Some(so_far.zip(own).map(|(so_far, own)| so_far + own));
    }
    total
}

/// A spreadsheet adds in binary: the last digits of its sums are noise.
fn near(own: &Rational, other: &Rational) -> bool {
    let zero = Rational::from_integer(0.into());
    let size = |number: &Rational| match *number < zero {
        true => -number.clone(),
        false => number.clone(),
    };
    let noise = Rational::new(1.into(), 1_000_000_000_000_i64.into());
    size(&(own - other)) <= size(own) * noise
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(label: &str, number: &str) -> Line {
        Line {
            label: (!label.is_empty()).then(|| label.to_string()),
            numbers: vec![(!number.is_empty()).then(|| number.to_string())],
            cells: vec![format!("C-{number}")],
        }
    }

    fn differ(lines: &[(&str, &str)]) -> usize {
        let lines: Vec<Line> = lines
            .iter()
            .map(|(label, number)| line(label, number))
            .collect();
        differing(&lines).len()
    }

    /// Totals of rows or of subtotals, subtotals above or below: silent if one holds.
    #[test]
    fn sums_are_compared_with_their_parts() {
        assert_eq!(differ(&[("", "1.5"), ("", "2"), ("合计", "3.5")]), 0);
        assert_eq!(differ(&[("", "1.5"), ("", "2"), ("合计", "3.6")]), 1);
        assert_eq!(differ(&[("合计", "3.5"), ("", "1.5"), ("", "2")]), 0);
        let good = [
            ("小计", "3"),
            ("", "1"),
            ("", "2"),
            ("小计", "9"),
            ("", "4"),
            ("", "5"),
            ("总计", "12"),
        ];
        assert_eq!(differ(&good), 0);
        let mut bad = good;
        bad[3] = ("小计", "8");
        assert_eq!(differ(&bad), 1, "the total still sums the rows");
        bad[6] = ("总计", "99");
        assert_eq!(differ(&bad), 2);
        assert_eq!(
            differ(&[("", "1"), ("", ""), ("合计", "3.6")]),
            0,
            "nothing to say"
        );
        assert_eq!(
            differ(&[("", "0.1"), ("", "0.2"), ("合计", "0.30000000000000004")]),
            0
        );
    }
}
