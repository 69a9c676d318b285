//! Explains and proves the numbers of a finished run by another road: from the
//! tables as written, without the engine that wrote them.

mod explain;
mod explain_adjustments;
mod explain_carbon;
mod explain_carbon_text;
mod explain_condition;
mod explain_controls;
mod explain_crosswalk;
mod explain_equations;
mod explain_layers;
mod explain_numbers;
mod explain_objects;
mod explain_row;
mod explain_row_text;
mod explain_text;
mod explain_uncertainty;
mod explained;
mod find;
mod numbers;
mod recompute;
mod recompute_law;
mod tables;
mod verify;
mod verify_adjustments;
mod verify_bridge;
mod verify_carbon;
mod verify_change;
mod verify_combine;
mod verify_condition;
mod verify_controls;
mod verify_crosswalk;
mod verify_files;
mod verify_layers;
mod verify_lines;
mod verify_over_time;
mod verify_ratios;
mod verify_recut;
mod verify_rows;
mod verify_sums;

pub use explain_carbon::{CarbonExplanation, CarbonStep, explain_carbon, is_carbon};
pub use explain_carbon_text::carbon_explanation_text;
pub use explained::{Explained, explain, explanation_text};
pub use find::Question;
pub use verify::{Difference, Verification, verify, verify_with};
pub use verify_bridge::verify_bridge;
pub use verify_carbon::verify_carbon;
