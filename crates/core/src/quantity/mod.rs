//! Exact numbers: rationals, rounding, money, apportionment, and units with
//! substance tags. Nothing here knows a word of the domain.
//!
//! A quantity is stored *coherent*: as an exact [`Rational`] in the base units
//! of its dimension. [`Unit::to_coherent`] converts on the way in and
//! [`Unit::from_coherent`] on the way out, so that `mm * m2` prints in `m3`
//! without a written factor of a thousand.

mod apportion;
mod money;
mod rational;
mod registry;
mod unit;

pub use apportion::{ApportionError, apportion, apportion_at};
pub use money::{Fen, FenOverflow};
pub use rational::{
    Rational, format_decimal, format_exact, from_f64_15, is_integer_multiple, parse_decimal,
    quanta, round_to, to_f64,
};
pub use registry::{UnitError, UnitRegistry, nearest, symbol_length};
pub use unit::{Dimension, Unit};
