//! The energy balance sheet of the statistical yearbooks: flows down the first column,
//! carriers across, their units in the row below. A blank cell has no entry.

use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::quantity::{Rational, Unit, parse_decimal};

use super::balance::BalanceRow;
use super::dictionary::Dictionary;
use crate::source::workbook::narrow;

/// Units as the heads print them, with what they are here.
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
/// Headings of blocks, whose cells are sums of what follows.
const HEADINGS: [&str; 2] = ["可供本地区消费的能源量", "加工转换投入"];

/// A column of a carrier.
struct CarrierColumn<'a> {
    at: usize,
    carrier: &'a str,
    unit: Unit,
    unit_text: &'static str,
    factor: i64,
}

/// Cells that say that there is no number.
const NO_NUMBER: [&str; 5] = ["", "-", "—", "——", "…"];

/// The cells of a sheet as text, with where they begin.
struct Cells {
    name: String,
    rows: Vec<Vec<String>>,
    first: (u32, u32),
}

impl Cells {
    /// The address of a cell, such as `C14`.
    fn address(&self, row: usize, column: usize) -> String {
        let mut number = self.first.1 as usize + column + 1;
        let mut letters = String::new();
        while number > 0 {
            let letter = (number - 1) % 26;
            letters.insert(0, char::from(b'A' + u8::try_from(letter).unwrap_or(0)));
            number = (number - 1) / 26;
        }
        format!(
            "{}: {letters}{}",
            self.name,
            self.first.0 as usize + row + 1
        )
    }

    fn wrong(&self, row: usize, column: usize, reason: &str) -> Finding {
        Finding::error("carbon-row")
            .file(self.address(row, column))
            .arg("value", &self.rows[row][column])
            .arg("reason", reason)
    }
}

/// Reads the first sheet of a workbook named `<region>-<year>.xlsx`. A number is the
/// shortest decimal that reads back as the stored one.
pub(super) fn read_sheet(
    path: &Path,
    name: &str,
    names: &Dictionary,
) -> Result<Vec<BalanceRow>, Findings> {
    let broken = |error: String| {
        Finding::error("carbon-file")
            .file(name)
            .place("sheet 1")
            .arg("error", error)
    };
    let place = region_and_year(path)
        .ok_or_else(|| broken("the name must be <region code>-<year>.xlsx".to_owned()))?;
    let mut book = open_workbook_auto(path).map_err(|error| broken(error.to_string()).exit(66))?;
    let range = book.worksheet_range_at(0);
    let range = range.ok_or_else(|| broken("no sheet".to_owned()))?;
    let range = range.map_err(|error| broken(error.to_string()))?;
    let cells = Cells {
        name: name.to_owned(),
        rows: range
            .rows()
            .map(|row| row.iter().map(text_of).collect())
            .collect(),
        first: range.start().unwrap_or((0, 0)),
    };
    let is_head = |row: &Vec<String>| {
        row.iter()
            .skip(1)
            .any(|cell| names.carriers.contains_key(cell))
    };
    let head = cells.rows.iter().position(is_head);
    let head = head.ok_or_else(|| broken("no row of carriers".to_owned()))?;
    let mut findings = Vec::new();
    let columns = columns(&cells.rows, head, name, names, &mut findings);
    let mut rows = Vec::new();
    for at in head + 2..cells.rows.len() {
        match flow_of(names, &cells.rows[at]) {
            Some(flow) => read_row(
                &cells,
                at,
                (flow, &place),
                &columns,
                (&mut rows, &mut findings),
            ),
            None => findings.extend(lost(&cells.rows[at], name)),
        }
    }
    if findings.is_empty() {
        Ok(rows)
    } else {
        Err(Findings(findings))
    }
}

/// Reads the numbers of a flow; a number under no head is a finding.
fn read_row(
    cells: &Cells,
    at: usize,
    (flow, (region, year)): (&str, &(String, u16)),
    columns: &[CarrierColumn<'_>],
    (rows, findings): (&mut Vec<BalanceRow>, &mut Vec<Finding>),
) {
    for (column, text) in cells.rows[at].iter().enumerate().skip(1) {
        if NO_NUMBER.contains(&text.as_str()) {
            continue;
        }
        let own = columns.iter().find(|own| own.at == column);
        let (Some(own), Some(number)) = (own, parse_decimal(text)) else {
            let reason = if own.is_some() {
                "a number"
            } else {
                "stands under no carrier"
            };
            findings.push(cells.wrong(at, column, reason));
            continue;
        };
        rows.push(BalanceRow {
            region: region.clone(),
            year: *year,
            flow: flow.to_owned(),
            carrier: own.carrier.to_owned(),
            value: number * Rational::from_integer(own.factor.into()),
            unit: own.unit.clone(),
            unit_text: own.unit_text.to_owned(),
            status: String::new(),
            source: String::new(),
            place: cells.address(at, column),
        });
    }
}

/// The columns whose head is a carrier with a unit that is known; others are findings.
fn columns<'a>(
    cells: &[Vec<String>],
    head: usize,
    name: &str,
    names: &'a Dictionary,
    findings: &mut Vec<Finding>,
) -> Vec<CarrierColumn<'a>> {
    let mut found = Vec::new();
    let units = cells.get(head + 1);
    for (at, title) in cells[head].iter().enumerate().skip(1) {
        if title.is_empty() {
            continue;
        }
        let printed = units.and_then(|row| row.get(at)).map_or("", String::as_str);
        let printed = printed.trim_matches(['(', ')', '（', '）']);
        let known = PRINTED.iter().find(|(own, ..)| *own == printed);
        let unit = known
            .and_then(|(_, text, factor)| Some((names.units.unit(text).ok()?, *text, *factor)));
        match (names.carriers.get(title), unit) {
            (Some((carrier, own)), Some((unit, unit_text, factor)))
                if unit.same_dimension(own) || unit_text == "tce" =>
            {
                found.push(CarrierColumn {
                    at,
                    carrier,
                    unit,
                    unit_text,
                    factor,
                });
            }
            _ => findings.push(
                Finding::error("carbon-balance-flow")
                    .file(name)
                    .arg("name", format!("{title} / {printed}")),
            ),
        }
    }
    found
}

/// A row with numbers whose label is no flow; headings of blocks are sums.
fn lost(row: &[String], name: &str) -> Option<Finding> {
    let label = row.first()?;
    let numbers = row.iter().skip(1).any(|cell| parse_decimal(cell).is_some());
    let heading = HEADINGS.iter().any(|own| label.contains(own));
    (numbers && !heading).then(|| {
        Finding::error("carbon-balance-flow")
            .file(name)
            .arg("name", label)
    })
}

fn region_and_year(path: &Path) -> Option<(String, u16)> {
    let (region, year) = path.file_stem()?.to_str()?.rsplit_once('-')?;
    let region = region.rsplit(['-', '_']).next()?;
    let digits = region.len() == 6 && region.bytes().all(|byte| byte.is_ascii_digit());
    Some((region.to_owned(), year.parse().ok()?)).filter(|_| digits)
}

/// A cell as text, full-width letters made half-width, without spaces around it.
fn text_of(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        other => narrow(&other.to_string()),
    }
}

/// A label without its number (`1.`, `一、`) and blanks.
fn bare(label: &str) -> &str {
    let number = |head: &str| {
        head.chars()
            .all(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(c))
    };
    let label = label.trim();
    let rest = ['、', '.']
        .iter()
        .find_map(|mark| label.split_once(*mark).filter(|(head, _)| number(head)));
    rest.map_or(label, |(_, rest)| rest).trim()
}

fn flow_of<'a>(names: &'a Dictionary, row: &[String]) -> Option<&'a str> {
    let label = row.first()?;
    let flow = names
        .flows
        .get(bare(label))
        .or_else(|| names.flows.get(label.trim()));
    flow.map(String::as_str)
}
