//! The plans: the only place that knows every stage.

pub mod account;
pub mod demo;
mod inputs;
mod layers;
mod publish;
pub mod report;
mod titles;
pub mod zonal;
