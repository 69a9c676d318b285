//! Classes told by polygons instead of cells: every piece has one class, and a cell
//! that several pieces share is evaluated once for each class in it, so that each
//! class gets the exact mm2 of its ground in the cell.

use std::collections::BTreeSet;

use gep_core::grid::Run;

use super::sums::ClassKey;
use crate::source::gdal::{ClassBlock, Window};

/// The class of each piece.
#[derive(Clone, Debug)]
pub struct PieceClasses {
    by_piece: Vec<ClassKey>,
    /// Codes in use, ascending: position is the index in a block.
    codes: Vec<i64>,
}

impl PieceClasses {
    /// Takes the class of each piece, in the order of the pieces.
    pub fn new(by_piece: Vec<ClassKey>) -> Self {
        let codes: BTreeSet<i64> = by_piece
            .iter()
            .filter_map(|class| match class {
                ClassKey::Class(code) => Some(*code),
                ClassKey::NoData | ClassKey::OutsideGrid => None,
            })
            .collect();
        Self {
            by_piece,
            codes: codes.into_iter().collect(),
        }
    }

    /// Returns the class of a piece.
    pub fn of(&self, piece: u32) -> ClassKey {
        self.by_piece[piece as usize]
    }

    /// Returns the classes that have ground in a window, in order.
    pub(super) fn in_window(&self, window: Window, runs: &[Vec<Run>]) -> BTreeSet<ClassKey> {
        let (from, to) = (
            window.column as i64,
            (window.column + window.columns) as i64,
        );
        let inside = |run: &&Run| run.column < to && run.end > from;
        let inside = runs.iter().flatten().filter(inside);
        inside.map(|run| self.of(run.piece)).collect()
    }

    /// Gives the cells of a window in which a class has ground that class, and the
    /// others none: a law is asked about no cell it does not concern.
    pub(super) fn fill(
        &self,
        class: ClassKey,
        window: Window,
        runs: &[Vec<Run>],
        block: &mut ClassBlock,
    ) {
        if block.codes.len() < self.codes.len() {
            block.codes.clone_from(&self.codes);
        }
        block.index.clear();
        block.index.resize(window.cells(), ClassBlock::NODATA);
        let ClassKey::Class(code) = class else {
            return;
        };
        let at = self.codes.binary_search(&code).ok();
        let Some(index) = at.and_then(|at| u16::try_from(at).ok()) else {
            return;
        };
        let (first, width) = (window.column as i64, window.columns as i64);
        let rows = block.index.chunks_exact_mut(window.columns);
        for (cells, row_runs) in rows.zip(runs) {
            for run in row_runs.iter().filter(|run| self.of(run.piece) == class) {
                let from = (run.column - first).clamp(0, width) as usize;
                let to = (run.end - first).clamp(0, width) as usize;
                cells[from..to.max(from)].fill(index);
            }
        }
    }
}
