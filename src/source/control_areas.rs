//! `[control_areas]`: the official areas an account is held against.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, parse_decimal};
use serde::Deserialize;

use super::project::BothTexts;

/// What is done with official areas.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum ControlMode {
    /// Measured areas are compared and stay as they are.
    Check,
    /// Measured areas are scaled to the official sums.
    Apportion,
}

impl ControlMode {
    /// Returns the word of the project file and of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Apportion => "apportion",
        }
    }
}

/// `[control_areas]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlEntry {
    /// CSV: region_code, class, area.
    pub path: String,
    /// Unit of the areas: `ha`, `km2`, `mu` or another unit of area.
    pub unit: String,
    /// `check` or `apportion`.
    pub mode: ControlMode,
    /// Largest difference, as a share of the official area.
    pub tolerance: String,
    /// Where the areas and the tolerance come from.
    pub source: BothTexts,
}

/// One official area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlRow {
    /// The county.
    pub region: String,
    /// An ecosystem type, a code of the crosswalk, or `all`.
    pub class: String,
    /// The area, in the unit of the table.
    pub area: Rational,
    /// The line of the file.
    pub line: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    region_code: String,
    class: String,
    area: String,
}

/// Reads official areas.
///
/// # Errors
///
/// Every row that cannot be read, is negative or stands twice.
pub fn read_control_areas(path: &Path) -> Result<Vec<ControlRow>, Findings> {
    let fault = |error: String, line: usize| {
        Finding::error("control-areas-unreadable")
            .file(path.display())
            .place(format!("line {line}"))
            .arg("error", error)
    };
    let mut reader = csv::Reader::from_path(path).map_err(|e| fault(e.to_string(), 1).exit(66))?;
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    let mut seen = BTreeSet::new();
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
        let area = parse_decimal(row.area.trim()).filter(|area| *area >= zero);
        let (region, class) = (row.region_code.trim(), row.class.trim());
        let Some(area) = area.filter(|_| !region.is_empty() && !class.is_empty()) else {
            findings.push(fault(format!("{region} {class} {}", row.area), line));
            continue;
        };
        if !seen.insert((region.to_string(), class.to_string())) {
            findings.push(fault(format!("{region} {class}"), line));
            continue;
        }
        rows.push(ControlRow {
            region: region.to_string(),
            class: class.to_string(),
            area,
            line,
        });
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}
