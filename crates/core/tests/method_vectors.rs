//! Published numbers through method files: printed inputs, fed to the bundled laws
//! with their own parameters, give the printed results.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::formula::{Array, Axis, Domain, Labels, Rows, Value, evaluate};
use gep_core::methodology::{Law, Methodology};
use gep_core::quantity::{Rational, format_decimal, parse_decimal};
use num_traits::Signed;

type Record = BTreeMap<String, String>;

fn number(text: &str) -> Rational {
    parse_decimal(text).unwrap_or_else(|| panic!("`{text}` is no number"))
}

/// Reads `name=number unit` entries: values in the coherent unit by name, or by
/// `name:item`.
fn values(all: &Methodology, text: &str) -> BTreeMap<String, Rational> {
    let entries = text.split(';').filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let (name, value) = entry.split_once('=').expect("name=value");
            let (value, unit) = value.split_once(' ').expect("a number and a unit");
            let unit = all.units.unit(unit).expect("a unit");
            (name.to_owned(), unit.to_coherent(&number(value)))
        })
        .collect()
}

fn labels(law: &Law) -> Labels {
    let mut domain = Domain::single();
    for name in law.program.bindings().keys() {
        domain = domain.with(&law.program.declaration(name).expect("declared").domain);
    }
    let mut labels = Labels::new();
    for axis in domain.axes() {
        let own = match axis {
            Axis::Zone => vec!["513300".to_owned()],
            Axis::Class => vec!["any".to_owned()],
            item => law.labels(item),
        };
        labels = labels.with(axis.clone(), own);
    }
    labels
}

/// Returns the output of a record's law, in the printed unit and scale.
fn compute(all: &Methodology, record: &Record) -> Rational {
    let law = all.law(&record["method"], None).expect("a law");
    let law = law.expect("a formula");
    let mut rows = Rows {
        labels: labels(&law),
        ..Rows::default()
    };
    for name in law.parameters.keys() {
        let own = law.parameter(name, &rows.labels).expect("a parameter");
        rows.values.insert(name.clone(), own);
    }
    let mut given = values(all, &record["given"]);
    given.extend(values(all, &record["parameters"]));
    for name in law.program.bindings().keys() {
        let named = given.keys().any(|key| key.split(':').next() == Some(name));
        if !named {
            continue;
        }
        let declared = &law.program.declaration(name).expect("declared").domain;
        let array = Array::from_fn(declared, &rows.labels, |at| {
            let item = at.last().map_or("", |label| label);
            let own = given.get(&format!("{name}:{item}"));
            let own = own.or_else(|| given.get(name));
            own.cloned().map_or(Value::Missing, Value::Exact)
        });
        rows.values.insert(name.clone(), array);
    }
    let evaluation =
        evaluate(&law.program, &rows).unwrap_or_else(|findings| panic!("{findings:?}"));
    let array = evaluation.array(&record["output"]).expect("an output");
    let [Value::Exact(found)] = array.values() else {
        panic!("{}: one number expected", record["item"]);
    };
    let unit = all.units.unit(&record["unit"]).expect("a unit");
    unit.from_coherent(found) / number(&record["scale"])
}

#[test]
fn methods_reproduce_published_numbers() {
    let all = Methodology::bundled().expect("the bundled methodology");
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/published/method-vectors/vectors.csv");
    let mut reader = csv::Reader::from_path(path).expect("the vectors");
    let mut sums: BTreeMap<(String, String), (Rational, Record)> = BTreeMap::new();
    for record in reader.deserialize::<Record>() {
        let record = record.expect("a vector");
        let found = compute(&all, &record);
        let key = (record["set"].clone(), record["item"].clone());
        let sum = sums.entry(key).or_insert_with(|| (number("0"), record));
        sum.0 += found;
    }
    assert_eq!(sums.len(), 6);
    for ((set, item), (found, record)) in &sums {
        let printed = number(&record["printed"]);
        let off = (found - &printed).abs();
        println!(
            "| {set} | {item} | {} | {} |",
            record["printed"],
            format_decimal(found, 6)
        );
        assert!(
            off <= number(&record["tolerance"]),
            "{set} {item}: {}",
            format_decimal(found, 6)
        );
        // A tenth more is told apart from the printed number.
        assert!(&printed / number("10") > number(&record["tolerance"]));
    }
}
