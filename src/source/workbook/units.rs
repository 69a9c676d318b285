//! Units as headers, unit rows and corners of sheets print them.

use std::collections::BTreeMap;

use gep_core::quantity::{Rational, Unit};

/// Units by the text a header prints, such as `亩` or `平方公里`.
pub type PrintedUnits = BTreeMap<String, Unit>;

/// Chinese multiples before a unit, the longer first, as powers of ten.
const MULTIPLES: [(&str, u32); 9] = [
    ("万亿", 12),
    ("百万", 6),
    ("千万", 7),
    ("十万", 5),
    ("亿", 8),
    ("万", 4),
    ("千", 3),
    ("百", 2),
    ("十", 1),
];

/// Returns by what a number in `found` is to be multiplied to be one in `declared`;
/// nothing if they measure different things or one is not known. What stands behind a
/// comma (the year of prices) must be the same.
pub(super) fn factor(found: &str, declared: &str, known: &PrintedUnits) -> Option<Rational> {
    let (own, own_tail) = head(found);
    let (other, other_tail) = head(declared);
    if own_tail != other_tail {
        return None;
    }
    let (own, own_times) = quotient(own, known)?;
    let (other, other_times) = quotient(other, known)?;
    Some(own.factor_to(&other)? * own_times / other_times)
}

/// Returns what one of a printed unit is in the coherent one; nothing if it is not known.
pub fn printed_scale(text: &str, known: &PrintedUnits) -> Option<Rational> {
    let text = super::header::plain(text);
    let (unit, times) = quotient(head(&text).0, known)?;
    Some(unit.scale() * times)
}

fn head(text: &str) -> (&str, &str) {
    text.split_once([',', ';']).unwrap_or((text, ""))
}

/// `万元/亩` as a unit and a multiple.
fn quotient(text: &str, known: &PrintedUnits) -> Option<(Unit, Rational)> {
    let mut parts = text.split('/');
    let (mut unit, mut times) = single(parts.next()?, known)?;
    for part in parts {
        let (below, multiple) = single(part, known)?;
        unit = unit.over(&below);
        times /= multiple;
    }
    Some((unit, times))
}

fn single(text: &str, known: &PrintedUnits) -> Option<(Unit, Rational)> {
    if let Some(unit) = known.get(text) {
        return Some((unit.clone(), Rational::from_integer(1.into())));
    }
    MULTIPLES.iter().find_map(|(word, power)| {
        let unit = known.get(text.strip_prefix(word)?)?;
        let times = Rational::from_integer(10_i128.pow(*power).into());
        Some((unit.clone(), times))
    })
}

#[cfg(test)]
mod tests {
    use gep_core::quantity::{UnitRegistry, format_exact};

    use super::*;

    fn known() -> PrintedUnits {
        let text = r#"
            [[unit]]
            name = "m"
            title = { zh = "米", en = "metre" }
            source = "test"
            [[unit]]
            name = "CNY"
            title = { zh = "元", en = "yuan" }
            source = "test"
            [[unit]]
            name = "ha"
            definition = "10000 m^2"
            title = { zh = "公顷", en = "hectare" }
            source = "test"
            [[unit]]
            name = "mu"
            definition = "1/15 ha"
            title = { zh = "亩", en = "mu" }
            source = "test"
        "#;
        let units = UnitRegistry::parse(text).expect("units");
        [
            ("元", "CNY"),
            ("公顷", "ha"),
            ("亩", "mu"),
            ("米", "m"),
            ("千米", "1000 m"),
        ]
        .into_iter()
        .filter_map(|(printed, text)| Some((printed.to_string(), units.unit(text).ok()?)))
        .collect()
    }

    /// Multiples, mu and quotients convert exactly; other kinds and price years do not.
    #[test]
    fn printed_units_convert_exactly() {
        for (found, declared, wanted) in [
            ("万元", "元", Some("10000")),
            ("亿元", "万元", Some("10000")),
            ("元", "万元", Some("0.0001")),
            ("万亩", "公顷", Some("2000/3")),
            ("亩", "公顷", Some("1/15")),
            ("公顷", "亩", Some("15")),
            ("万元/亩", "元/公顷", Some("150000")),
            ("万元,2010年价", "元,2010年价", Some("10000")),
            ("万元", "元,2010年价", None),
            ("万元,2015年价", "元,2010年价", None),
            ("亩", "元", None),
            ("万头", "头", None),
        ] {
            let own = factor(found, declared, &known());
            let own = own.map(|own| format_exact(&own));
            assert_eq!(own.as_deref(), wanted, "{found} {declared}");
        }
    }
}
