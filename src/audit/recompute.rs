//! Level 3: every quantity and value of every law computed again from what the run
//! published: formulas, parameters, departments' numbers, areas and sums over cells.
//! Only the formula language is shared with the engine that wrote them.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::formula::{Array, Axis, Evaluation, Value, evaluate};
use gep_core::quantity::{Rational, UnitRegistry, quanta};

use super::numbers::{ALL, Number};
use super::recompute_law::{Printed, Rebuilt, Recipe};
use super::tables::Table;
use super::verify::{Books, Ledger};
use super::verify_rows::key_of;
use crate::output::{INDICATORS, OBJECTS, QUANTITY_SCALE, VALUE};

/// Digits of money: fen.
const FEN_SCALE: i8 = 2;
const UNASSIGNED: &str = "unassigned";

/// Whether numbers arise in a region: a village, township, county or marine zone with
/// nothing below it.
pub(super) fn is_base(level: &str, below: &Below<'_>, region: &str) -> bool {
    !["city", "province"].contains(&level) && !below.contains_key(region)
}

/// The codes right below each region.
pub(super) type Below<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The tables of level 3 beside those of the books.
pub(super) struct Sources<'a> {
    pub(super) units: &'a UnitRegistry,
    pub(super) lineage: &'a Table,
    pub(super) names: &'a Table,
    pub(super) parameters: &'a Table,
    pub(super) inputs: &'a Table,
    pub(super) objects: Option<&'a Table>,
    pub(super) lines: Option<&'a Table>,
    pub(super) classes: &'a Table,
    pub(super) extent: &'a Table,
}

/// Computes every law again, county by county and type by type.
pub(super) fn check_recomputed(sources: &Sources<'_>, books: &Books<'_>, ledger: &mut Ledger) {
    let counties = books.regions.values();
    let counties = counties.filter(|region| is_base(region.level, &books.below, region.code));
    let recipe = Recipe {
        units: sources.units,
        lineage: sources.lineage,
        names: sources.names,
        parameters: sources.parameters,
        inputs: sources.inputs,
        objects: sources.objects,
        lines: sources.lines,
        classes: sources.classes,
        extent: sources.extent,
        totals: books.totals,
        counties: counties.map(|region| region.code.to_string()).collect(),
    };
    let with_law: BTreeSet<&str> = (0..sources.lineage.rows())
        .map(|row| sources.lineage.text("indicator", row))
        .filter(|indicator| !indicator.is_empty())
        .collect();
    let mut rows: BTreeMap<&str, Vec<&Number<'_>>> = BTreeMap::new();
    for number in books.physical.iter().chain(&books.value) {
        if is_base(number.level, &books.below, number.region) {
            rows.entry(number.indicator).or_default().push(number);
        }
    }
    for indicator in with_law.iter().chain(rows.keys()).collect::<BTreeSet<_>>() {
        let own = rows.get(indicator).map_or(&[][..], Vec::as_slice);
        let fail = |error: String, ledger: &mut Ledger| {
            let key = (*indicator).to_string();
            ledger.differ("verify-law-not-recomputed", &INDICATORS, key, "-", error);
        };
        match recipe.law(indicator) {
            Err(error) => fail(error, ledger),
            Ok(law) => match evaluate(&law.program, &law.rows) {
                Err(findings) => {
                    let codes: Vec<&str> = findings.0.iter().map(|one| one.code).collect();
                    fail(codes.join(", "), ledger);
                }
                Ok(evaluation) => {
                    let found = Recomputed {
                        law: &law,
                        evaluation,
                    };
                    found.compare(own, ledger);
                    found.find_absent(indicator, own, ledger);
                    if let Some(objects) = sources.objects {
                        found.compare_objects(indicator, objects, ledger);
                    }
                }
            },
        }
    }
}

/// A law with its values computed again.
struct Recomputed<'a> {
    law: &'a Rebuilt,
    evaluation: Evaluation<'a>,
}

/// What a row must say.
#[derive(PartialEq)]
enum Expected {
    /// The law gives no such row.
    NoRow,
    /// An input is missing.
    Missing,
    /// This, in the last digit printed.
    Number(i128),
}

impl Expected {
    fn of(value: &Value, output: &Printed, scale: i8) -> Self {
        match value {
            Value::NotApplicable => Self::NoRow,
            Value::Missing => Self::Missing,
            Value::Exact(number) => scaled(&output.unit.from_coherent(number), scale),
        }
    }

    fn spell(&self) -> String {
        match self {
            Self::NoRow | Self::Missing => "-".to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

fn scaled(number: &Rational, scale: i8) -> Expected {
    let step = Rational::new(1.into(), 10_i64.pow(scale.unsigned_abs().into()).into());
    let number = quanta(number, &step).try_into();
    number.map_or(Expected::NoRow, Expected::Number)
}

/// The value at the labels of a row; an axis that rows do not name has no place there.
fn at(array: &Array, law: &Rebuilt, label: impl Fn(&Axis) -> Option<String>) -> Option<Value> {
    let labels: Option<Vec<String>> = array.domain().axes().map(label).collect();
    let labels = labels?;
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    array.get(&law.rows.labels, &labels).cloned()
}

impl Recomputed<'_> {
    /// Compares every row that stands in the accounts of counties.
    fn compare(&self, rows: &[&Number<'_>], ledger: &mut Ledger) {
        for number in rows.iter().filter(|number| number.state != "withheld") {
            ledger.count("recomputed", 1);
            let expected = self.expected(number);
            let fits = match (&expected, number.value) {
                (Expected::Number(expected), Some(found)) => *expected == found,
                (Expected::Missing, None) => number.state == "missing",
                _ => false,
            };
            if !fits {
                let found = number.value.map_or("-".to_string(), |v| v.to_string());
                let (table, key) = (number.table, key_of(number));
                ledger.differ("verify-recomputed", table, key, expected.spell(), found);
            }
        }
    }

    fn expected(&self, number: &Number<'_>) -> Expected {
        let money = number.table.name == VALUE.name;
        let scale = if money { FEN_SCALE } else { QUANTITY_SCALE };
        let fits = |output: &&Printed| match money {
            true => output.money && output.kind == "value",
            false => !output.money && output.name == number.output,
        };
        let by_class = |output: &&Printed| {
            let array = self.evaluation.array(&output.name);
            array.is_some_and(|array| array.domain().has(&Axis::Class))
        };
        let outputs: Vec<&Printed> = self.law.outputs.iter().filter(fits).collect();
        let typed = number.class != ALL;
        let own = outputs.iter().find(|output| by_class(output) == typed);
        let Some(output) = own.or_else(|| outputs.first().filter(|_| !typed)) else {
            return Expected::NoRow;
        };
        let Some(array) = self.evaluation.array(&output.name) else {
            return Expected::NoRow;
        };
        if typed || !array.domain().has(&Axis::Class) {
            let value = at(&array, self.law, |axis| {
                label_of(axis, number, number.class)
            });
            return value.map_or(Expected::NoRow, |v| Expected::of(&v, output, scale));
        }
        self.over_types(&array, output, number, scale)
    }

    /// The sum over the types that have a number; types without one lie in the ground
    /// that coverage leaves out.
    fn over_types(
        &self,
        array: &Array,
        output: &Printed,
        number: &Number<'_>,
        scale: i8,
    ) -> Expected {
        let mut sum: Option<Rational> = None;
        for class in self.law.rows.labels.of(&Axis::Class) {
            let value = at(array, self.law, |axis| label_of(axis, number, class));
            if let Some(Value::Exact(own)) = value {
                let own = output.unit.from_coherent(&own);
                sum = Some(sum.map_or(own.clone(), |so_far| so_far + own));
            }
        }
        sum.map_or(Expected::Missing, |sum| scaled(&sum, scale))
    }

    /// Every number other than zero that the law gives has a row.
    fn find_absent(&self, indicator: &str, rows: &[&Number<'_>], ledger: &mut Ledger) {
        let own: BTreeSet<(bool, String)> = rows
            .iter()
            .map(|own| {
                let key = [own.region, own.class, own.output, own.item];
                (own.table.name == VALUE.name, key.join("\t"))
            })
            .collect();
        for output in &self.law.outputs {
            let money_step = output.money && output.kind != "value";
            let Some(array) = self.evaluation.array(&output.name) else {
                continue;
            };
            if money_step || array.domain().object_axis().is_some() {
                continue;
            }
            let axes: Vec<Axis> = array.domain().axes().cloned().collect();
            for (place, value) in array.values().iter().enumerate() {
                let zero = Rational::from_integer(0.into());
                if value.number().is_none_or(|number| *number == zero) {
                    continue;
                }
                let labels = array.labels_at(place, &self.law.rows.labels);
                let find = |wanted: fn(&Axis) -> bool, none| {
                    let at = axes.iter().position(wanted);
                    at.map_or(none, |at| labels[at])
                };
                let zone = find(|axis| *axis == Axis::Zone, "");
                let class = find(|axis| *axis == Axis::Class, ALL);
                let item = find(|axis| matches!(axis, Axis::Item(_)), "");
                let name = if output.money { "value" } else { &output.name };
                let key = [zone, class, name, item].join("\t");
                if zone != UNASSIGNED && !own.contains(&(output.money, key)) {
                    let key = [zone, class, indicator, name, item].join(", ");
                    let table = if output.money { "value" } else { "physical" };
                    ledger.differ("verify-row-missing", &INDICATORS, key, table, "-");
                }
            }
        }
    }

    /// Compares what the law gives for single objects and for the ground outside all
    /// regions.
    fn compare_objects(&self, indicator: &str, table: &Table, ledger: &mut Ledger) {
        let values = table.amounts("value");
        for (row, found) in values.iter().enumerate() {
            let text = |name| table.text(name, row);
            if text("indicator") != indicator {
                continue;
            }
            ledger.count("recomputed", 1);
            let mut outputs = self.law.outputs.iter();
            let output = outputs.find(|output| output.name == text("output"));
            let expected = output.map_or(Expected::NoRow, |output| {
                let array = self.evaluation.array(&output.name);
                let value = array.and_then(|array| {
                    at(&array, self.law, |axis| match axis {
                        Axis::Zone => Some(text("region_code").to_string()),
                        Axis::Object(kind) if kind == text("kind") => {
                            Some(text("object_id").to_string())
                        }
                        _ => None,
                    })
                });
                value.map_or(Expected::NoRow, |value| {
                    Expected::of(&value, output, QUANTITY_SCALE)
                })
            });
            let fits = match (&expected, found) {
                (Expected::Number(expected), Some(found)) => expected == found,
                (Expected::Missing, None) => true,
                _ => false,
            };
            if !fits {
                let keys = OBJECTS.keys.iter().map(|name| text(name));
                let key = keys.collect::<Vec<_>>().join(", ");
                let found = found.map_or("-".to_string(), |v| v.to_string());
                ledger.differ("verify-recomputed", &OBJECTS, key, expected.spell(), found);
            }
        }
    }
}

/// The label of a row along an axis.
fn label_of(axis: &Axis, number: &Number<'_>, class: &str) -> Option<String> {
    match axis {
        Axis::Zone => Some(number.region.to_string()),
        Axis::Class => Some(class.to_string()),
        Axis::Item(_) => Some(number.item.to_string()),
        _ => None,
    }
}
