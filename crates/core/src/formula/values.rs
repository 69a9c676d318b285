//! Values along named axes, as rows are evaluated on them.

use std::collections::BTreeMap;

use crate::quantity::Rational;

use super::domain::{Axis, Domain};

/// One value in coherent units, or the state of having none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Should be there and is not. It spreads to everything computed from it.
    Missing,
    /// The question does not arise (a class outside the scope of a service).
    /// Sums, means and shares pass over it; any other operation with it is not
    /// applicable either.
    NotApplicable,
    /// An exact number.
    Exact(Rational),
}

impl Value {
    /// Returns the number, if there is one.
    pub fn number(&self) -> Option<&Rational> {
        match self {
            Self::Exact(number) => Some(number),
            _ => None,
        }
    }
}

impl From<Rational> for Value {
    fn from(number: Rational) -> Self {
        Self::Exact(number)
    }
}

/// The labels along each axis, in the order of codes; this order breaks ties.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels(BTreeMap<Axis, Vec<String>>);

impl Labels {
    /// Creates labels for no axis.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the labels along one axis.
    #[must_use]
    pub fn with<I: IntoIterator<Item = S>, S: Into<String>>(
        mut self,
        axis: Axis,
        labels: I,
    ) -> Self {
        self.0
            .insert(axis, labels.into_iter().map(Into::into).collect());
        self
    }

    /// Returns the labels along an axis; none if the axis is not there.
    pub fn of(&self, axis: &Axis) -> &[String] {
        self.0.get(axis).map_or(&[], Vec::as_slice)
    }

    /// Returns whether the axis is there.
    pub fn has(&self, axis: &Axis) -> bool {
        self.0.contains_key(axis)
    }
}

/// Values over a domain, the last axis running fastest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Array {
    domain: Domain,
    shape: Vec<usize>,
    values: Vec<Value>,
}

impl Array {
    /// Returns an array of one value.
    pub fn single(value: impl Into<Value>) -> Self {
        Self {
            domain: Domain::single(),
            shape: Vec::new(),
            values: vec![value.into()],
        }
    }

    /// Returns an array whose values are all missing, to be filled with
    /// [`Array::set`].
    pub fn missing(domain: &Domain, labels: &Labels) -> Self {
        let shape: Vec<usize> = domain.axes().map(|axis| labels.of(axis).len()).collect();
        let values = vec![Value::Missing; shape.iter().product()];
        Self {
            domain: domain.clone(),
            shape,
            values,
        }
    }

    /// Returns an array of the values that `value` gives for each list of labels
    /// (one per axis, in the order of the domain).
    pub fn from_fn(
        domain: &Domain,
        labels: &Labels,
        mut value: impl FnMut(&[&str]) -> Value,
    ) -> Self {
        let mut array = Self::missing(domain, labels);
        for at in 0..array.values.len() {
            let names = array.labels_at(at, labels);
            array.values[at] = value(&names);
        }
        array
    }

    /// Returns the labels of the value at a position.
    pub fn labels_at<'l>(&self, at: usize, labels: &'l Labels) -> Vec<&'l str> {
        let positions = self.positions(at);
        let axes = self.domain.axes().zip(positions);
        axes.map(|(axis, position)| labels.of(axis)[position].as_str())
            .collect()
    }

    fn positions(&self, mut at: usize) -> Vec<usize> {
        let mut positions = vec![0; self.shape.len()];
        for (position, length) in positions.iter_mut().zip(&self.shape).rev() {
            *position = at % length;
            at /= length;
        }
        positions
    }

    /// Sets the value at the given labels (one per axis, in the order of the
    /// domain); returns whether there is such a place.
    pub fn set(&mut self, labels: &Labels, at: &[&str], value: impl Into<Value>) -> bool {
        match self.index(labels, at) {
            Some(index) => {
                self.values[index] = value.into();
                true
            }
            None => false,
        }
    }

    /// Returns the value at the given labels, if there is such a place.
    pub fn get(&self, labels: &Labels, at: &[&str]) -> Option<&Value> {
        self.index(labels, at).map(|index| &self.values[index])
    }

    fn index(&self, labels: &Labels, at: &[&str]) -> Option<usize> {
        if at.len() != self.shape.len() {
            return None;
        }
        let mut index = 0;
        for (axis, name) in self.domain.axes().zip(at) {
            let labels = labels.of(axis);
            index = index * labels.len() + labels.iter().position(|label| label == name)?;
        }
        Some(index)
    }

    /// Returns the domain.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Returns the values, the last axis running fastest.
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns the number of labels along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns whether the array has the shape the labels ask for.
    pub(super) fn fits(&self, labels: &Labels) -> bool {
        self.domain
            .axes()
            .zip(&self.shape)
            .all(|(axis, length)| labels.of(axis).len() == *length)
    }

    pub(super) fn from_values(domain: Domain, labels: &Labels, values: Vec<Value>) -> Self {
        let shape: Vec<usize> = domain.axes().map(|axis| labels.of(axis).len()).collect();
        assert_eq!(
            values.len(),
            shape.iter().product::<usize>(),
            "one value per place"
        );
        Self {
            domain,
            shape,
            values,
        }
    }
}

/// The steps of a scale: the value from each bound upwards, bounds rising.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scale(Vec<(Rational, Rational)>);

impl Scale {
    /// Creates a scale from (lower bound, value), or nothing if there is no step
    /// or the bounds do not rise.
    pub fn new(steps: Vec<(Rational, Rational)>) -> Option<Self> {
        let rising = steps.windows(2).all(|pair| pair[0].0 < pair[1].0);
        (rising && !steps.is_empty()).then_some(Self(steps))
    }

    /// Returns the value of the last step whose bound is not above `x`.
    pub fn value(&self, x: &Rational) -> Option<&Rational> {
        let above = self.0.partition_point(|(bound, _)| bound <= x);
        above.checked_sub(1).map(|at| &self.0[at].1)
    }
}

/// The scales of a name over its domain (one for each indicator, say).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scales {
    /// Over what the scale varies.
    pub domain: Domain,
    /// One scale per place, the last axis running fastest; none where missing.
    pub scales: Vec<Option<Scale>>,
}

/// The labels of the years a formula may read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Years {
    /// The year of account.
    pub current: String,
    /// The year before, if it is known.
    pub previous: Option<String>,
    /// The base year, if there is one.
    pub base: Option<String>,
}

/// Everything rows are computed from. Values are coherent: callers convert with
/// [`Unit::to_coherent`](crate::quantity::Unit::to_coherent).
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// The labels along each axis.
    pub labels: Labels,
    /// The years; needed only if a name varies by year.
    pub years: Years,
    /// The values of every declared name that is read outside `total`.
    pub values: BTreeMap<String, Array>,
    /// The scales of every declared scale.
    pub scales: BTreeMap<String, Scales>,
    /// The results of the totals, by id, over zone, class and the total's own
    /// axes (with a year axis where a total is read at another year).
    pub totals: BTreeMap<String, Array>,
}
