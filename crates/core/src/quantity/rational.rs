//! Exact fractions: read from their source spelling, rounded once, printed.

use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

/// An exact fraction of two integers, always in lowest terms.
pub type Rational = num_rational::BigRational;

/// The largest power of ten a source spelling may carry: all of `f64`, and no
/// million zeros.
const LARGEST_EXPONENT: i64 = 400;
/// The longest spelling of a number that is read at all.
const LONGEST_SPELLING: usize = 400;

/// Returns ten to the power `exponent`, exactly.
fn power_of_ten(exponent: i64) -> Rational {
    let magnitude = BigInt::from(10).pow(exponent.unsigned_abs() as u32);
    if exponent < 0 {
        Rational::new(BigInt::one(), magnitude)
    } else {
        Rational::from_integer(magnitude)
    }
}

/// Returns the number spelled in `text` (`0.26044`, `-3`, `1e4`, `2.5E-3`), exactly.
///
/// Nothing but digits, one point, one sign and one exponent is accepted: no
/// blanks, no thousands separators, no `inf`, no fraction bar. At least one digit
/// stands on each side of a point.
pub fn parse_decimal(text: &str) -> Option<Rational> {
    if text.len() > LONGEST_SPELLING {
        return None;
    }
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], parse_exponent(&unsigned[at + 1..])?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
        Some(_) => return None,
        None => (mantissa, ""),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let digits = BigUint::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10)?;
    let sign = if negative { Sign::Minus } else { Sign::Plus };
    let shift = exponent - i64::try_from(fraction.len()).ok()?;
    Some(Rational::from_integer(BigInt::from_biguint(sign, digits)) * power_of_ten(shift))
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let exponent: i64 = text.parse().ok()?;
    (exponent.abs() <= LARGEST_EXPONENT).then_some(exponent)
}

/// Returns the decimal number of 15 significant digits nearest to `value`, or
/// nothing if it is not finite.
///
/// This is the only road from floating point into exact numbers: 15 digits are
/// what every decimal survives on its way through an `f64` and back.
pub fn from_f64_15(value: f64) -> Option<Rational> {
    value
        .is_finite()
        .then(|| parse_decimal(&format!("{value:.14e}")))
        .flatten()
}

/// Returns the `f64` nearest to `value`; infinite only beyond the range of `f64`.
pub fn to_f64(value: &Rational) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// Returns the number of quanta nearest to `value`, halves away from zero.
///
/// # Panics
///
/// If `quantum` is not positive; the loaders refuse such quanta.
pub fn quanta(value: &Rational, quantum: &Rational) -> BigInt {
    assert!(quantum.is_positive(), "a quantum is positive");
    let ratio = value / quantum;
    let doubled: BigInt = ratio.numer().abs() * 2 + ratio.denom();
    let magnitude = doubled.div_floor(&(ratio.denom() * 2));
    if ratio.is_negative() {
        -magnitude
    } else {
        magnitude
    }
}

/// Returns the multiple of `quantum` nearest to `value`, halves away from zero
/// (the rounding of Chinese invoices and of spreadsheets).
///
/// # Panics
///
/// If `quantum` is not positive.
pub fn round_to(value: &Rational, quantum: &Rational) -> Rational {
    Rational::from_integer(quanta(value, quantum)) * quantum
}

/// Returns whether `value` is a whole number of quanta.
pub fn is_integer_multiple(value: &Rational, quantum: &Rational) -> bool {
    !quantum.is_zero() && (value / quantum).is_integer()
}

/// Returns the number of decimal places after which `value` ends, if it ends.
fn decimal_places(value: &Rational) -> Option<u32> {
    let mut rest = value.denom().clone();
    let mut count = |prime: u32| {
        let mut times = 0;
        while rest.is_multiple_of(&BigInt::from(prime)) {
            rest /= prime;
            times += 1;
        }
        times
    };
    let places = count(2).max(count(5));
    rest.is_one().then_some(places)
}

/// Returns `value` as a plain decimal if it ends, and as `numerator/denominator`
/// otherwise. The spelling is exact in both cases.
pub fn format_exact(value: &Rational) -> String {
    match decimal_places(value) {
        Some(places) => fixed(value, places),
        None => format!("{}/{}", value.numer(), value.denom()),
    }
}

/// Returns `value` as a plain decimal: exact if it ends within `digits`
/// significant digits, otherwise rounded to that many, halves away from zero.
pub fn format_decimal(value: &Rational, digits: u32) -> String {
    if value.is_zero() {
        return "0".to_owned();
    }
    let magnitude = order_of_magnitude(value);
    let places = i64::from(digits) - 1 - magnitude;
    if let Some(exact) = decimal_places(value)
        && i64::from(exact) <= places.max(0)
    {
        return fixed(value, exact);
    }
    let places = places.max(0);
    let rounded = round_to(value, &power_of_ten(-places));
    fixed(&rounded, decimal_places(&rounded).unwrap_or(0))
}

/// Returns the exponent of the first digit of `value`, which is not zero.
fn order_of_magnitude(value: &Rational) -> i64 {
    let digits = |number: &BigInt| i64::try_from(number.abs().to_string().len()).unwrap_or(0);
    let guess = digits(value.numer()) - digits(value.denom());
    if value.abs() < power_of_ten(guess) {
        guess - 1
    } else {
        guess
    }
}

/// Returns `value` with exactly `places` decimals; `value` ends there.
fn fixed(value: &Rational, places: u32) -> String {
    let scaled = (value * Rational::from_integer(Pow::pow(BigInt::from(10), places))).to_integer();
    let sign = if scaled.is_negative() { "-" } else { "" };
    let digits = scaled.abs().to_string();
    if places == 0 {
        return format!("{sign}{digits}");
    }
    let places = places as usize;
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Rational {
        parse_decimal(text).expect("a number")
    }

    /// A spelling is read digit by digit: 0.1 is one tenth, not its `f64`.
    #[test]
    fn spellings_are_read_exactly() {
        assert_eq!(
            number("0.26044"),
            Rational::new(26044.into(), 100_000.into())
        );
        assert_eq!(number("1e4"), Rational::from_integer(10_000.into()));
        assert_eq!(number("-2.50E-1"), Rational::new((-1).into(), 4.into()));
        assert_eq!(number("+7"), Rational::from_integer(7.into()));
    }

    /// Junk, separators and numbers of absurd size are refused.
    #[test]
    fn junk_is_refused() {
        for junk in [
            "", "-", ".", "1.", ".5", "1,000", "1 000", "1_000", " 1", "1 ", "0x1", "inf", "NaN",
            "1e", "1e+", "1e999", "--1", "1/3", "１", "1.2.3", "1e4.5", "1%", "+-1",
        ] {
            assert_eq!(parse_decimal(junk), None, "{junk:?}");
        }
        assert_eq!(parse_decimal(&"9".repeat(500)), None);
    }

    /// Halves go away from zero on both sides.
    #[test]
    fn halves_round_away_from_zero() {
        let fen = number("0.01");
        for (value, rounded) in [
            ("0.005", "0.01"),
            ("-0.005", "-0.01"),
            ("0.0049", "0"),
            ("2.675", "2.68"),
            ("-2.674", "-2.67"),
        ] {
            assert_eq!(round_to(&number(value), &fen), number(rounded), "{value}");
        }
    }

    /// Every printed decimal reads back as the same number.
    #[test]
    fn printing_is_exact_where_it_can_be() {
        assert_eq!(format_exact(&number("-0.050")), "-0.05");
        assert_eq!(format_exact(&number("120e3")), "120000");
        let third = Rational::new((-1).into(), 3.into());
        assert_eq!(format_exact(&third), "-1/3");
        assert_eq!(format_decimal(&third, 4), "-0.3333");
        assert_eq!(
            format_decimal(&Rational::new(2_000_000.into(), 3.into()), 3),
            "666667"
        );
        assert_eq!(format_decimal(&number("0.000999"), 2), "0.001");
        assert_eq!(
            format_decimal(&number("123456789.125"), 15),
            "123456789.125"
        );
    }

    /// What left an exact number for `f64` comes back the same within 15 digits.
    #[test]
    fn floating_point_comes_back_with_fifteen_digits() {
        for text in ["0.1", "1234.56789", "-1e-9", "3e200", "0"] {
            assert_eq!(from_f64_15(to_f64(&number(text))), Some(number(text)));
        }
        assert_eq!(from_f64_15(f64::NAN), None);
        assert_eq!(from_f64_15(f64::INFINITY), None);
    }

    proptest::proptest! {
        /// The road to `f64` is correctly rounded: it agrees with reading the
        /// printed digits.
        #[test]
        fn to_f64_is_the_nearest(numerator in -1_000_000_000_000i64..1_000_000_000_000, places in 0u32..12) {
            let value = Rational::new(numerator.into(), BigInt::from(10).pow(places));
            let spelled: f64 = format_exact(&value).parse().expect("a float");
            proptest::prop_assert_eq!(to_f64(&value).to_bits(), spelled.to_bits());
        }
    }
}
