//! The plans: the only place that knows every stage.

/// Digest of the sources this program was built from (`build.rs`).
pub const SOURCES_DIGEST: &str = env!("GEP_SOURCES");

pub mod account;
mod aggregates;
mod assets;
mod base_run;
pub mod bridge;
pub mod bridge_show;
mod change;
pub mod check_book;
mod check_figures;
mod checks;
pub mod coverage;
pub mod coverage_show;
pub mod crosswalk;
mod crosswalk_table;
pub mod demo;
mod edition;
mod input_use;
mod inputs;
mod layers;
pub mod methodology;
pub mod methodology_book;
pub mod methodology_diff;
pub mod methodology_show;
pub mod mutants;
mod objects;
mod opening;
mod over_time;
mod previous;
mod publish;
mod ratios;
pub mod report;
mod revalue;
mod rules;
mod supply;
mod titles;
pub mod two_years;
pub mod zonal;
