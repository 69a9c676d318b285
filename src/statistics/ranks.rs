//! Order statistics and rank correlation, exact.

/// Returns the ends of a central interval of draws: the k-th smallest and the k-th
/// largest, k being the smallest whole number not below `tail` of their number (and at
/// least 1). No value is interpolated.
pub fn central_interval(draws: &[i64], rank: usize) -> Option<(i64, i64)> {
    if rank == 0 || 2 * rank > draws.len() + 1 {
        return None;
    }
    let mut sorted = draws.to_vec();
    let (_, low, above) = sorted.select_nth_unstable(rank - 1);
    let low = *low;
    let from = above.len().checked_sub(rank);
    let high = match from {
        Some(at) if !above.is_empty() => *above.select_nth_unstable(at).1,
        _ => low,
    };
    Some((low, high))
}

/// Returns twice the ranks of values, equal values sharing the mean rank: from 2 to
/// twice their number, whole numbers.
pub fn doubled_ranks<T: PartialOrd + Copy>(values: &[T]) -> Vec<i64> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let value = |at: &u32| values[*at as usize];
    order.sort_unstable_by(|a, b| {
        let both = value(a).partial_cmp(&value(b));
        both.unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut ranks = vec![0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let own = value(&order[first]);
        let same = order[first..].iter().take_while(|at| value(at) == own);
        let last = first + same.count();
        for at in &order[first..last.max(first + 1)] {
            ranks[*at as usize] = (first + last + 1) as i64;
        }
        first = last.max(first + 1);
    }
    ranks
}

/// What a rank correlation is made of: n Sxy, n Sxx, n Syy of doubled ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RankProduct {
    /// Of both.
    pub joint: i128,
    /// Of the first.
    pub first: i128,
    /// Of the second.
    pub second: i128,
}

impl RankProduct {
    /// Compares two lists of doubled ranks of one length, a million at most.
    pub fn of(a: &[i64], b: &[i64]) -> Self {
        let count = a.len() as i128;
        let sum = |list: &[i64]| i128::from(list.iter().sum::<i64>());
        // Of a million ranks the sum stays below 4 x 10^18.
        let product = |a: &[i64], b: &[i64]| {
            let pairs = a.iter().zip(b);
            i128::from(pairs.map(|(a, b)| a * b).sum::<i64>())
        };
        let (sum_a, sum_b) = (sum(a), sum(b));
        let spread = |own: i128, a: i128, b: i128| count * own - a * b;
        Self {
            joint: spread(product(a, b), sum_a, sum_b),
            first: spread(product(a, a), sum_a, sum_a),
            second: spread(product(b, b), sum_b, sum_b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_order_statistics() {
        let draws: Vec<i64> = (1..=100).rev().collect();
        assert_eq!(central_interval(&draws, 5), Some((5, 96)));
        assert_eq!(central_interval(&draws, 50), Some((50, 51)));
        assert_eq!(central_interval(&draws, 51), None);
        assert_eq!(central_interval(&draws, 0), None);
        assert_eq!(central_interval(&[7], 1), Some((7, 7)));
        assert_eq!(central_interval(&[7, 7, 7], 2), Some((7, 7)));
    }

    #[test]
    fn equal_values_share_their_rank() {
        assert_eq!(doubled_ranks(&[30, 10, 20]), [6, 2, 4]);
        assert_eq!(doubled_ranks(&[1.5, 1.5, 0.5, 9.0]), [5, 5, 2, 8]);
    }

    /// One minus six times the squares of rank differences over n (n^2 - 1).
    #[test]
    fn rank_correlation_is_spearmans() {
        let a = doubled_ranks(&[1, 2, 3, 4, 5]);
        let b = doubled_ranks(&[2, 1, 4, 3, 5]);
        let product = RankProduct::of(&a, &b);
        assert_eq!(product.first, product.second);
        // d = 1, 1, 1, 1, 0: 1 - 6 * 4 / (5 * 24) = 0.8
        assert_eq!(product.joint * 10, product.first * 8);
    }
}
