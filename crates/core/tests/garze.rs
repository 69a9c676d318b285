//! The published account of Garze 2010, computed from its printed inputs by the
//! method files of profile `garze-2010`; the table of what agrees is kept in
//! `docs/published/garze-2010.md` (renewed with `GEP_ACCEPT=1`).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use gep_core::formula::{Array, Axis, Domain, Labels, Rows, Value, evaluate};
use gep_core::methodology::{Law, Methodology};
use gep_core::quantity::{Rational, parse_decimal, quanta};
use num_traits::Signed;

type Record = BTreeMap<String, String>;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn records(name: &str) -> Vec<Record> {
    let path = repository().join("tests/published/garze-2010").join(name);
    let mut reader = csv::Reader::from_path(path).expect("a published table");
    let rows = reader.deserialize().collect::<Result<Vec<Record>, _>>();
    rows.expect("rows of a published table")
}

fn number(text: &str) -> Rational {
    parse_decimal(text).unwrap_or_else(|| panic!("`{text}` is no number"))
}

/// Half a unit of the last printed digit.
fn half_digit(text: &str) -> Rational {
    let decimals = text.split_once('.').map_or(0, |(_, tail)| tail.len());
    number(&format!("5e-{}", decimals + 1))
}

/// Prints a number with so many decimals.
fn fixed(value: &Rational, decimals: usize) -> String {
    let digits = quanta(&value.abs(), &number(&format!("1e-{decimals}"))).to_string();
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, tail) = digits.split_at(digits.len() - decimals);
    let sign = if value.is_negative() && digits.contains(|one: char| one != '0') {
        "-"
    } else {
        ""
    };
    if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{tail}")
    }
}

/// 0.5 %, or half a unit of the last digit of the result or of the quantity it was
/// computed from, whichever is the largest (of a sum, of its coarsest part).
fn tolerance(printed: &str, quantity: Option<&str>) -> Rational {
    let value = number(printed).abs();
    let of_quantity = quantity.map(|text| half_digit(text) / number(text) * &value);
    let half_percent = number("0.005") * &value;
    [Some(half_percent), Some(half_digit(printed)), of_quantity]
        .into_iter()
        .flatten()
        .max()
        .expect("a tolerance")
}

/// Feeds the inputs of a record to its law and returns the printed output.
fn compute(law: &Law, all: &Methodology, record: &Record) -> Rational {
    let cell = |name: &str| record[name].as_str();
    let mut domain = Domain::single();
    for name in law.program.bindings().keys() {
        domain = domain.with(&law.program.declaration(name).expect("declared").domain);
    }
    let mut labels = Labels::new();
    for axis in domain.axes() {
        let label = match axis {
            Axis::Zone => "513300",
            Axis::Class if cell("class").is_empty() => "any",
            Axis::Class => cell("class"),
            _ => cell("item"),
        };
        labels = labels.with(axis.clone(), [label]);
    }
    let mut rows = Rows {
        labels,
        ..Rows::default()
    };
    let mut give = |name: &str, value: Rational, unit: &str| {
        let unit = all.units.unit(unit).expect("a unit");
        let value = unit.to_coherent(&value);
        let declared = &law.program.declaration(name).expect("an input").domain;
        let array = Array::from_fn(declared, &rows.labels, |_| Value::Exact(value.clone()));
        rows.values.insert(name.to_owned(), array);
    };
    give(
        cell("input"),
        number(cell("quantity")) * number(cell("scale")),
        cell("unit"),
    );
    if !cell("second_input").is_empty() {
        give(
            cell("second_input"),
            number(cell("second")),
            cell("second_unit"),
        );
    }
    for name in law.parameters.keys() {
        let values = law.parameter(name, &rows.labels).expect("a parameter");
        rows.values.insert(name.clone(), values);
    }
    let evaluation =
        evaluate(&law.program, &rows).unwrap_or_else(|findings| panic!("{findings:?}"));
    let array = evaluation.array(cell("output")).expect("an output");
    let [Value::Exact(found)] = array.values() else {
        panic!("{}: one number expected", cell("id"));
    };
    let unit = all.units.unit(cell("printed_unit")).expect("a unit");
    unit.from_coherent(found) / number(cell("printed_scale"))
}

struct Line {
    title: String,
    printed: String,
    found: Rational,
    tolerance: Rational,
}

impl Line {
    fn agrees(&self) -> bool {
        (&self.found - number(&self.printed)).abs() <= self.tolerance
    }

    fn write(&self, text: &mut String) {
        let printed = number(&self.printed);
        let decimals = self
            .printed
            .split_once('.')
            .map_or(0, |(_, tail)| tail.len());
        let off = (&self.found - &printed) / &printed * number("100");
        let found = fixed(&self.found, decimals);
        let verdict = if self.agrees() { "agrees" } else { "DIFFERS" };
        _ = writeln!(
            text,
            "| {} | {} | {found} | {} | {verdict} |",
            self.title,
            self.printed,
            fixed(&off, 3)
        );
    }
}

fn title(record: &Record) -> String {
    format!("{} / {}", record["title_zh"], record["title_en"])
}

fn items(all: &Methodology, basis: &str) -> Vec<Line> {
    let profile = &all.profiles["garze-2010"];
    let records = records("items.csv");
    let wanted = records.iter().filter(|record| record["basis"] == basis);
    let lines = wanted.map(|record| {
        let indicator = profile
            .indicator(&record["indicator"])
            .expect("an indicator");
        let law = all
            .indicator_law(profile, indicator)
            .expect("a checked law");
        Line {
            title: title(record),
            printed: record["printed"].clone(),
            found: compute(&law.expect("a law"), all, record),
            tolerance: tolerance(&record["printed"], Some(&record["quantity"])),
        }
    });
    lines.collect()
}

fn sums() -> Vec<Line> {
    let records = records("sums.csv");
    let lines = records.iter().map(|record| Line {
        title: title(record),
        printed: record["printed"].clone(),
        found: record["parts"].split(' ').map(number).sum(),
        tolerance: record["parts"]
            .split(' ')
            .map(half_digit)
            .fold(tolerance(&record["printed"], None), Rational::max),
    });
    lines.collect()
}

/// Every item of the account that has printed inputs is computed by the files of the
/// profile and agrees with print; the table says how each number stands.
#[test]
fn published_account_is_reproduced() {
    let all = Methodology::bundled().unwrap_or_else(|findings| panic!("{findings:?}"));
    let independent = items(&all, "independent");
    let mut crossed = items(&all, "back-derived");
    crossed.extend(sums());
    let absent = records("not-computable.csv");
    assert_eq!(
        (independent.len(), crossed.len(), absent.len()),
        (27, 28, 11)
    );
    let text = table(&independent, &crossed, &absent);
    let path = repository().join("docs/published/garze-2010.md");
    if std::env::var_os("GEP_ACCEPT").is_some() {
        fs::write(&path, &text).expect("the table");
    }
    let differ: Vec<&str> = independent
        .iter()
        .chain(&crossed)
        .filter(|line| !line.agrees())
        .map(|line| line.title.as_str())
        .collect();
    assert!(differ.is_empty(), "{differ:?}\n{text}");
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "docs/published/garze-2010.md is out of date: GEP_ACCEPT=1 renews it\n{text}"
    );
}

fn table(independent: &[Line], crossed: &[Line], absent: &[Record]) -> String {
    let agree = |lines: &[Line]| lines.iter().filter(|line| line.agrees()).count();
    let mut text = String::from("# Garze 2010: published account against the method files\n\n");
    _ = writeln!(
        text,
        "Written by `crates/core/tests/garze.rs` from `tests/published/garze-2010` (doi 10.5846/stxb201607011362) through\nprofile `garze-2010`. Tolerance: 0.5 % or half a unit of the last printed digit of result or quantity (of a\nsum, of its coarsest part), the larger. Money in 10^8 CNY.\n"
    );
    _ = writeln!(text, "| how | numbers | agree |\n|---|---|---|");
    _ = writeln!(
        text,
        "| computed from independent inputs | {} | {} |",
        independent.len(),
        agree(independent)
    );
    _ = writeln!(
        text,
        "| only cross-footed | {} | {} |",
        crossed.len(),
        agree(crossed)
    );
    _ = writeln!(text, "| not computable | {} | - |", absent.len());
    let head = "\n| item | printed | computed | difference % | |\n|---|---|---|---|---|";
    _ = writeln!(
        text,
        "\n## Computed from independent inputs\n\nPrinted quantity and the law and price of the method file give the printed result: the value laws are tested, and the\nphysical laws of soil and sand; the rasters behind the other quantities are not published.\n{head}"
    );
    independent.iter().for_each(|line| line.write(&mut text));
    _ = writeln!(
        text,
        "\n## Only cross-footed\n\nAn input was itself found from the printed result (15 open days, lake and marsh area), or printed parts are added\nup: agreement shows that the numbers hang together, not that they are right.\n{head}"
    );
    crossed.iter().for_each(|line| line.write(&mut text));
    _ = writeln!(text, "\n## Not computable\n\n| item | why |\n|---|---|");
    for record in absent {
        _ = writeln!(
            text,
            "| {} | {} / {} |",
            title(record),
            record["reason_zh"],
            record["reason_en"]
        );
    }
    text
}
