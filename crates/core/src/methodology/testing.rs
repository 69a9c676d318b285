//! Running the examples of the files by the evaluators that run accounts.
//!
//! A cell expression goes through the block evaluator on one cell per class, its
//! rate is rounded to the quantum of the total and multiplied by the area of the
//! example; rows go through the exact evaluator.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::Signed;

use crate::diagnostic::{Finding, Findings};
use crate::formula::{
    Array, Axis, Binding, BlockInput, BlockProgram, BlockScratch, BlockTarget, Domain, Labels,
    LayerBlock, LayerSlot, Program, Rows, Value, evaluate,
};
use crate::quantity::{Rational, format_decimal, format_exact, from_f64_15, round_to, to_f64};

use super::document::at;
use super::example::{ANY_CLASS, Example, Given};
use super::law::Law;
use super::load::Methodology;
use super::method::Method;

/// The window of a kernel's example, row by row.
#[derive(Clone, Debug)]
pub struct KernelWindow<'a> {
    /// The kernel's name.
    pub kernel: &'a str,
    /// The values, in the unit of the input.
    pub values: &'a [f64],
    /// Which are there.
    pub valid: &'a [bool],
    /// The width and height of a cell, in m.
    pub cell: (f64, f64),
}

/// Computes the middle cell of a window: outer nothing if there is no such kernel,
/// inner nothing if the result is missing.
pub type Kernels<'a> = &'a dyn Fn(&KernelWindow<'_>) -> Option<Option<f64>>;

/// What the examples came to.
#[derive(Clone, Debug, Default)]
pub struct TestReport {
    /// The number of methods.
    pub methods: usize,
    /// The number of layers.
    pub layers: usize,
    /// The number of profiles.
    pub profiles: usize,
    /// The number of parameter rows.
    pub rows: usize,
    /// The number of examples by method or layer.
    pub examples: BTreeMap<String, usize>,
    /// The number of checks on accounts.
    pub checks: usize,
    /// The number of their examples.
    pub check_examples: usize,
    /// The failed ones.
    pub failures: Vec<Finding>,
}

impl TestReport {
    /// Returns the number of examples that ran.
    pub fn ran(&self) -> usize {
        self.examples.values().sum()
    }
}

impl Methodology {
    /// Runs every example.
    pub fn test(&self, kernels: Kernels<'_>) -> TestReport {
        let mut report = TestReport {
            methods: self.methods.len(),
            layers: self.layers.len(),
            profiles: self.profiles.len(),
            rows: self.tables.values().map(|table| table.rows.len()).sum(),
            ..TestReport::default()
        };
        for (id, method) in self.methods.iter().chain(&self.layers) {
            report.examples.insert(id.clone(), method.examples.len());
            for example in &method.examples {
                report
                    .failures
                    .extend(self.run_example(method, example, kernels));
            }
        }
        report
    }

    fn run_example(
        &self,
        method: &Method,
        example: &Example,
        kernels: Kernels<'_>,
    ) -> Vec<Finding> {
        let computed = match method
            .layer
            .as_ref()
            .and_then(|grid| grid.kernel.as_deref())
        {
            Some(kernel) => run_kernel(kernel, method, example, kernels),
            None => match self.law(&method.id, None) {
                Ok(Some(law)) => Case::new(&law, method, example).and_then(|case| case.run()),
                Ok(None) => Ok(Vec::new()),
                Err(findings) => Err(findings),
            },
        };
        match computed {
            Ok(failures) => failures,
            Err(findings) => {
                let own = at("methodology-example-evaluation", &method.file, example.line)
                    .arg("example", &example.name);
                std::iter::once(own).chain(findings.0).collect()
            }
        }
    }
}

/// An example made ready for a law.
struct Case<'a> {
    law: &'a Law,
    method: &'a Method,
    example: &'a Example,
    rows: Rows,
}

type Failures = Result<Vec<Finding>, Findings>;

fn unfit(method: &Method, example: &Example, name: &str, problem: impl ToString) -> Findings {
    at("methodology-example-input", &method.file, example.line)
        .arg("example", &example.name)
        .arg("name", name)
        .arg("problem", problem)
        .into()
}

impl<'a> Case<'a> {
    fn new(law: &'a Law, method: &'a Method, example: &'a Example) -> Result<Self, Findings> {
        let mut case = Self {
            law,
            method,
            example,
            rows: Rows::default(),
        };
        case.names_fit()?;
        case.rows.labels = case.labels();
        // The year of account is the last the tables name.
        if let Some(year) = case.rows.labels.of(&Axis::Year).last() {
            case.rows.years.current = year.clone();
        }
        let program = &law.program;
        for (name, binding) in program.bindings() {
            if *binding == Binding::Layer {
                continue;
            }
            let Some(declaration) = program.declaration(name) else {
                continue;
            };
            let values = match example.given.get(name) {
                Some(given) => case.array(name, given, &declaration.domain)?,
                None => law
                    .parameter(name, &case.rows.labels)
                    .ok_or_else(|| unfit(method, example, name, "—"))?,
            };
            case.rows.values.insert(name.clone(), values);
        }
        case.totals()?;
        Ok(case)
    }

    /// Every given name is declared, every expected one an output, every input given.
    fn names_fit(&self) -> Result<(), Findings> {
        let (method, example) = (self.method, self.example);
        let declared = |name: &String| {
            method.inputs.contains_key(name) || method.parameters.contains_key(name)
        };
        let strange = example.given.keys().find(|name| !declared(name));
        let strange = strange.or_else(|| {
            let outputs = |name: &&String| self.law.output(name).is_none();
            example.expect.keys().find(outputs)
        });
        let absent = method
            .inputs
            .keys()
            .find(|name| !example.given.contains_key(*name));
        match strange.or(absent) {
            Some(name) => Err(unfit(method, example, name, "—")),
            None => Ok(()),
        }
    }

    fn labels(&self) -> Labels {
        let program = &self.law.program;
        let mut domain = Domain::single();
        for name in program.bindings().keys() {
            if let Some(declaration) = program.declaration(name) {
                domain = domain.with(&declaration.domain);
            }
        }
        for total in program.totals() {
            domain = domain.with(&total.domain());
        }
        let mut labels = Labels::new();
        for axis in domain.axes() {
            let own: Vec<String> = match axis {
                Axis::Cell => continue,
                Axis::Zone => vec!["1".to_owned()],
                Axis::Class if self.example.classes.is_empty() => vec![ANY_CLASS.to_owned()],
                Axis::Class => {
                    let unique: BTreeSet<&String> = self.example.classes.iter().collect();
                    unique.into_iter().cloned().collect()
                }
                Axis::Month => self.law.labels(axis),
                Axis::Day => self.day_labels(),
                other => self.named_labels(other),
            };
            labels = labels.with(axis.clone(), own);
        }
        labels
    }

    /// Labels of the days: as many as the longest series of the example. A law does
    /// not know how many days there are, so a few serve to work it by hand.
    fn day_labels(&self) -> Vec<String> {
        let by_day = |name: &String| {
            let declaration = self.law.program.declaration(name);
            declaration.is_some_and(|one| one.domain.has(&Axis::Day))
        };
        let given = self.example.given.iter().filter(|(name, _)| by_day(name));
        let days = given.map(|(_, given)| match given {
            Given::List(list) => list.len(),
            _ => 1,
        });
        (1..=days.max().unwrap_or(0))
            .map(|day| day.to_string())
            .collect()
    }

    /// Labels of items and objects: what the example names, else the tables.
    fn named_labels(&self, axis: &Axis) -> Vec<String> {
        let mut named = BTreeSet::new();
        for (name, given) in &self.example.given {
            let Some(declaration) = self.law.program.declaration(name) else {
                continue;
            };
            let of_items = |own: &Axis| matches!(own, Axis::Item(_));
            let by_item = declaration.domain.axes().any(of_items);
            match given {
                _ if !declaration.domain.has(axis) => {}
                // Items stand inside objects.
                Given::Map(map) if by_item && matches!(axis, Axis::Object(_)) => {
                    named.extend(map.keys().cloned());
                }
                _ => leaf_keys(given, &mut named),
            }
        }
        if named.is_empty() {
            self.law.labels(axis)
        } else {
            named.into_iter().collect()
        }
    }

    /// Spreads what an example gives over a domain, in coherent units.
    fn array(&self, name: &str, given: &Given, domain: &Domain) -> Result<Array, Findings> {
        let axes: Vec<Axis> = domain.axes().cloned().collect();
        let declaration = self.law.program.declaration(name);
        let mut problem = None;
        let array = Array::from_fn(domain, &self.rows.labels, |labels| {
            match pick(given, &axes, labels) {
                Some(Given::Number(number, _)) => match declaration {
                    Some(own) => Value::Exact(own.unit.to_coherent(number)),
                    None => Value::Missing,
                },
                Some(Given::NotApplicable) => Value::NotApplicable,
                Some(Given::Missing) => Value::Missing,
                _ => {
                    problem = Some(labels.join("/"));
                    Value::Missing
                }
            }
        });
        match problem {
            Some(labels) => Err(unfit(self.method, self.example, name, labels)),
            None => Ok(array),
        }
    }

    fn totals(&mut self) -> Result<(), Findings> {
        let law = self.law;
        for (which, total) in law.program.totals().iter().enumerate() {
            let rates = if total.is_area {
                None
            } else {
                Some(self.block(BlockTarget::Total(which))?)
            };
            let quantum = law.total_quantum(total);
            let axes: Vec<Axis> = total.domain().axes().cloned().collect();
            let array = Array::from_fn(&total.domain(), &self.rows.labels, |labels| {
                let class_at = axes.iter().position(|axis| *axis == Axis::Class);
                let class = class_at.map_or(ANY_CLASS, |place| labels[place]);
                if !law.applies(total, class) {
                    return Value::NotApplicable;
                }
                let Some(area) = self.example.areas.get(class) else {
                    return Value::Missing;
                };
                let Some(rates) = &rates else {
                    return Value::Exact(area.clone());
                };
                let found = rates.iter().find(|one| one.fits(class, &axes, labels));
                match (found.and_then(|one| one.value.clone()), &quantum) {
                    (Some(rate), Some(quantum)) => Value::Exact(round_to(&rate, quantum) * area),
                    _ => Value::Missing,
                }
            });
            self.rows.totals.insert(total.id.clone(), array);
        }
        Ok(())
    }

    /// Evaluates a cell expression on one cell per class.
    fn block(&self, target: BlockTarget) -> Result<Vec<Rate>, Findings> {
        let program: &Program = &self.law.program;
        let block = BlockProgram::compile(program, &self.rows, &[target])?;
        let classes = self.rows.labels.of(&Axis::Class);
        let classes = if classes.is_empty() {
            &[ANY_CLASS.to_owned()][..]
        } else {
            classes
        };
        let count = classes.len();
        let mut values = Vec::new();
        for slot in block.layers() {
            let value = self.cell_value(slot)?;
            let unit = (slot.unit.scale_f64(), slot.unit.offset_f64());
            let coherent = value.as_ref().map(|value| to_f64(value) * unit.0 + unit.1);
            values.push((
                vec![coherent.unwrap_or(f64::NAN); count],
                vec![value.is_some(); count],
            ));
        }
        let layers: Vec<LayerBlock<'_>> = values
            .iter()
            .map(|(values, valid)| LayerBlock { values, valid })
            .collect();
        let numbers: Vec<u16> = (0..count)
            .map(|at| u16::try_from(at).unwrap_or(u16::MAX))
            .collect();
        let input = BlockInput {
            cells: count,
            classes: &numbers,
            layers: &layers,
        };
        let mut scratch = BlockScratch::new();
        block
            .run(&input, &mut scratch)
            .map_err(|error| Findings(vec![error.finding]))?;
        let mut rates = Vec::new();
        for (at, output) in block.outputs().iter().enumerate() {
            for (cell, class) in classes.iter().enumerate() {
                let valid = scratch.valid(at)[cell];
                let value = valid
                    .then(|| from_f64_15(scratch.values(at)[cell]))
                    .flatten();
                rates.push(Rate {
                    class: class.clone(),
                    at: output.at.clone(),
                    value,
                });
            }
        }
        Ok(rates)
    }

    fn cell_value(&self, slot: &LayerSlot) -> Result<Option<Rational>, Findings> {
        let wrong = || unfit(self.method, self.example, &slot.name, "—");
        let given = self.example.given.get(&slot.name).ok_or_else(wrong)?;
        let (axes, labels): (Vec<Axis>, Vec<&str>) = slot
            .at
            .iter()
            .map(|(axis, label)| (axis.clone(), label.as_str()))
            .unzip();
        match pick(given, &axes, &labels) {
            Some(Given::Number(number, _)) => Ok(Some(number.clone())),
            Some(Given::Missing) => Ok(None),
            _ => Err(wrong()),
        }
    }

    fn run(&self) -> Failures {
        let evaluation = evaluate(&self.law.program, &self.rows)?;
        let mut failures = Vec::new();
        for (name, expected) in &self.example.expect {
            let Some(statement) = self.law.program.statement(name) else {
                continue;
            };
            if statement.domain.has(&Axis::Cell) {
                let rates = self.block(BlockTarget::Statement(name.clone()))?;
                let found = rates.first().and_then(|rate| rate.value.clone());
                let found = found.map_or(Value::Missing, |value| {
                    let printed = statement.unit.from_coherent(&value);
                    let quantum = self.law.output(name).map(|output| &output.quantum);
                    Value::Exact(quantum.map_or(printed.clone(), |step| round_to(&printed, step)))
                });
                failures.extend(compare(self.method, self.example, name, expected, &found));
                continue;
            }
            let axes: Vec<Axis> = statement.domain.axes().cloned().collect();
            let Some(array) = evaluation.array(name) else {
                continue;
            };
            for at in 0..array.values().len() {
                let labels = array.labels_at(at, &self.rows.labels);
                let found = evaluation.printed(name, &labels).unwrap_or(Value::Missing);
                match pick(expected, &axes, &labels) {
                    Some(expected) => {
                        let place = format!("{name} {}", labels.join(" "));
                        failures.extend(compare(
                            self.method,
                            self.example,
                            &place,
                            expected,
                            &found,
                        ));
                    }
                    None => return Err(unfit(self.method, self.example, name, labels.join("/"))),
                }
            }
        }
        Ok(failures)
    }
}

/// The rate of a cell expression in one class.
struct Rate {
    class: String,
    at: Vec<(Axis, String)>,
    value: Option<Rational>,
}

impl Rate {
    fn fits(&self, class: &str, axes: &[Axis], labels: &[&str]) -> bool {
        let own = |axis: &Axis, label: &str| {
            let found = self.at.iter().find(|(name, _)| name == axis);
            found.is_none_or(|(_, mine)| mine == label)
        };
        let mut pairs = axes.iter().zip(labels);
        self.class == class && pairs.all(|(axis, label)| own(axis, label))
    }
}

/// Collects the keys of the innermost maps.
fn leaf_keys(given: &Given, keys: &mut BTreeSet<String>) {
    if let Given::Map(map) = given {
        for (key, inner) in map {
            match inner {
                Given::Map(_) => leaf_keys(inner, keys),
                _ => _ = keys.insert(key.clone()),
            }
        }
    }
}

/// Returns what is given at some labels: maps are entered by the first label they
/// know, lists by month or day, a bare value holds everywhere.
fn pick<'g>(given: &'g Given, axes: &[Axis], labels: &[&str]) -> Option<&'g Given> {
    match given {
        Given::Map(map) => {
            let (place, inner) = labels
                .iter()
                .enumerate()
                .find_map(|(place, label)| Some((place, map.get(*label)?)))?;
            let rest_axes: Vec<Axis> = without(axes, place);
            let rest: Vec<&str> = without(labels, place);
            pick(inner, &rest_axes, &rest)
        }
        Given::List(list) => {
            let in_time = |axis: &Axis| matches!(axis, Axis::Month | Axis::Day);
            let place = axes.iter().position(in_time)?;
            if axes[place] == Axis::Month && list.len() != 12 {
                return None;
            }
            let number: usize = labels.get(place)?.parse().ok()?;
            list.get(number.checked_sub(1)?)
        }
        plain => Some(plain),
    }
}

fn without<T: Clone>(list: &[T], place: usize) -> Vec<T> {
    let kept = list.iter().enumerate().filter(|(at, _)| *at != place);
    kept.map(|(_, one)| one.clone()).collect()
}

/// A number is met if it rounds to the expectation at its printed decimals.
fn compare(
    method: &Method,
    example: &Example,
    output: &str,
    expected: &Given,
    found: &Value,
) -> Option<Finding> {
    let good = match (expected, found) {
        (Given::Number(expected, decimals), Value::Exact(found)) => {
            let unit = Rational::new(1.into(), num_bigint::BigInt::from(10).pow(*decimals));
            (expected - found).abs() * Rational::from_integer(2.into()) <= unit
        }
        (Given::Missing, Value::Missing) | (Given::NotApplicable, Value::NotApplicable) => true,
        _ => false,
    };
    let words = match expected {
        Given::Number(number, _) => format_exact(number),
        Given::Missing => "missing".to_owned(),
        Given::NotApplicable => "n/a".to_owned(),
        Given::List(_) | Given::Map(_) => "a single value".to_owned(),
    };
    let actual = match found {
        Value::Exact(number) => format_decimal(number, 15),
        Value::Missing => "missing".to_owned(),
        Value::NotApplicable => "n/a".to_owned(),
    };
    (!good).then(|| {
        at("methodology-example-failed", &method.file, example.line)
            .exit(1)
            .arg("example", &example.name)
            .arg("output", output)
            .arg("expected", words)
            .arg("found", actual)
    })
}

fn run_kernel(kernel: &str, method: &Method, example: &Example, kernels: Kernels<'_>) -> Failures {
    let wrong = |name: &str| unfit(method, example, name, "—");
    let (name, _) = method
        .inputs
        .first_key_value()
        .ok_or_else(|| wrong(kernel))?;
    let mut values = Vec::new();
    let mut valid = Vec::new();
    let Some(Given::List(rows)) = example.given.get(name) else {
        return Err(wrong(name));
    };
    for row in rows {
        let Given::List(row) = row else {
            return Err(wrong(name));
        };
        for cell in row {
            match cell {
                Given::Number(number, _) => values.push(to_f64(number)),
                Given::Missing => values.push(f64::NAN),
                _ => return Err(wrong(name)),
            }
            valid.push(matches!(cell, Given::Number(..)));
        }
    }
    let (x, y) = example.cell.as_ref().ok_or_else(|| wrong("cell"))?;
    let window = KernelWindow {
        kernel,
        values: &values,
        valid: &valid,
        cell: (to_f64(x), to_f64(y)),
    };
    if values.len() != 9 {
        return Err(wrong(name));
    }
    let found = kernels(&window).ok_or_else(|| wrong(kernel))?;
    let (Some(output), Some(expected)) = (method.outputs.last(), example.expect.values().next())
    else {
        return Err(wrong("expect"));
    };
    let found = found.and_then(from_f64_15).map_or(Value::Missing, |value| {
        Value::Exact(round_to(&value, &output.quantum))
    });
    Ok(compare(method, example, &output.name, expected, &found)
        .into_iter()
        .collect())
}
