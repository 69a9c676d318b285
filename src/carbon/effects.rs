//! Rows of what series say of pairs of years.

use gep_core::quantity::Rational;

use super::decoupling::Decoupling;

/// What a factor adds to the change between two years.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Region code.
    pub region: String,
    /// `energy_mix` or `kaya`.
    pub identity: &'static str,
    /// The earlier year.
    pub from: i32,
    /// The later year.
    pub to: i32,
    /// The factor.
    pub factor: &'static str,
    /// Tonnes of carbon dioxide; the effects of a pair of years add up to their change.
    pub effect_t: Option<Rational>,
    /// By what the total is multiplied.
    pub multiplied_by: Option<f64>,
    /// The change of the total.
    pub change_t: Option<Rational>,
    /// What is missing.
    pub missing: String,
}

/// Decoupling of two years.
#[derive(Clone, Debug, PartialEq)]
pub struct DecouplingRow {
    /// Region code.
    pub region: String,
    /// The earlier year.
    pub from: i32,
    /// The later year.
    pub to: i32,
    /// Elasticity and class; none if something is missing.
    pub found: Option<Decoupling>,
    /// The prices of the output.
    pub prices: String,
    /// What is missing.
    pub missing: String,
}
