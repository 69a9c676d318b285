//! Sources, quantities, ecosystem types, crosswalks and checks.

use std::collections::{BTreeMap, BTreeSet};

use crate::formula::{Domain, unit_finding};
use crate::quantity::{Rational, Unit, UnitRegistry, parse_decimal};

use super::document::{Fields, Notes, Text, at, insert};
use super::table::Status;

/// A title in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// The document and clause something is taken from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Citation {
    /// The id of the document in `sources.toml`.
    pub document: String,
    /// The clause, table or equation in it.
    pub clause: String,
}

/// A document of `sources.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDocument {
    /// `standard`, `paper`, `code`, `data` or `choice`.
    pub kind: String,
    /// Its title.
    pub title: Title,
    /// Its doi or address, if it has one.
    pub address: Option<String>,
    /// The year it appeared, if known.
    pub year: Option<String>,
}

const DOCUMENT_KINDS: [&str; 5] = ["standard", "paper", "code", "data", "choice"];

/// A named input of `quantities.toml`: a layer or a table a project gives.
#[derive(Clone, Debug)]
pub struct QuantityEntry {
    /// Whether it is a raster layer; otherwise a table.
    pub layer: bool,
    /// Whether it is measured on the objects of a project: areas of polygons, or
    /// their overlap with zones.
    pub geometry: bool,
    /// The unit in which it is expected.
    pub unit: Unit,
    /// Over what it varies.
    pub domain: Domain,
    /// Its title.
    pub title: Title,
}

/// An ecosystem type of `classes.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EcosystemType {
    /// Its group: forest, shrub, grassland, wetland, cropland, urban, bare, water, sea.
    pub group: String,
    /// Its title.
    pub title: Title,
}

/// The groups of ecosystem types.
pub const GROUPS: [&str; 9] = [
    "forest",
    "shrub",
    "grassland",
    "wetland",
    "cropland",
    "urban",
    "bare",
    "water",
    "sea",
];

/// A row of a crosswalk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrosswalkRow {
    /// The ecosystem type.
    pub class: String,
    /// How far the assignment can be trusted; provisional unless the file says more.
    pub status: Status,
    /// The line of the file.
    pub line: u32,
    /// Where the assignment is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: String,
}

/// Codes of a raster or names of an account, each with its ecosystem type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crosswalk {
    /// The file.
    pub file: String,
    /// The rows by code.
    pub rows: BTreeMap<String, CrosswalkRow>,
}

impl Crosswalk {
    /// Returns the ecosystem types the codes lead to.
    pub fn classes(&self) -> BTreeSet<&str> {
        self.rows.values().map(|row| row.class.as_str()).collect()
    }

    /// Returns the least status among its rows; `None` if it has none.
    pub fn weakest_status(&self) -> Option<Status> {
        self.rows.values().map(|row| row.status).min()
    }

    /// Returns the row of a raster's number. A code of digits is met by its number,
    /// `0301` by 301; one with a letter by no number.
    pub fn row_of_number(&self, number: i64) -> Option<&CrosswalkRow> {
        self.rows.get(&number.to_string()).or_else(|| {
            let digits = |code: &str| code.bytes().all(|byte| byte.is_ascii_digit());
            let met = |code: &str| digits(code) && code.parse() == Ok(number);
            let found = self.rows.iter().find(|(code, _)| met(code));
            found.map(|(_, row)| row)
        })
    }
}

/// Reads `source = { document, clause }`.
pub(super) fn citation(
    fields: &mut Fields,
    sources: &BTreeMap<String, SourceDocument>,
    notes: &mut Notes,
) -> Option<Citation> {
    let mut inner = fields.needed_table("source", notes)?;
    let document = inner.text("document", notes);
    let clause = inner.optional_text("clause", notes);
    inner.finish(notes);
    let clause = clause.filter(|text| !text.value.trim().is_empty());
    if clause.is_none() {
        notes.push(at("methodology-clause-missing", &inner.file, inner.line));
    }
    let document = document?;
    known_source(&document, &inner.file, sources, notes);
    Some(Citation {
        document: document.value,
        clause: clause?.value,
    })
}

/// Reports a document that `sources.toml` does not list.
pub(super) fn known_source(
    document: &Text,
    file: &str,
    sources: &BTreeMap<String, SourceDocument>,
    notes: &mut Notes,
) {
    if !sources.contains_key(&document.value) {
        notes.push(
            at("methodology-source-unknown", file, document.line).arg("document", &document.value),
        );
    }
}

/// Reads `sources.toml`.
pub(super) fn sources(mut root: Fields, notes: &mut Notes) -> BTreeMap<String, SourceDocument> {
    let mut all = BTreeMap::new();
    for mut fields in root.tables("source", notes) {
        let id = fields.text("id", notes);
        let kind = fields.text("kind", notes);
        let title = fields.title("title", notes);
        let year = fields.optional_number("year", notes);
        let doi = fields.optional_text("doi", notes);
        let url = fields.optional_text("url", notes);
        fields.finish(notes);
        let (Some(id), Some(kind), Some(title)) = (id, kind, title) else {
            continue;
        };
        one_of(&kind, "kind", &DOCUMENT_KINDS, &fields.file, notes);
        let document = SourceDocument {
            kind: kind.value,
            title,
            address: doi.or(url).map(|text| text.value),
            year: year.map(|text| text.value),
        };
        insert(&mut all, id, &fields.file, document, notes);
    }
    root.finish(notes);
    all
}

/// Reports a word that is none of the allowed ones.
pub(super) fn one_of(
    text: &Text,
    key: &'static str,
    allowed: &[&str],
    file: &str,
    notes: &mut Notes,
) -> bool {
    let good = allowed.contains(&text.value.as_str());
    if !good {
        notes.push(
            at("methodology-word-unknown", file, text.line)
                .arg("key", key)
                .arg("word", &text.value)
                .arg("allowed", allowed.join(", ")),
        );
    }
    good
}

/// Reads a unit; what is wrong with it is a finding.
pub(super) fn unit(
    text: &Text,
    file: &str,
    units: &UnitRegistry,
    notes: &mut Notes,
) -> Option<Unit> {
    match units.unit(&text.value) {
        Ok(unit) => Some(unit),
        Err(error) => {
            notes.push(
                unit_finding(&error)
                    .file(file)
                    .place(format!("line {}", text.line)),
            );
            None
        }
    }
}

/// Reads a domain; what is wrong with it is a finding.
pub(super) fn domain(text: &Text, file: &str, notes: &mut Notes) -> Option<Domain> {
    match Domain::parse(&text.value) {
        Ok(domain) => Some(domain),
        Err(part) => {
            notes.push(
                at("methodology-domain", file, text.line)
                    .arg("domain", &text.value)
                    .arg("part", part),
            );
            None
        }
    }
}

/// Reads a decimal number; what is none is a finding.
pub(super) fn decimal(text: &Text, file: &str, notes: &mut Notes) -> Option<Rational> {
    let number = parse_decimal(&text.value);
    if number.is_none() {
        notes.push(at("methodology-number", file, text.line).arg("number", &text.value));
    }
    number
}

/// Reads `quantities.toml`.
pub(super) fn quantities(
    mut root: Fields,
    units: &UnitRegistry,
    notes: &mut Notes,
) -> BTreeMap<String, QuantityEntry> {
    let mut all = BTreeMap::new();
    for mut fields in root.tables("quantity", notes) {
        let file = fields.file.clone();
        let id = fields.text("id", notes);
        let kind = fields.text("kind", notes);
        let unit_text = fields.text("unit", notes);
        let domain_text = fields.text("domain", notes);
        let title = fields.title("title", notes);
        fields.finish(notes);
        let unit = unit_text.and_then(|text| unit(&text, &file, units, notes));
        let domain = domain_text.and_then(|text| domain(&text, &file, notes));
        let (Some(id), Some(kind), Some(unit), Some(domain), Some(title)) =
            (id, kind, unit, domain, title)
        else {
            continue;
        };
        one_of(&kind, "kind", &["layer", "table", "geometry"], &file, notes);
        let entry = QuantityEntry {
            layer: kind.value == "layer",
            geometry: kind.value == "geometry",
            unit,
            domain,
            title,
        };
        insert(&mut all, id, &file, entry, notes);
    }
    root.finish(notes);
    all
}

/// Reads `classes.toml`.
pub(super) fn classes(mut root: Fields, notes: &mut Notes) -> BTreeMap<String, EcosystemType> {
    let mut all = BTreeMap::new();
    for mut fields in root.tables("class", notes) {
        let id = fields.text("id", notes);
        let group = fields.text("group", notes);
        let title = fields.title("title", notes);
        fields.finish(notes);
        let (Some(id), Some(group), Some(title)) = (id, group, title) else {
            continue;
        };
        one_of(&group, "group", &GROUPS, &fields.file, notes);
        let class = EcosystemType {
            group: group.value,
            title,
        };
        insert(&mut all, id, &fields.file, class, notes);
    }
    root.finish(notes);
    all
}
