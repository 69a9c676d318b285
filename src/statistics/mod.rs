//! Statistics that know nothing of accounts: how a change is shared among its
//! causes.

mod shapley;

pub use shapley::{closing, shapley};
