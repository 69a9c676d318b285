//! The generic checks, asked of every region's account of a run.

use gep_core::diagnostic::Finding;
use gep_core::quantity::Rational;

use super::account::Prepared;
use crate::account::{ALL_CLASSES, Amount};
use crate::assess::{AccountArea, AccountRow, Amount as Printed, check_account};

/// Checks the account of each region; a finding names its region.
pub fn check_regions_accounts(prepared: &Prepared, amounts: &[Amount]) -> Vec<Finding> {
    let mut regions: Vec<&str> = amounts
        .iter()
        .map(|amount| amount.key.region.as_str())
        .collect();
    regions.dedup();
    regions
        .into_iter()
        .flat_map(|region| {
            let rows = rows_of(amounts, region);
            let found = check_account(&prepared.methodology, &rows, &AccountArea::default());
            found.into_iter().map(move |finding| finding.file(region))
        })
        .collect()
}

/// One row an indicator: its value, with the quantity of the same indicator.
fn rows_of(amounts: &[Amount], region: &str) -> Vec<AccountRow> {
    let own = |money: bool| {
        amounts.iter().filter(move |amount| {
            amount.key.region == region && amount.key.class == ALL_CLASSES && amount.money == money
        })
    };
    own(true)
        .filter_map(|value| {
            let quantity = own(false).find(|amount| {
                amount.key.indicator == value.key.indicator && amount.key.output == "quantity"
            });
            Some(AccountRow {
                indicator: value.key.indicator.clone(),
                item: value.key.output.clone(),
                quantity: quantity.and_then(printed),
                price: None,
                value: printed(value)?,
            })
        })
        .collect()
}

fn printed(amount: &Amount) -> Option<Printed> {
    Some(Printed {
        number: amount.value.clone()?,
        last_digit: Rational::new(1.into(), 1_000_000.into()),
        scale: Rational::from_integer(1.into()),
        unit: amount.unit.clone(),
    })
}
