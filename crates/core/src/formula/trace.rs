//! Why a value is what it is: one tree for the terminal, the report and the audit.

use num_traits::Zero;

use crate::quantity::{Unit, format_decimal, parse_decimal};

use super::ast::Kind;
use super::domain::Axis;
use super::print::print;
use super::program::{NodeId, Operation};
use super::rows::{Evaluation, Position, Year};
use super::tree::{Instead, expression_of};
use super::values::Value;

/// So many significant digits of a value are printed in a formula.
const DIGITS: u32 = 15;

/// What a node of a trace stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceKind {
    /// A statement of the method.
    Statement,
    /// A declared input or parameter; the caller knows the row it came from.
    Input,
    /// A sum over cells.
    Total,
    /// The step of a scale that was taken.
    Scale,
}

/// One value and what it was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceNode {
    /// What it stands for.
    pub kind: TraceKind,
    /// The name of the statement, input or scale, or `total(…)`.
    pub name: String,
    /// The place: axis and label.
    pub at: Vec<(Axis, String)>,
    /// The year it was read at, if years are known.
    pub year: Option<String>,
    /// The unit of the value.
    pub unit: Unit,
    /// The value in that unit, rounded as declared.
    pub value: Value,
    /// The formula in canonical spelling; statements only.
    pub formula: Option<String>,
    /// The formula with numbers for names, as far as the place determines them,
    /// and with what moved out of `total` outside.
    pub substituted: Option<String>,
    /// Whether the value has 15 digits only, because `exp`, `ln`, a root or a
    /// broken power took part.
    pub approximate: bool,
    /// What it was computed from, in the order of the formula.
    pub inputs: Vec<TraceNode>,
}

/// A node read at a position and year.
type Read = (NodeId, Position, Year);

impl Evaluation<'_> {
    /// Explains the value of a statement at the given labels (one per axis, in
    /// the order of its domain); `depth` statements down.
    pub fn trace(&self, name: &str, at: &[&str], depth: usize) -> Option<TraceNode> {
        let statement = self
            .program
            .statements
            .iter()
            .position(|one| one.name == name)?;
        let checked = &self.program.statements[statement];
        if checked.domain.has(&Axis::Cell) || checked.domain.len() != at.len() {
            return None;
        }
        let mut position = self.evaluator.origin();
        for (axis, label) in checked.domain.axes().zip(at) {
            let labels = self.rows.labels.of(axis);
            let number = self.evaluator.axis_number(axis);
            position[number] = labels.iter().position(|own| own == label)?;
        }
        self.statement_node(statement, &position, self.evaluator.current, depth)
    }

    fn statement_node(
        &self,
        statement: usize,
        position: &Position,
        year: Year,
        depth: usize,
    ) -> Option<TraceNode> {
        let checked = &self.program.statements[statement];
        let array = self.evaluator.statement(statement, year).ok()?;
        let at = self.labels(&checked.domain, position);
        let labels: Vec<&str> = at.iter().map(|(_, label)| label.as_str()).collect();
        let value = array.get(&self.rows.labels, &labels)?;
        let mut inputs = Vec::new();
        if depth > 0 {
            let mut reads = Vec::new();
            self.reads(checked.root, &mut position.clone(), year, &mut reads)?;
            for (id, position, year) in reads {
                inputs.push(self.read_node(id, &position, year, depth - 1)?);
            }
        }
        Some(TraceNode {
            kind: TraceKind::Statement,
            name: checked.name.clone(),
            at,
            year: self.year_label(year),
            unit: checked.unit.clone(),
            value: printed(&checked.unit, value),
            formula: Some(checked.formula.clone()),
            substituted: Some(self.with_numbers(statement, position, year)),
            approximate: checked.approximate,
            inputs,
        })
    }

    fn labels(&self, domain: &super::Domain, position: &Position) -> Vec<(Axis, String)> {
        domain
            .axes()
            .filter(|axis| **axis != Axis::Year)
            .map(|axis| {
                let place = position[self.evaluator.axis_number(axis)];
                (axis.clone(), self.rows.labels.of(axis)[place].clone())
            })
            .collect()
    }

    fn year_label(&self, year: Year) -> Option<String> {
        self.rows.labels.of(&Axis::Year).get(year?).cloned()
    }

    /// Lists the names, statements and totals that took part in a value; of an
    /// `if` only the branch that was taken.
    fn reads(
        &self,
        id: NodeId,
        at: &mut Position,
        year: Year,
        found: &mut Vec<Read>,
    ) -> Option<()> {
        let node = self.program.node(id);
        match &node.operation {
            Operation::Name(_) | Operation::Statement(_) | Operation::Total(_) => {
                let read = (id, at.clone(), year);
                if !found.iter().any(|known| self.same_read(known, &read)) {
                    found.push(read);
                }
            }
            Operation::If([condition, then, otherwise]) => {
                self.reads(*condition, at, year, found)?;
                match self.evaluator.value(*condition, at, year).ok()? {
                    Value::Exact(truth) if truth.is_zero() => {
                        self.reads(*otherwise, at, year, found)?;
                    }
                    Value::Exact(_) => self.reads(*then, at, year, found)?,
                    _ => {}
                }
            }
            Operation::At(inner, _) => {
                let year = self.evaluator.year_of(id, year)?;
                self.reads(*inner, at, year, found)?;
            }
            Operation::Reduce(_, inner, axis) | Operation::Rank(inner, axis) => {
                self.reads_along(*inner, axis, at, year, found)?;
            }
            Operation::ToZone { value, objects, .. } => {
                self.reads_along(*value, objects, at, year, found)?;
            }
            Operation::Apportion {
                amount,
                weight,
                axis,
                ..
            } => {
                self.reads(*amount, at, year, found)?;
                self.reads_along(*weight, axis, at, year, found)?;
            }
            Operation::Step(inner, _) => {
                self.reads(*inner, at, year, found)?;
                found.push((id, at.clone(), year));
            }
            other => {
                for operand in other.operands() {
                    self.reads(operand, at, year, found)?;
                }
            }
        }
        Some(())
    }

    fn reads_along(
        &self,
        inner: NodeId,
        axis: &Axis,
        at: &mut Position,
        year: Year,
        found: &mut Vec<Read>,
    ) -> Option<()> {
        let number = self.evaluator.axis_number(axis);
        let own = at[number];
        for place in 0..self.rows.labels.of(axis).len() {
            at[number] = place;
            let year = if *axis == Axis::Year {
                Some(place)
            } else {
                year
            };
            self.reads(inner, at, year, found)?;
        }
        at[number] = own;
        Some(())
    }

    /// Returns whether two reads are of one value.
    fn same_read(&self, one: &Read, other: &Read) -> bool {
        let (a, b) = (self.program.node(one.0), self.program.node(other.0));
        let same = match (&a.operation, &b.operation) {
            (Operation::Name(a), Operation::Name(b)) => a == b,
            (Operation::Statement(a), Operation::Statement(b)) => a == b,
            (Operation::Total(a), Operation::Total(b)) => a == b,
            _ => false,
        };
        same && one.2 == other.2
            && self.labels(&a.domain, &one.1) == self.labels(&b.domain, &other.1)
    }

    fn read_node(
        &self,
        id: NodeId,
        position: &Position,
        year: Year,
        depth: usize,
    ) -> Option<TraceNode> {
        let node = self.program.node(id);
        let value = self.evaluator.value(id, &mut position.clone(), year).ok()?;
        let (kind, name, unit) = match &node.operation {
            Operation::Statement(at) => return self.statement_node(*at, position, year, depth),
            Operation::Name(name) => {
                let unit = self.program.declarations[name].unit.clone();
                (TraceKind::Input, name.clone(), unit)
            }
            Operation::Total(at) => {
                let total = &self.program.totals[*at];
                (
                    TraceKind::Total,
                    format!("total({})", total.id),
                    total.unit(),
                )
            }
            Operation::Step(_, name) => {
                let unit = self.program.declarations[name].scale.clone()?;
                (TraceKind::Scale, name.clone(), unit)
            }
            _ => return None,
        };
        Some(TraceNode {
            kind,
            name,
            at: self.labels(&node.domain, position),
            year: self.year_label(year),
            value: printed(&unit, &value),
            unit,
            formula: None,
            substituted: None,
            approximate: false,
            inputs: Vec::new(),
        })
    }

    /// Returns the formula of a statement with numbers for names.
    fn with_numbers(&self, statement: usize, position: &Position, year: Year) -> String {
        let checked = &self.program.statements[statement];
        let number = |id: NodeId, unit: &Unit| {
            let value = self.evaluator.value(id, &mut position.clone(), year);
            Instead::Tree(Box::new(spelled(unit, &value.unwrap_or(Value::Missing))))
        };
        let instead = |id: NodeId| {
            let node = self.program.node(id);
            let known = node.domain.within(&checked.domain);
            let coherent = Unit::coherent(&node.dimension);
            match &node.operation {
                Operation::Name(name) if known => number(id, &self.program.declarations[name].unit),
                Operation::Statement(at) if known => number(id, &self.program.statements[*at].unit),
                Operation::Statement(at) => {
                    let name = self.program.statements[*at].name.clone();
                    Instead::Tree(Box::new(Kind::Name(name)))
                }
                Operation::Total(_) if known => number(id, &coherent),
                Operation::Total(at) => {
                    let name = format!("total({})", self.program.totals[*at].id);
                    Instead::Tree(Box::new(Kind::Name(name)))
                }
                // These look at another year than the names inside would print.
                Operation::At(..) | Operation::Reduce(_, _, Axis::Year) if known => {
                    number(id, &coherent)
                }
                _ => Instead::Itself,
            }
        };
        print(&expression_of(&self.program.nodes, checked.root, &instead))
    }
}

/// Returns a coherent value in a unit.
fn printed(unit: &Unit, value: &Value) -> Value {
    match value {
        Value::Exact(number) => Value::Exact(unit.from_coherent(number)),
        state => state.clone(),
    }
}

/// Returns a value as it stands in a formula.
fn spelled(unit: &Unit, value: &Value) -> Kind {
    match printed(unit, value) {
        Value::Missing => Kind::Name("missing".to_owned()),
        Value::NotApplicable => Kind::Name("not_applicable".to_owned()),
        Value::Exact(number) => {
            let rounded = parse_decimal(&format_decimal(&number, DIGITS)).unwrap_or(number);
            let unit = (*unit != Unit::one()).then(|| unit.clone());
            Kind::Number(rounded, unit)
        }
    }
}
