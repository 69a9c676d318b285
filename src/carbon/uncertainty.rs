//! How uncertain totals of the inventory are, from what the activity data tell: by error
//! propagation and by drawing. Source: IPCC 2006, volume 1, chapter 3, approaches 1 and 2.
//!
//! Emissions of one item of a category follow from one activity: whatever moves it moves
//! all its gases together, so their half widths are added. Items are taken for
//! independent. Factors tell no uncertainty and add none.

use std::collections::{BTreeMap, BTreeSet};

use gep_core::quantity::{Rational, from_f64_15, to_f64};

use super::inventory::EmissionRow;
use crate::statistics::{Combination, Term, simulate, sum_uncertainty};

/// Terms of a drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Seed of the counted generator.
    pub seed: u64,
    /// Number of draws.
    pub draws: usize,
}

/// The uncertainty of the direct emissions of a region and year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalUncertainty {
    /// Region code.
    pub region: String,
    /// Year.
    pub year: u16,
    /// Grams of CO2e.
    pub co2e_g: i128,
    /// Grams of the items whose activity tells an uncertainty, without sign.
    pub told_g: i128,
    /// Grams of all items, without sign.
    pub whole_g: i128,
    /// Categories with an item that tells none.
    pub without: BTreeSet<String>,
    /// Half the width of the 95 % interval as a share of the total, by propagation; none
    /// if an item tells none.
    pub propagated: Option<Rational>,
    /// The same by drawing.
    pub drawn: Option<Rational>,
}

/// What one item of a category emits, all gases.
#[derive(Clone, Debug, Default)]
struct ItemSum {
    co2e_g: i128,
    /// Half width of the 95 % interval, grams; none if a row tells none.
    half_width_g: Option<Rational>,
    rows: usize,
}

/// Emissions by category and item.
#[derive(Clone, Debug, Default)]
pub(super) struct ItemSums {
    items: BTreeMap<(String, String), ItemSum>,
}

impl ItemSums {
    /// Adds the emission of a row, if it is known.
    pub(super) fn add(&mut self, row: &EmissionRow) {
        let Some(grams) = row.co2e_g else {
            return;
        };
        let key = (row.category.clone(), row.item.clone());
        let sum = self.items.entry(key).or_default();
        sum.co2e_g += grams;
        sum.rows += 1;
        let own = row.uncertainty.as_ref().map(|share| {
            let size = Rational::from_integer(grams.unsigned_abs().into());
            share * size
        });
        // What does not occur has no uncertainty to tell.
        let own = own.or((grams == 0).then(|| Rational::from_integer(0.into())));
        sum.half_width_g = match (sum.half_width_g.take(), own, sum.rows) {
            (None, own, 1) => own,
            (Some(so_far), Some(own), _) => Some(so_far + own),
            _ => None,
        };
    }

    /// Returns the sum of a category, or of all.
    pub(super) fn terms(&self, category: Option<&str>) -> ItemTerms {
        let mut found = ItemTerms::default();
        for ((own, _), sum) in &self.items {
            if category.is_some_and(|wanted| wanted != own) {
                continue;
            }
            let size = sum.co2e_g.unsigned_abs();
            found.whole_g += size as i128;
            let Some(half_width) = &sum.half_width_g else {
                found.without.insert(own.clone());
                continue;
            };
            found.told_g += size as i128;
            if sum.co2e_g == 0 {
                continue;
            }
            found.terms.push(Term {
                value: sum.co2e_g as f64,
                uncertainty: to_f64(half_width) / size as f64,
            });
        }
        found
    }
}

/// The items of a sum, and those that tell no uncertainty.
#[derive(Clone, Debug, Default)]
pub(super) struct ItemTerms {
    terms: Vec<Term>,
    told_g: i128,
    whole_g: i128,
    without: BTreeSet<String>,
}

impl ItemTerms {
    /// Half the width of the 95 % interval by propagation; nothing if an item tells none.
    pub(super) fn propagated(&self) -> Option<Rational> {
        let known = self.without.is_empty().then_some(&self.terms)?;
        from_f64_15(sum_uncertainty(known).ok()?)
    }

    fn drawn(&self, draws: Draws) -> Option<Rational> {
        let known = self.without.is_empty().then_some(&self.terms)?;
        let found = simulate(known, Combination::Sum, draws.seed, draws.draws).ok()?;
        from_f64_15(found.uncertainty)
    }
}

/// Tells how uncertain the emissions of each region and year are.
pub fn total_uncertainties<'a>(
    rows: impl Iterator<Item = &'a EmissionRow>,
    draws: Draws,
) -> Vec<TotalUncertainty> {
    let mut sums: BTreeMap<(String, u16), (ItemSums, i128)> = BTreeMap::new();
    for row in rows {
        if let Some(grams) = row.co2e_g {
            let sum = sums.entry((row.region.clone(), row.year)).or_default();
            sum.0.add(row);
            sum.1 += grams;
        }
    }
    let told = |((region, year), (items, co2e_g)): ((String, u16), (ItemSums, i128))| {
        let terms = items.terms(None);
        TotalUncertainty {
            region,
            year,
            co2e_g,
            propagated: terms.propagated(),
            drawn: terms.drawn(draws),
            told_g: terms.told_g,
            whole_g: terms.whole_g,
            without: terms.without,
        }
    };
    sums.into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn row(category: &str, item: &str, grams: i128, percent: Option<i64>) -> EmissionRow {
        EmissionRow {
            region: "330199".to_owned(),
            year: 2021,
            category: category.to_owned(),
            method: "m".to_owned(),
            item: item.to_owned(),
            gas: "CO2".to_owned(),
            notation: "",
            amount_g: Some(grams),
            co2e_g: Some(grams),
            warming: None,
            uncertainty: percent.map(|own| Rational::new(own.into(), 100.into())),
            trust: None,
            missing: BTreeSet::new(),
            leaves: Vec::new(),
        }
    }

    fn sums(rows: &[EmissionRow]) -> ItemTerms {
        let mut sums = ItemSums::default();
        for one in rows {
            sums.add(one);
        }
        sums.terms(None)
    }

    /// 100 +- 5 and 50 +- 10 are 150 +- sqrt(125): 7.4536 %. Two gases of one item move
    /// together: 60 +- 3 and 40 +- 2 are the 100 +- 5, not 100 +- sqrt(13).
    #[test]
    fn items_are_independent_and_gases_of_one_are_not() {
        let apart = [
            row("1A", "coal", 100, Some(5)),
            row("1A", "gas", 50, Some(20)),
        ];
        let share = sums(&apart).propagated().expect("both tell one");
        assert!((to_f64(&share) - 0.074_535_599).abs() < 1e-9);
        let gases = [
            row("1A", "coal", 60, Some(5)),
            row("1A", "coal", 40, Some(5)),
            row("1A", "gas", 50, Some(20)),
        ];
        assert_eq!(sums(&gases).propagated().expect("all tell one"), share);
    }

    /// One item without an uncertainty leaves the total without one, and is named; one
    /// that does not occur does not.
    #[test]
    fn what_is_not_told_is_missing_and_not_zero() {
        let open = sums(&[row("1A", "coal", 100, Some(5)), row("2A", "lime", 50, None)]);
        assert_eq!(open.propagated(), None);
        assert_eq!((open.told_g, open.whole_g), (100, 150));
        assert_eq!(open.without, BTreeSet::from(["2A".to_owned()]));
        let whole = sums(&[row("1A", "coal", 100, Some(5)), row("2A", "lime", 0, None)]);
        assert!(whole.propagated().is_some() && whole.without.is_empty());
    }

    /// Drawing comes to what propagation does, within five standard errors.
    #[test]
    fn both_approaches_agree() {
        let own = sums(&[
            row("1A", "coal", 100, Some(5)),
            row("1A", "gas", 50, Some(20)),
        ]);
        let draws = Draws {
            seed: 1,
            draws: 10_000,
        };
        let drawn = to_f64(&own.drawn(draws).expect("drawn"));
        let propagated = to_f64(&own.propagated().expect("propagated"));
        assert!((drawn / propagated - 1.0).abs() < 5.0 / (2.0 * 10_000.0_f64).sqrt());
    }
}
