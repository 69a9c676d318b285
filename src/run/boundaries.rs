//! Versions of the boundaries: county codes must be in use on the day the project
//! names, and what is not is told with the codes its ground has then.

use std::collections::BTreeSet;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Boundaries, CodeState, Methodology, is_day};

use crate::source::project::{Project, RegionRow};

/// Name of the polygon layer with the counties of the base run.
pub const EARLIER: &str = "earlier_counties";

/// Reads a day of the project file.
///
/// # Errors
///
/// If it is more or less than a day.
pub fn day(project: &Project, value: &toml::value::Datetime) -> Result<String, Findings> {
    let text = value.to_string();
    if is_day(&text) {
        return Ok(text);
    }
    Err(Finding::error("boundary-day-unusable")
        .file(project.path.display())
        .arg("day", text)
        .into())
}

/// Checks the codes of the regions and of the polygons against the day of the project.
///
/// # Errors
///
/// All codes that are not in use on that day, with their successors or predecessors.
pub fn check_versions(
    project: &Project,
    methodology: &Methodology,
    regions: &[RegionRow],
) -> Result<(), Findings> {
    let Some(entry) = &project.boundaries else {
        return Ok(());
    };
    let counties = regions.iter().filter(|row| row.level == "county");
    let codes = counties.map(|row| row.code.as_str()).collect();
    let own_day = day(project, &entry.valid_on)?;
    let file = project.file(&project.head.regions);
    check_codes(
        &methodology.boundaries,
        &codes,
        &own_day,
        &file.display().to_string(),
    )
}

/// Checks codes against a day.
///
/// # Errors
///
/// One finding with all codes that are not in use.
pub fn check_codes(
    boundaries: &Boundaries,
    codes: &BTreeSet<&str>,
    day: &str,
    file: &str,
) -> Result<(), Findings> {
    let mut odd = Vec::new();
    for code in codes {
        let (sign, date, others) = match boundaries.state(code, day) {
            CodeState::Valid => continue,
            CodeState::Ended(date, others) => ("→", date, others),
            CodeState::NotYet(date, others) => ("←", date, others),
        };
        odd.push(format!("{code} ({date} {sign} {})", named(&others)));
    }
    if odd.is_empty() {
        return Ok(());
    }
    Err(Finding::error("region-code-not-valid")
        .file(file)
        .arg("day", day)
        .arg("codes", odd.join("; "))
        .into())
}

fn named(codes: &[[String; 2]]) -> String {
    let names: Vec<String> = codes
        .iter()
        .map(|[code, name]| format!("{code} {name}"))
        .collect();
    names.join(", ")
}

/// Adds to refusals of unknown codes what became of those that a change of boundaries
/// names.
pub fn with_hints(methodology: &Methodology, mut findings: Findings) -> Findings {
    let mut hints = BTreeSet::new();
    for finding in &findings.0 {
        let list = match finding.code {
            "workbook-code-unknown" => "cells",
            "counties-missing" | "counties-unknown" => "codes",
            _ => continue,
        };
        let cells = finding.argument(list).unwrap_or_default();
        let words = cells.split(|c: char| !c.is_ascii_alphanumeric());
        for word in words {
            hints.extend(hint(&methodology.boundaries, word));
        }
    }
    if !hints.is_empty() {
        let hints: Vec<String> = hints.into_iter().collect();
        let finding = Finding::error("region-code-of-another-version");
        findings.0.push(finding.arg("codes", hints.join("; ")));
    }
    findings
}

/// Tells where the ground of a code went, or where it came from.
fn hint(boundaries: &Boundaries, code: &str) -> Option<String> {
    let own = |from: bool| {
        let rows = boundaries.changes.iter().filter(move |row| {
            let side = if from { &row.from } else { &row.to };
            side[0] == code
        });
        let other = rows.map(move |row| (row.date.clone(), if from { &row.to } else { &row.from }));
        let other: Vec<(String, [String; 2])> =
            other.map(|(date, code)| (date, code.clone())).collect();
        other
    };
    let (sign, rows) = match (own(true), own(false)) {
        (rows, _) if !rows.is_empty() => ("→", rows),
        (_, rows) if !rows.is_empty() => ("←", rows),
        _ => return None,
    };
    let date = rows.first().map(|(date, _)| date.clone())?;
    let codes: Vec<[String; 2]> = rows.into_iter().map(|(_, code)| code).collect();
    Some(format!("{code} ({date} {sign} {})", named(&codes)))
}
