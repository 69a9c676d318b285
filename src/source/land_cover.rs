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
    /// The parcels of the opening date.
    pub opening: Option<OpeningParcels>,
}

/// `[land_cover.opening]`: parcels of the opening date, met by the same crosswalk and held
/// to the same tolerances.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningParcels {
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
    /// Areas as the parcels tell them.
    pub area: Option<ParcelArea>,
}

/// A file of parcels, of either date.
#[derive(Clone, Copy, Debug)]
pub struct ParcelFile<'a> {
    /// The file.
    pub path: &'a str,
    /// The layer, where the file has several.
    pub layer: Option<&'a str>,
    /// The column with the land class.
    pub code: &'a str,
    /// The column with the parcel's id.
    pub id: Option<&'a str>,
    /// Encoding of a Shapefile's texts.
    pub encoding: Option<&'a str>,
    /// Reference system, for a file that does not say its own.
    pub crs: Option<&'a str>,
    /// Areas as the parcels tell them.
    pub area: Option<&'a ParcelArea>,
}

impl LandCoverEntry {
    /// Returns the file of the present date.
    pub fn file(&self) -> ParcelFile<'_> {
        ParcelFile {
            path: &self.path,
            layer: self.layer.as_deref(),
            code: &self.code,
            id: self.id.as_deref(),
            encoding: self.encoding.as_deref(),
            crs: self.crs.as_deref(),
            area: self.area.as_ref(),
        }
    }
}

impl OpeningParcels {
    /// Returns the file of the opening date.
    pub fn file(&self) -> ParcelFile<'_> {
        ParcelFile {
            path: &self.path,
            layer: self.layer.as_deref(),
            code: &self.code,
            id: self.id.as_deref(),
            encoding: self.encoding.as_deref(),
            crs: self.crs.as_deref(),
            area: self.area.as_ref(),
        }
    }
}
