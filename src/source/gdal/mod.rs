//! Rasters and vectors through GDAL. GDAL decodes; it never resamples or warps.

mod bridge;
mod codes;
mod crs;
mod lines;
mod objects;
mod parcels;
mod placing;
mod raster;
mod reader;
mod vector;

pub use bridge::{ALIGNED_BOUND_M, Bridge, DatumStep, PointTransform, System};
pub use codes::read_codes;
pub use crs::{Crs, ToDegrees, area_model};
pub use lines::{LineSource, read_lines};
pub use objects::{ObjectTable, read_objects};
pub use parcels::{Parcel, ParcelRequest, ParcelSource, read_parcels};
pub use raster::{RasterSource, Window};
pub use reader::{ClassBlock, RasterReader, distinct_classes};
pub use vector::{UNASSIGNED, VectorRequest, VectorSource, read_polygons};

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

/// Drivers that may open a file: local raster and vector formats, nothing that
/// follows URLs, runs scripts or reads other files by reference.
const RASTER_DRIVERS: [&str; 4] = ["GTiff", "COG", "HFA", "AAIGrid"];
const VECTOR_DRIVERS: [&str; 5] = [
    "GeoJSON",
    "GPKG",
    "ESRI Shapefile",
    "FlatGeobuf",
    "OpenFileGDB",
];

/// Silences GDAL's own messages: every failure reaches the user as a finding.
pub fn quiet_library() {
    gdal::config::set_error_handler(|_, _, _| {});
    // Every tile is read once: a large block cache only costs memory. Who sets the
    // variable knows better.
    if std::env::var_os("GDAL_CACHEMAX").is_none() {
        // A library that does not know the option keeps its own default.
        let _ = gdal::config::set_config_option("GDAL_CACHEMAX", "64");
    }
}

/// Refuses paths that GDAL would take for something else than a local file.
fn check_path(path: &Path) -> Result<(), Findings> {
    let text = path.to_string_lossy();
    if text.starts_with("/vsi") || text.contains("://") {
        return Err(Finding::error("path-not-local").file(&text).exit(2).into());
    }
    if !path.exists() {
        return Err(Finding::error("input-missing").file(&text).exit(66).into());
    }
    Ok(())
}
