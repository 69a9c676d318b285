//! Reading of the files under `distributions/`.

use std::collections::BTreeMap;

use crate::diagnostic::Finding;
use crate::quantity::{Rational, format_exact};

use super::dictionary::{SourceDocument, citation, decimal, one_of};
use super::distribution::{Distribution, Ends, Shape};
use super::document::{Fields, Kind, Notes, Text, at};
use super::table::{Row, Status, Table};

/// Table and keys of a row: the key under which a distribution is kept.
pub type RowKey = (String, Vec<String>);

/// What the reading of a distribution looks things up in.
pub(super) struct DistributionLookup<'a> {
    pub(super) sources: &'a BTreeMap<String, SourceDocument>,
    pub(super) tables: &'a BTreeMap<String, Table>,
}

/// Reads a file of distributions into `all`.
pub(super) fn distributions(
    mut root: Fields,
    lookup: &DistributionLookup<'_>,
    all: &mut BTreeMap<RowKey, Distribution>,
    notes: &mut Notes,
) {
    for fields in root.tables("distribution", notes) {
        let Some(own) = distribution(fields, lookup, notes) else {
            continue;
        };
        let key = (own.table.clone(), own.keys.clone());
        if let Some(first) = all.get(&key) {
            notes.push(
                at("methodology-distribution-twice", &own.file, own.line)
                    .arg("row", format!("{} {}", own.table, own.keys.join(", ")))
                    .arg("first", format!("{} line {}", first.file, first.line)),
            );
        } else {
            all.insert(key, own);
        }
    }
    root.finish(notes);
}

fn distribution(
    mut fields: Fields,
    lookup: &DistributionLookup<'_>,
    notes: &mut Notes,
) -> Option<Distribution> {
    let before = notes.len();
    let (file, line) = (fields.file.clone(), fields.line);
    let table = fields.text("table", notes);
    let named = row_labels(&mut fields, notes);
    let shape = shape(&mut fields, notes);
    let unit = fields.text("unit", notes);
    let within = within(&mut fields, notes);
    let status = fields.text("status", notes);
    let citation = citation(&mut fields, lookup.sources, notes);
    let note = fields.title("note", notes);
    fields.finish(notes);
    let words: Vec<&str> = Status::ALL.iter().map(|status| status.word()).collect();
    let status_text = status?;
    one_of(&status_text, "status", &words, &file, notes);
    let table_text = table?;
    let row = find_row(&table_text, &named, lookup.tables, (&file, line), notes)?;
    if notes.len() > before {
        return None;
    }
    let unit = unit?;
    let (value, shape, within) = (row.value.as_ref()?, shape?, within?);
    if unit.value != row.unit_text {
        notes.push(
            at("methodology-distribution-unit", &file, unit.line)
                .arg("unit", &unit.value)
                .arg("expected", &row.unit_text),
        );
    }
    if let Some(code) = shape.fault(value, &within) {
        notes.push(told(at(code, &file, line), row, &shape, value, &within));
    }
    Some(Distribution {
        table: table_text.value,
        keys: row.keys.clone(),
        shape,
        unit_text: unit.value,
        within,
        status: Status::parse(&status_text.value)?,
        citation: citation?,
        note: note?,
        file,
        line,
    })
}

/// Adds the numbers a refusal is about.
fn told(finding: Finding, row: &Row, shape: &Shape, value: &Rational, within: &Ends) -> Finding {
    let ends = |(low, high): &Ends| {
        let end = |end: &Option<Rational>| end.as_ref().map_or("…".to_owned(), format_exact);
        format!("[{}, {}]", end(low), end(high))
    };
    finding
        .arg("row", row.keys.join(", "))
        .arg("kind", shape.word())
        .arg("value", &row.spelling)
        .arg("support", ends(&shape.support(value)))
        .arg("within", ends(within))
}

/// Reads `row = { name = "…" }`.
fn row_labels(fields: &mut Fields, notes: &mut Notes) -> BTreeMap<String, String> {
    let Some(labels) = fields.needed_table("row", notes) else {
        return BTreeMap::new();
    };
    let mut named = BTreeMap::new();
    for (key, field) in labels.every() {
        match &field.kind {
            Kind::Text(label) => _ = named.insert(key.clone(), label.clone()),
            _ => notes.push(
                at("methodology-key-type", &labels.file, field.line)
                    .arg("key", key)
                    .arg("expected", "text")
                    .arg("found", "?"),
            ),
        }
    }
    named
}

/// Finds the one row that bears all the labels; a row that says `n/a` has nothing
/// to vary.
fn find_row<'a>(
    table: &Text,
    named: &BTreeMap<String, String>,
    tables: &'a BTreeMap<String, Table>,
    (file, line): (&str, u32),
    notes: &mut Notes,
) -> Option<&'a Row> {
    let Some(known) = tables.get(&table.value) else {
        notes.push(at("methodology-table-unknown", file, table.line).arg("table", &table.value));
        return None;
    };
    let all_keys = known.keys.len() == named.len();
    let bears = |row: &&Row| {
        let mut labels = known.keys.iter().zip(&row.keys);
        all_keys && labels.all(|(key, label)| named.get(key) == Some(label))
    };
    let found = known.rows.iter().find(bears);
    let found = found.filter(|row| row.value.is_some());
    if found.is_none() {
        let labels: Vec<String> = named
            .iter()
            .map(|(k, label)| format!("{k}={label}"))
            .collect();
        notes.push(
            at("methodology-distribution-row", file, line)
                .arg("table", &table.value)
                .arg("labels", labels.join(" "))
                .arg("keys", known.keys.join(", ")),
        );
    }
    found
}

fn shape(fields: &mut Fields, notes: &mut Notes) -> Option<Shape> {
    let file = fields.file.clone();
    let kind = fields.text("kind", notes)?;
    one_of(&kind, "kind", &Shape::WORDS, &file, notes);
    let number = |fields: &mut Fields, key: &'static str, notes: &mut Notes| {
        let text = fields.text(key, notes)?;
        decimal(&text, &file, notes)
    };
    let optional = |fields: &mut Fields, key: &'static str, notes: &mut Notes| {
        let text = fields.optional_text(key, notes)?;
        decimal(&text, &file, notes)
    };
    Some(match kind.value.as_str() {
        "fixed" => Shape::Fixed,
        "normal" => Shape::Normal {
            low: optional(fields, "low", notes),
            high: optional(fields, "high", notes),
            sd: number(fields, "sd", notes)?,
        },
        "lognormal" => Shape::Lognormal {
            sd_log: number(fields, "sd_log", notes)?,
        },
        "triangular" => {
            let low = number(fields, "low", notes);
            let mode = number(fields, "mode", notes);
            let high = number(fields, "high", notes);
            Shape::Triangular {
                low: low?,
                mode: mode?,
                high: high?,
            }
        }
        "uniform" => {
            let low = number(fields, "low", notes);
            let high = number(fields, "high", notes);
            Shape::Uniform {
                low: low?,
                high: high?,
            }
        }
        "discrete" => discrete(fields, notes)?,
        _ => return None,
    })
}

fn discrete(fields: &mut Fields, notes: &mut Notes) -> Option<Shape> {
    let file = fields.file.clone();
    let mut numbers = |fields: &mut Fields, key: &'static str| -> Vec<Rational> {
        let texts = fields.texts(key, notes);
        let numbers = texts.iter();
        numbers
            .filter_map(|text| decimal(text, &file, notes))
            .collect()
    };
    let values = numbers(fields, "values");
    let weights = numbers(fields, "weights");
    if values.len() != weights.len() {
        notes.push(at("methodology-distribution-values", &file, fields.line));
        return None;
    }
    Some(Shape::Discrete(values.into_iter().zip(weights).collect()))
}

/// Reads `within = ["0", ""]`: the range outside which a value makes no sense; a
/// blank end is open.
fn within(fields: &mut Fields, notes: &mut Notes) -> Option<Ends> {
    let (file, line) = (fields.file.clone(), fields.line);
    let texts = fields.texts("within", notes);
    let [low, high] = texts.as_slice() else {
        notes.push(at("methodology-key-missing", &file, line).arg("key", "within"));
        return None;
    };
    let mut end = |text: &Text| -> Option<Option<Rational>> {
        if text.value.is_empty() {
            return Some(None);
        }
        decimal(text, &file, notes).map(Some)
    };
    let (low, high) = (end(low), end(high));
    Some((low?, high?))
}
