//! Finished tables as files. Writers do not compute.

mod account_tables;
mod parquet;
mod zonal_table;

pub use account_tables::{
    Cell, Kind, NamedTable, RegionFacts, TableBuilder, gep_table, physical_table, ratios_table,
    scaled, value_table,
};
pub use parquet::{Column, ColumnData, parquet_bytes, read_parquet};
pub use zonal_table::{ZonalLayout, zonal_columns};
