//! Energy balances: the long form, and the sheet of the statistical yearbooks.

use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{BalanceLayout, Methodology};
use gep_core::quantity::{Rational, Unit, parse_decimal};

use super::cells::read;

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
    methodology: &Methodology,
) -> Result<Vec<BalanceRow>, Findings> {
    let rows = match path.extension().and_then(|ending| ending.to_str()) {
        Some("xlsx" | "xls" | "et") => read_workbook(path, name, methodology)?,
        _ => read_long(path, name, methodology)?,
    };
    let mut findings = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for row in &rows {
        if !seen.insert((&row.region, row.year, &row.flow, &row.carrier)) {
            findings.push(
                Finding::error("carbon-row")
                    .file(&row.place)
                    .arg("value", format!("{} {}", row.flow, row.carrier))
                    .arg("reason", "stands twice"),
            );
        }
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

fn read_long(
    path: &Path,
    name: &str,
    methodology: &Methodology,
) -> Result<Vec<BalanceRow>, Findings> {
    let layout = &methodology.carbon.balance;
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    for line in read(path, name, &NEEDED, &OTHERS)? {
        let (region, year) = (line.region(&mut findings), line.year(&mut findings));
        let value = line.number("value", &mut findings);
        let unit = methodology.units.unit(line.cell("unit"));
        let (Some(flow), Some(carrier)) = (
            layout.flow(line.cell("flow")),
            layout.carrier(line.cell("carrier")),
        ) else {
            let names = format!("{} / {}", line.cell("flow"), line.cell("carrier"));
            findings.push(
                Finding::error("carbon-balance-flow")
                    .file(line.place())
                    .arg("name", names),
            );
            continue;
        };
        match unit {
            Ok(unit) if unit.same_dimension(&carrier.unit) || is_coal_equivalent(&unit) => {
                rows.push(BalanceRow {
                    region,
                    year,
                    flow: flow.id.clone(),
                    carrier: carrier.id.clone(),
                    value,
                    unit,
                    unit_text: line.cell("unit").to_owned(),
                    status: line.cell("status").to_owned(),
                    source: line.cell("source").to_owned(),
                    place: line.place(),
                });
            }
            _ => findings.push(line.fault("unit", format!("measured in {}", carrier.unit))),
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

/// Units as the yearbook's heads print them, with what they are here.
const PRINTED: [(&str, &str, i64); 8] = [
    ("万吨", "t", 10_000),
    ("亿立方米", "m3", 100_000_000),
    ("百亿千焦", "GJ", 10_000),
    ("万百万千焦", "GJ", 10_000),
    ("亿千瓦小时", "kWh", 100_000_000),
    ("亿千瓦时", "kWh", 100_000_000),
    ("万吨标准煤", "tce", 10_000),
    ("吨", "t", 1),
];

/// The yearbook's sheet: flows down the first column, carriers across the first row whose
/// cells are carriers, their units in the row below. A blank cell has no entry.
fn read_workbook(
    path: &Path,
    name: &str,
    methodology: &Methodology,
) -> Result<Vec<BalanceRow>, Findings> {
    let layout = &methodology.carbon.balance;
    let broken = |error: String| {
        Finding::error("carbon-file")
            .file(name)
            .place("sheet 1")
            .arg("error", error)
    };
    let (region, year) = region_and_year(path)
        .ok_or_else(|| broken("the name must be <region code>-<year>.xlsx".to_owned()))?;
    let mut book = open_workbook_auto(path).map_err(|error| broken(error.to_string()).exit(66))?;
    let range = book
        .worksheet_range_at(0)
        .ok_or_else(|| broken("no sheet".to_owned()))?;
    let range = range.map_err(|error| broken(error.to_string()))?;
    let cells: Vec<Vec<String>> = range
        .rows()
        .map(|row| row.iter().map(text_of).collect())
        .collect();
    let head = cells.iter().position(|row| {
        row.iter()
            .skip(1)
            .any(|cell| layout.carrier(cell).is_some())
    });
    let (Some(head), Some(units)) = (head, head.and_then(|head| cells.get(head + 1))) else {
        return Err(broken("no row of carriers".to_owned()).into());
    };
    let mut findings = Vec::new();
    let mut rows = Vec::new();
    for (column, title) in cells[head]
        .iter()
        .enumerate()
        .skip(1)
        .filter(|(_, title)| !title.is_empty())
    {
        let printed = units
            .get(column)
            .map_or("", |cell| cell.trim_matches(['(', ')', '（', '）']));
        let unit = PRINTED.iter().find(|(own, ..)| *own == printed);
        let (Some(carrier), Some((_, unit_text, factor))) = (layout.carrier(title), unit) else {
            let names = format!("{title} / {printed}");
            findings.push(
                Finding::error("carbon-balance-flow")
                    .file(name)
                    .arg("name", names),
            );
            continue;
        };
        let Ok(unit) = methodology.units.unit(unit_text) else {
            continue;
        };
        for (at, row) in cells.iter().enumerate().skip(head + 2) {
            let (Some(text), Some(flow)) = (row.get(column), flow_of(layout, row)) else {
                continue;
            };
            if text.is_empty() {
                continue;
            }
            let place = format!("{name}: row {}, column {}", at + 1, column + 1);
            match parse_decimal(text) {
                Some(number) => rows.push(BalanceRow {
                    region: region.clone(),
                    year,
                    flow: flow.to_owned(),
                    carrier: carrier.id.clone(),
                    value: number * Rational::from_integer((*factor).into()),
                    unit: unit.clone(),
                    unit_text: (*unit_text).to_owned(),
                    status: String::new(),
                    source: String::new(),
                    place,
                }),
                None => findings.push(
                    Finding::error("carbon-row")
                        .file(place)
                        .arg("value", text)
                        .arg("reason", "a number"),
                ),
            }
        }
    }
    for row in cells.iter().skip(head + 2) {
        let told = row.first().is_some_and(|cell| !bare(cell).is_empty());
        let numbers = row.iter().skip(1).any(|cell| parse_decimal(cell).is_some());
        if told && numbers && flow_of(layout, row).is_none() && !is_heading(&row[0]) {
            findings.push(
                Finding::error("carbon-balance-flow")
                    .file(name)
                    .arg("name", &row[0]),
            );
        }
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

fn region_and_year(path: &Path) -> Option<(String, u16)> {
    let stem = path.file_stem()?.to_str()?;
    let (region, year) = stem.rsplit_once('-')?;
    let region = region.rsplit(['-', '_']).next()?;
    let digits = region.len() == 6 && region.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Some((region.to_owned(), year.parse().ok()?)))?
}

/// A cell as the sheet stores it: numbers by the shortest decimal that reads back.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        other => other.to_string().trim().to_owned(),
    }
}

/// A label without its number (`1.`, `一、`) and blanks.
fn bare(label: &str) -> &str {
    let label = label.trim();
    let label = label
        .split_once('、')
        .filter(|(head, _)| head.chars().all(|c| "一二三四五六七八九十".contains(c)))
        .map_or(label, |(_, rest)| rest);
    let label = label
        .split_once('.')
        .filter(|(head, _)| head.chars().all(|c| c.is_ascii_digit()))
        .map_or(label, |(_, rest)| rest);
    label.trim()
}

/// Headings of blocks, whose cells are sums of what follows.
fn is_heading(label: &str) -> bool {
    ["可供本地区消费的能源量", "加工转换投入"]
        .iter()
        .any(|own| label.contains(own))
}

fn flow_of<'a>(layout: &'a BalanceLayout, row: &[String]) -> Option<&'a str> {
    let label = row.first()?;
    let flow = layout
        .flow(bare(label))
        .or_else(|| layout.flow(label.trim()));
    flow.map(|flow| flow.id.as_str())
}
