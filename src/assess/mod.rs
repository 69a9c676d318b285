//! Checks on accounts, whoever computed them.

mod account_checks;
mod columns;
mod evaluate;
mod examples;
mod figures;
mod findings;
mod rows;
mod waivers;

pub use account_checks::{AccountArea, AccountRow, Amount, check_account};
pub use evaluate::{Outcome, Verdict, limit_text, run_check};
pub use examples::{CheckTests, fires_on, test_checks};
pub use figures::{Figures, Silence, Territory};
pub use findings::fired_findings;
pub use waivers::apply_waivers;
