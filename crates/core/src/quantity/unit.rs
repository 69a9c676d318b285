//! Dimensions with substance tags and price years, and units as exact scales.

use std::collections::BTreeMap;
use std::fmt;

use num_traits::{One, Zero};

use super::rational::{Rational, to_f64};

/// The base units of a quantity with their exponents: `kg[SO2]/m2` is
/// `{kg[SO2]: 1, m: -2}`.
///
/// Mass of two substances and money of two price years are different base units,
/// so neither adds to nor cancels against the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dimension(BTreeMap<String, i32>);

impl Dimension {
    /// Returns the dimension of a plain number.
    pub fn one() -> Self {
        Self::default()
    }

    /// Returns the dimension of one base unit, such as `m` or `kg[CO2]`.
    pub fn base(symbol: &str) -> Self {
        Self(BTreeMap::from([(symbol.to_owned(), 1)]))
    }

    /// Returns whether this is the dimension of a plain number.
    pub fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the base units and their exponents, in order.
    pub fn bases(&self) -> impl Iterator<Item = (&str, i32)> {
        self.0
            .iter()
            .map(|(symbol, exponent)| (symbol.as_str(), *exponent))
    }

    /// Returns the dimension of a product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        for (symbol, exponent) in &other.0 {
            *all.entry(symbol.clone()).or_default() += exponent;
        }
        all.retain(|_, exponent| *exponent != 0);
        Self(all)
    }

    /// Returns the dimension of a quotient.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        self.times(&other.power(-1))
    }

    /// Returns the dimension of an integer power.
    #[must_use]
    pub fn power(&self, exponent: i32) -> Self {
        Self(
            self.0
                .iter()
                .map(|(symbol, own)| (symbol.clone(), own.saturating_mul(exponent)))
                .filter(|(_, exponent)| *exponent != 0)
                .collect(),
        )
    }

    /// Returns the dimension of the square root, if every exponent is even.
    pub fn root(&self) -> Option<Self> {
        self.0.values().all(|exponent| exponent % 2 == 0).then(|| {
            let halves = self.0.iter();
            Self(halves.map(|(base, own)| (base.clone(), own / 2)).collect())
        })
    }

    /// Returns this dimension with base unit `plain` replaced by `tagged`.
    pub(super) fn retag(&self, plain: &str, tagged: &str) -> Self {
        let rename = |(base, exponent): (&String, &i32)| {
            let name = if base == plain { tagged } else { base };
            (name.to_owned(), *exponent)
        };
        Self(self.0.iter().map(rename).collect())
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_factors(out, &mut self.bases())
    }
}

/// Writes `a*b2/(c*d)`, or `1` for nothing.
fn write_factors(
    out: &mut fmt::Formatter<'_>,
    factors: &mut dyn Iterator<Item = (&str, i32)>,
) -> fmt::Result {
    let mut above = Vec::new();
    let mut below = Vec::new();
    for (symbol, exponent) in factors {
        let spelled = match exponent.abs() {
            1 => symbol.to_owned(),
            power @ 2..=3 if matches!(symbol, "m" | "km" | "hm") => format!("{symbol}{power}"),
            power => format!("{symbol}^{power}"),
        };
        if exponent > 0 {
            above.push(spelled);
        } else {
            below.push(spelled);
        }
    }
    let numerator = if above.is_empty() {
        "1".to_owned()
    } else {
        above.join("*")
    };
    match below.as_slice() {
        [] => write!(out, "{numerator}"),
        [one] => write!(out, "{numerator}/{one}"),
        many => write!(out, "{numerator}/({})", many.join("*")),
    }
}

/// A unit of measure: a dimension, an exact scale to its coherent unit, and the
/// spelling in which people know it.
#[derive(Clone, Debug)]
pub struct Unit {
    dimension: Dimension,
    scale: Rational,
    /// Zero except for a temperature scale such as `degC`.
    offset: Rational,
    factors: Vec<(String, i32)>,
}

impl Unit {
    /// Returns the unit of a plain number.
    pub fn one() -> Self {
        Self::coherent(&Dimension::one())
    }

    /// Returns the coherent unit of a dimension.
    pub fn coherent(dimension: &Dimension) -> Self {
        let factors = dimension
            .bases()
            .map(|(symbol, exponent)| (symbol.to_owned(), exponent));
        Self {
            dimension: dimension.clone(),
            scale: Rational::one(),
            offset: Rational::zero(),
            factors: factors.collect(),
        }
    }

    /// Creates the unit known as `symbol`.
    pub(super) fn named(
        symbol: String,
        dimension: Dimension,
        scale: Rational,
        offset: Rational,
    ) -> Self {
        Self {
            dimension,
            scale,
            offset,
            factors: vec![(symbol, 1)],
        }
    }

    /// Returns the dimension.
    pub fn dimension(&self) -> &Dimension {
        &self.dimension
    }

    /// Returns how many coherent units one of this unit is.
    pub fn scale(&self) -> &Rational {
        &self.scale
    }

    /// Returns the scale as the nearest `f64`, for values that are `f64` anyway.
    pub fn scale_f64(&self) -> f64 {
        to_f64(&self.scale)
    }

    /// Returns the coherent value of this unit's zero as `f64`: 273.15 for
    /// `degC`, otherwise 0.
    pub fn offset_f64(&self) -> f64 {
        to_f64(&self.offset)
    }

    /// Returns whether the unit's zero is not the quantity's zero (`degC`).
    pub fn is_offset(&self) -> bool {
        !self.offset.is_zero()
    }

    /// Returns whether the unit is of a plain number (`1`, `%`).
    pub fn is_plain(&self) -> bool {
        self.dimension.is_one()
    }

    /// Computes the coherent value of `value` given in this unit.
    pub fn to_coherent(&self, value: &Rational) -> Rational {
        value * &self.scale + &self.offset
    }

    /// Computes the value in this unit of a coherent `value`.
    pub fn from_coherent(&self, value: &Rational) -> Rational {
        (value - &self.offset) / &self.scale
    }

    /// Returns whether both measure the same kind of quantity.
    pub fn same_dimension(&self, other: &Self) -> bool {
        self.dimension == other.dimension
    }

    /// Returns the exact factor from this unit to `other`, if there is one.
    pub fn factor_to(&self, other: &Self) -> Option<Rational> {
        (self.same_dimension(other) && !self.is_offset() && !other.is_offset())
            .then(|| &self.scale / &other.scale)
    }

    /// Returns the unit of a product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        let mut factors = self.factors.clone();
        for (symbol, exponent) in &other.factors {
            match factors.iter_mut().find(|(own, _)| own == symbol) {
                Some((_, own)) => *own += exponent,
                None => factors.push((symbol.clone(), *exponent)),
            }
        }
        factors.retain(|(_, exponent)| *exponent != 0);
        Self {
            dimension: self.dimension.times(&other.dimension),
            scale: &self.scale * &other.scale,
            offset: Rational::zero(),
            factors,
        }
    }

    /// Returns the unit of a quotient.
    #[must_use]
    pub fn over(&self, other: &Self) -> Self {
        self.times(&other.power(-1))
    }

    /// Returns the unit of an integer power.
    #[must_use]
    pub fn power(&self, exponent: i32) -> Self {
        let factors = self.factors.iter();
        Self {
            dimension: self.dimension.power(exponent),
            scale: num_traits::Pow::pow(&self.scale, exponent),
            offset: Rational::zero(),
            factors: factors
                .map(|(symbol, own)| (symbol.clone(), own * exponent))
                .filter(|(_, exponent)| *exponent != 0)
                .collect(),
        }
    }

    /// Returns the coherent unit of the square root, if there is one.
    pub fn root(&self) -> Option<Self> {
        self.dimension.root().map(|half| Self::coherent(&half))
    }

    /// Returns whether the spelling is one bare symbol (`km2`, not `t/ha`).
    pub fn is_symbol(&self) -> bool {
        matches!(self.factors.as_slice(), [(_, 1)])
    }
}

/// Units are equal if they convert a number to the same quantity, however spelled.
impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        self.dimension == other.dimension
            && self.scale == other.scale
            && self.offset == other.offset
    }
}

impl Eq for Unit {}

impl fmt::Display for Unit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut factors = self
            .factors
            .iter()
            .map(|(symbol, exponent)| (symbol.as_str(), *exponent));
        write_factors(out, &mut factors)
    }
}
