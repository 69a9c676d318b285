//! The plans: the only place that knows every stage.

pub mod account;
mod checks;
pub mod demo;
mod edition;
mod inputs;
mod layers;
pub mod methodology;
mod publish;
pub mod report;
mod titles;
pub mod zonal;
