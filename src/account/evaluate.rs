//! One law over all zones: rows of its outputs.

use std::collections::BTreeMap;

use gep_core::diagnostic::Findings;
use gep_core::formula::{Array, Axis, Evaluation, Value, evaluate};
use gep_core::methodology::{Origin, OutputEntry, OutputKind};
use gep_core::quantity::Rational;

use super::ground::{ClassGround, ZoneGround};
use super::law::AccountLaw;
use super::objects::{ObjectAmount, object_amounts};
use super::{ALL_CLASSES, Amount, AmountKey, State, Trust};
use crate::source::gdal::UNASSIGNED;
use crate::zonal::MeasureSum;

/// Values of one input table: (zone, item), (zone, object) or (object, item) -> value
/// in the coherent unit.
pub type TableValues = BTreeMap<(String, String), Rational>;

/// An input table and whether it is made up.
#[derive(Clone, Debug, Default)]
pub struct TableInput {
    /// The values; a pair that is not there is missing.
    pub values: TableValues,
    /// Whether the numbers are made up.
    pub synthetic: bool,
}

/// Evaluates a law. `first_measure` is the position of its first rate among the
/// measures of the pass.
pub fn evaluate_law(
    account: &mut AccountLaw,
    ground: &ClassGround,
    first_measure: usize,
    tables: &BTreeMap<String, TableInput>,
    floor: &Rational,
) -> Result<(Vec<Amount>, Vec<ObjectAmount>), Findings> {
    let synthetic = add_tables(account, tables);
    add_totals(account, ground, first_measure);
    let account = &*account;
    let trust = if synthetic {
        Trust::Synthetic
    } else {
        account.trust
    };
    let evaluation = evaluate(&account.law.program, &account.rows)?;
    let zones = account.rows.labels.of(&Axis::Zone).to_vec();
    let mut writer = Writer {
        account,
        evaluation: &evaluation,
        trust,
        rows: Vec::new(),
        coverage: zones
            .iter()
            .map(|zone| {
                (
                    zone.as_str(),
                    zone_coverage(account, ground.zones.get(zone), first_measure),
                )
            })
            .collect(),
        class_coverage: class_coverages(account, ground, first_measure),
        floor,
    };
    for (method, output) in &account.law.outputs {
        writer.output(method, output);
    }
    let rows = writer.rows;
    Ok((rows, object_amounts(account, &evaluation)))
}

/// Hands the tables of the project over; tells whether one was made up.
fn add_tables(account: &mut AccountLaw, tables: &BTreeMap<String, TableInput>) -> bool {
    let mut synthetic = false;
    for (name, input) in &account.law.inputs {
        let Origin::Table(id) = &input.origin else {
            continue;
        };
        let given = tables.get(id);
        synthetic |= given.is_some_and(|table| table.synthetic);
        let axes: Vec<Axis> = input.domain.axes().cloned().collect();
        let array = Array::from_fn(&input.domain, &account.rows.labels, |at| {
            let key = table_key(&axes, at);
            let value = given.and_then(|table| table.values.get(&key));
            value.cloned().map_or(Value::Missing, Value::Exact)
        });
        account.rows.values.insert(name.clone(), array);
    }
    synthetic
}

/// The key of a table at some labels: (zone, item), (zone, object), (object, item);
/// an empty text where the domain has no such axis.
fn table_key(axes: &[Axis], at: &[&str]) -> (String, String) {
    let label = |wanted: fn(&Axis) -> bool| {
        let position = axes.iter().position(wanted);
        position.map(|position| at[position].to_string())
    };
    let zone = label(|axis| *axis == Axis::Zone);
    let object = label(|axis| matches!(axis, Axis::Object(_)));
    let item = label(|axis| matches!(axis, Axis::Item(_)));
    match (zone, object, item) {
        (None, Some(object), Some(item)) => (object, item),
        (zone, object, item) => (
            zone.unwrap_or_default(),
            item.or(object).unwrap_or_default(),
        ),
    }
}

/// Turns sums of quanta x mm2 into totals in coherent units.
fn add_totals(account: &mut AccountLaw, ground: &ClassGround, first_measure: usize) {
    let mut totals = BTreeMap::new();
    for (at, total) in account.law.program.totals().iter().enumerate() {
        let axes: Vec<Axis> = total.domain().axes().cloned().collect();
        let array = Array::from_fn(&total.domain(), &account.rows.labels, |labels| {
            let find = |wanted: &Axis| {
                axes.iter()
                    .position(|axis| axis == wanted)
                    .map_or("", |position| labels[position])
            };
            let (zone, class) = (find(&Axis::Zone), find(&Axis::Class));
            if !account.concerns(at, class) {
                return Value::NotApplicable;
            }
            let position = account
                .rows
                .labels
                .of(&Axis::Class)
                .iter()
                .position(|label| label == class);
            let sums = ground
                .zones
                .get(zone)
                .and_then(|zone| position.and_then(|position| zone.classes.get(&position)));
            let Some(sums) = sums else {
                return Value::Exact(Rational::from_integer(0.into()));
            };
            if total.is_area {
                return Value::Exact(square_metres(sums.area_mm2));
            }
            let slot = account.slots.iter().position(|slot| {
                slot.total == at && slot.at.iter().all(|(axis, label)| find(axis) == label)
            });
            let Some((slot, measure)) =
                slot.and_then(|slot| Some((slot, sums.measures.get(first_measure + slot)?)))
            else {
                return Value::Missing;
            };
            if measure.valid_mm2 == 0 && measure.missing_mm2 > 0 {
                return Value::Missing;
            }
            Value::Exact(square_metres(measure.sum) * &account.slots[slot].quantum)
        });
        totals.insert(total.id.clone(), array);
    }
    account.rows.totals = totals;
}

fn square_metres(mm2: i128) -> Rational {
    Rational::new(mm2.into(), 1_000_000.into())
}

/// Area with all inputs and area concerned, mm2.
type Coverage = (i128, i128);

/// Coverage of a class in a zone: the worst of the law's rates; where it has none,
/// the area itself.
fn class_coverage(account: &AccountLaw, zone: &ZoneGround, class: usize, first: usize) -> Coverage {
    let Some(sums) = zone.classes.get(&class) else {
        return (0, 0);
    };
    let measures: Vec<&MeasureSum> = account
        .slots
        .iter()
        .enumerate()
        .filter(|(_, slot)| slot.scope[class])
        .filter_map(|(at, _)| sums.measures.get(first + at))
        .collect();
    if account.slots.is_empty() {
        let concerned = (0..account.law.program.totals().len())
            .any(|total| account.concerns(total, &account.rows.labels.of(&Axis::Class)[class]));
        return if concerned {
            (sums.area_mm2, sums.area_mm2)
        } else {
            (0, 0)
        };
    }
    let valid = measures
        .iter()
        .map(|measure| measure.valid_mm2)
        .min()
        .unwrap_or(0);
    let concerned = measures
        .iter()
        .map(|measure| measure.valid_mm2 + measure.missing_mm2)
        .max()
        .unwrap_or(0);
    (valid, concerned)
}

fn class_coverages(
    account: &AccountLaw,
    ground: &ClassGround,
    first: usize,
) -> BTreeMap<(String, String), Coverage> {
    let labels = account.rows.labels.of(&Axis::Class);
    let mut all = BTreeMap::new();
    for (code, zone) in &ground.zones {
        for &class in zone.classes.keys() {
            let coverage = class_coverage(account, zone, class, first);
            all.insert((code.clone(), labels[class].clone()), coverage);
        }
    }
    all
}

/// Coverage of a zone. Ground without a class may be of any class: it counts as
/// concerned and not covered.
fn zone_coverage(account: &AccountLaw, zone: Option<&ZoneGround>, first: usize) -> Coverage {
    let Some(zone) = zone else {
        return (0, 0);
    };
    if account.law.program.totals().is_empty() {
        let area = zone.area_mm2();
        return (area, area);
    }
    let mut sum = (0, zone.unclassified_mm2 + zone.outside_mm2);
    for &class in zone.classes.keys() {
        let (valid, concerned) = class_coverage(account, zone, class, first);
        sum.0 += valid;
        sum.1 += concerned;
    }
    sum
}

struct Writer<'a> {
    account: &'a AccountLaw,
    evaluation: &'a Evaluation<'a>,
    trust: Trust,
    rows: Vec<Amount>,
    coverage: BTreeMap<&'a str, Coverage>,
    class_coverage: BTreeMap<(String, String), Coverage>,
    floor: &'a Rational,
}

impl Writer<'_> {
    /// Adds the rows of one output. Steps in money are left to the trace.
    fn output(&mut self, method: &str, output: &OutputEntry) {
        let money = output.unit_text.starts_with("CNY");
        let Some(array) = self.evaluation.array(&output.name) else {
            return;
        };
        // Values of single objects stand in their own table.
        let by_object = array.domain().object_axis().is_some();
        if array.domain().has(&Axis::Cell)
            || by_object
            || (money && output.kind == OutputKind::Intermediate)
        {
            return;
        }
        let axes: Vec<Axis> = array.domain().axes().cloned().collect();
        let by_class = axes.contains(&Axis::Class);
        // A value shared out to classes is the class detail of the value itself.
        let name = if money { "value" } else { output.name.as_str() };
        let mut sums: BTreeMap<(String, String), Amount> = BTreeMap::new();
        for (at, value) in array.values().iter().enumerate() {
            let labels = array.labels_at(at, &self.account.rows.labels);
            let label = |wanted: fn(&Axis) -> bool| {
                axes.iter()
                    .position(wanted)
                    .map_or("", |position| labels[position])
            };
            let zone = label(|axis| *axis == Axis::Zone);
            let class = label(|axis| *axis == Axis::Class);
            let item = label(|axis| matches!(axis, Axis::Item(_)));
            if zone == UNASSIGNED {
                continue;
            }
            let number = match value {
                Value::NotApplicable => continue,
                Value::Missing => None,
                Value::Exact(number) => Some(output.unit.from_coherent(number)),
            };
            let amount = self.amount(method, output, name, (zone, class, item), number, money);
            if by_class {
                let sum = sums
                    .entry((zone.to_string(), item.to_string()))
                    .or_insert_with(|| {
                        self.amount(method, output, name, (zone, "", item), None, money)
                    });
                add_class(sum, &amount);
                // A type that is not in the county has no row, whatever else is missing.
                let nothing = amount.concerned_mm2 == 0 && amount.state != State::Withheld;
                if !nothing {
                    self.rows.push(amount);
                }
            } else {
                self.rows.push(amount);
            }
        }
        // Where the method gives the whole itself, its classes only share it out.
        let whole_given = money && self.gives_whole_value();
        if by_class && !whole_given {
            self.rows.extend(sums.into_values());
        }
    }

    fn gives_whole_value(&self) -> bool {
        self.account.law.outputs.iter().any(|(_, output)| {
            output.kind == OutputKind::Value
                && self
                    .evaluation
                    .array(&output.name)
                    .is_some_and(|array| !array.domain().has(&Axis::Class))
        })
    }

    fn amount(
        &self,
        method: &str,
        output: &OutputEntry,
        name: &str,
        (zone, class, item): (&str, &str, &str),
        value: Option<Rational>,
        money: bool,
    ) -> Amount {
        let (valid_mm2, concerned_mm2) = self.coverage_of(zone, class);
        let (valid, concerned) = self.coverage.get(zone).copied().unwrap_or((0, 0));
        let covered = Rational::from_integer(valid.into())
            >= self.floor * Rational::from_integer(concerned.into());
        let state = if !covered {
            State::Withheld
        } else if value.is_none() {
            State::Missing
        } else {
            State::Computed
        };
        Amount {
            key: AmountKey {
                region: zone.to_string(),
                class: if class.is_empty() { ALL_CLASSES } else { class }.to_string(),
                indicator: self.account.indicator.id.clone(),
                output: name.to_string(),
                item: item.to_string(),
            },
            method: method.to_string(),
            unit: output.unit_text.clone(),
            money,
            value: value.filter(|_| covered),
            valid_mm2,
            concerned_mm2,
            state,
            missing: Vec::new(),
            trust: self.trust,
        }
    }

    fn coverage_of(&self, zone: &str, class: &str) -> Coverage {
        if class.is_empty() {
            return self.coverage.get(zone).copied().unwrap_or((0, 0));
        }
        self.class_coverage
            .get(&(zone.to_string(), class.to_string()))
            .copied()
            .unwrap_or((0, 0))
    }
}

/// Adds a class to the sum over classes. A class without a number lies in the
/// ground that coverage already leaves out.
fn add_class(sum: &mut Amount, class: &Amount) {
    if sum.state == State::Withheld {
        return;
    }
    if let Some(value) = &class.value {
        let so_far = sum
            .value
            .take()
            .unwrap_or_else(|| Rational::from_integer(0.into()));
        sum.value = Some(so_far + value);
        sum.state = State::Computed;
    }
}
