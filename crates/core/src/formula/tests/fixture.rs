//! Short ways to write programs and tables.

use crate::diagnostic::{Findings, Language};
use crate::formula::{
    Array, Axis, Declaration, Domain, Labels, Output, Place, Program, Rows, Source, Statement,
    Value, check,
};
use crate::quantity::{Rational, UnitRegistry, format_exact, parse_decimal};

pub fn units() -> UnitRegistry {
    UnitRegistry::parse(include_str!("../../../../../methodology/units.toml")).expect("our units")
}

pub fn number(text: &str) -> Rational {
    parse_decimal(text).unwrap_or_else(|| panic!("{text} is no number"))
}

/// Declarations as (name, unit, domain); statements as (name, formula, output
/// unit, quantum), the last two empty if not declared.
pub struct Method<'a> {
    pub names: &'a [(&'a str, &'a str, &'a str)],
    pub scales: &'a [(&'a str, &'a str, &'a str, &'a str)],
    pub formulas: &'a [(&'a str, &'a str, &'a str, &'a str)],
}

impl Method<'_> {
    pub fn check(&self) -> Result<Program, Findings> {
        let units = units();
        let unit = |text: &str| units.unit(text).unwrap_or_else(|error| panic!("{error}"));
        let domain = |text: &str| Domain::parse(text).unwrap_or_else(|part| panic!("{part}"));
        let mut source = Source {
            units: &units,
            declarations: Default::default(),
            statements: Vec::new(),
        };
        for (name, own, over) in self.names {
            let declaration = Declaration::new(unit(own), domain(over));
            source.declarations.insert((*name).to_owned(), declaration);
        }
        for (name, own, over, step) in self.scales {
            let declaration = Declaration {
                scale: Some(unit(step)),
                ..Declaration::new(unit(own), domain(over))
            };
            source.declarations.insert((*name).to_owned(), declaration);
        }
        for (line, (name, text, own, quantum)) in self.formulas.iter().enumerate() {
            source.statements.push(Statement {
                name: (*name).to_owned(),
                text: (*text).to_owned(),
                place: Place {
                    file: "method.toml".to_owned(),
                    line: line as u32 + 10,
                    column: 13,
                },
                output: (!own.is_empty()).then(|| Output {
                    unit: unit(own),
                    quantum: (!quantum.is_empty()).then(|| number(quantum)),
                }),
            });
        }
        check(&source)
    }

    pub fn program(&self) -> Program {
        self.check()
            .unwrap_or_else(|findings| panic!("{}", text(&findings)))
    }
}

pub fn text(findings: &Findings) -> String {
    let all: Vec<String> = findings
        .0
        .iter()
        .map(|one| one.to_text(Language::En))
        .collect();
    all.join("\n")
}

/// Three counties, two classes, and the labels a test adds.
pub fn rows(more: &[(&str, &[&str])]) -> Rows {
    let mut labels = Labels::new()
        .with(Axis::Zone, ["330127", "330523", "331024"])
        .with(Axis::Class, ["forest", "grassland"]);
    for (axis, own) in more {
        let axis = Axis::parse(axis).unwrap_or_else(|| panic!("{axis}"));
        labels = labels.with(axis, own.iter().copied());
    }
    Rows {
        labels,
        ..Rows::default()
    }
}

/// Returns an array of values in `unit`; `?` is missing and `n/a` not applicable.
pub fn array(rows: &Rows, domain: &str, unit: &str, values: &str) -> Array {
    let unit = units().unit(unit).unwrap_or_else(|error| panic!("{error}"));
    let domain = Domain::parse(domain).unwrap_or_else(|part| panic!("{part}"));
    let mut values = values.split_whitespace();
    let array = Array::from_fn(&domain, &rows.labels, |_| match values.next() {
        Some("?") => Value::Missing,
        Some("n/a") => Value::NotApplicable,
        Some(text) => Value::Exact(unit.to_coherent(&number(text))),
        None => panic!("too few values"),
    });
    assert_eq!(values.next(), None, "too many values");
    array
}

/// Gives the values of a declared name, in its declared unit.
pub fn give(rows: &mut Rows, program: &Program, name: &str, values: &str) {
    let declaration = program
        .declaration(name)
        .unwrap_or_else(|| panic!("{name}"));
    let domain = declaration.domain.to_string();
    let unit = declaration.unit.to_string();
    let domain = domain.trim_matches(['{', '}']);
    let array = array(rows, domain, &unit, values);
    rows.values.insert(name.to_owned(), array);
}

/// Returns a statement's values in its printed unit, separated by blanks.
pub fn printed(program: &Program, rows: &Rows, name: &str) -> String {
    let evaluation = crate::formula::evaluate(program, rows)
        .unwrap_or_else(|findings| panic!("{}", text(&findings)));
    let unit = &program.statement(name).expect("a statement").unit;
    let array = evaluation.array(name).expect("a row statement");
    let values = array.values().iter().map(|value| match value {
        Value::Missing => "?".to_owned(),
        Value::NotApplicable => "n/a".to_owned(),
        Value::Exact(number) => format_exact(&unit.from_coherent(number)),
    });
    values.collect::<Vec<_>>().join(" ")
}
