//! Finished tables as files. Writers do not compute.

mod account_tables;
mod adjustment_table;
mod asset_table;
mod bridge_table;
mod carbon_series_tables;
mod carbon_tables;
mod carbon_workbook;
mod change_objects_table;
mod change_table;
mod combine_table;
mod condition_table;
mod control_table;
mod extent_tables;
mod form_workbook;
mod input_table;
mod manifest;
mod parquet;
mod recut_table;
mod schemas;
mod schemas_carbon;
mod schemas_over_time;
mod supply_use_table;
mod uncertainty_table;
mod zonal_table;

pub use account_tables::{
    Cell, NamedTable, RegionFacts, TableBuilder, gep_table, physical_table, ratios_table, scaled,
    value_table,
};
pub use adjustment_table::{AdjustmentNote, AdjustmentRow, adjustment_table};
pub use asset_table::{AssetKey, AssetTerms, AssetValue, asset_table};
pub use bridge_table::{BridgeRow, bridge_table};
pub use carbon_series_tables::{
    carbon_paths_table, decomposition_table, decoupling_table, peak_table,
};
pub use carbon_tables::{
    carbon_consistency_table, carbon_facts_table, carbon_indicators_table, carbon_lineage_table,
    carbon_names_table, carbon_recalculation_table, carbon_regions_table, carbon_targets_table,
    carbon_totals_table, carbon_uncertainty_table, emission_id, emissions_table,
    energy_balance_table, indicator_id, key_categories_table, key_category_trends_table,
    net_position_table, sinks_table, total_id,
};
pub use carbon_workbook::{BookCell, BookSheet, carbon_workbook};
pub use change_objects_table::change_objects_table;
pub use change_table::{ChangeFacts, change_table};
pub use combine_table::{RuleFacts, combine_table};
pub use condition_table::{ConditionOpening, ConditionRow, condition_table};
pub use control_table::{ControlLine, ControlTerms, control_factor, control_table};
pub use extent_tables::{ExtentChanges, extent_account_table, extent_change_table};
pub use form_workbook::{FormSheet, form_workbook};
pub use input_table::input_table;
pub use manifest::{Bilingual, FileEntry, Manifest};
pub use parquet::{Column, ColumnData, parquet_bytes, read_parquet, read_parquet_where};
pub use recut_table::{RECUT_AREA, RecutKey, RecutValue, recut_table};
pub use schemas::{
    ADJUSTMENTS, BRIDGE, CHECKS, CLASSES, COMBINE, CONTROL_AREAS, CROSSWALK, DENOMINATORS, EXTENT,
    GEP, INDICATORS, INPUTS, Kind, LAYERS, LINEAGE, LINES, NAMES, OBJECTS, PARAMETERS, PHYSICAL,
    QUANTITY_SCALE, RATIOS, REGIONS, SOURCES, Schema, TOTALS, UNCERTAINTY, UNCERTAINTY_BOUNDS,
    UNCERTAINTY_CONTRIBUTION, UNCERTAINTY_PARAMETERS, VALUE,
};
pub use schemas_carbon::{
    CARBON_CONSISTENCY, CARBON_FACTS, CARBON_INDICATORS, CARBON_LINEAGE, CARBON_NAMES,
    CARBON_PATHS, CARBON_RECALCULATION, CARBON_REGIONS, CARBON_SCALE, CARBON_TARGETS,
    CARBON_TOTALS, CARBON_UNCERTAINTY, DECOMPOSITION, DECOUPLING, EMISSIONS, ENERGY_BALANCE,
    KEY_CATEGORIES, KEY_CATEGORY_TRENDS, NET_POSITION, PEAK, SINKS,
};
pub use schemas_over_time::{
    ASSET, CHANGE, CHANGE_OBJECTS, CONDITION, EXTENT_ACCOUNT, EXTENT_CHANGE, RECUT, SUPPLY_USE,
};
pub use supply_use_table::supply_use_table;
pub use uncertainty_table::{
    BoundedAmount, ParameterFate, UncertaintyTerms, bounds_table, contribution_table,
    parameter_fates_table, uncertainty_table,
};
pub use zonal_table::{ZonalLayout, zonal_columns};
