//! Evaluation of cell expressions on blocks of cells.
//!
//! A [`BlockProgram`] is a list of instructions on registers of [`CHUNK`] cells.
//! Everything that does not vary by cell was computed exactly beforehand and is a
//! constant or a table by class. The order of operations is that of the formula;
//! nothing is fused; `exp`, `ln` and `pow` are libm's, so that every machine gives
//! the same bits.

use std::ops::Range;

use crate::diagnostic::Finding;
use crate::quantity::Unit;

use super::block_kernels::{self as kernels, Lane};
use super::domain::Axis;
use super::program::{NodeId, Program};

/// So many cells are worked on at a time: a few dozen registers fit the cache.
pub(super) const CHUNK: usize = 512;

/// What a block program computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockTarget {
    /// The rate of the total at this position of [`Program::totals`](super::Program::totals).
    Total(usize),
    /// A statement that varies by cell: a derived layer or a map.
    Statement(String),
}

impl Program {
    /// Returns the root of a target, which must not vary by zone or object.
    pub(super) fn target(&self, target: &BlockTarget) -> Result<NodeId, Finding> {
        let refused = |domain: &dyn std::fmt::Display| {
            Finding::error("formula-not-compiled")
                .arg("domain", domain)
                .arg("name", format!("{target:?}"))
        };
        let root = match target {
            BlockTarget::Total(at) => self.totals.get(*at).map(|total| total.root),
            BlockTarget::Statement(name) => self.statement(name).map(|one| one.root),
        };
        let root = root.ok_or_else(|| refused(&"?"))?;
        let domain = &self.node(root).domain;
        if domain.has(&Axis::Zone) || domain.object_axis().is_some() {
            return Err(refused(domain));
        }
        Ok(root)
    }
}

/// A layer of cells the program reads, or one month or item of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSlot {
    /// The declared name.
    pub name: String,
    /// Which month or item of it: axis and label.
    pub at: Vec<(Axis, String)>,
    /// The declared unit. Values are handed over coherent: a stored value times
    /// `unit.scale_f64()`, plus `unit.offset_f64()`.
    pub unit: Unit,
}

/// One value per cell the program computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockOutput {
    /// The position in the list of targets.
    pub target: usize,
    /// Which month or item of it: axis and label; empty for most targets.
    pub at: Vec<(Axis, String)>,
    /// The coherent unit.
    pub unit: Unit,
    /// For each class whether the question arises at all. Where it does not (a
    /// class parameter says `n/a`) the cells are not valid, but not missing either:
    /// they are outside the scope of the service and its coverage.
    pub applies: Vec<bool>,
}

/// One layer's values and which of them are there, for the cells of a block.
#[derive(Clone, Copy, Debug)]
pub struct LayerBlock<'a> {
    /// Coherent values; where `valid` is false anything, even NaN.
    pub values: &'a [f64],
    /// Which values are there.
    pub valid: &'a [bool],
}

/// The cells of a block.
#[derive(Clone, Copy, Debug)]
pub struct BlockInput<'a> {
    /// The number of cells.
    pub cells: usize,
    /// For each cell the position of its class among the labels of the class
    /// axis; a larger number is a cell without class, whose class parameters are
    /// missing. May be empty if [`BlockProgram::reads_class`] is false.
    pub classes: &'a [u16],
    /// One per [`BlockProgram::layers`], in that order.
    pub layers: &'a [LayerBlock<'a>],
}

/// An operation had no finite value at a cell whose inputs are all there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// The position in the block.
    pub cell: usize,
    /// What happened, at which place of which method file.
    pub finding: Finding,
}

/// Registers and results of a run, kept between blocks.
#[derive(Clone, Debug, Default)]
pub struct BlockScratch {
    pub(super) registers: Vec<Register>,
    masks: Vec<Vec<bool>>,
    outputs: Vec<Register>,
}

impl BlockScratch {
    /// Creates empty scratch space; the first run fills it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the coherent values of an output; where not valid they mean nothing.
    pub fn values(&self, output: usize) -> &[f64] {
        &self.outputs[output].values
    }

    /// Returns which values of an output are there.
    pub fn valid(&self, output: usize) -> &[bool] {
        &self.outputs[output].valid
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Register {
    pub(super) values: Vec<f64>,
    pub(super) valid: Vec<bool>,
}

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    Register(usize),
    Constant(f64),
}

/// An operation on one operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unary {
    Negative,
    Exp,
    Ln,
    Sqrt,
    WholePower(i32),
    /// (x - offset) / scale
    Strip(f64, f64),
}

/// An operation on two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
    Min,
    Max,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// One step for all cells of a chunk. `active` is the mask of the cells for which
/// a branch was chosen: only they can raise an error.
#[derive(Clone, Debug)]
pub(super) enum Instruction {
    Load {
        to: usize,
        layer: usize,
    },
    Gather {
        to: usize,
        table: usize,
        active: Option<usize>,
    },
    Unary {
        to: usize,
        operation: Unary,
        from: usize,
        active: Option<usize>,
    },
    Binary {
        to: usize,
        operation: Binary,
        left: Source,
        right: Source,
        active: Option<usize>,
    },
    Select {
        to: usize,
        condition: usize,
        then: Source,
        otherwise: Source,
    },
    Mask {
        to: usize,
        condition: usize,
        wanted: bool,
        parent: Option<usize>,
    },
    Store {
        output: usize,
        from: Source,
    },
}

/// Values by class, or one for all.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) by_class: bool,
    /// One more entry than classes: the last is for cells without class.
    pub(super) values: Vec<f64>,
    pub(super) valid: Vec<bool>,
    /// Why an entry could not be computed; raised when a cell needs it.
    pub(super) faults: Vec<Option<Finding>>,
}

/// A compiled cell expression.
#[derive(Clone, Debug)]
pub struct BlockProgram {
    pub(super) layers: Vec<LayerSlot>,
    pub(super) outputs: Vec<BlockOutput>,
    pub(super) tables: Vec<Table>,
    /// Each instruction with the finding it raises if it fails.
    pub(super) instructions: Vec<(Instruction, Finding)>,
    pub(super) registers: usize,
    pub(super) masks: usize,
}

impl BlockProgram {
    /// Returns the layers to hand over, in order.
    pub fn layers(&self) -> &[LayerSlot] {
        &self.layers
    }

    /// Returns what is computed, in the order of the targets.
    pub fn outputs(&self) -> &[BlockOutput] {
        &self.outputs
    }

    /// Returns whether a parameter varies by class.
    pub fn reads_class(&self) -> bool {
        self.tables.iter().any(|table| table.by_class)
    }

    /// Evaluates a block of cells; the results stay in `scratch`.
    ///
    /// A result is missing where an input it needs is missing.
    ///
    /// # Errors
    ///
    /// The first cell of the first failing operation: a division by zero, `ln` of
    /// what is not positive, an overflow, a valid value that is not finite.
    ///
    /// # Panics
    ///
    /// If a slice has another length than `cells`: the pass guarantees it.
    pub fn run(&self, input: &BlockInput<'_>, scratch: &mut BlockScratch) -> Result<(), CellError> {
        self.check_shapes(input);
        self.make_room(input.cells, CHUNK, scratch);
        for start in (0..input.cells).step_by(CHUNK) {
            let end = input.cells.min(start + CHUNK);
            for (instruction, finding) in &self.instructions {
                self.step(instruction, input, start..end, scratch)
                    .map_err(|(cell, own)| CellError {
                        cell: start + cell,
                        finding: own.unwrap_or_else(|| finding.clone()),
                    })?;
            }
        }
        Ok(())
    }

    /// Makes room for the results of `cells` and for registers of `chunk` cells.
    pub(super) fn make_room(&self, cells: usize, chunk: usize, scratch: &mut BlockScratch) {
        scratch
            .registers
            .resize_with(self.registers, Register::default);
        scratch.masks.resize_with(self.masks, Vec::new);
        scratch
            .outputs
            .resize_with(self.outputs.len(), Register::default);
        for register in &mut scratch.registers {
            if register.values.len() < chunk {
                register.values.resize(chunk, 0.0);
                register.valid.resize(chunk, false);
            }
        }
        for mask in &mut scratch.masks {
            if mask.len() < chunk {
                mask.resize(chunk, false);
            }
        }
        for output in &mut scratch.outputs {
            output.values.resize(cells, 0.0);
            output.valid.resize(cells, false);
        }
    }

    fn check_shapes(&self, input: &BlockInput<'_>) {
        assert_eq!(input.layers.len(), self.layers.len(), "one block per layer");
        for layer in input.layers {
            assert_eq!(layer.values.len(), input.cells, "one value per cell");
            assert_eq!(layer.valid.len(), input.cells, "one state per cell");
        }
        if self.reads_class() {
            assert_eq!(input.classes.len(), input.cells, "one class per cell");
        }
    }

    pub(super) fn step(
        &self,
        instruction: &Instruction,
        input: &BlockInput<'_>,
        cells: Range<usize>,
        scratch: &mut BlockScratch,
    ) -> Result<(), Failure> {
        let count = cells.len();
        match instruction {
            Instruction::Load { to, layer } => {
                let layer = input.layers[*layer];
                let target = &mut scratch.registers[*to];
                let (values, valid) = (&layer.values[cells.clone()], &layer.valid[cells]);
                kernels::load(&mut target.values[..count], values, valid);
                target.valid[..count].copy_from_slice(valid);
                scratch.check(*to, count, None)
            }
            Instruction::Gather { to, table, active } => {
                let table = &self.tables[*table];
                gather(*to, table, *active, input.classes, cells, scratch)
            }
            Instruction::Store { output, from } => {
                let mut target = std::mem::take(&mut scratch.outputs[*output]);
                let lane = scratch.lane(*from, count);
                let valid = &mut target.valid[cells.clone()];
                kernels::store(&mut target.values[cells], valid, lane);
                scratch.outputs[*output] = target;
                Ok(())
            }
            computed => scratch.compute(computed, count),
        }
    }
}

/// A cell of the chunk at which an instruction failed, and why if not for the
/// instruction's own reason.
pub(super) type Failure = (usize, Option<Finding>);

impl BlockScratch {
    fn lane(&self, source: Source, count: usize) -> Lane<'_> {
        match source {
            Source::Constant(value) => Lane::Constant(value),
            Source::Register(at) => {
                let register = &self.registers[at];
                Lane::Cells(&register.values[..count], &register.valid[..count])
            }
        }
    }

    /// Fails at the first valid and active cell that is not finite.
    pub(super) fn check(
        &self,
        register: usize,
        count: usize,
        active: Option<usize>,
    ) -> Result<(), Failure> {
        let register = &self.registers[register];
        let active = active.map(|mask| &self.masks[mask][..count]);
        let (values, valid) = (&register.values[..count], &register.valid[..count]);
        match kernels::first_not_finite(values, valid, active) {
            None => Ok(()),
            Some(cell) => Err((cell, None)),
        }
    }

    /// Performs an instruction from registers to a register or mask. The target
    /// is taken out meanwhile: it is never one of the operands.
    fn compute(&mut self, instruction: &Instruction, count: usize) -> Result<(), Failure> {
        match instruction {
            Instruction::Unary {
                to,
                operation,
                from,
                active,
            } => {
                let mut target = std::mem::take(&mut self.registers[*to]);
                let from = &self.registers[*from];
                let values = &mut target.values[..count];
                kernels::unary(*operation, values, &from.values[..count]);
                target.valid[..count].copy_from_slice(&from.valid[..count]);
                self.registers[*to] = target;
                self.check(*to, count, *active)
            }
            Instruction::Binary {
                to,
                operation,
                left,
                right,
                active,
            } => {
                let mut target = std::mem::take(&mut self.registers[*to]);
                let (a, b) = (self.lane(*left, count), self.lane(*right, count));
                kernels::binary(*operation, &mut target.values[..count], a, b);
                kernels::both_valid(&mut target.valid[..count], a, b);
                self.registers[*to] = target;
                self.check(*to, count, *active)
            }
            Instruction::Select {
                to,
                condition,
                then,
                otherwise,
            } => {
                let mut target = std::mem::take(&mut self.registers[*to]);
                let (a, b) = (self.lane(*then, count), self.lane(*otherwise, count));
                let condition = self.lane(Source::Register(*condition), count);
                let (values, valid) = (&mut target.values[..count], &mut target.valid[..count]);
                kernels::select(values, valid, condition, a, b);
                self.registers[*to] = target;
                Ok(())
            }
            Instruction::Mask {
                to,
                condition,
                wanted,
                parent,
            } => {
                let mut target = std::mem::take(&mut self.masks[*to]);
                let condition = self.lane(Source::Register(*condition), count);
                let parent = parent.map(|mask| &self.masks[mask][..count]);
                kernels::mask(&mut target[..count], condition, *wanted, parent);
                self.masks[*to] = target;
                Ok(())
            }
            _ => unreachable!("the others touch more than registers"),
        }
    }
}

/// Looks up each cell's class; fails where a needed entry could not be computed.
fn gather(
    to: usize,
    table: &Table,
    active: Option<usize>,
    classes: &[u16],
    cells: Range<usize>,
    scratch: &mut BlockScratch,
) -> Result<(), Failure> {
    let count = cells.len();
    let target = &mut scratch.registers[to];
    let last = table.values.len() - 1;
    let entry = |cell: usize| match table.by_class {
        true => usize::from(classes[cells.start + cell]).min(last),
        false => 0,
    };
    for cell in 0..count {
        let entry = entry(cell);
        target.values[cell] = table.values[entry];
        target.valid[cell] = table.valid[entry];
    }
    if table.faults.iter().all(Option::is_none) {
        return Ok(());
    }
    for cell in 0..count {
        let chosen = active.is_none_or(|mask| scratch.masks[mask][cell]);
        if let (true, Some(finding)) = (chosen, &table.faults[entry(cell)]) {
            return Err((cell, Some(finding.clone())));
        }
    }
    Ok(())
}
