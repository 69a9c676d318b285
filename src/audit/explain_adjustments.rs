//! What corrections by hand do to a number that is explained.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::Findings;

use super::numbers::Number;
use super::tables::Table;
use crate::output::ADJUSTMENTS;

/// A correction, or what follows from it for the number.
#[derive(Clone, Debug)]
pub(super) struct AdjustmentLine {
    /// `account` for the number itself, `input` or `result` for what was corrected.
    pub(super) line: String,
    /// The row it is about: table, region, type, indicator, output, item.
    pub(super) subject: String,
    /// Before, adjustment, after; empty if missing.
    pub(super) amounts: [String; 3],
    pub(super) unit: String,
    /// Reason, document, name, date; empty for the number itself.
    pub(super) note: [String; 4],
    pub(super) number_id: String,
}

/// Returns the line of a number, if corrections change it, and before it those that
/// stand in its region or below; nothing in a run without corrections.
///
/// # Errors
///
/// If the table cannot be read.
pub(super) fn adjustments(
    folder: &Path,
    number: &Number<'_>,
    regions: &BTreeSet<&str>,
) -> Result<Vec<AdjustmentLine>, Findings> {
    if !folder.join(ADJUSTMENTS.path()).is_file() {
        return Ok(Vec::new());
    }
    let table = Table::read(folder, &ADJUSTMENTS)?;
    let own = match number.table.name {
        "gep" => ["all", number.item, "value", ""],
        _ => [number.class, number.indicator, number.output, number.item],
    };
    let of_number = |row: usize| {
        let text = |name| table.text(name, row);
        let subject = ["class", "indicator", "output", "item"].map(text);
        text("line") == "account"
            && text("table") == number.table.name
            && text("region_code") == number.region
            && subject == own
    };
    let Some(found) = (0..table.rows()).find(|row| of_number(*row)) else {
        return Ok(Vec::new());
    };
    let causes = (0..table.rows()).filter(|row| {
        table.text("line", *row) != "account" && regions.contains(table.text("region_code", *row))
    });
    Ok(causes.chain([found]).map(|row| line(&table, row)).collect())
}

fn line(table: &Table, row: usize) -> AdjustmentLine {
    let text = |name: &str| table.text(name, row).to_string();
    let parts = ADJUSTMENTS.keys[1..].iter().copied().map(text);
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    AdjustmentLine {
        line: text("line"),
        subject: parts.join(" "),
        amounts: ["before", "adjustment", "after"].map(text),
        unit: text("unit"),
        note: ["reason", "document", "name", "date"].map(text),
        number_id: text("number_id"),
    }
}
