//! Method and layer files as written: inputs, parameters, formulas, outputs, examples.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Finding;
use crate::formula::{Domain, Place};
use crate::quantity::{Rational, Unit, UnitRegistry};

use super::dictionary::{
    Citation, GROUPS, SourceDocument, Title, citation, decimal, domain, one_of, unit,
};
use super::document::{Field, Fields, Kind, Notes, Text, at};
use super::example::{Example, example};

/// Where the values of an input come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A layer of cells: of the project, or derived.
    Layer(String),
    /// A table of the project.
    Table(String),
    /// An output of an earlier method of the indicator.
    Output(String),
}

impl Origin {
    /// Returns the id it names.
    pub fn id(&self) -> &str {
        match self {
            Self::Layer(id) | Self::Table(id) | Self::Output(id) => id,
        }
    }
}

/// A declared input.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where its values come from.
    pub origin: Origin,
    /// Its unit.
    pub unit: Unit,
    /// The unit as written.
    pub unit_text: String,
    /// Over what it varies.
    pub domain: Domain,
    /// The line of its declaration.
    pub line: u32,
}

/// A declared parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The table its values stand in, relative to the methodology.
    pub table: String,
    /// The rows taken: key column and label.
    pub filter: BTreeMap<String, String>,
    /// Its unit.
    pub unit: Unit,
    /// The unit as written.
    pub unit_text: String,
    /// Over what it varies.
    pub domain: Domain,
    /// The file of its declaration.
    pub file: String,
    /// The line of its declaration.
    pub line: u32,
}

/// What an output is in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    /// The physical quantity of the service.
    Physical,
    /// Its value in money.
    Value,
    /// A step a reader may want to see.
    Intermediate,
}

impl OutputKind {
    /// Returns the word of the files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::Value => "value",
            Self::Intermediate => "intermediate",
        }
    }
}

/// A declared output: a statement whose result is printed and rounded.
#[derive(Clone, Debug)]
pub struct OutputEntry {
    /// The statement's name.
    pub name: String,
    /// Its unit.
    pub unit: Unit,
    /// The unit as written.
    pub unit_text: String,
    /// The step to which it is rounded, in `unit`.
    pub quantum: Rational,
    /// What it is in the account.
    pub kind: OutputKind,
    /// The valid range, in `unit`.
    pub range: (Rational, Rational),
    /// Its title, if the file gives one.
    pub title: Option<Title>,
}

/// One formula as written.
#[derive(Clone, Debug)]
pub struct Formula {
    /// The statement's name.
    pub name: String,
    /// The expression.
    pub text: String,
    /// Where the expression begins.
    pub place: Place,
}

/// How a derived layer comes to be on a grid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerGrid {
    /// Whether it is computed on the grid of its inputs; otherwise on the
    /// reference grid.
    pub native: bool,
    /// How other grids read it: `nearest`, `bilinear` or `average`; none on the
    /// reference grid.
    pub resample: Option<String>,
    /// The kernel that computes it, if no formula does.
    pub kernel: Option<String>,
    /// The cells the kernel needs beyond a tile.
    pub halo: u32,
}

/// A method file or a layer file.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its id, such as `water_retention.balance`.
    pub id: String,
    /// The file, relative to the methodology.
    pub file: String,
    /// Its title.
    pub title: Title,
    /// Where the law is taken from.
    pub citation: Citation,
    /// What is to be said about it.
    pub note: Option<Title>,
    /// The ecosystem groups it is about; all if none is named.
    pub groups: BTreeSet<String>,
    /// The inputs by name.
    pub inputs: BTreeMap<String, Input>,
    /// The parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// The formulas, in order.
    pub formulas: Vec<Formula>,
    /// The outputs, in order.
    pub outputs: Vec<OutputEntry>,
    /// The steps to which per-cell rates are rounded, one a dimension.
    pub total_quanta: Vec<(Rational, Unit)>,
    /// The examples.
    pub examples: Vec<Example>,
    /// For a layer, its grid.
    pub layer: Option<LayerGrid>,
    /// The names of the declarations with the line of each, for findings.
    pub(super) lines: BTreeMap<String, u32>,
}

/// What reading a method looks things up in.
pub(super) struct Known<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) sources: &'a BTreeMap<String, SourceDocument>,
}

const KERNELS: [&str; 1] = ["slope_horn"];
const RESAMPLERS: [&str; 3] = ["nearest", "bilinear", "average"];

/// Reads a method file (`layer` false) or a layer file.
pub(super) fn method(
    mut root: Fields,
    layer: bool,
    known: &Known<'_>,
    notes: &mut Notes,
) -> Option<Method> {
    let file = root.file.clone();
    let mut head = root.needed_table(if layer { "layer" } else { "method" }, notes)?;
    let id = head.text("id", notes);
    let title = head.title("title", notes);
    let source = citation(&mut head, known.sources, notes);
    let note = head.optional_title("note", notes);
    let grid = layer.then(|| layer_grid(&mut head, notes));
    head.finish(notes);
    let groups = if layer {
        BTreeSet::new()
    } else {
        scope(&mut root, notes)
    };
    let mut lines = BTreeMap::new();
    let inputs = inputs(root.table("inputs", notes), known, &mut lines, notes);
    let parameters = parameters(root.table("parameters", notes), known, &mut lines, notes);
    let formulas = formulas(root.table("formula", notes), notes);
    let outputs = outputs(root.needed_table("outputs", notes), &file, known, notes);
    let total_quanta = total(&mut root, known, notes);
    let examples: Vec<Example> = root
        .tables("example", notes)
        .into_iter()
        .filter_map(|fields| example(fields, known.units, notes))
        .collect();
    root.finish(notes);
    enough_examples(&file, &examples, notes);
    let kernel = grid.as_ref().is_some_and(|grid| grid.kernel.is_some());
    if formulas.is_empty() != kernel {
        notes.push(at("methodology-key-missing", &file, root.line).arg("key", "formula | kernel"));
    }
    Some(Method {
        id: id?.value,
        title: title?,
        citation: source?,
        file,
        note,
        groups,
        inputs,
        parameters,
        formulas,
        outputs,
        total_quanta,
        examples,
        layer: grid,
        lines,
    })
}

fn enough_examples(file: &str, examples: &[Example], notes: &mut Notes) {
    if examples.len() < 2 {
        notes.push(
            Finding::error("methodology-examples-few")
                .file(file)
                .arg("count", examples.len()),
        );
    }
}

fn layer_grid(head: &mut Fields, notes: &mut Notes) -> LayerGrid {
    let file = head.file.clone();
    let grid = head.text("grid", notes);
    let resample = head.optional_text("resample", notes);
    let kernel = head.optional_text("kernel", notes);
    let halo = head.optional_number("halo", notes);
    let native = grid.as_ref().is_none_or(|text| text.value == "native");
    if let Some(text) = &grid {
        one_of(text, "grid", &["native", "reference"], &file, notes);
    }
    if let Some(text) = &kernel {
        one_of(text, "kernel", &KERNELS, &file, notes);
    }
    match (&resample, native) {
        (Some(text), true) => _ = one_of(text, "resample", &RESAMPLERS, &file, notes),
        (Some(text), false) => {
            notes.push(at("methodology-resample-reference", &file, text.line));
        }
        (None, true) => {
            notes.push(at("methodology-key-missing", &file, head.line).arg("key", "resample"));
        }
        (None, false) => {}
    }
    LayerGrid {
        native,
        resample: resample.map(|text| text.value),
        kernel: kernel.map(|text| text.value),
        halo: halo.and_then(|text| text.value.parse().ok()).unwrap_or(0),
    }
}

fn scope(root: &mut Fields, notes: &mut Notes) -> BTreeSet<String> {
    let mut fields = root.table("scope", notes);
    let groups = fields.texts("groups", notes);
    fields.finish(notes);
    for group in &groups {
        one_of(group, "groups", &GROUPS, &fields.file, notes);
    }
    groups.into_iter().map(|group| group.value).collect()
}

/// Turns an entry that must be a table into its keys.
fn entry_table(file: &str, key: &str, field: &Field, notes: &mut Notes) -> Option<Fields> {
    match &field.kind {
        Kind::Table(fields) => Some(fields.clone()),
        _ => {
            notes.push(
                at("methodology-key-type", file, field.line)
                    .arg("key", key)
                    .arg("expected", "table")
                    .arg("found", "value"),
            );
            None
        }
    }
}

/// Reads the `unit` and `domain` of a declaration.
fn declared(
    fields: &mut Fields,
    known: &Known<'_>,
    notes: &mut Notes,
) -> (Option<(Unit, String)>, Option<Domain>) {
    let file = fields.file.clone();
    let unit_text = fields.text("unit", notes);
    let domain_text = fields.optional_text("domain", notes).unwrap_or_default();
    let unit = unit_text.and_then(|text| {
        let unit = unit(&text, &file, known.units, notes)?;
        Some((unit, text.value))
    });
    (unit, domain(&domain_text, &file, notes))
}

fn inputs(
    table: Fields,
    known: &Known<'_>,
    lines: &mut BTreeMap<String, u32>,
    notes: &mut Notes,
) -> BTreeMap<String, Input> {
    let mut all = BTreeMap::new();
    for (name, field) in table.every() {
        let Some(mut fields) = entry_table(&table.file, name, field, notes) else {
            continue;
        };
        lines.insert(name.clone(), field.line);
        let layer = fields
            .optional_text("layer", notes)
            .map(|text| Origin::Layer(text.value));
        let from = fields
            .optional_text("table", notes)
            .map(|text| Origin::Table(text.value));
        let output = fields
            .optional_text("output", notes)
            .map(|text| Origin::Output(text.value));
        let (unit, domain) = declared(&mut fields, known, notes);
        fields.finish(notes);
        let origins: Vec<Origin> = [layer, from, output].into_iter().flatten().collect();
        let [origin] = origins.as_slice() else {
            notes.push(
                at("methodology-key-missing", &table.file, field.line)
                    .arg("key", "layer | table | output"),
            );
            continue;
        };
        if let (Some((unit, unit_text)), Some(domain)) = (unit, domain) {
            let input = Input {
                origin: origin.clone(),
                unit,
                unit_text,
                domain,
                line: field.line,
            };
            all.insert(name.clone(), input);
        }
    }
    all
}

fn parameters(
    table: Fields,
    known: &Known<'_>,
    lines: &mut BTreeMap<String, u32>,
    notes: &mut Notes,
) -> BTreeMap<String, Parameter> {
    let mut all = BTreeMap::new();
    for (name, field) in table.every() {
        let Some(mut fields) = entry_table(&table.file, name, field, notes) else {
            continue;
        };
        lines.insert(name.clone(), field.line);
        let from = fields.text("table", notes);
        let filter = filter(&mut fields, notes);
        let (unit, domain) = declared(&mut fields, known, notes);
        fields.finish(notes);
        if let (Some(from), Some((unit, unit_text)), Some(domain)) = (from, unit, domain) {
            let parameter = Parameter {
                table: from.value,
                filter,
                unit,
                unit_text,
                domain,
                file: table.file.clone(),
                line: field.line,
            };
            all.insert(name.clone(), parameter);
        }
    }
    all
}

/// Reads `where = { name = "…" }`.
pub(super) fn filter(fields: &mut Fields, notes: &mut Notes) -> BTreeMap<String, String> {
    let mut filter = BTreeMap::new();
    let table = fields.table("where", notes);
    for (column, field) in table.every() {
        match &field.kind {
            Kind::Text(label) => _ = filter.insert(column.clone(), label.clone()),
            _ => notes.push(
                at("methodology-key-type", &table.file, field.line)
                    .arg("key", column)
                    .arg("expected", "text")
                    .arg("found", "value"),
            ),
        }
    }
    filter
}

fn formulas(table: Fields, notes: &mut Notes) -> Vec<Formula> {
    let mut all = Vec::new();
    for (name, field) in table.every() {
        match &field.kind {
            Kind::Text(text) => all.push(Formula {
                name: name.clone(),
                text: text.clone(),
                place: Place {
                    file: table.file.clone(),
                    line: field.line,
                    column: field.column,
                },
            }),
            _ => notes.push(
                at("methodology-key-type", &table.file, field.line)
                    .arg("key", name)
                    .arg("expected", "text")
                    .arg("found", "value"),
            ),
        }
    }
    all
}

fn outputs(
    table: Option<Fields>,
    file: &str,
    known: &Known<'_>,
    notes: &mut Notes,
) -> Vec<OutputEntry> {
    let mut all = Vec::new();
    for (name, field) in table.iter().flat_map(Fields::every) {
        let Some(mut fields) = entry_table(file, name, field, notes) else {
            continue;
        };
        let unit_text = fields.text("unit", notes);
        let quantum = fields.text("quantum", notes);
        let kind = fields.text("kind", notes);
        let range = range(&mut fields, notes);
        let title = fields.optional_title("title", notes);
        fields.finish(notes);
        let (Some(unit_text), Some(quantum), Some(kind), Some(range)) =
            (unit_text, quantum, kind, range)
        else {
            continue;
        };
        let kinds = [
            OutputKind::Physical,
            OutputKind::Value,
            OutputKind::Intermediate,
        ];
        let words = kinds.map(OutputKind::word);
        one_of(&kind, "kind", &words, file, notes);
        let unit = unit(&unit_text, file, known.units, notes);
        let step =
            decimal(&quantum, file, notes).filter(|step| positive(step, &quantum, file, notes));
        let kind = kinds.into_iter().find(|own| own.word() == kind.value);
        if let (Some(unit), Some(quantum), Some(kind)) = (unit, step, kind) {
            all.push(OutputEntry {
                name: name.clone(),
                unit,
                unit_text: unit_text.value,
                quantum,
                kind,
                range,
                title,
            });
        }
    }
    all
}

fn positive(step: &Rational, text: &Text, file: &str, notes: &mut Notes) -> bool {
    let good = *step > Rational::from_integer(0.into());
    if !good {
        notes.push(at("methodology-number", file, text.line).arg("number", &text.value));
    }
    good
}

fn range(fields: &mut Fields, notes: &mut Notes) -> Option<(Rational, Rational)> {
    let list = fields.list("range", notes);
    let ends: Vec<Rational> = list
        .iter()
        .filter_map(|field| match &field.kind {
            Kind::Number(number) => crate::quantity::parse_decimal(number),
            _ => None,
        })
        .collect();
    match <[Rational; 2]>::try_from(ends) {
        Ok([low, high]) if low <= high => Some((low, high)),
        _ => {
            notes.push(
                at("methodology-key-missing", &fields.file, fields.line)
                    .arg("key", "range = [low, high]"),
            );
            None
        }
    }
}

/// Reads `[total] quantum = ["0.001 mm"]`.
fn total(root: &mut Fields, known: &Known<'_>, notes: &mut Notes) -> Vec<(Rational, Unit)> {
    let mut fields = root.table("total", notes);
    let texts = fields.texts("quantum", notes);
    if let Some(text) = fields.optional_text("missing", notes) {
        one_of(&text, "missing", &["propagate"], &fields.file, notes);
    }
    fields.finish(notes);
    let mut all = Vec::new();
    for text in texts {
        if let Some(pair) = amount(&text, &fields.file, known.units, notes) {
            all.push(pair);
        }
    }
    all
}

/// Reads a number and its unit: `0.001 mm`.
pub(super) fn amount(
    text: &Text,
    file: &str,
    units: &UnitRegistry,
    notes: &mut Notes,
) -> Option<(Rational, Unit)> {
    let (number, unit_text) = text.value.split_once(' ').unwrap_or((&text.value, "1"));
    let part = |value: &str| Text {
        value: value.to_owned(),
        ..text.clone()
    };
    let number_text = part(number);
    let number = decimal(&number_text, file, notes)?;
    if !positive(&number, &number_text, file, notes) {
        return None;
    }
    Some((number, unit(&part(unit_text), file, units, notes)?))
}
