//! Shares and densities that a report prints: numbers of their own, with both parts.

use gep_core::quantity::{Rational, quanta};
use gep_core::storage::number_id;

/// Name of the table the ratios stand in.
pub const RATIOS: &str = "ratios";

/// Digits after the point that a ratio keeps.
pub const RATIO_DIGITS: u32 = 6;

/// A part or whole of a ratio: another number of the run, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The amount: fen or mm2.
    pub amount: Option<i128>,
    /// Id of the number.
    pub number_id: String,
}

/// A number divided by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// Region code.
    pub region: String,
    /// What is divided by what: `share_of_gep`, `share_of_area`,
    /// `gep_by_status`, `gep_unverified` or `gep_per_km2`.
    pub measure: &'static str,
    /// Indicator, group, ecosystem type or status.
    pub item: String,
    /// What is divided.
    pub numerator: Part,
    /// What it is divided by.
    pub denominator: Part,
    /// `1` for shares, `CNY/km2` for densities.
    pub unit: &'static str,
    /// Factor from the parts' quotient to `unit`, as a power of ten.
    pub power: u32,
}

impl Ratio {
    /// Returns the ratio times 10^6, halves away from zero; `None` if a part is
    /// missing or the whole is not positive.
    pub fn scaled(&self) -> Option<i128> {
        let whole = self.denominator.amount.filter(|whole| *whole > 0)?;
        let exact = Rational::new(self.numerator.amount?.into(), whole.into())
            * Rational::from_integer(10_i128.pow(self.power).into());
        let step = Rational::new(1.into(), 10_i64.pow(RATIO_DIGITS).into());
        quanta(&exact, &step).try_into().ok()
    }

    /// Returns the id of the ratio.
    pub fn number_id(&self) -> String {
        number_id(RATIOS, &[&self.region, self.measure, &self.item], "value")
    }
}

/// Returns how much of a region's GEP rests on what: one part per status, and all
/// that is not verified together. `indicators` are the region's shown amounts with
/// their lowest status; they add up to `whole`, and so do the parts.
pub fn by_status(region: &str, whole: &Part, indicators: &[(i128, super::Trust)]) -> Vec<Ratio> {
    use super::Trust::{Provisional, Synthetic, Transcribed, Verified};
    let ratio = |measure: &'static str, item: &str, amount: i128| Ratio {
        region: region.to_string(),
        measure,
        item: item.to_string(),
        numerator: Part {
            amount: Some(amount),
            number_id: number_id(RATIOS, &[region, measure, item], "numerator"),
        },
        denominator: whole.clone(),
        unit: "1",
        power: 0,
    };
    let sum = |wanted: &dyn Fn(super::Trust) -> bool| -> i128 {
        let own = indicators.iter().filter(|(_, trust)| wanted(*trust));
        own.map(|(amount, _)| amount).sum()
    };
    let mut ratios: Vec<Ratio> = [Synthetic, Provisional, Transcribed, Verified]
        .into_iter()
        .map(|trust| ratio("gep_by_status", trust.word(), sum(&|own| own == trust)))
        .collect();
    let weak = sum(&|own| own != Verified);
    ratios.push(ratio("gep_unverified", "all", weak));
    ratios
}

#[cfg(test)]
mod tests {
    use super::super::Trust;
    use super::*;

    fn whole(amount: Option<i128>) -> Part {
        Part {
            amount,
            number_id: "gep".into(),
        }
    }

    /// The parts of the GEP by status add up to it; the unverified part is all but one.
    #[test]
    fn parts_by_status_add_up() {
        let own = [
            (70, Trust::Provisional),
            (-5, Trust::Synthetic),
            (35, Trust::Verified),
        ];
        let ratios = by_status("33", &whole(Some(100)), &own);
        let amounts: Vec<i128> = ratios
            .iter()
            .map(|ratio| ratio.numerator.amount.expect("amount"))
            .collect();
        assert_eq!(amounts, [-5, 70, 0, 35, 65]);
        assert_eq!(amounts[..4].iter().sum::<i128>(), 100);
        assert_eq!(ratios[4].scaled(), Some(650_000));
    }

    /// A missing or empty whole gives no share, never zero.
    #[test]
    fn a_share_of_nothing_is_missing() {
        for amount in [None, Some(0), Some(-1)] {
            let ratios = by_status("33", &whole(amount), &[(1, Trust::Verified)]);
            assert!(ratios.iter().all(|ratio| ratio.scaled().is_none()));
        }
    }

    /// 3 fen over 2 km2 are 0.015 yuan a km2.
    #[test]
    fn a_density_takes_its_factor() {
        let ratio = Ratio {
            region: "33".into(),
            measure: "gep_per_km2",
            item: "gep".into(),
            numerator: whole(Some(3)),
            denominator: whole(Some(2_000_000_000_000)),
            unit: "CNY/km2",
            power: 10,
        };
        assert_eq!(ratio.scaled(), Some(15_000));
    }
}
