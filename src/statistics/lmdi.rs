//! The logarithmic mean Divisia index, LMDI-I: what each factor of a product has to
//! do with its change.
//!
//! Sources: Ang 2005, The LMDI approach to decomposition analysis: a practical guide;
//! zeros: Ang and Liu 2007, Handling zero values in the logarithmic mean Divisia index
//! decomposition approach (analytical limits).

use gep_core::quantity::{Rational, from_f64_15, to_f64};

use super::closure::{ClosureError, close_to_quantum};

/// Why a change cannot be decomposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LmdiError {
    /// A factor is below zero. Logarithms know no signs: sinks are decomposed apart
    /// from gross emissions or not at all.
    Negative {
        /// Place of the sub-category.
        category: usize,
        /// Place of the factor.
        factor: usize,
        /// Whether the value is that of the new date.
        is_new: bool,
    },
    /// Sub-categories or factors of the two dates do not match, or there are none.
    ShapesDiffer,
}

/// A change, decomposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Decomposition {
    /// New total less old total, exact, in the unit of the product.
    pub change: Rational,
    /// Each factor's part of the change, in the unit of the product.
    pub additive: Vec<f64>,
    /// Each factor's part of the ratio new / old; nothing if a total is zero.
    pub multiplicative: Option<Vec<f64>>,
    /// Sub-categories that came from zero or went to zero, decomposed by the limit.
    pub by_limit: Vec<usize>,
}

impl Decomposition {
    /// Returns the additive parts as multiples of `quantum` that add exactly to the
    /// change rounded to the same quantum.
    ///
    /// # Errors
    ///
    /// If the quantum is as small as the rounding of floating point.
    ///
    /// # Panics
    ///
    /// If `quantum` is not positive.
    pub fn closed(&self, quantum: &Rational) -> Result<Vec<Rational>, ClosureError> {
        let parts = self.additive.iter().map(|part| from_f64_15(*part));
        let parts: Option<Vec<Rational>> = parts.collect();
        close_to_quantum(
            &parts.ok_or(ClosureError::NotFinite)?,
            &self.change,
            quantum,
        )
    }
}

/// Returns the logarithmic mean of two numbers not below zero: (a - b) / (ln a - ln b),
/// a if they are equal, 0 if either is zero (the limit).
pub fn logarithmic_mean(a: f64, b: f64) -> f64 {
    if a == b {
        return a;
    }
    if a <= 0.0 || b <= 0.0 {
        return 0.0;
    }
    let step = (a - b) / b;
    // Close to each other the difference of logarithms would lose its digits.
    (a - b) / libm::log1p(step)
}

/// Decomposes the change of the sum over sub-categories of a product of factors.
///
/// `old[i][k]` and `new[i][k]` are factor k of sub-category i; each value of a
/// sub-category is the product of its factors, and the totals are their sums.
///
/// A sub-category that comes from zero or goes to zero is decomposed by the analytical
/// limit: its whole change belongs to the factors that are zero at that end, in equal
/// parts if there are several. One that is zero at both ends contributes nothing.
///
/// # Errors
///
/// [`LmdiError`] for a negative factor or tables of different shape.
pub fn lmdi(old: &[Vec<Rational>], new: &[Vec<Rational>]) -> Result<Decomposition, LmdiError> {
    let factors = check(old, new)?;
    let zero = Rational::from_integer(0.into());
    let mut additive = vec![0.0; factors];
    let mut by_limit = Vec::new();
    let (mut old_total, mut new_total) = (zero.clone(), zero.clone());
    for (category, (before, after)) in old.iter().zip(new).enumerate() {
        let old_value: Rational = before.iter().product();
        let new_value: Rational = after.iter().product();
        let change = to_f64(&(&new_value - &old_value));
        if old_value == zero || new_value == zero {
            if old_value != new_value {
                by_limit.push(category);
                let end = if old_value == zero { before } else { after };
                let zeros = end.iter().filter(|value| **value == zero).count() as f64;
                let parts = additive.iter_mut().zip(end);
                for (part, _) in parts.filter(|(_, value)| **value == zero) {
                    *part += change / zeros;
                }
            }
        } else {
            let mean = logarithmic_mean(to_f64(&new_value), to_f64(&old_value));
            for (part, (from, to)) in additive.iter_mut().zip(before.iter().zip(after)) {
                *part += mean * libm::log(to_f64(&(to / from)));
            }
        }
        old_total += old_value;
        new_total += new_value;
    }
    let multiplicative = (old_total != zero && new_total != zero).then(|| {
        let mean = logarithmic_mean(to_f64(&new_total), to_f64(&old_total));
        let ratios = additive.iter().map(|part| libm::exp(part / mean));
        ratios.collect()
    });
    Ok(Decomposition {
        change: new_total - old_total,
        additive,
        multiplicative,
        by_limit,
    })
}

/// Returns the number of factors.
fn check(old: &[Vec<Rational>], new: &[Vec<Rational>]) -> Result<usize, LmdiError> {
    let factors = old.first().map_or(0, Vec::len);
    let mut rows = old.iter().chain(new);
    if factors == 0 || old.len() != new.len() || rows.any(|row| row.len() != factors) {
        return Err(LmdiError::ShapesDiffer);
    }
    let zero = Rational::from_integer(0.into());
    for (is_new, table) in [(false, old), (true, new)] {
        for (category, row) in table.iter().enumerate() {
            if let Some(factor) = row.iter().position(|value| *value < zero) {
                return Err(LmdiError::Negative {
                    category,
                    factor,
                    is_new,
                });
            }
        }
    }
    Ok(factors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gep_core::quantity::parse_decimal;

    fn table(rows: &[&[i64]]) -> Vec<Vec<Rational>> {
        let whole = |value: &i64| Rational::from_integer((*value).into());
        rows.iter()
            .map(|row| row.iter().map(whole).collect())
            .collect()
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 5.1e-10, "{found} {expected}");
        }
    }

    /// The three-year chain of the tests of the R package LMDIR (MIT), to nine decimals.
    #[test]
    fn published_chain_is_met_to_nine_decimals() {
        let years = [
            table(&[&[1, 10, 2], &[4, 5, 3]]),
            table(&[&[4, 5, 3], &[5, 6, 4]]),
            table(&[&[8, 2, 4], &[5, 7, 5]]),
            table(&[&[10, 1, 5], &[6, 8, 6]]),
        ];
        let expected = [
            (
                100,
                [69.790065979, -9.455125793, 39.665059814],
                [1.761117821, 0.926191306, 1.379410116],
            ),
            (
                59,
                [42.960214665, -34.319026564, 50.358811899],
                [1.229284572, 0.847970248, 1.273773912],
            ),
            (
                99,
                [54.010642336, -9.021284671, 54.010642336],
                [1.208140223, 0.968911503, 1.208140223],
            ),
        ];
        let cent = parse_decimal("0.01").expect("a number");
        for (pair, (change, additive, multiplicative)) in years.windows(2).zip(expected) {
            let found = lmdi(&pair[0], &pair[1]).expect("positive");
            let change = Rational::from_integer(change.into());
            assert_eq!(found.change, change);
            near(&found.additive, &additive);
            near(
                found.multiplicative.as_deref().expect("positive"),
                &multiplicative,
            );
            let sum: f64 = found.additive.iter().sum();
            assert!((sum - to_f64(&change)).abs() < 1e-11, "{sum}");
            assert!(found.by_limit.is_empty());
            let closed = found.closed(&cent).expect("they add up");
            assert_eq!(closed.iter().sum::<Rational>(), change);
        }
    }

    /// The limit agrees with a small value in place of zero, slowly (1 / ln), and adds
    /// to the change exactly.
    #[test]
    fn zeros_are_decomposed_by_their_limit() {
        let appears = lmdi(&table(&[&[0, 3, 2]]), &table(&[&[5, 4, 2]])).expect("no sign");
        near(&appears.additive, &[40.0, 0.0, 0.0]);
        assert_eq!(appears.multiplicative, None);
        assert_eq!(appears.by_limit, [0]);
        let vanishes = lmdi(
            &table(&[&[5, 4, 2], &[1, 1, 1]]),
            &table(&[&[0, 0, 2], &[1, 1, 1]]),
        );
        let vanishes = vanishes.expect("no sign");
        near(&vanishes.additive, &[-20.0, -20.0, 0.0]);
        let ratio: f64 = vanishes.multiplicative.expect("positive").iter().product();
        assert!((ratio - 1.0 / 41.0).abs() < 1e-12, "{ratio}");
        let never = lmdi(&table(&[&[0, 4, 2]]), &table(&[&[7, 0, 2]])).expect("no sign");
        near(&never.additive, &[0.0, 0.0, 0.0]);
        assert!(never.by_limit.is_empty());
        let small = parse_decimal("1e-200").expect("a number");
        let mut near_zero = table(&[&[1, 3, 2]]);
        near_zero[0][0] = small;
        let found = lmdi(&near_zero, &table(&[&[5, 4, 2]])).expect("positive");
        assert!(
            (found.additive[0] - 40.0).abs() < 0.1,
            "{:?}",
            found.additive
        );
    }

    #[test]
    fn signs_and_shapes_are_refused() {
        assert_eq!(
            lmdi(&table(&[&[1, 2], &[1, 2]]), &table(&[&[1, 2], &[1, -2]])),
            Err(LmdiError::Negative {
                category: 1,
                factor: 1,
                is_new: true
            })
        );
        for (old, new) in [
            (table(&[]), table(&[])),
            (table(&[&[]]), table(&[&[]])),
            (table(&[&[1]]), table(&[&[1], &[2]])),
            (table(&[&[1, 2]]), table(&[&[1]])),
        ] {
            assert_eq!(lmdi(&old, &new), Err(LmdiError::ShapesDiffer));
        }
    }

    #[test]
    fn logarithmic_means_have_their_limits() {
        assert_eq!(logarithmic_mean(3.0, 3.0), 3.0);
        assert_eq!(logarithmic_mean(0.0, 0.0), 0.0);
        assert_eq!(logarithmic_mean(0.0, 3.0), 0.0);
        let close = logarithmic_mean(1.0 + 1e-12, 1.0);
        assert!((close - 1.0).abs() < 1e-12, "{close}");
        let e = libm::exp(1.0);
        assert!((logarithmic_mean(e, 1.0) - (e - 1.0)).abs() < 1e-15);
        assert!((logarithmic_mean(1.0, e) - logarithmic_mean(e, 1.0)).abs() < 1e-15);
    }
}
