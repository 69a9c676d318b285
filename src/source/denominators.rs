//! Population and gross domestic product of regions, from a CSV of any years.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, parse_decimal};
use serde::Deserialize;

/// Words the status of a row may have.
const STATUSES: [&str; 4] = ["verified", "transcribed", "provisional", "synthetic"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    region_code: String,
    year: String,
    value: String,
    unit: String,
    status: String,
    source: String,
}

/// One number of a region and a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionFigure {
    /// Its value; nothing if the cell is blank.
    pub value: Option<Rational>,
    /// The unit as written.
    pub unit: String,
    /// `verified`, `transcribed`, `provisional` or `synthetic`.
    pub status: String,
    /// Who says so.
    pub source: String,
    /// Line of the file.
    pub line: usize,
}

/// Reads the numbers of one year, by region.
///
/// # Errors
///
/// Every row of any year that cannot be read, is negative, names no source, or stands
/// twice.
pub fn read_region_figures(
    path: &Path,
    year: &str,
) -> Result<BTreeMap<String, RegionFigure>, Findings> {
    let fault = |error: String, line: usize| {
        Finding::error("region-figures-unreadable")
            .file(path.display())
            .place(format!("line {line}"))
            .arg("error", error)
    };
    let mut reader = csv::Reader::from_path(path).map_err(|e| fault(e.to_string(), 1).exit(66))?;
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let (mut figures, mut findings) = (BTreeMap::new(), Vec::new());
    for (at, row) in reader.deserialize().enumerate() {
        let line = at + 2;
        let row: Row = match row {
            Ok(row) => row,
            Err(error) => {
                findings.push(fault(error.to_string(), line));
                continue;
            }
        };
        let zero = Rational::from_integer(0.into());
        let blank = row.value.trim().is_empty();
        let value = parse_decimal(&row.value).filter(|value| *value >= zero);
        if (value.is_none() && !blank)
            || !STATUSES.contains(&row.status.as_str())
            || row.source.trim().is_empty()
        {
            let what = format!("{} {} {}", row.value, row.status, row.source);
            findings.push(fault(what, line));
            continue;
        }
        let key = (row.region_code.clone(), row.year.clone());
        if let Some(earlier) = seen.insert(key, line) {
            let what = format!("{} {}: {earlier}", row.region_code, row.year);
            findings.push(fault(what, line));
            continue;
        }
        if row.year != year {
            continue;
        }
        let figure = RegionFigure {
            value,
            unit: row.unit,
            status: row.status,
            source: row.source,
            line,
        };
        figures.insert(row.region_code, figure);
    }
    if findings.is_empty() {
        Ok(figures)
    } else {
        Err(Findings(findings))
    }
}
