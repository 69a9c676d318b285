//! One law in every draw: the rows of each county by ecosystem type and over all types,
//! of one set of draws.

use std::collections::BTreeMap;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{
    Axis, Binding, DrawOutput, DrawProgram, DrawScratch, DrawnNames, DrawnNumber, Value,
};
use gep_core::methodology::{OutputEntry, OutputKind};
use gep_core::quantity::{Rational, quanta};
use rayon::prelude::*;

use super::drawn::Drawn;
use super::law::AccountLaw;
use super::{ALL_CLASSES, AmountKey};

/// So many draws are worked on at a time.
const CHUNK: usize = 500;

/// A row of a law in a county: of an ecosystem type, or over all of them.
#[derive(Clone, Debug)]
pub struct DrawnRow {
    /// What it is about.
    pub key: AmountKey,
    /// The step it is rounded to, in its printed unit.
    pub quantum: Rational,
    /// Its amount, in quanta.
    pub drawn: Drawn,
}

/// The place of a drawn parameter row among all: by table and line.
pub type DrawnPlaces = BTreeMap<(String, u32), usize>;

/// Returns which entries of a law's parameters are drawn. What a pass over rasters
/// reads is not.
pub fn drawn_names(account: &AccountLaw, places: &DrawnPlaces) -> DrawnNames {
    let mut names = DrawnNames::new();
    for (name, bound) in &account.law.parameters {
        if account.law.program.bindings().get(name) != Some(&Binding::Row) {
            continue;
        }
        let Some(array) = account.rows.values.get(name) else {
            continue;
        };
        let axes: Vec<Axis> = bound.declaration.domain.axes().cloned().collect();
        let entry = |at: usize| {
            let value = &array.values()[at];
            value.number()?;
            let labels = array.labels_at(at, &account.rows.labels);
            let named = axes.iter().cloned().zip(labels).collect();
            let row = account.law.row(name, &named)?;
            places.get(&(row.file.clone(), row.line)).copied()
        };
        let entries: Vec<Option<usize>> = (0..array.values().len()).map(entry).collect();
        if entries.iter().any(Option::is_some) {
            names.insert(name.clone(), entries);
        }
    }
    names
}

/// Computes the rows of a law in every draw. `inputs` holds the coherent values of
/// each drawn parameter.
///
/// # Errors
///
/// An operation that is not drawn; a row without a finite value in some draw.
pub fn drawn_rows(
    account: &AccountLaw,
    names: &DrawnNames,
    inputs: &[Vec<f64>],
) -> Result<Vec<DrawnRow>, Findings> {
    let outputs = printed_outputs(account);
    let statements: Vec<&str> = outputs.iter().map(|own| own.name.as_str()).collect();
    let law = &account.law;
    let program = DrawProgram::compile(&law.program, &account.rows, names, &statements)?;
    let (mut rows, row_of) = lay_out(account, &outputs, program.outputs());
    let count = inputs.first().map_or(0, Vec::len);
    let starts: Vec<usize> = (0..count).step_by(CHUNK).collect();
    let chunks: Result<Vec<Vec<Vec<i64>>>, Findings> = starts
        .par_iter()
        .map(|start| {
            let chunk = *start..count.min(start + CHUNK);
            let own: Vec<&[f64]> = inputs.iter().map(|input| &input[chunk.clone()]).collect();
            run_chunk(&program, &own, &row_of, rows.len()).map_err(|fault| {
                let row = row_of[fault.0].first().map(|at| &rows[*at].key);
                outside(account, row, start + fault.1).into()
            })
        })
        .collect();
    for chunk in chunks? {
        for (row, draws) in rows.iter_mut().zip(chunk) {
            row.drawn.varying.extend(draws);
        }
    }
    Ok(rows)
}

/// Sums the outputs of a chunk into rows; rows nothing varies in stay empty. A fault is
/// an output and a draw.
fn run_chunk(
    program: &DrawProgram,
    inputs: &[&[f64]],
    row_of: &[Vec<usize>],
    rows: usize,
) -> Result<Vec<Vec<i64>>, (usize, usize)> {
    let mut sums: Vec<Vec<i64>> = vec![Vec::new(); rows];
    let mut too_large = None;
    let mut sink = |output: usize, quanta: &[f64]| {
        for row in &row_of[output] {
            let sum = &mut sums[*row];
            sum.resize(quanta.len(), 0);
            for (draw, (own, number)) in sum.iter_mut().zip(quanta).enumerate() {
                let small = number.abs() < LARGEST;
                match own.checked_add(*number as i64).filter(|_| small) {
                    Some(added) => *own = added,
                    None => too_large = too_large.or(Some((output, draw))),
                }
            }
        }
    };
    let mut scratch = DrawScratch::default();
    let done = program.run(inputs, &mut scratch, &mut sink);
    done.map_err(|fault| (fault.output, fault.draw))?;
    too_large.map_or(Ok(sums), Err)
}

/// Quanta beyond this do not fit.
const LARGEST: f64 = 9.0e18;

fn outside(account: &AccountLaw, row: Option<&AmountKey>, draw: usize) -> Finding {
    Finding::error("uncertainty-draw-outside")
        .arg("indicator", &account.indicator.id)
        .arg("output", row.map_or("-", |key| key.output.as_str()))
        .arg("region", row.map_or("-", |key| key.region.as_str()))
        .arg("draw", draw + 1)
}

/// The outputs whose rows over all ecosystem types are sums of their own rows: as the
/// account prints them.
fn printed_outputs(account: &AccountLaw) -> Vec<&OutputEntry> {
    let domain = |output: &OutputEntry| {
        let statement = account.law.program.statement(&output.name);
        statement.map(|statement| &statement.domain)
    };
    let by_class = |output: &OutputEntry| domain(output).is_some_and(|own| own.has(&Axis::Class));
    let all = account.law.outputs.iter().map(|(_, output)| output);
    let whole_given = all
        .clone()
        .any(|output| output.kind == OutputKind::Value && !by_class(output));
    all.filter(|output| {
        let money = output.unit_text.starts_with("CNY");
        let cells =
            domain(output).is_none_or(|own| own.has(&Axis::Cell) || own.object_axis().is_some());
        let step = money && output.kind == OutputKind::Intermediate;
        let of_whole = money && by_class(output) && whole_given;
        !(cells || step || of_whole)
    })
    .collect()
}

/// Makes the rows, with what does not vary already in them, and tells to which rows each
/// output that varies adds: its type's own, and that over all types.
fn lay_out(
    account: &AccountLaw,
    outputs: &[&OutputEntry],
    numbers: &[DrawOutput],
) -> (Vec<DrawnRow>, Vec<Vec<usize>>) {
    let mut rows: Vec<DrawnRow> = Vec::new();
    let mut places: BTreeMap<AmountKey, usize> = BTreeMap::new();
    let mut row_of = Vec::with_capacity(numbers.len());
    for number in numbers {
        let entry = outputs.iter().find(|own| own.name == number.statement);
        let skipped = matches!(
            number.number,
            DrawnNumber::Same(Value::Missing | Value::NotApplicable)
        );
        let Some(entry) = entry.filter(|_| !skipped) else {
            row_of.push(Vec::new());
            continue;
        };
        let mut own_rows = Vec::new();
        for key in row_keys(account, entry, &number.labels) {
            own_rows.push(*places.entry(key.clone()).or_insert_with(|| {
                rows.push(DrawnRow {
                    key,
                    quantum: entry.quantum.clone(),
                    drawn: Drawn::default(),
                });
                rows.len() - 1
            }));
        }
        match &number.number {
            DrawnNumber::Same(Value::Exact(value)) => {
                let printed = entry.unit.from_coherent(value);
                let own = i128::try_from(quanta(&printed, &entry.quantum));
                // A sum beyond 10^38 quanta is refused by the account before.
                for at in own_rows {
                    rows[at].drawn.fixed += *own.as_ref().unwrap_or(&0);
                }
                row_of.push(Vec::new());
            }
            DrawnNumber::Same(_) => row_of.push(Vec::new()),
            DrawnNumber::Varies(reads) => {
                for at in &own_rows {
                    rows[*at].drawn.reads.extend(reads);
                }
                row_of.push(own_rows);
            }
        }
    }
    (rows, row_of)
}

/// The keys of the rows an output adds to: over all types, and of its own type if it has
/// one.
fn row_keys(account: &AccountLaw, output: &OutputEntry, labels: &[String]) -> Vec<AmountKey> {
    let statement = account.law.program.statement(&output.name);
    let axes = statement.into_iter().flat_map(|own| own.domain.axes());
    let mut key = AmountKey {
        region: String::new(),
        class: ALL_CLASSES.to_string(),
        indicator: account.indicator.id.clone(),
        output: output.name.clone(),
        item: String::new(),
    };
    if output.unit_text.starts_with("CNY") {
        key.output = "value".to_string();
    }
    let mut class = None;
    for (axis, label) in axes.zip(labels) {
        match axis {
            Axis::Zone => key.region.clone_from(label),
            Axis::Item(_) => key.item.clone_from(label),
            Axis::Class => class = Some(label.clone()),
            _ => {}
        }
    }
    let typed = class.map(|class| AmountKey {
        class,
        ..key.clone()
    });
    std::iter::once(key).chain(typed).collect()
}
