//! Rasters: what they are, and windows of them as class codes or values.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use gdal::raster::{GdalDataType, RasterBand};
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{GridSpec, SpecFault};
use rayon::prelude::*;

use super::crs::Crs;
use super::{RASTER_DRIVERS, check_path};

/// A rectangle of cells, rows counted from the north.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First row.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
}

impl Window {
    /// Returns the number of cells.
    pub fn cells(&self) -> usize {
        self.rows * self.columns
    }
}

/// A raster that was opened, checked and can be read by many threads.
#[derive(Clone, Debug)]
pub struct RasterSource {
    /// The file as the user named it.
    pub path: PathBuf,
    /// Size and geotransform, north-up.
    pub grid: GridSpec,
    /// Reference system.
    pub crs: Crs,
    /// Number of bands.
    pub bands: usize,
    /// Value that marks missing cells, if the file declares one.
    pub nodata: Option<f64>,
    /// Whether cells are integers.
    pub integer: bool,
    /// Factor the file declares for its stored numbers.
    pub scale: f64,
    /// Offset the file declares for its stored numbers.
    pub offset: f64,
    south_up: bool,
    data_type: GdalDataType,
}

/// More cells than any national raster at 1 m has along a side.
const MOST_CELLS_A_SIDE: usize = 20_000_000;
/// No codec of a real raster shrinks cells more than this: a larger claim of a
/// small file is an attack or an accident.
const MOST_CELLS_A_BYTE: u64 = 1 << 20;

impl RasterSource {
    /// Opens a raster. `declared` stands in for a missing reference system.
    pub fn open(path: &Path, declared: Option<&Crs>) -> Result<Self, Findings> {
        let name = path.display();
        let dataset = open(path)?;
        let (columns, rows) = dataset.raster_size();
        check_size(path, columns, rows)?;
        let transform = dataset
            .geo_transform()
            .map_err(|_| Finding::error("raster-not-placed").file(name))?;
        let (grid, south_up) =
            GridSpec::from_geotransform(columns, rows, transform).map_err(|fault| {
                let code = match fault {
                    SpecFault::Rotated => "raster-rotated",
                    SpecFault::Degenerate => "raster-degenerate",
                };
                Finding::error(code).file(path.display())
            })?;
        let own = dataset
            .spatial_ref()
            .ok()
            .and_then(|srs| Crs::from_library(&srs));
        let crs = match (own, declared) {
            (Some(own), _) => own,
            (None, Some(declared)) => declared.clone(),
            (None, None) => {
                return Err(Finding::error("raster-crs-missing")
                    .file(path.display())
                    .into());
            }
        };
        let bands = dataset.raster_count();
        let band = dataset
            .rasterband(1)
            .map_err(|error| unreadable(path, &error))?;
        let data_type = band.band_type();
        Ok(Self {
            path: path.to_path_buf(),
            grid,
            crs,
            bands,
            nodata: band.no_data_value(),
            integer: data_type.is_integer(),
            scale: band.scale().unwrap_or(1.0),
            offset: band.offset().unwrap_or(0.0),
            south_up,
            data_type,
        })
    }

    /// Opens a handle of its own for one thread.
    pub fn reader(&self) -> Result<RasterReader, Findings> {
        Ok(RasterReader {
            dataset: open(&self.path)?,
            source: self.clone(),
            raw: Vec::new(),
            floats: Vec::new(),
            bytes: Vec::new(),
        })
    }
}

fn open(path: &Path) -> Result<Dataset, Findings> {
    check_path(path)?;
    let options = DatasetOptions {
        open_flags: GdalOpenFlags::GDAL_OF_RASTER | GdalOpenFlags::GDAL_OF_READONLY,
        allowed_drivers: Some(&RASTER_DRIVERS),
        ..DatasetOptions::default()
    };
    Dataset::open_ex(path, options).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &gdal::errors::GdalError) -> Findings {
    Finding::error("raster-unreadable")
        .file(path.display())
        .arg("error", error)
        .into()
}

fn check_size(path: &Path, columns: usize, rows: usize) -> Result<(), Findings> {
    let bytes = std::fs::metadata(path).map(|data| data.len()).unwrap_or(0);
    let cells = columns as u64 * rows as u64;
    if columns.max(rows) > MOST_CELLS_A_SIDE || cells / (bytes + 1) > MOST_CELLS_A_BYTE {
        return Err(Finding::error("raster-size-absurd")
            .file(path.display())
            .arg("columns", columns)
            .arg("rows", rows)
            .arg("bytes", bytes)
            .into());
    }
    Ok(())
}

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
    dataset: Dataset,
    source: RasterSource,
    raw: Vec<f64>,
    floats: Vec<f32>,
    bytes: Vec<u8>,
}

impl RasterReader {
    fn fault(&self, window: Window, error: &gdal::errors::GdalError) -> Findings {
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

    fn read_into<T: Copy + gdal::raster::GdalType>(
        &self,
        band: usize,
        window: Window,
        out: &mut [T],
    ) -> Result<(), Findings> {
        let height = self.source.grid.rows;
        let top = if self.source.south_up {
            height - window.row - window.rows
        } else {
            window.row
        };
        let size = (window.columns, window.rows);
        let position = (window.column as isize, top as isize);
        let band: RasterBand<'_> = self
            .dataset
            .rasterband(band)
            .map_err(|error| self.fault(window, &error))?;
        band.read_into_slice(position, size, size, out, None)
            .map_err(|error| self.fault(window, &error))?;
        if self.source.south_up {
            for row in 0..window.rows / 2 {
                let (upper, lower) = out.split_at_mut((window.rows - row - 1) * window.columns);
                upper[row * window.columns..(row + 1) * window.columns]
                    .swap_with_slice(&mut lower[..window.columns]);
            }
        }
        Ok(())
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
        self.read_into(1, window, &mut raw)?;
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
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.resize(window.cells(), 0);
        self.read_into(1, window, &mut bytes)?;
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
        for (cell, byte) in block.index.iter_mut().zip(&bytes) {
            *cell = block.byte_lookup[usize::from(*byte)];
        }
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
            // Read as they are stored: half the memory traffic. A nodata tag printed
            // for 32 bits may differ in its last digits from the stored number.
            let mut floats = std::mem::take(&mut self.floats);
            floats.resize(window.cells(), 0.0);
            self.read_into(band, window, &mut floats)?;
            let nodata = nodata as f32;
            for ((value, valid), &stored) in out.iter_mut().zip(valid.iter_mut()).zip(&floats) {
                *valid = !stored.is_nan() && stored != nodata;
                *value = if *valid { f64::from(stored) } else { 0.0 };
            }
            self.floats = floats;
        } else {
            self.read_into(band, window, out)?;
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

    /// No arithmetic can be right with an infinite cell.
    fn refuse_infinite(&self, values: &[f64], window: Window) -> Result<(), Findings> {
        // A sum of finite magnitudes is finite unless they are absurd: one pass
        // without branches, a second only to find the place.
        if values
            .iter()
            .map(|value| value.abs())
            .sum::<f64>()
            .is_finite()
        {
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

/// Lists the class codes a raster holds, by one pass over it.
pub fn distinct_classes(
    source: &RasterSource,
    nodata: Option<f64>,
) -> Result<BTreeSet<i64>, Findings> {
    const ROWS: usize = 512;
    let bands: Vec<usize> = (0..source.grid.rows).step_by(ROWS).collect();
    let found: Result<Vec<BTreeSet<i64>>, Findings> = bands
        .par_iter()
        .map_init(
            || {
                source
                    .reader()
                    .map(|reader| (reader, ClassBlock::default()))
            },
            |worker, &row| {
                let (reader, block) = worker.as_mut().map_err(|findings| findings.clone())?;
                let rows = ROWS.min(source.grid.rows - row);
                let window = Window {
                    row,
                    column: 0,
                    rows,
                    columns: source.grid.columns,
                };
                reader.classes(window, nodata, block)?;
                let mut seen = vec![false; usize::from(u16::MAX) + 1];
                for &index in &block.index {
                    seen[usize::from(index)] = true;
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
