//! Finished tables as files. Writers do not compute.

mod account_tables;
mod combine_table;
mod manifest;
mod parquet;
mod schemas;
mod zonal_table;

pub use account_tables::{
    Cell, NamedTable, RegionFacts, TableBuilder, gep_table, physical_table, ratios_table, scaled,
    value_table,
};
pub use combine_table::{RuleFacts, combine_table};
pub use manifest::{Bilingual, FileEntry, Manifest};
pub use parquet::{Column, ColumnData, parquet_bytes, read_parquet, read_parquet_where};
pub use schemas::{
    CHECKS, CLASSES, COMBINE, EXTENT, GEP, INDICATORS, Kind, LINEAGE, OBJECTS, PARAMETERS,
    PHYSICAL, QUANTITY_SCALE, RATIOS, REGIONS, SOURCES, Schema, TOTALS, VALUE,
};
pub use zonal_table::{ZonalLayout, zonal_columns};
