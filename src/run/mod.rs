//! The plans: the only place that knows every stage.

/// Digest of the sources this program was built from (`build.rs`).
pub const SOURCES_DIGEST: &str = env!("GEP_SOURCES");

pub mod account;
mod adjustments;
mod assets;
mod base_run;
mod beside;
mod change;
pub mod check_book;
mod check_figures;
mod checks;
pub mod crosswalk;
pub mod demo;
mod denominators;
pub mod departments;
mod edition;
pub mod init;
mod init_regions;
mod init_text;
mod input_use;
mod inputs;
mod layers;
pub mod methodology;
pub mod methodology_book;
pub mod methodology_show;
mod objects;
mod opening;
mod over_time;
pub mod plan;
mod plan_text;
mod previous;
mod publish;
mod ratios;
pub mod report;
mod rules;
mod supply;
mod survey;
mod titles;
pub mod two_years;
pub mod zonal;
