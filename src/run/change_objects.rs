//! Object laws of two runs: the values of counties shared out to single objects.

use std::collections::BTreeMap;

use gep_core::quantity::{Rational, apportion};

use crate::account::{ALL_CLASSES, Amount, FenOf, ObjectAmount, ObjectKey, ObjectValue, ObjectsOf};
use crate::source::gdal::UNASSIGNED;

/// Amounts and single objects of one crossing.
pub struct Crossed {
    /// Values of counties.
    pub values: BTreeMap<String, FenOf>,
    /// Quantities and values of counties.
    pub amounts: Vec<Amount>,
    /// Numbers of single objects.
    pub objects: Vec<ObjectAmount>,
}

/// Shares the values of an indicator out to objects at all quantities and prices
/// (`[quantities][prices]`, 0 the base run). Nothing if the law gives no share of objects
/// by county that adds up to its quantity: there is then nothing to share by.
pub fn object_values(
    indicator: &str,
    crossings: [[&Crossed; 2]; 2],
    known: [&BTreeMap<String, Vec<String>>; 2],
) -> Option<ObjectsOf> {
    let there = |at: usize, (kind, object): &ObjectKey| {
        let ids = known[at].get(kind);
        ids.is_some_and(|ids| ids.binary_search(object).is_ok())
    };
    let zero = Rational::from_integer(0.into());
    let mut all = ObjectsOf::new();
    for (quantities, by_price) in crossings.into_iter().enumerate() {
        for (prices, crossed) in by_price.into_iter().enumerate() {
            let shares = shares(indicator, crossed)?;
            let values = crossed.values.get(indicator)?;
            for ((county, _), fen) in values {
                let Some(fen) = fen else {
                    continue;
                };
                let Some(own) = shares.get(county) else {
                    if *fen != 0 {
                        return None;
                    }
                    continue;
                };
                let weights: Vec<Rational> = own.values().cloned().collect();
                let parts = apportion(&(*fen).into(), &weights).ok()?;
                for ((object, weight), part) in own.iter().zip(parts) {
                    if *weight == zero {
                        continue;
                    }
                    let of = all.entry(county.clone()).or_default();
                    let value: &mut ObjectValue = of.entry(object.clone()).or_default();
                    value.fen[quantities][prices] = part.try_into().ok()?;
                    value.there = [there(0, object), there(1, object)];
                }
            }
        }
    }
    Some(all)
}

/// Quantities by county and object.
type Shares = BTreeMap<String, BTreeMap<ObjectKey, Rational>>;

/// The output of the law by object and county that adds up to its quantity.
fn shares(indicator: &str, crossed: &Crossed) -> Option<Shares> {
    let mut quantities: BTreeMap<&str, &Rational> = BTreeMap::new();
    let own = crossed.amounts.iter();
    for amount in own.filter(|own| own.key.indicator == indicator && !own.money) {
        if let (true, Some(value)) = (amount.key.class == ALL_CLASSES, &amount.value) {
            quantities.insert(&amount.key.region, value);
        }
    }
    let mut outputs: BTreeMap<&str, Shares> = BTreeMap::new();
    for own in crossed.objects.iter().filter(|own| {
        own.indicator == indicator && !own.kind.is_empty() && own.region != ALL_CLASSES
    }) {
        let Some(value) = own.value.clone().filter(|_| own.region != UNASSIGNED) else {
            continue;
        };
        let of = outputs.entry(&own.output).or_default();
        let of = of.entry(own.region.clone()).or_default();
        of.insert((own.kind.clone(), own.object.clone()), value);
    }
    let zero = Rational::from_integer(0.into());
    let fits = |shares: &Shares| {
        quantities.iter().all(|(county, quantity)| {
            let own = shares.get(*county);
            let sum: Rational = own.into_iter().flat_map(|own| own.values()).sum();
            sum == **quantity && own.is_none_or(|own| own.values().all(|own| *own >= zero))
        })
    };
    if outputs.is_empty() && quantities.values().all(|own| **own == zero) {
        return Some(Shares::new());
    }
    outputs.into_values().find(fits)
}
