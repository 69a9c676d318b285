//! What bureaus really have: rasters, vectors, workbooks.

pub mod deflators;
pub mod gdal;
pub mod geotiff;
pub mod project;
pub mod use_shares;
pub mod waivers;
pub mod workbook;
