//! Checks on accounts, whoever computed them.

mod account_checks;

pub use account_checks::{AccountArea, AccountRow, Amount, check_account};
