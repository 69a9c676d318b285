//! Exact evaluation of rows.
//!
//! Every value is computed for one place at a time, so that only the branch an
//! `if` takes is looked at. Results of statements, reductions, ranks and shares
//! are kept, so that nothing is computed twice.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use num_traits::{Signed, Zero};

use crate::diagnostic::{Finding, Findings};
use crate::quantity::{Rational, round_to};

use super::ast::YearRef;
use super::blocks::BlockTarget;
use super::domain::{Axis, Domain};
use super::program::{NodeId, Operation, Program};
use super::refuse::placed;
use super::values::{Array, Rows, Value};

/// So many findings of one statement are listed.
const MOST_FINDINGS: usize = 50;

/// The computed statements of a program.
pub struct Evaluation<'a> {
    pub(super) program: &'a Program,
    pub(super) rows: &'a Rows,
    pub(super) evaluator: Evaluator<'a>,
}

/// Computes every statement that is not a cell expression.
///
/// # Errors
///
/// Values that were not given, places where an operation has no value, amounts
/// that cannot be shared: all of the first statement that fails.
pub fn evaluate<'a>(program: &'a Program, rows: &'a Rows) -> Result<Evaluation<'a>, Findings> {
    let evaluator = Evaluator::new(program, rows)?;
    for (at, statement) in program.statements.iter().enumerate() {
        if !statement.domain.has(&Axis::Cell) {
            evaluator
                .statement(at, evaluator.current)
                .map_err(Findings)?;
        }
    }
    Ok(Evaluation {
        program,
        rows,
        evaluator,
    })
}

/// Computes a cell expression exactly, cells being labelled like any other axis
/// (`Axis::Cell` in [`Rows::labels`], layers in [`Rows::values`]).
///
/// This is for the few cells of a worked example; rasters go through
/// [`BlockProgram`](super::BlockProgram). The result is coherent and stands over the
/// domain of the expression, which may lack cells or classes.
///
/// # Errors
///
/// As [`evaluate`]; an unknown target.
pub fn exact_cells(
    program: &Program,
    rows: &Rows,
    target: &BlockTarget,
) -> Result<Array, Findings> {
    let root = program.target(target)?;
    let evaluator = Evaluator::new(program, rows)?;
    let domain = &program.node(root).domain;
    let mut values = Vec::new();
    for mut place in evaluator.places(domain) {
        values.push(evaluator.value(root, &mut place, evaluator.current)?);
    }
    Ok(Array::from_values(domain.clone(), &rows.labels, values))
}

impl Evaluation<'_> {
    /// Returns the values of a statement in coherent units, rounded as declared;
    /// nothing for unknown names and cell expressions.
    pub fn array(&self, name: &str) -> Option<Rc<Array>> {
        let at = self
            .program
            .statements
            .iter()
            .position(|one| one.name == name)?;
        let key = (at, self.evaluator.current);
        self.evaluator.statements.borrow().get(&key).cloned()
    }

    /// Returns the value of a statement in its printed unit at the given labels
    /// (one per axis, in the order of the domain).
    pub fn printed(&self, name: &str, at: &[&str]) -> Option<Value> {
        let unit = &self.program.statement(name)?.unit;
        let array = self.array(name)?;
        Some(match array.get(&self.rows.labels, at)? {
            Value::Exact(number) => Value::Exact(unit.from_coherent(number)),
            state => state.clone(),
        })
    }
}

/// A position in the labels of the year axis.
pub(super) type Year = Option<usize>;
/// A position along every axis; read only where a value varies.
pub(super) type Position = Vec<usize>;

type Kept<T> = RefCell<HashMap<(NodeId, Year, Position), T>>;

/// Where a given array stands relative to positions.
struct Given<'a> {
    strides: Vec<(usize, usize)>,
    year_stride: Option<usize>,
    values: &'a [Value],
}

pub(super) struct Evaluator<'a> {
    pub(super) program: &'a Program,
    pub(super) rows: &'a Rows,
    /// All axes; a position has one entry for each.
    pub(super) axes: Vec<Axis>,
    pub(super) current: Year,
    names: BTreeMap<&'a str, Given<'a>>,
    totals: Vec<Option<Given<'a>>>,
    /// The axis numbers of each statement's domain.
    statement_axes: Vec<Vec<usize>>,
    pub(super) statements: RefCell<HashMap<(usize, Year), Rc<Array>>>,
    reductions: Kept<Value>,
    pub(super) vectors: Kept<Rc<Vec<Value>>>,
}

pub(super) type Computed = Result<Value, Finding>;

impl<'a> Evaluator<'a> {
    pub(super) fn new(program: &'a Program, rows: &'a Rows) -> Result<Self, Findings> {
        let mut domain = Domain::single();
        for declaration in program.declarations.values() {
            domain = domain.with(&declaration.domain);
        }
        for total in &program.totals {
            domain = domain.with(&total.domain());
        }
        let axes: Vec<Axis> = domain.axes().cloned().collect();
        let years = rows.labels.of(&Axis::Year);
        let current = years.iter().position(|year| *year == rows.years.current);
        let mut evaluator = Self {
            program,
            rows,
            axes,
            current,
            names: BTreeMap::new(),
            totals: Vec::new(),
            statement_axes: Vec::new(),
            statements: RefCell::default(),
            reductions: RefCell::default(),
            vectors: RefCell::default(),
        };
        for statement in &program.statements {
            let axes = statement.domain.axes();
            let numbers = axes.map(|axis| evaluator.axis_number(axis)).collect();
            evaluator.statement_axes.push(numbers);
        }
        evaluator.take_inputs()?;
        Ok(evaluator)
    }

    /// Takes the given arrays whose shape is right; refuses the others.
    fn take_inputs(&mut self) -> Result<(), Findings> {
        let mut findings = Vec::new();
        for (name, declaration) in &self.program.declarations {
            if let Some(array) = self.rows.values.get(name) {
                match self.given(name, array, &declaration.domain) {
                    Ok(given) => _ = self.names.insert(name, given),
                    Err(finding) => findings.push(finding),
                }
            }
        }
        for total in &self.program.totals {
            let given = match self.rows.totals.get(&total.id) {
                Some(array) => {
                    let dated = array.domain().has(&Axis::Year);
                    let expected = if dated {
                        total.domain().and(Axis::Year)
                    } else {
                        total.domain()
                    };
                    self.given(&total.id, array, &expected)
                        .map_err(|finding| findings.push(finding))
                        .ok()
                }
                None => None,
            };
            self.totals.push(given);
        }
        if findings.is_empty() {
            Ok(())
        } else {
            Err(Findings(findings))
        }
    }

    fn given(&self, name: &str, array: &'a Array, expected: &Domain) -> Result<Given<'a>, Finding> {
        if array.domain() != expected || !array.fits(&self.rows.labels) {
            return Err(Finding::error("formula-input-shape")
                .arg("name", name)
                .arg("found", array.domain())
                .arg("expected", expected));
        }
        let mut stride = array.values().len();
        let mut strides = Vec::new();
        let mut year_stride = None;
        for (axis, length) in array.domain().axes().zip(array.shape()) {
            stride /= (*length).max(1);
            if *axis == Axis::Year {
                year_stride = Some(stride);
            } else {
                strides.push((self.axis_number(axis), stride));
            }
        }
        Ok(Given {
            strides,
            year_stride,
            values: array.values(),
        })
    }

    pub(super) fn axis_number(&self, axis: &Axis) -> usize {
        self.axes
            .iter()
            .position(|own| own == axis)
            .unwrap_or_else(|| unreachable!("every axis comes from a declaration"))
    }

    pub(super) fn origin(&self) -> Position {
        vec![0; self.axes.len()]
    }

    /// Returns the values of a statement at a year, computed on first use.
    pub(super) fn statement(&self, at: usize, year: Year) -> Result<Rc<Array>, Vec<Finding>> {
        if let Some(array) = self.statements.borrow().get(&(at, year)) {
            return Ok(Rc::clone(array));
        }
        let checked = &self.program.statements[at];
        let places = self.places(&checked.domain);
        let mut values = Vec::with_capacity(places.len());
        let mut findings: Vec<Finding> = Vec::new();
        for mut position in places {
            match self.value(checked.root, &mut position, year) {
                Ok(value) => values.push(self.rounded(at, value)),
                Err(finding) => {
                    if !findings.contains(&finding) && findings.len() < MOST_FINDINGS {
                        findings.push(finding);
                    }
                }
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let array = Array::from_values(checked.domain.clone(), &self.rows.labels, values);
        let array = Rc::new(array);
        self.statements
            .borrow_mut()
            .insert((at, year), Rc::clone(&array));
        Ok(array)
    }

    /// Rounds a result to the declared quantum, in the declared unit.
    fn rounded(&self, at: usize, value: Value) -> Value {
        let checked = &self.program.statements[at];
        match (value, &checked.quantum) {
            (Value::Exact(number), Some(quantum)) => {
                let printed = round_to(&checked.unit.from_coherent(&number), quantum);
                Value::Exact(checked.unit.to_coherent(&printed))
            }
            (value, _) => value,
        }
    }

    /// Returns every position over a domain, the last axis running fastest.
    pub(super) fn places(&self, domain: &Domain) -> Vec<Position> {
        let mut places = vec![self.origin()];
        for axis in domain.axes() {
            let number = self.axis_number(axis);
            let length = self.rows.labels.of(axis).len();
            let spread = |place: Position| {
                (0..length).map(move |at| {
                    let mut place = place.clone();
                    place[number] = at;
                    place
                })
            };
            places = places.into_iter().flat_map(spread).collect();
        }
        places
    }

    /// Computes a node at a position and year.
    pub(super) fn value(&self, id: NodeId, at: &mut Position, year: Year) -> Computed {
        match &self.program.node(id).operation {
            Operation::Number(number, _) => Ok(Value::Exact(number.clone())),
            Operation::Name(name) => self.name(id, name, at, year),
            Operation::Statement(statement) => self.read_statement(*statement, at, year),
            Operation::Total(total) => self.read_total(id, *total, at, year),
            Operation::Negative(inner) => Ok(match self.value(*inner, at, year)? {
                Value::Exact(number) => Value::Exact(-number),
                state => state,
            }),
            Operation::Binary(operator, left, right) => {
                self.binary(id, *operator, [*left, *right], at, year)
            }
            Operation::If([condition, then, otherwise]) => {
                match self.value(*condition, at, year)? {
                    Value::Exact(truth) if truth.is_zero() => self.value(*otherwise, at, year),
                    Value::Exact(_) => self.value(*then, at, year),
                    state => Ok(state),
                }
            }
            Operation::Call(function, operands) => self.call(id, *function, operands, at, year),
            Operation::Strip(inner, unit) => Ok(match self.value(*inner, at, year)? {
                Value::Exact(number) => Value::Exact(unit.from_coherent(&number)),
                state => state,
            }),
            Operation::At(inner, reference) => {
                let year = self.other_year(id, *reference, year)?;
                self.value(*inner, at, year)
            }
            Operation::Reduce(..) | Operation::ToZone { .. } => self.kept(id, at, year),
            Operation::Apportion { axis, .. } | Operation::Rank(_, axis) => {
                let number = self.axis_number(axis);
                let own = at[number];
                let vector = self.kept_vector(id, number, at, year)?;
                Ok(vector[own].clone())
            }
            Operation::Step(inner, scale) => self.step(id, *inner, scale, at, year),
        }
    }

    /// Returns the position with everything zeroed that the node does not vary over.
    fn key(&self, id: NodeId, at: &Position, year: Year) -> (NodeId, Year, Position) {
        let domain = &self.program.node(id).domain;
        let own = self.axes.iter().zip(at);
        let position = own.map(|(axis, &place)| if domain.has(axis) { place } else { 0 });
        (id, year, position.collect())
    }

    fn kept(&self, id: NodeId, at: &mut Position, year: Year) -> Computed {
        let key = self.key(id, at, year);
        if let Some(value) = self.reductions.borrow().get(&key) {
            return Ok(value.clone());
        }
        let value = match &self.program.node(id).operation {
            Operation::Reduce(reduction, inner, axis) => {
                self.reduce(*reduction, *inner, axis, at, year)?
            }
            Operation::ToZone {
                value,
                overlap,
                objects,
            } => self.to_zone(id, *value, overlap, objects, at, year)?,
            _ => unreachable!("kept for reductions only"),
        };
        self.reductions.borrow_mut().insert(key, value.clone());
        Ok(value)
    }

    fn kept_vector(
        &self,
        id: NodeId,
        number: usize,
        at: &mut Position,
        year: Year,
    ) -> Result<Rc<Vec<Value>>, Finding> {
        let own = at[number];
        at[number] = 0;
        let key = self.key(id, at, year);
        at[number] = own;
        if let Some(vector) = self.vectors.borrow().get(&key) {
            return Ok(Rc::clone(vector));
        }
        let vector = Rc::new(self.vector(id, number, at, year)?);
        at[number] = own;
        self.vectors.borrow_mut().insert(key, Rc::clone(&vector));
        Ok(vector)
    }

    fn name(&self, id: NodeId, name: &str, at: &Position, year: Year) -> Computed {
        let Some(given) = self.names.get(name) else {
            let domain = &self.program.declarations[name].domain;
            let finding = Finding::error("formula-input-absent").arg("name", name);
            return Err(self.located(finding.arg("domain", domain), id));
        };
        self.read(given, at, year)
            .ok_or_else(|| self.year_absent(id, name, "current"))
    }

    /// Reads an array at a position and year; nothing if the year is not known.
    fn read(&self, given: &Given<'_>, at: &Position, year: Year) -> Option<Value> {
        let mut index = match given.year_stride {
            Some(stride) => year? * stride,
            None => 0,
        };
        for (axis, stride) in &given.strides {
            index += at[*axis] * stride;
        }
        Some(given.values[index].clone())
    }

    pub(super) fn read_statement(&self, statement: usize, at: &Position, year: Year) -> Computed {
        let array = self
            .statement(statement, year)
            .map_err(|mut findings| findings.remove(0))?;
        let mut index = 0;
        for (axis, length) in self.statement_axes[statement].iter().zip(array.shape()) {
            index = index * length + at[*axis];
        }
        Ok(array.values()[index].clone())
    }

    fn read_total(&self, id: NodeId, total: usize, at: &Position, year: Year) -> Computed {
        let name = &self.program.totals[total].id;
        let Some(given) = &self.totals[total] else {
            let domain = self.program.totals[total].domain();
            let finding = Finding::error("formula-input-absent")
                .arg("name", format!("total({name})"))
                .arg("domain", domain);
            return Err(self.located(finding, id));
        };
        if given.year_stride.is_none() && year != self.current {
            return Err(self.year_absent(id, name, "previous"));
        }
        self.read(given, at, year)
            .ok_or_else(|| self.year_absent(id, name, "current"))
    }

    /// Returns the position of the year named by `at`.
    fn other_year(&self, id: NodeId, reference: YearRef, year: Year) -> Result<Year, Finding> {
        let label = match reference {
            YearRef::Base => self.rows.years.base.as_ref(),
            // The year before a year that is not the year of account is unknown.
            YearRef::Previous if year != self.current => None,
            YearRef::Previous => self.rows.years.previous.as_ref(),
        };
        let years = self.rows.labels.of(&Axis::Year);
        let found = label.and_then(|label| years.iter().position(|year| year == label));
        match found {
            Some(position) => Ok(Some(position)),
            None => {
                let node = self.program.node(id);
                let name = &self.program.statements[node.statement].name;
                Err(self.year_absent(id, name, reference.word()))
            }
        }
    }

    /// Returns the year an `at` node reads, if it is known.
    pub(super) fn year_of(&self, id: NodeId, year: Year) -> Option<Year> {
        match &self.program.node(id).operation {
            Operation::At(_, reference) => self.other_year(id, *reference, year).ok(),
            _ => Some(year),
        }
    }

    fn year_absent(&self, id: NodeId, name: &str, year: &str) -> Finding {
        let finding = Finding::error("formula-year-absent")
            .arg("name", name)
            .arg("year", year);
        self.located(finding, id)
    }

    /// Adds file, line and column of a node.
    pub(super) fn located(&self, finding: Finding, id: NodeId) -> Finding {
        let node = self.program.node(id);
        let checked = &self.program.statements[node.statement];
        placed(finding, &checked.place, &checked.text, node.offset)
    }

    /// Spells the labels of a position along the node's axes.
    pub(super) fn spelled(&self, id: NodeId, at: &Position) -> String {
        let domain = &self.program.node(id).domain;
        let axes = self.axes.iter().zip(at);
        let labels: Vec<String> = axes
            .filter(|(axis, _)| domain.has(axis))
            .map(|(axis, &place)| {
                let label = self.rows.labels.of(axis).get(place);
                format!("{} {}", axis.word(), label.map_or("?", String::as_str))
            })
            .collect();
        if labels.is_empty() {
            self.program.statements[self.program.node(id).statement]
                .name
                .clone()
        } else {
            labels.join(", ")
        }
    }

    /// Reads a declared name at a position, for overlaps.
    pub(super) fn declared(&self, id: NodeId, name: &str, at: &Position, year: Year) -> Computed {
        self.name(id, name, at, year)
    }
}

/// Returns the state that spreads from two values, if one has no number.
pub(super) fn spreading(one: &Value, other: &Value) -> Option<Value> {
    match (one, other) {
        (Value::NotApplicable, _) | (_, Value::NotApplicable) => Some(Value::NotApplicable),
        (Value::Missing, _) | (_, Value::Missing) => Some(Value::Missing),
        _ => None,
    }
}

/// Returns whether a weight or overlap is a number below zero.
pub(super) fn is_negative(value: &Value) -> bool {
    value.number().is_some_and(Rational::is_negative)
}
