//! An amount in every draw of the uncertain parameters: whole quanta, so that sums do
//! not depend on their order.

use std::collections::BTreeSet;

/// A sum of what is the same in every draw and of what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// What is the same, quanta.
    pub fixed: i128,
    /// What varies, quanta by draw; empty if nothing does.
    pub varying: Vec<i64>,
    /// The drawn parameters it depends on.
    pub reads: BTreeSet<usize>,
}

/// Amounts that leave the range of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge;

impl Drawn {
    /// Returns an amount that does not vary.
    pub fn fixed(quanta: i128) -> Self {
        Self {
            fixed: quanta,
            ..Self::default()
        }
    }

    /// Returns whether it varies.
    pub fn varies(&self) -> bool {
        !self.varying.is_empty()
    }

    /// Adds another amount in the same quanta.
    ///
    /// # Errors
    ///
    /// If a sum leaves the range.
    pub fn add(&mut self, other: &Self) -> Result<(), TooLarge> {
        self.fixed = self.fixed.checked_add(other.fixed).ok_or(TooLarge)?;
        self.reads.extend(&other.reads);
        if self.varying.is_empty() {
            self.varying.clone_from(&other.varying);
            return Ok(());
        }
        for (own, other) in self.varying.iter_mut().zip(&other.varying) {
            *own = own.checked_add(*other).ok_or(TooLarge)?;
        }
        Ok(())
    }

    /// Returns its whole amount in every draw.
    ///
    /// # Errors
    ///
    /// If one leaves the range.
    pub fn draws(&self) -> Result<Vec<i64>, TooLarge> {
        let fixed = i64::try_from(self.fixed).map_err(|_| TooLarge)?;
        let all = self.varying.iter();
        all.map(|own| own.checked_add(fixed).ok_or(TooLarge))
            .collect()
    }

    /// Computes an amount from several, draw by draw.
    ///
    /// # Errors
    ///
    /// If one leaves the range.
    pub fn from_each(
        parts: &[&Self],
        count: usize,
        amount: impl Fn(&[i128]) -> i128,
    ) -> Result<Self, TooLarge> {
        let reads: BTreeSet<usize> = parts.iter().flat_map(|one| one.reads.clone()).collect();
        let at = |part: &Self, draw: usize| {
            part.fixed + part.varying.get(draw).copied().map_or(0, i128::from)
        };
        if parts.iter().all(|part| !part.varies()) {
            let fixed: Vec<i128> = parts.iter().map(|part| part.fixed).collect();
            return Ok(Self::fixed(amount(&fixed)));
        }
        let mut varying = Vec::with_capacity(count);
        let mut row = vec![0; parts.len()];
        for draw in 0..count {
            for (own, part) in row.iter_mut().zip(parts) {
                *own = at(part, draw);
            }
            varying.push(i64::try_from(amount(&row)).map_err(|_| TooLarge)?);
        }
        Ok(Self {
            fixed: 0,
            varying,
            reads,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn varying(draws: &[i64], parameter: usize) -> Drawn {
        Drawn {
            fixed: 0,
            varying: draws.to_vec(),
            reads: BTreeSet::from([parameter]),
        }
    }

    #[test]
    fn sums_keep_the_fixed_part_apart_and_refuse_overflow() {
        let mut sum = Drawn::fixed(5);
        sum.add(&varying(&[1, 2, 3], 0)).expect("small");
        sum.add(&varying(&[10, 10, -30], 4)).expect("small");
        assert_eq!(sum.draws(), Ok(vec![16, 17, -22]));
        assert_eq!(sum.reads, BTreeSet::from([0, 4]));
        assert_eq!(sum.add(&varying(&[i64::MAX; 3], 0)), Err(TooLarge));
        let far = Drawn {
            fixed: i128::from(i64::MAX),
            ..varying(&[1], 0)
        };
        assert_eq!(far.draws(), Err(TooLarge));
    }

    #[test]
    fn amounts_are_computed_draw_by_draw() {
        let (a, b) = (varying(&[1, 9], 0), Drawn::fixed(4));
        let larger = |row: &[i128]| row[0].max(row[1]);
        let both = Drawn::from_each(&[&a, &b], 2, larger).expect("small");
        assert_eq!(both.draws(), Ok(vec![4, 9]));
        let same = Drawn::from_each(&[&b, &b], 2, larger).expect("small");
        assert!(!same.varies() && same.fixed == 4);
    }
}
