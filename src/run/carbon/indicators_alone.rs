//! The indicators a plain energy balance gives, without a project.

use std::collections::BTreeSet;
use std::path::PathBuf;

use gep_core::diagnostic::Findings;
use gep_core::methodology::Methodology;

use super::books::{coal_equivalents, laws_of, method_set};
use super::dictionary::dictionary;
use super::facts::{add_imports, add_shares};
use crate::carbon::{Book, IndicatorNumber, NotClosed, Reach, close_balances, indicators};
use crate::source::carbon::read_balance;

/// What is asked of a balance.
#[derive(Clone, Debug)]
pub struct AloneRequest {
    /// The balance.
    pub balance: PathBuf,
    /// Another methodology than the program's own.
    pub methodology: Option<PathBuf>,
    /// The method set.
    pub method_set: String,
}

/// Computes the indicators of every region and year of a balance that it gives any input
/// of; those without any are left out.
///
/// # Errors
///
/// Findings of the file, an unknown method set.
pub fn indicators_of_balance(
    request: &AloneRequest,
) -> Result<(Vec<IndicatorNumber>, Vec<NotClosed>), Findings> {
    let methodology = match &request.methodology {
        Some(folder) => Methodology::open(folder)?,
        None => Methodology::bundled()?,
    };
    let set = method_set(&methodology, &request.method_set)?;
    let name = request
        .balance
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let rows = read_balance(&request.balance, &name, &dictionary(&methodology))?;
    let carbon = &methodology.carbon;
    let (lines, open) = close_balances(&rows, &carbon.balance, &coal_equivalents(&methodology));
    let mut book = Book::default();
    add_imports(&mut book, &lines);
    add_shares(&mut book, &lines, &carbon.balance);
    let places: BTreeSet<(String, u16)> = rows
        .iter()
        .map(|row| (row.region.clone(), row.year))
        .collect();
    let places: Vec<(String, u16)> = places.into_iter().collect();
    let laws = laws_of(
        &methodology,
        set,
        carbon.indicators.iter().map(|own| &own.method),
    )?;
    let numbers = indicators(&carbon.indicators, &laws, &book, &Reach::default(), &places)?;
    let touched = |own: &IndicatorNumber| {
        own.leaves
            .iter()
            .any(|leaf| leaf.place.contains(name.as_ref()))
    };
    Ok((numbers.into_iter().filter(touched).collect(), open))
}
