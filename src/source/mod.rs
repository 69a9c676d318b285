//! What bureaus really have: rasters, vectors, workbooks.

pub mod boundaries;
pub mod carbon;
pub mod control_areas;
pub mod datum_shift;
pub mod dbf;
pub mod deflators;
pub mod denominators;
pub mod gdal;
pub mod geotiff;
pub mod land_cover;
pub mod members;
pub mod project;
pub mod use_shares;
pub mod waivers;
pub mod workbook;
