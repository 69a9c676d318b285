//! The plans: the only place that knows every stage.

pub mod account;
mod inputs;
mod layers;
mod publish;
pub mod zonal;
