//! The rows of the tables of numbers in one form, and the tree of regions.

use std::collections::BTreeMap;

use super::tables::Table;
use crate::output::{COMBINE, CONDITION, EXTENT, GEP, PHYSICAL, Schema, VALUE};

/// The tables whose rows carry a `number_id`, in the order in which an id is
/// looked up, with their measure.
pub(super) static NUMBER_TABLES: [(&Schema, &str); 6] = [
    (&GEP, "value_fen"),
    (&VALUE, "value_fen"),
    (&PHYSICAL, "value"),
    (&EXTENT, "area_mm2"),
    (&COMBINE, "after_fen"),
    (&CONDITION, "closing"),
];

/// The sum over ecosystem types.
pub(super) const ALL: &str = "all";

/// What sets two numbers of one region apart: class, indicator, output, item.
pub(super) type Subject<'a> = (&'a str, &'a str, &'a str, &'a str);

/// One number of `extent`, `physical`, `value`, `gep`, `combine` or `condition`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number<'a> {
    pub(super) table: &'static Schema,
    pub(super) region: &'a str,
    pub(super) level: &'a str,
    /// Empty in `gep`.
    pub(super) class: &'a str,
    /// Empty in `extent` and `gep`.
    pub(super) indicator: &'a str,
    /// Empty in `extent` and `gep`.
    pub(super) output: &'a str,
    /// Empty in `extent`; the indicator, group or `gep` in `gep`; the rule in
    /// `combine`.
    pub(super) item: &'a str,
    /// Only in `gep`.
    pub(super) item_kind: &'a str,
    pub(super) method_id: &'a str,
    pub(super) value: Option<i128>,
    /// Empty for areas (mm2) and in `gep` (fen).
    pub(super) unit: &'a str,
    pub(super) coverage: Option<f64>,
    pub(super) partial: &'a str,
    pub(super) missing_codes: &'a str,
    pub(super) state: &'a str,
    pub(super) reason: &'a str,
    pub(super) status: &'a str,
    pub(super) number_id: &'a str,
}

impl<'a> Number<'a> {
    /// Returns what this number is about, apart from its region.
    pub(super) fn subject(&self) -> Subject<'a> {
        (self.class, self.indicator, self.output, self.item)
    }

    /// Returns the values of the key columns, in key order.
    pub(super) fn keys(&self) -> Vec<&'a str> {
        let of = |name: &&str| match *name {
            "region_code" => self.region,
            "class" => self.class,
            "indicator" => self.indicator,
            "output" => self.output,
            _ => self.item,
        };
        self.table.keys.iter().map(of).collect()
    }

    /// Returns the codes of the missing parts.
    pub(super) fn missing(&self) -> impl Iterator<Item = &'a str> {
        self.missing_codes.split_whitespace()
    }

    /// Returns whether a part of this number is missing.
    pub(super) fn is_partial(&self) -> bool {
        self.partial == "yes"
    }
}

/// The column that `Number::item` holds.
fn item_column(table: &Table) -> &'static str {
    if table.has("rule") { "rule" } else { "item" }
}

/// Returns the numbers of a table in the order of its rows.
pub(super) fn numbers(table: &Table) -> Vec<Number<'_>> {
    let schema = table.schema;
    let measure = NUMBER_TABLES
        .iter()
        .find(|(own, _)| own.name == schema.name)
        .map(|(_, measure)| *measure)
        .unwrap_or_else(|| panic!("{} is no table of numbers", schema.name));
    let text = |name| {
        let texts = table.has(name).then(|| table.texts(name));
        move |row| texts.map_or("", |texts| texts.get(row))
    };
    let (region, level, class) = (text("region_code"), text("region_level"), text("class"));
    let (indicator, output, item) = (text("indicator"), text("output"), text(item_column(table)));
    let (item_kind, method_id, unit) = (text("item_kind"), text("method_id"), text("unit"));
    let (partial, missing_codes) = (text("partial"), text("missing_codes"));
    let (state, reason, status) = (text("state"), text("reason"), text("status"));
    let number_id = text("number_id");
    let coverage = table.has("coverage").then(|| table.ratios("coverage"));
    let row_of = |(row, value)| Number {
        table: schema,
        region: region(row),
        level: level(row),
        class: class(row),
        indicator: indicator(row),
        output: output(row),
        item: item(row),
        item_kind: item_kind(row),
        method_id: method_id(row),
        value,
        unit: unit(row),
        coverage: coverage.and_then(|values| values[row]),
        partial: partial(row),
        missing_codes: missing_codes(row),
        state: state(row),
        reason: reason(row),
        status: status(row),
        number_id: number_id(row),
    };
    table
        .amounts(measure)
        .into_iter()
        .enumerate()
        .map(row_of)
        .collect()
}

/// A region of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region<'a> {
    pub(super) code: &'a str,
    pub(super) level: &'a str,
    pub(super) name_zh: &'a str,
    pub(super) name_en: &'a str,
    pub(super) parent: &'a str,
    pub(super) area_mm2: Option<i128>,
    pub(super) outside_grid_mm2: Option<i128>,
    pub(super) note_zh: &'a str,
    pub(super) note_en: &'a str,
}

/// The regions by code.
pub(super) type Regions<'a> = BTreeMap<&'a str, Region<'a>>;

/// Returns the regions of the run.
pub(super) fn regions(table: &Table) -> Regions<'_> {
    let areas = table.amounts("area_mm2");
    let outside = table.amounts("area_outside_grid_mm2");
    (0..table.rows())
        .map(|row| {
            let code = table.text("region_code", row);
            let region = Region {
                code,
                level: table.text("region_level", row),
                name_zh: table.text("name_zh", row),
                name_en: table.text("name_en", row),
                parent: table.text("parent_code", row),
                area_mm2: areas[row],
                outside_grid_mm2: outside[row],
                note_zh: table.text("note_zh", row),
                note_en: table.text("note_en", row),
            };
            (code, region)
        })
        .collect()
}

/// Returns the codes right below each region.
pub(super) fn children<'a>(regions: &Regions<'a>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut below: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for region in regions.values() {
        if !region.parent.is_empty() {
            below.entry(region.parent).or_default().push(region.code);
        }
    }
    below
}
