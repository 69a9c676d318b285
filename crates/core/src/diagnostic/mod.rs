//! Findings: what is wrong, where, why, and what to do about it.
//!
//! A finding carries a code and named arguments, never a finished sentence: the
//! sentences live in the message catalogue (`messages/*.toml`), once in Chinese
//! and once in English, and a test proves that every code has both.

mod catalogue;
mod finding;

pub use catalogue::{Language, catalogue_codes};
pub use finding::{Finding, Findings, Severity};
