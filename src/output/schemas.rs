//! The columns of every table of a run (docs/tables.md): one description, by which
//! tables are written and read back.

use super::parquet::ColumnData;
use crate::account::RATIO_DIGITS;

/// Kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Decimal with this many digits after the point.
    Decimal(i8),
    /// Count.
    Count,
    /// Ratio in floating point.
    Ratio,
}

impl Kind {
    /// Returns whether values are of this kind.
    pub fn fits(self, data: &ColumnData) -> bool {
        match self {
            Text => matches!(data, ColumnData::Text(_)),
            Decimal(scale) => matches!(data, ColumnData::Decimal(_, own) if *own == scale),
            Count => matches!(data, ColumnData::Count(_)),
            Ratio => matches!(data, ColumnData::Ratio(_)),
        }
    }
}

/// Name, key columns and columns of a table.
#[derive(Debug)]
pub struct Schema {
    /// Name of the table and of its file without the ending.
    pub name: &'static str,
    /// Key columns in key order.
    pub keys: &'static [&'static str],
    /// All columns, in the order in which they are written.
    pub columns: &'static [(&'static str, Kind)],
}

impl Schema {
    /// Returns where the table lies below the run's folder.
    pub fn path(&self) -> String {
        format!("tables/{}.parquet", self.name)
    }
}

use Kind::{Count, Decimal, Ratio, Text};

/// Digits after the point of physical quantities.
pub const QUANTITY_SCALE: i8 = 6;

/// Regions with names, parents and areas.
pub static REGIONS: Schema = Schema {
    name: "regions",
    keys: &["region_code"],
    columns: &[
        ("region_code", Text),
        ("region_level", Text),
        ("name_zh", Text),
        ("name_en", Text),
        ("parent_code", Text),
        ("area_mm2", Decimal(0)),
        ("area_outside_grid_mm2", Decimal(0)),
        ("note_zh", Text),
        ("note_en", Text),
    ],
};

/// Area of each ecosystem type in each region.
pub static EXTENT: Schema = Schema {
    name: "extent",
    keys: &["region_code", "class"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("region_level", Text),
        ("area_mm2", Decimal(0)),
        ("number_id", Text),
    ],
};

/// Sums of the pass as they stand.
pub static TOTALS: Schema = Schema {
    name: "totals",
    keys: &["region_code", "realm", "class", "total_id"],
    columns: &[
        ("region_code", Text),
        ("realm", Text),
        ("class", Text),
        ("total_id", Text),
        ("sum", Decimal(0)),
        ("quantum", Text),
        ("unit", Text),
        ("valid_area_mm2", Decimal(0)),
        ("missing_area_mm2", Decimal(0)),
        ("missing_cells", Count),
        ("rate", Text),
        ("at", Text),
    ],
};

/// The physical account.
pub static PHYSICAL: Schema = Schema {
    name: "physical",
    keys: &["region_code", "class", "indicator", "output", "item"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("indicator", Text),
        ("output", Text),
        ("item", Text),
        ("region_level", Text),
        ("method_id", Text),
        ("value", Decimal(QUANTITY_SCALE)),
        ("unit", Text),
        ("coverage", Ratio),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};

/// The value account.
pub static VALUE: Schema = Schema {
    name: "value",
    keys: &["region_code", "class", "indicator", "output", "item"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("indicator", Text),
        ("output", Text),
        ("item", Text),
        ("region_level", Text),
        ("method_id", Text),
        ("value_fen", Decimal(0)),
        ("price_year", Text),
        ("coverage", Ratio),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};

/// GEP, its groups and indicators.
pub static GEP: Schema = Schema {
    name: "gep",
    keys: &["region_code", "item"],
    columns: &[
        ("region_code", Text),
        ("item", Text),
        ("region_level", Text),
        ("item_kind", Text),
        ("value_fen", Decimal(0)),
        ("per_km2_fen", Decimal(0)),
        ("coverage", Ratio),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};

/// The indicators of the profile.
pub static INDICATORS: Schema = Schema {
    name: "indicators",
    keys: &["indicator"],
    columns: &[
        ("indicator", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("group", Text),
        ("profile_state", Text),
        ("note_zh", Text),
        ("note_en", Text),
    ],
};

/// Every parameter row a method may take.
pub static PARAMETERS: Schema = Schema {
    name: "parameters",
    keys: &["method_id", "name", "key"],
    columns: &[
        ("method_id", Text),
        ("name", Text),
        ("key", Text),
        ("value", Text),
        ("unit", Text),
        ("status", Text),
        ("source", Text),
        ("clause", Text),
        ("file", Text),
        ("line", Count),
        ("binding", Text),
    ],
};

/// The formulas of every method.
pub static LINEAGE: Schema = Schema {
    name: "lineage",
    keys: &["method_id", "position"],
    columns: &[
        ("method_id", Text),
        ("position", Count),
        ("indicator", Text),
        ("statement", Text),
        ("formula", Text),
        ("unit", Text),
        ("reads", Text),
        ("document", Text),
        ("clause", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("method_position", Count),
        ("kind", Text),
        ("quantum", Text),
        ("groups", Text),
    ],
};

/// Every name the formulas of an indicator read, with what gives its values.
pub static NAMES: Schema = Schema {
    name: "names",
    keys: &["indicator", "name"],
    columns: &[
        ("indicator", Text),
        ("name", Text),
        ("kind", Text),
        ("origin", Text),
        ("method_id", Text),
        ("unit", Text),
        ("domain", Text),
    ],
};

/// Results of the checks, and the findings of the run.
pub static CHECKS: Schema = Schema {
    name: "checks",
    keys: &[
        "check",
        "region_code",
        "indicator",
        "class",
        "item",
        "verdict",
    ],
    columns: &[
        ("check", Text),
        ("region_code", Text),
        ("indicator", Text),
        ("class", Text),
        ("item", Text),
        ("verdict", Text),
        ("severity", Text),
        ("measured", Text),
        ("unit", Text),
        ("limit", Text),
        ("limit_status", Text),
        ("compared", Count),
        ("waiver", Text),
        ("message_zh", Text),
        ("message_en", Text),
    ],
};

/// Titles of ecosystem types.
pub static CLASSES: Schema = Schema {
    name: "classes",
    keys: &["class"],
    columns: &[
        ("class", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("group", Text),
    ],
};

/// Source documents.
pub static SOURCES: Schema = Schema {
    name: "sources",
    keys: &["source"],
    columns: &[
        ("source", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("address", Text),
        ("year", Text),
    ],
};

/// Shares and densities with their parts.
pub static RATIOS: Schema = Schema {
    name: crate::account::RATIOS,
    keys: &["region_code", "measure", "item"],
    columns: &[
        ("region_code", Text),
        ("measure", Text),
        ("item", Text),
        ("numerator", Decimal(0)),
        ("denominator", Decimal(0)),
        ("value", Decimal(RATIO_DIGITS as i8)),
        ("unit", Text),
        ("numerator_id", Text),
        ("denominator_id", Text),
        ("number_id", Text),
    ],
};

/// Numbers of single objects, where the project has any.
pub static OBJECTS: Schema = Schema {
    name: "objects",
    keys: &["kind", "object_id", "region_code", "indicator", "output"],
    columns: &[
        ("kind", Text),
        ("object_id", Text),
        ("region_code", Text),
        ("indicator", Text),
        ("output", Text),
        ("value", Decimal(QUANTITY_SCALE)),
        ("unit", Text),
        ("number_id", Text),
    ],
};

/// The departments' numbers as the run used them, exactly.
pub static INPUTS: Schema = Schema {
    name: "inputs",
    keys: &["region_code", "input", "item"],
    columns: &[
        ("region_code", Text),
        ("input", Text),
        ("item", Text),
        ("value", Text),
        ("unit", Text),
        ("status", Text),
    ],
};

/// Values of two runs and the effects their difference comes from.
pub static CHANGE: Schema = Schema {
    name: "change",
    keys: &["region_code", "class", "indicator", "item"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("indicator", Text),
        ("item", Text),
        ("region_level", Text),
        ("value_fen", Decimal(0)),
        ("between_fen", Decimal(0)),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("number_id", Text),
        ("constant_by", Text),
        ("deflator", Text),
        ("deflator_item", Text),
        ("deflator_source", Text),
    ],
};

/// Values of single objects in two runs, and what their difference comes from.
pub static CHANGE_OBJECTS: Schema = Schema {
    name: "change_objects",
    keys: &["region_code", "indicator", "kind", "object_id"],
    columns: &[
        ("region_code", Text),
        ("indicator", Text),
        ("kind", Text),
        ("object_id", Text),
        ("in_base", Text),
        ("in_this", Text),
        ("value_base_fen", Decimal(0)),
        ("value_fen", Decimal(0)),
        ("constant_price_fen", Decimal(0)),
        ("appears_fen", Decimal(0)),
        ("disappears_fen", Decimal(0)),
        ("intensity_fen", Decimal(0)),
        ("price_fen", Decimal(0)),
        ("number_id", Text),
    ],
};

/// What each ecosystem type was at the opening date.
pub static EXTENT_CHANGE: Schema = Schema {
    name: "extent_change",
    keys: &["region_code", "from_class", "to_class"],
    columns: &[
        ("region_code", Text),
        ("from_class", Text),
        ("to_class", Text),
        ("region_level", Text),
        ("area_mm2", Decimal(0)),
        ("number_id", Text),
    ],
};

/// Opening, additions, reductions and closing of each ecosystem type.
pub static EXTENT_ACCOUNT: Schema = Schema {
    name: "extent_account",
    keys: &["region_code", "class"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("region_level", Text),
        ("opening_mm2", Decimal(0)),
        ("additions_mm2", Decimal(0)),
        ("reductions_mm2", Decimal(0)),
        ("closing_mm2", Decimal(0)),
        ("number_id", Text),
    ],
};

/// Variables, indicators and indices of ecosystem condition.
pub static CONDITION: Schema = Schema {
    name: "condition",
    keys: &["region_code", "class", "item"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("item", Text),
        ("region_level", Text),
        ("item_kind", Text),
        ("condition_class", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("unit", Text),
        ("direction", Text),
        ("opening", Decimal(QUANTITY_SCALE)),
        ("closing", Decimal(QUANTITY_SCALE)),
        ("change", Decimal(QUANTITY_SCALE)),
        ("opening_indicator", Decimal(QUANTITY_SCALE)),
        ("closing_indicator", Decimal(QUANTITY_SCALE)),
        ("change_indicator", Decimal(QUANTITY_SCALE)),
        ("numerator", Text),
        ("denominator", Text),
        ("reference_low", Text),
        ("reference_high", Text),
        ("reference_status", Text),
        ("reference_source", Text),
        ("reference_clause", Text),
        ("members", Text),
        ("definition", Text),
        ("coverage", Ratio),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("opening_reason", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};

/// Present values of the yearly flows.
pub static ASSET: Schema = Schema {
    name: "asset",
    keys: &["region_code", "class", "indicator"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("indicator", Text),
        ("region_level", Text),
        ("flow_fen", Decimal(0)),
        ("asset_fen", Decimal(0)),
        ("discount_rate", Text),
        ("horizon_years", Count),
        ("first_payment_years", Count),
        ("factor", Text),
        ("missing_codes", Text),
        ("status", Text),
        ("source_zh", Text),
        ("source_en", Text),
        ("number_id", Text),
    ],
};

/// Who supplies and who uses the services.
pub static SUPPLY_USE: Schema = Schema {
    name: "supply_use",
    keys: &["region_code", "indicator", "side", "item"],
    columns: &[
        ("region_code", Text),
        ("indicator", Text),
        ("side", Text),
        ("item", Text),
        ("region_level", Text),
        ("value_fen", Decimal(0)),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("source", Text),
        ("number_id", Text),
    ],
};

/// What rules after all indicators take off, where the profile has any.
pub static COMBINE: Schema = Schema {
    name: "combine",
    keys: &["region_code", "rule", "indicator"],
    columns: &[
        ("region_code", Text),
        ("rule", Text),
        ("indicator", Text),
        ("region_level", Text),
        ("position", Count),
        ("operand", Count),
        ("kind", Text),
        ("choice", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("year", Text),
        ("before_fen", Decimal(0)),
        ("removed_fen", Decimal(0)),
        ("after_fen", Decimal(0)),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};
