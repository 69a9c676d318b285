//! What the CSV files of the carbon books share: named columns, regions, years, units.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, Unit, nearest, parse_decimal};

use super::dictionary::{Dictionary, STATUSES};

/// A record by column name.
pub(super) struct Line {
    /// The file as a message names it.
    pub(super) file: String,
    /// Its line, the header being 1.
    pub(super) line: usize,
    cells: BTreeMap<String, String>,
}

impl Line {
    /// Returns a cell without blanks around it; empty if the column is not there.
    pub(super) fn cell(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", |cell| cell.trim())
    }

    pub(super) fn fault(&self, column: &str, reason: impl Into<String>) -> Finding {
        Finding::error("carbon-row")
            .file(&self.file)
            .place(format!("line {}, column `{column}`", self.line))
            .arg("value", self.cell(column))
            .arg("reason", reason.into())
    }

    /// Returns file and line.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Digits of a region code, or a registered one such as `grid:east`.
    pub(super) fn region(&self, findings: &mut Vec<Finding>) -> String {
        let code = self.cell("region_code");
        let digits = code.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || ![6, 9, 12].contains(&code.len()) {
            findings.push(self.fault("region_code", "6, 9 or 12 digits"));
        }
        code.to_owned()
    }

    pub(super) fn year(&self, findings: &mut Vec<Finding>) -> u16 {
        let year = self.cell("year").parse().ok();
        let year = year.filter(|year| (1900..=2200).contains(year));
        if year.is_none() {
            findings.push(self.fault("year", "1900 to 2200"));
        }
        year.unwrap_or_default()
    }

    pub(super) fn number(&self, column: &str, findings: &mut Vec<Finding>) -> Rational {
        let number = parse_decimal(self.cell(column));
        if number.is_none() {
            findings.push(self.fault(column, "a number as 123.45"));
        }
        number.unwrap_or_default()
    }

    pub(super) fn status(&self, findings: &mut Vec<Finding>) -> String {
        let status = self.cell("status");
        if !STATUSES.contains(&status) {
            findings.push(self.fault("status", STATUSES.join(", ")));
        }
        status.to_owned()
    }

    pub(super) fn told(&self, column: &str, findings: &mut Vec<Finding>) -> String {
        if self.cell(column).is_empty() {
            findings.push(self.fault(column, "must be told"));
        }
        self.cell(column).to_owned()
    }

    /// The unit, which measures what the quantity does.
    pub(super) fn unit(
        &self,
        names: &Dictionary,
        quantity: &str,
        findings: &mut Vec<Finding>,
    ) -> Unit {
        let Ok(unit) = names.units.unit(self.cell("unit")) else {
            findings.push(self.fault("unit", "a unit of the methodology"));
            return Unit::one();
        };
        // A quantity that is not known was reported already.
        if let Some((own, _)) = names.quantities.get(quantity)
            && !own.same_dimension(&unit)
        {
            findings.push(self.fault("unit", format!("measured in {own}")));
        }
        unit
    }

    /// The quantity and its item: an item where the quantity has a list, and there only.
    pub(super) fn quantity(
        &self,
        names: &Dictionary,
        findings: &mut Vec<Finding>,
    ) -> (String, String) {
        let (id, item) = (self.cell("quantity"), self.cell("item"));
        match names.quantities.get(id) {
            None => {
                let near = nearest(id, names.quantities.keys());
                let near = near.map_or_else(String::new, |near| format!("did you mean {near}?"));
                findings.push(self.fault("quantity", near));
            }
            Some((_, listed)) if *listed == item.is_empty() => {
                let reason = if *listed {
                    "an item of the list"
                } else {
                    "no item"
                };
                findings.push(self.fault("item", reason));
            }
            Some(_) => {}
        }
        (id.to_owned(), item.to_owned())
    }
}

/// Reads a CSV whose columns are `needed`, and perhaps `others`.
pub(super) fn read(
    path: &Path,
    name: &str,
    needed: &[&str],
    others: &[&str],
) -> Result<Vec<Line>, Findings> {
    let broken = |error: String, line: u64| {
        Finding::error("carbon-file")
            .file(name)
            .place(format!("line {line}"))
            .arg("error", error)
    };
    let mut reader =
        csv::Reader::from_path(path).map_err(|error| broken(error.to_string(), 1).exit(66))?;
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header
            .iter()
            .map(|cell| cell.trim_start_matches('\u{feff}').to_owned())
            .collect(),
        Err(error) => return Err(broken(error.to_string(), 1).into()),
    };
    let absent: Vec<&str> = needed
        .iter()
        .filter(|own| !header.iter().any(|cell| cell == **own))
        .copied()
        .collect();
    let known = |cell: &&String| needed.contains(&cell.as_str()) || others.contains(&cell.as_str());
    let unknown: Vec<&str> = header
        .iter()
        .filter(|cell| !known(cell))
        .map(String::as_str)
        .collect();
    if !absent.is_empty() || !unknown.is_empty() {
        return Err(Finding::error("carbon-columns")
            .file(name)
            .arg("absent", absent.join(", "))
            .arg("unknown", unknown.join(", "))
            .into());
    }
    let mut lines = Vec::new();
    let mut findings = Vec::new();
    for (at, record) in reader.records().enumerate() {
        match record {
            Ok(record) => lines.push(Line {
                file: name.to_owned(),
                line: at + 2,
                cells: header
                    .iter()
                    .cloned()
                    .zip(record.iter().map(str::to_owned))
                    .collect(),
            }),
            Err(error) => findings.push(broken(error.to_string(), at as u64 + 2)),
        }
    }
    if findings.is_empty() {
        Ok(lines)
    } else {
        Err(Findings(findings))
    }
}
