//! Parameters that the pass over rasters reads, at the low and the high end of their
//! distribution: one more pass for each end, everything else as in the account.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::diagnostic::{Finding, Findings};
use gep_core::methodology::{Methodology, RowKey};
use gep_core::quantity::{Rational, format_exact, from_f64_15, parse_decimal, to_f64};

use super::account::{AccountRequest, Prepared, evaluate_counties, region_tree};
use super::objects::measure;
use super::rules::totals;
use super::uncertainty::{DrawTerms, DrawnAccount, row_value, spread};
use crate::account::{Amount, Rollup, roll_up};
use crate::output::BoundedAmount;

/// Runs the passes and returns what they make of every amount of `gep` they move.
/// `own` is the account's.
///
/// # Errors
///
/// If the project asks for no intervals; all that a run refuses.
pub(super) fn bounds(
    prepared: &Prepared,
    request: &AccountRequest,
    own: &[Amount],
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Vec<BoundedAmount>, Findings> {
    let Some(terms) = &prepared.uncertainty else {
        let file = prepared.project.path.display();
        return Err(Finding::error("uncertainty-bounds-terms")
            .file(file)
            .exit(2)
            .into());
    };
    let indicators = prepared.indicators();
    let account = DrawnAccount {
        methodology: &prepared.methodology,
        profile: &prepared.profile,
        laws: &prepared.laws,
        amounts: &[],
        combined: &[],
        totals: own,
        regions: &[],
        indicators: &indicators,
    };
    let mut found = Vec::new();
    for (id, row, distribution) in account.raster_rows()? {
        let Some(spread) = spread(distribution, &row_value(&row)) else {
            continue;
        };
        let [low, high] = tails(terms).map(|share| from_f64_15(spread.quantile(share)));
        let Some((low, high)) = low.zip(high) else {
            continue;
        };
        let key: RowKey = (row.file.clone(), row.keys.clone());
        let at = |value: &Rational| {
            let other = with_value(&prepared.methodology, &key, value);
            amounts_with(request, other, progress)
        };
        let (at_low, at_high) = (at(&low)?, at(&high)?);
        let ends = [
            format_exact(&low),
            row.spelling.clone(),
            format_exact(&high),
        ];
        found.extend(moved(own, &at_low, &at_high, &id, &ends));
    }
    Ok(found)
}

/// The shares below which the two ends of a central interval lie.
fn tails(terms: &DrawTerms) -> [f64; 2] {
    let share = parse_decimal(&terms.interval).unwrap_or_default();
    let half = Rational::from_integer(2.into());
    let one = Rational::from_integer(1.into());
    let low = (&one - share) / half;
    [to_f64(&low), to_f64(&(one - low))]
}

fn with_value(methodology: &Methodology, key: &RowKey, value: &Rational) -> Methodology {
    let mut other = methodology.clone();
    if let Some(table) = other.tables.get_mut(&key.0) {
        for row in table.rows.iter_mut().filter(|row| row.keys == key.1) {
            row.value = Some(value.clone());
            row.spelling = format_exact(value);
        }
    }
    other
}

type Fen = BTreeMap<(String, String), Option<i128>>;

fn amounts_with(
    request: &AccountRequest,
    methodology: Methodology,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Fen, Findings> {
    let (profile, crosswalk) = (request.profile.as_deref(), request.crosswalk.as_deref());
    let mut prepared = Prepared::open_from(&request.project, methodology, profile, crosswalk)?;
    let table = prepared.pass(request.tile, progress)?;
    let ground = prepared.gather(&table);
    measure(&mut prepared, &table);
    let (counties, _) = evaluate_counties(&mut prepared, &ground)?;
    let regions = region_tree(&prepared.regions);
    let amounts = roll_up(counties, &Rollup { regions: &regions });
    Ok(fen_of(&totals(&prepared, &amounts, &regions).totals))
}

fn fen_of(totals: &[Amount]) -> Fen {
    let key = |own: &Amount| (own.key.region.clone(), own.key.indicator.clone());
    totals.iter().map(|own| (key(own), own.fen())).collect()
}

/// The amounts that either end moves.
fn moved(
    own: &[Amount],
    at_low: &Fen,
    at_high: &Fen,
    id: &str,
    ends: &[String; 3],
) -> Vec<BoundedAmount> {
    let of = |all: &Fen, key: &(String, String)| all.get(key).copied().flatten();
    let own = fen_of(own);
    let row = |(key, central): (&(String, String), &Option<i128>)| {
        let [low, high] = [of(at_low, key), of(at_high, key)];
        let same = low == *central && high == *central;
        let (region, item) = key.clone();
        (!same).then(|| BoundedAmount {
            region,
            item,
            parameter: id.to_string(),
            ends: ends.clone(),
            fen: [low, *central, high],
        })
    };
    own.iter().filter_map(row).collect()
}

/// Names of the parameters that were bounded.
pub(super) fn bounded(bounds: &[BoundedAmount]) -> BTreeSet<String> {
    bounds.iter().map(|own| own.parameter.clone()).collect()
}
