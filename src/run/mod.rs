//! The plans: the only place that knows every stage.

pub mod account;
pub mod base_run;
pub mod change;
mod checks;
pub mod demo;
mod inputs;
mod layers;
pub mod methodology;
mod publish;
pub mod report;
mod titles;
pub mod zonal;
