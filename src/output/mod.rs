//! Finished tables as files. Writers do not compute.

mod parquet;
mod zonal_table;

pub use parquet::{Column, ColumnData, parquet_bytes, read_parquet};
pub use zonal_table::{ZonalLayout, zonal_columns};
