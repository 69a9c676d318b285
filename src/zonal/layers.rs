//! Measures that are raster layers as they stand.

use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{
    AxisWeights, GridSpec, Masked, Resampling, column_weights, resample, row_weights,
};

use super::measure::{CellMeasures, MeasureBlock, MeasureWorker, State};
use crate::source::gdal::{ClassBlock, RasterReader, RasterSource, Window};

/// A band of a raster on the reference grid.
#[derive(Clone, Debug)]
pub struct GridLayer {
    /// The raster.
    pub source: RasterSource,
    /// The band, from 1.
    pub band: usize,
    /// How it reaches the reference grid; `None` if it has the same cells.
    pub resampling: Option<Resampling>,
}

/// One thread's reading of a layer.
pub struct LayerReader {
    layer: GridLayer,
    target: GridSpec,
    reader: RasterReader,
    native: Masked,
}

impl LayerReader {
    /// Opens a layer for one thread.
    pub fn open(layer: &GridLayer, target: &GridSpec) -> Result<Self, Findings> {
        Ok(Self {
            layer: layer.clone(),
            target: target.clone(),
            reader: layer.source.reader()?,
            native: Masked::default(),
        })
    }

    /// Reads a window of the reference grid.
    pub fn read(&mut self, window: Window, out: &mut Masked) -> Result<(), Findings> {
        out.columns = window.columns;
        let Some(how) = self.layer.resampling else {
            return self
                .reader
                .values(self.layer.band, window, &mut out.values, &mut out.valid);
        };
        let from = &self.layer.source.grid;
        let rows = row_weights(from, &self.target, window.row, window.rows, how);
        let columns = column_weights(from, &self.target, window.column, window.columns, how);
        let origin = self.read_native(&rows, &columns)?;
        resample(&self.native, origin, &rows, &columns, out);
        Ok(())
    }

    fn read_native(
        &mut self,
        rows: &AxisWeights,
        columns: &AxisWeights,
    ) -> Result<(usize, usize), Findings> {
        let (Some(rows), Some(columns)) = (rows.needed(), columns.needed()) else {
            return Ok((0, 0));
        };
        let window = Window {
            row: rows.0,
            column: columns.0,
            rows: rows.1 - rows.0,
            columns: columns.1 - columns.0,
        };
        self.native.columns = window.columns;
        let native = &mut self.native;
        self.reader.values(
            self.layer.band,
            window,
            &mut native.values,
            &mut native.valid,
        )?;
        Ok((window.row, window.column))
    }
}

/// A layer to be summed: its rate in quanta times area.
#[derive(Clone, Debug)]
pub struct SummedLayer {
    /// Its name in the table.
    pub name: String,
    /// The layer.
    pub layer: GridLayer,
    /// Quanta in one unit of the layer.
    pub per_quantum: f64,
}

/// Layers summed as they stand.
pub struct LayerMeasures {
    /// The layers.
    pub layers: Vec<SummedLayer>,
    /// The reference grid.
    pub grid: GridSpec,
}

impl CellMeasures for LayerMeasures {
    type Worker = LayerWorker;

    fn count(&self) -> usize {
        self.layers.len()
    }

    fn worker(&self) -> Result<LayerWorker, Findings> {
        let readers: Result<Vec<_>, Findings> = self
            .layers
            .iter()
            .map(|summed| {
                Ok((
                    summed.clone(),
                    LayerReader::open(&summed.layer, &self.grid)?,
                ))
            })
            .collect();
        Ok(LayerWorker {
            readers: readers?,
            values: Masked::default(),
        })
    }
}

/// One thread's readers.
pub struct LayerWorker {
    readers: Vec<(SummedLayer, LayerReader)>,
    values: Masked,
}

impl MeasureWorker for LayerWorker {
    fn evaluate(
        &mut self,
        window: Window,
        _: &ClassBlock,
        out: &mut [MeasureBlock],
    ) -> Result<(), Findings> {
        for ((summed, reader), block) in self.readers.iter_mut().zip(out) {
            reader.read(window, &mut self.values)?;
            let states = self.values.valid.iter().map(|&valid| match valid {
                true => State::Valid,
                false => State::Missing,
            });
            block.states.clear();
            block.states.extend(states);
            let values = &self.values.values;
            block
                .quantise(values, summed.per_quantum)
                .map_err(|at| too_large(summed, window, at, values[at]))?;
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
        .file(summed.layer.source.path.display())
        .place(format!("row {row}, column {column}"))
        .arg("name", &summed.name)
        .arg("value", value)
        .into()
}
