//! The columns of the tables of the carbon books (docs/tables.md).

use super::schemas::Kind::{Count, Decimal, Ratio, Text};
use super::schemas::Schema;

/// Digits after the point of indicators and sinks.
pub const CARBON_SCALE: i8 = 6;

/// Regions of the books.
pub static CARBON_REGIONS: Schema = Schema {
    name: "carbon_regions",
    keys: &["region_code"],
    columns: &[
        ("region_code", Text),
        ("region_level", Text),
        ("name_zh", Text),
        ("name_en", Text),
        ("parent_code", Text),
    ],
};

/// What files gave, with what a later publication superseded.
pub static CARBON_FACTS: Schema = Schema {
    name: "carbon_facts",
    keys: &[
        "region_code",
        "year",
        "quantity",
        "item",
        "definition",
        "vintage",
    ],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("quantity", Text),
        ("item", Text),
        ("definition", Text),
        ("vintage", Text),
        ("value", Text),
        ("unit", Text),
        ("used", Text),
        ("status", Text),
        ("source", Text),
        ("place", Text),
    ],
};

/// Emissions of gases and pollutants.
pub static EMISSIONS: Schema = Schema {
    name: "emissions",
    keys: &[
        "region_code",
        "year",
        "category",
        "method_id",
        "item",
        "gas",
    ],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("category", Text),
        ("method_id", Text),
        ("item", Text),
        ("gas", Text),
        ("category_zh", Text),
        ("category_en", Text),
        ("sector", Text),
        ("section", Text),
        ("scope", Text),
        ("notation", Text),
        ("amount_g", Decimal(0)),
        ("co2e_g", Decimal(0)),
        ("warming_set", Text),
        ("warming_potential", Text),
        ("activity_uncertainty_percent", Text),
        ("status", Text),
        ("missing", Text),
        ("number_id", Text),
        ("co2e_number_id", Text),
    ],
};

/// Totals, each a view of the same inventory.
pub static CARBON_TOTALS: Schema = Schema {
    name: "carbon_totals",
    keys: &["region_code", "year", "view", "gas"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("view", Text),
        ("gas", Text),
        ("value_g", Decimal(0)),
        ("partial", Text),
        ("missing", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};

/// Indicators, a row a convention.
pub static CARBON_INDICATORS: Schema = Schema {
    name: "carbon_indicators",
    keys: &["region_code", "year", "indicator", "method_id"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("indicator", Text),
        ("method_id", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("method_zh", Text),
        ("method_en", Text),
        ("value", Decimal(CARBON_SCALE)),
        ("unit", Text),
        ("definition", Text),
        ("status", Text),
        ("missing", Text),
        ("number_id", Text),
    ],
};

/// Indicators as known on an earlier day beside the present ones.
pub static CARBON_RECALCULATION: Schema = Schema {
    name: "carbon_recalculation",
    keys: &["region_code", "year", "indicator", "method_id"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("indicator", Text),
        ("method_id", Text),
        ("as_of", Text),
        ("earlier_value", Decimal(CARBON_SCALE)),
        ("value", Decimal(CARBON_SCALE)),
        ("change", Decimal(CARBON_SCALE)),
        ("change_percent", Decimal(CARBON_SCALE)),
        ("unit", Text),
        ("state", Text),
        ("number_id", Text),
    ],
};

/// Targets beside the latest numbers.
pub static CARBON_TARGETS: Schema = Schema {
    name: "carbon_targets",
    keys: &["target"],
    columns: &[
        ("target", Text),
        ("region_code", Text),
        ("indicator", Text),
        ("method_id", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("target_year", Text),
        ("direction", Text),
        ("target_value", Decimal(CARBON_SCALE)),
        ("unit", Text),
        ("base_year", Text),
        ("year", Text),
        ("value", Decimal(CARBON_SCALE)),
        ("gap", Decimal(CARBON_SCALE)),
        ("path_value", Decimal(CARBON_SCALE)),
        ("required_annual_rate_percent", Decimal(CARBON_SCALE)),
        ("progress", Text),
        ("status", Text),
        ("source", Text),
        ("number_id", Text),
    ],
};

/// Sinks; the kinds never share a sum.
pub static SINKS: Schema = Schema {
    name: "sinks",
    keys: &[
        "region_code",
        "year",
        "pool",
        "kind",
        "method_id",
        "output",
        "item",
    ],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("pool", Text),
        ("kind", Text),
        ("method_id", Text),
        ("output", Text),
        ("item", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("value", Decimal(CARBON_SCALE)),
        ("unit", Text),
        ("meets_emissions", Text),
        ("status", Text),
        ("missing", Text),
        ("number_id", Text),
    ],
};

/// Emissions less removals.
pub static NET_POSITION: Schema = Schema {
    name: "net_position",
    keys: &["region_code", "year"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("emissions_g", Decimal(0)),
        ("removals_g", Decimal(0)),
        ("net_g", Decimal(0)),
        ("sold_g", Decimal(0)),
        ("net_of_sold_g", Decimal(0)),
        ("status", Text),
        ("missing", Text),
        ("number_id", Text),
    ],
};

/// The carbon item of a GEP account beside the books: one series, priced once.
pub static CARBON_CONSISTENCY: Schema = Schema {
    name: "carbon_consistency",
    keys: &["region_code", "year"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("gep_run_id", Text),
        ("gep_method_id", Text),
        ("gep_fixed_t", Decimal(CARBON_SCALE)),
        ("gep_value_fen", Decimal(0)),
        ("gross_fixation_t", Decimal(CARBON_SCALE)),
        ("difference_t", Decimal(CARBON_SCALE)),
        ("net_stock_change_t", Decimal(CARBON_SCALE)),
        ("net_share_percent", Decimal(CARBON_SCALE)),
        ("sold_g", Decimal(0)),
        ("priced", Text),
        ("number_id", Text),
    ],
};

/// What each computed number was made of, in the order of its formula.
pub static CARBON_LINEAGE: Schema = Schema {
    name: "carbon_lineage",
    keys: &["number_id", "position"],
    columns: &[
        ("number_id", Text),
        ("position", Count),
        ("depth", Count),
        ("kind", Text),
        ("name", Text),
        ("taken_from", Text),
        ("item", Text),
        ("value", Text),
        ("unit", Text),
        ("formula", Text),
        ("substituted", Text),
        ("definition", Text),
        ("status", Text),
        ("source", Text),
        ("place", Text),
    ],
};

/// Energy balances, closed per carrier.
pub static ENERGY_BALANCE: Schema = Schema {
    name: "energy_balance",
    keys: &["region_code", "year", "flow", "carrier"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("flow", Text),
        ("carrier", Text),
        ("flow_zh", Text),
        ("carrier_zh", Text),
        ("part", Text),
        ("parent", Text),
        ("value", Decimal(CARBON_SCALE)),
        ("unit", Text),
        ("tce_calorific", Decimal(CARBON_SCALE)),
        ("tce_coal_equivalent", Decimal(CARBON_SCALE)),
        ("derived", Text),
        ("status", Text),
        ("source", Text),
        ("place", Text),
        ("number_id", Text),
    ],
};

/// Peak classes, a row a window.
pub static PEAK: Schema = Schema {
    name: "peak",
    keys: &["region_code", "indicator", "method_id", "window"],
    columns: &[
        ("region_code", Text),
        ("indicator", Text),
        ("method_id", Text),
        ("window", Text),
        ("class", Text),
        ("reason", Text),
        ("window_class", Text),
        ("depends_on_window", Text),
        ("first_year", Text),
        ("last_year", Text),
        ("n", Count),
        ("s", Decimal(0)),
        ("variance", Decimal(CARBON_SCALE)),
        ("z", Ratio),
        ("p", Ratio),
        ("p_by", Text),
        ("sen_slope", Decimal(CARBON_SCALE)),
        ("range_percent", Decimal(CARBON_SCALE)),
        ("peak_year", Text),
        ("maximum", Decimal(CARBON_SCALE)),
        ("age_years", Count),
        ("decline_percent", Decimal(CARBON_SCALE)),
        ("strict", Text),
        ("criteria", Text),
        ("number_id", Text),
    ],
};

/// Effects of factors on the change between two years.
pub static DECOMPOSITION: Schema = Schema {
    name: "decomposition",
    keys: &["region_code", "identity", "from_year", "to_year", "factor"],
    columns: &[
        ("region_code", Text),
        ("identity", Text),
        ("from_year", Text),
        ("to_year", Text),
        ("factor", Text),
        ("effect_t", Decimal(CARBON_SCALE)),
        ("multiplied_by", Ratio),
        ("change_t", Decimal(CARBON_SCALE)),
        ("missing", Text),
        ("number_id", Text),
    ],
};

/// Decoupling of emissions from output.
pub static DECOUPLING: Schema = Schema {
    name: "decoupling",
    keys: &["region_code", "from_year", "to_year"],
    columns: &[
        ("region_code", Text),
        ("from_year", Text),
        ("to_year", Text),
        ("elasticity", Decimal(CARBON_SCALE)),
        ("class", Text),
        ("output", Text),
        ("missing", Text),
        ("number_id", Text),
    ],
};

/// Paths of emissions under stated assumptions.
pub static CARBON_PATHS: Schema = Schema {
    name: "carbon_paths",
    keys: &["region_code", "scenario", "year"],
    columns: &[
        ("region_code", Text),
        ("scenario", Text),
        ("year", Text),
        ("title_zh", Text),
        ("title_en", Text),
        ("emissions_t", Decimal(CARBON_SCALE)),
        ("peak", Text),
        ("number_id", Text),
    ],
};

/// Categories by their share of the total, with what is known of their uncertainty.
pub static KEY_CATEGORIES: Schema = Schema {
    name: "key_categories",
    keys: &["region_code", "year", "category"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("category", Text),
        ("rank", Count),
        ("co2e_g", Decimal(0)),
        ("share_percent", Decimal(CARBON_SCALE)),
        ("cumulative_percent", Decimal(CARBON_SCALE)),
        ("key", Text),
        ("activity_uncertainty_percent", Decimal(CARBON_SCALE)),
        ("number_id", Text),
    ],
};

/// Categories by how far they depart from the change of the total.
pub static KEY_CATEGORY_TRENDS: Schema = Schema {
    name: "key_category_trends",
    keys: &["region_code", "base_year", "year", "category"],
    columns: &[
        ("region_code", Text),
        ("base_year", Text),
        ("year", Text),
        ("category", Text),
        ("rank", Count),
        ("base_co2e_g", Decimal(0)),
        ("co2e_g", Decimal(0)),
        ("trend_percent", Decimal(CARBON_SCALE)),
        ("share_percent", Decimal(CARBON_SCALE)),
        ("cumulative_percent", Decimal(CARBON_SCALE)),
        ("threshold_percent", Text),
        ("key", Text),
        ("number_id", Text),
    ],
};

/// How uncertain direct emissions are, by what the activity data tell.
pub static CARBON_UNCERTAINTY: Schema = Schema {
    name: "carbon_uncertainty",
    keys: &["region_code", "year"],
    columns: &[
        ("region_code", Text),
        ("year", Text),
        ("co2e_g", Decimal(0)),
        ("told_g", Decimal(0)),
        ("told_percent", Decimal(CARBON_SCALE)),
        ("without", Text),
        ("propagated_percent", Decimal(CARBON_SCALE)),
        ("drawn_percent", Decimal(CARBON_SCALE)),
        ("seed", Text),
        ("draws", Text),
        ("number_id", Text),
    ],
};

/// Titles of quantities and factor tables, as `missing` and lineage name them.
pub static CARBON_NAMES: Schema = Schema {
    name: "carbon_names",
    keys: &["name"],
    columns: &[("name", Text), ("title_zh", Text), ("title_en", Text)],
};
