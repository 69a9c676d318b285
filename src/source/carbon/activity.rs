//! Activity and measured emissions: one reader for greenhouse gases and for air and
//! water pollutants.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::quantity::{Rational, Unit, parse_decimal};

use super::cells::{Line, read};
use super::dictionary::Dictionary;

const NEEDED: [&str; 9] = [
    "region_code",
    "year",
    "category",
    "quantity",
    "item",
    "value",
    "unit",
    "status",
    "source",
];
const OTHERS: [&str; 2] = ["uncertainty_percent", "note"];

/// What a row says of its activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// A number in the row's unit.
    Number(Rational),
    /// `NO`.
    NotOccurring,
    /// `NE`.
    NotEstimated,
    /// `NA`.
    NotApplicable,
    /// `IE`.
    IncludedElsewhere,
}

/// A row of activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivityRow {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Category of emissions.
    pub category: String,
    /// The quantity.
    pub quantity: String,
    /// The item, empty if the quantity has none.
    pub item: String,
    /// What it says.
    pub activity: Activity,
    /// Its unit.
    pub unit: Unit,
    /// Half width of the 95 % interval in per cent, if told.
    pub uncertainty_percent: Option<Rational>,
    /// How far it may be relied on.
    pub status: String,
    /// Who says so.
    pub source: String,
    /// File and line.
    pub place: String,
}

/// Reads activity.
///
/// # Errors
///
/// Every row with an unknown category, quantity or unit, with a value that is neither a
/// number nor a notation key, without source, or that stands twice.
pub fn read_activity(
    path: &Path,
    name: &str,
    names: &Dictionary,
) -> Result<Vec<ActivityRow>, Findings> {
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    let mut seen: BTreeMap<[String; 5], String> = BTreeMap::new();
    for line in read(path, name, &NEEDED, &OTHERS)? {
        let category = line.cell("category").to_owned();
        if !names.categories.contains(&category) {
            findings.push(line.fault("category", "a category of carbon/categories.toml"));
        }
        let (quantity, item) = line.quantity(names, &mut findings);
        let row = ActivityRow {
            region: line.region(&mut findings),
            year: line.year(&mut findings),
            activity: activity(&line, &mut findings),
            unit: line.unit(names, &quantity, &mut findings),
            uncertainty_percent: uncertainty(&line, &mut findings),
            status: line.status(&mut findings),
            source: line.told("source", &mut findings),
            place: line.place(),
            category,
            quantity,
            item,
        };
        let year = row.year.to_string();
        let key = [&row.region, &year, &row.category, &row.quantity, &row.item];
        if let Some(first) = seen.insert(key.map(String::clone), line.place()) {
            findings.push(line.fault("quantity", format!("stands already at {first}")));
        }
        rows.push(row);
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

fn activity(line: &Line, findings: &mut Vec<gep_core::diagnostic::Finding>) -> Activity {
    match line.cell("value") {
        "NO" => Activity::NotOccurring,
        "NE" => Activity::NotEstimated,
        "NA" => Activity::NotApplicable,
        "IE" => Activity::IncludedElsewhere,
        text => match parse_decimal(text) {
            Some(number) => Activity::Number(number),
            None => {
                findings.push(line.fault(
                    "value",
                    "a number, or NO, NE, NA, IE; blank is none of them",
                ));
                Activity::NotEstimated
            }
        },
    }
}

fn uncertainty(line: &Line, findings: &mut Vec<gep_core::diagnostic::Finding>) -> Option<Rational> {
    let text = line.cell("uncertainty_percent");
    if text.is_empty() {
        return None;
    }
    let zero = Rational::from_integer(0.into());
    let number = parse_decimal(text).filter(|number| *number >= zero);
    if number.is_none() {
        findings.push(line.fault("uncertainty_percent", "a number of zero or more"));
    }
    number
}
