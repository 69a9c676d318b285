//! Exact sharing of an integer by weights: largest remainder, ties by order.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::rational::{Rational, quanta};

/// Why an amount cannot be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApportionError {
    /// A weight is negative; its place in the list.
    NegativeWeight(usize),
    /// The weights add to zero, so nobody has a claim on the amount.
    ZeroWeights,
}

/// Shares `total` by `weights`: exactly, each share within one of its quota, and
/// the shares add to `total`.
///
/// Quotas are cut towards zero; what is left goes one by one to the largest
/// remainders, ties to the earlier place. Callers therefore list the claimants in
/// the order of their codes. A negative total is shared like the positive one and
/// negated. A total of zero gives zeros even if all weights are zero.
///
/// # Errors
///
/// If a weight is negative, or all are zero while the total is not.
pub fn apportion(total: &BigInt, weights: &[Rational]) -> Result<Vec<BigInt>, ApportionError> {
    if let Some(at) = weights.iter().position(Signed::is_negative) {
        return Err(ApportionError::NegativeWeight(at));
    }
    if total.is_zero() {
        return Ok(vec![BigInt::zero(); weights.len()]);
    }
    // Whole weights in the same proportion: no fraction is reduced on the way.
    let common = weights
        .iter()
        .fold(BigInt::one(), |common, weight| common.lcm(weight.denom()));
    let whole: Vec<BigInt> = weights
        .iter()
        .map(|weight| weight.numer() * (&common / weight.denom()))
        .collect();
    let sum: BigInt = whole.iter().sum();
    if sum.is_zero() {
        return Err(ApportionError::ZeroWeights);
    }
    let amount = total.abs();
    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for weight in &whole {
        let (share, remainder) = (&amount * weight).div_rem(&sum);
        shares.push(share);
        remainders.push(remainder);
    }
    let left = amount - shares.iter().sum::<BigInt>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    // The sort is stable: equal remainders keep the order of the codes.
    order.sort_by(|&a, &b| remainders[b].cmp(&remainders[a]));
    let count = usize::try_from(left).unwrap_or(weights.len());
    for &at in order.iter().take(count) {
        shares[at] += 1;
    }
    if total.is_negative() {
        for share in &mut shares {
            *share = -std::mem::take(share);
        }
    }
    Ok(shares)
}

/// Shares `total`, first rounded to `quantum`, in whole quanta.
///
/// # Errors
///
/// As [`apportion`].
pub fn apportion_at(
    total: &Rational,
    weights: &[Rational],
    quantum: &Rational,
) -> Result<Vec<Rational>, ApportionError> {
    let shares = apportion(&quanta(total, quantum), weights)?;
    Ok(shares
        .into_iter()
        .map(|share| Rational::from_integer(share) * quantum)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(list: &[i64]) -> Vec<Rational> {
        list.iter()
            .map(|&weight| Rational::from_integer(weight.into()))
            .collect()
    }

    fn share(total: i64, list: &[i64]) -> Result<Vec<i64>, ApportionError> {
        let shares = apportion(&total.into(), &weights(list))?;
        Ok(shares
            .iter()
            .map(|share| i64::try_from(share).expect("small"))
            .collect())
    }

    /// The fen that does not divide goes to the largest remainder, and among
    /// equals to the first code.
    #[test]
    fn remainders_and_ties() {
        assert_eq!(share(100, &[1, 1, 1]), Ok(vec![34, 33, 33]));
        assert_eq!(share(-100, &[1, 1, 1]), Ok(vec![-34, -33, -33]));
        assert_eq!(share(10, &[15, 25, 60]), Ok(vec![2, 2, 6]));
        assert_eq!(share(7, &[0, 5, 0]), Ok(vec![0, 7, 0]));
        assert_eq!(share(0, &[0, 0]), Ok(vec![0, 0]));
    }

    /// Nobody has a claim by zero weights, and nobody a negative one.
    #[test]
    fn impossible_weights_are_refused() {
        assert_eq!(share(1, &[0, 0]), Err(ApportionError::ZeroWeights));
        assert_eq!(share(1, &[]), Err(ApportionError::ZeroWeights));
        assert_eq!(share(1, &[3, -1]), Err(ApportionError::NegativeWeight(1)));
    }

    proptest::proptest! {
        /// The shares add to the total, each within one of its quota.
        #[test]
        fn shares_add_to_the_total(total in -1_000_000i64..1_000_000, list in proptest::collection::vec(0i64..1000, 1..20)) {
            proptest::prop_assume!(list.iter().sum::<i64>() > 0);
            let shares = share(total, &list).expect("positive weights");
            proptest::prop_assert_eq!(shares.iter().sum::<i64>(), total);
            let sum: i64 = list.iter().sum();
            for (one, weight) in shares.iter().zip(&list) {
                let off = i128::from(*one) * i128::from(sum) - i128::from(total) * i128::from(*weight);
                proptest::prop_assert!(off.abs() < i128::from(sum));
            }
        }
    }
}
