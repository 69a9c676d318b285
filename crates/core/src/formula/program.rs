//! What goes into the checker and what comes out of it.

use std::collections::BTreeMap;

use crate::quantity::{Dimension, Rational, Unit, UnitRegistry};

use super::ast::{Function, Operator, Reduction, YearRef};
use super::domain::{Axis, Domain};

/// Where a text begins: file, line and column (both from 1) of its first letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The file as the user named it.
    pub file: String,
    /// The line of the text's first letter.
    pub line: u32,
    /// The column of the text's first letter.
    pub column: u32,
}

/// The unit and domain of a name the formulas may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The unit of its values.
    pub unit: Unit,
    /// Over what its values vary.
    pub domain: Domain,
    /// For a scale (the second operand of `step`), the unit of its steps'
    /// values; `unit` is then the unit of the bounds.
    pub scale: Option<Unit>,
}

impl Declaration {
    /// Declares an input or parameter.
    pub fn new(unit: Unit, domain: Domain) -> Self {
        Self {
            unit,
            domain,
            scale: None,
        }
    }
}

/// The declared unit and rounding of a statement's result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The unit in which the result is printed.
    pub unit: Unit,
    /// The step to which the result is rounded at once, in `unit`, halves away
    /// from zero; later statements read the rounded value.
    pub quantum: Option<Rational>,
}

/// One `name = "expression"` of a method file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The name later statements know it by.
    pub name: String,
    /// The expression.
    pub text: String,
    /// Where the expression stands.
    pub place: Place,
    /// The declared output, if there is one.
    pub output: Option<Output>,
}

/// Everything the checker needs. Statements see declarations and earlier
/// statements.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// The known units.
    pub units: &'a UnitRegistry,
    /// Inputs, parameters and scales by name.
    pub declarations: BTreeMap<String, Declaration>,
    /// The statements, in order.
    pub statements: Vec<Statement>,
}

/// What a declared name is to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binding {
    /// No statement reads it.
    Unused,
    /// Read by rows only: a change of its values needs no raster.
    Row,
    /// Read inside `total`: a change of its values re-reads the rasters.
    RasterBound,
    /// A layer of cells.
    Layer,
}

/// A checked statement.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// The unit in which it is printed: the declared one, else the coherent one.
    pub unit: Unit,
    /// The rounding, in `unit`.
    pub quantum: Option<Rational>,
    /// Over what it varies. A domain with `cell` is computed inside `total` only.
    pub domain: Domain,
    /// The expression in canonical spelling.
    pub formula: String,
    /// Whether `exp`, `ln`, a root or a broken power took part, so that the value
    /// has 15 digits and is not exact.
    pub approximate: bool,
    /// The declared names and earlier statements it reads itself.
    pub reads: Vec<String>,
    pub(super) place: Place,
    pub(super) text: String,
    pub(super) root: NodeId,
}

/// A sum over cells that rows ask for.
#[derive(Clone, Debug)]
pub struct Total {
    /// The canonical spelling of the per-area rate, statements written out; the
    /// key of [`Rows::totals`](super::Rows::totals).
    pub id: String,
    /// The coherent unit of the rate; the total's is this times `m2`.
    pub rate_unit: Unit,
    /// Over what the result varies beside zone and class: months, items.
    pub axes: Domain,
    /// The declared names the rate reads.
    pub reads: Vec<String>,
    /// Whether the rate is 1, so that the total is an area.
    pub is_area: bool,
    /// The other years at which rows read it.
    pub years: Vec<YearRef>,
    pub(super) root: NodeId,
}

impl Total {
    /// Returns the coherent unit of the total.
    pub fn unit(&self) -> Unit {
        let area = Dimension::base("m").power(2);
        Unit::coherent(&self.rate_unit.dimension().times(&area))
    }

    /// Returns the domain of the result: zone, class and the own axes.
    pub fn domain(&self) -> Domain {
        self.axes.and(Axis::Zone).and(Axis::Class)
    }
}

/// A checked program: every node has a unit and a domain.
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) declarations: BTreeMap<String, Declaration>,
    pub(super) statements: Vec<Checked>,
    pub(super) totals: Vec<Total>,
    pub(super) nodes: Vec<Node>,
    pub(super) bindings: BTreeMap<String, Binding>,
}

impl Program {
    /// Returns the checked statements, in order.
    pub fn statements(&self) -> &[Checked] {
        &self.statements
    }

    /// Returns a statement by name.
    pub fn statement(&self, name: &str) -> Option<&Checked> {
        self.statements.iter().find(|one| one.name == name)
    }

    /// Returns the distinct totals the rows need, in order of first use.
    pub fn totals(&self) -> &[Total] {
        &self.totals
    }

    /// Returns the declared names and what each is to the program.
    pub fn bindings(&self) -> &BTreeMap<String, Binding> {
        &self.bindings
    }

    /// Returns the declaration of a name.
    pub fn declaration(&self, name: &str) -> Option<&Declaration> {
        self.declarations.get(name)
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }
}

/// A node of the program, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct NodeId(pub(super) usize);

/// A checked node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) operation: Operation,
    pub(super) dimension: Dimension,
    pub(super) domain: Domain,
    /// True or false, not a number.
    pub(super) truth: bool,
    pub(super) approximate: bool,
    /// The statement it stands in and the first byte of its text there.
    pub(super) statement: usize,
    pub(super) offset: usize,
}

/// What a checked node computes; numbers are coherent.
#[derive(Clone, Debug)]
pub(super) enum Operation {
    Number(Rational, Option<Unit>),
    Name(String),
    Statement(usize),
    Total(usize),
    Negative(NodeId),
    Binary(Operator, NodeId, NodeId),
    If([NodeId; 3]),
    Call(Function, Vec<NodeId>),
    Strip(NodeId, Unit),
    Reduce(Reduction, NodeId, Axis),
    Apportion {
        amount: NodeId,
        weight: NodeId,
        axis: Axis,
        /// In coherent units.
        quantum: Rational,
    },
    ToZone {
        value: NodeId,
        overlap: String,
        objects: Axis,
    },
    At(NodeId, YearRef),
    Rank(NodeId, Axis),
    Step(NodeId, String),
}
