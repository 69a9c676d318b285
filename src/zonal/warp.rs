//! Layers of another reference system, or averaged onto coarser cells: read block by
//! block, each target cell by itself, so that no cut of the work shows in a value.

use std::rc::Rc;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{
    Footprint, GridSpec, Lattice, Masked, Place, Resampling, SourceWindow, bounds, needed_at,
    value_at,
};

use super::derive::{GraphReader, LayerId, LayerNode};
use crate::source::gdal::{Bridge, PointTransform, Window};

/// A grid in one of the systems of a graph: where a window of cells lies.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The grid.
    pub grid: &'a GridSpec,
    /// Its system, by position in the graph.
    pub system: usize,
}

/// A block whose source window is larger is cut in two.
const MOST_SOURCE_CELLS: usize = 1 << 21;
/// A single cell over so many source cells is refused: the layer is some ten thousand
/// times finer along each side.
const TOO_MANY_SOURCE_CELLS: usize = 1 << 27;
/// An edge may leave its chord by this share of a source cell.
const MOST_BEND: f64 = 1e-4;
/// Even the edges of a cell as large as a province bend less than this asks for.
const MOST_STEPS: usize = 64;
/// Cells along each side of a grid at which the bend of edges is measured.
const PROBES: usize = 5;

/// What a cached list of coordinates was computed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PlacesKey {
    grid: [u64; 4],
    systems: (usize, usize),
    block: [usize; 4],
    /// Steps of an edge; 0 for the centres.
    steps: usize,
}

fn grid_key(grid: &GridSpec) -> [u64; 4] {
    [grid.west, grid.north, grid.cell_width, grid.cell_height].map(f64::to_bits)
}

/// The places of a block's cells in the coordinates of the source.
enum Ground {
    /// One centre a cell.
    Centres(Vec<Place>),
    /// The points of a lattice of edges.
    Edges(Vec<Place>, usize),
}

impl GraphReader<'_> {
    /// Reads a layer in a window of a grid it does not share lines with.
    pub(super) fn warped(
        &mut self,
        layer: LayerId,
        target: Frame<'_>,
        window: Window,
        how: Resampling,
    ) -> Result<Rc<Masked>, Findings> {
        let mut out = Masked {
            columns: window.columns,
            values: vec![0.0; window.cells()],
            valid: vec![false; window.cells()],
        };
        let node = &self.graph.nodes[layer];
        let steps = match how {
            Resampling::Average => self.edge_steps(node, target)?,
            Resampling::Nearest | Resampling::Bilinear => 0,
        };
        let mut blocks = vec![window];
        while let Some(block) = blocks.pop() {
            let ground = self.ground(node, target, block, steps)?;
            let Some(needed) = ground.needed(node, target, block, how) else {
                continue;
            };
            if needed.cells() > MOST_SOURCE_CELLS && block.cells() > 1 {
                blocks.extend(halves(block));
                continue;
            }
            if needed.cells() > TOO_MANY_SOURCE_CELLS {
                return Err(Finding::error("layer-too-fine")
                    .arg("layer", &node.name)
                    .arg("cells", needed.cells())
                    .into());
            }
            let whole = block == window;
            let before: Vec<_> = match whole {
                true => Vec::new(),
                false => self.memory.keys().copied().collect(),
            };
            let source = self.native(layer, needed)?;
            let row_areas = match how {
                Resampling::Average => self.row_areas(node, needed)?,
                Resampling::Nearest | Resampling::Bilinear => Vec::new(),
            };
            let from = (&*source, needed, row_areas.as_slice());
            ground.fill(node, target, block, from, how, |at, value| {
                let (row, column) = (at / block.columns, at % block.columns);
                let place = (block.row - window.row + row) * window.columns
                    + (block.column - window.column + column);
                out.values[place] = value;
                out.valid[place] = true;
            });
            if !whole {
                // The source of a part is of no use to the next one.
                self.memory.retain(|key, _| before.contains(key));
            }
        }
        Ok(Rc::new(out))
    }

    /// Returns the places of a block's cells, in cells of the layer.
    fn ground(
        &mut self,
        node: &LayerNode,
        target: Frame<'_>,
        block: Window,
        steps: usize,
    ) -> Result<Ground, Findings> {
        let key = PlacesKey {
            grid: grid_key(target.grid),
            systems: (target.system, node.system),
            block: [block.row, block.column, block.rows, block.columns],
            steps,
        };
        let coordinates = match self.places.get(&key) {
            Some(known) => known.clone(),
            None => {
                let (mut x, mut y) = match steps {
                    0 => centres(target.grid, block),
                    steps => lattice(target.grid, block, steps).points(),
                };
                if let Some(transform) = self.transform(target.system, node.system)? {
                    transform.run(&mut x, &mut y);
                }
                let made: Rc<Vec<Place>> = Rc::new(x.into_iter().zip(y).collect());
                self.places.insert(key, made.clone());
                made
            }
        };
        let places = coordinates.iter();
        let places = places
            .map(|&(x, y)| node.grid.cell_position(x, y))
            .collect();
        Ok(match steps {
            0 => Ground::Centres(places),
            steps => Ground::Edges(places, steps),
        })
    }

    /// Returns this thread's transformation between two systems; none if they are one.
    fn transform(&mut self, from: usize, to: usize) -> Result<Option<&PointTransform>, Findings> {
        if from == to {
            return Ok(None);
        }
        if !self.transforms.contains_key(&(from, to)) {
            let opened = self.graph.bridge(from, to)?.open()?;
            self.transforms.insert((from, to), opened);
        }
        Ok(self.transforms.get(&(from, to)))
    }

    /// Returns the ground of one cell of each row of a window, m2. On projected grids
    /// it is that of the grid's middle column: what matters is how it changes from row
    /// to row (on Web Mercator by 1e-3 in five kilometres); along a row it changes by
    /// less than 1e-4 within five kilometres in the zones of Gauss-Krueger and UTM.
    fn row_areas(&mut self, node: &LayerNode, window: Window) -> Result<Vec<f64>, Findings> {
        let edges = window.row..=window.row + window.rows;
        let north = |row: usize| node.grid.row_north(row as i64);
        let west = node.grid.west + (node.grid.columns / 2) as f64 * node.grid.cell_width;
        let sides = [west, west + node.grid.cell_width];
        let mut x: Vec<f64> = edges.clone().flat_map(|_| sides).collect();
        let mut y: Vec<f64> = edges.flat_map(|row| [north(row); 2]).collect();
        if !node.crs.geographic() {
            if !self.bases.contains_key(&node.system) {
                let base = Bridge::to_base(&self.graph.systems[node.system])?.open()?;
                self.bases.insert(node.system, base);
            }
            self.bases[&node.system].run_unrounded(&mut x, &mut y);
        }
        // Longitude against the area below a latitude: a map that keeps areas.
        let ellipsoid = node.crs.ellipsoid();
        let zones = y
            .iter()
            .map(|latitude| ellipsoid.zone_area_m2(latitude.clamp(-90.0, 90.0)));
        let points: Vec<Place> = x.iter().map(|x| x.to_radians()).zip(zones).collect();
        let area = |at: usize| {
            let [a, b, c, d] = [2 * at, 2 * at + 1, 2 * at + 3, 2 * at + 2].map(|one| points[one]);
            let twice = (c.0 - a.0) * (d.1 - b.1) - (d.0 - b.0) * (c.1 - a.1);
            let area = 0.5 * twice.abs();
            // Rows beyond the projection hold no cell that anything is read from.
            if area.is_finite() && area > 0.0 {
                area
            } else {
                1.0
            }
        };
        Ok((0..window.rows).map(area).collect())
    }

    /// Returns into how many steps the edges of target cells are cut so that they
    /// leave the true line by less than [`MOST_BEND`] of a source cell: twice the
    /// largest bend at [`PROBES`] x [`PROBES`] cells of the target grid, which is
    /// quadratic in the length of a step.
    fn edge_steps(&mut self, node: &LayerNode, target: Frame<'_>) -> Result<usize, Findings> {
        if node.system == target.system {
            return Ok(1);
        }
        let mut bend = 0.0_f64;
        let probe = |at: usize, count: usize| at * (count - 1) / (PROBES - 1);
        for at in 0..PROBES * PROBES {
            let block = Window {
                row: probe(at / PROBES, target.grid.rows),
                column: probe(at % PROBES, target.grid.columns),
                rows: 1,
                columns: 1,
            };
            if let Ground::Edges(places, steps) = self.ground(node, target, block, 2)? {
                let mut outline = Vec::new();
                lattice(target.grid, block, steps).outline(&places, 0, 0, &mut outline);
                for edge in 0..4 {
                    let (a, m) = (outline[2 * edge], outline[2 * edge + 1]);
                    let b = outline[(2 * edge + 2) % 8];
                    let (x, y) = (m.0 - 0.5 * (a.0 + b.0), m.1 - 0.5 * (a.1 + b.1));
                    let own = (x * x + y * y).sqrt();
                    if own.is_finite() {
                        bend = bend.max(own);
                    }
                }
            }
        }
        let steps = (2.0 * bend / MOST_BEND).sqrt().ceil() as usize;
        Ok(steps.clamp(1, MOST_STEPS))
    }
}

fn lattice(grid: &GridSpec, block: Window, steps: usize) -> Lattice<'_> {
    Lattice {
        grid,
        origin: (block.row, block.column),
        size: (block.rows, block.columns),
        steps,
    }
}

fn centres(grid: &GridSpec, block: Window) -> (Vec<f64>, Vec<f64>) {
    let cells = (block.row..block.row + block.rows).flat_map(|row| {
        (block.column..block.column + block.columns).map(move |column| (row, column))
    });
    cells
        .map(|(row, column)| grid.centre(row as i64, column as i64))
        .unzip()
}

/// Cuts a block across its longer side.
fn halves(block: Window) -> [Window; 2] {
    if block.rows >= block.columns {
        let rows = block.rows / 2;
        let rest = Window {
            row: block.row + rows,
            rows: block.rows - rows,
            ..block
        };
        [rest, Window { rows, ..block }]
    } else {
        let columns = block.columns / 2;
        let rest = Window {
            column: block.column + columns,
            columns: block.columns - columns,
            ..block
        };
        [rest, Window { columns, ..block }]
    }
}

impl Ground {
    /// Returns the source cells the block needs, if any of its cells has a place in
    /// the source.
    fn needed(
        &self,
        node: &LayerNode,
        target: Frame<'_>,
        block: Window,
        how: Resampling,
    ) -> Option<Window> {
        let size = (node.grid.rows, node.grid.columns);
        let mut all: Option<[usize; 4]> = None;
        let mut add = |own: [usize; 4]| {
            all = Some(all.map_or(own, |all| {
                [
                    all[0].min(own[0]),
                    all[1].max(own[1]),
                    all[2].min(own[2]),
                    all[3].max(own[3]),
                ]
            }));
        };
        match self {
            Self::Centres(places) => {
                for &place in places {
                    needed_at(place, size, how).into_iter().for_each(&mut add);
                }
            }
            Self::Edges(places, steps) => {
                let lattice = lattice(target.grid, block, *steps);
                let mut outline = Vec::new();
                for at in 0..block.cells() {
                    lattice.outline(places, at / block.columns, at % block.columns, &mut outline);
                    bounds(&outline)
                        .and_then(|own| inside(own, size))
                        .into_iter()
                        .for_each(&mut add);
                }
            }
        }
        all.map(|[top, bottom, left, right]| Window {
            row: top,
            column: left,
            rows: bottom - top,
            columns: right - left,
        })
    }

    /// Computes the cells of the block that have a value.
    fn fill(
        &self,
        node: &LayerNode,
        target: Frame<'_>,
        block: Window,
        (source, needed, row_areas): (&Masked, Window, &[f64]),
        how: Resampling,
        mut put: impl FnMut(usize, f64),
    ) {
        let size = (node.grid.rows, node.grid.columns);
        let origin = (needed.row, needed.column);
        match self {
            Self::Centres(places) => {
                for (at, &place) in places.iter().enumerate() {
                    if let Some(value) = value_at(source, origin, size, place, how) {
                        put(at, value);
                    }
                }
            }
            Self::Edges(places, steps) => {
                let window = SourceWindow {
                    cells: source,
                    origin,
                    size,
                    row_areas,
                };
                let lattice = lattice(target.grid, block, *steps);
                let (mut outline, mut footprint) = (Vec::new(), Footprint::default());
                for at in 0..block.cells() {
                    lattice.outline(places, at / block.columns, at % block.columns, &mut outline);
                    let Some(own) = bounds(&outline).filter(|own| inside(*own, size).is_some())
                    else {
                        continue;
                    };
                    footprint.lay(&outline, own);
                    if let Some(value) = footprint.mean(&window) {
                        put(at, value);
                    }
                }
            }
        }
    }
}

/// Returns the rows and columns inside a source, if the bounds go beyond it by no more
/// than the sliver of a cell: further out the mean is missing anyway.
fn inside([top, bottom, left, right]: [i64; 4], size: (usize, usize)) -> Option<[usize; 4]> {
    let (rows, columns) = (size.0 as i64, size.1 as i64);
    if top < -1 || left < -1 || bottom > rows + 1 || right > columns + 1 {
        return None;
    }
    let (top, left) = (top.max(0), left.max(0));
    let (bottom, right) = (bottom.min(rows), right.min(columns));
    (top < bottom && left < right).then_some([
        top as usize,
        bottom as usize,
        left as usize,
        right as usize,
    ])
}
