//! The table of regions of a new project: the one given, or derived from the codes.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};

use super::init::InitRequest;
use crate::source::project::{RegionRow, bases, read_regions};

/// Returns the regions for the counties of a boundary file.
///
/// # Errors
///
/// If the given table has other counties, or codes from which no city and province
/// follow.
pub(super) fn regions_of(
    request: &InitRequest,
    codes: &BTreeMap<String, String>,
) -> Result<(Vec<RegionRow>, Vec<Finding>), Findings> {
    match &request.regions {
        Some(path) => {
            let rows = read_regions(path)?;
            compare(request, &rows, codes)?;
            Ok((rows, Vec::new()))
        }
        None => derived(request, codes),
    }
}

fn compare(
    request: &InitRequest,
    rows: &[RegionRow],
    codes: &BTreeMap<String, String>,
) -> Result<(), Findings> {
    let listed: BTreeSet<&String> = bases(rows)
        .into_iter()
        .filter(|row| row.level != "sea")
        .map(|row| &row.code)
        .collect();
    let drawn: BTreeSet<&String> = codes.keys().collect();
    let mut findings = Vec::new();
    let sides = [
        ("counties-missing", &listed, &drawn),
        ("counties-unknown", &drawn, &listed),
    ];
    for (code, from, other) in sides {
        let odd: Vec<&str> = from.difference(other).map(|code| code.as_str()).collect();
        if !odd.is_empty() {
            findings.push(
                Finding::error(code)
                    .file(request.zones.display())
                    .arg("count", odd.len())
                    .arg("codes", odd.join(", ")),
            );
        }
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Findings(findings))
    }
}

/// The first two digits are the province's, four the city's, six the county's, nine the
/// township's, twelve the village's.
fn derived(
    request: &InitRequest,
    codes: &BTreeMap<String, String>,
) -> Result<(Vec<RegionRow>, Vec<Finding>), Findings> {
    let known = |code: &&String| {
        [6, 9, 12].contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
    };
    let provinces: BTreeSet<&str> = codes.keys().filter(known).map(|code| &code[..2]).collect();
    let odd: Vec<&str> = codes
        .keys()
        .filter(|code| !known(code))
        .map(String::as_str)
        .collect();
    if !odd.is_empty() || provinces.len() != 1 {
        return Err(Finding::error("regions-not-derived")
            .file(request.zones.display())
            .arg(
                "provinces",
                provinces.into_iter().collect::<Vec<_>>().join(", "),
            )
            .arg("codes", odd.join(", "))
            .into());
    }
    let row = |code: String, level: &str, name: &str, parent: String| RegionRow {
        name_zh: if name.is_empty() { &code } else { name }.to_string(),
        name_en: code.clone(),
        level: level.to_string(),
        code,
        parent,
    };
    let mut rows: BTreeMap<String, RegionRow> = BTreeMap::new();
    for (code, name) in codes {
        let (city, province) = (format!("{}00", &code[..4]), format!("{}0000", &code[..2]));
        let mut own = vec![
            row(province.clone(), "province", "", String::new()),
            row(city.clone(), "city", "", province),
        ];
        let mut parent = city;
        for (digits, level) in [(6, "county"), (9, "township"), (12, "village")] {
            let Some(part) = code.get(..digits) else {
                continue;
            };
            let title = if part == code { name.as_str() } else { "" };
            own.push(row(part.to_string(), level, title, parent));
            parent = part.to_string();
        }
        for row in own {
            rows.entry(row.code.clone()).or_insert(row);
        }
    }
    let unnamed: Vec<String> = rows
        .values()
        .filter(|row| row.name_zh == row.code)
        .map(|row| row.code.clone())
        .collect();
    let warning = Finding::warning("regions-without-names")
        .arg("count", unnamed.len())
        .arg("codes", unnamed.join(", "));
    let warnings = (!unnamed.is_empty()).then_some(warning);
    Ok((rows.into_values().collect(), warnings.into_iter().collect()))
}

/// Writes the table as the project reads it.
pub(super) fn regions_csv(rows: &[RegionRow]) -> Result<Vec<u8>, Findings> {
    let fault = |error: String| {
        Finding::error("output-not-written")
            .file("regions.csv")
            .arg("error", error)
            .exit(70)
    };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["code", "level", "name_zh", "name_en", "parent"];
    writer
        .write_record(head)
        .map_err(|error| fault(error.to_string()))?;
    for row in rows {
        let cells = [
            &row.code,
            &row.level,
            &row.name_zh,
            &row.name_en,
            &row.parent,
        ];
        writer
            .write_record(cells)
            .map_err(|error| fault(error.to_string()))?;
    }
    Ok(writer
        .into_inner()
        .map_err(|error| fault(error.to_string()))?)
}
