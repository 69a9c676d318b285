//! Derives unit and domain of every node and refuses what does not fit.

use std::collections::{BTreeMap, BTreeSet};

use num_traits::{Signed, ToPrimitive, Zero};

use crate::diagnostic::{Finding, Findings};
use crate::quantity::{Dimension, Rational, Unit, nearest};

use super::ast::{Expression, Kind};
use super::binding::bindings;
use super::domain::Domain;
use super::parse::{RESERVED, parse};
use super::print::print;
use super::program::{Checked, Node, NodeId, Operation, Program, Source, Statement, Total};
use super::refuse::{parse_finding, placed};

/// Checks the statements of a method.
///
/// # Errors
///
/// One finding per broken statement: the first thing that is wrong with it.
/// Statements that read a broken one are passed over.
pub fn check(source: &Source<'_>) -> Result<Program, Findings> {
    let mut checker = Checker::new(source);
    for statement in &source.statements {
        checker.statement(statement);
    }
    if !checker.findings.is_empty() {
        return Err(Findings(checker.findings));
    }
    let mut program = Program {
        declarations: source.declarations.clone(),
        statements: checker.statements,
        totals: checker.totals,
        nodes: checker.nodes,
        bindings: BTreeMap::new(),
    };
    program.bindings = bindings(&mut program);
    Ok(program)
}

/// Trouble at a byte of the text; nothing if it was reported before.
pub(super) type Refusal = Option<(Finding, usize)>;
pub(super) type Built = Result<NodeId, Refusal>;

pub(super) struct Checker<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) nodes: Vec<Node>,
    pub(super) statements: Vec<Checked>,
    pub(super) totals: Vec<Total>,
    /// Statements that were refused: whoever reads them is passed over.
    broken: BTreeSet<String>,
    findings: Vec<Finding>,
    /// The statement in hand, and the names it reads.
    pub(super) current: Option<&'a Statement>,
    reads: Vec<String>,
    pub(super) inside_total: bool,
    pub(super) inside_year: bool,
}

pub(super) fn refuse<T>(finding: Finding, expression: &Expression) -> Result<T, Refusal> {
    Err(Some((finding, expression.span.start)))
}

impl<'a> Checker<'a> {
    fn new(source: &'a Source<'a>) -> Self {
        Self {
            source,
            nodes: Vec::new(),
            statements: Vec::new(),
            totals: Vec::new(),
            broken: BTreeSet::new(),
            findings: Vec::new(),
            current: None,
            reads: Vec::new(),
            inside_total: false,
            inside_year: false,
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        self.current = Some(statement);
        self.reads.clear();
        self.inside_total = false;
        self.inside_year = false;
        match self.checked(statement) {
            Ok(checked) => self.statements.push(checked),
            Err(refusal) => {
                self.broken.insert(statement.name.clone());
                if let Some((finding, at)) = refusal {
                    let finding = finding.arg("statement", &statement.name);
                    let finding = placed(finding, &statement.place, &statement.text, at);
                    self.findings.push(finding);
                }
            }
        }
    }

    fn checked(&mut self, statement: &Statement) -> Result<Checked, Refusal> {
        let name = &statement.name;
        let taken = self.source.declarations.contains_key(name)
            || self.statements.iter().any(|one| one.name == *name)
            || self.broken.contains(name);
        if taken || RESERVED.contains(&name.as_str()) || !super::domain::is_name(name) {
            return Err(Some((
                Finding::error("formula-name-taken").arg("name", name),
                0,
            )));
        }
        let expression = match parse(&statement.text, self.source.units) {
            Ok(expression) => expression,
            Err(error) => {
                let finding = parse_finding(&error, &statement.place, &statement.text);
                self.findings.push(finding.arg("statement", name));
                return Err(None);
            }
        };
        let root = self.number(&expression, "=")?;
        let node = self.nodes[root.0].clone();
        let (unit, quantum) = self.output(statement, &node)?;
        Ok(Checked {
            name: name.clone(),
            unit,
            quantum,
            domain: node.domain,
            formula: print(&expression),
            approximate: node.approximate,
            reads: std::mem::take(&mut self.reads),
            place: statement.place.clone(),
            text: statement.text.clone(),
            root,
        })
    }

    /// Compares the declared output with what was derived.
    fn output(
        &self,
        statement: &Statement,
        node: &Node,
    ) -> Result<(Unit, Option<Rational>), Refusal> {
        let Some(output) = &statement.output else {
            return Ok((Unit::coherent(&node.dimension), None));
        };
        let finding = |code| Finding::error(code).arg("name", &statement.name);
        if *output.unit.dimension() != node.dimension {
            let finding = finding("formula-output-unit")
                .arg("declared", &output.unit)
                .arg("derived", &node.dimension);
            return Err(Some((finding, 0)));
        }
        if let Some(quantum) = &output.quantum {
            if !quantum.is_positive() {
                return Err(Some((finding("formula-output-quantum"), 0)));
            }
            if node.domain.has(&super::Axis::Cell) {
                return Err(Some((finding("formula-cell-quantum"), 0)));
            }
        }
        Ok((output.unit.clone(), output.quantum.clone()))
    }

    /// Builds a node that must be a number, for the operation named.
    pub(super) fn number(&mut self, expression: &Expression, operation: &str) -> Built {
        let id = self.build(expression)?;
        if self.nodes[id.0].truth {
            let finding = Finding::error("formula-truth").arg("operation", operation);
            return refuse(finding, expression);
        }
        Ok(id)
    }

    /// Builds a node that must be a number outside cells.
    pub(super) fn row_number(&mut self, expression: &Expression, operation: &str) -> Built {
        let id = self.number(expression, operation)?;
        if self.inside_total || self.nodes[id.0].domain.has(&super::Axis::Cell) {
            let finding = Finding::error("formula-cell-operand").arg("operation", operation);
            return refuse(finding, expression);
        }
        Ok(id)
    }

    /// Builds a node that must be a plain number.
    pub(super) fn plain(&mut self, expression: &Expression, operation: &str) -> Built {
        let id = self.number(expression, operation)?;
        let dimension = &self.nodes[id.0].dimension;
        if !dimension.is_one() {
            let finding = Finding::error("formula-not-plain")
                .arg("operation", operation)
                .arg("unit", dimension);
            return refuse(finding, expression);
        }
        Ok(id)
    }

    pub(super) fn push(
        &mut self,
        expression: &Expression,
        operation: Operation,
        dimension: Dimension,
        domain: Domain,
        approximate: bool,
    ) -> NodeId {
        self.nodes.push(Node {
            operation,
            dimension,
            domain,
            truth: false,
            approximate,
            statement: self.statements.len(),
            offset: expression.span.start,
        });
        NodeId(self.nodes.len() - 1)
    }

    /// Returns the union of the operands' domains and whether one is approximate.
    pub(super) fn joined(&self, operands: &[NodeId]) -> (Domain, bool) {
        let mut domain = Domain::single();
        let mut approximate = false;
        for id in operands {
            domain = domain.with(&self.nodes[id.0].domain);
            approximate |= self.nodes[id.0].approximate;
        }
        (domain, approximate)
    }

    pub(super) fn build(&mut self, expression: &Expression) -> Built {
        match &expression.kind {
            Kind::Number(number, unit) => {
                let (coherent, dimension) = match unit {
                    Some(unit) => (unit.to_coherent(number), unit.dimension().clone()),
                    None => (number.clone(), Dimension::one()),
                };
                let operation = Operation::Number(coherent, unit.clone());
                Ok(self.push(expression, operation, dimension, Domain::single(), false))
            }
            Kind::Name(name) => self.name(expression, name),
            Kind::Negative(inner) => {
                let inner = self.number(inner, "-")?;
                let node = self.nodes[inner.0].clone();
                let operation = Operation::Negative(inner);
                Ok(self.push(
                    expression,
                    operation,
                    node.dimension,
                    node.domain,
                    node.approximate,
                ))
            }
            Kind::Binary(operator, left, right) => self.binary(expression, *operator, left, right),
            Kind::If(parts) => self.conditional(expression, parts),
            Kind::Call(function, operands) => self.call(expression, *function, operands),
            Kind::Strip(inner, unit) => self.strip(expression, inner, unit),
            Kind::Reduce(reduction, inner, word) => {
                self.reduce(expression, *reduction, inner, word)
            }
            Kind::Total(inner) => self.total(expression, inner),
            Kind::Apportion(amount, weight, word) => {
                self.apportion(expression, amount, weight, word)
            }
            Kind::ToZone(inner, overlap) => self.object_to_zone(expression, inner, overlap),
            Kind::At(inner, year) => self.at_year(expression, inner, *year),
            Kind::Rank(inner, word) => self.rank(expression, inner, word),
            Kind::Step(inner, scale) => self.step(expression, inner, scale),
        }
    }

    fn name(&mut self, expression: &Expression, name: &str) -> Built {
        if self.broken.contains(name) {
            return Err(None);
        }
        if !self.reads.iter().any(|read| read == name) {
            self.reads.push(name.to_owned());
        }
        if let Some(at) = self.statements.iter().position(|one| one.name == name) {
            let checked = &self.statements[at];
            let dimension = checked.unit.dimension().clone();
            let (domain, approximate) = (checked.domain.clone(), checked.approximate);
            let operation = Operation::Statement(at);
            return Ok(self.push(expression, operation, dimension, domain, approximate));
        }
        let Some(declaration) = self.source.declarations.get(name) else {
            let known = self.source.declarations.keys();
            let earlier: Vec<String> = self.statements.iter().map(|one| one.name.clone()).collect();
            let near = nearest(name, known.chain(&earlier));
            let finding = Finding::error("formula-unknown-name")
                .arg("name", name)
                .arg("nearest", near.unwrap_or_else(|| "-".to_owned()));
            return refuse(finding, expression);
        };
        if declaration.scale.is_some() {
            let finding = Finding::error("formula-scale").arg("name", name);
            return refuse(finding, expression);
        }
        let dimension = declaration.unit.dimension().clone();
        let domain = declaration.domain.without(&super::Axis::Year);
        let operation = Operation::Name(name.to_owned());
        Ok(self.push(expression, operation, dimension, domain, false))
    }

    /// Refuses operands of different dimensions.
    pub(super) fn same(
        &self,
        expression: &Expression,
        operation: &str,
        left: NodeId,
        right: NodeId,
    ) -> Result<(), Refusal> {
        let (one, other) = (&self.nodes[left.0], &self.nodes[right.0]);
        if one.dimension == other.dimension {
            return Ok(());
        }
        let finding = Finding::error("formula-unit-mismatch")
            .arg("operation", operation)
            .arg("left", &one.dimension)
            .arg("right", &other.dimension);
        refuse(finding, expression)
    }

    /// Returns the value of a literal whole number such as `2` or `-1`.
    pub(super) fn literal_integer(&self, id: NodeId) -> Option<i32> {
        match &self.nodes[id.0].operation {
            Operation::Number(number, None) if number.is_integer() => number.to_i32(),
            Operation::Negative(inner) => self.literal_integer(*inner)?.checked_neg(),
            _ => None,
        }
    }

    /// Returns whether the value may change when read at another year.
    pub(super) fn varies_by_year(&self, id: NodeId) -> bool {
        let node = &self.nodes[id.0];
        match &node.operation {
            Operation::Name(name) => self.source.declarations[name]
                .domain
                .has(&super::Axis::Year),
            Operation::Statement(at) => self.varies_by_year(self.statements[*at].root),
            Operation::Total(_) => true,
            other => other
                .operands()
                .into_iter()
                .any(|id| self.varies_by_year(id)),
        }
    }

    pub(super) fn is_zero(&self, id: NodeId) -> bool {
        matches!(&self.nodes[id.0].operation, Operation::Number(number, _) if number.is_zero())
    }
}

impl Operation {
    /// Returns the nodes the operation reads directly.
    pub(super) fn operands(&self) -> Vec<NodeId> {
        match self {
            Self::Number(..) | Self::Name(_) | Self::Statement(_) | Self::Total(_) => Vec::new(),
            Self::Negative(one)
            | Self::Strip(one, _)
            | Self::Reduce(_, one, _)
            | Self::At(one, _)
            | Self::Rank(one, _)
            | Self::Step(one, _)
            | Self::ToZone { value: one, .. } => vec![*one],
            Self::Binary(_, left, right) => vec![*left, *right],
            Self::If(parts) => parts.to_vec(),
            Self::Call(_, operands) => operands.clone(),
            Self::Apportion { amount, weight, .. } => vec![*amount, *weight],
        }
    }
}
