//! The land cover of an earlier date beside the measures of a pass: how much of
//! each present class was of which class then.
//!
//! Each earlier type is a measure whose rate is one where the cell was of that type:
//! its sum by piece and present class is the area of the pair, in mm2.

use gep_core::diagnostic::Findings;

use super::measure::{CellMeasures, MeasureBlock, MeasureWorker, State};
use crate::source::gdal::{ClassBlock, RasterReader, RasterSource, Window};

/// The earlier land cover.
#[derive(Clone, Copy)]
pub struct Opening<'a> {
    /// The raster, on the cells of the present one.
    pub classes: &'a RasterSource,
    /// Value that means "no class".
    pub nodata: Option<f64>,
    /// Number of types; one more measure is that of cells without a class.
    pub types: usize,
    /// Position of a class code among the types.
    pub label_of: &'a (dyn Fn(i64) -> Option<u16> + Sync),
}

/// Other measures, followed by those of the earlier types.
pub struct WithOpening<'a, M> {
    /// The other measures.
    pub inner: &'a M,
    /// The earlier land cover, if there is one.
    pub opening: Option<Opening<'a>>,
}

impl<'a, M: CellMeasures> CellMeasures for WithOpening<'a, M> {
    type Worker = OpeningWorker<'a, M::Worker>;

    fn count(&self) -> usize {
        self.inner.count() + self.opening.map_or(0, |opening| opening.types + 1)
    }

    fn worker(&self) -> Result<Self::Worker, Findings> {
        let opening = match self.opening {
            Some(opening) => Some((opening, opening.classes.reader()?)),
            None => None,
        };
        Ok(OpeningWorker {
            inner: self.inner.worker()?,
            count: self.inner.count(),
            opening,
            block: ClassBlock::default(),
            slots: Vec::new(),
        })
    }
}

/// One thread's readers.
pub struct OpeningWorker<'a, W> {
    inner: W,
    count: usize,
    opening: Option<(Opening<'a>, RasterReader)>,
    block: ClassBlock,
    /// Measure of each class index met so far.
    slots: Vec<usize>,
}

impl<W: MeasureWorker> MeasureWorker for OpeningWorker<'_, W> {
    fn evaluate(
        &mut self,
        window: Window,
        classes: &ClassBlock,
        out: &mut [MeasureBlock],
    ) -> Result<(), Findings> {
        let (inner, own) = out.split_at_mut(self.count);
        self.inner.evaluate(window, classes, inner)?;
        let Some((opening, reader)) = &mut self.opening else {
            return Ok(());
        };
        reader.classes(window, opening.nodata, &mut self.block)?;
        let none = opening.types;
        for &code in &self.block.codes[self.slots.len()..] {
            let label = (opening.label_of)(code);
            self.slots.push(label.map_or(none, usize::from));
        }
        for measure in own.iter_mut() {
            measure.rates.clear();
            measure.rates.resize(window.cells(), 0);
            measure.states.clear();
            measure.states.resize(window.cells(), State::Valid);
        }
        for (cell, &index) in self.block.index.iter().enumerate() {
            let slot = self.slots.get(usize::from(index)).copied().unwrap_or(none);
            own[slot].rates[cell] = 1;
        }
        Ok(())
    }
}
