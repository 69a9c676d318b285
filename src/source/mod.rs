//! What bureaus really have: rasters, vectors, workbooks.

pub mod gdal;
pub mod project;
pub mod workbook;
