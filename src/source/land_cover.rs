//! `[land_cover]`: land cover as polygons, in place of `[rasters.classes]`.

use serde::Deserialize;

use super::project::BothTexts;

/// Cells of the run, where no layer of the project gives them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GridEntry {
    /// Reference system of the run.
    pub crs: String,
    /// X of the western edge.
    pub west: f64,
    /// Y of the northern edge.
    pub north: f64,
    /// Width and height of a cell.
    pub cell: f64,
    /// Number of columns.
    pub columns: usize,
    /// Number of rows.
    pub rows: usize,
}

/// The column in which the parcels tell their own area.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParcelArea {
    /// The column.
    pub column: String,
    /// Its unit.
    pub unit: String,
    /// Largest difference from the geometry, as a share of it.
    pub tolerance: String,
}

/// `[land_cover]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LandCoverEntry {
    /// Shapefile, folder of a FileGDB, GeoPackage, GeoJSON or FlatGeobuf.
    pub path: String,
    /// The layer, where the file has several.
    pub layer: Option<String>,
    /// The column with the land class.
    pub code: String,
    /// The column with the parcel's id; without it parcels are numbered.
    pub id: Option<String>,
    /// Encoding of a Shapefile's texts, where no `.cpg` tells it.
    pub encoding: Option<String>,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<String>,
    /// The layer of `[rasters.layers]` whose cells are those of the run.
    pub reference: Option<String>,
    /// The cells, written out.
    pub grid: Option<GridEntry>,
    /// Largest overlap of two parcels, as a share of the smaller.
    pub overlap_tolerance: String,
    /// Largest part of a county without a parcel, as a share.
    pub gap_tolerance: String,
    /// Who set the tolerances.
    pub tolerance_source: BothTexts,
    /// Areas as the parcels tell them.
    pub area: Option<ParcelArea>,
}
