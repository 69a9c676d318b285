//! The formula language: parse, check, print, evaluate, trace.
//!
//! The calling sequence:
//!
//! 1. `UnitRegistry::parse(text of units.toml)`; [`UnitError`](crate::quantity::UnitError)
//!    becomes a finding with [`unit_finding`].
//! 2. Fill a [`Source`]: each input and parameter as a [`Declaration`] (unit from
//!    `registry.unit("t/ha")`, domain from `Domain::parse("zone,item:pollutant")`),
//!    each formula as a [`Statement`] with the [`Place`] of its text and its
//!    declared [`Output`]. `by overlap` reads a declared name with the domain
//!    `object:lake,zone`; `step(x, scale)` a declared name with `scale` set.
//! 3. [`check`]`(&source)` gives a [`Program`], or all findings at once.
//!    [`Program::statements`] tells unit and domain of every result,
//!    [`Program::bindings`] which names are `row` and which `raster-bound`.
//! 4. [`Program::totals`] tells which sums over cells are needed. For each,
//!    [`BlockProgram::compile`] folds everything that does not vary by cell and
//!    names its layers; [`BlockProgram::run`] evaluates blocks of cells. The caller
//!    sums rate x area per zone and class and puts the result, in coherent units,
//!    into [`Rows::totals`] under the total's id.
//! 5. [`evaluate`]`(&program, &rows)` computes every statement that is not a cell
//!    expression, exactly, in [`Evaluation`]; [`Evaluation::trace`] explains one value.
//!
//! For the worked examples of a method, [`exact_cells`] computes a cell expression on a
//! handful of labelled cells without blocks or rasters.
//!
//! A value is always coherent (base units); a method that declares `mm` hands in
//! metres. `Unit::to_coherent` and `Unit::from_coherent` convert exactly; for layers,
//! coherent = value x `unit.scale_f64()` + `unit.offset_f64()`.
//!
//! What moves out of `total`: factors of a product (or divisors) that do not vary
//! by cell. Sums are not split, since a cell with one missing term is missing.

mod ast;
mod binding;
mod block_compile;
mod block_days;
mod block_kernels;
mod block_registers;
mod block_scope;
mod block_stream;
mod blocks;
mod check;
mod check_operations;
mod domain;
mod draw_compile;
mod draws;
mod factor;
mod lex;
mod parse;
mod print;
mod program;
mod refuse;
mod row_operations;
mod rows;
#[cfg(test)]
mod tests;
mod trace;
mod tree;
mod typeset;
mod values;

pub use ast::{Expression, Function, Kind, Operator, Reduction, YearRef};
pub use block_stream::StreamError;
pub use blocks::{
    BlockInput, BlockOutput, BlockProgram, BlockScratch, BlockTarget, CellError, LayerBlock,
    LayerSlot,
};
pub use check::check;
pub use domain::{Axis, Domain};
pub use draws::{DrawFault, DrawOutput, DrawProgram, DrawScratch, DrawnNames, DrawnNumber};
pub use print::print;
pub use program::{
    Binding, Checked, Declaration, Output, Place, Program, Source, Statement, Total,
};
pub use refuse::unit_finding;
pub use rows::{Evaluation, evaluate, exact_cells};
pub use trace::{TraceKind, TraceNode};
pub use typeset::typeset;
pub use values::{Array, Labels, Rows, Scale, Scales, Value, Years};
