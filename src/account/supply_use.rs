//! The supply and use account in money: which ecosystem types supply a service, and
//! which sectors use it. Both sides of an indicator add to the same fen.

use std::collections::BTreeMap;

use gep_core::quantity::{ApportionError, Fen, Rational, apportion};

use super::{ALL_CLASSES, Amount, AmountKey, Region, State};

/// The supplier of a service whose law does not know ecosystem types.
pub const NOT_BY_TYPE: &str = "not_by_type";

/// Side of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// By ecosystem type.
    Supply,
    /// By sector.
    Use,
}

impl Side {
    /// Returns the word of tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Supply => "supply",
            Self::Use => "use",
        }
    }
}

/// Region, indicator, side, and ecosystem type or sector.
pub type SupplyUseKey = (String, String, Side, String);

/// Shares of the sectors by indicator, in the order of the sectors' words.
pub type UseShares = BTreeMap<String, BTreeMap<String, Rational>>;

/// Lays the values of counties out by supplier and user, and adds them up to their
/// parents. A value that is not there has no rows, an indicator without shares has
/// no users.
///
/// # Errors
///
/// The indicator whose shares are negative or all zero.
pub fn supply_use(
    values: &[Amount],
    regions: &[Region],
    shares: &UseShares,
) -> Result<BTreeMap<SupplyUseKey, i128>, String> {
    let mut rows = BTreeMap::new();
    let counties = values
        .iter()
        .filter(|amount| is_county(regions, amount) && amount.money)
        .filter_map(|amount| Some((&amount.key, fen_of(amount)?)));
    let by_type: std::collections::BTreeSet<(&str, &str)> = counties
        .clone()
        .filter(|(key, _)| key.class != ALL_CLASSES)
        .map(|(key, _)| (key.region.as_str(), key.indicator.as_str()))
        .collect();
    for (key, fen) in counties {
        let whole = key.class == ALL_CLASSES;
        let own = (key.region.as_str(), key.indicator.as_str());
        if !whole {
            add(&mut rows, regions, key, (Side::Supply, &key.class), fen);
        } else if !by_type.contains(&own) {
            add(&mut rows, regions, key, (Side::Supply, NOT_BY_TYPE), fen);
        }
        let Some(sectors) = shares.get(&key.indicator).filter(|_| whole) else {
            continue;
        };
        for (sector, fen) in used(fen, sectors).map_err(|_| key.indicator.clone())? {
            add(&mut rows, regions, key, (Side::Use, sector), fen);
        }
    }
    Ok(rows)
}

fn used(
    fen: i128,
    sectors: &BTreeMap<String, Rational>,
) -> Result<Vec<(&str, i128)>, ApportionError> {
    let weights: Vec<Rational> = sectors.values().cloned().collect();
    let parts = apportion(&fen.into(), &weights)?;
    let parts = sectors.keys().zip(parts);
    Ok(parts
        .filter_map(|(sector, part)| Some((sector.as_str(), i128::try_from(part).ok()?)))
        .collect())
}

fn is_county(regions: &[Region], amount: &Amount) -> bool {
    let region = regions.iter().find(|one| one.code == amount.key.region);
    region.is_some_and(|region| region.level == super::RegionLevel::County)
}

/// Returns a computed value in fen.
pub fn fen_of(amount: &Amount) -> Option<i128> {
    let value = amount
        .value
        .as_ref()
        .filter(|_| amount.state == State::Computed)?;
    Fen::from_yuan(value).ok().map(|fen| fen.0)
}

fn add(
    rows: &mut BTreeMap<SupplyUseKey, i128>,
    regions: &[Region],
    key: &AmountKey,
    (side, item): (Side, &str),
    fen: i128,
) {
    for region in super::ancestors(regions, &key.region) {
        let at = (
            region.to_string(),
            key.indicator.clone(),
            side,
            item.to_string(),
        );
        *rows.entry(at).or_default() += fen;
    }
}
