//! One law at one region and year: its outputs, each with what it was made of.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::Findings;
use gep_core::formula::{
    Array, Axis, Domain, Labels, Rows, TraceKind, TraceNode, Value, Years, evaluate,
};
use gep_core::methodology::{Law, Origin, Row, Trust};
use gep_core::quantity::{Rational, Unit};

use super::book::{Book, Fact};

/// Along which items of a list a law runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// Those that are given: an inventory tells what there is.
    Given,
    /// Those the parameter tables name and those that are given: what is not given of
    /// a list that is to be complete is missing.
    Listed,
}

/// What a leaf of a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeafKind {
    /// A step of the law.
    Step,
    /// A parameter of the methodology.
    Parameter,
    /// A fact a file gives.
    Fact,
    /// A number of these books.
    Number,
}

impl LeafKind {
    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Parameter => "parameter",
            Self::Fact => "fact",
            Self::Number => "number",
        }
    }
}

/// A value that took part in a number, in the order of the formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// How far below the number it stands.
    pub depth: u32,
    /// What it is.
    pub kind: LeafKind,
    /// Its name in the law.
    pub name: String,
    /// The quantity or the table it is taken from.
    pub from: String,
    /// Item labels.
    pub at: String,
    /// The value in `unit`; none if missing.
    pub value: Option<Rational>,
    /// The unit of the value.
    pub unit: String,
    /// Formula and the formula with numbers, of a step.
    pub formula: Option<(String, String)>,
    /// How far it may be relied on; none if missing.
    pub trust: Option<Trust>,
    /// Who says so.
    pub source: String,
    /// File and line.
    pub place: String,
    /// The definition a fact is of.
    pub definition: String,
}

/// An input that is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingInput {
    /// The quantity or the parameter table.
    pub from: String,
    /// Item labels, empty if none.
    pub at: String,
    /// Region code; empty for a parameter.
    pub region: String,
    /// The year it is wanted for.
    pub year: String,
}

impl MissingInput {
    /// Returns it as one word: `coal_rate-generation 2021`.
    pub fn to_text(&self) -> String {
        let parts = [&self.from, &self.at, &self.region, &self.year];
        let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
        let told: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        told.join(" ")
    }
}

/// One output of a law at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarbonNumber {
    /// The name of the output.
    pub output: String,
    /// Item labels, joined; empty if the output has none.
    pub item: String,
    /// The value in `unit`, rounded to the declared quantum; none if missing.
    pub value: Option<Rational>,
    /// The unit as the method writes it.
    pub unit: String,
    /// How far it may be relied on; none if missing.
    pub trust: Option<Trust>,
    /// What is missing.
    pub missing: BTreeSet<MissingInput>,
    /// What it was made of, itself first.
    pub leaves: Vec<Leaf>,
}

/// Where parameters are looked up that vary by region or year.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The region above each region. A region without a row of its own takes that of
    /// the nearest one above; the nation's stands for the nation alone.
    pub parents: BTreeMap<String, String>,
    /// Tables of which the latest year before is taken where the year has no row.
    pub latest: BTreeSet<String>,
}

/// The nation; its factors are not those of its provinces.
const NATION: &str = "100000";

impl Reach {
    /// Returns the region and those above it, the nation left out.
    fn regions<'a>(&'a self, region: &'a str) -> Vec<&'a str> {
        let above = std::iter::successors(Some(region), |own| {
            self.parents.get(*own).map(String::as_str)
        });
        let mut chain: Vec<&str> = above.take(8).collect();
        chain.retain(|own| *own != NATION || region == NATION);
        chain
    }
}

/// Evaluates a law.
///
/// # Errors
///
/// Those of the formula language; a fact that is not there is a missing value.
pub fn evaluate_carbon(
    law: &Law,
    book: &Book,
    reach: &Reach,
    (region, year): (&str, u16),
    items: Items,
) -> Result<Vec<CarbonNumber>, Findings> {
    let place = Place {
        law,
        book,
        reach,
        region,
        year,
    };
    let rows = place.rows(items);
    let evaluation = evaluate(&law.program, &rows)?;
    let mut numbers = Vec::new();
    for (_, output) in &law.outputs {
        let Some(array) = evaluation.array(&output.name) else {
            continue;
        };
        for at in 0..array.values().len() {
            let labels = array.labels_at(at, &rows.labels);
            let Some(trace) = evaluation.trace(&output.name, &labels, usize::MAX) else {
                continue;
            };
            numbers.push(place.number(&output.name, &output.unit_text, &trace));
        }
    }
    Ok(numbers)
}

/// Where a law is evaluated.
struct Place<'a> {
    law: &'a Law,
    book: &'a Book,
    reach: &'a Reach,
    region: &'a str,
    year: u16,
}

impl Place<'_> {
    fn rows(&self, items: Items) -> Rows {
        let mut domain = Domain::single();
        let inputs = self.law.inputs.values().map(|input| &input.domain);
        let parameters = self.law.parameters.values();
        let parameters = parameters.map(|one| &one.declaration.domain);
        for own in inputs.chain(parameters) {
            domain = domain.with(own);
        }
        let mut labels = Labels::new();
        for axis in domain.axes() {
            let own: Vec<String> = match axis {
                Axis::Zone => vec![self.region.to_owned()],
                Axis::Year => self.years(),
                Axis::Item(_) => self.items(axis, items),
                other => self.law.labels(other),
            };
            labels = labels.with(axis.clone(), own);
        }
        let mut rows = Rows {
            labels,
            years: Years {
                current: self.year.to_string(),
                previous: Some((self.year.saturating_sub(1)).to_string()),
                base: None,
            },
            ..Rows::default()
        };
        for (name, input) in &self.law.inputs {
            let Origin::Table(quantity) = &input.origin else {
                continue;
            };
            let axes: Vec<Axis> = input.domain.axes().cloned().collect();
            let array = Array::from_fn(&input.domain, &rows.labels, |at| {
                let fact = self.fact(quantity, &axes, at);
                fact.map_or(Value::Missing, |fact| Value::Exact(fact.value.clone()))
            });
            rows.values.insert(name.clone(), array);
        }
        for (name, bound) in &self.law.parameters {
            let domain = &bound.declaration.domain;
            let axes: Vec<Axis> = domain.axes().cloned().collect();
            let array = Array::from_fn(domain, &rows.labels, |at| {
                let named = axes.iter().cloned().zip(at.iter().copied()).collect();
                match self.row(name, &named) {
                    None => Value::Missing,
                    Some(row) => match &row.value {
                        None => Value::NotApplicable,
                        Some(value) => Value::Exact(row.unit.to_coherent(value)),
                    },
                }
            });
            rows.values.insert(name.clone(), array);
        }
        rows
    }

    /// The row a parameter takes: that of the region and year; else of the nearest
    /// region above; else, where the table allows it, of the latest year before.
    fn row(&self, name: &str, labels: &BTreeMap<Axis, &str>) -> Option<&Row> {
        let bound = self.law.parameters.get(name)?;
        let regions = match labels.get(&Axis::Zone) {
            Some(region) => self.reach.regions(region),
            None => vec![""],
        };
        let mut years = Vec::new();
        if let Some(year) = labels.get(&Axis::Year) {
            years.push((*year).to_owned());
            if self.reach.latest.contains(&bound.declaration.table) {
                let before = bound.rows.iter().filter_map(|(keys, _)| keys.get("year"));
                let before: BTreeSet<&String> = before.filter(|own| own.as_str() < *year).collect();
                years.extend(before.into_iter().rev().cloned());
            }
        } else {
            years.push(String::new());
        }
        for year in &years {
            for region in &regions {
                let mut labels = labels.clone();
                if let Some(own) = labels.get_mut(&Axis::Zone) {
                    *own = region;
                }
                if let Some(own) = labels.get_mut(&Axis::Year) {
                    *own = year;
                }
                if let Some(row) = self.law.row(name, &labels) {
                    return Some(row);
                }
            }
        }
        None
    }

    /// The year and the one before it, in order.
    fn years(&self) -> Vec<String> {
        let before = self.year.saturating_sub(1);
        vec![before.to_string(), self.year.to_string()]
    }

    fn items(&self, axis: &Axis, items: Items) -> Vec<String> {
        let mut all = BTreeSet::new();
        for input in self.law.inputs.values() {
            if let Origin::Table(quantity) = &input.origin
                && input.domain.has(axis)
            {
                let given = self.book.items(quantity, self.region, self.year);
                all.extend(given.into_iter().map(str::to_owned));
            }
        }
        if items == Items::Listed {
            all.extend(self.law.labels(axis));
        }
        all.into_iter().collect()
    }

    fn fact(&self, quantity: &str, axes: &[Axis], at: &[&str]) -> Option<&Fact> {
        let item = axes.iter().position(|axis| matches!(axis, Axis::Item(_)));
        let item = item.map_or("", |position| at[position]);
        let year = axes.iter().position(|axis| *axis == Axis::Year);
        let year = match year {
            Some(position) => at[position].parse().ok()?,
            None => self.year,
        };
        self.book.fact(quantity, self.region, year, item)
    }

    fn number(&self, output: &str, unit: &str, trace: &TraceNode) -> CarbonNumber {
        let mut leaves = Vec::new();
        let mut missing = BTreeSet::new();
        self.walk(trace, 0, &mut leaves, &mut missing);
        let value = match &trace.value {
            Value::Exact(number) => Some(number.clone()),
            _ => None,
        };
        let lowest = leaves.iter().filter_map(|leaf| leaf.trust).min();
        CarbonNumber {
            output: output.to_owned(),
            item: item_text(&trace.at),
            trust: value.as_ref().map(|_| lowest.unwrap_or(Trust::Verified)),
            missing: if value.is_some() {
                BTreeSet::new()
            } else {
                missing
            },
            value,
            unit: unit.to_owned(),
            leaves,
        }
    }

    fn walk(
        &self,
        node: &TraceNode,
        depth: u32,
        leaves: &mut Vec<Leaf>,
        missing: &mut BTreeSet<MissingInput>,
    ) {
        let mut leaf = self.leaf(node, depth);
        if node.kind == TraceKind::Input && node.value == Value::Missing {
            let parameter = leaf.kind == LeafKind::Parameter;
            missing.insert(MissingInput {
                from: leaf.from.clone(),
                at: leaf.at.clone(),
                region: if parameter {
                    String::new()
                } else {
                    self.region.to_owned()
                },
                year: node.year.clone().unwrap_or_else(|| self.year.to_string()),
            });
            leaf.trust = None;
        }
        leaves.push(leaf);
        for input in &node.inputs {
            self.walk(input, depth + 1, leaves, missing);
        }
    }

    fn leaf(&self, node: &TraceNode, depth: u32) -> Leaf {
        let value = match &node.value {
            Value::Exact(number) => Some(number.clone()),
            _ => None,
        };
        let mut leaf = Leaf {
            depth,
            kind: LeafKind::Step,
            name: node.name.clone(),
            from: String::new(),
            at: item_text(&node.at),
            value,
            unit: unit_text(&node.unit),
            formula: node.formula.clone().zip(node.substituted.clone()),
            trust: None,
            source: String::new(),
            place: String::new(),
            definition: String::new(),
        };
        if let Some(input) = self.law.inputs.get(&node.name) {
            leaf.kind = LeafKind::Fact;
            leaf.from = input.origin.id().to_owned();
            leaf.unit.clone_from(&input.unit_text);
            self.fact_of(node, &mut leaf);
        } else if let Some(bound) = self.law.parameters.get(&node.name) {
            leaf.kind = LeafKind::Parameter;
            leaf.from.clone_from(&bound.declaration.table);
            leaf.unit.clone_from(&bound.declaration.unit_text);
            let mut labels: BTreeMap<Axis, &str> = node
                .at
                .iter()
                .map(|(axis, label)| (axis.clone(), label.as_str()))
                .collect();
            if let Some(year) = &node.year {
                labels.insert(Axis::Year, year);
            }
            if let Some(row) = self.row(&node.name, &labels) {
                leaf.trust = Some(row.status.into());
                leaf.source = format!("{}: {}", row.citation.document, row.citation.clause);
                leaf.place = format!("{}:{}", row.file, row.line);
            }
        }
        leaf
    }

    fn fact_of(&self, node: &TraceNode, leaf: &mut Leaf) {
        let year = node.year.as_ref().and_then(|year| year.parse().ok());
        let item = node
            .at
            .iter()
            .find(|(axis, _)| matches!(axis, Axis::Item(_)));
        let item = item.map_or("", |(_, label)| label.as_str());
        let year = year.unwrap_or(self.year);
        if let Some(fact) = self.book.fact(&leaf.from, self.region, year, item) {
            leaf.trust = Some(fact.trust);
            leaf.source.clone_from(&fact.source);
            leaf.place.clone_from(&fact.place);
            leaf.definition.clone_from(&fact.definition);
            if fact.place.is_empty() {
                leaf.kind = LeafKind::Number;
            }
        }
    }
}

fn item_text(at: &[(Axis, String)]) -> String {
    let items = at.iter().filter(|(axis, _)| matches!(axis, Axis::Item(_)));
    let items: Vec<&str> = items.map(|(_, label)| label.as_str()).collect();
    items.join("/")
}

fn unit_text(unit: &Unit) -> String {
    unit.to_string()
}
