//! Energy balances: the long form, and the sheet of the statistical yearbooks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, Unit};

use super::balance_sheet::read_sheet;
use super::cells::read;
use super::dictionary::Dictionary;

const NEEDED: [&str; 6] = ["region_code", "year", "flow", "carrier", "value", "unit"];
const OTHERS: [&str; 3] = ["status", "source", "note"];

/// A cell of a balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BalanceRow {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Id of the flow.
    pub flow: String,
    /// Id of the carrier.
    pub carrier: String,
    /// The value as printed, in `unit`.
    pub value: Rational,
    /// Its unit.
    pub unit: Unit,
    /// The unit as spelled.
    pub unit_text: String,
    /// `verified`, `transcribed`, `provisional` or `synthetic`; empty if nobody told.
    pub status: String,
    /// Who says so; empty if nobody told.
    pub source: String,
    /// File and line or cell.
    pub place: String,
}

/// Reads a balance: a `.csv` in the long form, or the yearbook's sheet from an Excel file
/// named `<region>-<year>.xlsx`.
///
/// # Errors
///
/// Flows, carriers and units that are not known, values that are no numbers, and cells
/// that stand twice.
pub fn read_balance(
    path: &Path,
    name: &str,
    names: &Dictionary,
) -> Result<Vec<BalanceRow>, Findings> {
    let rows = match path.extension().and_then(|ending| ending.to_str()) {
        Some("xlsx" | "xls") => read_sheet(path, name, names)?,
        _ => read_long(path, name, names)?,
    };
    let mut findings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut units: BTreeMap<(&str, u16, &str), &Unit> = BTreeMap::new();
    for row in &rows {
        let wrong = |reason: &str| {
            Finding::error("carbon-row")
                .file(&row.place)
                .arg(
                    "value",
                    format!("{} {} {}", row.flow, row.carrier, row.unit_text),
                )
                .arg("reason", reason)
        };
        if !seen.insert((&row.region, row.year, &row.flow, &row.carrier)) {
            findings.push(wrong("stands twice"));
        }
        // A balance of a carrier is added up: tonnes and tonnes of coal equivalent are not.
        let key = (row.region.as_str(), row.year, row.carrier.as_str());
        if !units
            .entry(key)
            .or_insert(&row.unit)
            .same_dimension(&row.unit)
        {
            findings.push(wrong(
                "a unit that does not convert to the others of its carrier",
            ));
        }
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

fn read_long(path: &Path, name: &str, names: &Dictionary) -> Result<Vec<BalanceRow>, Findings> {
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    for line in read(path, name, &NEEDED, &OTHERS)? {
        let (region, year) = (line.region(&mut findings), line.year(&mut findings));
        let value = line.number("value", &mut findings);
        let flow = names.flows.get(line.cell("flow"));
        let carrier = names.carriers.get(line.cell("carrier"));
        let (Some(flow), Some((carrier, own))) = (flow, carrier) else {
            let told = format!("{} / {}", line.cell("flow"), line.cell("carrier"));
            findings.push(
                Finding::error("carbon-balance-flow")
                    .file(line.place())
                    .arg("name", told),
            );
            continue;
        };
        match names.units.unit(line.cell("unit")) {
            Ok(unit) if unit.same_dimension(own) || is_coal_equivalent(&unit) => {
                rows.push(BalanceRow {
                    region,
                    year,
                    flow: flow.clone(),
                    carrier: carrier.clone(),
                    value,
                    unit,
                    unit_text: line.cell("unit").to_owned(),
                    status: line.cell("status").to_owned(),
                    source: line.cell("source").to_owned(),
                    place: line.place(),
                });
            }
            _ => findings.push(line.fault("unit", format!("measured in {own}"))),
        }
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

fn is_coal_equivalent(unit: &Unit) -> bool {
    unit.dimension().bases().map(|(base, _)| base).eq(["tce"])
}
