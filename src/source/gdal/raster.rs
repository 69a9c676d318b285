//! Rasters: what they are and how work on them is cut.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gdal::raster::GdalDataType;
use gdal::{Dataset, DatasetOptions, GdalOpenFlags};
use gep_core::diagnostic::{Finding, Findings};
use gep_core::grid::{GridSpec, SpecFault};

use super::crs::Crs;
use super::{RASTER_DRIVERS, check_path};
use crate::source::geotiff::{Layout, SampleKind};

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
    pub(super) south_up: bool,
    pub(super) data_type: GdalDataType,
    /// Rows and columns that are stored together.
    block: (usize, usize),
    /// Where the cells are, if they can be read without GDAL.
    pub(super) layout: Option<Arc<Layout>>,
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
        check_axes(path, &grid, &crs)?;
        let bands = dataset.raster_count();
        let band = dataset
            .rasterband(1)
            .map_err(|error| unreadable(path, &error))?;
        let data_type = band.band_type();
        let nodata = band.no_data_value();
        let (block_columns, block_rows) = band.block_size();
        let layout = direct_layout(path, &dataset, nodata);
        Ok(Self {
            path: path.to_path_buf(),
            grid,
            crs,
            bands,
            nodata,
            integer: data_type.is_integer(),
            scale: band.scale().unwrap_or(1.0),
            offset: band.offset().unwrap_or(0.0),
            south_up,
            data_type,
            block: (block_rows, block_columns),
            layout,
        })
    }

    /// Returns cells without a raster: a grid that no file stores.
    pub fn of_grid(path: &Path, grid: GridSpec, crs: Crs) -> Self {
        let block = (1, grid.columns);
        Self {
            path: path.to_path_buf(),
            grid,
            crs,
            bands: 0,
            nodata: None,
            integer: true,
            scale: 1.0,
            offset: 0.0,
            south_up: false,
            data_type: GdalDataType::UInt8,
            block,
            layout: None,
        }
    }

    /// Returns the same raster, all of whose cells GDAL will decode.
    #[must_use]
    pub fn through_gdal(&self) -> Self {
        Self {
            layout: None,
            ..self.clone()
        }
    }

    /// Returns whether the cells are read without GDAL.
    pub fn is_direct(&self) -> bool {
        self.layout.is_some()
    }

    fn striped(&self) -> bool {
        self.block.1 >= self.grid.columns
    }

    /// Cuts the rows into bands for threads: `tile` rows, or a few more so that no
    /// stored tile belongs to two bands.
    pub fn bands_of_rows(&self, tile: usize) -> Vec<Range<usize>> {
        let rows = self.grid.rows;
        let height = if self.striped() || self.block.0 > MOST_ALIGNED_ROWS {
            tile
        } else {
            tile.next_multiple_of(self.block.0.max(1))
        };
        let starts = (0..rows).step_by(height);
        starts
            .map(|start| start..rows.min(start + height))
            .collect()
    }

    /// Cuts a band into windows that fit the processor's cache, in an order in which
    /// each stored tile or strip is decoded once.
    pub fn windows(&self, band: &Range<usize>, tile: usize) -> Vec<Window> {
        let all = self.grid.columns;
        let width = if self.striped() { all } else { tile.min(all) };
        let height = (WINDOW_CELLS / width).max(FEWEST_WINDOW_ROWS);
        let mut windows = Vec::new();
        for column in (0..all).step_by(width) {
            for row in band.clone().step_by(height) {
                windows.push(Window {
                    row,
                    column,
                    rows: height.min(band.end - row),
                    columns: width.min(all - column),
                });
            }
        }
        windows
    }
}

/// Cells of a window. All values of a window of a dozen layers stay in a cache of
/// one or two megabytes; larger windows cost twice the time.
const WINDOW_CELLS: usize = 1 << 14;
/// Fewer rows would make the rims of neighbourhoods costly.
const FEWEST_WINDOW_ROWS: usize = 8;
/// Bands are not made higher than this for the sake of stored tiles.
const MOST_ALIGNED_ROWS: usize = 2048;

/// Finds out where the cells are, if the file is a GeoTIFF that says of itself what
/// GDAL says of it.
fn direct_layout(path: &Path, dataset: &Dataset, nodata: Option<f64>) -> Option<Arc<Layout>> {
    if dataset.driver().short_name() != "GTiff" {
        return None;
    }
    let layout = Layout::open(path, nodata)?;
    let kind = match layout.kind {
        SampleKind::U8 => GdalDataType::UInt8,
        SampleKind::U16 => GdalDataType::UInt16,
        SampleKind::I16 => GdalDataType::Int16,
        SampleKind::U32 => GdalDataType::UInt32,
        SampleKind::I32 => GdalDataType::Int32,
        SampleKind::U64 => GdalDataType::UInt64,
        SampleKind::I64 => GdalDataType::Int64,
        SampleKind::F32 => GdalDataType::Float32,
        SampleKind::F64 => GdalDataType::Float64,
    };
    let same = (layout.columns, layout.rows) == dataset.raster_size()
        && layout.bands == dataset.raster_count()
        && (1..=layout.bands).all(|band| {
            dataset
                .rasterband(band)
                .is_ok_and(|band| band.band_type() == kind)
        });
    same.then(|| Arc::new(layout))
}

pub(super) fn open(path: &Path) -> Result<Dataset, Findings> {
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

/// Refuses a geographic raster whose rows lie beyond the poles: its longitudes and
/// latitudes are exchanged, or its coordinates are metres.
fn check_axes(path: &Path, grid: &GridSpec, crs: &Crs) -> Result<(), Findings> {
    let south = grid.row_north(grid.rows as i64);
    let slack = grid.cell_height;
    if !crs.geographic() || (grid.north <= 90.0 + slack && south >= -90.0 - slack) {
        return Ok(());
    }
    Err(Finding::error("raster-axes-exchanged")
        .file(path.display())
        .arg("crs", crs.label())
        .arg("north", format!("{:.4}", grid.north))
        .arg("south", format!("{south:.4}"))
        .into())
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
