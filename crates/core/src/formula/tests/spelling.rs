//! Reading, printing and reading again.

use proptest::prelude::*;

use super::fixture::{number, units};
use crate::formula::parse::parse;
use crate::formula::{Expression, Function, Kind, Operator, Reduction, YearRef, print};

fn canonical(text: &str) -> String {
    let tree = parse(text, &units()).unwrap_or_else(|error| panic!("{text}: {error:?}"));
    print(&tree)
}

/// Only the parentheses that reading needs are printed; grouping is kept.
#[test]
fn canonical_spelling() {
    for (text, expected) in [
        ("a+b*c", "a + b * c"),
        ("((a+b))*c", "(a + b) * c"),
        ("a-(b-c)-d", "a - (b - c) - d"),
        ("a/(b*c)/d", "a / (b * c) / d"),
        ("2^3^2", "2^3^2"),
        ("(2^3)^2", "(2^3)^2"),
        ("-x^2", "-x^2"),
        ("(-x)^2", "(-x)^2"),
        ("2^-1", "2^(-1)"),
        ("a*-b", "a * -b"),
        ("0.50[ m3 ]", "0.5 [m3]"),
        ("1e4 [ t[SO2]/ha ]", "10000 [t[SO2]/ha]"),
        ("t in degC", "t in degC"),
        ("t in [kg/ha] * 2", "t in [kg/ha] * 2"),
        ("(a*b) in %", "(a * b) in %"),
        ("x at base", "at(x, base)"),
        (
            "if(a>=b,min(a,b,c),max(a over class))",
            "if(a >= b, min(a, b, c), max(a over class))",
        ),
        ("mean(x over month)", "mean(x over month)"),
        ("apportion(a by w over zone)", "apportion(a by w over zone)"),
        ("to_zone( x by overlap )", "to_zone(x by overlap)"),
        (
            "rank(x over zone)+step(x,s)",
            "rank(x over zone) + step(x, s)",
        ),
        ("降水量*系数", "降水量 * 系数"),
    ] {
        assert_eq!(canonical(text), expected, "{text}");
    }
}

fn leaf() -> impl Strategy<Value = Kind> {
    let unit = prop_oneof![
        Just("m3"),
        Just("t[SO2]/ha"),
        Just("%"),
        Just("CNY@2010/m3")
    ];
    prop_oneof![
        prop_oneof![Just("a"), Just("rain_1"), Just("碳")].prop_map(|name| Kind::Name(name.into())),
        (0u32..100_000, 0u32..6).prop_map(|(digits, places)| {
            Kind::Number(number(&format!("{digits}e-{places}")), None)
        }),
        (0u32..1000, unit).prop_map(|(whole, unit)| {
            let unit = units().unit(unit).expect("a unit");
            Kind::Number(number(&whole.to_string()), Some(unit))
        }),
    ]
}

fn tree() -> impl Strategy<Value = Expression> {
    let expression = |kind: Kind| Expression { kind, span: 0..0 };
    leaf()
        .prop_map(expression)
        .prop_recursive(5, 40, 4, move |inner| {
            let boxed = || inner.clone().prop_map(Box::new);
            let arithmetic = prop_oneof![
                Just(Operator::Add),
                Just(Operator::Subtract),
                Just(Operator::Multiply),
                Just(Operator::Divide),
                Just(Operator::Power),
            ];
            let comparison = (boxed(), boxed()).prop_map(move |(left, right)| {
                expression(Kind::Binary(Operator::LessOrEqual, left, right))
            });
            let unit = prop_oneof![Just("degC"), Just("km2"), Just("t/(ha*a)"), Just("1")];
            let strip = (boxed(), unit)
                .prop_map(|(inner, unit)| Kind::Strip(inner, units().unit(unit).expect("a unit")));
            let axis = prop_oneof![Just("class"), Just("pollutant")].prop_map(str::to_owned);
            prop_oneof![
                (arithmetic, boxed(), boxed()).prop_map(|(sign, a, b)| Kind::Binary(sign, a, b)),
                boxed().prop_map(Kind::Negative),
                strip,
                (comparison, inner.clone(), inner.clone())
                    .prop_map(|(condition, a, b)| Kind::If(Box::new([condition, a, b]))),
                prop::collection::vec(inner.clone(), 2..4)
                    .prop_map(|all| Kind::Call(Function::Max, all)),
                inner
                    .clone()
                    .prop_map(|one| Kind::Call(Function::Exp, vec![one])),
                (boxed(), axis.clone()).prop_map(|(a, axis)| Kind::Reduce(Reduction::Min, a, axis)),
                (boxed(), boxed(), axis.clone())
                    .prop_map(|(a, w, axis)| Kind::Apportion(a, w, axis)),
                (boxed(), axis).prop_map(|(a, axis)| Kind::Rank(a, axis)),
                boxed().prop_map(|a| Kind::At(a, YearRef::Previous)),
                boxed().prop_map(|a| Kind::Step(a, "scale".into())),
                boxed().prop_map(|a| Kind::ToZone(a, "overlap".into())),
                boxed().prop_map(Kind::Total),
            ]
            .prop_map(expression)
        })
}

proptest! {
    /// What is printed reads back as the same tree, and prints the same again.
    #[test]
    fn printing_reads_back(tree in tree()) {
        let text = print(&tree);
        let again = parse(&text, &units());
        prop_assert!(again.is_ok(), "{} {:?}", text, again);
        let again = again.expect("checked above");
        prop_assert_eq!(print(&again), text);
        prop_assert_eq!(again, tree);
    }

    /// No text, however strange, makes the reader panic.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z0-9 +*/^()\\[\\],.<>=%@碳-]{0,60}") {
        let _ = parse(&text, &units());
    }
}

/// Neither depth nor length can exhaust the reader.
#[test]
fn monsters_are_refused() {
    for text in [
        "(".repeat(5000),
        "-".repeat(5000),
        "1+".repeat(50_000),
        "a^".repeat(3000) + "a",
    ] {
        assert!(parse(&text, &units()).is_err());
    }
}
