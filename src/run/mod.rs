//! The plans: the only place that knows every stage.

pub mod account;
pub mod demo;
mod inputs;
mod layers;
pub mod methodology;
mod publish;
pub mod zonal;
