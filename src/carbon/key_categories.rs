//! Key categories by level: the largest that together make up a stated share of the
//! total. Source: IPCC 2006, volume 1, chapter 4, approach 1.

use std::collections::BTreeMap;

use gep_core::quantity::Rational;

use super::inventory::EmissionRow;
use super::uncertainty::ItemSums;

/// A category of a region and year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCategory {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Category.
    pub category: String,
    /// Its place by size, from 1.
    pub rank: u64,
    /// Grams of CO2e.
    pub co2e_g: i128,
    /// Its share of the sum of absolute values.
    pub share: Rational,
    /// The share of it and all larger ones.
    pub cumulative: Rational,
    /// Whether it belongs to the largest that make up the threshold.
    pub key: bool,
    /// Uncertainty of its activity by error propagation, as a share; none if a row of it
    /// tells none.
    pub uncertainty: Option<Rational>,
}

/// Ranks the categories of each region and year.
pub fn key_categories<'a>(
    rows: impl Iterator<Item = &'a EmissionRow>,
    threshold: &Rational,
) -> Vec<KeyCategory> {
    let mut sums: BTreeMap<(String, u16), (BTreeMap<String, i128>, ItemSums)> = BTreeMap::new();
    for row in rows {
        let Some(grams) = row.co2e_g else {
            continue;
        };
        let place = sums.entry((row.region.clone(), row.year)).or_default();
        *place.0.entry(row.category.clone()).or_default() += grams;
        place.1.add(row);
    }
    let mut all = Vec::new();
    for ((region, year), (members, items)) in sums {
        all.extend(ranked(&region, year, (members, &items), threshold));
    }
    all
}

fn ranked(
    region: &str,
    year: u16,
    (members, items): (BTreeMap<String, i128>, &ItemSums),
    threshold: &Rational,
) -> Vec<KeyCategory> {
    let mut members: Vec<(String, i128)> = members.into_iter().collect();
    members.sort_by(|(a, one), (b, other)| {
        let size = |own: &i128| std::cmp::Reverse(own.unsigned_abs());
        size(one).cmp(&size(other)).then(a.cmp(b))
    });
    let whole: u128 = members.iter().map(|(_, own)| own.unsigned_abs()).sum();
    if whole == 0 {
        return Vec::new();
    }
    let mut cumulative = Rational::from_integer(0.into());
    let mut found = Vec::new();
    for (at, (category, co2e_g)) in members.into_iter().enumerate() {
        let share = Rational::new(co2e_g.unsigned_abs().into(), whole.into());
        let key = cumulative < *threshold && co2e_g != 0;
        cumulative += &share;
        let uncertainty = items.terms(Some(&category)).propagated();
        found.push(KeyCategory {
            region: region.to_owned(),
            year,
            category,
            rank: at as u64 + 1,
            co2e_g,
            share,
            cumulative: cumulative.clone(),
            key,
            uncertainty,
        });
    }
    found
}
