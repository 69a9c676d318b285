//! Exact decimals as printed text: integers in, digits out, never a float.

use gep_core::diagnostic::Language;
use serde::Serialize;

/// Fen in 10^8 yuan (亿元), as a power of ten.
const FEN_PER_YI: u32 = 10;
/// Fen in 10^4 yuan (万元), as a power of ten.
const FEN_PER_WAN: u32 = 6;
/// mm2 in 1 km2, as a power of ten.
const MM2_PER_KM2: u32 = 12;
/// Digits printed after the point.
const PLACES: u32 = 2;

/// The multiple of the yuan in which the amounts of one table are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MoneyScale {
    /// 亿元, 100 million yuan.
    Yi,
    /// 万元, 10 thousand yuan.
    Wan,
}

impl MoneyScale {
    /// Chooses the scale of a table from its amounts: the only place where it is decided.
    ///
    /// 亿元 if the largest amount reaches 1 亿元, so that the amounts of one
    /// table always stand in one unit.
    pub(super) fn of(fen: impl IntoIterator<Item = i128>) -> Self {
        let largest = fen.into_iter().map(i128::unsigned_abs).max().unwrap_or(0);
        if largest >= 10_u128.pow(FEN_PER_YI) {
            Self::Yi
        } else {
            Self::Wan
        }
    }

    /// Returns the key of the unit's name in the text catalogue.
    pub(super) fn text_key(self) -> &'static str {
        match self {
            Self::Yi => "unit.yi",
            Self::Wan => "unit.wan",
        }
    }

    /// Returns the power of ten of fen in one unit of this scale.
    pub(super) fn power(self) -> u32 {
        match self {
            Self::Yi => FEN_PER_YI,
            Self::Wan => FEN_PER_WAN,
        }
    }

    /// Prints an amount of fen in this scale.
    pub(super) fn print(self, fen: i128) -> String {
        visible(fen, self.power(), PLACES)
    }
}

/// Prints fen as yuan with two digits, nothing rounded.
pub(super) fn yuan(fen: i128) -> String {
    fixed(fen, 2, 2)
}

/// Prints an area of mm2 in km2.
pub(super) fn km2(mm2: i128) -> String {
    visible(mm2, MM2_PER_KM2, PLACES)
}

/// Prints a decimal with all its digits, without trailing zeros.
pub(super) fn exact(value: i128, power: u32) -> String {
    let text = fixed(value, power, power);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
        false => text,
    }
}

/// Prints a decimal for programs: all its digits, nothing between thousands.
pub(super) fn digits(value: i128, power: u32) -> String {
    exact(value, power).replace(',', "")
}

/// Prints a physical amount: the digits and the key of the multiple they
/// stand for, if any.
pub(super) fn multiple(
    value: i128,
    power: u32,
    language: Language,
) -> (String, Option<&'static str>) {
    let steps: [(u32, &'static str); 2] = match language {
        Language::Zh => [(8, "multiple.yi"), (4, "multiple.wan")],
        Language::En => [(9, "multiple.billion"), (6, "multiple.million")],
    };
    for (step, key) in steps {
        let reached = 10_u128
            .checked_pow(power + step)
            .is_some_and(|bound| value.unsigned_abs() >= bound);
        if reached {
            return (visible(value, power + step, PLACES), Some(key));
        }
    }
    (visible(value, power, PLACES), None)
}

/// Returns the power of ten of a multiple that [`multiple`] names.
pub(super) fn multiple_power(key: &str) -> u32 {
    match key {
        "multiple.wan" => 4,
        "multiple.million" => 6,
        "multiple.yi" => 8,
        _ => 9,
    }
}

/// Prints a decimal with two digits; what is too small for them is no zero.
pub(super) fn visible_two(value: i128, power: u32) -> String {
    visible(value, power, PLACES)
}

/// Prints a ratio `value / 10^power` as a percentage with one digit.
pub(super) fn percent_of(value: i128, power: u32) -> String {
    format!("{} %", visible(value, power.saturating_sub(2), 1))
}

/// Prints a ratio of 0-1 as a percentage with one digit, cut off and not
/// rounded: 79.96 % below a floor of 80 % must not look like 80 %.
pub(super) fn coverage(ratio: f64) -> String {
    // The shortest decimal that is this float, then digits only.
    let text = format!("{ratio}");
    let (whole, fraction) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    match format!("{whole}{digits}").parse::<i128>() {
        Ok(tenths) => format!("{} %", fixed(tenths, 1, 1)),
        Err(_) => text,
    }
}

/// Like `fixed`, but an amount too small for its digits prints `<0.01` and not 0.00.
fn visible(value: i128, power: u32, places: u32) -> String {
    let text = fixed(value, power, places);
    let is_zero = text.chars().all(|c| matches!(c, '0' | '.' | '-'));
    if value == 0 || !is_zero {
        return text;
    }
    let least = fixed(1, places, places);
    match value < 0 {
        true => format!(">-{least}"),
        false => format!("<{least}"),
    }
}

/// Prints `value / 10^power` with `places` digits, half away from zero, thousands apart.
pub(super) fn fixed(value: i128, power: u32, places: u32) -> String {
    let kept = power.min(places);
    let rounded = match 10_u128.checked_pow(power - kept) {
        Some(divisor) => divide_half_away(value, divisor),
        None => 0,
    };
    let digits = rounded.unsigned_abs().to_string();
    let padded = format!("{digits:0>width$}", width = kept as usize + 1);
    let (whole, fraction) = padded.split_at(padded.len() - kept as usize);
    let sign = if rounded < 0 { "-" } else { "" };
    let zeros = "0".repeat((places - kept) as usize);
    match places {
        0 => format!("{sign}{}", grouped(whole)),
        _ => format!("{sign}{}.{fraction}{zeros}", grouped(whole)),
    }
}

fn divide_half_away(value: i128, divisor: u128) -> i128 {
    let size = value.unsigned_abs();
    let (quotient, rest) = (size / divisor, size % divisor);
    let up = u128::from(rest >= divisor - rest && rest > 0);
    let rounded = i128::try_from(quotient + up).unwrap_or(i128::MAX);
    if value < 0 { -rounded } else { rounded }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_round_half_away_from_zero() {
        assert_eq!(fixed(12_345, 3, 2), "12.35");
        assert_eq!(fixed(-12_345, 3, 2), "-12.35");
        assert_eq!(fixed(12_344, 3, 2), "12.34");
        assert_eq!(fixed(1_234_567, 0, 0), "1,234,567");
        assert_eq!(fixed(5, 0, 2), "5.00");
        assert_eq!(fixed(999_999, 3, 2), "1,000.00");
        assert_eq!(fixed(i128::MAX, 0, 0).len(), 39 + 12);
    }

    #[test]
    fn a_table_has_one_scale() {
        assert_eq!(MoneyScale::of([5, 10_000_000_000]), MoneyScale::Yi);
        assert_eq!(MoneyScale::of([5, -10_000_000_000]), MoneyScale::Yi);
        assert_eq!(MoneyScale::of([9_999_999_999]), MoneyScale::Wan);
        assert_eq!(MoneyScale::of([]), MoneyScale::Wan);
        assert_eq!(MoneyScale::Yi.print(12_345_678_901_234), "1,234.57");
        assert_eq!(MoneyScale::Wan.print(12_345_678), "12.35");
    }

    #[test]
    fn a_small_amount_is_no_zero() {
        assert_eq!(MoneyScale::Yi.print(0), "0.00");
        assert_eq!(MoneyScale::Yi.print(1), "<0.01");
        assert_eq!(MoneyScale::Yi.print(-1), ">-0.01");
    }

    #[test]
    fn exact_text_keeps_every_digit() {
        assert_eq!(exact(1_234_500_000, 6), "1,234.5");
        assert_eq!(exact(1_000_000_000, 6), "1,000");
        assert_eq!(exact(1000, 0), "1,000");
        assert_eq!(yuan(123_456_789), "1,234,567.89");
        assert_eq!(km2(104_159_370_000_000_000), "104,159.37");
    }

    #[test]
    fn physical_amounts_take_a_multiple() {
        let value = 12_345_678_901_000_000;
        assert_eq!(
            multiple(value, 6, Language::Zh),
            ("123.46".into(), Some("multiple.yi"))
        );
        assert_eq!(
            multiple(value, 6, Language::En),
            ("12.35".into(), Some("multiple.billion"))
        );
        assert_eq!(
            multiple(12_000_000, 6, Language::Zh),
            ("12.00".into(), None)
        );
    }

    #[test]
    fn coverage_is_cut_off_and_not_rounded() {
        assert_eq!(coverage(0.7996), "79.9 %");
        assert_eq!(coverage(0.29), "29.0 %");
        assert_eq!(coverage(1.0), "100.0 %");
        assert_eq!(coverage(0.999_999), "99.9 %");
        assert_eq!(coverage(0.0), "0.0 %");
    }

    #[test]
    fn shares_are_percentages_with_one_digit() {
        assert_eq!(percent_of(333_333, 6), "33.3 %");
        assert_eq!(percent_of(999_500, 6), "100.0 %");
        assert_eq!(percent_of(81, 6), "<0.1 %");
        assert_eq!(percent_of(0, 6), "0.0 %");
    }
}
