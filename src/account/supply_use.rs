//! The supply and use account in money: which ecosystem types supply a service, and
//! which sectors use it. Both sides of a number add to the same fen.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::quantity::{ApportionError, Rational, apportion};

use super::{ALL_CLASSES, FenOf, Region, ancestors, bases};

/// The supplier of a service whose law does not know ecosystem types.
pub const NOT_BY_TYPE: &str = "not_by_type";
/// The user of a service whose shares are not given.
pub const NOT_GIVEN: &str = "not_given";

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

/// Shares of the sectors, in the order of the sectors' words.
pub type UseShares = BTreeMap<String, Rational>;

/// Fen, and the counties without a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupplyUse {
    /// Nothing if no county has a number.
    pub fen: Option<i128>,
    /// Codes.
    pub missing: BTreeSet<String>,
}

/// Lays the values of one indicator out by supplier and user, county by county, and
/// adds them up to cities and the province. `values` are the finest rows of counties.
///
/// # Errors
///
/// If the shares are negative or all zero.
pub fn supply_use(
    indicator: &str,
    values: &FenOf,
    regions: &[Region],
    shares: Option<&UseShares>,
) -> Result<BTreeMap<SupplyUseKey, SupplyUse>, ApportionError> {
    let mut rows = BTreeMap::new();
    for county in bases(regions) {
        let own = |(key, fen): (&'_ (String, String), &Option<i128>)| {
            (key.0 == county.code).then(|| (key.1.clone(), *fen))
        };
        let suppliers: Vec<(String, Option<i128>)> = values.iter().filter_map(own).collect();
        let Some(whole) = whole_of(&suppliers) else {
            continue;
        };
        let line = ancestors(regions, &county.code);
        let mut add = |side, item: &str, fen: Option<i128>| {
            for region in &line {
                let key = (
                    (*region).to_string(),
                    indicator.to_string(),
                    side,
                    item.to_string(),
                );
                let sum: &mut SupplyUse = rows.entry(key).or_default();
                match fen {
                    Some(fen) => sum.fen = Some(sum.fen.unwrap_or(0) + fen),
                    None => {
                        sum.missing.insert(county.code.clone());
                    }
                }
            }
        };
        for (class, fen) in &suppliers {
            // A type without a number lies in the ground that coverage leaves out.
            if fen.is_some() || whole.is_none() {
                let all = class == ALL_CLASSES;
                add(Side::Supply, if all { NOT_BY_TYPE } else { class }, *fen);
            }
        }
        for (sector, fen) in users(whole, shares)? {
            add(Side::Use, sector, fen);
        }
    }
    Ok(rows)
}

/// The sum over types: nothing where a county has no row, a missing number where none
/// of its rows has one.
fn whole_of(suppliers: &[(String, Option<i128>)]) -> Option<Option<i128>> {
    let known = suppliers.iter().filter_map(|(_, fen)| *fen);
    let any = suppliers.iter().any(|(_, fen)| fen.is_some());
    (!suppliers.is_empty()).then(|| any.then(|| known.sum()))
}

fn users(
    whole: Option<i128>,
    shares: Option<&UseShares>,
) -> Result<Vec<(&str, Option<i128>)>, ApportionError> {
    let Some(shares) = shares else {
        return Ok(vec![(NOT_GIVEN, None)]);
    };
    let sectors = shares.keys().map(String::as_str);
    let Some(fen) = whole else {
        return Ok(sectors.map(|sector| (sector, None)).collect());
    };
    let weights: Vec<Rational> = shares.values().cloned().collect();
    let parts = apportion(&fen.into(), &weights)?;
    // A part is no larger than the whole, which fits.
    let parts = parts.into_iter().map(|part| i128::try_from(part).ok());
    Ok(sectors.zip(parts).collect())
}

#[cfg(test)]
mod tests {
    use super::super::RegionLevel;
    use super::*;

    fn regions() -> Vec<Region> {
        let region = |code: &str, level, parent: Option<&str>| Region {
            code: code.into(),
            level,
            parent: parent.map(String::from),
        };
        vec![
            region("p", RegionLevel::Province, None),
            region("a", RegionLevel::County, Some("p")),
            region("b", RegionLevel::County, Some("p")),
        ]
    }

    fn of(rows: &BTreeMap<SupplyUseKey, SupplyUse>, region: &str, item: &str) -> SupplyUse {
        let found = rows
            .iter()
            .find(|(key, _)| key.0 == region && key.3 == item);
        found.map(|(_, own)| own.clone()).unwrap_or_default()
    }

    /// County a: forest 7 and cropland 3 are 10 fen, of which two thirds, 6.67, go to
    /// households: 7 and 3. County b: 2 fen not by type, 1.33 and 0.67: 1 and 1.
    #[test]
    fn both_sides_add_to_the_same_fen_by_hand() {
        let key = |county: &str, class: &str| (county.to_string(), class.to_string());
        let values = FenOf::from([
            (key("a", "forest"), Some(7)),
            (key("a", "cropland"), Some(3)),
            (key("b", ALL_CLASSES), Some(2)),
        ]);
        let third = |number: i64| Rational::new(number.into(), 3.into());
        let shares = UseShares::from([
            ("government".into(), third(1)),
            ("households".into(), third(2)),
        ]);
        let rows = supply_use("water", &values, &regions(), Some(&shares)).expect("shares");
        let fen = |region, item| of(&rows, region, item).fen;
        assert_eq!(
            [fen("a", "households"), fen("a", "government")],
            [Some(7), Some(3)]
        );
        assert_eq!(
            [fen("b", "households"), fen("b", "government")],
            [Some(1), Some(1)]
        );
        assert_eq!(
            [fen("p", "households"), fen("p", "government")],
            [Some(8), Some(4)]
        );
        let supply = ["forest", "cropland", NOT_BY_TYPE].map(|item| fen("p", item));
        assert_eq!(supply, [Some(7), Some(3), Some(2)]);
    }

    /// A county without a number is named on both sides, users without shares are
    /// missing and no zero, and shares of nothing are refused.
    #[test]
    fn what_is_missing_stays_missing() {
        let key = |county: &str| (county.to_string(), "forest".to_string());
        let values = FenOf::from([(key("a"), Some(7)), (key("b"), None)]);
        let shares = UseShares::from([("households".into(), Rational::from_integer(1.into()))]);
        let rows = supply_use("water", &values, &regions(), Some(&shares)).expect("shares");
        let used = of(&rows, "p", "households");
        assert_eq!((used.fen, used.missing.len()), (Some(7), 1));
        assert_eq!(of(&rows, "p", "forest").missing.len(), 1);
        let rows = supply_use("water", &values, &regions(), None).expect("no shares");
        assert_eq!(of(&rows, "a", NOT_GIVEN).fen, None);
        let none = UseShares::from([("households".into(), Rational::from_integer(0.into()))]);
        assert!(supply_use("water", &values, &regions(), Some(&none)).is_err());
    }
}
