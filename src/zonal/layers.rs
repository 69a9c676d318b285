//! Measures that are raster layers as they stand.

use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::GridSpec;

use super::derive::{GraphReader, LayerGraph, LayerId};
use super::measure::{CellMeasures, MeasureBlock, MeasureWorker, State};
use super::warp::Frame;
use crate::source::gdal::{ClassBlock, RasterSource, Window};

/// A layer to be summed: its rate in quanta times area.
#[derive(Clone, Debug)]
pub struct SummedLayer {
    /// Its name in the table.
    pub name: String,
    /// The raster, for messages and metadata.
    pub source: RasterSource,
    /// The layer, by position in the graph.
    pub layer: LayerId,
    /// Quanta in one unit of the layer.
    pub per_quantum: f64,
}

/// Layers summed as they stand.
pub struct LayerMeasures<'a> {
    /// The layers.
    pub layers: &'a [SummedLayer],
    /// How they are read.
    pub graph: &'a LayerGraph,
    /// The reference grid.
    pub grid: &'a GridSpec,
}

impl<'a> CellMeasures for LayerMeasures<'a> {
    type Worker = LayerWorker<'a>;

    fn count(&self) -> usize {
        self.layers.len()
    }

    fn worker(&self) -> Result<LayerWorker<'a>, Findings> {
        Ok(LayerWorker {
            layers: self.layers,
            grid: self.grid,
            reader: self.graph.reader(),
        })
    }
}

/// One thread's readers.
pub struct LayerWorker<'a> {
    layers: &'a [SummedLayer],
    grid: &'a GridSpec,
    reader: GraphReader<'a>,
}

impl MeasureWorker for LayerWorker<'_> {
    fn evaluate(
        &mut self,
        window: Window,
        _: &ClassBlock,
        out: &mut [MeasureBlock],
    ) -> Result<(), Findings> {
        self.reader.forget();
        let frame = Frame {
            grid: self.grid,
            system: 0,
        };
        for (summed, block) in self.layers.iter().zip(out) {
            let read = self.reader.read(summed.layer, frame, window)?;
            let states = read.valid.iter().map(|&valid| match valid {
                true => State::Valid,
                false => State::Missing,
            });
            block.states.clear();
            block.states.extend(states);
            block
                .quantise(&read.values, summed.per_quantum)
                .map_err(|at| too_large(summed, window, at, read.values[at]))?;
        }
        Ok(())
    }
}

fn too_large(summed: &SummedLayer, window: Window, at: usize, value: f64) -> Findings {
    let (row, column) = (
        window.row + at / window.columns,
        window.column + at % window.columns,
    );
    Finding::error("rate-too-large")
        .file(summed.source.path.display())
        .place(format!("row {row}, column {column}"))
        .arg("name", &summed.name)
        .arg("value", value)
        .into()
}
