//! Finished tables as files. Writers do not compute.

mod account_tables;
mod asset_table;
mod change_table;
mod condition_table;
mod extent_tables;
mod input_table;
mod parquet;
mod ratio_table;
mod supply_use_table;
mod zonal_table;

pub use account_tables::{
    Cell, Kind, NamedTable, RegionFacts, TableBuilder, gep_table, physical_table, ratios_table,
    scaled, value_table,
};
pub use asset_table::{AssetKey, AssetValue, asset_table};
pub use change_table::{ChangeFacts, change_table};
pub use condition_table::{ConditionLayer, ConditionSums, condition_table};
pub use extent_tables::{ExtentChanges, extent_account_table, extent_change_table};
pub use input_table::input_table;
pub use parquet::{Column, ColumnData, parquet_bytes, read_parquet};
pub use ratio_table::{RatioRow, ratio_table};
pub use supply_use_table::supply_use_table;
pub use zonal_table::{ZonalLayout, zonal_columns};
