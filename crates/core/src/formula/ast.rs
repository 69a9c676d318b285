//! The tree of one expression as it was written.

use std::ops::Range;

use crate::quantity::{Rational, Unit};

/// A node of the tree and its place in the text, in bytes.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What the node is.
    pub kind: Kind,
    /// From its first to behind its last byte.
    pub span: Range<usize>,
}

/// Trees are equal if they say the same, wherever they stand.
impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number with its unit, if one is attached: `5 [m3]`.
    Number(Rational, Option<Unit>),
    /// A declared name or an earlier statement.
    Name(String),
    /// `-x`
    Negative(Box<Expression>),
    /// `a + b` and its kin.
    Binary(Operator, Box<Expression>, Box<Expression>),
    /// `if(condition, then, otherwise)`
    If(Box<[Expression; 3]>),
    /// `min(a, b, …)`, `exp(x)`: pointwise.
    Call(Function, Vec<Expression>),
    /// `x in UNIT`: the bare number of units.
    Strip(Box<Expression>, Unit),
    /// `sum(x over D)`
    Reduce(Reduction, Box<Expression>, String),
    /// `total(x)`: from cells to zone and class.
    Total(Box<Expression>),
    /// `apportion(a by w over D)`
    Apportion(Box<Expression>, Box<Expression>, String),
    /// `to_zone(x by overlap)`
    ToZone(Box<Expression>, String),
    /// `at(x, previous)`
    At(Box<Expression>, YearRef),
    /// `rank(x over D)`: 1 for the largest.
    Rank(Box<Expression>, String),
    /// `step(x, scale)`: the value of the last step not above x.
    Step(Box<Expression>, String),
}

/// A sign between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

impl Operator {
    /// Returns the sign as written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Power => "^",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }

    /// Returns whether the result is true or false.
    pub fn is_comparison(self) -> bool {
        self.binding() == 1
    }

    /// Returns how tightly the sign binds: comparison 1 … power 5.
    pub(super) fn binding(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 2,
            Self::Multiply | Self::Divide => 3,
            Self::Power => 5,
            _ => 1,
        }
    }
}

/// A pointwise function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Function {
    Min,
    Max,
    Clamp,
    Exp,
    Ln,
    Sqrt,
}

impl Function {
    /// Returns the function's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
            Self::Clamp => "clamp",
            Self::Exp => "exp",
            Self::Ln => "ln",
            Self::Sqrt => "sqrt",
        }
    }
}

/// A way to bring the values along one axis to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Reduction {
    Sum,
    Mean,
    Min,
    Max,
}

impl Reduction {
    /// Returns the reduction's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// A year other than the year of account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum YearRef {
    /// The year before.
    Previous,
    /// The base year of the profile.
    Base,
}

impl YearRef {
    /// Returns the word after `at`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Base => "base",
        }
    }
}
