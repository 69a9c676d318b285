//! A checked law: the methods of an indicator joined into one program, with its
//! parameters bound to rows that know their source.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Finding;
use crate::formula::{
    Array, Axis, Binding, Declaration, Domain, Labels, Output, Program, Source, Statement, Total,
    Value, check,
};
use crate::quantity::{Rational, Unit, UnitRegistry};

use super::dictionary::EcosystemType;
use super::document::{Notes, at};
use super::method::{Input, Method, OutputEntry, Parameter};
use super::profile::{Indicator, Profile, Rebinding};
use super::table::{Row, Status, Table};

/// A parameter with the rows it reads.
#[derive(Clone, Debug)]
pub struct BoundParameter {
    /// The method that declares it.
    pub method: String,
    /// Its declaration; table and filter are those of the profile if it rebinds.
    pub declaration: Parameter,
    /// The rows, each with its labels by axis word (`class`, `group`, `pollutant`).
    pub rows: Vec<(BTreeMap<String, String>, Row)>,
}

/// A program with everything needed to feed and explain it.
#[derive(Clone, Debug)]
pub struct Law {
    /// The id of the indicator, method or layer.
    pub id: String,
    /// The methods it is joined from, in order.
    pub methods: Vec<String>,
    /// The checked program.
    pub program: Program,
    /// The inputs that come from outside: layers and tables of the project.
    pub inputs: BTreeMap<String, Input>,
    /// The parameters.
    pub parameters: BTreeMap<String, BoundParameter>,
    /// The outputs, in order, with the method that declares each.
    pub outputs: Vec<(String, OutputEntry)>,
    /// The ecosystem groups it is about; all if empty.
    pub groups: BTreeSet<String>,
    total_quanta: Vec<(Rational, Unit)>,
    class_groups: BTreeMap<String, String>,
}

/// What joining methods looks things up in.
pub(super) struct Library<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) tables: &'a BTreeMap<String, Table>,
    pub(super) classes: &'a BTreeMap<String, EcosystemType>,
}

impl Law {
    /// Returns whether the law is about an ecosystem type. A type nobody knows is
    /// taken as in scope, so that a mistake shows as a missing value.
    pub fn in_scope(&self, class: &str) -> bool {
        let group = self.class_groups.get(class);
        self.groups.is_empty() || group.is_none_or(|group| self.groups.contains(group))
    }

    /// Returns the labels of an item list (sorted) or the months, as the parameter
    /// tables name them.
    pub fn labels(&self, axis: &Axis) -> Vec<String> {
        if *axis == Axis::Month {
            return (1..=12).map(|month: u8| month.to_string()).collect();
        }
        let rows = self.parameters.values().flat_map(|one| &one.rows);
        let labels: BTreeSet<String> = rows
            .filter_map(|(keys, _)| keys.get(axis.word()).cloned())
            .collect();
        labels.into_iter().collect()
    }

    /// Returns the row a parameter takes at some labels (by axis), if it has one.
    pub fn row(&self, parameter: &str, labels: &BTreeMap<Axis, &str>) -> Option<&Row> {
        let bound = self.parameters.get(parameter)?;
        let wanted = |word: &str| -> Option<&str> {
            let axis = if word == "group" { "class" } else { word };
            let (_, label) = labels.iter().find(|(own, _)| own.word() == axis)?;
            if word == "group" {
                self.class_groups.get(*label).map(String::as_str)
            } else {
                Some(label)
            }
        };
        let fits = |keys: &BTreeMap<String, String>| {
            keys.iter().all(|(word, label)| wanted(word) == Some(label))
        };
        let found = bound.rows.iter().find(|(keys, _)| fits(keys));
        found.map(|(_, row)| row)
    }

    /// Returns the coherent values of a parameter over its domain. A class outside
    /// the scope and a row that says `n/a` are not applicable, an absent row is
    /// missing.
    pub fn parameter(&self, name: &str, labels: &Labels) -> Option<Array> {
        let domain = self.parameters.get(name)?.declaration.domain.clone();
        let axes: Vec<Axis> = domain.axes().cloned().collect();
        Some(Array::from_fn(&domain, labels, |at| {
            let named: BTreeMap<Axis, &str> =
                axes.iter().cloned().zip(at.iter().copied()).collect();
            let outside = named
                .get(&Axis::Class)
                .is_some_and(|class| !self.in_scope(class));
            match self.row(name, &named) {
                _ if outside => Value::NotApplicable,
                None => Value::Missing,
                Some(row) => match &row.value {
                    None => Value::NotApplicable,
                    Some(value) => Value::Exact(row.unit.to_coherent(value)),
                },
            }
        }))
    }

    /// Returns the step to which the per-cell rate of a total is rounded, in the
    /// coherent unit of the rate; none for an area, which needs none.
    pub fn total_quantum(&self, total: &Total) -> Option<Rational> {
        let dimension = total.rate_unit.dimension();
        let found = self
            .total_quanta
            .iter()
            .find(|(_, unit)| unit.dimension() == dimension);
        found.map(|(number, unit)| number * unit.scale())
    }

    /// Returns whether a total says anything about an ecosystem type: the type is in
    /// scope and no class parameter of the rate is `n/a` for it.
    pub fn applies(&self, total: &Total, class: &str) -> bool {
        let labels = BTreeMap::from([(Axis::Class, class)]);
        let by_class = Domain::single().and(Axis::Class);
        let outside = |name: &String| {
            let bound = self.parameters.get(name);
            bound.is_some_and(|one| one.declaration.domain == by_class)
                && self
                    .row(name, &labels)
                    .is_some_and(|row| row.value.is_none())
        };
        self.in_scope(class) && !total.reads.iter().any(outside)
    }

    /// Returns an output by name.
    pub fn output(&self, name: &str) -> Option<&OutputEntry> {
        self.outputs
            .iter()
            .find(|(_, output)| output.name == name)
            .map(|(_, output)| output)
    }

    /// Returns the least status among the rows of its parameters; verified if it
    /// has none. Rows that say `n/a` do not count.
    pub fn weakest_status(&self) -> Status {
        let rows = self.parameters.values().flat_map(|one| &one.rows);
        rows.filter(|(_, row)| row.value.is_some())
            .map(|(_, row)| row.status)
            .min()
            .unwrap_or(Status::Verified)
    }
}

/// Joins methods into one law, with the parameters bound as the files say or as
/// `rebindings` do. An input with the name of an earlier method's output is that output.
pub(super) fn join(
    id: &str,
    methods: &[&Method],
    rebindings: &[Rebinding],
    library: &Library<'_>,
    notes: &mut Notes,
) -> Option<Law> {
    let before = notes.len();
    let mut joint = Joint::default();
    for method in methods {
        joint.add(method, rebindings, library, notes);
    }
    if notes.len() > before {
        return None;
    }
    let source = Source {
        units: library.units,
        declarations: joint.declarations,
        statements: joint.statements,
    };
    let program = match check(&source) {
        Ok(program) => program,
        Err(findings) => {
            notes.extend(findings.0);
            return None;
        }
    };
    let groups = library.classes.iter();
    let law = Law {
        id: id.to_owned(),
        methods: methods.iter().map(|method| method.id.clone()).collect(),
        program,
        inputs: joint.inputs,
        parameters: joint.parameters,
        outputs: joint.outputs,
        groups: joint.groups,
        total_quanta: joint.total_quanta,
        class_groups: groups
            .map(|(class, one)| (class.clone(), one.group.clone()))
            .collect(),
    };
    for total in law.program.totals() {
        if !total.is_area && law.total_quantum(total).is_none() {
            let file = methods.first().map_or("", |method| method.file.as_str());
            notes.push(
                Finding::error("methodology-total-quantum")
                    .file(file)
                    .arg("total", &total.id)
                    .arg("unit", &total.rate_unit),
            );
        }
    }
    Some(law)
}

#[derive(Default)]
struct Joint {
    declarations: BTreeMap<String, Declaration>,
    statements: Vec<Statement>,
    inputs: BTreeMap<String, Input>,
    parameters: BTreeMap<String, BoundParameter>,
    outputs: Vec<(String, OutputEntry)>,
    groups: BTreeSet<String>,
    total_quanta: Vec<(Rational, Unit)>,
}

impl Joint {
    fn add(
        &mut self,
        method: &Method,
        rebindings: &[Rebinding],
        library: &Library<'_>,
        notes: &mut Notes,
    ) {
        for (name, input) in &method.inputs {
            self.input(method, name, input, notes);
        }
        for (name, parameter) in &method.parameters {
            self.parameter(method, name, parameter, rebindings, library, notes);
        }
        for formula in &method.formulas {
            let taken = self.statements.iter().any(|one| one.name == formula.name)
                || self.declarations.contains_key(&formula.name);
            if taken {
                notes.push(
                    at("methodology-name-clash", &method.file, formula.place.line)
                        .arg("name", &formula.name),
                );
            }
            let output = method.outputs.iter().find(|one| one.name == formula.name);
            self.statements.push(Statement {
                name: formula.name.clone(),
                text: formula.text.clone(),
                place: formula.place.clone(),
                // The cells of a layer are rounded by whoever stores the layer.
                output: output.map(|one| Output {
                    unit: one.unit.clone(),
                    quantum: method.layer.is_none().then(|| one.quantum.clone()),
                }),
            });
        }
        let owned = method.outputs.iter();
        self.outputs
            .extend(owned.map(|output| (method.id.clone(), output.clone())));
        if self.groups.is_empty() {
            self.groups = method.groups.clone();
        } else if !method.groups.is_empty() {
            self.groups = self.groups.intersection(&method.groups).cloned().collect();
        }
        self.total_quanta
            .extend(method.total_quanta.iter().cloned());
    }

    fn input(&mut self, method: &Method, name: &str, input: &Input, notes: &mut Notes) {
        if let Some((_, output)) = self.outputs.iter().find(|(_, one)| one.name == name) {
            if !output.unit.same_dimension(&input.unit) {
                notes.push(
                    at("methodology-input-unit", &method.file, input.line)
                        .arg("name", name)
                        .arg("unit", &input.unit_text)
                        .arg("expected", &output.unit_text),
                );
            }
            return;
        }
        let clash = match self.inputs.get(name) {
            Some(other) => other.origin != input.origin || other.domain != input.domain,
            None => self.declarations.contains_key(name),
        };
        if clash {
            notes.push(at("methodology-name-clash", &method.file, input.line).arg("name", name));
            return;
        }
        let declaration = Declaration::new(input.unit.clone(), input.domain.clone());
        self.declarations.insert(name.to_owned(), declaration);
        self.inputs.insert(name.to_owned(), input.clone());
    }

    fn parameter(
        &mut self,
        method: &Method,
        name: &str,
        parameter: &Parameter,
        rebindings: &[Rebinding],
        library: &Library<'_>,
        notes: &mut Notes,
    ) {
        let mut declaration = parameter.clone();
        let mut rebound = rebindings.iter();
        if let Some(other) = rebound.find(|one| one.method == method.id && one.parameter == name) {
            declaration.table.clone_from(&other.table);
            declaration.filter.clone_from(&other.filter);
            declaration.file.clone_from(&other.file);
            declaration.line = other.line;
        }
        let clash = match self.parameters.get(name) {
            Some(other) => {
                other.declaration.table != declaration.table
                    || other.declaration.filter != declaration.filter
            }
            None => self.declarations.contains_key(name),
        };
        if clash {
            notes
                .push(at("methodology-name-clash", &method.file, parameter.line).arg("name", name));
            return;
        }
        let Some(rows) = bind(&declaration, library, notes) else {
            return;
        };
        let declared = Declaration::new(parameter.unit.clone(), parameter.domain.clone());
        self.declarations.insert(name.to_owned(), declared);
        let bound = BoundParameter {
            method: method.id.clone(),
            declaration,
            rows,
        };
        self.parameters.insert(name.to_owned(), bound);
    }
}

/// Finds the rows of a parameter and proves that their keys and units fit.
fn bind(
    parameter: &Parameter,
    library: &Library<'_>,
    notes: &mut Notes,
) -> Option<Vec<(BTreeMap<String, String>, Row)>> {
    let Some(table) = library.tables.get(&parameter.table) else {
        notes.push(
            at("methodology-table-unknown", &parameter.file, parameter.line)
                .arg("table", &parameter.table),
        );
        return None;
    };
    let unfiltered = table
        .keys
        .iter()
        .filter(|key| !parameter.filter.contains_key(*key));
    let left: BTreeSet<&str> = unfiltered.map(String::as_str).collect();
    let axes: BTreeSet<&str> = parameter.domain.axes().map(Axis::word).collect();
    let as_axes: BTreeSet<&str> = left
        .iter()
        .map(|key| if *key == "group" { "class" } else { key })
        .collect();
    let known_filter = parameter.filter.keys().all(|key| table.keys.contains(key));
    if as_axes != axes || left.len() != as_axes.len() || !known_filter {
        notes.push(
            at("methodology-table-keys", &parameter.file, parameter.line)
                .arg("table", &parameter.table)
                .arg("keys", table.keys.join(", "))
                .arg("domain", &parameter.domain),
        );
        return None;
    }
    let before = notes.len();
    let mut rows = Vec::new();
    for row in &table.rows {
        let pairs = table.keys.iter().cloned().zip(row.keys.iter().cloned());
        let mut keys: BTreeMap<String, String> = pairs.collect();
        let wanted = parameter.filter.iter();
        if !wanted
            .clone()
            .all(|(key, label)| keys.get(key) == Some(label))
        {
            continue;
        }
        keys.retain(|key, _| !parameter.filter.contains_key(key));
        unit_fits(parameter, &keys, row, library.units, notes);
        rows.push((keys, row.clone()));
    }
    if rows.is_empty() {
        let filter = parameter.filter.iter();
        let words: Vec<String> = filter
            .map(|(key, label)| format!("{key} = {label}"))
            .collect();
        notes.push(
            at("methodology-rows-none", &parameter.file, parameter.line)
                .arg("table", &parameter.table)
                .arg("filter", words.join(", ")),
        );
    }
    (notes.len() == before).then_some(rows)
}

/// A row's unit measures what the parameter's does. Where the parameter's unit
/// carries the name of its item list as substance (`t[pollutant]`), the row carries
/// its own item (`kg[SO2]`).
fn unit_fits(
    parameter: &Parameter,
    keys: &BTreeMap<String, String>,
    row: &Row,
    units: &UnitRegistry,
    notes: &mut Notes,
) {
    let mut expected = parameter.unit_text.clone();
    for axis in parameter.domain.axes() {
        if let (Axis::Item(list), Some(label)) = (axis, keys.get(axis.word())) {
            expected = expected.replace(&format!("[{list}]"), &format!("[{label}]"));
        }
    }
    let good = units.unit(&expected).is_ok_and(|unit| {
        unit.same_dimension(&row.unit) && unit.is_offset() == row.unit.is_offset()
    });
    if !good {
        notes.push(
            Finding::error("methodology-row-unit")
                .file(&row.file)
                .place(format!("line {}, column `unit`", row.line))
                .arg("unit", &row.unit_text)
                .arg("expected", expected)
                .arg("method", &parameter.file),
        );
    }
}

/// Reports declarations that no formula of a method reads and outputs that are no
/// statement.
pub(super) fn unused(method: &Method, law: &Law, notes: &mut Notes) {
    for (name, binding) in law.program.bindings() {
        if *binding == Binding::Unused {
            let line = method.lines.get(name).copied().unwrap_or(1);
            notes.push(at("methodology-unused", &method.file, line).arg("name", name));
        }
    }
    for output in &method.outputs {
        if law.program.statement(&output.name).is_none() {
            notes.push(
                Finding::error("methodology-output-unknown")
                    .file(&method.file)
                    .arg("name", &output.name),
            );
        }
    }
}

/// Reports item lists that no parameter of the law names: a sum over an empty list is
/// zero, where the truth is that nobody told what to add.
pub(super) fn listed(law: &Law, indicator: &Indicator, notes: &mut Notes) {
    let inputs = law.inputs.values().flat_map(|input| input.domain.axes());
    let lists: BTreeSet<&Axis> = inputs
        .filter(|axis| matches!(axis, Axis::Item(_)))
        .collect();
    for axis in lists {
        if law.labels(axis).is_empty() {
            notes.push(
                at("methodology-items-none", &indicator.file, indicator.line)
                    .arg("indicator", &indicator.id)
                    .arg("list", axis.word()),
            );
        }
    }
}

/// Reports the ecosystem types in scope for which a parameter has no row.
pub(super) fn covered(law: &Law, classes: &BTreeSet<&str>, profile: &Profile, notes: &mut Notes) {
    for (name, bound) in &law.parameters {
        let axes: Vec<Axis> = bound.declaration.domain.axes().cloned().collect();
        if !axes.contains(&Axis::Class) && !axes.contains(&Axis::Month) {
            continue;
        }
        let mut labels = Labels::new();
        for axis in &axes {
            let own: Vec<String> = match axis {
                Axis::Class => classes.iter().map(|class| (*class).to_owned()).collect(),
                other => law.labels(other),
            };
            labels = labels.with(axis.clone(), own);
        }
        let Some(array) = law.parameter(name, &labels) else {
            continue;
        };
        let values = array.values().iter().enumerate();
        let missing: Vec<String> = values
            .filter(|(_, value)| **value == Value::Missing)
            .map(|(at, _)| array.labels_at(at, &labels).join("/"))
            .collect();
        if !missing.is_empty() {
            notes.push(
                Finding::error("methodology-rows-missing")
                    .file(&bound.declaration.table)
                    .arg("parameter", format!("{}.{name}", bound.method))
                    .arg("profile", &profile.id)
                    .arg("count", missing.len())
                    .arg("keys", missing.join(", ")),
            );
        }
    }
}
