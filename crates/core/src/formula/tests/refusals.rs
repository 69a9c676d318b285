//! Every refusal fires on a broken formula, names the place, and is silent on the
//! repaired one.

use super::fixture::*;
use crate::formula::{Domain, Scale, Scales, Value, Years, evaluate};

const NAMES: &[(&str, &str, &str)] = &[
    ("rain", "mm", "cell,month"),
    ("slope", "1", "cell"),
    ("c", "1", "class"),
    ("so2", "t[SO2]", "zone"),
    ("nox", "t[NOx]", "zone"),
    ("so2_price", "CNY@2010/t[SO2]", ""),
    ("old", "CNY@2010", "zone"),
    ("new", "CNY@2013", "zone"),
    ("area", "m2", "zone"),
    ("depth", "m3", "zone"),
    ("temperature", "degC", "zone"),
    ("index", "1", "zone"),
    ("pool", "CNY", ""),
    ("lake", "m2", "object:lake"),
    ("overlap", "m2", "object:lake,zone"),
    ("yearly", "1", "year"),
    ("weight", "1", "class"),
];

fn method<'a>(formulas: &'a [(&'a str, &'a str, &'a str, &'a str)]) -> Method<'a> {
    Method {
        names: NAMES,
        scales: &[("scale", "1", "", "1"), ("area_scale", "m2", "", "1")],
        formulas,
    }
}

/// (code, broken formula, column of the trouble in the text from 1, repaired formula)
const CHECKS: &[(&str, &str, usize, &str)] = &[
    ("formula-syntax", "index + ", 9, "index + 1"),
    ("formula-syntax", "index index", 7, "index * index"),
    ("formula-syntax", "1,000 * index", 2, "1000 * index"),
    ("formula-syntax", "1e4x", 1, "1e4"),
    (
        "formula-syntax",
        "if(1 < index < 2, 1, 2)",
        14,
        "if(1 < index, 1, 2)",
    ),
    (
        "formula-syntax",
        "sum(weight over)",
        16,
        "sum(weight over class)",
    ),
    ("formula-syntax", "index ? 1", 7, "index + 1"),
    (
        "formula-unknown-function",
        "abs(index)",
        1,
        "max(index, -index)",
    ),
    (
        "formula-operands",
        "clamp(index, 1)",
        1,
        "clamp(index, 1, 2)",
    ),
    ("formula-operands", "min(index)", 1, "min(index, 1)"),
    (
        "formula-offset-literal",
        "5 [degC] - temperature",
        3,
        "temperature in degC",
    ),
    ("formula-too-large", "index ^ 1000", 9, "index ^ 10"),
    ("unit-unknown", "5 [kmm2]", 3, "5 [km2]"),
    (
        "unit-substance-unknown",
        "so2 + 1 [t[SO3]]",
        9,
        "so2 + 1 [t[SO2]]",
    ),
    ("unit-tag-without-mass", "1 [m[C]]", 3, "1 [t[C]]"),
    ("unit-year-without-money", "1 [m@2010]", 3, "1 [CNY@2010]"),
    ("unit-offset-in-compound", "1 [degC*d]", 3, "1 [K*d]"),
    ("unit-ambiguous-slash", "1 [t/ha/a]", 3, "1 [t/(ha*a)]"),
    ("unit-syntax", "1 [t//ha]", 3, "1 [t/ha]"),
    ("formula-unknown-name", "indez + 1", 1, "index + 1"),
    ("formula-unit-mismatch", "area + depth", 1, "area + area"),
    ("formula-unit-mismatch", "so2 + nox", 1, "so2 + so2"),
    ("formula-unit-mismatch", "old - new", 1, "old - old"),
    (
        "formula-unit-mismatch",
        "min(area, 5)",
        1,
        "min(area, 5 [m2])",
    ),
    (
        "formula-unit-mismatch",
        "if(area > depth, 1, 2)",
        4,
        "if(area > area, 1, 2)",
    ),
    (
        "formula-unit-mismatch",
        "if(index > 1, area, depth)",
        1,
        "if(index > 1, area, area)",
    ),
    (
        "formula-unit-mismatch",
        "old + nox * so2_price",
        1,
        "old + so2 * so2_price",
    ),
    (
        "formula-unit-mismatch",
        "step(area, scale)",
        1,
        "step(area, area_scale)",
    ),
    ("formula-not-plain", "exp(area)", 5, "exp(area in km2)"),
    ("formula-not-plain", "ln(depth)", 4, "ln(depth in m3)"),
    (
        "formula-not-plain",
        "area ^ 1.128",
        1,
        "(area in km2) ^ 1.128",
    ),
    ("formula-not-plain", "2 ^ area", 5, "2 ^ index"),
    ("formula-root", "sqrt(depth)", 1, "sqrt(area)"),
    ("formula-strip", "area in m3", 1, "area in ha"),
    ("formula-literal-zero", "index / 0", 9, "index / 2"),
    (
        "formula-truth",
        "1 + (index > 2)",
        5,
        "1 + if(index > 2, 1, 0)",
    ),
    (
        "formula-condition",
        "if(index, 1, 2)",
        4,
        "if(index > 0, 1, 2)",
    ),
    (
        "formula-no-axis",
        "sum(index over class)",
        1,
        "sum(index over zone)",
    ),
    (
        "formula-no-axis",
        "to_zone(index by overlap)",
        9,
        "to_zone(lake by overlap)",
    ),
    (
        "formula-over-cell",
        "sum(slope over cell)",
        1,
        "total(slope)",
    ),
    (
        "formula-cell-operand",
        "rank(slope over cell)",
        6,
        "rank(sum(total(slope) over class) over zone)",
    ),
    (
        "formula-cell-operand",
        "total(sum(slope * c over class))",
        7,
        "total(sum(rain over month))",
    ),
    (
        "formula-zone-in-total",
        "total(slope * so2)",
        7,
        "total(slope) * so2",
    ),
    (
        "formula-object-in-total",
        "total(slope * lake)",
        7,
        "to_zone(lake by overlap)",
    ),
    (
        "formula-total-in-total",
        "total(slope * total(slope))",
        15,
        "total(slope * slope)",
    ),
    (
        "formula-apportion-axis",
        "apportion(old by area over zone)",
        11,
        "apportion(sum(old over zone) by area over zone)",
    ),
    (
        "formula-apportion-quantum",
        "apportion(depth by weight over class)",
        1,
        "apportion(sum(old over zone) by weight over class)",
    ),
    (
        "formula-overlap",
        "to_zone(lake by area)",
        1,
        "to_zone(lake by overlap)",
    ),
    ("formula-scale", "scale + 1", 1, "step(index, scale) + 1"),
    (
        "formula-scale",
        "step(index, area)",
        1,
        "step(index, scale)",
    ),
    (
        "formula-no-year",
        "index at previous",
        1,
        "yearly at previous",
    ),
    (
        "formula-nested-year",
        "at(yearly at base, previous)",
        4,
        "at(yearly, previous)",
    ),
];

#[test]
fn every_check_fires_at_its_place_and_is_silent_on_the_repair() {
    for (code, broken, column, repaired) in CHECKS {
        // Shares of money are in yuan of 2010 with a quantum; the others declare nothing.
        let shares = repaired.starts_with("apportion");
        let (unit, quantum) = if shares {
            ("CNY@2010", "0.01")
        } else {
            ("", "")
        };
        let refusal = method(&[(
            "x",
            broken,
            if shares && !broken.contains("depth") {
                unit
            } else {
                ""
            },
            if shares { quantum } else { "" },
        )])
        .check()
        .expect_err(broken);
        assert_eq!(refusal.0.len(), 1, "{broken}\n{}", text(&refusal));
        let finding = &refusal.0[0];
        assert_eq!(finding.code, *code, "{broken}\n{}", text(&refusal));
        assert_eq!(finding.file.as_deref(), Some("method.toml"), "{broken}");
        let place = format!("line 10, column {}", column + 12);
        assert_eq!(finding.place.as_deref(), Some(place.as_str()), "{broken}");
        // Both languages fill every place of the sentence.
        finding.to_text(crate::diagnostic::Language::Zh);
        if let Err(findings) = method(&[("x", repaired, unit, quantum)]).check() {
            panic!("{repaired}\n{}", text(&findings));
        }
    }
}

/// The declared output must be what the formula gives.
#[test]
fn outputs_are_compared_with_the_formula() {
    for (code, broken, repaired) in [
        (
            "formula-output-unit",
            ("x", "so2 * so2_price", "CNY@2013", ""),
            ("x", "so2 * so2_price", "CNY@2010", ""),
        ),
        (
            "formula-output-quantum",
            ("x", "area", "ha", "0"),
            ("x", "area", "ha", "0.1"),
        ),
        (
            "formula-cell-quantum",
            ("x", "slope", "1", "0.1"),
            ("x", "slope", "1", ""),
        ),
        (
            "formula-name-taken",
            ("area", "area", "", ""),
            ("x", "area", "", ""),
        ),
        (
            "formula-name-taken",
            ("over", "area", "", ""),
            ("overs", "area", "", ""),
        ),
    ] {
        let findings = method(&[broken]).check().expect_err(code);
        assert!(findings.has(code), "{}", text(&findings));
        assert!(method(&[repaired]).check().is_ok(), "{code}");
    }
}

/// A broken statement is told once; those that read it are not told again, and
/// other mistakes are told as well.
#[test]
fn all_statements_are_checked() {
    let findings = method(&[
        ("a", "area + depth", "", ""),
        ("b", "a * 2", "", ""),
        ("d", "exp(area)", "", ""),
    ])
    .check()
    .expect_err("two mistakes");
    let codes: Vec<&str> = findings.0.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["formula-unit-mismatch", "formula-not-plain"]);
    let said = text(&findings);
    assert!(said.contains("`m2` and `m3`"), "{said}");
    assert!(said.contains("method.toml, line 10, column 13"), "{said}");
}

/// (code, formula, its values of `index` and `area`, the same computing)
const ROWS: &[(&str, &str, &str, &str)] = &[
    ("formula-division-by-zero", "1 / index", "0 1 2", "1 1 2"),
    ("formula-outside-domain", "ln(index)", "0 1 2", "1 1 2"),
    ("formula-outside-domain", "sqrt(index)", "-1 1 2", "0 1 2"),
    ("formula-outside-domain", "index ^ 0.5", "-1 1 2", "0 1 2"),
    ("formula-outside-domain", "index ^ -1", "0 1 2", "1 1 2"),
    (
        "formula-outside-domain",
        "exp(index)",
        "1000 1 2",
        "700 1 2",
    ),
    (
        "formula-apportion-zero",
        "apportion(pool by index over zone)",
        "0 0 0",
        "0 0 1",
    ),
    (
        "formula-apportion-negative",
        "apportion(pool by index over zone)",
        "0 -1 2",
        "0 ? 2",
    ),
    (
        "formula-scale-below",
        "step(index, scale)",
        "-1 0 1",
        "? 0 1",
    ),
    (
        "formula-year-absent",
        "index * (yearly at base)",
        "1 1 1",
        "",
    ),
    ("formula-input-absent", "area / area", "1 1 1", ""),
];

#[test]
fn every_row_error_fires_with_its_place() {
    for (code, formula, values, fine) in ROWS {
        let money = formula.starts_with("apportion");
        let (unit, quantum) = if money { ("CNY", "0.01") } else { ("", "") };
        let program = method(&[("x", formula, unit, quantum)]).program();
        let mut rows = rows(&[("year", &["2024"])]);
        rows.years = Years {
            current: "2024".into(),
            ..Years::default()
        };
        let steps = vec![(number("0"), number("1"))];
        let scales = Scales {
            domain: Domain::single(),
            scales: vec![Scale::new(steps)],
        };
        rows.scales.insert("scale".into(), scales);
        give(&mut rows, &program, "pool", "100");
        give(&mut rows, &program, "yearly", "3");
        give(&mut rows, &program, "index", values);
        let Err(findings) = evaluate(&program, &rows) else {
            panic!("{formula} computes");
        };
        assert!(findings.has(code), "{formula}: {}", text(&findings));
        assert!(text(&findings).contains("line 10"), "{}", text(&findings));
        if !fine.is_empty() {
            give(&mut rows, &program, "index", fine);
            if let Err(findings) = evaluate(&program, &rows) {
                panic!("{formula}: {}", text(&findings));
            }
        }
    }
}

/// Only the branch an `if` takes may fail, and all failing places are listed.
#[test]
fn branches_are_lazy_and_places_are_listed() {
    let guarded = method(&[("x", "if(index > 0, 1 / index, 0)", "", "")]).program();
    let mut rows = rows(&[]);
    give(&mut rows, &guarded, "index", "0 4 ?");
    assert_eq!(printed(&guarded, &rows, "x"), "0 0.25 ?");
    let bare = method(&[("x", "1 / index", "", "")]).program();
    give(&mut rows, &bare, "index", "0 4 0");
    let Err(findings) = evaluate(&bare, &rows) else {
        panic!("computes");
    };
    assert_eq!(findings.0.len(), 2);
    assert!(text(&findings).contains("zone 330127"));
}

/// Lakes must lie somewhere, by areas that are not negative.
#[test]
fn overlaps_are_checked() {
    let program = method(&[("x", "to_zone(lake by overlap)", "", "")]).program();
    let mut rows = rows(&[("object:lake", &["west"])]);
    give(&mut rows, &program, "lake", "100");
    for (code, overlap) in [
        ("formula-overlap-zero", "0 0 0"),
        ("formula-overlap-negative", "1 -1 1"),
    ] {
        give(&mut rows, &program, "overlap", overlap);
        let Err(findings) = evaluate(&program, &rows) else {
            panic!("{overlap} computes");
        };
        assert!(findings.has(code), "{}", text(&findings));
    }
    give(&mut rows, &program, "overlap", "1 0 3");
    assert_eq!(printed(&program, &rows, "x"), "25 0 75");
    give(&mut rows, &program, "overlap", "1 ? 3");
    assert_eq!(printed(&program, &rows, "x"), "? ? ?");
}

/// Values of the wrong shape are refused before anything is computed.
#[test]
fn shapes_are_checked() {
    let program = method(&[("x", "index", "", "")]).program();
    let mut rows = rows(&[]);
    let wrong = array(&rows, "class", "1", "1 2");
    rows.values.insert("index".into(), wrong);
    let Err(findings) = evaluate(&program, &rows) else {
        panic!("computes");
    };
    assert!(findings.has("formula-input-shape"));
    findings.0[0].to_text(crate::diagnostic::Language::Zh);
}

/// Each missing input makes the result missing, one after the other; what is not
/// applicable is passed over by sums only.
#[test]
fn missing_spreads() {
    let formula = "clamp(index, 0, 2) * (area in m2) - max(so2 in t[SO2], 1)";
    let program = method(&[("x", formula, "", ""), ("all", "sum(x over zone)", "", "")]).program();
    let mut rows = rows(&[]);
    for hole in [None, Some("index"), Some("area"), Some("so2")] {
        for name in ["index", "area", "so2"] {
            let values = if hole == Some(name) { "? 2 3" } else { "1 2 3" };
            give(&mut rows, &program, name, values);
        }
        let expected = if hole.is_some() { "? 2 3" } else { "0 2 3" };
        assert_eq!(printed(&program, &rows, "x"), expected, "{hole:?}");
        let sum = if hole.is_some() { "?" } else { "5" };
        assert_eq!(printed(&program, &rows, "all"), sum, "{hole:?}");
    }
    give(&mut rows, &program, "index", "n/a ? 1");
    assert_eq!(printed(&program, &rows, "x"), "n/a ? 0");
    give(&mut rows, &program, "index", "n/a 2 1");
    give(&mut rows, &program, "area", "? 2 1");
    give(&mut rows, &program, "so2", "1 1 1");
    assert_eq!(printed(&program, &rows, "all"), "3");
    let array = evaluate(&program, &rows).expect("computes").array("x");
    assert_eq!(array.expect("there").values()[0], Value::NotApplicable);
}

/// 25 degC is stripped to 25, whatever the coherent kelvin are.
#[test]
fn temperature_is_stripped_exactly() {
    let program = method(&[("x", "0.24 * (temperature in degC - 1)", "", "")]).program();
    let mut rows = rows(&[]);
    give(&mut rows, &program, "temperature", "25 -3.5 ?");
    assert_eq!(printed(&program, &rows, "x"), "5.76 -1.08 ?");
}
