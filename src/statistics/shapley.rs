//! The Shapley decomposition of a change, in exact fractions.
//!
//! Source: Shapley 1953, A value for n-person games; its use for decomposing a
//! change: Shorrocks 2013, Decomposition procedures for distributional analysis.

use gep_core::quantity::{ApportionError, Rational, apportion};

/// Returns each factor's share of `value(all) - value(none)`.
///
/// `value(set)` is the result with the factors of `set` (bit `k` is factor `k`) at
/// the new date and all others at the old. A factor's share is its marginal
/// contribution, averaged over all orders in which factors may change. The shares
/// add to the change, do not depend on the order of the factors, and a factor that
/// changes nothing has none.
///
/// # Panics
///
/// If there are more than 16 factors: 2^16 evaluations are our own mistake.
pub fn shapley(factors: usize, mut value: impl FnMut(u32) -> Rational) -> Vec<Rational> {
    assert!(factors <= 16, "a decomposition has few factors");
    let values: Vec<Rational> = (0..1_u32 << factors).map(&mut value).collect();
    (0..factors)
        .map(|factor| {
            let bit = 1_u32 << factor;
            let mut share = whole(0);
            for set in (0..1_u32 << factors).filter(|set| set & bit == 0) {
                let gain = &values[(set | bit) as usize] - &values[set as usize];
                share += gain * weight(factors, set.count_ones() as usize);
            }
            share
        })
        .collect()
}

/// Share of the orders of `factors` in which exactly a given set of `before`
/// factors precedes a given one: before! (factors - before - 1)! / factors!.
fn weight(factors: usize, before: usize) -> Rational {
    let factorial = |of: usize| (1..=of as i64).product::<i64>();
    let above = factorial(before) * factorial(factors - before - 1);
    Rational::new(above.into(), factorial(factors).into())
}

fn whole(number: impl Into<i128>) -> Rational {
    Rational::from_integer(number.into().into())
}

/// Rounds parts that add to a whole number so that the whole numbers add to it as
/// well: each is cut downwards, what is left goes one by one to the largest
/// remainders, ties to the earlier place.
///
/// # Errors
///
/// If the parts do not add to `total`; the difference is then not one of rounding.
pub fn closing(parts: &[Rational], total: i128) -> Result<Vec<i128>, ApportionError> {
    let floors: Vec<Rational> = parts.iter().map(Rational::floor).collect();
    let remainders: Vec<Rational> = parts.iter().zip(&floors).map(|(a, b)| a - b).collect();
    let left = whole(total) - floors.iter().sum::<Rational>();
    if left != remainders.iter().sum::<Rational>() {
        return Err(ApportionError::ZeroWeights);
    }
    let more = apportion(&left.to_integer(), &remainders)?;
    let closed = floors.iter().zip(more);
    closed
        .map(|(floor, more)| i128::try_from(floor.to_integer() + more))
        .collect::<Result<_, _>>()
        // Beyond 10^38 fen nothing is money any more.
        .map_err(|_| ApportionError::ZeroWeights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(old: &[i64], new: &[i64]) -> Vec<Rational> {
        shapley(old.len(), |set| {
            (0..old.len())
                .map(|at| whole(if set >> at & 1 == 1 { new[at] } else { old[at] }))
                .product()
        })
    }

    /// Two factors by hand: 2 x 3 = 6 becomes 5 x 7 = 35. The first gives
    /// (5 - 2) x (3 + 7) / 2 = 15, the second (7 - 3) x (2 + 5) / 2 = 14.
    #[test]
    fn two_factors_by_hand() {
        assert_eq!(product(&[2, 3], &[5, 7]), [whole(15), whole(14)]);
    }

    /// Three factors by hand: 1 x 1 x 1 becomes 2 x 3 x 4. The first changes by 1:
    /// (1*1 + 3*4) / 3 + (3*1 + 1*4) / 6 = 13/3 + 7/6 = 11/2.
    #[test]
    fn three_factors_by_hand() {
        let shares = product(&[1, 1, 1], &[2, 3, 4]);
        assert_eq!(shares[0], Rational::new(11.into(), 2.into()));
        assert_eq!(shares.iter().sum::<Rational>(), whole(23));
    }

    /// A game that is no product: the lesser of two. 3 and 5 become 6 and 4: first
    /// alone 5 - 3, second alone 3 - 3, both 4 - 3.
    #[test]
    fn the_lesser_of_two_by_hand() {
        let shares = shapley(2, |set| {
            let first = if set & 1 == 1 { 6 } else { 3 };
            let second = if set & 2 == 2 { 4 } else { 5 };
            whole(first.min(second))
        });
        let half = |number: i64| Rational::new(number.into(), 2.into());
        assert_eq!(shares, [half(3), half(-1)]);
    }

    /// Parts are closed to the total: remainders decide, then the earlier place,
    /// and parts of both signs are cut downwards.
    #[test]
    fn parts_close_to_their_total() {
        let third = |number: i64| Rational::new(number.into(), 3.into());
        assert_eq!(
            closing(&[third(1), third(1), third(1)], 1),
            Ok(vec![1, 0, 0])
        );
        assert_eq!(
            closing(&[third(-1), third(-1), third(2)], 0),
            Ok(vec![0, 0, 0])
        );
        assert_eq!(closing(&[whole(-4), whole(9)], 5), Ok(vec![-4, 9]));
        assert_eq!(closing(&[], 0), Ok(vec![]));
        assert_eq!(closing(&[third(1)], 1), Err(ApportionError::ZeroWeights));
        assert_eq!(
            closing(&[whole(2), whole(2)], 5),
            Err(ApportionError::ZeroWeights)
        );
    }

    proptest::proptest! {
        /// Efficiency, dummy and symmetry, on random products.
        #[test]
        fn axioms_hold(old in proptest::collection::vec(-50i64..50, 1..5), new in proptest::collection::vec(-50i64..50, 5)) {
            let new = &new[..old.len()];
            let shares = product(&old, new);
            let change: i64 = new.iter().product::<i64>() - old.iter().product::<i64>();
            proptest::prop_assert_eq!(shares.iter().sum::<Rational>(), whole(change));
            for (at, share) in shares.iter().enumerate() {
                if old[at] == new[at] {
                    proptest::prop_assert_eq!(share, &whole(0));
                }
                for other in 0..old.len() {
                    if (old[at], new[at]) == (old[other], new[other]) {
                        proptest::prop_assert_eq!(share, &shares[other]);
                    }
                }
            }
            // Factors in another order have the same shares.
            let (mut old, mut new) = (old.clone(), new.to_vec());
            old.reverse();
            new.reverse();
            let mut turned = product(&old, &new);
            turned.reverse();
            proptest::prop_assert_eq!(&turned, &shares);
            let closed = closing(&shares, change.into()).expect("they add up");
            proptest::prop_assert_eq!(closed.iter().sum::<i128>(), i128::from(change));
            for (share, closed) in shares.iter().zip(closed) {
                let off = share - Rational::from_integer(closed.into());
                proptest::prop_assert!(off < whole(1) && off > whole(-1));
            }
        }
    }
}
