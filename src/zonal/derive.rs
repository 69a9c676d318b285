//! Derived layers: a graph of rasters, expressions and kernels, evaluated window
//! by window on demand, so that memory depends on the tile and not on the raster.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{BlockInput, BlockProgram, BlockScratch, LayerBlock, StreamError};
use gep_core::grid::{GridSpec, Masked, Place, Resampling, column_weights, resample, row_weights};
use gep_core::kernel::slope_horn;

use super::warp::{Frame, PlacesKey};
use crate::source::gdal::{
    Bridge, Crs, PointTransform, RasterReader, RasterSource, System, Window,
};

/// Index of a layer in a graph.
pub type LayerId = usize;

/// How a layer's cells come to be on its own grid. Values are coherent.
#[derive(Clone, Debug)]
pub enum LayerRule {
    /// A band of a raster: stored value x `scale` + `offset`.
    Raster {
        /// The raster.
        source: Box<RasterSource>,
        /// The band, from 1.
        band: usize,
        /// Factor to the coherent unit.
        scale: f64,
        /// Offset to the coherent unit.
        offset: f64,
    },
    /// An expression over other layers, brought onto this layer's grid.
    Expression {
        /// The compiled expression; its first output is the layer.
        program: Box<BlockProgram>,
        /// The layers it reads, in the program's order.
        inputs: Vec<LayerId>,
        /// Quanta in one coherent unit.
        per_quantum: f64,
    },
    /// Horn's slope of another layer of the same grid.
    Slope {
        /// The heights.
        height: LayerId,
        /// Quanta in one unit.
        per_quantum: f64,
    },
}

/// One layer of a graph.
#[derive(Clone, Debug)]
pub struct LayerNode {
    /// Its name, for messages.
    pub name: String,
    /// Its own grid.
    pub grid: GridSpec,
    /// Its reference system.
    pub crs: Crs,
    /// The same, by position among the graph's systems.
    pub system: usize,
    /// How other grids read it; `None`: only grids with the same cells may.
    pub resampling: Option<Resampling>,
    /// How it is made.
    pub rule: LayerRule,
}

impl LayerNode {
    /// Returns where the layer's own cells lie.
    pub fn frame(&self) -> Frame<'_> {
        Frame {
            grid: &self.grid,
            system: self.system,
        }
    }
}

/// Layers in an order in which each follows what it reads.
#[derive(Clone, Debug, Default)]
pub struct LayerGraph {
    /// The layers.
    pub nodes: Vec<LayerNode>,
    /// The reference systems of the layers; that of the reference grid first.
    pub systems: Vec<System>,
    bridges: BTreeMap<(usize, usize), Bridge>,
}

impl LayerGraph {
    /// Creates a graph without layers for a reference grid's system.
    pub fn new(crs: &Crs) -> Self {
        Self {
            systems: vec![System {
                crs: crs.clone(),
                shift: None,
            }],
            ..Self::default()
        }
    }

    /// Returns the position of a layer's system, found or added; refuses one to which
    /// no declared way leads.
    pub fn system(&mut self, system: &System, layer: &str) -> Result<usize, Findings> {
        for (at, known) in self.systems.iter().enumerate() {
            if known.same(system)? {
                return Ok(at);
            }
        }
        let added = self.systems.len();
        for (at, known) in self.systems.iter().enumerate() {
            let there = Bridge::between(known, system, layer)?;
            let back = Bridge::between(system, known, layer)?;
            self.bridges.insert((at, added), there);
            self.bridges.insert((added, at), back);
        }
        self.systems.push(system.clone());
        Ok(added)
    }

    /// Returns the way from one system to another.
    pub fn bridge(&self, from: usize, to: usize) -> Result<&Bridge, Findings> {
        self.bridges.get(&(from, to)).ok_or_else(|| {
            let label = |at: usize| self.systems.get(at).map_or("?", |one| one.crs.label());
            Finding::error("crs-no-transformation")
                .arg("from", label(from))
                .arg("to", label(to))
                .into()
        })
    }

    /// Opens what one thread needs.
    pub fn reader(&self) -> GraphReader<'_> {
        GraphReader {
            graph: self,
            readers: HashMap::new(),
            memory: HashMap::new(),
            places: HashMap::new(),
            transforms: HashMap::new(),
            bases: HashMap::new(),
            spare: Vec::new(),
            scratch: BlockScratch::new(),
        }
    }
}

/// A raster with more bands than months is read band by band through one handle, and
/// its windows are not kept: the days of a year would fill the memory and use up the
/// files a process may hold open.
const MOST_KEPT_BANDS: usize = 12;

impl LayerRule {
    /// Returns whether the layer is a band of a raster of many bands.
    fn of_long_stack(&self) -> bool {
        matches!(self, Self::Raster { source, .. } if source.bands > MOST_KEPT_BANDS)
    }
}

/// One thread's readers and what it has evaluated for the present tile.
pub struct GraphReader<'a> {
    pub(super) graph: &'a LayerGraph,
    readers: HashMap<LayerId, RasterReader>,
    pub(super) memory: HashMap<(LayerId, [usize; 4]), Rc<Masked>>,
    /// Coordinates of cells in other systems.
    pub(super) places: HashMap<PlacesKey, Rc<Vec<Place>>>,
    pub(super) transforms: HashMap<(usize, usize), PointTransform>,
    /// From projected systems to their own geographic ones.
    pub(super) bases: HashMap<usize, PointTransform>,
    /// Buffers of former tiles: fresh memory for every tile costs as much as its
    /// arithmetic.
    spare: Vec<Masked>,
    scratch: BlockScratch,
}

impl GraphReader<'_> {
    /// Forgets the windows of the last tile.
    pub fn forget(&mut self) {
        self.places.clear();
        for (_, used) in self.memory.drain() {
            self.spare.extend(Rc::try_unwrap(used).ok());
        }
    }

    fn buffer(&mut self, columns: usize) -> Masked {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.columns = columns;
        buffer
    }

    /// Reads a layer in a window of another grid.
    pub fn read(
        &mut self,
        layer: LayerId,
        target: Frame<'_>,
        window: Window,
    ) -> Result<Rc<Masked>, Findings> {
        let node = &self.graph.nodes[layer];
        let same_system = node.system == target.system;
        if same_system && node.grid.same_cells(target.grid) {
            return self.native(layer, window);
        }
        let how = node.resampling.ok_or_else(|| {
            Findings::from(Finding::error("layer-not-resampled").arg("layer", &node.name))
        })?;
        if !same_system || how == Resampling::Average {
            return self.warped(layer, target, window, how);
        }
        let rows = row_weights(&node.grid, target.grid, window.row, window.rows, how);
        let columns = column_weights(&node.grid, target.grid, window.column, window.columns, how);
        let mut out = Masked::default();
        match (rows.needed(), columns.needed()) {
            (Some(r), Some(c)) => {
                let needed = Window {
                    row: r.0,
                    column: c.0,
                    rows: r.1 - r.0,
                    columns: c.1 - c.0,
                };
                let native = self.native(layer, needed)?;
                resample(
                    &native,
                    (needed.row, needed.column),
                    &rows,
                    &columns,
                    &mut out,
                );
            }
            _ => resample(&Masked::default(), (0, 0), &rows, &columns, &mut out),
        }
        Ok(Rc::new(out))
    }

    /// Evaluates a layer in a window of its own grid.
    pub(super) fn native(
        &mut self,
        layer: LayerId,
        window: Window,
    ) -> Result<Rc<Masked>, Findings> {
        let key = (
            layer,
            [window.row, window.column, window.rows, window.columns],
        );
        if let Some(known) = self.memory.get(&key) {
            return Ok(known.clone());
        }
        let node = &self.graph.nodes[layer];
        let made = match &node.rule {
            LayerRule::Raster {
                source,
                band,
                scale,
                offset,
            } => self.raster(layer, source, *band, (*scale, *offset), window)?,
            LayerRule::Expression {
                program,
                inputs,
                per_quantum,
            } => self.expression(node, program, inputs, *per_quantum, window)?,
            LayerRule::Slope {
                height,
                per_quantum,
            } => self.slope(node, *height, *per_quantum, window)?,
        };
        let made = Rc::new(made);
        if !node.rule.of_long_stack() {
            self.memory.insert(key, made.clone());
        }
        Ok(made)
    }

    fn raster(
        &mut self,
        layer: LayerId,
        source: &RasterSource,
        band: usize,
        (scale, offset): (f64, f64),
        window: Window,
    ) -> Result<Masked, Findings> {
        let mut out = self.buffer(window.columns);
        // The bands of a raster are layers one after the other.
        let handle = if source.bands > MOST_KEPT_BANDS {
            layer + 1 - band
        } else {
            layer
        };
        let reader = match self.readers.entry(handle) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(source.reader()?),
        };
        reader.values(band, window, &mut out.values, &mut out.valid)?;
        if (scale, offset) != (1.0, 0.0) {
            for value in &mut out.values {
                *value = *value * scale + offset;
            }
        }
        Ok(out)
    }

    fn expression(
        &mut self,
        node: &LayerNode,
        program: &BlockProgram,
        inputs: &[LayerId],
        per_quantum: f64,
        window: Window,
    ) -> Result<Masked, Findings> {
        if program.reads_days() {
            return self.streamed(node, program, inputs, per_quantum, window);
        }
        let mut layers = Vec::with_capacity(inputs.len());
        for &input in inputs {
            layers.push(self.read(input, node.frame(), window)?);
        }
        let blocks: Vec<LayerBlock<'_>> = layers
            .iter()
            .map(|layer| LayerBlock {
                values: &layer.values,
                valid: &layer.valid,
            })
            .collect();
        let input = BlockInput {
            cells: window.cells(),
            classes: &[],
            layers: &blocks,
        };
        program.run(&input, &mut self.scratch).map_err(|error| {
            Findings::from(error.finding.arg_layer(&node.name, error.cell, window))
        })?;
        Ok(first_output(&self.scratch, per_quantum, window))
    }

    /// Evaluates an expression over days, reading one day at a time.
    fn streamed(
        &mut self,
        node: &LayerNode,
        program: &BlockProgram,
        inputs: &[LayerId],
        per_quantum: f64,
        window: Window,
    ) -> Result<Masked, Findings> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let done = program.run_streamed(window.cells(), &mut scratch, |layer, values, valid| {
            let read = self.read(inputs[layer], node.frame(), window)?;
            values.copy_from_slice(&read.values);
            valid.copy_from_slice(&read.valid);
            self.spare.extend(Rc::try_unwrap(read).ok());
            Ok(())
        });
        self.scratch = scratch;
        done.map_err(|error| match error {
            StreamError::Read(findings) => findings,
            StreamError::Cell(error) => {
                Findings::from(error.finding.arg_layer(&node.name, error.cell, window))
            }
        })?;
        Ok(first_output(&self.scratch, per_quantum, window))
    }

    fn slope(
        &mut self,
        node: &LayerNode,
        height: LayerId,
        per_quantum: f64,
        window: Window,
    ) -> Result<Masked, Findings> {
        let padded = self.with_halo(node, height, window)?;
        let sizes: Vec<(f64, f64)> = (window.row..window.row + window.rows)
            .map(|row| cell_size_m(node, row))
            .collect();
        let (widths, heights): (Vec<f64>, Vec<f64>) = sizes.into_iter().unzip();
        let (values, valid) = slope_horn(
            &padded.values,
            &padded.valid,
            window.columns,
            &widths,
            &heights,
        );
        let values = values
            .into_iter()
            .map(|value| to_quantum(value, per_quantum))
            .collect();
        Ok(Masked {
            columns: window.columns,
            values,
            valid,
        })
    }

    /// A window with one more cell on each side; missing beyond the raster.
    fn with_halo(
        &mut self,
        node: &LayerNode,
        layer: LayerId,
        window: Window,
    ) -> Result<Masked, Findings> {
        let (top, left) = (
            window.row.saturating_sub(1),
            window.column.saturating_sub(1),
        );
        let bottom = (window.row + window.rows + 1).min(node.grid.rows);
        let right = (window.column + window.columns + 1).min(node.grid.columns);
        let inner = Window {
            row: top,
            column: left,
            rows: bottom - top,
            columns: right - left,
        };
        let read = self.read(layer, node.frame(), inner)?;
        let columns = window.columns + 2;
        let cells = columns * (window.rows + 2);
        let mut out = Masked {
            columns,
            values: vec![0.0; cells],
            valid: vec![false; cells],
        };
        for row in 0..inner.rows {
            let to = (top + row + 1 - window.row) * columns + (left + 1 - window.column);
            let from = row * inner.columns;
            out.values[to..to + inner.columns]
                .copy_from_slice(&read.values[from..from + inner.columns]);
            out.valid[to..to + inner.columns]
                .copy_from_slice(&read.valid[from..from + inner.columns]);
        }
        Ok(out)
    }
}

fn first_output(scratch: &BlockScratch, per_quantum: f64, window: Window) -> Masked {
    let values = scratch.values(0).iter();
    Masked {
        columns: window.columns,
        values: values
            .map(|&value| to_quantum(value, per_quantum))
            .collect(),
        valid: scratch.valid(0).to_vec(),
    }
}

/// Rounds a layer's value to its quantum, half away from zero.
fn to_quantum(value: f64, per_quantum: f64) -> f64 {
    (value * per_quantum).round() / per_quantum
}

/// Width and height of the cells of a row, m, at the row's middle latitude.
fn cell_size_m(node: &LayerNode, row: usize) -> (f64, f64) {
    let grid = &node.grid;
    let (east, north) = if node.crs.geographic() {
        node.crs
            .ellipsoid()
            .degree_lengths_m(grid.centre(row as i64, 0).1)
    } else {
        (node.crs.metres(), node.crs.metres())
    };
    (grid.cell_width * east, grid.cell_height * north)
}

/// Tells a failing cell's place in a finding.
pub(super) trait CellPlace {
    /// Names the layer, row and column.
    fn arg_layer(self, layer: &str, cell: usize, window: Window) -> Finding;
}

impl CellPlace for Finding {
    fn arg_layer(self, layer: &str, cell: usize, window: Window) -> Finding {
        let (row, column) = (
            window.row + cell / window.columns,
            window.column + cell % window.columns,
        );
        let place = match &self.place {
            Some(place) => format!("{place}, {layer}, row {row}, column {column}"),
            None => format!("{layer}, row {row}, column {column}"),
        };
        self.place(place)
    }
}
