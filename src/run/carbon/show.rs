//! Indicators of finished books, as they were written.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

use crate::output::{CARBON_INDICATORS, CARBON_SCALE, Column, ColumnData, read_parquet};

/// A row of the table of indicators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndicatorLine {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: String,
    /// The indicator.
    pub indicator: String,
    /// The method, which names the convention.
    pub method: String,
    /// The value as printed; empty if missing.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// How far it may be relied on; empty if missing.
    pub status: String,
    /// What is missing.
    pub missing: String,
    /// Its id.
    pub number_id: String,
}

/// Reads the indicators of finished books.
///
/// # Errors
///
/// If there are no books in the folder (exit 66) or the table cannot be read.
pub fn indicator_lines(folder: &Path) -> Result<Vec<IndicatorLine>, Findings> {
    let path = folder.join(CARBON_INDICATORS.path());
    if !path.is_file() {
        return Err(Finding::error("carbon-books-missing")
            .file(folder.display())
            .exit(66)
            .into());
    }
    let columns = read_parquet(&path).map_err(|error| {
        Finding::error("run-table-unreadable")
            .file(path.display())
            .arg("error", error)
    })?;
    let rows = columns.first().map_or(0, Column::len);
    let text = |name: &str, row: usize| match columns
        .iter()
        .find(|own| own.name == name)
        .map(|own| &own.data)
    {
        Some(ColumnData::Text(values)) => values[row].clone().unwrap_or_default(),
        Some(ColumnData::Decimal(values, _)) => values[row].map(decimal).unwrap_or_default(),
        _ => String::new(),
    };
    Ok((0..rows)
        .map(|row| IndicatorLine {
            region: text("region_code", row),
            year: text("year", row),
            indicator: text("indicator", row),
            method: text("method_id", row),
            value: text("value", row),
            unit: text("unit", row),
            status: text("status", row),
            missing: text("missing", row),
            number_id: text("number_id", row),
        })
        .collect())
}

fn decimal(unscaled: i128) -> String {
    let step = 10_i64.pow(CARBON_SCALE.unsigned_abs().into());
    let value = gep_core::quantity::Rational::new(unscaled.into(), step.into());
    gep_core::quantity::format_exact(&value)
}
