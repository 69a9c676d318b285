//! Derived layers: a graph of rasters, expressions and kernels, evaluated window
//! by window on demand, so that memory depends on the tile and not on the raster.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

use gep_core::diagnostic::{Finding, Findings};
use gep_core::formula::{BlockInput, BlockProgram, BlockScratch, LayerBlock};
use gep_core::grid::{GridSpec, Masked, Resampling, column_weights, resample, row_weights};
use gep_core::kernel::slope_horn;

use crate::source::gdal::{Crs, RasterReader, RasterSource, Window};

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
    /// How other grids read it; `None`: only grids with the same cells may.
    pub resampling: Option<Resampling>,
    /// How it is made.
    pub rule: LayerRule,
}

/// Layers in an order in which each follows what it reads.
#[derive(Clone, Debug, Default)]
pub struct LayerGraph {
    /// The layers.
    pub nodes: Vec<LayerNode>,
}

impl LayerGraph {
    /// Opens what one thread needs.
    pub fn reader(&self) -> GraphReader<'_> {
        GraphReader {
            graph: self,
            readers: HashMap::new(),
            memory: HashMap::new(),
            spare: Vec::new(),
            scratch: BlockScratch::new(),
        }
    }
}

/// One thread's readers and what it has evaluated for the present tile.
pub struct GraphReader<'a> {
    graph: &'a LayerGraph,
    readers: HashMap<LayerId, RasterReader>,
    memory: HashMap<(LayerId, [usize; 4]), Rc<Masked>>,
    /// Buffers of former tiles: fresh memory for every tile costs as much as its
    /// arithmetic.
    spare: Vec<Masked>,
    scratch: BlockScratch,
}

impl GraphReader<'_> {
    /// Forgets the windows of the last tile.
    pub fn forget(&mut self) {
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
        target: &GridSpec,
        window: Window,
    ) -> Result<Rc<Masked>, Findings> {
        let node = &self.graph.nodes[layer];
        if node.grid.same_cells(target) {
            return self.native(layer, window);
        }
        let how = node.resampling.ok_or_else(|| {
            Findings::from(Finding::error("layer-not-resampled").arg("layer", &node.name))
        })?;
        let rows = row_weights(&node.grid, target, window.row, window.rows, how);
        let columns = column_weights(&node.grid, target, window.column, window.columns, how);
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
    fn native(&mut self, layer: LayerId, window: Window) -> Result<Rc<Masked>, Findings> {
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
        self.memory.insert(key, made.clone());
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
        let reader = match self.readers.entry(layer) {
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
        let mut layers = Vec::with_capacity(inputs.len());
        for &input in inputs {
            layers.push(self.read(input, &node.grid, window)?);
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
        let values = self
            .scratch
            .values(0)
            .iter()
            .map(|&value| to_quantum(value, per_quantum));
        Ok(Masked {
            columns: window.columns,
            values: values.collect(),
            valid: self.scratch.valid(0).to_vec(),
        })
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
        let read = self.read(layer, &node.grid, inner)?;
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
