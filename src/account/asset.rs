//! The asset account: what a yearly flow is worth today, as a net present value.
//!
//! Source: SEEA EA (2021), chapter 10: the value of an ecosystem asset is the sum of
//! the discounted values of the services expected from it.

use gep_core::quantity::{Rational, round_to};

/// How future years are discounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discounting {
    /// Yearly rate, as a share.
    pub rate: Rational,
    /// Number of yearly payments.
    pub horizon_years: u32,
    /// Years until the first payment: 0 if it is due now, 1 at the end of the year.
    pub first_payment_years: u32,
}

impl Discounting {
    /// Computes what one yuan a year is worth today: the sum of
    /// (1 + rate)^-(first + k) for k from 0 to horizon - 1, exactly.
    ///
    /// `None` for a rate of -1 or less, which discounts nothing.
    pub fn factor(&self) -> Option<Rational> {
        let one = Rational::from_integer(1.into());
        let growth = &one + &self.rate;
        if growth <= Rational::from_integer(0.into()) {
            return None;
        }
        let discount = growth.recip();
        let mut sum = Rational::from_integer(0.into());
        for _ in 0..self.horizon_years {
            sum = sum * &discount + &one;
        }
        for _ in 0..self.first_payment_years {
            sum *= &discount;
        }
        Some(sum)
    }
}

/// Returns the present value of a yearly flow, fen, rounded once. `None` if it does
/// not fit.
pub fn present_value_fen(flow_fen: i128, factor: &Rational) -> Option<i128> {
    let exact = factor * Rational::from_integer(flow_fen.into());
    let whole = round_to(&exact, &Rational::from_integer(1.into()));
    i128::try_from(whole.to_integer()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gep_core::quantity::parse_decimal;

    fn number(text: &str) -> Rational {
        parse_decimal(text).expect("a number")
    }

    fn rounded(value: &Rational, quantum: &str) -> Rational {
        round_to(value, &number(quantum))
    }

    fn discounting(rate: &str, horizon_years: u32, first_payment_years: u32) -> Discounting {
        Discounting {
            rate: number(rate),
            horizon_years,
            first_payment_years,
        }
    }

    /// Two payments at 100 %: now 1 + 1/2, at the end of the year 1/2 + 1/4.
    #[test]
    fn two_payments_by_hand() {
        let now = discounting("1", 2, 0).factor();
        assert_eq!(now, Some(number("1.5")));
        assert_eq!(discounting("1", 2, 1).factor(), Some(number("0.75")));
        assert_eq!(discounting("0", 7, 1).factor(), Some(number("7")));
        assert_eq!(discounting("0.05", 0, 0).factor(), Some(number("0")));
        assert_eq!(discounting("-1", 3, 0).factor(), None);
        assert_eq!(present_value_fen(1, &number("1.5")), Some(2));
        assert_eq!(present_value_fen(-1, &number("1.5")), Some(-2));
    }

    /// Forests of China in 2010: 2.77 %, 100 years, the first payment now. The
    /// factor and both totals (10^12 yuan) are as printed; with the first payment a
    /// year later they would not be.
    #[test]
    fn forest_assets_of_2010_are_reproduced() {
        let factor = discounting("0.0277", 100, 0).factor().expect("a rate");
        assert_eq!(rounded(&factor, "0.0001"), number("34.6870"));
        let worth = |flow: &str| rounded(&(number(flow) * &factor), "0.1");
        assert_eq!(worth("19.10"), number("662.5"));
        assert_eq!(worth("19.92"), number("691.0"));
        let later = discounting("0.0277", 100, 1).factor().expect("a rate");
        assert_ne!(rounded(&(number("19.92") * later), "0.1"), number("691.0"));
    }
}
