//! The formulas of an indicator with the numbers of one county in them, type by type:
//! what stands inside `total` and `apportion` as well, by computing the law again from
//! the tables of the run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gep_core::formula::{Axis, Evaluation, evaluate};
use gep_core::methodology::Methodology;

use super::explain_objects::ObjectLaws;
use super::numbers::{ALL, Number};
use super::recompute::{Below, is_base};
use super::recompute_law::{Rebuilt, Recipe};
use super::tables::Table;
use crate::output::{CLASSES, INPUTS, NAMES};

/// So many places of one statement are shown.
const MOST_PLACES: usize = 32;

/// A place (type, item) and the formula with its numbers; the place is empty where there
/// is only one.
pub(super) type Placed = (String, String);

/// The tables that the explanation has read already.
pub(super) struct Around<'a> {
    pub(super) folder: &'a Path,
    pub(super) lineage: &'a Table,
    pub(super) parameters: &'a Table,
    pub(super) extent: &'a Table,
    pub(super) totals: &'a Table,
    pub(super) below: &'a Below<'a>,
}

/// Returns the formulas by statement; nothing for regions above counties, which are sums.
pub(super) fn placed_numbers(
    around: &Around<'_>,
    number: &Number<'_>,
    indicator: &str,
) -> BTreeMap<String, Vec<Placed>> {
    if !is_base(number.level, around.below, number.region) || indicator.is_empty() {
        return BTreeMap::new();
    }
    computed(around, number, indicator).unwrap_or_default()
}

fn computed(
    around: &Around<'_>,
    number: &Number<'_>,
    indicator: &str,
) -> Option<BTreeMap<String, Vec<Placed>>> {
    let wanted = |name: &'static str, text: &str| [(name, BTreeSet::from([text.to_string()]))];
    let folder = around.folder;
    let names = Table::read_where(folder, &NAMES, &wanted("indicator", indicator)).ok()?;
    let whole = |row: usize| names.text("domain", row).contains("object");
    if names.rows() == 0 {
        return None;
    }
    if (0..names.rows()).any(whole) {
        return by_object(folder, number, indicator);
    }
    let inputs = Table::read_where(folder, &INPUTS, &wanted("region_code", number.region)).ok()?;
    let classes = Table::read(folder, &CLASSES).ok()?;
    let units = Methodology::bundled_units().ok()?;
    let recipe = Recipe {
        units: &units,
        lineage: around.lineage,
        names: &names,
        parameters: around.parameters,
        inputs: &inputs,
        objects: None,
        lines: None,
        classes: &classes,
        extent: around.extent,
        totals: around.totals,
        counties: vec![number.region.to_string()],
    };
    let law = recipe.law(indicator).ok()?;
    let evaluation = evaluate(&law.program, &law.rows).ok()?;
    let statements = law.program.statements().iter();
    let of = statements.filter_map(|own| {
        let places = places(&law, &evaluation, &own.name, number)?;
        Some((own.name.clone(), places))
    });
    Some(of.collect())
}

/// Of a law by object: the objects with ground in the county, each with its own numbers.
fn by_object(
    folder: &Path,
    number: &Number<'_>,
    indicator: &str,
) -> Option<BTreeMap<String, Vec<Placed>>> {
    let laws = ObjectLaws::read(folder, indicator).ok()?;
    let here = laws.in_county(number.region);
    laws.numbers(indicator, &|axis, label| match axis {
        Axis::Zone => label == number.region,
        Axis::Object(kind) => here.contains(&(kind.clone(), label.to_string())),
        Axis::Class => [ALL, "", label].contains(&number.class),
        Axis::Item(_) => ["", label].contains(&number.item) || number.table.name == "gep",
        _ => true,
    })
}

/// The places of a statement that the number is about.
fn places(
    law: &Rebuilt,
    evaluation: &Evaluation<'_>,
    statement: &str,
    number: &Number<'_>,
) -> Option<Vec<Placed>> {
    let array = evaluation.array(statement)?;
    let axes: Vec<Axis> = array.domain().axes().cloned().collect();
    let mut found = Vec::new();
    for (at, value) in array.values().iter().enumerate() {
        let labels = array.labels_at(at, &law.rows.labels);
        let mut own = axes.iter().zip(&labels);
        let about = own.all(|(axis, label)| match axis {
            Axis::Class => [ALL, "", label].contains(&number.class),
            Axis::Item(_) => ["", label].contains(&number.item) || number.table.name == "gep",
            _ => true,
        });
        let nothing = says_nothing(value);
        if !about || nothing || found.len() == MOST_PLACES {
            continue;
        }
        let place: Vec<&str> = axes
            .iter()
            .zip(&labels)
            .filter(|(axis, _)| **axis != Axis::Zone)
            .map(|(_, label)| *label)
            .collect();
        let numbers = evaluation.trace(statement, &labels, 0)?.substituted?;
        found.push((place.join(" "), numbers));
    }
    Some(found)
}

/// Whether a value says nothing: not applicable, or zero.
fn says_nothing(value: &gep_core::formula::Value) -> bool {
    use gep_core::formula::Value;
    match value {
        Value::NotApplicable => true,
        Value::Missing => false,
        Value::Exact(number) => *number == gep_core::quantity::Rational::from_integer(0.into()),
    }
}
