//! Laws on single objects and lines with the numbers of one of them put in, and how it is
//! shared to counties.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::diagnostic::Findings;
use gep_core::formula::{Axis, Evaluation, Value, evaluate};
use gep_core::methodology::Methodology;
use gep_core::quantity::{Rational, UnitRegistry, quanta};

use super::explain::{Method, Statement, parameters_of};
use super::explain_numbers::Placed;
use super::numbers::{Region, children, regions};
use super::recompute::is_base;
use super::recompute_law::{Rebuilt, Recipe};
use super::tables::Table;
use crate::output::{
    Bilingual, CLASSES, EXTENT, INPUTS, LINEAGE, LINES, NAMES, OBJECTS, PARAMETERS, QUANTITY_SCALE,
    REGIONS, Schema, TOTALS,
};

/// So many objects of one statement are shown.
const MOST_OBJECTS: usize = 32;

/// Which object, and where.
pub(super) struct OneObject<'a> {
    /// Lake, reservoir, coast line; empty for the sum over objects.
    pub(super) kind: &'a str,
    pub(super) id: &'a str,
    /// A county, `unassigned`, or `all`.
    pub(super) region: &'a str,
}

/// The tables of the run that laws by object read.
pub(super) struct ObjectLaws {
    lineage: Table,
    parameters: Table,
    names: Table,
    inputs: Table,
    objects: Option<Table>,
    lines: Option<Table>,
    classes: Table,
    extent: Table,
    totals: Table,
    counties: Vec<String>,
}

impl ObjectLaws {
    /// Reads what the law of one indicator needs.
    pub(super) fn read(folder: &Path, indicator: &str) -> Result<Self, Findings> {
        let only = [("indicator", BTreeSet::from([indicator.to_string()]))];
        let if_there = |schema: &'static Schema| {
            let there = folder.join(schema.path()).is_file();
            there.then(|| Table::read(folder, schema)).transpose()
        };
        let known = Table::read(folder, &REGIONS)?;
        let counties = regions(&known);
        let below = children(&counties);
        let base = |region: &&Region<'_>| is_base(region.level, &below, region.code);
        let counties = counties.values().filter(base);
        Ok(Self {
            counties: counties.map(|region| region.code.to_string()).collect(),
            lineage: Table::read_where(folder, &LINEAGE, &only)?,
            parameters: Table::read(folder, &PARAMETERS)?,
            names: Table::read_where(folder, &NAMES, &only)?,
            inputs: Table::read(folder, &INPUTS)?,
            objects: if_there(&OBJECTS)?,
            lines: if_there(&LINES)?,
            classes: Table::read(folder, &CLASSES)?,
            extent: Table::read(folder, &EXTENT)?,
            totals: Table::read(folder, &TOTALS)?,
        })
    }

    /// The methods of the law with the numbers of one object in every formula; without
    /// numbers if the tables do not suffice to compute it again.
    pub(super) fn methods(&self, indicator: &str, object: &OneObject<'_>) -> Vec<Method> {
        let fits = |axis: &Axis, label: &str| match axis {
            Axis::Zone => object.region == "all" || label == object.region,
            Axis::Object(kind) => {
                object.kind.is_empty() || kind == object.kind && label == object.id
            }
            _ => true,
        };
        let mut numbers = self.numbers(indicator, &fits).unwrap_or_default();
        let table = &self.lineage;
        let mut methods: Vec<Method> = Vec::new();
        for row in 0..table.rows() {
            let text = |name| table.text(name, row);
            let id = text("method_id");
            if methods.last().is_none_or(|method| method.id != id) {
                methods.push(Method {
                    id: id.into(),
                    title: Bilingual::new(text("title_zh").into(), text("title_en").into()),
                    document: text("document").into(),
                    clause: text("clause").into(),
                    statements: Vec::new(),
                    parameters: parameters_of(&self.parameters, id, None),
                });
            }
            let statement = Statement {
                name: text("statement").into(),
                formula: text("formula").into(),
                unit: text("unit").into(),
                substituted: None,
                placed: numbers.remove(text("statement")).unwrap_or_default(),
                results: Vec::new(),
            };
            if let Some(method) = methods.last_mut() {
                method.statements.push(statement);
            }
        }
        methods
    }

    /// Every statement with its numbers at the places that fit.
    pub(super) fn numbers(
        &self,
        indicator: &str,
        fits: &dyn Fn(&Axis, &str) -> bool,
    ) -> Option<BTreeMap<String, Vec<Placed>>> {
        let units = Methodology::bundled_units().ok()?;
        let recipe = self.recipe(&units);
        let law = recipe.law(indicator).ok()?;
        let evaluation = evaluate(&law.program, &law.rows).ok()?;
        let statements = law.program.statements().iter();
        let of = statements.filter_map(|own| {
            let places = places(&law, &evaluation, &own.name, fits)?;
            Some((own.name.clone(), places))
        });
        Some(of.collect())
    }

    /// What the law gives for an output of one object, with its numbers, and the value in
    /// steps of the last digit that tables print.
    pub(super) fn result(
        &self,
        indicator: &str,
        output: &str,
        object: &OneObject<'_>,
    ) -> Option<(String, Option<i128>)> {
        let units = Methodology::bundled_units().ok()?;
        let law = self.recipe(&units).law(indicator).ok()?;
        let evaluation = evaluate(&law.program, &law.rows).ok()?;
        let array = evaluation.array(output)?;
        let label = |axis: &Axis| match axis {
            Axis::Zone => Some(object.region),
            Axis::Object(kind) if kind == object.kind => Some(object.id),
            _ => None,
        };
        let labels: Option<Vec<&str>> = array.domain().axes().map(label).collect();
        let node = evaluation.trace(output, &labels?, 0)?;
        let step = Rational::new(
            1.into(),
            10_i64.pow(u32::from(QUANTITY_SCALE.unsigned_abs())).into(),
        );
        let value = match &node.value {
            Value::Exact(number) => quanta(number, &step).try_into().ok(),
            _ => None,
        };
        Some((node.substituted?, value))
    }

    fn recipe<'a>(&'a self, units: &'a UnitRegistry) -> Recipe<'a> {
        Recipe {
            units,
            lineage: &self.lineage,
            names: &self.names,
            parameters: &self.parameters,
            inputs: &self.inputs,
            objects: self.objects.as_ref(),
            lines: self.lines.as_ref(),
            classes: &self.classes,
            extent: &self.extent,
            totals: &self.totals,
            counties: self.counties.clone(),
        }
    }

    /// The objects with ground, and the lines with length, in a county, by kind. Rows of
    /// a law alone may be zero there.
    pub(super) fn in_county(&self, county: &str) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        let tables = [
            (&self.objects, "object_id", "value"),
            (&self.lines, "line_id", "length_mm"),
        ];
        for (table, id, measure) in tables {
            let Some(table) = table else { continue };
            let amounts = table.amounts(measure);
            let own = |row: &usize| {
                let text = |name| table.text(name, *row);
                let measured = !table.has("output") || text("output") == "area";
                let here = text("region_code") == county;
                here && measured && amounts[*row].is_some_and(|own| own > 0)
            };
            found.extend((0..table.rows()).filter(own).map(|row| {
                let text = |name| table.text(name, row).to_string();
                (text("kind"), text(id))
            }));
        }
        found
    }
}

/// The places of a statement that fit, and the result beside the numbers.
fn places(
    law: &Rebuilt,
    evaluation: &Evaluation<'_>,
    statement: &str,
    fits: &dyn Fn(&Axis, &str) -> bool,
) -> Option<Vec<Placed>> {
    let array = evaluation.array(statement)?;
    let axes: Vec<Axis> = array.domain().axes().cloned().collect();
    let mut found = Vec::new();
    for at in 0..array.values().len() {
        let labels = array.labels_at(at, &law.rows.labels);
        let about = axes
            .iter()
            .zip(&labels)
            .all(|(axis, label)| fits(axis, label));
        if !about || found.len() == MOST_OBJECTS {
            continue;
        }
        let node = evaluation.trace(statement, &labels, 0)?;
        found.push((labels.join(" "), node.substituted?));
    }
    Some(found)
}
