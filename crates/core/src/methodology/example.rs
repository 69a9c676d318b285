//! The `[[example]]`s of a file as written.

use std::collections::BTreeMap;

use crate::diagnostic::Finding;
use crate::quantity::{Rational, UnitRegistry, format_decimal, parse_decimal};

use super::dictionary::one_of;
use super::document::{Field, Fields, Kind, Notes, Text, at};
use super::method::amount;

/// A value an example gives or expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    /// A number as printed: its value and how many decimals it shows.
    Number(Rational, u32),
    /// Missing.
    Missing,
    /// Outside the service.
    NotApplicable,
    /// The twelve months, a series of days, or the rows of a kernel's window.
    List(Vec<Given>),
    /// By class, item or object.
    Map(BTreeMap<String, Given>),
}

impl Given {
    /// Returns the value as a reader writes it; lists and maps in brackets.
    pub fn to_text(&self) -> String {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Number(number, decimals) => format_decimal(number, *decimals),
            Self::Missing => "missing".to_owned(),
            Self::NotApplicable => "n/a".to_owned(),
            Self::List(list) => format!("[{}]", joined(list.iter().map(Self::to_text).collect())),
            Self::Map(map) => {
                let parts = map.iter();
                let parts = parts.map(|(key, value)| format!("{key} {}", value.to_text()));
                joined(parts.collect())
            }
        }
    }
}

/// A worked example of a method or layer.
#[derive(Clone, Debug)]
pub struct Example {
    /// A sentence that states the expectation.
    pub name: String,
    /// The line of the file.
    pub line: u32,
    /// The ecosystem types at stake, in order; empty if none matters.
    pub classes: Vec<String>,
    /// The area of each type's one cell, in m2.
    pub areas: BTreeMap<String, Rational>,
    /// For a kernel, the width and height of a cell in m.
    pub cell: Option<(Rational, Rational)>,
    /// The inputs, and parameters that are to differ from their table.
    pub given: BTreeMap<String, Given>,
    /// The expected outputs.
    pub expect: BTreeMap<String, Given>,
    /// Who vouches for the expectation: `hand`, `source` or `tool`.
    pub by: String,
    /// How it comes about.
    pub working: String,
}

/// Reads one `[[example]]`.
pub(super) fn example(
    mut fields: Fields,
    units: &UnitRegistry,
    notes: &mut Notes,
) -> Option<Example> {
    let file = fields.file.clone();
    let line = fields.line;
    let name = fields.text("name", notes);
    let by = fields.text("by", notes);
    let working = fields.text("working", notes);
    if let Some(by) = &by {
        one_of(by, "by", &["hand", "source", "tool"], &file, notes);
    }
    let class = fields.optional_text("class", notes);
    let listed = fields.texts("classes", notes);
    let mut classes: Vec<String> = class
        .into_iter()
        .chain(listed)
        .map(|text| text.value)
        .collect();
    let areas = areas(&mut fields, &mut classes, units, notes);
    let cell = cell(&mut fields, notes);
    let given = givens(fields.table("given", notes), notes);
    let expect = givens(fields.table("expect", notes), notes);
    fields.finish(notes);
    if expect.is_empty() {
        notes.push(at("methodology-key-missing", &file, line).arg("key", "expect"));
    }
    Some(Example {
        name: name?.value,
        line,
        classes,
        areas,
        cell,
        given,
        expect,
        by: by?.value,
        working: working?.value,
    })
}

/// Reads `area = "1 ha"` or `area = { mixed_forest = "1 ha" }`; the latter names
/// the classes too.
fn areas(
    fields: &mut Fields,
    classes: &mut Vec<String>,
    units: &UnitRegistry,
    notes: &mut Notes,
) -> BTreeMap<String, Rational> {
    let mut areas = BTreeMap::new();
    let file = fields.file.clone();
    let one = |text: &str, field: &Field, notes: &mut Notes| {
        let text = Text {
            value: text.to_owned(),
            line: field.line,
            column: field.column,
        };
        let (number, unit) = amount(&text, &file, units, notes)?;
        let square_metre = units.unit("m2").ok()?;
        match unit.factor_to(&square_metre) {
            Some(factor) => Some(number * factor),
            None => {
                notes.push(at("methodology-number", &file, field.line).arg("number", &text.value));
                None
            }
        }
    };
    let Some(field) = fields.get("area") else {
        return areas;
    };
    match &field.kind {
        Kind::Text(text) => {
            if classes.is_empty() {
                classes.push(ANY_CLASS.to_owned());
            }
            if let Some(area) = one(text, &field, notes) {
                areas.extend(classes.iter().map(|class| (class.clone(), area.clone())));
            }
        }
        Kind::Table(table) => {
            for (class, inner) in table.every() {
                if let Kind::Text(text) = &inner.kind {
                    classes.push(class.clone());
                    if let Some(area) = one(text, inner, notes) {
                        areas.insert(class.clone(), area);
                    }
                }
            }
        }
        _ => notes.push(at("methodology-number", &fields.file, field.line).arg("number", "area")),
    }
    areas
}

/// The class of an example that names none.
pub(super) const ANY_CLASS: &str = "any";

fn cell(fields: &mut Fields, notes: &mut Notes) -> Option<(Rational, Rational)> {
    let mut table = fields.table("cell", notes);
    let mut side = |key| {
        let text = table.optional_number(key, notes)?;
        parse_decimal(&text.value)
    };
    let (x, y) = (side("x"), side("y"));
    table.finish(notes);
    Some((x?, y?))
}

fn givens(table: Fields, notes: &mut Notes) -> BTreeMap<String, Given> {
    let mut all = BTreeMap::new();
    for (name, field) in table.every() {
        if let Some(given) = given(&table.file, field, notes) {
            all.insert(name.clone(), given);
        }
    }
    all
}

fn given(file: &str, field: &Field, notes: &mut Notes) -> Option<Given> {
    let bad = |text: &str| {
        Finding::error("methodology-number")
            .file(file)
            .place(format!("line {}", field.line))
            .arg("number", text)
    };
    match &field.kind {
        Kind::Number(text) => match parse_decimal(text) {
            Some(number) => {
                let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
                let decimals = mantissa.split_once('.').map_or(0, |(_, tail)| tail.len());
                Some(Given::Number(number, u32::try_from(decimals).unwrap_or(0)))
            }
            None => {
                notes.push(bad(text));
                None
            }
        },
        Kind::Text(text) if text == "missing" => Some(Given::Missing),
        Kind::Text(text) if text == "n/a" => Some(Given::NotApplicable),
        Kind::Text(text) => {
            notes.push(bad(text));
            None
        }
        Kind::Flag(flag) => {
            notes.push(bad(&flag.to_string()));
            None
        }
        Kind::List(list) => {
            let all = list.iter().filter_map(|one| given(file, one, notes));
            Some(Given::List(all.collect()))
        }
        Kind::Table(table) => Some(Given::Map(givens(table.clone(), notes))),
    }
}
