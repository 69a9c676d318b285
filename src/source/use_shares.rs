//! Which sectors use a service, as the project says: a CSV of shares.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, parse_decimal};
use serde::Deserialize;

/// Words a share's status may have.
const STATUSES: [&str; 4] = ["verified", "transcribed", "provisional", "synthetic"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    indicator: String,
    sector: String,
    share: String,
    status: String,
    source: String,
}

/// The share of one sector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseShare {
    /// Between 0 and 1.
    pub share: Rational,
    /// `verified`, `transcribed`, `provisional` or `synthetic`.
    pub status: String,
    /// Who says so.
    pub source: String,
}

/// Shares by indicator and sector.
pub type SectorShares = BTreeMap<String, BTreeMap<String, UseShare>>;

/// Reads the shares.
///
/// # Errors
///
/// If a row cannot be read, stands twice, is of no indicator known to `is_indicator`,
/// or the shares of an indicator do not add to one.
pub fn read_use_shares(
    path: &Path,
    is_indicator: impl Fn(&str) -> bool,
) -> Result<SectorShares, Findings> {
    let fault = |error: String, line: usize| {
        Finding::error("use-shares-unreadable")
            .file(path.display())
            .place(format!("line {line}"))
            .arg("error", error)
    };
    let mut reader = csv::Reader::from_path(path).map_err(|e| fault(e.to_string(), 1).exit(66))?;
    let mut all = SectorShares::new();
    let mut findings = Vec::new();
    for (at, row) in reader.deserialize().enumerate() {
        let line = at + 2;
        let row: Row = row.map_err(|error| fault(error.to_string(), line))?;
        let zero = Rational::from_integer(0.into());
        let share = parse_decimal(&row.share).filter(|share| *share >= zero);
        let Some(share) = share.filter(|_| STATUSES.contains(&row.status.as_str())) else {
            findings.push(fault(format!("{} {}", row.share, row.status), line));
            continue;
        };
        if !is_indicator(&row.indicator) || row.sector.is_empty() || row.source.is_empty() {
            let what = format!("{} {} {}", row.indicator, row.sector, row.source);
            findings.push(fault(what, line));
            continue;
        }
        let own = UseShare {
            share,
            status: row.status,
            source: row.source,
        };
        let of = all.entry(row.indicator).or_default();
        if of.insert(row.sector.clone(), own).is_some() {
            findings.push(fault(row.sector, line));
        }
    }
    for (indicator, sectors) in &all {
        let sum: Rational = sectors.values().map(|own| own.share.clone()).sum();
        if sum != Rational::from_integer(1.into()) {
            findings.push(
                Finding::error("use-shares-not-whole")
                    .file(path.display())
                    .arg("indicator", indicator)
                    .arg("sum", gep_core::quantity::format_exact(&sum)),
            );
        }
    }
    if findings.is_empty() {
        Ok(all)
    } else {
        Err(Findings(findings))
    }
}
