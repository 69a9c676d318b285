//! Reductions over days: a stream gives the bits of a block, in the same room for a
//! month as for a leap year.

use std::convert::Infallible;

use super::fixture::*;
use crate::formula::{
    Axis, BlockInput, BlockProgram, BlockScratch, BlockTarget, LayerBlock, LayerSlot,
};

/// Formulas over `a` (cells), `d` and `e` (cells and days), `m` (cells and months).
const FORMULAS: &[&str] = &[
    "sum(if(d >= 5, d, 0) over day)",
    "sum(d * e + a over day)",
    "max(d over day) - min(e over day) + mean(d over day)",
    "sum(if(d > 2, d ^ (1.5 + sum(max(e, 0) over day) / 1000), 0) over day)",
    "sum(if(d > 0, if(e > 0, a / (sum(d ^ 2 over day) + 1), e), d) over day)",
    "sum(d * sum(m over month) over day) + sum(m * sum(d over day) over month)",
    "sum(if(a > 0, 1 / a, 0) * d over day)",
];

fn compile(formula: &str, days: usize) -> BlockProgram {
    let method = Method {
        names: &[
            ("a", "1", "cell"),
            ("d", "1", "cell,day"),
            ("e", "1", "cell,day"),
            ("m", "1", "cell,month"),
        ],
        scales: &[],
        formulas: &[("x", formula, "", "")],
    };
    let program = method.program();
    let labels: Vec<String> = (1..=days).map(|day| day.to_string()).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let rows = rows(&[("month", &["1", "2"]), ("day", &labels)]);
    BlockProgram::compile(&program, &rows, &[BlockTarget::Statement("x".into())])
        .unwrap_or_else(|findings| panic!("{}", text(&findings)))
}

const CELLS: usize = 700;

/// A value between -10 and 10 in steps of 0.001, missing in one cell of eleven.
fn value(slot: &LayerSlot, cell: usize) -> Option<f64> {
    let day: u64 = slot
        .at
        .first()
        .map_or(0, |(_, label)| label.parse().expect("a number"));
    let name = u64::from(slot.name.as_bytes()[0]);
    let mut state = name
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(day << 32)
        .wrapping_add(cell as u64);
    for _ in 0..3 {
        state = (state ^ (state >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    let missing = day == 3 && (cell + name as usize).is_multiple_of(11);
    (!missing).then(|| ((state >> 33) % 20_001) as f64 / 1000.0 - 10.0)
}

fn in_one_block(program: &BlockProgram) -> Vec<Option<u64>> {
    let read: Vec<(Vec<f64>, Vec<bool>)> = program
        .layers()
        .iter()
        .map(|slot| {
            let values = (0..CELLS).map(|cell| value(slot, cell));
            let values: Vec<Option<f64>> = values.collect();
            let numbers = values.iter().map(|one| one.unwrap_or(f64::NAN));
            (
                numbers.collect(),
                values.iter().map(Option::is_some).collect(),
            )
        })
        .collect();
    let layers: Vec<LayerBlock<'_>> = read
        .iter()
        .map(|(values, valid)| LayerBlock { values, valid })
        .collect();
    let input = BlockInput {
        cells: CELLS,
        classes: &[],
        layers: &layers,
    };
    let mut scratch = BlockScratch::new();
    program.run(&input, &mut scratch).expect("finite");
    bits(&scratch)
}

fn bits(scratch: &BlockScratch) -> Vec<Option<u64>> {
    let results = scratch.values(0).iter().zip(scratch.valid(0));
    results
        .map(|(value, valid)| valid.then_some(value.to_bits()))
        .collect()
}

#[test]
fn stream_gives_the_bits_of_a_block() {
    for formula in FORMULAS {
        let program = compile(formula, 40);
        assert!(program.reads_days());
        let mut scratch = BlockScratch::new();
        let slots = program.layers().to_vec();
        program
            .run_streamed(CELLS, &mut scratch, |layer, values, valid| {
                for cell in 0..CELLS {
                    let one = value(&slots[layer], cell);
                    values[cell] = one.unwrap_or(f64::NAN);
                    valid[cell] = one.is_some();
                }
                Ok::<(), Infallible>(())
            })
            .unwrap_or_else(|error| panic!("{formula}: {error:?}"));
        let streamed = bits(&scratch);
        assert_eq!(streamed, in_one_block(&program), "{formula}");
        let known = streamed.iter().flatten().count();
        assert!(known > CELLS / 2 && known < CELLS, "{formula}: {known}");
    }
}

/// Written out once more by hand: what needs the whole year stands in every day.
#[test]
fn year_inside_a_day_is_the_whole_year() {
    let program = compile(FORMULAS[3], 40);
    let streamed = in_one_block(&program);
    let slot = |name: &str, day: usize| LayerSlot {
        name: name.into(),
        at: vec![(Axis::Day, day.to_string())],
        unit: units().unit("1").expect("a unit"),
    };
    for cell in (0..CELLS).step_by(7) {
        let series = |name: &str| -> Option<Vec<f64>> {
            (1..=40).map(|day| value(&slot(name, day), cell)).collect()
        };
        let expected = series("d").zip(series("e")).map(|(d, e)| {
            let whole = e.iter().map(|e| e.max(0.0)).fold(None, add).expect("days");
            let power = 1.5 + whole / 1000.0;
            let terms = d
                .iter()
                .map(|&d| if d > 2.0 { libm::pow(d, power) } else { 0.0 });
            terms.fold(None, add).expect("days").to_bits()
        });
        assert_eq!(streamed[cell], expected, "cell {cell}");
    }
}

fn add(sum: Option<f64>, next: f64) -> Option<f64> {
    Some(sum.map_or(next, |sum| sum + next))
}

/// The room of a program does not grow with the number of days.
#[test]
fn registers_and_masks_do_not_grow_with_days() {
    for formula in FORMULAS {
        let (month, year) = (compile(formula, 30), compile(formula, 366));
        assert!(year.layers().len() > 300, "{formula}");
        assert_eq!(year.registers, month.registers, "{formula}");
        assert_eq!(year.masks, month.masks, "{formula}");
        assert!(year.registers < 20, "{formula}: {}", year.registers);
    }
}

/// An error in a branch no day takes is none; one in a branch a day takes is told.
#[test]
fn errors_are_those_of_chosen_days() {
    let run = |formula: &str| {
        let program = compile(formula, 5);
        let mut scratch = BlockScratch::new();
        let slots = program.layers().to_vec();
        program.run_streamed(4, &mut scratch, |layer, values, valid| {
            let day: usize = slots[layer].at[0].1.parse().expect("a day");
            values.fill(day as f64 - 3.0);
            valid.fill(true);
            Ok::<(), Infallible>(())
        })
    };
    assert!(run("sum(if(d == 0, 0, 1 / d) over day)").is_ok());
    assert!(run("sum(1 / d over day)").is_err());
}
