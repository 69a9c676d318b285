//! Parameter tables and crosswalks: CSV files, one value a row with its source.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Finding;
use crate::quantity::{Rational, Unit, UnitRegistry, parse_decimal};

use super::dictionary::{
    Citation, Crosswalk, CrosswalkRow, EcosystemType, GROUPS, SourceDocument, known_source, unit,
};
use super::document::{Notes, Text, at};

/// How far a value can be trusted to stand in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Recalled, derived or chosen; not read in print.
    Provisional,
    /// Copied from a copy that may have lost digits, or carried over to a like class.
    Transcribed,
    /// Read in print in the source.
    Verified,
}

impl Status {
    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Transcribed => "transcribed",
            Self::Verified => "verified",
        }
    }

    /// The words, from the lowest.
    pub(super) const ALL: [Self; 3] = [Self::Provisional, Self::Transcribed, Self::Verified];

    /// Reads the word of the files.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == text)
    }
}

/// One value of a table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The file, relative to the methodology.
    pub file: String,
    /// Its line.
    pub line: u32,
    /// The keys, in the order of the table's key columns.
    pub keys: Vec<String>,
    /// The value as printed and exactly, in `unit`; none where the class or item is
    /// outside the service (`n/a`).
    pub value: Option<Rational>,
    /// The spelling of the value in the file.
    pub spelling: String,
    /// The unit of the value.
    pub unit: Unit,
    /// The spelling of the unit.
    pub unit_text: String,
    /// How far it can be trusted.
    pub status: Status,
    /// Where it is taken from.
    pub citation: Citation,
    /// The year of its prices, if it is money.
    pub price_year: Option<String>,
    /// What is to be said about it.
    pub note: String,
}

/// A parameter table.
#[derive(Clone, Debug)]
pub struct Table {
    /// The file, relative to the methodology.
    pub file: String,
    /// The names of the key columns, in the file's order.
    pub keys: Vec<String>,
    /// The rows, in the file's order.
    pub rows: Vec<Row>,
}

/// The columns that are not keys.
const COLUMNS: [&str; 7] = [
    "value",
    "unit",
    "status",
    "source",
    "clause",
    "price_year",
    "note",
];
const NEEDED: [&str; 5] = ["value", "unit", "status", "source", "clause"];

/// What the reading of a table looks things up in.
pub(super) struct Lookup<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) sources: &'a BTreeMap<String, SourceDocument>,
    pub(super) classes: &'a BTreeMap<String, EcosystemType>,
}

/// A record of a CSV file by column name.
pub(super) struct Record<'a> {
    file: &'a str,
    line: u32,
    cells: BTreeMap<&'a str, &'a str>,
}

impl<'a> Record<'a> {
    /// Names the cells of a row.
    pub(super) fn new(file: &'a str, line: u32, header: &'a [String], cells: &'a [String]) -> Self {
        let named = header.iter().map(String::as_str);
        Self {
            file,
            line,
            cells: named.zip(cells.iter().map(String::as_str)).collect(),
        }
    }

    pub(super) fn cell(&self, column: &str) -> Text {
        Text {
            value: self.cells.get(column).unwrap_or(&"").trim().to_owned(),
            line: self.line,
            column: 1,
        }
    }

    pub(super) fn finding(&self, code: &'static str, column: &str) -> Finding {
        Finding::error(code)
            .file(self.file)
            .place(format!("line {}, column `{column}`", self.line))
    }
}

/// Splits a CSV text into header and records; ragged rows are findings.
pub(super) fn records(
    file: &str,
    text: &str,
    notes: &mut Notes,
) -> (Vec<String>, Vec<(u32, Vec<String>)>) {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header: Vec<String> = match reader.headers() {
        Ok(header) => header.iter().map(str::to_owned).collect(),
        Err(error) => {
            notes.push(at("methodology-table-unreadable", file, 1).arg("error", error));
            return (Vec::new(), Vec::new());
        }
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(1, csv::Position::line);
                let line = u32::try_from(line).unwrap_or(u32::MAX);
                notes.push(at("methodology-table-unreadable", file, line).arg("error", error));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        if record.len() == header.len() {
            rows.push((line, record.iter().map(str::to_owned).collect()));
        } else {
            notes.push(
                at("methodology-row-ragged", file, line)
                    .arg("count", record.len())
                    .arg("expected", header.len()),
            );
        }
    }
    (header, rows)
}

pub(super) fn missing_columns(
    file: &str,
    header: &[String],
    needed: &[&str],
    notes: &mut Notes,
) -> bool {
    let absent: Vec<&str> = needed
        .iter()
        .filter(|column| !header.iter().any(|own| own == *column))
        .copied()
        .collect();
    if !absent.is_empty() {
        notes.push(at("methodology-column-missing", file, 1).arg("columns", absent.join(", ")));
    }
    !absent.is_empty()
}

/// Reads a parameter table.
pub(super) fn table(
    file: &str,
    text: &str,
    lookup: &Lookup<'_>,
    notes: &mut Notes,
) -> Option<Table> {
    let (header, records) = records(file, text, notes);
    if missing_columns(file, &header, &NEEDED, notes) {
        return None;
    }
    let keys: Vec<String> = header
        .iter()
        .filter(|column| !COLUMNS.contains(&column.as_str()))
        .cloned()
        .collect();
    if keys.is_empty() {
        notes.push(at("methodology-column-missing", file, 1).arg("columns", "name | class | …"));
        return None;
    }
    let mut seen: BTreeMap<Vec<String>, u32> = BTreeMap::new();
    let mut rows = Vec::new();
    for (line, cells) in &records {
        let record = Record::new(file, *line, &header, cells);
        let Some(row) = row(&record, &keys, lookup, notes) else {
            continue;
        };
        if let Some(first) = seen.insert(row.keys.clone(), *line) {
            notes.push(
                at("methodology-row-twice", file, *line)
                    .arg("keys", row.keys.join(", "))
                    .arg("first", first),
            );
        }
        rows.push(row);
    }
    Some(Table {
        file: file.to_owned(),
        keys,
        rows,
    })
}

fn row(
    record: &Record<'_>,
    keys: &[String],
    lookup: &Lookup<'_>,
    notes: &mut Notes,
) -> Option<Row> {
    let before = notes.len();
    for column in keys.iter().map(String::as_str).chain(NEEDED) {
        if record.cell(column).value.is_empty() {
            notes.push(
                record
                    .finding("methodology-row-blank", column)
                    .arg("column", column),
            );
        }
    }
    if notes.len() > before {
        return None;
    }
    let file = record.file;
    let (spelling, value) = row_value(record, notes);
    let unit_text = record.cell("unit");
    let unit = unit(&unit_text, file, lookup.units, notes);
    let status_text = record.cell("status");
    let status = Status::parse(&status_text.value);
    if status.is_none() {
        notes.push(
            record
                .finding("methodology-row-status", "status")
                .arg("status", &status_text.value),
        );
    }
    let source = record.cell("source");
    known_source(&source, file, lookup.sources, notes);
    let price_year = Some(record.cell("price_year").value).filter(|year| !year.is_empty());
    price_year_fits(record, &unit_text.value, price_year.as_deref(), notes);
    known_keys(record, keys, lookup.classes, notes);
    if notes.len() > before {
        return None;
    }
    Some(Row {
        file: file.to_owned(),
        line: record.line,
        keys: keys.iter().map(|key| record.cell(key).value).collect(),
        value,
        spelling,
        unit: unit?,
        unit_text: unit_text.value,
        status: status?,
        citation: Citation {
            document: source.value,
            clause: record.cell("clause").value,
        },
        price_year,
        note: record.cell("note").value,
    })
}

/// Reads the value of a row as spelled and exactly; nothing for `n/a`.
fn row_value(record: &Record<'_>, notes: &mut Notes) -> (String, Option<Rational>) {
    let spelling = record.cell("value").value;
    let value = match spelling.as_str() {
        "n/a" => None,
        number => {
            let value = parse_decimal(number);
            if value.is_none() {
                notes.push(
                    record
                        .finding("methodology-row-value", "value")
                        .arg("value", number),
                );
            }
            value
        }
    };
    (spelling, value)
}

/// Money names its price year twice, in the unit and in its column, and both agree.
fn price_year_fits(record: &Record<'_>, unit: &str, year: Option<&str>, notes: &mut Notes) {
    let in_unit = unit.split_once("CNY@").map(|(_, rest)| {
        let end = rest.find(|letter: char| !letter.is_ascii_digit());
        &rest[..end.unwrap_or(rest.len())]
    });
    if in_unit != year {
        notes.push(
            record
                .finding("methodology-row-price-year", "price_year")
                .arg("unit", unit)
                .arg("year", year.unwrap_or("—")),
        );
    }
}

fn known_keys(
    record: &Record<'_>,
    keys: &[String],
    classes: &BTreeMap<String, EcosystemType>,
    notes: &mut Notes,
) {
    for key in keys {
        let label = record.cell(key).value;
        let good = match key.as_str() {
            "class" => classes.contains_key(&label),
            "group" => GROUPS.contains(&label.as_str()),
            "month" => label
                .parse::<u8>()
                .is_ok_and(|month| (1..=12).contains(&month)),
            _ => true,
        };
        if !good {
            notes.push(
                record
                    .finding("methodology-key-unknown", key)
                    .arg("key", key)
                    .arg("label", label),
            );
        }
    }
}

/// Reads a crosswalk: `code,class,source,clause,note`, and `status` where it is told.
pub(super) fn crosswalk(
    file: &str,
    text: &str,
    lookup: &Lookup<'_>,
    notes: &mut Notes,
) -> Option<Crosswalk> {
    const HEADER: [&str; 5] = ["code", "class", "source", "clause", "note"];
    let (header, records) = records(file, text, notes);
    if missing_columns(file, &header, &HEADER, notes) {
        return None;
    }
    let mut crosswalk = Crosswalk {
        file: file.to_owned(),
        rows: BTreeMap::new(),
    };
    let mut seen = BTreeSet::new();
    for (line, cells) in &records {
        let record = Record::new(file, *line, &header, cells);
        let blank = HEADER[..4]
            .iter()
            .find(|column| record.cell(column).value.is_empty());
        if let Some(column) = blank {
            notes.push(
                record
                    .finding("methodology-row-blank", column)
                    .arg("column", column),
            );
            continue;
        }
        known_keys(&record, &["class".to_owned()], lookup.classes, notes);
        let source = record.cell("source");
        known_source(&source, file, lookup.sources, notes);
        let code = record.cell("code").value;
        if !seen.insert(code.clone()) {
            let first = crosswalk.rows.get(&code).map_or(0, |row| row.line);
            notes.push(
                at("methodology-row-twice", file, *line)
                    .arg("keys", &code)
                    .arg("first", first),
            );
            continue;
        }
        let told = record.cell("status").value;
        let status = Status::parse(&told);
        if status.is_none() && !told.is_empty() {
            notes.push(
                record
                    .finding("methodology-row-status", "status")
                    .arg("status", &told),
            );
        }
        let row = CrosswalkRow {
            class: record.cell("class").value,
            status: status.unwrap_or(Status::Provisional),
            line: *line,
            citation: Citation {
                document: source.value,
                clause: record.cell("clause").value,
            },
            note: record.cell("note").value,
        };
        crosswalk.rows.insert(code, row);
    }
    Some(crosswalk)
}
