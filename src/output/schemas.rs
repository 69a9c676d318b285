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

/// The crosswalk in use, row by row.
pub static CROSSWALK: Schema = Schema {
    name: "crosswalk",
    keys: &["crosswalk", "code"],
    columns: &[
        ("crosswalk", Text),
        ("code", Text),
        ("version", Text),
        ("class", Text),
        ("status", Text),
        ("source", Text),
        ("clause", Text),
        ("file", Text),
        ("line", Count),
        ("note", Text),
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

/// What GEP is set against beside its ground, by region.
pub static DENOMINATORS: Schema = Schema {
    name: "denominators",
    keys: &["region_code", "denominator"],
    columns: &[
        ("region_code", Text),
        ("denominator", Text),
        ("region_level", Text),
        ("year", Text),
        ("value", Decimal(4)),
        ("unit", Text),
        ("origin", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("source", Text),
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

/// Lines with their length by region, where the project has any.
pub static LINES: Schema = Schema {
    name: "lines",
    keys: &["kind", "line_id", "region_code"],
    columns: &[
        ("kind", Text),
        ("line_id", Text),
        ("region_code", Text),
        ("line_class", Text),
        ("length_mm", Decimal(0)),
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

/// What was corrected by hand and what follows from it, where the project has any.
pub static ADJUSTMENTS: Schema = Schema {
    name: "adjustments",
    keys: &[
        "line",
        "table",
        "region_code",
        "class",
        "indicator",
        "output",
        "item",
    ],
    columns: &[
        ("line", Text),
        ("table", Text),
        ("region_code", Text),
        ("class", Text),
        ("indicator", Text),
        ("output", Text),
        ("item", Text),
        ("region_level", Text),
        ("before", Text),
        ("adjustment", Text),
        ("after", Text),
        ("unit", Text),
        ("missing_codes", Text),
        ("reason", Text),
        ("document", Text),
        ("name", Text),
        ("date", Text),
        ("row", Count),
        ("number_id", Text),
    ],
};

/// Measured areas beside the official ones, with every factor.
pub static CONTROL_AREAS: Schema = Schema {
    name: "control_areas",
    keys: &["region_code", "class"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("region_level", Text),
        ("mode", Text),
        ("measured_mm2", Decimal(0)),
        ("official", Text),
        ("unit", Text),
        ("official_mm2", Decimal(0)),
        ("difference_mm2", Decimal(0)),
        ("factor", Text),
        ("applied", Text),
        ("after_mm2", Decimal(0)),
        ("tolerance", Text),
        ("source_zh", Text),
        ("source_en", Text),
        ("number_id", Text),
    ],
};

/// From the GEP of one profile to that of another on the same aggregates. No table of
/// a run: `gep methodology diff` writes it.
pub static BRIDGE: Schema = Schema {
    name: "bridge",
    keys: &["region_code", "item", "indicators"],
    columns: &[
        ("region_code", Text),
        ("item", Text),
        ("indicators", Text),
        ("region_level", Text),
        ("parent_code", Text),
        ("detail", Text),
        ("value_fen", Decimal(0)),
        ("first_fen", Decimal(0)),
        ("second_fen", Decimal(0)),
        ("state", Text),
        ("reason", Text),
        ("lacking", Text),
        ("counties", Text),
        ("number_id", Text),
    ],
};

/// How each layer of cells reaches the reference grid.
pub static LAYERS: Schema = Schema {
    name: "layers",
    keys: &["layer"],
    columns: &[
        ("layer", Text),
        ("kind", Text),
        ("path", Text),
        ("reads", Text),
        ("bands", Count),
        ("crs", Text),
        ("columns", Count),
        ("rows", Count),
        ("cell_width", Text),
        ("cell_height", Text),
        ("resampling", Text),
        ("datum", Text),
        ("datum_bound_m", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("way_zh", Text),
        ("way_en", Text),
    ],
};

/// Intervals of the account's amounts, where the project asks for them.
pub static UNCERTAINTY: Schema = Schema {
    name: "uncertainty",
    keys: &[
        "table",
        "region_code",
        "class",
        "indicator",
        "output",
        "item",
    ],
    columns: &[
        ("table", Text),
        ("region_code", Text),
        ("class", Text),
        ("indicator", Text),
        ("output", Text),
        ("item", Text),
        ("region_level", Text),
        ("method", Text),
        ("low", Decimal(QUANTITY_SCALE)),
        ("central", Decimal(QUANTITY_SCALE)),
        ("high", Decimal(QUANTITY_SCALE)),
        ("unit", Text),
        ("draws_below", Count),
        ("draws", Count),
        ("seed", Text),
        ("interval", Text),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("central_id", Text),
        ("number_id", Text),
    ],
};

/// What the spread of GEP, its groups and indicators comes from.
pub static UNCERTAINTY_CONTRIBUTION: Schema = Schema {
    name: "uncertainty_contribution",
    keys: &["region_code", "item", "parameter"],
    columns: &[
        ("region_code", Text),
        ("item", Text),
        ("parameter", Text),
        ("region_level", Text),
        ("position", Count),
        ("rank_correlation", Decimal(6)),
        ("share", Decimal(6)),
        ("measure", Text),
        ("number_id", Text),
    ],
};

/// Amounts with a parameter of the pass over rasters at the ends of its distribution,
/// where the run was asked for them.
pub static UNCERTAINTY_BOUNDS: Schema = Schema {
    name: "uncertainty_bounds",
    keys: &["region_code", "item", "parameter"],
    columns: &[
        ("region_code", Text),
        ("item", Text),
        ("parameter", Text),
        ("region_level", Text),
        ("method", Text),
        ("parameter_low", Text),
        ("parameter_value", Text),
        ("parameter_high", Text),
        ("at_low_fen", Decimal(0)),
        ("central_fen", Decimal(0)),
        ("at_high_fen", Decimal(0)),
        ("low_fen", Decimal(0)),
        ("high_fen", Decimal(0)),
        ("interval", Text),
        ("central_id", Text),
        ("number_id", Text),
    ],
};

/// Every parameter row of the profile: drawn, or held fixed and why.
pub static UNCERTAINTY_PARAMETERS: Schema = Schema {
    name: "uncertainty_parameters",
    keys: &["parameter"],
    columns: &[
        ("parameter", Text),
        ("value", Text),
        ("unit", Text),
        ("treatment", Text),
        ("distribution", Text),
        ("low", Text),
        ("mode", Text),
        ("high", Text),
        ("shape", Text),
        ("status", Text),
        ("source", Text),
        ("clause", Text),
        ("note_zh", Text),
        ("note_en", Text),
        ("indicators", Text),
        ("file", Text),
        ("line", Count),
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
