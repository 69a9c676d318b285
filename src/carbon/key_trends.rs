//! Key categories by trend: those whose change departs most from that of the total.
//! Source: IPCC 2006, volume 1, chapter 4, approach 1, equations 4.2 and 4.3.

use std::collections::BTreeMap;

use gep_core::quantity::Rational;

use super::inventory::EmissionRow;

/// A category between two years of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTrend {
    /// Region code.
    pub region: String,
    /// The first year the region reports.
    pub base_year: u16,
    /// Year.
    pub year: u16,
    /// Category.
    pub category: String,
    /// Its place by trend, from 1.
    pub rank: u64,
    /// Grams of CO2e in the base year; none if nobody reported the category.
    pub base_co2e_g: Option<i128>,
    /// Grams of CO2e in the year; none if nobody reported the category.
    pub co2e_g: Option<i128>,
    /// How far it departs from the total, as a share of the base year's total.
    pub trend: Option<Rational>,
    /// Its share of the sum of trends.
    pub share: Option<Rational>,
    /// The share of it and all larger ones.
    pub cumulative: Option<Rational>,
    /// Whether it belongs to the largest that make up the threshold.
    pub key: bool,
}

type Sums = BTreeMap<String, i128>;

/// Ranks the categories of each later year against the region's first. A category that
/// one of the years does not report has no trend and stands last; the others are taken
/// among themselves.
pub fn key_trends<'a>(
    rows: impl Iterator<Item = &'a EmissionRow>,
    threshold: &Rational,
) -> Vec<KeyTrend> {
    let mut regions: BTreeMap<&str, BTreeMap<u16, Sums>> = BTreeMap::new();
    for row in rows {
        if let Some(grams) = row.co2e_g {
            let years = regions.entry(&row.region).or_default();
            let sums = years.entry(row.year).or_default();
            *sums.entry(row.category.clone()).or_default() += grams;
        }
    }
    let mut all = Vec::new();
    for (region, years) in regions {
        let mut years = years.into_iter();
        let Some((base_year, base)) = years.next() else {
            continue;
        };
        for (year, sums) in years {
            all.extend(between(
                region,
                (base_year, &base),
                (year, &sums),
                threshold,
            ));
        }
    }
    all
}

fn between(
    region: &str,
    (base_year, base): (u16, &Sums),
    (year, sums): (u16, &Sums),
    threshold: &Rational,
) -> Vec<KeyTrend> {
    let of = |sums: &Sums, category: &str| sums.get(category).copied();
    let both = base.keys().filter(|own| sums.contains_key(*own));
    let both: Vec<&String> = both.collect();
    let whole = |sums: &Sums| both.iter().map(|own| sums[*own]).sum::<i128>();
    let (before, after) = (whole(base), whole(sums));
    let size: i128 = both.iter().map(|own| base[*own].abs()).sum();
    let mut found: Vec<KeyTrend> = base
        .keys()
        .chain(sums.keys().filter(|own| !base.contains_key(*own)))
        .map(|category| {
            let ends = (of(base, category), of(sums, category));
            let trend = match ends {
                (Some(first), Some(last)) if size != 0 && before != 0 => {
                    Some(trend((first, last), (before, after), size))
                }
                _ => None,
            };
            KeyTrend {
                region: region.to_owned(),
                base_year,
                year,
                category: category.clone(),
                rank: 0,
                base_co2e_g: ends.0,
                co2e_g: ends.1,
                trend,
                share: None,
                cumulative: None,
                key: false,
            }
        })
        .collect();
    found.sort_by(|a, b| {
        let order = b.trend.cmp(&a.trend);
        order.then_with(|| a.category.cmp(&b.category))
    });
    let zero = || Rational::from_integer(0.into());
    let sum = found.iter().filter_map(|own| own.trend.clone());
    let sum = sum.fold(zero(), |sum, own| sum + own);
    let mut cumulative = zero();
    for (at, own) in found.iter_mut().enumerate() {
        own.rank = at as u64 + 1;
        let Some(trend) = own.trend.as_ref().filter(|_| sum != zero()) else {
            continue;
        };
        let share = trend / &sum;
        own.key = cumulative < *threshold && *trend != zero();
        cumulative += &share;
        own.share = Some(share);
        own.cumulative = Some(cumulative.clone());
    }
    found
}

/// The trend of a category from its first to its last value among totals.
fn trend((first, last): (i128, i128), (before, after): (i128, i128), size: i128) -> Rational {
    let ratio = |above: i128, below: i128| Rational::new(above.into(), below.into());
    let distance = |value: Rational| {
        let zero = Rational::from_integer(0.into());
        if value < zero { zero - value } else { value }
    };
    if first == 0 {
        return ratio(last.abs(), size);
    }
    let own = ratio(last - first, first.abs());
    let all = ratio(after - before, before.abs());
    ratio(first.abs(), size) * distance(own - all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(values: &[(&str, i128)]) -> Sums {
        let pairs = values.iter();
        pairs
            .map(|(name, grams)| ((*name).to_owned(), *grams))
            .collect()
    }

    fn found(base: &[(&str, i128)], last: &[(&str, i128)]) -> Vec<KeyTrend> {
        let threshold = Rational::new(95.into(), 100.into());
        between("A", (2015, &sums(base)), (2020, &sums(last)), &threshold)
    }

    /// 80 -> 90 and 20 -> 30: the whole grows by a fifth. 80/100 |10/80 - 20/100| = 0.06,
    /// 20/100 |10/20 - 20/100| = 0.06: half each. With 80 -> 96 and 20 -> 24 all follow
    /// the total and none has a trend.
    #[test]
    fn trends_are_departures_from_the_total() {
        let own = found(&[("a", 80), ("b", 20)], &[("a", 90), ("b", 30)]);
        for one in &own {
            assert_eq!(one.trend, Some(Rational::new(6.into(), 100.into())));
            assert_eq!(one.share, Some(Rational::new(1.into(), 2.into())));
            assert!(one.key);
        }
        assert_eq!(own[1].cumulative, Some(Rational::from_integer(1.into())));
        let even = found(&[("a", 80), ("b", 20)], &[("a", 96), ("b", 24)]);
        assert!(even.iter().all(|one| !one.key && one.share.is_none()));
    }

    /// From nothing to 10 beside 100 -> 100: 10 / 100 by equation 4.3, and the other
    /// 100/100 |0 - 10/100|.
    #[test]
    fn a_category_that_was_zero_has_a_trend() {
        let own = found(&[("a", 100), ("b", 0)], &[("a", 100), ("b", 10)]);
        let tenth = Some(Rational::new(1.into(), 10.into()));
        assert!(own.iter().all(|one| one.trend == tenth), "{own:?}");
    }

    /// A category that one year does not report has none, and the rest is told without it.
    #[test]
    fn a_category_of_one_year_is_missing() {
        let own = found(&[("a", 80), ("b", 20)], &[("a", 90), ("b", 30), ("c", 5)]);
        let last = own.last().expect("three");
        assert_eq!((last.category.as_str(), last.rank), ("c", 3));
        assert_eq!((last.trend.clone(), last.base_co2e_g), (None, None));
        assert_eq!(own[0].trend, Some(Rational::new(6.into(), 100.into())));
    }
}
