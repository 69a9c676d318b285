use super::*;
use crate::quantity::{Rational, format_exact};

fn registry() -> UnitRegistry {
    UnitRegistry::parse(include_str!("../../../../methodology/units.toml")).expect("our units")
}

fn unit(text: &str) -> Unit {
    registry().unit(text).expect("a unit")
}

fn factor(from: &str, to: &str) -> Option<String> {
    unit(from)
        .factor_to(&unit(to))
        .map(|factor| format_exact(&factor))
}

/// Conversion factors are exact fractions, the mu included.
#[test]
fn factors_are_exact() {
    assert_eq!(factor("mu", "ha").as_deref(), Some("1/15"));
    assert_eq!(factor("mu", "m2").as_deref(), Some("2000/3"));
    assert_eq!(factor("mm*m2", "m3").as_deref(), Some("0.001"));
    assert_eq!(factor("kWh", "MJ").as_deref(), Some("3.6"));
    assert_eq!(factor("%", "1").as_deref(), Some("0.01"));
    assert_eq!(
        factor("kg[SO2]/(ha*a)", "t[SO2]/(km2*a)").as_deref(),
        Some("0.1")
    );
}

/// The erosivity and erodibility units of the soil equation cancel to t/(ha*a).
#[test]
fn soil_loss_units_cancel() {
    let product = unit("MJ*mm/(ha*h*a)").times(&unit("t*ha*h/(ha*MJ*mm)"));
    assert!(product.same_dimension(&unit("t/(ha*a)")));
    assert_eq!(product.factor_to(&unit("t/(ha*a)")), Some(Rational::one()));
}

/// Substances and price years are kinds of their own.
#[test]
fn substances_and_years_do_not_mix() {
    assert_eq!(factor("t[SO2]", "t[NOx]"), None);
    assert_eq!(factor("t[C]", "t"), None);
    assert_eq!(factor("CNY@2010", "CNY@2013"), None);
    assert_eq!(factor("CNY@2010", "CNY"), None);
    let deflated = unit("CNY@2010/m3").times(&unit("CNY@2013/CNY@2010"));
    assert_eq!(deflated.to_string(), "CNY@2013/m3");
    let paid = unit("CNY@2010/t[SO2]").times(&unit("kg[SO2]"));
    assert!(paid.same_dimension(&unit("CNY@2010")));
}

/// A spelling, read and printed, is read again as the same unit.
#[test]
fn display_reads_back() {
    for text in [
        "1",
        "%",
        "mm",
        "kg[SO2]/(ha*a)",
        "MJ*mm/(ha*h*a)",
        "CNY@2013/CNY@2010",
        "tce/J",
        "1/a",
        "t[dry_matter]/ha",
        "m^4",
        "km2",
        "1/(m*s)",
        "degC",
        "J",
    ] {
        let parsed = unit(text);
        assert_eq!(unit(&parsed.to_string()), parsed, "{text}");
        let coherent = Unit::coherent(parsed.dimension());
        assert_eq!(unit(&coherent.to_string()), coherent, "{text}");
    }
}

/// 25 degC is 298.15 K; the scale stands alone and is never a factor.
#[test]
fn temperature_scale() {
    let celsius = unit("degC");
    let warm = celsius.to_coherent(&Rational::from_integer(25.into()));
    assert_eq!(format_exact(&warm), "298.15");
    assert_eq!(format_exact(&celsius.from_coherent(&warm)), "25");
    assert_eq!(factor("degC", "K"), None);
    assert!(matches!(
        registry().unit("degC*d"),
        Err(UnitError::OffsetInCompound(_))
    ));
    assert!(matches!(
        registry().unit("degC^2"),
        Err(UnitError::OffsetInCompound(_))
    ));
}

/// Roots halve the exponents or do not exist.
#[test]
fn roots() {
    assert_eq!(
        unit("km2").root().map(|root| root.to_string()).as_deref(),
        Some("m")
    );
    assert_eq!(unit("m3").root(), None);
}

/// What is not a unit is refused, with the nearest known name.
#[test]
fn bad_units_are_refused() {
    let registry = registry();
    let error = |text: &str| registry.unit(text).expect_err(text);
    assert_eq!(
        error("kmm2"),
        UnitError::Unknown("kmm2".into(), Some("km2".into()))
    );
    assert_eq!(
        error("t[SO3]"),
        UnitError::UnknownSubstance("SO3".into(), Some("SO2".into()))
    );
    assert!(matches!(error("m[C]"), UnitError::TagWithoutMass(_)));
    assert!(matches!(error("t@2010"), UnitError::YearWithoutMoney(_)));
    assert!(matches!(error("CNY@20"), UnitError::YearWithoutMoney(_)));
    assert!(matches!(error("t/ha/a"), UnitError::AmbiguousSlash(_)));
    assert!(matches!(error("t/ha*a"), UnitError::AmbiguousSlash(_)));
    for text in [
        "", "*m", "m*", "(m", "m)", "m^", "m^99", "m m", "2*m", "t[", "10",
    ] {
        assert!(registry.unit(text).is_err(), "{text:?}");
    }
}

/// A broken unit file is refused with everything that is wrong in it.
#[test]
fn bad_files_are_refused() {
    let row = |name: &str, definition: &str| {
        format!(
            "[[unit]]\nname = \"{name}\"\ndefinition = \"{definition}\"\ntitle = {{ zh = \"甲\", en = \"x\" }}\nsource = \"s\"\n"
        )
    };
    let twice = row("x", "1") + &row("x", "2") + &row("y", "1,5 x") + &row("z", "3 nothing");
    let errors = UnitRegistry::parse(&twice).expect_err("broken");
    assert_eq!(errors.len(), 3);
    assert_eq!(errors[0], UnitError::Duplicate("x".into()));
    assert!(matches!(errors[1], UnitError::Definition(..)));
    assert!(matches!(errors[2], UnitError::Unknown(..)));
    assert!(UnitRegistry::parse("[[unit]]\nnam = 1").is_err());
    assert!(UnitRegistry::parse(&row("x", "1")).is_ok());
}
