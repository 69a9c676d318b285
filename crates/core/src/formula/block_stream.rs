//! Evaluation with layers read when they are needed and let go afterwards.

use super::block_kernels as kernels;
use super::blocks::{BlockInput, BlockProgram, BlockScratch, CellError, Instruction};
use super::domain::Axis;

/// Why a streamed evaluation stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamError<E> {
    /// An operation had no finite value at a cell.
    Cell(CellError),
    /// A layer could not be read.
    Read(E),
}

impl BlockProgram {
    /// Returns whether the program reads days, so that its layers are better read
    /// one after the other.
    pub fn reads_days(&self) -> bool {
        let by_day = |(axis, _): &(Axis, String)| *axis == Axis::Day;
        self.layers().iter().any(|slot| slot.at.iter().any(by_day))
    }

    /// Evaluates a block of cells without classes, all cells at a time; the results
    /// stay in `scratch` and are those of [`BlockProgram::run`] to the bit.
    ///
    /// `read` fills the coherent values of a layer (by position among
    /// [`BlockProgram::layers`]) and which of them are there; it is called in the
    /// order of need, for days once per reduction that reads them.
    ///
    /// # Errors
    ///
    /// As [`BlockProgram::run`]; what `read` returns.
    ///
    /// # Panics
    ///
    /// If the program reads class parameters: derived layers do not.
    pub fn run_streamed<E>(
        &self,
        cells: usize,
        scratch: &mut BlockScratch,
        mut read: impl FnMut(usize, &mut [f64], &mut [bool]) -> Result<(), E>,
    ) -> Result<(), StreamError<E>> {
        assert!(!self.reads_class(), "derived layers read no class");
        self.make_room(cells, cells, scratch);
        let input = BlockInput {
            cells,
            classes: &[],
            layers: &[],
        };
        for (instruction, finding) in &self.instructions {
            let done = if let Instruction::Load { to, layer } = instruction {
                let target = &mut scratch.registers[*to];
                let (values, valid) = (&mut target.values[..cells], &mut target.valid[..cells]);
                read(*layer, values, valid).map_err(StreamError::Read)?;
                kernels::fill_missing(values, valid);
                scratch.check(*to, cells, None)
            } else {
                self.step(instruction, &input, 0..cells, scratch)
            };
            done.map_err(|(cell, own)| {
                StreamError::Cell(CellError {
                    cell,
                    finding: own.unwrap_or_else(|| finding.clone()),
                })
            })?;
        }
        Ok(())
    }
}
