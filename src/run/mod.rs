//! The plans: the only place that knows every stage.

/// Digest of the sources this program was built from (`build.rs`).
pub const SOURCES_DIGEST: &str = env!("GEP_SOURCES");

pub mod account;
mod assets;
mod base_run;
mod change;
mod change_objects;
pub mod check_book;
mod check_figures;
mod checks;
mod condition;
pub mod crosswalk;
pub mod demo;
mod edition;
mod input_use;
mod inputs;
mod layers;
pub mod methodology;
pub mod methodology_book;
pub mod methodology_show;
mod names;
mod objects;
mod opening;
mod over_time;
mod previous;
mod publish;
mod ratios;
pub mod report;
mod rules;
mod supply;
mod titles;
pub mod two_years;
pub mod zonal;
