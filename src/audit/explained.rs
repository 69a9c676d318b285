//! The one door of `gep explain`: a number of the account, a row of any other table with
//! numbers, or a number of a bridge.

use std::path::Path;

use gep_core::diagnostic::{Findings, Language};
use serde_json::{Value, json};

use super::explain::{Explanation, explain_account};
use super::explain_row::{RowExplanation, explain_bridge, explain_rows};
use super::explain_row_text::row_text;
use super::explain_text::account_text;
use super::find::Question;
use crate::output::BRIDGE;

/// What a question found.
#[derive(Clone, Debug)]
pub enum Explained {
    /// A number of the account.
    Account(Box<Explanation>),
    /// One row of another table, or all rows an item names.
    Rows(Vec<RowExplanation>),
}

/// Explains a number of the run, or of the bridge, in `folder`.
///
/// # Errors
///
/// If a table cannot be read, or the number is not there (exit 2).
pub fn explain(folder: &Path, question: &Question) -> Result<Explained, Findings> {
    if folder.join(BRIDGE.path()).is_file() {
        return explain_bridge(folder, question).map(Explained::Rows);
    }
    let not_found = match explain_account(folder, question) {
        Ok(own) => return Ok(Explained::Account(Box::new(own))),
        Err(findings) => findings,
    };
    // Objects and lines have rows of no region: `all` and `unassigned`.
    let elsewhere = [
        "explain-id-unknown",
        "explain-item-unknown",
        "explain-region-unknown",
    ];
    if !elsewhere.iter().any(|code| not_found.has(code)) {
        return Err(not_found);
    }
    match explain_rows(folder, question)? {
        rows if rows.is_empty() => Err(not_found),
        rows => Ok(Explained::Rows(rows)),
    }
}

/// Returns the explanation as a tree for people.
pub fn explanation_text(explained: &Explained, language: Language) -> String {
    match explained {
        Explained::Account(own) => account_text(own, language),
        Explained::Rows(rows) => rows.iter().map(|row| row_text(row, language)).collect(),
    }
}

impl Explained {
    /// Returns the explanation for programs: an object, or a list where an item names
    /// several rows.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Account(own) => own.to_json(),
            Self::Rows(rows) => match rows.as_slice() {
                [one] => one.to_json(),
                all => json!(all.iter().map(RowExplanation::to_json).collect::<Vec<_>>()),
            },
        }
    }
}
