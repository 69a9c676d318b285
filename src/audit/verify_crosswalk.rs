//! Level 2: no number of a law that sums over cells has a better status than the weakest
//! row of the crosswalk.

use std::collections::BTreeSet;

use super::numbers::Number;
use super::tables::Table;
use super::verify::{Books, Ledger};
use super::verify_rows::key_of;

/// From the lowest.
const STATUSES: [&str; 4] = ["synthetic", "provisional", "transcribed", "verified"];

fn rank(status: &str) -> Option<usize> {
    STATUSES.iter().position(|own| *own == status)
}

/// Compares the statuses of quantities and values with the crosswalk's.
pub(super) fn check_crosswalk(books: &Books<'_>, crosswalk: &Table, ledger: &mut Ledger) {
    let rows = 0..crosswalk.rows();
    // A status nobody knows proves nothing: it bounds as the lowest.
    let ranks = rows.map(|row| rank(crosswalk.text("status", row)).unwrap_or(0));
    let Some(most) = ranks.min() else { return };
    let ids = (0..books.totals.rows()).map(|row| books.totals.text("total_id", row));
    let over_cells: BTreeSet<&str> = ids.filter_map(|id| id.split('.').next()).collect();
    let numbers: [&[Number<'_>]; 2] = [&books.physical, &books.value];
    for number in numbers.into_iter().flatten() {
        if !over_cells.contains(number.indicator) {
            continue;
        }
        ledger.count("crosswalk-status", 1);
        if rank(number.status).is_none_or(|own| own > most) {
            let key = key_of(number);
            let expected = STATUSES[most];
            ledger.differ(
                "verify-status-crosswalk",
                number.table,
                key,
                expected,
                number.status,
            );
        }
    }
}
