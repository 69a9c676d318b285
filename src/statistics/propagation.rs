//! How uncertainties combine: by error propagation (approach 1) and by drawing
//! (approach 2).
//!
//! Source: IPCC 2006 Guidelines, volume 1, chapter 3, equations 3.1 and 3.2. An
//! uncertainty is half the width of the 95 % interval, relative to the value, 0-1.

use super::sampling::Spread;

/// Half the width of the 95 % interval of a normal, in standard deviations.
const HALF_WIDTH_95: f64 = 1.959_963_984_540_054;

/// A number and how uncertain it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The value, in a unit common to the terms of a sum.
    pub value: f64,
    /// Half the width of the 95 % interval over the value's size, 0.05 for 5 %.
    pub uncertainty: f64,
}

/// How terms are put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// They are multiplied, as activity and factor.
    Product,
    /// They are added, as sources.
    Sum,
}

/// Why uncertainties cannot be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropagationError {
    /// There are no terms.
    NoTerms,
    /// A term is not finite or its uncertainty is below zero.
    NotANumber {
        /// Place of the term.
        at: usize,
    },
    /// The result is zero: nothing is relative to it.
    ZeroResult,
    /// A deviation needs two draws.
    TooFewDraws,
}

fn check(terms: &[Term]) -> Result<(), PropagationError> {
    if terms.is_empty() {
        return Err(PropagationError::NoTerms);
    }
    let good = |term: &Term| {
        term.value.is_finite() && term.uncertainty.is_finite() && term.uncertainty >= 0.0
    };
    match terms.iter().position(|term| !good(term)) {
        Some(at) => Err(PropagationError::NotANumber { at }),
        None => Ok(()),
    }
}

/// Returns the relative uncertainty of a product of independent terms:
/// sqrt(sum of U_i^2).
///
/// # Errors
///
/// [`PropagationError`] without terms, for one that is no number or zero.
pub fn product_uncertainty(terms: &[Term]) -> Result<f64, PropagationError> {
    check(terms)?;
    if terms.iter().any(|term| term.value == 0.0) {
        return Err(PropagationError::ZeroResult);
    }
    let squares = terms.iter().map(|term| term.uncertainty * term.uncertainty);
    Ok(libm::sqrt(squares.sum()))
}

/// Returns the relative uncertainty of a sum of independent terms:
/// sqrt(sum of (U_i x_i)^2) / |sum of x_i|.
///
/// # Errors
///
/// [`PropagationError`] without terms, for one that is no number or a sum of zero.
pub fn sum_uncertainty(terms: &[Term]) -> Result<f64, PropagationError> {
    check(terms)?;
    let sum: f64 = terms.iter().map(|term| term.value).sum();
    if sum == 0.0 {
        return Err(PropagationError::ZeroResult);
    }
    let squares = terms.iter().map(|term| {
        let half_width = term.uncertainty * term.value;
        half_width * half_width
    });
    Ok(libm::sqrt(squares.sum()) / sum.abs())
}

/// What drawing says of a combination, with what is needed to draw it again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Simulated {
    /// Seed of the counted generator; term i draws from stream i.
    pub seed: u64,
    /// Number of draws.
    pub draws: usize,
    /// Mean of the draws.
    pub mean: f64,
    /// 1.96 standard deviations over the mean's size: comparable with approach 1.
    pub uncertainty: f64,
}

/// Draws a combination of independent normal terms.
///
/// # Errors
///
/// [`PropagationError`] as in approach 1, and below two draws.
pub fn simulate(
    terms: &[Term],
    combination: Combination,
    seed: u64,
    draws: usize,
) -> Result<Simulated, PropagationError> {
    check(terms)?;
    if draws < 2 {
        return Err(PropagationError::TooFewDraws);
    }
    let mut results = vec![
        match combination {
            Combination::Product => 1.0,
            Combination::Sum => 0.0,
        };
        draws
    ];
    for (stream, term) in terms.iter().enumerate() {
        let sd = term.uncertainty * term.value.abs() / HALF_WIDTH_95;
        let drawn = if sd > 0.0 {
            let spread = Spread::Normal {
                mean: term.value,
                sd,
                low: f64::NEG_INFINITY,
                high: f64::INFINITY,
            };
            spread.draws(seed, stream as u64, draws)
        } else {
            vec![term.value; draws]
        };
        for (result, value) in results.iter_mut().zip(drawn) {
            match combination {
                Combination::Product => *result *= value,
                Combination::Sum => *result += value,
            }
        }
    }
    let count = draws as f64;
    let mean = results.iter().sum::<f64>() / count;
    if mean == 0.0 {
        return Err(PropagationError::ZeroResult);
    }
    let squares = results.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
    let sd = libm::sqrt(squares / (count - 1.0));
    Ok(Simulated {
        seed,
        draws,
        mean,
        uncertainty: HALF_WIDTH_95 * sd / mean.abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn term(value: f64, uncertainty: f64) -> Term {
        Term { value, uncertainty }
    }
    const ACTIVITY_AND_FACTOR: [Term; 2] = [term(80.0, 0.05), term(2.5, 0.10)];
    const SOURCES: [Term; 2] = [term(100.0, 0.05), term(50.0, 0.20)];
    const SEED: u64 = 20_260_101;

    /// 5 % and 10 % make sqrt(125) %; 100 +- 5 and 50 +- 10 make 150 +- sqrt(125).
    #[test]
    fn worked_examples_hold() {
        let product = product_uncertainty(&ACTIVITY_AND_FACTOR).expect("a product");
        assert!((product - 0.111_803).abs() < 5e-7, "{product}");
        let sum = sum_uncertainty(&SOURCES).expect("a sum");
        assert!((sum - 0.074_536).abs() < 5e-7, "{sum}");
    }

    /// Drawing agrees within five standard errors: a deviation from n draws has the
    /// relative error 1 / sqrt(2 n). The product's own term U1 U2 is below that.
    #[test]
    fn draws_reproduce_the_propagation() {
        let draws = 40_000;
        let allowed = 5.0 / libm::sqrt(2.0 * draws as f64);
        for (terms, combination, analytic, mean) in [
            (
                ACTIVITY_AND_FACTOR,
                Combination::Product,
                0.111_803_4,
                200.0,
            ),
            (SOURCES, Combination::Sum, 0.074_535_6, 150.0),
        ] {
            let found = simulate(&terms, combination, SEED, draws).expect("draws");
            assert_eq!((found.seed, found.draws), (SEED, draws));
            assert!(
                (found.uncertainty / analytic - 1.0).abs() < allowed,
                "{found:?}"
            );
            let error = mean * analytic / HALF_WIDTH_95 / libm::sqrt(draws as f64);
            assert!((found.mean - mean).abs() < 5.0 * error, "{found:?}");
            assert_eq!(simulate(&terms, combination, SEED, draws), Ok(found));
            assert_ne!(simulate(&terms, combination, SEED + 1, draws), Ok(found));
        }
    }

    /// Sinks count by size, and a certain term adds nothing.
    #[test]
    fn signs_and_certain_terms() {
        let net = sum_uncertainty(&[term(100.0, 0.05), term(-50.0, 0.20)]).expect("a sum");
        assert!((net - libm::sqrt(125.0) / 50.0).abs() < 1e-15, "{net}");
        assert_eq!(product_uncertainty(&[term(3.0, 0.0)]), Ok(0.0));
        let certain = simulate(&[term(3.0, 0.0)], Combination::Sum, SEED, 9).expect("draws");
        assert_eq!((certain.mean, certain.uncertainty), (3.0, 0.0));
    }

    #[test]
    fn junk_is_refused() {
        assert_eq!(sum_uncertainty(&[]), Err(PropagationError::NoTerms));
        for bad in [
            term(f64::NAN, 0.1),
            term(1.0, -0.1),
            term(1.0, f64::INFINITY),
        ] {
            let terms = [term(1.0, 0.1), bad];
            let expected = PropagationError::NotANumber { at: 1 };
            assert_eq!(sum_uncertainty(&terms), Err(expected));
            assert_eq!(product_uncertainty(&terms), Err(expected));
        }
        let cancelling = [term(1.0, 0.1), term(-1.0, 0.1)];
        assert_eq!(
            sum_uncertainty(&cancelling),
            Err(PropagationError::ZeroResult)
        );
        assert_eq!(
            product_uncertainty(&[term(0.0, 0.1)]),
            Err(PropagationError::ZeroResult)
        );
        assert_eq!(
            simulate(&SOURCES, Combination::Sum, SEED, 1),
            Err(PropagationError::TooFewDraws)
        );
    }
}
