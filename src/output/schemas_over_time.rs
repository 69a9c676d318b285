//! The columns of the tables over time: extent, change, condition, assets, supply and
//! use, and numbers by the counties of another boundary version.

use super::schemas::{
    Kind::{Count, Decimal, Ratio, Text},
    QUANTITY_SCALE, Schema,
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

/// One run's numbers by the counties of the other.
pub static RECUT: Schema = Schema {
    name: "recut",
    keys: &["direction", "from_code", "to_code", "class", "item"],
    columns: &[
        ("direction", Text),
        ("from_code", Text),
        ("to_code", Text),
        ("class", Text),
        ("item", Text),
        ("amount", Decimal(0)),
        ("unit", Text),
        ("weight", Text),
        ("missing_codes", Text),
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
