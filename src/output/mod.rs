//! Finished tables as files. Writers do not compute.

mod account_tables;
mod asset_table;
mod change_objects_table;
mod change_table;
mod combine_table;
mod condition_table;
mod extent_tables;
mod input_table;
mod manifest;
mod parquet;
mod schemas;
mod supply_use_table;
mod zonal_table;

pub use account_tables::{
    Cell, NamedTable, RegionFacts, TableBuilder, gep_table, physical_table, ratios_table, scaled,
    value_table,
};
pub use asset_table::{AssetKey, AssetTerms, AssetValue, asset_table};
pub use change_objects_table::change_objects_table;
pub use change_table::{ChangeFacts, change_table};
pub use combine_table::{RuleFacts, combine_table};
pub use condition_table::{ConditionOpening, ConditionRow, condition_table};
pub use extent_tables::{ExtentChanges, extent_account_table, extent_change_table};
pub use input_table::input_table;
pub use manifest::{Bilingual, FileEntry, Manifest};
pub use parquet::{Column, ColumnData, parquet_bytes, read_parquet, read_parquet_where};
pub use schemas::{
    ASSET, CHANGE, CHANGE_OBJECTS, CHECKS, CLASSES, COMBINE, CONDITION, EXTENT, EXTENT_ACCOUNT,
    EXTENT_CHANGE, GEP, INDICATORS, INPUTS, Kind, LINEAGE, NAMES, OBJECTS, PARAMETERS, PHYSICAL,
    QUANTITY_SCALE, RATIOS, REGIONS, SOURCES, SUPPLY_USE, Schema, TOTALS, VALUE,
};
pub use supply_use_table::supply_use_table;
pub use zonal_table::{ZonalLayout, zonal_columns};
