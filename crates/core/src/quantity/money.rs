//! Money: a whole number of fen.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use num_traits::ToPrimitive;

use super::rational::{Rational, quanta};

/// An amount of money in fen (0.01 yuan). Which year's yuan is told by the unit
/// of the column, never by the amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fen(pub i128);

/// The amount does not fit: more than 10^36 yuan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FenOverflow;

impl Fen {
    /// Computes the whole number of fen nearest to `yuan`, halves away from zero.
    ///
    /// # Errors
    ///
    /// If the amount does not fit into 128 bits.
    pub fn from_yuan(yuan: &Rational) -> Result<Self, FenOverflow> {
        quanta(yuan, &Rational::new(1.into(), 100.into()))
            .to_i128()
            .map(Self)
            .ok_or(FenOverflow)
    }

    /// Returns the amount in yuan, exactly.
    pub fn to_yuan(self) -> Rational {
        Rational::new(self.0.into(), 100.into())
    }

    /// Returns the sum, or nothing if it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl Add for Fen {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Fen {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Fen {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Sum for Fen {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(out, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rational::parse_decimal;
    use super::*;

    /// Yuan become fen by one rounding, halves away from zero.
    #[test]
    fn yuan_round_once() {
        let fen = |text: &str| Fen::from_yuan(&parse_decimal(text).expect("a number"));
        assert_eq!(fen("12.345"), Ok(Fen(1235)));
        assert_eq!(fen("-0.005"), Ok(Fen(-1)));
        assert_eq!(fen("1e40"), Err(FenOverflow));
        assert_eq!(Fen(-7).to_string(), "-0.07");
        assert_eq!(Fen(123_456).to_string(), "1234.56");
        assert_eq!([Fen(1), Fen(2)].into_iter().sum::<Fen>(), Fen(3));
    }
}
