//! Key categories by level: the largest that together make up a stated share of the
//! total. Source: IPCC 2006, volume 1, chapter 4, approach 1.

use std::collections::BTreeMap;

use gep_core::methodology::EmissionCategory;
use gep_core::quantity::{Rational, from_f64_15, to_f64};

use super::inventory::Inventory;
use crate::statistics::{Term, sum_uncertainty};

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

/// What is known of a category.
#[derive(Default)]
struct Sum {
    co2e_g: i128,
    terms: Option<Vec<Term>>,
    rows: usize,
}

/// Ranks the categories of the totals; memo items and indirect ones stand outside.
pub fn key_categories(
    inventory: &Inventory,
    categories: &BTreeMap<String, EmissionCategory>,
    threshold: &Rational,
) -> Vec<KeyCategory> {
    let mut sums: BTreeMap<(String, u16), BTreeMap<String, Sum>> = BTreeMap::new();
    for row in &inventory.rows {
        let counts = categories
            .get(&row.category)
            .is_some_and(|own| !own.memo && !own.indirect);
        let (true, Some(grams)) = (counts, row.co2e_g) else {
            continue;
        };
        let place = sums.entry((row.region.clone(), row.year)).or_default();
        let sum = place.entry(row.category.clone()).or_default();
        sum.co2e_g += grams;
        sum.rows += 1;
        let known = row.uncertainty.as_ref().map(|own| Term {
            value: to_f64(&Rational::from_integer(grams.into())),
            uncertainty: to_f64(own),
        });
        // A row that does not occur has no uncertainty to tell.
        let known = known.or((grams == 0).then_some(Term {
            value: 0.0,
            uncertainty: 0.0,
        }));
        sum.terms = match (sum.terms.take(), known, sum.rows) {
            (None, Some(term), 1) => Some(vec![term]),
            (Some(mut terms), Some(term), _) => {
                terms.push(term);
                Some(terms)
            }
            _ => None,
        };
    }
    let mut all = Vec::new();
    for ((region, year), members) in sums {
        all.extend(ranked(&region, year, members, threshold));
    }
    all
}

fn ranked(
    region: &str,
    year: u16,
    members: BTreeMap<String, Sum>,
    threshold: &Rational,
) -> Vec<KeyCategory> {
    let mut members: Vec<(String, Sum)> = members.into_iter().collect();
    members.sort_by(|(a, one), (b, other)| {
        let size = |own: &Sum| std::cmp::Reverse(own.co2e_g.unsigned_abs());
        size(one).cmp(&size(other)).then(a.cmp(b))
    });
    let whole: u128 = members
        .iter()
        .map(|(_, own)| own.co2e_g.unsigned_abs())
        .sum();
    if whole == 0 {
        return Vec::new();
    }
    let mut cumulative = Rational::from_integer(0.into());
    let mut found = Vec::new();
    for (at, (category, sum)) in members.into_iter().enumerate() {
        let share = Rational::new(sum.co2e_g.unsigned_abs().into(), whole.into());
        let key = cumulative < *threshold && sum.co2e_g != 0;
        cumulative += &share;
        let uncertainty = sum
            .terms
            .as_ref()
            .and_then(|terms| sum_uncertainty(terms).ok());
        found.push(KeyCategory {
            region: region.to_owned(),
            year,
            category,
            rank: at as u64 + 1,
            co2e_g: sum.co2e_g,
            share,
            cumulative: cumulative.clone(),
            key,
            uncertainty: uncertainty.and_then(from_f64_15),
        });
    }
    found
}
