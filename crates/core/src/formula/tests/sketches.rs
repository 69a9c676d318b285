//! The six laws of the design, computed by hand on three counties.

use super::fixture::*;
use crate::formula::{Binding, Program, Scale, Scales, TraceKind, Value, Years, evaluate};

/// Water: raw and clamped sums are two totals; the cost of the year multiplies
/// the clamped one. mm x m2 prints in m3 without a written factor.
#[test]
fn water_retention() {
    let program = Method {
        names: &[
            ("rain", "mm", "cell,month"),
            ("aet", "mm", "cell,month"),
            ("runoff_coefficient", "1", "class"),
            ("reservoir_cost", "CNY@2010/m3", "year"),
        ],
        scales: &[],
        formulas: &[
            (
                "balance",
                "sum(rain * (1 - runoff_coefficient) - aet over month)",
                "mm",
                "",
            ),
            ("raw", "total(balance)", "m3", "1"),
            ("quantity", "total(max(balance, 0 [mm]))", "m3", "1"),
            ("value", "quantity * reservoir_cost", "CNY@2010", "0.01"),
        ],
    }
    .program();
    let bindings = program.bindings();
    assert_eq!(bindings["rain"], Binding::Layer);
    assert_eq!(bindings["runoff_coefficient"], Binding::RasterBound);
    assert_eq!(bindings["reservoir_cost"], Binding::Row);
    assert_eq!(program.totals().len(), 2);
    assert_eq!(
        program
            .statement("value")
            .expect("there")
            .domain
            .to_string(),
        "{zone,class}"
    );
    assert_eq!(program.totals()[0].unit().to_string(), "m3");

    let mut rows = rows(&[("year", &["2023", "2024"])]);
    rows.years = Years {
        current: "2024".into(),
        ..Years::default()
    };
    give(&mut rows, &program, "reservoir_cost", "6.1107 7");
    for (total, values) in program
        .totals()
        .iter()
        .zip(["10.5 -3 0 4 5 6", "10.5 0 0 4 ? n/a"])
    {
        let array = array(&rows, "zone,class", "m3", values);
        rows.totals.insert(total.id.clone(), array);
    }
    assert_eq!(printed(&program, &rows, "raw"), "11 -3 0 4 5 6");
    // The printed quantity times the price is the printed value, to the fen.
    assert_eq!(printed(&program, &rows, "value"), "77 0 0 28 ? n/a");
}

/// Lakes: the law holds per object; what an object gives is shared by area.
#[test]
fn lakes() {
    let program = Method {
        names: &[
            ("lake_area", "km2", "object:lake"),
            ("overlap", "m2", "object:lake,zone"),
        ],
        scales: &[],
        formulas: &[
            (
                "capacity",
                "exp(4.924) * (lake_area in km2)^1.128 * 3.19 * 1e4 [m3]",
                "m3",
                "1",
            ),
            ("quantity", "to_zone(capacity by overlap)", "m3", "1"),
        ],
    }
    .program();
    assert!(program.statement("capacity").expect("there").approximate);
    let mut rows = rows(&[("object:lake", &["west", "qiandao"])]);
    give(&mut rows, &program, "lake_area", "1 4");
    give(
        &mut rows,
        &program,
        "overlap",
        "750000 0 250000 4000000 0 0",
    );
    // exp(4.924) x 31900 = 4387899.9038, and x 4^1.128 = 20959474.1348
    assert_eq!(printed(&program, &rows, "capacity"), "4387900 20959474");
    assert_eq!(printed(&program, &rows, "quantity"), "3290925 22056449 0");
}

/// Air: the smaller of emission and capacity, priced per pollutant, and given
/// back to the classes to the fen.
#[test]
fn air_purification() {
    let program = Method {
        names: &[
            ("emission", "t[SO2]", "zone,item:pollutant"),
            ("rate", "kg[SO2]/ha", "class,item:pollutant"),
            ("price", "CNY@2010/t[SO2]", "item:pollutant,zone"),
        ],
        scales: &[],
        formulas: &[
            ("potential", "total(1) * rate", "t[SO2]", ""),
            (
                "removed",
                "min(emission, sum(potential over class))",
                "t[SO2]",
                "0.001",
            ),
            (
                "value",
                "sum(removed * price over pollutant)",
                "CNY@2010",
                "0.01",
            ),
            (
                "by_class",
                "apportion(removed * price by potential over class)",
                "CNY@2010",
                "0.01",
            ),
        ],
    }
    .program();
    assert_eq!(program.totals().len(), 1);
    assert!(program.totals()[0].is_area);
    assert_eq!(program.bindings()["rate"], Binding::Row);
    let mut rows = rows(&[("item:pollutant", &["a", "b"])]);
    let areas = array(&rows, "zone,class", "ha", "1000 2000 0 0 10 0");
    rows.totals.insert("1".into(), areas);
    give(&mut rows, &program, "emission", "100 1 0 0 5 ?");
    give(&mut rows, &program, "rate", "10 20 5 n/a");
    give(&mut rows, &program, "price", "1000 1 1000 1 1000.01 1");
    assert_eq!(printed(&program, &rows, "removed"), "20 1 0 0 0.1 ?");
    assert_eq!(printed(&program, &rows, "value"), "20001 0 ?");
    let by_class = printed(&program, &rows, "by_class");
    assert_eq!(by_class, "10000 1 10000 n/a 0 0 0 n/a 100 ? 0 n/a");
}

/// Energy: a share of sums; one carrier missing makes the share missing.
#[test]
fn non_fossil_share() {
    let program = Method {
        names: &[
            ("primary_use", "J", "zone,item:carrier"),
            ("tce_factor", "tce/J", "item:carrier,year"),
            ("nonfossil", "1", "item:carrier"),
        ],
        scales: &[],
        formulas: &[
            (
                "numerator",
                "sum(primary_use * tce_factor * nonfossil over carrier)",
                "tce",
                "",
            ),
            (
                "share",
                "numerator / sum(primary_use * tce_factor over carrier)",
                "%",
                "",
            ),
        ],
    }
    .program();
    let mut rows = rows(&[("item:carrier", &["coal", "hydro"]), ("year", &["2025"])]);
    rows.years.current = "2025".into();
    give(&mut rows, &program, "primary_use", "76 12 0 1 5 ?");
    give(&mut rows, &program, "tce_factor", "1 2");
    give(&mut rows, &program, "nonfossil", "0 1");
    assert_eq!(printed(&program, &rows, "share"), "24 100 ?");
}

/// The Yellow River payment: 60 million times the class's distance from 3, and a
/// clamped million per point of the index.
#[test]
fn yellow_river_payment() {
    let program = Method {
        names: &[("water_class", "1", "zone"), ("index_change", "1", "zone")],
        scales: &[],
        formulas: &[(
            "net",
            "60000000 [CNY] * (3 - water_class) + clamp(-1000000 [CNY] * (index_change in %), -40000000 [CNY], 40000000 [CNY])",
            "CNY",
            "0.01",
        )],
    }
    .program();
    let mut rows = rows(&[]);
    give(&mut rows, &program, "water_class", "2 3 4");
    give(&mut rows, &program, "index_change", "0.03 -0.5 0.5");
    assert_eq!(
        printed(&program, &rows, "net"),
        "57000000 40000000 -100000000"
    );
}

/// A reward linked to GEP: a pool shared by weighted scores, to the fen.
#[test]
fn linked_reward() {
    let program = Method {
        names: &[
            ("pool", "CNY", ""),
            ("measure", "1", "zone,item:indicator"),
            ("weight", "1", "item:indicator"),
        ],
        scales: &[("scale", "1", "item:indicator", "1")],
        formulas: &[(
            "payment",
            "apportion(pool by sum(weight * step(measure, scale) over indicator) over zone)",
            "CNY",
            "0.01",
        )],
    }
    .program();
    let mut rows = rows(&[("item:indicator", &["water", "air"])]);
    give(&mut rows, &program, "pool", "100");
    give(&mut rows, &program, "measure", "0.5 0.5 0.9 0.1 0 0.95");
    give(&mut rows, &program, "weight", "0.6 0.4");
    let scale = |steps: &[(&str, &str)]| {
        Scale::new(
            steps
                .iter()
                .map(|(from, to)| (number(from), number(to)))
                .collect(),
        )
    };
    let scales = Scales {
        domain: crate::formula::Domain::parse("item:indicator").expect("a domain"),
        scales: vec![
            scale(&[("0", "1"), ("0.5", "2"), ("0.9", "3")]),
            scale(&[("0", "0"), ("0.9", "1")]),
        ],
    };
    rows.scales.insert("scale".into(), scales);
    // Scores 1.2, 1.8, 1.0 of 4.0.
    assert_eq!(printed(&program, &rows, "payment"), "30 45 25");
    let evaluation = evaluate(&program, &rows).expect("computes");
    let trace = evaluation
        .trace("payment", &["330523"], 3)
        .expect("a trace");
    assert_eq!(trace.value, Value::Exact(number("45")));
    let shown = trace.substituted.as_deref();
    assert_eq!(
        shown,
        Some("apportion(100 [CNY] by sum(weight * step(measure, scale) over indicator) over zone)")
    );
    assert_eq!(trace.inputs[0].name, "pool");
    assert!(trace.inputs.iter().any(|one| one.kind == TraceKind::Scale));
}

/// Soil and water laws with factors that are the same for all cells of a class.
fn factored() -> Program {
    Method {
        names: &[
            ("r", "MJ*mm/(ha*h*a)", "cell"),
            ("ls", "1", "cell"),
            ("k", "t*ha*h/(ha*MJ*mm)", "class"),
            ("c", "1", "class"),
            ("rain", "mm", "cell,month"),
            ("share", "1", "month"),
        ],
        scales: &[],
        formulas: &[
            ("kept", "total(r * ls * k * (1 - c) / 2)", "t/a", "1"),
            (
                "water",
                "total(-sum(rain * share * c over month))",
                "m3",
                "",
            ),
            (
                "mixed",
                "total(r * ls - r * ls * c)",
                "MJ*mm*m2/(ha*h*a)",
                "",
            ),
        ],
    }
    .program()
}

/// A constant factor moves out of `total` and a change of it needs no raster;
/// the trace shows the rewritten formula with its numbers.
#[test]
fn factors_move_out_of_total() {
    let program = factored();
    let ids: Vec<&str> = program
        .totals()
        .iter()
        .map(|total| total.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "r * ls",
            "sum(rain * share over month)",
            "r * ls - r * ls * c"
        ]
    );
    assert_eq!(program.bindings()["k"], Binding::Row);
    assert_eq!(program.bindings()["c"], Binding::RasterBound);
    assert_eq!(program.bindings()["share"], Binding::RasterBound);
    let mut rows = rows(&[("month", &["1", "2"])]);
    for total in program.totals() {
        let array = array(
            &rows,
            "zone,class",
            &total.unit().to_string(),
            "10000 0 0 0 0 0",
        );
        rows.totals.insert(total.id.clone(), array);
    }
    give(&mut rows, &program, "k", "2 1");
    give(&mut rows, &program, "c", "0.25 0");
    let evaluation = evaluate(&program, &rows).expect("computes");
    let trace = evaluation
        .trace("kept", &["330127", "forest"], 2)
        .expect("a trace");
    let names: Vec<&str> = trace.inputs.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["total(r * ls)", "k", "c"]);
    assert_eq!(
        trace.formula.as_deref(),
        Some("total(r * ls * k * (1 - c) / 2)")
    );
    assert!(
        trace
            .substituted
            .as_deref()
            .is_some_and(|text| text.ends_with("* (1 - 0.25) / 2"))
    );
    let water = evaluation
        .printed("water", &["330127", "forest"])
        .expect("a value");
    assert_eq!(water, Value::Exact(number("-2500")));
}

/// `at` reads names, statements and totals of another year.
#[test]
fn other_years() {
    let program = Method {
        names: &[
            ("price", "CNY@2010/m3", "year"),
            ("rain", "mm", "cell"),
            ("flow", "m3", "zone"),
        ],
        scales: &[],
        formulas: &[
            ("water", "total(rain)", "m3", "1"),
            ("value", "sum(water over class) * price", "CNY@2010", "0.01"),
            ("growth", "value / (value at previous) - 1", "1", ""),
            ("dearest", "max(price over year) * flow", "CNY@2010", ""),
            ("place", "rank(value over zone)", "1", ""),
        ],
    }
    .program();
    assert_eq!(program.totals()[0].years.len(), 1);
    let mut rows = rows(&[("year", &["2022", "2023", "2024"])]);
    rows.years = Years {
        current: "2024".into(),
        previous: Some("2023".into()),
        base: None,
    };
    give(&mut rows, &program, "price", "9 4 5");
    give(&mut rows, &program, "flow", "1 2 3");
    let water = "1 1 4  1 1 4  0 8 8  0 8 8  ? 2 2  ? 2 2";
    let array = array(&rows, "zone,class,year", "m3", water);
    rows.totals.insert("rain".into(), array);
    assert_eq!(printed(&program, &rows, "growth"), "4 0.25 0.25");
    assert_eq!(printed(&program, &rows, "dearest"), "9 18 27");
    assert_eq!(printed(&program, &rows, "place"), "2 1 3");
    let evaluation = evaluate(&program, &rows).expect("computes");
    let trace = evaluation.trace("growth", &["330127"], 2).expect("a trace");
    assert_eq!(
        trace.substituted.as_deref(),
        Some("40 [CNY@2010] / 8 [CNY@2010] - 1")
    );
    assert_eq!(trace.inputs[1].year.as_deref(), Some("2023"));
}
