//! The plans: the only place that knows every stage.

/// Digest of the sources this program was built from (`build.rs`).
pub const SOURCES_DIGEST: &str = env!("GEP_SOURCES");

pub mod account;
mod checks;
pub mod crosswalk;
pub mod demo;
mod edition;
mod input_use;
mod inputs;
mod layers;
pub mod methodology;
mod objects;
mod publish;
mod ratios;
pub mod report;
mod rules;
mod titles;
pub mod zonal;
