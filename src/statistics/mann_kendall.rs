//! The Mann-Kendall test for a trend and Sen's slope.
//!
//! Sources: Mann 1945, Nonparametric tests against trend; Kendall 1975, Rank
//! correlation methods (variance under ties, continuity correction); Sen 1968,
//! Estimates of the regression coefficient based on Kendall's tau.

use std::cmp::Ordering;

use gep_core::quantity::{Rational, from_f64_15, to_f64};

use super::normal::normal_below;

/// The longest series whose p-value is exact; a limit of computing time only.
const LONGEST_EXACT: usize = 60;

/// A value of a year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Calendar year.
    pub year: i32,
    /// Value in the unit of the series.
    pub value: Rational,
}

/// How a p-value was had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// From the distribution of S over all orders of the values, ties among them.
    Exact,
    /// From the normal approximation with continuity correction, to 15 digits.
    Normal,
}

/// What the Mann-Kendall test says of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Number of observations.
    pub n: usize,
    /// Rising pairs less falling pairs.
    pub s: i64,
    /// Variance of S without a trend, corrected for ties.
    pub variance: Rational,
    /// Standardised S with continuity correction; 0 if S is 0.
    pub z: f64,
    /// Two-sided p-value: the share of orders with an |S| as large or larger.
    pub p: Rational,
    /// How `p` was had.
    pub tail: Tail,
}

impl Trend {
    /// Returns whether the series rises (`Greater`) or falls (`Less`) at the level
    /// `alpha`, or neither (`Equal`). The comparison is exact.
    pub fn direction(&self, alpha: &Rational) -> Ordering {
        if self.p <= *alpha {
            self.s.cmp(&0)
        } else {
            Ordering::Equal
        }
    }
}

/// Why a series has no trend at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrendError {
    /// A trend needs two values.
    TooFew {
        /// Values there are.
        found: usize,
    },
    /// Years do not rise strictly.
    YearsNotRising {
        /// The first year not above the one before it.
        year: i32,
    },
}

/// Tests values in the order of time for a monotonic trend.
///
/// The p-value is exact up to 60 values: all orders of the values are equally
/// likely without a trend, and the number of orders with k falling pairs is a
/// coefficient of the q-multinomial of the groups of equal values.
///
/// # Errors
///
/// [`TrendError::TooFew`] below two values.
pub fn mann_kendall(values: &[Rational]) -> Result<Trend, TrendError> {
    let n = values.len();
    if n < 2 {
        return Err(TrendError::TooFew { found: n });
    }
    let groups = tie_groups(values);
    let s = rising_less_falling(values);
    let variance = variance(n, &groups);
    let away_from_zero = (s - s.signum()) as f64;
    let z = if s == 0 {
        0.0
    } else {
        away_from_zero / libm::sqrt(to_f64(&variance))
    };
    let (p, tail) = if n <= LONGEST_EXACT {
        (exact_p(n, &groups, s), Tail::Exact)
    } else {
        let p = (2.0 * normal_below(-z.abs())).min(1.0);
        let p = from_f64_15(p).unwrap_or_else(|| whole(1));
        (p, Tail::Normal)
    };
    Ok(Trend {
        n,
        s,
        variance,
        z,
        p,
        tail,
    })
}

/// Returns Sen's slope, the median of the slopes between all pairs, in the unit of
/// the series per year. Years may have gaps.
///
/// # Errors
///
/// [`TrendError`] below two observations or if years do not rise strictly.
pub fn sen_slope(series: &[Observation]) -> Result<Rational, TrendError> {
    if series.len() < 2 {
        return Err(TrendError::TooFew {
            found: series.len(),
        });
    }
    if let Some(pair) = series.windows(2).find(|pair| pair[0].year >= pair[1].year) {
        return Err(TrendError::YearsNotRising { year: pair[1].year });
    }
    let mut slopes = Vec::new();
    for (at, first) in series.iter().enumerate() {
        for second in &series[at + 1..] {
            let years = whole(i64::from(second.year) - i64::from(first.year));
            slopes.push((&second.value - &first.value) / years);
        }
    }
    slopes.sort_unstable();
    let middle = slopes.len() / 2;
    if slopes.len() % 2 == 1 {
        Ok(slopes.swap_remove(middle))
    } else {
        Ok((&slopes[middle - 1] + &slopes[middle]) / whole(2))
    }
}

fn whole(number: i64) -> Rational {
    Rational::from_integer(number.into())
}

/// Returns the sizes of the groups of equal values, single values among them.
fn tie_groups(values: &[Rational]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let groups = sorted.chunk_by(|a, b| a == b);
    groups.map(<[Rational]>::len).collect()
}

fn rising_less_falling<T: Ord>(values: &[T]) -> i64 {
    let mut s = 0;
    for (at, first) in values.iter().enumerate() {
        for second in &values[at + 1..] {
            s += match second.cmp(first) {
                Ordering::Greater => 1,
                Ordering::Equal => 0,
                Ordering::Less => -1,
            };
        }
    }
    s
}

fn variance(n: usize, groups: &[usize]) -> Rational {
    let term = |count: usize| {
        let count = count as i64;
        count * (count - 1) * (2 * count + 5)
    };
    let ties: i64 = groups.iter().map(|count| term(*count)).sum();
    Rational::new((term(n) - ties).into(), 18.into())
}

/// Returns the share of all orders with an |S| not below that of `s`.
fn exact_p(n: usize, groups: &[usize], s: i64) -> Rational {
    let [zero, one] = [0, 1].map(|number| whole(number).to_integer());
    // counts[k]: orders with k falling pairs; times (1 + q + ... + q^(m-1)) for m
    // values, divided by the same for the values of each group of equal ones.
    let mut counts = vec![one];
    for m in 2..=n {
        let mut next = Vec::with_capacity(counts.len() + m - 1);
        let mut window = zero.clone();
        for k in 0..counts.len() + m - 1 {
            if let Some(entering) = counts.get(k) {
                window += entering;
            }
            if let Some(leaving) = k.checked_sub(m).and_then(|at| counts.get(at)) {
                window -= leaving;
            }
            next.push(window.clone());
        }
        counts = next;
    }
    for m in groups.iter().flat_map(|size| 2..=*size) {
        let length = counts.len() + 1 - m;
        let mut quotient = Vec::with_capacity(length);
        for k in 0..length {
            let mut count = counts[k].clone();
            if k > 0 {
                count -= &counts[k - 1];
            }
            if k >= m {
                count += &quotient[k - m];
            }
            quotient.push(count);
        }
        counts = quotient;
    }
    let pairs = counts.len() as i64 - 1;
    let mut total = zero.clone();
    let mut extreme = zero;
    for (k, count) in counts.iter().enumerate() {
        total += count;
        if (pairs - 2 * k as i64).abs() >= s.abs() {
            extreme += count;
        }
    }
    Rational::new(extreme, total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(values: &[i64]) -> Vec<Rational> {
        values.iter().map(|value| whole(*value)).collect()
    }

    /// All orders of `rest` behind `front`: how many, and how many with |S| as large.
    fn enumerate(front: &mut Vec<i64>, rest: &[i64], s: i64, counts: &mut [i64; 2]) {
        if rest.is_empty() {
            counts[0] += 1;
            counts[1] += i64::from(rising_less_falling(front).abs() >= s.abs());
        }
        for at in 0..rest.len() {
            let mut others = rest.to_vec();
            front.push(others.remove(at));
            enumerate(front, &others, s, counts);
            front.pop();
        }
    }

    fn check_against_enumeration(values: &[i64]) {
        let trend = mann_kendall(&numbers(values)).expect("a series");
        let mut counts = [0; 2];
        enumerate(&mut Vec::new(), values, trend.s, &mut counts);
        let expected = Rational::new(counts[1].into(), counts[0].into());
        assert_eq!(trend.p, expected, "{values:?}");
        assert_eq!(trend.tail, Tail::Exact);
    }

    /// Ten rising values: S = 45, variance 125, Z = 44 / sqrt(125); only two of 10!
    /// orders are as extreme.
    #[test]
    fn ten_rising_values() {
        let trend = mann_kendall(&numbers(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).expect("ten");
        assert_eq!((trend.n, trend.s), (10, 45));
        assert_eq!(trend.variance, whole(125));
        assert!((trend.z - 3.9355).abs() < 5e-5, "{}", trend.z);
        assert_eq!(trend.p, Rational::new(2.into(), 3_628_800.into()));
        let alpha = Rational::new(1.into(), 10.into());
        assert_eq!(trend.direction(&alpha), Ordering::Greater);
        let turned: Vec<i64> = (1..=10).rev().collect();
        let falling = mann_kendall(&numbers(&turned)).expect("ten");
        assert_eq!((falling.s, falling.z), (-45, -trend.z));
        assert_eq!(falling.direction(&alpha), Ordering::Less);
        assert_eq!(falling.direction(&whole(0)), Ordering::Equal);
    }

    /// The distribution by polynomials is that by enumeration of all orders, for every
    /// S that prefixes of a mixed series give.
    #[test]
    fn exact_p_is_that_of_enumeration_without_ties() {
        for n in 2..=7 {
            for turn in 0..n {
                let mut values: Vec<i64> = (0..n as i64).collect();
                values[..=turn].reverse();
                check_against_enumeration(&values);
            }
        }
    }

    #[test]
    fn exact_p_is_that_of_enumeration_with_ties() {
        for values in [
            &[1, 1][..],
            &[1, 1, 2],
            &[2, 1, 2, 3],
            &[1, 1, 1, 1, 1],
            &[3, 3, 2, 2, 1, 1],
            &[1, 2, 2, 3, 3, 3, 4],
            &[5, 1, 5, 1, 5, 1, 5],
            &[1, 1, 1, 1, 1, 1, 2],
        ] {
            check_against_enumeration(values);
        }
    }

    /// Variance under ties by hand: n = 5, one pair: (5*4*15 - 2*1*9) / 18 = 282 / 18.
    #[test]
    fn variance_is_less_under_ties() {
        let tied = mann_kendall(&numbers(&[1, 2, 2, 3, 4])).expect("five");
        assert_eq!(
            (tied.s, tied.variance),
            (9, Rational::new(47.into(), 3.into()))
        );
        let flat = mann_kendall(&numbers(&[4, 4, 4])).expect("three");
        assert_eq!((flat.s, flat.z, flat.p), (0, 0.0, whole(1)));
        assert_eq!(flat.variance, whole(0));
    }

    /// At 60 values the exact p and the normal one agree to some percent; above, the
    /// normal one is used and says so.
    #[test]
    fn long_series_are_exact_to_sixty() {
        let zigzag = |n: i64| -> Vec<i64> { (0..n).map(|at| at + 37 * (at % 7)).collect() };
        let trend = mann_kendall(&numbers(&zigzag(60))).expect("sixty");
        assert_eq!(trend.tail, Tail::Exact);
        let normal = 2.0 * normal_below(-trend.z.abs());
        assert!((to_f64(&trend.p) / normal - 1.0).abs() < 0.05);
        let longer = mann_kendall(&numbers(&zigzag(61))).expect("sixty-one");
        assert_eq!(longer.tail, Tail::Normal);
        assert!(longer.p > whole(0) && longer.p < whole(1));
    }

    /// Slopes by hand over a gap: years 1, 2, 4 with 0, 2, 3: slopes 2, 1, 1/2.
    #[test]
    fn sen_slope_is_the_median_over_gaps() {
        let series = |list: &[(i32, i64)]| -> Vec<Observation> {
            let one = |(year, value): &(i32, i64)| Observation {
                year: *year,
                value: whole(*value),
            };
            list.iter().map(one).collect()
        };
        assert_eq!(sen_slope(&series(&[(1, 0), (2, 2), (4, 3)])), Ok(whole(1)));
        // Six slopes 2, 1, -1/4, 1/2, -1, -4 ... the two in the middle are averaged.
        let four = sen_slope(&series(&[(1, 0), (2, 2), (4, 3), (5, -1)]));
        assert_eq!(four, Ok(Rational::new(1.into(), 8.into())));
        assert_eq!(
            sen_slope(&series(&[(1, 0)])),
            Err(TrendError::TooFew { found: 1 })
        );
        assert_eq!(
            sen_slope(&series(&[(1, 0), (3, 1), (3, 2)])),
            Err(TrendError::YearsNotRising { year: 3 })
        );
        assert_eq!(mann_kendall(&[]), Err(TrendError::TooFew { found: 0 }));
    }
}
