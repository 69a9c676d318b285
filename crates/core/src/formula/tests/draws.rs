//! Draws agree with the exact rows where nothing varies, and with plain arithmetic
//! where it does.

use std::collections::BTreeMap;

use super::fixture::*;
use crate::formula::{
    DrawProgram, DrawScratch, DrawnNames, DrawnNumber, Program, Rows, Value, evaluate,
};
use crate::quantity::to_f64;

/// Two pollutants by class, the lesser of emission and capacity, shared back to classes.
fn air() -> (Program, Rows) {
    let program = Method {
        names: &[
            ("emission", "t[SO2]", "zone,item:pollutant"),
            ("rate", "kg[SO2]/ha", "class,item:pollutant"),
            ("price", "CNY@2010/t[SO2]", "item:pollutant"),
        ],
        scales: &[],
        formulas: &[
            ("potential", "total(1) * rate", "t[SO2]", "0.001"),
            (
                "removed",
                "min(emission, sum(potential over class))",
                "t[SO2]",
                "0.001",
            ),
            ("worth", "removed * price", "CNY@2010", "0.01"),
            (
                "share",
                "apportion(worth by potential over class)",
                "CNY@2010",
                "0.01",
            ),
            ("average", "mean(worth over pollutant)", "CNY@2010", "0.01"),
            (
                "grade",
                "if(worth > 500 [CNY@2010], worth, -worth)",
                "CNY@2010",
                "0.01",
            ),
        ],
    }
    .program();
    let mut rows = rows(&[("item:pollutant", &["a", "b"])]);
    give(&mut rows, &program, "emission", "1.5 0.2 ? 3 0.7 9");
    give(&mut rows, &program, "rate", "7 2 n/a 4");
    give(&mut rows, &program, "price", "1200 630");
    let area = array(&rows, "zone,class", "ha", "310 20 17 0 1000 55");
    rows.totals.insert(program.totals()[0].id.clone(), area);
    (program, rows)
}

const STATEMENTS: [&str; 6] = ["potential", "removed", "worth", "share", "average", "grade"];

/// Runs a program; quanta of each output that varies.
fn run(program: &DrawProgram, inputs: &[Vec<f64>]) -> BTreeMap<usize, Vec<f64>> {
    let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
    let mut found = BTreeMap::new();
    program
        .run(
            &inputs,
            &mut DrawScratch::default(),
            &mut |output, quanta| {
                found.insert(output, quanta.to_vec());
            },
        )
        .expect("finite");
    found
}

/// Every number drawn at the values of the account is the account's, rounding,
/// states and shares included.
#[test]
fn draws_at_the_accounts_values_are_the_account() {
    let (program, rows) = air();
    let entries = |name: &str| rows.values[name].values().iter();
    let mut drawn = DrawnNames::new();
    let mut inputs = Vec::new();
    for name in ["rate", "price"] {
        let mut own = Vec::new();
        for value in entries(name) {
            own.push(value.number().map(|number| {
                inputs.push(vec![to_f64(number); 3]);
                inputs.len() - 1
            }));
        }
        drawn.insert(name.to_owned(), own);
    }
    let compiled = DrawProgram::compile(&program, &rows, &drawn, &STATEMENTS).expect("compiled");
    let found = run(&compiled, &inputs);
    let exact = evaluate(&program, &rows).expect("rows");
    let (mut varying, mut states) = (0, 0);
    for (at, output) in compiled.outputs().iter().enumerate() {
        let labels: Vec<&str> = output.labels.iter().map(String::as_str).collect();
        let value = exact.printed(&output.statement, &labels).expect("a place");
        match (&output.number, value) {
            (DrawnNumber::Varies(reads), Value::Exact(number)) => {
                let quantum = program
                    .statement(&output.statement)
                    .and_then(|own| own.quantum.clone());
                let quanta = to_f64(&(number / quantum.expect("rounded")));
                assert_eq!(found[&at], [quanta; 3], "{} {labels:?}", output.statement);
                assert!(!reads.is_empty());
                varying += 1;
            }
            (DrawnNumber::Same(Value::Exact(_)), Value::Exact(_)) => {}
            (DrawnNumber::Same(own), other) => {
                assert_eq!(*own, other, "{} {labels:?}", output.statement);
                states += 1;
            }
            (own, other) => panic!("{} {labels:?}: {own:?}, {other:?}", output.statement),
        }
    }
    assert!(varying > 20 && states > 4, "{varying} {states}");
}

/// A linear law in every draw is its arithmetic, rounded; chunks and registers change
/// nothing.
#[test]
fn draws_follow_the_arithmetic() {
    let program = Method {
        names: &[
            ("quantity", "t[CO2]", "zone"),
            ("price", "CNY@2010/t[CO2]", ""),
            ("share", "1", ""),
        ],
        scales: &[],
        formulas: &[(
            "value",
            "quantity * price * (1 - share)",
            "CNY@2010",
            "0.01",
        )],
    }
    .program();
    let mut rows = rows(&[]);
    give(&mut rows, &program, "quantity", "12.345 ? 1000000");
    give(&mut rows, &program, "price", "380");
    give(&mut rows, &program, "share", "0.25");
    let one = |at| vec![Some(at)];
    let drawn = DrawnNames::from([("price".into(), one(0)), ("share".into(), one(1))]);
    let compiled = DrawProgram::compile(&program, &rows, &drawn, &["value"]).expect("compiled");
    // Money and mass are coherent in yuan and kilograms.
    let price = [327.27, 350.5, 380.0].map(|price| price / 1000.0);
    let share = [0.1, 0.5, 0.25];
    let found = run(&compiled, &[price.to_vec(), share.to_vec()]);
    assert_eq!(found.len(), 2);
    for (output, tonnes) in [(0, 12.345), (2, 1_000_000.0)] {
        for draw in 0..3 {
            let yuan = tonnes * 1000.0 * price[draw] * (1.0 - share[draw]);
            let fen = found[&output][draw];
            assert!(
                (fen - yuan * 100.0).abs() <= 0.5 + 1e-6,
                "{output} {draw}: {fen}"
            );
            assert_eq!(fen, fen.round());
        }
    }
    assert_eq!(
        compiled.outputs()[1].number,
        DrawnNumber::Same(Value::Missing)
    );
}

/// A draw without a finite value is refused, also if infinity would come back as zero;
/// its twin passes.
#[test]
fn spoiled_draws_are_refused() {
    let program = Method {
        names: &[("a", "1", ""), ("b", "1", "")],
        scales: &[],
        formulas: &[("x", "1 / (a / b) + ln(b + 1)", "1", "0.1")],
    }
    .program();
    let mut rows = rows(&[]);
    give(&mut rows, &program, "a", "1");
    give(&mut rows, &program, "b", "2");
    let drawn = DrawnNames::from([("b".into(), vec![Some(0)])]);
    let compiled = DrawProgram::compile(&program, &rows, &drawn, &["x"]).expect("compiled");
    let mut scratch = DrawScratch::default();
    let good = compiled.run(&[&[2.0, 3.0]], &mut scratch, &mut |_, _| {});
    assert_eq!(good, Ok(()));
    let fault = compiled.run(&[&[2.0, 3.0, 0.0]], &mut scratch, &mut |_, _| {});
    let fault = fault.expect_err("division by zero");
    assert_eq!((fault.output, fault.draw), (0, 2));
    let fault = compiled.run(&[&[-1.0]], &mut scratch, &mut |_, _| {});
    assert_eq!(fault.expect_err("logarithm").draw, 0);
}

/// What is not drawn is refused at its place; where nothing drawn reaches it, it is not.
#[test]
fn other_operations_are_not_drawn() {
    let program = Method {
        names: &[("score", "1", "zone"), ("weight", "1", "")],
        scales: &[],
        formulas: &[("place", "rank(score over zone) * weight", "1", "1")],
    }
    .program();
    let mut rows = rows(&[]);
    give(&mut rows, &program, "score", "3 1 2");
    give(&mut rows, &program, "weight", "2");
    let compile = |name: &str, entries: usize| {
        let drawn = DrawnNames::from([(name.to_owned(), vec![Some(0); entries])]);
        DrawProgram::compile(&program, &rows, &drawn, &["place"])
    };
    assert!(compile("weight", 1).is_ok());
    let refused = compile("score", 3).expect_err("ranks are not drawn");
    assert_eq!(refused.0[0].code, "formula-not-drawn");
    assert!(refused.0[0].place.is_some());
}
