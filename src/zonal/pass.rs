//! The pass itself.

use std::collections::HashMap;
use std::ops::Range;

use gep_core::diagnostic::Findings;
use gep_core::grid::{AreaModel, Coverage, Run, Weight};
use rayon::prelude::*;

use super::measure::{CellMeasures, MeasureBlock, MeasureWorker, State};
use super::piece_classes::PieceClasses;
use super::sums::{ClassKey, MeasureSum, PieceTable, Sums};
use crate::source::gdal::{ClassBlock, RasterReader, RasterSource, Window};

/// How a pass cuts its work; nothing here changes a result.
#[derive(Clone, Copy, Debug)]
pub struct PassSettings {
    /// Rows and columns of a tile.
    pub tile: usize,
}

/// A pass over one class raster.
pub struct Pass<'a, M> {
    /// The class raster: the reference grid.
    pub classes: &'a RasterSource,
    /// Value that means "no class".
    pub class_nodata: Option<f64>,
    /// Classes of the pieces, where polygons tell them: of the raster only the grid
    /// is used then.
    pub piece_classes: Option<&'a PieceClasses>,
    /// Cell areas.
    pub area: &'a AreaModel,
    /// Where the pieces lie.
    pub coverage: &'a Coverage,
    /// What to sum.
    pub measures: &'a M,
    /// Tile size.
    pub settings: PassSettings,
    /// Called with the number of cells done, for a progress display.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl<M: CellMeasures> Pass<'_, M> {
    /// Runs the pass on the threads of the current pool.
    pub fn run(&self) -> Result<PieceTable, Findings> {
        let inside: Result<Vec<PieceTable>, Findings> = self
            .classes
            .bands_of_rows(self.settings.tile)
            .par_iter()
            .map_init(
                || Worker::open(self),
                |worker, rows| match worker {
                    Ok(worker) => worker.band(rows),
                    Err(findings) => Err(findings.clone()),
                },
            )
            .collect();
        let table = inside?
            .into_iter()
            .fold(PieceTable::default(), PieceTable::merged);
        Ok(table.merged(self.above_and_below()))
    }

    /// Ground north and south of the raster.
    fn above_and_below(&self) -> PieceTable {
        let (first, last) = self.coverage.rows();
        let height = self.classes.grid.rows as i64;
        let mut table = PieceTable::default();
        for (from, to) in [
            (first.min(0), last.min(0)),
            (first.max(height), last.max(height)),
        ] {
            for start in (from..to).step_by(self.settings.tile) {
                let rows = (start, to.min(start + self.settings.tile as i64));
                // No columns belong to the raster here: unassigned ground is not told.
                let runs = self.coverage.runs(self.area, rows, 0);
                for (row, runs) in (rows.0..).zip(&runs) {
                    for run in runs {
                        outside(&mut table, self.area, row, run, run.column, run.end);
                    }
                }
            }
        }
        table
    }
}

/// Adds the part `column..end` of a run as ground outside the raster.
fn outside(table: &mut PieceTable, area: &AreaModel, row: i64, run: &Run, column: i64, end: i64) {
    if column >= end {
        return;
    }
    let cells = i128::from(end - column);
    let area_mm2 = match run.weight {
        Weight::Part(mm2) => i128::from(mm2) * cells,
        Weight::Full if area.constant_along_rows() => {
            i128::from(area.cell_mm2(row, column)) * cells
        }
        Weight::Full => (column..end)
            .map(|at| i128::from(area.cell_mm2(row, at)))
            .sum(),
    };
    let sums = Sums {
        area_mm2,
        measures: Vec::new(),
    };
    table.add(run.piece, ClassKey::OutsideGrid, &sums);
}

/// One thread's readers and buffers.
struct Worker<'a, M: CellMeasures> {
    pass: &'a Pass<'a, M>,
    /// Nothing where polygons tell the classes.
    classes: Option<RasterReader>,
    measures: M::Worker,
    block: ClassBlock,
    blocks: Vec<MeasureBlock>,
    row_areas: Vec<i64>,
}

impl<'a, M: CellMeasures> Worker<'a, M> {
    fn open(pass: &'a Pass<'a, M>) -> Result<Self, Findings> {
        Ok(Self {
            pass,
            classes: match pass.piece_classes {
                Some(_) => None,
                None => Some(pass.classes.reader()?),
            },
            measures: pass.measures.worker()?,
            block: ClassBlock::default(),
            blocks: vec![MeasureBlock::default(); pass.measures.count()],
            row_areas: Vec::new(),
        })
    }

    /// Sums one band of rows.
    fn band(&mut self, rows: &Range<usize>) -> Result<PieceTable, Findings> {
        let grid = &self.pass.classes.grid;
        let span = (rows.start as i64, rows.end as i64);
        let runs = self
            .pass
            .coverage
            .runs(self.pass.area, span, grid.columns as i64);
        let mut table = PieceTable::default();
        let width = grid.columns as i64;
        for (at, row_runs) in (span.0..).zip(&runs) {
            for run in row_runs {
                outside(
                    &mut table,
                    self.pass.area,
                    at,
                    run,
                    run.column,
                    run.end.min(0),
                );
                outside(
                    &mut table,
                    self.pass.area,
                    at,
                    run,
                    run.column.max(width),
                    run.end,
                );
            }
        }
        let mut tally = Tally::default();
        for window in self.pass.classes.windows(rows, self.pass.settings.tile) {
            let first = window.row - rows.start;
            let own = &runs[first..first + window.rows];
            match (&mut self.classes, self.pass.piece_classes) {
                (Some(reader), _) => {
                    reader.classes(window, self.pass.class_nodata, &mut self.block)?;
                    self.measures
                        .evaluate(window, &self.block, &mut self.blocks)?;
                    self.tile(window, own, &mut tally, |_| true);
                }
                (None, Some(pieces)) => self.by_piece(window, own, pieces, &mut tally)?,
                (None, None) => {}
            }
            (self.pass.progress)(window.cells() as u64);
        }
        tally.into_table(&self.block, self.blocks.len(), &mut table);
        Ok(table)
    }

    /// Sums a window class by class, each over the ground of its own pieces.
    fn by_piece(
        &mut self,
        window: Window,
        runs: &[Vec<Run>],
        pieces: &PieceClasses,
        tally: &mut Tally,
    ) -> Result<(), Findings> {
        for class in pieces.in_window(window, runs) {
            pieces.fill(class, window, runs, &mut self.block);
            self.measures
                .evaluate(window, &self.block, &mut self.blocks)?;
            self.tile(window, runs, tally, |piece| pieces.of(piece) == class);
        }
        Ok(())
    }

    fn tile(
        &mut self,
        window: Window,
        runs: &[Vec<Run>],
        tally: &mut Tally,
        wanted: impl Fn(u32) -> bool,
    ) {
        let classes = self.block.codes.len() + 1;
        self.row_areas.resize(window.columns, 0);
        let constant = self.pass.area.constant_along_rows();
        for (at, row_runs) in runs.iter().enumerate() {
            let row = (window.row + at) as i64;
            let first = window.column as i64;
            let last = first + window.columns as i64;
            let cell = if constant {
                self.pass.area.cell_mm2(row, first)
            } else {
                self.pass.area.row_mm2(row, first, &mut self.row_areas);
                0
            };
            for run in row_runs.iter().filter(|run| wanted(run.piece)) {
                let (from, to) = (run.column.max(first), run.end.min(last));
                if from >= to {
                    continue;
                }
                let cells = Cells {
                    index: &self.block.index,
                    from: at * window.columns + (from - first) as usize,
                    count: (to - from) as usize,
                };
                let sums = tally.piece(run.piece, classes, self.blocks.len());
                let areas = match run.weight {
                    Weight::Part(mm2) => Areas::Even(mm2),
                    Weight::Full if constant => Areas::Even(cell),
                    Weight::Full => {
                        let range = (from - first) as usize..(to - first) as usize;
                        Areas::Each(&self.row_areas[range])
                    }
                };
                add(sums, cells, &self.blocks, areas);
            }
        }
    }
}

/// Neighbouring cells of a window.
#[derive(Clone, Copy)]
struct Cells<'a> {
    index: &'a [u16],
    from: usize,
    count: usize,
}

impl Cells<'_> {
    fn classes(&self) -> &[u16] {
        &self.index[self.from..self.from + self.count]
    }
}

/// Sums of one piece by class index; the last place is "no class".
#[derive(Clone)]
struct PieceSums {
    area: Vec<i128>,
    measures: Vec<Vec<MeasureSum>>,
}

/// Sums of a band by piece number, in the order in which pieces are met: a band may cross a
/// few counties or a hundred thousand parcels.
#[derive(Default)]
struct Tally {
    pieces: Vec<(u32, PieceSums)>,
    places: HashMap<u32, usize>,
    /// Place of the piece met last; neighbouring runs are often of one piece.
    last: usize,
}

impl Tally {
    fn piece(&mut self, piece: u32, classes: usize, measures: usize) -> &mut PieceSums {
        if self.pieces.get(self.last).is_none_or(|own| own.0 != piece) {
            self.last = *self.places.entry(piece).or_insert_with(|| {
                let fresh = PieceSums {
                    area: Vec::new(),
                    measures: vec![Vec::new(); measures],
                };
                self.pieces.push((piece, fresh));
                self.pieces.len() - 1
            });
        }
        let sums = &mut self.pieces[self.last].1;
        sums.grow(classes);
        sums
    }

    fn into_table(self, block: &ClassBlock, measures: usize, table: &mut PieceTable) {
        for (piece, sums) in self.pieces {
            for (slot, &area_mm2) in sums.area.iter().enumerate() {
                let row = Sums {
                    area_mm2,
                    measures: (0..measures)
                        .map(|measure| sums.measures[measure][slot])
                        .collect(),
                };
                let touched = area_mm2 != 0
                    || row
                        .measures
                        .iter()
                        .any(|measure| *measure != MeasureSum::default());
                if touched {
                    let class = match slot {
                        0 => ClassKey::NoData,
                        slot => ClassKey::Class(block.codes[slot - 1]),
                    };
                    table.add(piece, class, &row);
                }
            }
        }
    }
}

impl PieceSums {
    fn grow(&mut self, classes: usize) {
        if self.area.len() < classes {
            self.area.resize(classes, 0);
            for measure in &mut self.measures {
                measure.resize(classes, MeasureSum::default());
            }
        }
    }
}

/// Slot of a class index: 0 is "no class" (`NODATA` wraps round to it).
fn slot(index: u16) -> usize {
    usize::from(index.wrapping_add(1))
}

/// Areas of neighbouring cells, mm2.
#[derive(Clone, Copy)]
enum Areas<'a> {
    /// The same for each.
    Even(i64),
    /// One a cell.
    Each(&'a [i64]),
}

/// Adds neighbouring cells, those of one class at a time.
fn add(sums: &mut PieceSums, cells: Cells<'_>, blocks: &[MeasureBlock], areas: Areas<'_>) {
    let mut done = 0;
    for same in cells.classes().chunk_by(|a, b| a == b) {
        let part = Cells {
            from: cells.from + done,
            count: same.len(),
            ..cells
        };
        let slot = slot(same[0]);
        match areas {
            Areas::Even(mm2) => {
                let areas = std::iter::repeat_n(mm2, same.len());
                add_class(sums, slot, part, blocks, areas);
            }
            Areas::Each(areas) => {
                let areas = areas[done..done + same.len()].iter().copied();
                add_class(sums, slot, part, blocks, areas);
            }
        }
        done += same.len();
    }
}

/// Adds neighbouring cells of one class.
fn add_class(
    sums: &mut PieceSums,
    slot: usize,
    cells: Cells<'_>,
    blocks: &[MeasureBlock],
    areas: impl Iterator<Item = i64> + Clone,
) {
    sums.area[slot] += areas.clone().map(i128::from).sum::<i128>();
    for (measure, block) in sums.measures.iter_mut().zip(blocks) {
        let (rates, states) = block.part(cells);
        // On the stack while the class lasts: the compiler keeps it in registers.
        let mut own = MeasureSum::default();
        for ((&rate, &state), mm2) in rates.iter().zip(states).zip(areas.clone()) {
            own.add(rate, state, i128::from(mm2));
        }
        measure[slot].merge(&own);
    }
}

impl MeasureBlock {
    fn part(&self, cells: Cells<'_>) -> (&[i64], &[State]) {
        let range = cells.from..cells.from + cells.count;
        (&self.rates[range.clone()], &self.states[range])
    }
}

impl MeasureSum {
    fn add(&mut self, rate: i64, state: State, mm2: i128) {
        match state {
            State::Valid => {
                self.sum += i128::from(rate) * mm2;
                self.valid_mm2 += mm2;
            }
            State::Missing => {
                self.missing_mm2 += mm2;
                self.missing_cells += 1;
            }
            State::OutOfScope => {}
        }
    }
}
