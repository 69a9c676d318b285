//! Windows of rasters as class codes or values.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;

use gdal::Dataset;
use gdal::raster::GdalDataType;
use gep_core::diagnostic::{Finding, Findings};
use rayon::prelude::*;

use super::raster::{RasterSource, Window, open};
use crate::source::geotiff::{Cells, ChunkReader, SampleKind, Unread};

/// Class codes of a window as small indices into a growing list of codes.
#[derive(Debug, Default)]
pub struct ClassBlock {
    /// For each cell the index of its class in `codes`, or `NODATA`.
    pub index: Vec<u16>,
    /// The codes met so far by this reader.
    pub codes: Vec<i64>,
    lookup: HashMap<i64, u16>,
    byte_lookup: Vec<u16>,
}

impl ClassBlock {
    /// Index that marks a cell without a class.
    pub const NODATA: u16 = u16::MAX;

    fn index_of(&mut self, code: i64) -> Option<u16> {
        if let Some(&index) = self.lookup.get(&code) {
            return Some(index);
        }
        let index = u16::try_from(self.codes.len())
            .ok()
            .filter(|&index| index < Self::NODATA)?;
        self.codes.push(code);
        self.lookup.insert(code, index);
        Some(index)
    }
}

/// One thread's handle on a raster.
pub struct RasterReader {
    source: RasterSource,
    direct: Option<ChunkReader>,
    /// GDAL's handle, opened by the first window that needs it.
    dataset: Option<Dataset>,
    raw: Vec<f64>,
    floats: Vec<f32>,
    bytes: Vec<u8>,
}

impl RasterSource {
    /// Opens a handle of its own for one thread.
    pub fn reader(&self) -> Result<RasterReader, Findings> {
        let layout = self.layout.as_ref();
        let direct = layout.and_then(|layout| ChunkReader::open(&self.path, layout));
        Ok(RasterReader {
            dataset: match direct {
                None => Some(open(&self.path)?),
                Some(_) => None,
            },
            source: self.clone(),
            direct,
            raw: Vec::new(),
            floats: Vec::new(),
            bytes: Vec::new(),
        })
    }
}

impl RasterReader {
    fn fault(&self, window: Window, error: impl Display) -> Findings {
        Finding::error("raster-block-broken")
            .file(self.source.path.display())
            .place(format!(
                "rows {}-{}, columns {}-{}",
                window.row,
                window.row + window.rows - 1,
                window.column,
                window.column + window.columns - 1
            ))
            .arg("error", error)
            .into()
    }

    /// First stored row of a window.
    fn top(&self, window: Window) -> usize {
        if self.source.south_up {
            self.source.grid.rows - window.row - window.rows
        } else {
            window.row
        }
    }

    /// Hands over a window's stored numbers without GDAL, piece by piece with the
    /// position of the first. `false`: GDAL must read it, whatever was handed over.
    fn read_direct(
        &mut self,
        band: usize,
        window: Window,
        mut visit: impl FnMut(usize, &[u8]),
    ) -> Result<bool, Findings> {
        let cells = Cells {
            row: self.top(window),
            column: window.column,
            rows: window.rows,
            columns: window.columns,
        };
        let turned = self.source.south_up;
        let Some(direct) = &mut self.direct else {
            return Ok(false);
        };
        let read = direct.read(band - 1, cells, |at, stored| {
            let (row, column) = (at / window.columns, at % window.columns);
            let row = if turned { window.rows - 1 - row } else { row };
            visit(row * window.columns + column, stored);
        });
        match read {
            Ok(()) => Ok(true),
            Err(Unread::LeftToGdal) => Ok(false),
            Err(Unread::Broken(error)) => Err(self.fault(window, error)),
        }
    }

    /// Reads a window through GDAL.
    fn read_into<T: Copy + gdal::raster::GdalType>(
        &mut self,
        band: usize,
        window: Window,
        out: &mut [T],
    ) -> Result<(), Findings> {
        if self.dataset.is_none() {
            self.dataset = Some(open(&self.source.path)?);
        }
        let Some(dataset) = &self.dataset else {
            return Ok(());
        };
        let size = (window.columns, window.rows);
        let position = (window.column as isize, self.top(window) as isize);
        dataset
            .rasterband(band)
            .and_then(|band| band.read_into_slice(position, size, size, out, None))
            .map_err(|error| self.fault(window, error))?;
        if self.source.south_up {
            for row in 0..window.rows / 2 {
                let (upper, lower) = out.split_at_mut((window.rows - row - 1) * window.columns);
                upper[row * window.columns..(row + 1) * window.columns]
                    .swap_with_slice(&mut lower[..window.columns]);
            }
        }
        Ok(())
    }

    /// Reads the stored numbers of a window, as GDAL widens them to 64-bit floats.
    fn read_wide(&mut self, band: usize, window: Window, out: &mut [f64]) -> Result<(), Findings> {
        if let Some(kind) = self.source.layout.as_ref().map(|layout| layout.kind) {
            let size = kind.bytes();
            let read = self.read_direct(band, window, |at, stored| {
                widen(kind, stored, &mut out[at..at + stored.len() / size]);
            })?;
            if read {
                return Ok(());
            }
        }
        self.read_into(band, window, out)
    }

    /// Reads class codes. `nodata` is the value that means "no class", if any.
    pub fn classes(
        &mut self,
        window: Window,
        nodata: Option<f64>,
        block: &mut ClassBlock,
    ) -> Result<(), Findings> {
        block.index.resize(window.cells(), 0);
        if self.source.data_type == GdalDataType::UInt8 {
            return self.byte_classes(window, nodata, block);
        }
        let mut raw = std::mem::take(&mut self.raw);
        raw.resize(window.cells(), 0.0);
        self.read_wide(1, window, &mut raw)?;
        for (at, &value) in raw.iter().enumerate() {
            let missing =
                nodata.is_some_and(|nodata| value == nodata || (nodata.is_nan() && value.is_nan()));
            block.index[at] = if missing {
                ClassBlock::NODATA
            } else {
                self.class_index(block, value, window, at)?
            };
        }
        self.raw = raw;
        Ok(())
    }

    fn class_index(
        &self,
        block: &mut ClassBlock,
        value: f64,
        window: Window,
        at: usize,
    ) -> Result<u16, Findings> {
        let place = || {
            let (row, column) = (
                window.row + at / window.columns,
                window.column + at % window.columns,
            );
            format!("row {row}, column {column}")
        };
        let whole = value.is_finite() && value.trunc() == value && value.abs() < 9e15;
        if !whole {
            return Err(Finding::error("class-not-integer")
                .file(self.source.path.display())
                .place(place())
                .arg("value", value)
                .into());
        }
        block.index_of(value as i64).ok_or_else(|| {
            Finding::error("classes-too-many")
                .file(self.source.path.display())
                .place(place())
                .into()
        })
    }

    /// The common case, bytes: one look-up table instead of a hash a cell.
    fn byte_classes(
        &mut self,
        window: Window,
        nodata: Option<f64>,
        block: &mut ClassBlock,
    ) -> Result<(), Findings> {
        if block.byte_lookup.is_empty() {
            block.byte_lookup = (0..256_u16)
                .map(|code| {
                    if Some(f64::from(code)) == nodata {
                        ClassBlock::NODATA
                    } else {
                        code
                    }
                })
                .collect();
            for code in 0..256 {
                block.index_of(code);
            }
        }
        let (index, lookup) = (&mut block.index, &block.byte_lookup);
        let mut look_up = |at: usize, stored: &[u8]| {
            for (cell, byte) in index[at..].iter_mut().zip(stored) {
                *cell = lookup[usize::from(*byte)];
            }
        };
        if self.read_direct(1, window, &mut look_up)? {
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.resize(window.cells(), 0);
        self.read_into(1, window, &mut bytes)?;
        look_up(0, &bytes);
        self.bytes = bytes;
        Ok(())
    }

    /// Reads values of a band with the file's scale and offset applied.
    ///
    /// `valid` is false where the cell holds the nodata value or NaN; an infinite
    /// cell is an error, since no arithmetic can be right with it.
    pub fn values(
        &mut self,
        band: usize,
        window: Window,
        out: &mut Vec<f64>,
        valid: &mut Vec<bool>,
    ) -> Result<(), Findings> {
        out.resize(window.cells(), 0.0);
        valid.resize(window.cells(), false);
        let nodata = self.source.nodata.unwrap_or(f64::NAN);
        if self.source.data_type == GdalDataType::Float32 {
            self.narrow_values(band, window, nodata as f32, out, valid)?;
        } else {
            self.read_wide(band, window, out)?;
            for (value, valid) in out.iter_mut().zip(valid.iter_mut()) {
                *valid = !value.is_nan() && *value != nodata;
                *value = if *valid { *value } else { 0.0 };
            }
        }
        let (scale, offset) = (self.source.scale, self.source.offset);
        if (scale, offset) != (1.0, 0.0) {
            for (value, valid) in out.iter_mut().zip(valid.iter()) {
                *value = if *valid { *value * scale + offset } else { 0.0 };
            }
        }
        self.refuse_infinite(out, window)
    }

    /// Reads 32-bit floats as they are stored: half the memory traffic. A nodata tag
    /// printed for 32 bits may differ in its last digits from the stored number.
    fn narrow_values(
        &mut self,
        band: usize,
        window: Window,
        nodata: f32,
        out: &mut [f64],
        valid: &mut [bool],
    ) -> Result<(), Findings> {
        let read = self.read_direct(band, window, |at, stored| {
            let (stored, _) = stored.as_chunks::<4>();
            let stored = stored.iter().map(|bytes| f32::from_ne_bytes(*bytes));
            mask(stored, nodata, &mut out[at..], &mut valid[at..]);
        })?;
        if read {
            return Ok(());
        }
        let mut floats = std::mem::take(&mut self.floats);
        floats.resize(window.cells(), 0.0);
        self.read_into(band, window, &mut floats)?;
        mask(floats.iter().copied(), nodata, out, valid);
        self.floats = floats;
        Ok(())
    }

    /// No arithmetic can be right with an infinite cell.
    fn refuse_infinite(&self, values: &[f64], window: Window) -> Result<(), Findings> {
        // One pass without branches, a second only to find the place.
        const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
        let suspect = values.iter().fold(false, |suspect, value| {
            suspect | (value.to_bits() & EXPONENT == EXPONENT)
        });
        if !suspect {
            return Ok(());
        }
        let Some(at) = values.iter().position(|value| value.is_infinite()) else {
            return Ok(());
        };
        let (row, column) = (
            window.row + at / window.columns,
            window.column + at % window.columns,
        );
        Err(Finding::error("value-infinite")
            .file(self.source.path.display())
            .place(format!("row {row}, column {column}"))
            .into())
    }
}

/// Widens stored numbers and tells which are there.
fn mask(stored: impl Iterator<Item = f32>, nodata: f32, out: &mut [f64], valid: &mut [bool]) {
    for ((value, valid), stored) in out.iter_mut().zip(valid).zip(stored) {
        *valid = !stored.is_nan() && stored != nodata;
        *value = if *valid { f64::from(stored) } else { 0.0 };
    }
}

/// Widens stored numbers in the machine's byte order.
fn widen(kind: SampleKind, stored: &[u8], out: &mut [f64]) {
    fn each<const SIZE: usize>(stored: &[u8], out: &mut [f64], read: impl Fn([u8; SIZE]) -> f64) {
        let (numbers, _) = stored.as_chunks::<SIZE>();
        for (out, bytes) in out.iter_mut().zip(numbers) {
            *out = read(*bytes);
        }
    }
    match kind {
        SampleKind::U8 => each(stored, out, |[byte]| f64::from(byte)),
        SampleKind::U16 => each(stored, out, |bytes| f64::from(u16::from_ne_bytes(bytes))),
        SampleKind::I16 => each(stored, out, |bytes| f64::from(i16::from_ne_bytes(bytes))),
        SampleKind::U32 => each(stored, out, |bytes| f64::from(u32::from_ne_bytes(bytes))),
        SampleKind::I32 => each(stored, out, |bytes| f64::from(i32::from_ne_bytes(bytes))),
        SampleKind::U64 => each(stored, out, |bytes| u64::from_ne_bytes(bytes) as f64),
        SampleKind::I64 => each(stored, out, |bytes| i64::from_ne_bytes(bytes) as f64),
        SampleKind::F32 => each(stored, out, |bytes| f64::from(f32::from_ne_bytes(bytes))),
        SampleKind::F64 => each(stored, out, f64::from_ne_bytes),
    }
}

/// Lists the class codes a raster holds, by one pass over it.
pub fn distinct_classes(
    source: &RasterSource,
    nodata: Option<f64>,
) -> Result<BTreeSet<i64>, Findings> {
    const TILE: usize = 512;
    let found: Result<Vec<BTreeSet<i64>>, Findings> = source
        .bands_of_rows(TILE)
        .par_iter()
        .map_init(
            || {
                source
                    .reader()
                    .map(|reader| (reader, ClassBlock::default()))
            },
            |worker, rows| {
                let (reader, block) = worker.as_mut().map_err(|findings| findings.clone())?;
                let mut seen = vec![false; usize::from(u16::MAX) + 1];
                for window in source.windows(rows, TILE) {
                    reader.classes(window, nodata, block)?;
                    for &index in &block.index {
                        seen[usize::from(index)] = true;
                    }
                }
                let codes = block.codes.iter().enumerate();
                Ok(codes
                    .filter(|(index, _)| seen[*index])
                    .map(|(_, &code)| code)
                    .collect())
            },
        )
        .collect();
    Ok(found?.into_iter().flatten().collect())
}
