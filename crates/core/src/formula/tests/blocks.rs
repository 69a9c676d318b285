//! The block evaluator against the exact one, cell by cell.

use std::time::Instant;

use super::fixture::*;
use crate::formula::{
    Array, Axis, BlockInput, BlockProgram, BlockScratch, BlockTarget, LayerBlock, Program, Rows,
    Value, evaluate, exact_cells,
};
use crate::quantity::{Rational, from_f64_15, to_f64};

/// Formulas over `a`, `b` (cells), `m` (cells and months), `k` (class), `s`.
const FORMULAS: &[&str] = &[
    "a + b * k - s",
    "(a - b) / (2 + k)",
    "sum(m * (1 - k) - a over month)",
    "max(sum(m * w - a over month), 0)",
    "if(a > b, ln(a + 11), b / (a - 11))",
    "if(k > 0.5, 1 / k, exp(a / 100))",
    "clamp(a, k, k + b ^ 2)",
    "mean(m over month) + max(m over month) - min(m over month)",
    "sqrt(a ^ 2 + b ^ 2) ^ 1.5",
    "min(a, b, s) / -(k + 1) ^ 3",
    "if(a == b, s, if(a > 0, b * (m_one + 1), -b))",
    "k * 2",
];

fn method(formula: &str) -> Method<'_> {
    // The names live as long as the program needs them only for the check.
    Method {
        names: &[
            ("a", "1", "cell"),
            ("b", "1", "cell"),
            ("m_one", "1", "cell"),
            ("m", "1", "cell,month"),
            ("w", "1", "class,month"),
            ("k", "1", "class"),
            ("s", "1", ""),
        ],
        scales: &[],
        formulas: Box::leak(Box::new([("x", formula, "", "")])),
    }
}

/// The same formula with cells as zones, so that rows can compute it.
fn method_of_rows(formula: &str) -> Method<'_> {
    Method {
        names: &[
            ("a", "1", "zone"),
            ("b", "1", "zone"),
            ("m_one", "1", "zone"),
            ("m", "1", "zone,month"),
            ("w", "1", "zone,month"),
            ("k", "1", "zone"),
            ("s", "1", ""),
        ],
        scales: &[],
        formulas: Box::leak(Box::new([("x", formula, "", "")])),
    }
}

/// A small generator whose numbers never change.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// Missing, zero, a range end or something between, with 3 decimals.
    fn value(&mut self) -> Option<f64> {
        match self.next() % 10 {
            0 => None,
            1 => Some(0.0),
            2 => Some(10.0),
            3 => Some(-10.0),
            _ => Some((self.next() % 20_001) as f64 / 1000.0 - 10.0),
        }
    }
}

const CELLS: usize = 1300;

struct Cells {
    layers: Vec<Vec<Option<f64>>>,
    classes: Vec<u16>,
}

fn parameters(rows: &mut Rows, program: &Program) {
    give(rows, program, "k", "0.25 0.75");
    give(rows, program, "w", "1 0.5 2 1.5");
    give(rows, program, "s", "3.125");
}

fn block_values(formula: &str, cells: &Cells) -> Vec<Option<f64>> {
    let program = method(formula).program();
    let mut rows = rows(&[("month", &["1", "2"])]);
    parameters(&mut rows, &program);
    let target = BlockTarget::Statement("x".into());
    let blocks = BlockProgram::compile(&program, &rows, &[target])
        .unwrap_or_else(|findings| panic!("{}", text(&findings)));
    let slot = |name: &str, month: Option<&str>| match (name, month) {
        ("a", _) => 0,
        ("b", _) => 1,
        ("m_one", _) | ("m", Some("1")) => 2,
        _ => 3,
    };
    let chosen: Vec<&Vec<Option<f64>>> = blocks
        .layers()
        .iter()
        .map(|layer| {
            let month = layer.at.first().map(|(_, label)| label.as_str());
            &cells.layers[slot(&layer.name, month)]
        })
        .collect();
    // Garbage stands where nothing is valid.
    let values: Vec<Vec<f64>> = chosen
        .iter()
        .map(|layer| layer.iter().map(|one| one.unwrap_or(f64::NAN)).collect())
        .collect();
    let valid: Vec<Vec<bool>> = chosen
        .iter()
        .map(|layer| layer.iter().map(Option::is_some).collect())
        .collect();
    let layers: Vec<LayerBlock<'_>> = values
        .iter()
        .zip(&valid)
        .map(|(values, valid)| LayerBlock { values, valid })
        .collect();
    let input = BlockInput {
        cells: cells.classes.len(),
        classes: &cells.classes,
        layers: &layers,
    };
    let mut scratch = BlockScratch::new();
    blocks
        .run(&input, &mut scratch)
        .unwrap_or_else(|error| panic!("{formula}: cell {} {:?}", error.cell, error.finding));
    let results = scratch.values(0).iter().zip(scratch.valid(0));
    results
        .map(|(value, valid)| valid.then_some(*value))
        .collect()
}

fn exact_values(formula: &str, cells: &Cells) -> Vec<Option<f64>> {
    let program = method_of_rows(formula).program();
    let labels: Vec<String> = (0..cells.classes.len())
        .map(|cell| cell.to_string())
        .collect();
    let mut rows = Rows {
        labels: crate::formula::Labels::new()
            .with(Axis::Zone, labels)
            .with(Axis::Month, ["1", "2"]),
        ..Rows::default()
    };
    let exact = |value: Option<f64>| match value.and_then(from_f64_15) {
        Some(number) => Value::Exact(number),
        None => Value::Missing,
    };
    let class = |cell: usize, values: [&str; 2]| match cells.classes[cell] {
        at @ 0..=1 => Value::Exact(number(values[usize::from(at)])),
        _ => Value::Missing,
    };
    let names: Vec<String> = program.bindings().keys().cloned().collect();
    for name in names {
        let domain = program.declaration(&name).expect("declared").domain.clone();
        let array = Array::from_fn(&domain, &rows.labels, |at| {
            let cell: usize = at.first().map_or(0, |label| label.parse().expect("a cell"));
            let month = at.get(1).map_or(0, |label| usize::from(*label == "2"));
            match name.as_str() {
                "a" => exact(cells.layers[0][cell]),
                "b" => exact(cells.layers[1][cell]),
                "m_one" => exact(cells.layers[2][cell]),
                "m" => exact(cells.layers[2 + month][cell]),
                "w" => class(cell, [["1", "2"], ["0.5", "1.5"]][month]),
                "k" => class(cell, ["0.25", "0.75"]),
                _ => Value::Exact(number("3.125")),
            }
        });
        rows.values.insert(name, array);
    }
    let evaluation =
        evaluate(&program, &rows).unwrap_or_else(|findings| panic!("{}", text(&findings)));
    let array = evaluation.array("x").expect("a row statement");
    let one = |value: &Value| value.number().map(to_f64);
    if array.values().len() == 1 {
        return vec![one(&array.values()[0]); cells.classes.len()];
    }
    array.values().iter().map(one).collect()
}

/// Blocks and exact rows agree to 1e-12 on seeded cells with zeros, range ends
/// and holes in every layer, and on which results are missing.
#[test]
fn blocks_agree_with_exact_rows() {
    let mut seed = Seeded(2024);
    let mut layer = || (0..CELLS).map(|_| seed.value()).collect::<Vec<_>>();
    let layers = vec![layer(), layer(), layer(), layer()];
    let classes = (0..CELLS).map(|_| (seed.next() % 3) as u16).collect();
    let cells = Cells { layers, classes };
    for formula in FORMULAS {
        let blocks = block_values(formula, &cells);
        let exact = exact_values(formula, &cells);
        let mut present = 0;
        for (cell, (one, other)) in blocks.iter().zip(&exact).enumerate() {
            match (one, other) {
                (Some(one), Some(other)) => {
                    // Differences of numbers up to 100 lose their leading digits.
                    let off = (one - other).abs() / other.abs().max(1.0);
                    assert!(off <= 1e-12, "{formula} cell {cell}: {one} {other}");
                    present += 1;
                }
                (None, None) => {}
                _ => panic!("{formula} cell {cell}: {one:?} {other:?}"),
            }
        }
        assert!(
            present > CELLS / 4,
            "{formula} was tried on {present} cells only"
        );
    }
}

fn run_one(formula: &str, a: f64, class: u16) -> Result<Option<f64>, (usize, String)> {
    let program = method(formula).program();
    let mut rows = rows(&[("month", &["1", "2"])]);
    parameters(&mut rows, &program);
    give(&mut rows, &program, "k", "0 0.75");
    let target = [BlockTarget::Statement("x".into())];
    let blocks = BlockProgram::compile(&program, &rows, &target).expect("compiles");
    let (values, valid, classes) = ([1.0, a], [true, true], [1, class]);
    let layer = LayerBlock {
        values: &values,
        valid: &valid,
    };
    let layers = vec![layer; blocks.layers().len()];
    let input = BlockInput {
        cells: 2,
        classes: &classes,
        layers: &layers,
    };
    let mut scratch = BlockScratch::new();
    match blocks.run(&input, &mut scratch) {
        Ok(()) => Ok(scratch.valid(0)[1].then_some(scratch.values(0)[1])),
        Err(error) => {
            let said = error.finding.to_text(crate::diagnostic::Language::En);
            Err((error.cell, said))
        }
    }
}

/// An operation without a finite value names its cell and its place in the file,
/// unless the branch it stands in was not chosen.
#[test]
fn domain_errors_name_the_cell() {
    for (broken, a, class, fine) in [
        ("1 / a", 0.0, 1, 2.0),
        ("ln(a)", 0.0, 1, 2.0),
        ("ln(a)", -1.0, 1, 2.0),
        ("sqrt(a)", -1.0, 1, 0.0),
        ("exp(a)", 1e4, 1, 2.0),
        ("a * 1e300", 1e300, 1, 2.0),
        ("a ^ -2", 0.0, 1, 2.0),
        ("a ^ 0.5", -2.0, 1, 2.0),
        ("a + 0", f64::NAN, 1, 2.0),
    ] {
        let (cell, said) = run_one(broken, a, class).expect_err(broken);
        assert_eq!(cell, 1, "{broken}");
        assert!(said.contains("method.toml, line 10, column"), "{said}");
        assert!(run_one(broken, fine, class).is_ok(), "{broken}");
    }
    // A parameter of the class cannot be computed: only its cells fail.
    assert!(run_one("a + 1 / k", 1.0, 0).is_err());
    assert!(run_one("a + 1 / k", 1.0, 1).is_ok());
    assert_eq!(run_one("if(a > 0, ln(a), a)", -1.0, 1), Ok(Some(-1.0)));
    assert_eq!(run_one("if(k > 0, a + 1 / k, a)", 5.0, 0), Ok(Some(5.0)));
    assert_eq!(
        run_one("if(a > 0, if(a > 1, ln(a - 1), 0), 1 / a)", 1.0, 1),
        Ok(Some(0.0))
    );
    assert!(run_one("if(a > 0, if(a > 1, ln(a - 1), 0), 1 / a)", 0.0, 1).is_err());
}

/// What does not vary by cell only, or varies by zone, is not compiled.
#[test]
fn only_cell_expressions_are_compiled() {
    let program = method_of_rows("a").program();
    let refused =
        BlockProgram::compile(&program, &rows(&[]), &[BlockTarget::Statement("x".into())]);
    assert!(refused.expect_err("rows").has("formula-not-compiled"));
    let refused =
        BlockProgram::compile(&program, &rows(&[]), &[BlockTarget::Statement("y".into())]);
    assert!(refused.is_err());
}

/// A worked example computes a total's rate exactly, on cells it labels itself.
#[test]
fn examples_compute_rates_exactly() {
    let program = Method {
        names: &[("rain", "mm", "cell"), ("c", "1", "class")],
        scales: &[],
        formulas: &[("x", "total(max(rain - 1000 [mm] * c, 0 [mm]))", "m3", "")],
    }
    .program();
    let mut rows = rows(&[("cell", &["1", "2"])]);
    give(&mut rows, &program, "rain", "1200.1 ?");
    give(&mut rows, &program, "c", "0.3 1.3");
    let rate = exact_cells(&program, &rows, &BlockTarget::Total(0)).expect("computes");
    assert_eq!(rate.domain().to_string(), "{cell,class}");
    let expected = [Value::Exact(number("0.9001")), Value::Exact(number("0"))];
    assert_eq!(rate.values()[..2], expected);
    assert_eq!(rate.values()[2..], [Value::Missing, Value::Missing]);
    assert!(exact_cells(&program, &rows, &BlockTarget::Statement("x".into())).is_err());
    assert!(exact_cells(&program, &rows, &BlockTarget::Total(1)).is_err());
}

/// Prints the speed of rows; run by hand.
#[test]
#[ignore = "a measurement"]
fn speed_of_rows() {
    let program = Method {
        names: &[
            ("emission", "t[SO2]", "zone,item:pollutant"),
            ("rate", "kg[SO2]/ha", "class,item:pollutant"),
            ("price", "CNY@2010/t[SO2]", "item:pollutant"),
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
                "back",
                "apportion(removed * price by potential over class)",
                "CNY@2010",
                "0.01",
            ),
            ("place", "rank(value over zone)", "1", ""),
        ],
    }
    .program();
    let names = |count: usize| (0..count).map(|at| format!("{at:06}")).collect::<Vec<_>>();
    let mut rows = Rows {
        labels: crate::formula::Labels::new()
            .with(Axis::Zone, names(3000))
            .with(Axis::Class, names(20))
            .with(Axis::Item("pollutant".into()), names(5)),
        ..Rows::default()
    };
    let start = Instant::now();
    let mut seed = Seeded(7);
    for (name, domain) in [
        ("emission", "zone,item:pollutant"),
        ("rate", "class,item:pollutant"),
        ("price", "item:pollutant"),
        ("1", "zone,class"),
    ] {
        let domain = crate::formula::Domain::parse(domain).expect("a domain");
        let array = Array::from_fn(&domain, &rows.labels, |_| {
            Value::Exact(Rational::new(seed.next().into(), 1000.into()))
        });
        let place = if name == "1" {
            &mut rows.totals
        } else {
            &mut rows.values
        };
        place.insert(name.into(), array);
    }
    let evaluation = evaluate(&program, &rows).expect("computes");
    assert!(evaluation.array("place").is_some());
    println!(
        "{:.2} s for 3000 counties, 20 classes, 5 items",
        start.elapsed().as_secs_f64()
    );
}

/// Two totals over one balance share its work and its layers; months are unrolled.
#[test]
fn totals_share_what_they_have_in_common() {
    let program = Method {
        names: &[("rain", "mm", "cell,month"), ("c", "1", "class")],
        scales: &[],
        formulas: &[
            ("balance", "sum(rain * (1 - c) - 1 [mm] over month)", "", ""),
            ("raw", "total(balance)", "", ""),
            ("kept", "total(max(balance, 0 [mm]))", "", ""),
        ],
    }
    .program();
    let months: Vec<String> = (1..=12).map(|month| month.to_string()).collect();
    let months: Vec<&str> = months.iter().map(String::as_str).collect();
    let mut rows = rows(&[("month", &months)]);
    give(&mut rows, &program, "c", "0.5 n/a");
    let targets = [BlockTarget::Total(0), BlockTarget::Total(1)];
    let blocks = BlockProgram::compile(&program, &rows, &targets).expect("compiles");
    assert_eq!(blocks.layers().len(), 12);
    assert_eq!(blocks.outputs().len(), 2);
    assert_eq!(blocks.layers()[0].unit.scale_f64(), 0.001);
    let (values, valid) = ([0.001; 3], [true, true, false]);
    let layer = LayerBlock {
        values: &values,
        valid: &valid,
    };
    let input = BlockInput {
        cells: 3,
        classes: &[0, 1, 0],
        layers: &[layer; 12],
    };
    let mut scratch = BlockScratch::new();
    blocks.run(&input, &mut scratch).expect("runs");
    assert!((scratch.values(0)[0] + 0.006).abs() < 1e-15);
    assert_eq!(scratch.values(1)[0], 0.0);
    for output in 0..2 {
        assert_eq!(scratch.valid(output), [true, false, false]);
        assert_eq!(blocks.outputs()[output].applies, [true, false]);
    }
}

/// A sum over cells passes over the items that do not apply to a class, as rows
/// do; for a mean that cannot be told in one table, so it is refused.
#[test]
fn sums_pass_over_what_does_not_apply() {
    let compiled = |formula: &str, factors: &str| {
        let program = Method {
            names: &[("a", "1", "cell"), ("f", "1", "class,item:gas")],
            scales: &[],
            formulas: &[("x", formula, "", "")],
        }
        .program();
        let mut rows = rows(&[("item:gas", &["no", "nox"])]);
        give(&mut rows, &program, "f", factors);
        BlockProgram::compile(&program, &rows, &[BlockTarget::Statement("x".into())])
    };
    let blocks = compiled("sum(a * f over gas)", "n/a 2 3 4").expect("compiles");
    assert_eq!(blocks.outputs()[0].applies, [true, true]);
    let layer = LayerBlock {
        values: &[10.0, 10.0, 1.0],
        valid: &[true, true, false],
    };
    let input = BlockInput {
        cells: 3,
        classes: &[0, 1, 0],
        layers: &[layer],
    };
    let mut scratch = BlockScratch::new();
    blocks.run(&input, &mut scratch).expect("runs");
    assert_eq!(scratch.values(0)[..2], [20.0, 70.0]);
    assert_eq!(scratch.valid(0), [true, true, false]);
    let refused = compiled("mean(a * f over gas)", "n/a 2 3 4").expect_err("partly");
    assert!(
        refused.has("formula-partly-not-applicable"),
        "{}",
        text(&refused)
    );
    assert!(compiled("mean(a * f over gas)", "n/a n/a 3 4").is_ok());
}

/// Prints the speed; run by hand.
#[test]
#[ignore = "a measurement"]
fn speed_of_a_water_balance() {
    let program = Method {
        names: &[
            ("rain", "mm", "cell,month"),
            ("aet", "mm", "cell,month"),
            ("c", "1", "class"),
        ],
        scales: &[],
        formulas: &[(
            "x",
            "max(sum(rain * (1 - c) - aet over month), 0 [mm])",
            "",
            "",
        )],
    }
    .program();
    let months: Vec<String> = (1..=12).map(|month| month.to_string()).collect();
    let months: Vec<&str> = months.iter().map(String::as_str).collect();
    let mut rows = rows(&[("month", &months)]);
    give(&mut rows, &program, "c", "0.5 0.25");
    let target = [BlockTarget::Statement("x".into())];
    let blocks = BlockProgram::compile(&program, &rows, &target).expect("compiles");
    let cells = 1 << 16;
    let (values, valid) = (vec![0.05; cells], vec![true; cells]);
    let layer = LayerBlock {
        values: &values,
        valid: &valid,
    };
    let classes = vec![0; cells];
    let input = BlockInput {
        cells,
        classes: &classes,
        layers: &vec![layer; blocks.layers().len()],
    };
    let mut scratch = BlockScratch::new();
    let start = Instant::now();
    for _ in 0..50 {
        blocks.run(&input, &mut scratch).expect("runs");
    }
    let nanoseconds = start.elapsed().as_nanos() as f64 / (50 * cells) as f64;
    println!("{nanoseconds:.1} ns per cell of 24 layers");
    assert!(Rational::from_float(scratch.values(0)[0]).is_some());
}
