//! The table `adjustments`: what was corrected by hand, and what follows from it.

use gep_core::quantity::{Rational, format_exact};
use gep_core::storage::number_id;

use super::account_tables::{Cell, NamedTable, TableBuilder};
use super::schemas::ADJUSTMENTS;

/// Who corrected something, when, why, and where that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdjustmentNote {
    /// Why.
    pub reason: String,
    /// The paper that says so.
    pub document: String,
    /// Who signed.
    pub name: String,
    /// When.
    pub date: String,
    /// Row of the workbook, from 1; zero for what follows from other lines.
    pub row: u32,
}

/// A number before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdjustmentRow {
    /// `input` or `result` for what was corrected, `account` for what follows.
    pub line: &'static str,
    /// Table the number stands in, then its region, type, indicator (or input), output
    /// and item there.
    pub key: [String; 6],
    /// Level of the region.
    pub level: String,
    /// What stands in that table; nothing if it is missing.
    pub before: Option<Rational>,
    /// What would stand there with all corrections.
    pub after: Option<Rational>,
    /// The unit; yuan for money.
    pub unit: String,
    /// What is missing in the number after.
    pub missing_codes: String,
    /// Who, when and why.
    pub note: AdjustmentNote,
}

/// Lays out the corrections, sorted by key.
pub fn adjustment_table(mut rows: Vec<AdjustmentRow>) -> NamedTable {
    rows.sort_by(|a, b| (a.line, &a.key).cmp(&(b.line, &b.key)));
    let mut table = TableBuilder::new(&ADJUSTMENTS);
    let text = |number: Option<&Rational>| number.map_or(String::new(), format_exact);
    for row in rows {
        let change = match (&row.before, &row.after) {
            (Some(before), Some(after)) => Some(after - before),
            _ => None,
        };
        let mut keys: Vec<&str> = vec![row.line];
        keys.extend(row.key.iter().map(String::as_str));
        let id = number_id(ADJUSTMENTS.name, &keys, "after");
        let mut cells: Vec<Cell> = keys.into_iter().map(Cell::from).collect();
        cells.extend([
            row.level.into(),
            text(row.before.as_ref()).into(),
            text(change.as_ref()).into(),
            text(row.after.as_ref()).into(),
            row.unit.into(),
            row.missing_codes.into(),
            row.note.reason.into(),
            row.note.document.into(),
            row.note.name.into(),
            row.note.date.into(),
            Cell::Count(u64::from(row.note.row)),
            id.into(),
        ]);
        table.row(cells);
    }
    table.finish()
}
