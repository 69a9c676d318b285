//! What bureaus really have: rasters, vectors, workbooks.

pub mod workbook;
