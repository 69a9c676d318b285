//! Whether parts add to their total, and how rounded parts are made to.

use gep_core::quantity::{Rational, quanta};

/// Why parts cannot be closed to a total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClosureError {
    /// Total less sum of the parts is half a quantum or more: not one of rounding.
    NotOfRounding {
        /// Total less sum of the parts.
        difference: Rational,
    },
    /// A part is no finite number.
    NotFinite,
}

/// Returns the parts as multiples of `quantum` that add exactly to the total, rounded
/// to the same quantum: each part is cut downwards, what is left goes quantum by
/// quantum to the largest remainders, ties to the earlier place. No part moves by
/// more than one quantum.
///
/// # Errors
///
/// [`ClosureError`] if the parts miss the total by half a quantum or more.
///
/// # Panics
///
/// If `quantum` is not positive; the loaders refuse such quanta.
pub fn close_to_quantum(
    parts: &[Rational],
    total: &Rational,
    quantum: &Rational,
) -> Result<Vec<Rational>, ClosureError> {
    let difference = total - parts.iter().sum::<Rational>();
    if magnitude(&difference) * whole(2) >= *quantum {
        return Err(ClosureError::NotOfRounding { difference });
    }
    let rounded = Rational::from_integer(quanta(total, quantum));
    let scaled: Vec<Rational> = parts.iter().map(|part| part / quantum).collect();
    let mut closed: Vec<Rational> = scaled.iter().map(Rational::floor).collect();
    let left = rounded - closed.iter().sum::<Rational>();
    // Remainders lie in 0..1 and the total is off by less than one in all, hence
    // what is left is 0 at least and their number at most.
    let left = usize::try_from(left.to_integer()).unwrap_or(usize::MAX);
    assert!(left <= parts.len(), "remainders are below one");
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|at| (&closed[*at] - &scaled[*at], *at));
    for at in &order[..left] {
        closed[*at] += whole(1);
    }
    Ok(closed.into_iter().map(|count| count * quantum).collect())
}

/// How far printed parts are from their printed total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// Total less sum of the parts.
    pub difference: Rational,
    /// What rounding of all of them can explain: half a quantum each.
    pub bound: Rational,
}

impl Closure {
    /// Returns whether rounding alone explains the difference.
    pub fn closes(&self) -> bool {
        magnitude(&self.difference) <= self.bound
    }
}

/// Compares parts with their total, all printed to `quantum`.
pub fn printed_closure(parts: &[Rational], total: &Rational, quantum: &Rational) -> Closure {
    Closure {
        difference: total - parts.iter().sum::<Rational>(),
        bound: quantum * Rational::new((parts.len() as i64 + 1).into(), 2.into()),
    }
}

/// Returns each part's share of the sum of absolute values, 0 to 1 and without sign;
/// nothing if all parts are zero. These are no shares of the net change.
pub fn absolute_shares(parts: &[Rational]) -> Option<Vec<Rational>> {
    let sizes: Vec<Rational> = parts.iter().map(magnitude).collect();
    let sum: Rational = sizes.iter().sum();
    (sum != whole(0)).then(|| sizes.iter().map(|size| size / &sum).collect())
}

fn magnitude(value: &Rational) -> Rational {
    value.clone().max(-value)
}

fn whole(number: i64) -> Rational {
    Rational::from_integer(number.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gep_core::quantity::{format_exact, parse_decimal, round_to};

    fn number(text: &str) -> Rational {
        parse_decimal(text).expect("a number")
    }

    fn numbers(text: &str) -> Vec<Rational> {
        text.split(' ').map(number).collect()
    }

    /// Parts of both signs: 1.4 + 1.4 - 0.8 = 2; cut to 1, 1, -1, one is left for the
    /// largest remainder, the earlier of two equal.
    #[test]
    fn parts_close_to_the_rounded_total() {
        let close = |parts: &str, total: &str, quantum: &str| {
            close_to_quantum(&numbers(parts), &number(total), &number(quantum))
        };
        assert_eq!(close("1.4 1.4 -0.8", "2", "1"), Ok(numbers("2 1 -1")));
        assert_eq!(
            close("0.15 0.15 0.2", "0.5", "0.1"),
            Ok(numbers("0.2 0.1 0.2"))
        );
        // A total that is itself rounded upwards.
        assert_eq!(close("0.2 0.3", "0.5", "1"), Ok(numbers("0 1")));
        // Floating point leaves a trace below the quantum.
        assert_eq!(close("0.9999999999 2", "3", "1"), Ok(numbers("1 2")));
        assert_eq!(
            close("1 2", "4", "1"),
            Err(ClosureError::NotOfRounding {
                difference: whole(1)
            })
        );
        assert_eq!(close_to_quantum(&[], &whole(0), &whole(1)), Ok(vec![]));
    }

    /// A published table of sixteen years and five factors (Tianjin 2000-2016, 10^4
    /// tCO2; ChinaXiv-201909.00049V1, table 1: structure, intensity, industry mix,
    /// scale, population, total).
    const TIANJIN: [&str; 16] = [
        "-26.70 -418.61 -47.86 440.23 10.94 -42.00",
        "-48.07 -86.98 -31.75 422.61 11.83 267.64",
        "-95.82 -135.40 -30.47 321.23 7.40 66.94",
        "141.01 -739.72 402.28 742.73 51.38 597.67",
        "-22.74 -712.97 -35.51 723.08 87.81 39.66",
        "62.49 -305.46 26.58 673.00 151.36 607.96",
        "-22.87 -465.74 -85.04 834.50 203.33 464.17",
        "-160.37 -898.49 8.50 1145.85 316.36 411.86",
        "44.95 -25.92 -245.31 448.85 280.38 502.95",
        "-206.47 -1524.72 -32.25 955.56 364.13 -443.74",
        "-56.22 -588.47 -108.83 1061.91 273.31 581.71",
        "-17.77 -80.61 -118.87 637.92 303.49 724.16",
        "-128.17 -583.53 -155.42 507.60 308.09 -51.44",
        "-102.13 -216.32 -228.02 458.65 226.72 138.89",
        "-186.08 -16.81 -363.91 231.82 148.96 -186.02",
        "-168.42 -5.66 -603.26 505.88 72.01 -199.45",
    ];
    const TIANJIN_CUMULATIVE: &str = "-993.38 -6805.40 -1649.20 10111.40 2817.49 3480.97";

    /// Every printed row closes within its last digit.
    #[test]
    fn printed_rows_close() {
        let cent = number("0.01");
        for row in TIANJIN {
            let row = numbers(row);
            let closure = printed_closure(&row[..5], &row[5], &cent);
            assert!(closure.closes(), "{row:?}");
            assert!(magnitude(&closure.difference) <= cent, "{row:?}");
        }
    }

    /// The printed cumulative row does not close: industry mix is 0.06 off the sum of
    /// its column, and the parts are 0.06 short of their total.
    #[test]
    fn printed_cumulative_row_does_not_close() {
        let rows: Vec<Vec<Rational>> = TIANJIN.iter().map(|row| numbers(row)).collect();
        let printed = numbers(TIANJIN_CUMULATIVE);
        let column =
            |at: usize| -> Vec<Rational> { rows.iter().map(|row| row[at].clone()).collect() };
        let sums: Vec<Rational> = (0..6).map(|at| column(at).iter().sum()).collect();
        let expected = "-993.38 -6805.41 -1649.14 10111.42 2817.50 3480.96";
        assert_eq!(sums, numbers(expected));
        let mix = printed_closure(&column(2), &printed[2], &number("0.01"));
        assert_eq!(format_exact(&mix.difference), "-0.06");
        let row = printed_closure(&printed[..5], &printed[5], &number("0.01"));
        assert_eq!(format_exact(&row.difference), "0.06");
        assert!(!row.closes());
    }

    /// The printed percentages are shares of the sum of absolute values.
    #[test]
    fn printed_percentages_are_shares_of_absolute_values() {
        let row = numbers(TIANJIN[0]);
        let shares = absolute_shares(&row[..5]).expect("not all zero");
        let percent: Vec<Rational> = shares
            .iter()
            .map(|share| round_to(&(share * whole(100)), &number("0.1")))
            .collect();
        assert_eq!(percent, numbers("2.8 44.3 5.1 46.6 1.2"));
        assert_eq!(shares.iter().sum::<Rational>(), whole(1));
        assert_eq!(absolute_shares(&[whole(0)]), None);
    }
}
