//! Integer coverage: how many mm2 of each cell lie in each piece.
//!
//! For each step of an edge inside one cell, the ground between the edge and the
//! cell's eastern side belongs to the piece east of the edge and no longer to the
//! piece west of it; every cell further east changes hands over the whole height
//! of the step. Both sides get the same integers with opposite signs, so shared
//! edges cancel, and heights add up in ticks, so a chain of edges through a row
//! telescopes to the exact area of the cell.

use super::area::{AreaModel, ROW_TICKS};
use super::node::{Point, Snap};
use super::overlay::PieceEdge;
use super::spec::GridSpec;

/// How much of each cell of a run belongs to the piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The whole cell.
    Full,
    /// This many mm2 of every cell of the run.
    Part(i64),
}

/// Neighbouring cells of one row in one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The piece, by index in the overlay.
    pub piece: u32,
    /// First column; may lie outside the raster (negative or beyond).
    pub column: i64,
    /// One past the last column.
    pub end: i64,
    /// The share of each cell.
    pub weight: Weight,
}

/// Edges in cell coordinates, ready to be scanned row by row.
#[derive(Clone, Debug)]
pub struct Coverage {
    edges: Vec<CellEdge>,
    /// For each row from `first_row` on, the edges that begin in it.
    starts: Vec<u32>,
    first_row: i64,
    last_row: i64,
    columns: (i64, i64),
    zone_columns: (i64, i64),
    tallest: i64,
}

/// An edge from north to south in cell coordinates.
#[derive(Clone, Copy, Debug)]
struct CellEdge {
    top: (f64, f64),
    bottom: (f64, f64),
    east: u32,
    west: u32,
}

/// A step of an edge inside one cell of a row.
#[derive(Clone, Copy, Debug)]
struct Step {
    column: i64,
    from_tick: i64,
    to_tick: i64,
    /// Share of the cell east of the step's two ends, in ticks of a cell's width.
    east_shares: (i64, i64),
    sign: i64,
}

impl Coverage {
    /// Prepares the edges of an overlay for a grid.
    pub fn new(grid: &GridSpec, snap: Snap, edges: &[PieceEdge]) -> Self {
        let place = |point: Point| {
            let (x, y) = snap.coordinates(point);
            grid.cell_position(x, y)
        };
        let mut cell_edges: Vec<CellEdge> = edges
            .iter()
            .map(|edge| CellEdge {
                top: place(edge.north),
                bottom: place(edge.south),
                east: edge.east,
                west: edge.west,
            })
            .filter(|edge| edge.top.1 < edge.bottom.1)
            .collect();
        // Stable: edges that begin in one row keep the order of the overlay.
        cell_edges.sort_by_key(|edge| edge.top.1.floor() as i64);
        let first_row = cell_edges
            .first()
            .map_or(0, |edge| edge.top.1.floor() as i64);
        let last_row = cell_edges
            .iter()
            .map(|edge| edge.bottom.1.ceil() as i64)
            .max()
            .unwrap_or(0);
        let tallest = cell_edges
            .iter()
            .map(|edge| edge.bottom.1.ceil() as i64 - edge.top.1.floor() as i64)
            .max()
            .unwrap_or(0);
        let reach = |pick: fn(f64, f64) -> f64, start: f64| {
            cell_edges.iter().fold(start, |reach, edge| {
                pick(pick(reach, edge.top.0), edge.bottom.0)
            })
        };
        let zone_columns = (
            reach(f64::min, f64::INFINITY).floor() as i64,
            reach(f64::max, f64::NEG_INFINITY).ceil() as i64,
        );
        let columns = (
            zone_columns.0.min(0),
            zone_columns.1.max(grid.columns as i64),
        );
        let mut starts = vec![0_u32; (last_row - first_row) as usize + 1];
        for edge in &cell_edges {
            let row = edge.top.1.floor() as i64;
            starts[(row - first_row) as usize + 1..]
                .iter_mut()
                .take(1)
                .for_each(|n| *n += 1);
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        Self {
            edges: cell_edges,
            starts,
            first_row,
            last_row,
            columns,
            zone_columns,
            tallest,
        }
    }

    /// Returns the rows any piece reaches (first, one past the last); may lie
    /// outside the raster.
    pub fn rows(&self) -> (i64, i64) {
        (self.first_row, self.last_row)
    }

    /// Returns the columns any piece reaches, at least those of the raster.
    pub fn columns(&self) -> (i64, i64) {
        self.columns
    }

    /// Returns the columns the polygons themselves reach.
    pub fn zone_columns(&self) -> (i64, i64) {
        self.zone_columns
    }

    /// Computes the runs of rows `rows.0..rows.1`, each row by piece, then column.
    ///
    /// Piece 0 (outside all polygons) is reported inside `grid_columns` only.
    pub fn runs(&self, area: &AreaModel, rows: (i64, i64), grid_columns: i64) -> Vec<Vec<Run>> {
        let mut scan = RowScan::new(rows);
        for edge in self.edges_touching(rows) {
            scan.add(edge);
        }
        scan.steps
            .iter_mut()
            .enumerate()
            .map(|(at, steps)| {
                row_runs(steps, area, rows.0 + at as i64, self.columns, grid_columns)
            })
            .collect()
    }

    fn edges_touching(&self, rows: (i64, i64)) -> impl Iterator<Item = &CellEdge> {
        let at = |row: i64| {
            let index = (row - self.first_row).clamp(0, self.starts.len() as i64 - 1);
            self.starts[index as usize] as usize
        };
        let (from, to) = (at(rows.0 - self.tallest), at(rows.1));
        self.edges[from.min(to)..to]
            .iter()
            .filter(move |edge| edge.bottom.1 > rows.0 as f64)
    }
}

/// Steps of all edges in a band of rows.
struct RowScan {
    rows: (i64, i64),
    steps: Vec<Vec<(u32, Step)>>,
}

impl RowScan {
    fn new(rows: (i64, i64)) -> Self {
        Self {
            rows,
            steps: vec![Vec::new(); (rows.1 - rows.0).max(0) as usize],
        }
    }

    fn add(&mut self, edge: &CellEdge) {
        let first = (edge.top.1.floor() as i64).max(self.rows.0);
        let last = (edge.bottom.1.ceil() as i64).min(self.rows.1);
        for row in first..last {
            let from = edge.at_height(row as f64);
            let to = edge.at_height(row as f64 + 1.0);
            self.add_in_row(edge, row, from, to);
        }
    }

    /// Cuts the part of an edge inside a row where it crosses whole columns.
    fn add_in_row(&mut self, edge: &CellEdge, row: i64, from: (f64, f64), to: (f64, f64)) {
        let eastward = to.0 >= from.0;
        let (low, high) = if eastward {
            (from.0, to.0)
        } else {
            (to.0, from.0)
        };
        let first_line = low.floor() as i64 + 1;
        let lines = (high.ceil() as i64 - first_line).max(0);
        let mut here = from;
        for index in 0..=lines {
            let next = if index == lines {
                to
            } else {
                let line = if eastward {
                    first_line + index
                } else {
                    first_line + lines - 1 - index
                };
                edge.at_line(line as f64, here.1, to.1)
            };
            self.push(edge, row, here, next);
            here = next;
        }
    }

    fn push(&mut self, edge: &CellEdge, row: i64, from: (f64, f64), to: (f64, f64)) {
        let tick = |y: f64| ((y - row as f64) * ROW_TICKS as f64).round() as i64;
        let (from_tick, to_tick) = (tick(from.1), tick(to.1));
        if from_tick == to_tick {
            return;
        }
        let column = (0.5 * (from.0 + to.0)).floor();
        let share = |x: f64| ((column + 1.0 - x) * ROW_TICKS as f64).round() as i64;
        let step = Step {
            column: column as i64,
            from_tick,
            to_tick,
            east_shares: (share(from.0), share(to.0)),
            sign: 1,
        };
        let steps = &mut self.steps[(row - self.rows.0) as usize];
        steps.push((edge.east, step));
        steps.push((edge.west, Step { sign: -1, ..step }));
    }
}

impl CellEdge {
    /// Point of the edge at a height, held to its ends.
    fn at_height(&self, y: f64) -> (f64, f64) {
        if y <= self.top.1 {
            return self.top;
        }
        if y >= self.bottom.1 {
            return self.bottom;
        }
        let share = (y - self.top.1) / (self.bottom.1 - self.top.1);
        (self.top.0 + share * (self.bottom.0 - self.top.0), y)
    }

    /// Point of the edge at a column line, its height held between two others.
    fn at_line(&self, x: f64, from: f64, to: f64) -> (f64, f64) {
        let share = (x - self.top.0) / (self.bottom.0 - self.top.0);
        let y = self.top.1 + share * (self.bottom.1 - self.top.1);
        (x, y.clamp(from, to))
    }
}

/// Heights at which a piece's ground begins and ends in the cells east of all
/// steps so far, with multiplicity.
#[derive(Default)]
struct Carry {
    marks: Vec<(i64, i64)>,
}

impl Carry {
    fn full() -> Self {
        Self {
            marks: vec![(0, -1), (ROW_TICKS, 1)],
        }
    }

    fn add(&mut self, tick: i64, count: i64) {
        match self.marks.binary_search_by_key(&tick, |mark| mark.0) {
            Ok(at) => {
                self.marks[at].1 += count;
                if self.marks[at].1 == 0 {
                    self.marks.remove(at);
                }
            }
            Err(at) => self.marks.insert(at, (tick, count)),
        }
    }

    fn is_full(&self) -> bool {
        self.marks == [(0, -1), (ROW_TICKS, 1)]
    }

    fn area(&self, area: &AreaModel, row: i64, column: i64) -> i64 {
        self.marks
            .iter()
            .map(|&(tick, count)| count * area.down_to(row, column, tick))
            .sum()
    }
}

fn row_runs(
    steps: &mut [(u32, Step)],
    area: &AreaModel,
    row: i64,
    columns: (i64, i64),
    grid_columns: i64,
) -> Vec<Run> {
    steps.sort_by_key(|(piece, step)| (*piece, step.column));
    let mut runs = Vec::new();
    let outside = steps.partition_point(|(piece, _)| *piece == 0);
    let mut writer = RunWriter {
        area,
        row,
        end: columns.1,
        runs: &mut runs,
    };
    writer.piece(0, &steps[..outside], Carry::full(), columns.0);
    let mut rest = &steps[outside..];
    while let Some((piece, _)) = rest.first() {
        let count = rest.partition_point(|(other, _)| other == piece);
        writer.piece(*piece, &rest[..count], Carry::default(), columns.0);
        rest = &rest[count..];
    }
    // Ground outside all polygons is told inside the raster only.
    runs.retain_mut(|run| {
        if run.piece == 0 {
            run.column = run.column.max(0);
            run.end = run.end.min(grid_columns);
        }
        run.column < run.end
    });
    runs
}

struct RunWriter<'a> {
    area: &'a AreaModel,
    row: i64,
    end: i64,
    runs: &'a mut Vec<Run>,
}

impl RunWriter<'_> {
    fn piece(&mut self, piece: u32, steps: &[(u32, Step)], mut carry: Carry, start: i64) {
        let mut column = start;
        let mut rest = steps;
        while let Some((_, first)) = rest.first() {
            let here = first.column;
            self.stretch(piece, &carry, column, here);
            let count = rest.partition_point(|(_, step)| step.column == here);
            let mut value = carry.area(self.area, self.row, here);
            for (_, step) in &rest[..count] {
                value += self.part(step, here);
                carry.add(step.to_tick, step.sign);
                carry.add(step.from_tick, -step.sign);
            }
            self.push(piece, here, here + 1, value);
            column = here + 1;
            rest = &rest[count..];
        }
        self.stretch(piece, &carry, column, self.end);
    }

    /// Ground of a cell east of a step inside it: the integral of the share over
    /// the area function, by parts and Simpson's rule, exact for the quadratic that
    /// the area of a band is to nine digits. The sign comes after rounding, so that
    /// both neighbours get the same integer.
    fn part(&self, step: &Step, column: i64) -> i64 {
        let down_to = |tick: i64| self.area.down_to(self.row, column, tick);
        let top = down_to(step.from_tick);
        let height = i128::from(down_to(step.to_tick) - top);
        let middle = i128::from(down_to(i64::midpoint(step.from_tick, step.to_tick)) - top);
        let (from, to) = (
            i128::from(step.east_shares.0),
            i128::from(step.east_shares.1),
        );
        let sixfold = 6 * to * height - (to - from) * (4 * middle + height);
        let six = 6 * i128::from(ROW_TICKS);
        step.sign * (sixfold + six / 2).div_euclid(six) as i64
    }

    fn stretch(&mut self, piece: u32, carry: &Carry, column: i64, end: i64) {
        if carry.marks.is_empty() || column >= end {
            return;
        }
        if carry.is_full() {
            self.runs.push(Run {
                piece,
                column,
                end,
                weight: Weight::Full,
            });
        } else if self.area.constant_along_rows() {
            let value = carry.area(self.area, self.row, column);
            self.push(piece, column, end, value);
        } else {
            for at in column..end {
                self.push(piece, at, at + 1, carry.area(self.area, self.row, at));
            }
        }
    }

    fn push(&mut self, piece: u32, column: i64, end: i64, value: i64) {
        if value != 0 {
            self.runs.push(Run {
                piece,
                column,
                end,
                weight: Weight::Part(value),
            });
        }
    }
}
