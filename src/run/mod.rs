//! The plans: the only place that knows every stage.

/// Digest of the sources this program was built from (`build.rs`).
pub const SOURCES_DIGEST: &str = env!("GEP_SOURCES");

pub mod account;
pub mod check_book;
mod check_figures;
mod checks;
pub mod crosswalk;
pub mod demo;
mod edition;
mod input_use;
mod inputs;
mod layers;
pub mod methodology;
mod objects;
mod previous;
mod publish;
mod ratios;
pub mod report;
mod titles;
pub mod zonal;
