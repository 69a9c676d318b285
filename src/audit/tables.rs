//! The tables of a run as they were written, read strictly: an unknown or a
//! missing column is refused, since an audit that skips what it does not know
//! proves nothing.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

use crate::output::{Column, ColumnData, read_parquet};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Text; missing reads as empty.
    Text,
    /// An exact number with this many digits after the point.
    Amount(i8),
    /// A ratio in floating point.
    Ratio,
    /// Whatever is only printed.
    Printed,
}

/// Name, key columns and columns of a table.
#[derive(Debug)]
pub(super) struct Schema {
    /// Name of the table and of its file without the ending.
    pub(super) name: &'static str,
    /// Key columns in key order.
    pub(super) keys: &'static [&'static str],
    columns: &'static [(&'static str, Kind)],
}

use Kind::{Amount, Printed, Ratio, Text};

/// Digits after the point of physical quantities.
pub(super) const QUANTITY_SCALE: i8 = 6;

pub(super) static REGIONS: Schema = Schema {
    name: "regions",
    keys: &["region_code"],
    columns: &[
        ("region_code", Text),
        ("region_level", Text),
        ("name_zh", Text),
        ("name_en", Text),
        ("parent_code", Text),
        ("area_mm2", Amount(0)),
        ("area_outside_grid_mm2", Amount(0)),
        ("note_zh", Text),
        ("note_en", Text),
    ],
};

pub(super) static EXTENT: Schema = Schema {
    name: "extent",
    keys: &["region_code", "class"],
    columns: &[
        ("region_code", Text),
        ("class", Text),
        ("region_level", Text),
        ("area_mm2", Amount(0)),
        ("number_id", Text),
    ],
};

pub(super) static TOTALS: Schema = Schema {
    name: "totals",
    keys: &["region_code", "realm", "class", "total_id"],
    columns: &[
        ("region_code", Text),
        ("realm", Text),
        ("class", Text),
        ("total_id", Text),
        ("sum", Amount(0)),
        ("quantum", Printed),
        ("unit", Text),
        ("valid_area_mm2", Amount(0)),
        ("missing_area_mm2", Amount(0)),
        ("missing_cells", Printed),
        ("rate", Text),
    ],
};

pub(super) static PHYSICAL: Schema = Schema {
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
        ("value", Amount(QUANTITY_SCALE)),
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

pub(super) static VALUE: Schema = Schema {
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
        ("value_fen", Amount(0)),
        ("price_year", Printed),
        ("coverage", Ratio),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};

pub(super) static GEP: Schema = Schema {
    name: "gep",
    keys: &["region_code", "item"],
    columns: &[
        ("region_code", Text),
        ("item", Text),
        ("region_level", Text),
        ("item_kind", Text),
        ("value_fen", Amount(0)),
        ("per_km2_fen", Amount(0)),
        ("coverage", Ratio),
        ("partial", Text),
        ("missing_codes", Text),
        ("state", Text),
        ("reason", Text),
        ("status", Text),
        ("number_id", Text),
    ],
};

pub(super) static INDICATORS: Schema = Schema {
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

pub(super) static PARAMETERS: Schema = Schema {
    name: "parameters",
    keys: &["method_id", "name", "key"],
    columns: &[
        ("method_id", Text),
        ("name", Text),
        ("key", Text),
        ("value", Printed),
        ("unit", Text),
        ("status", Text),
        ("source", Text),
        ("clause", Text),
        ("file", Text),
        ("line", Printed),
        ("binding", Text),
    ],
};

pub(super) static LINEAGE: Schema = Schema {
    name: "lineage",
    keys: &["method_id", "position"],
    columns: &[
        ("method_id", Text),
        ("position", Printed),
        ("indicator", Text),
        ("statement", Text),
        ("formula", Text),
        ("unit", Text),
        ("reads", Text),
        ("document", Text),
        ("clause", Text),
        ("title_zh", Text),
        ("title_en", Text),
    ],
};

pub(super) static CHECKS: Schema = Schema {
    name: "checks",
    keys: &["check", "region_code"],
    columns: &[
        ("check", Text),
        ("region_code", Text),
        ("severity", Text),
        ("message_zh", Text),
        ("message_en", Text),
    ],
};

/// A table read back, with the columns its schema promises.
#[derive(Debug)]
pub(super) struct Table {
    /// Its schema.
    pub(super) schema: &'static Schema,
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// Reads `tables/<name>.parquet` of a run.
    pub(super) fn read(folder: &Path, schema: &'static Schema) -> Result<Self, Findings> {
        let path = folder.join(relative_path(schema));
        let unreadable = |error: String| {
            Finding::error("run-table-unreadable")
                .file(path.display())
                .arg("error", error)
        };
        if !path.is_file() {
            return Err(Finding::error("run-table-missing")
                .file(path.display())
                .exit(66)
                .into());
        }
        // The decoder is foreign code and the bytes may be damaged: a panic in it
        // is one more way to say that the file is not a table.
        let read = std::panic::catch_unwind(|| read_parquet(&path));
        let columns = read
            .unwrap_or_else(|_| Err("decoder failed".to_string()))
            .map_err(unreadable)?;
        Self::from_columns(columns, schema, &path)
    }

    fn from_columns(
        columns: Vec<Column>,
        schema: &'static Schema,
        path: &Path,
    ) -> Result<Self, Findings> {
        let mut faults = Vec::new();
        let fault = |code, column: &str| {
            Finding::error(code)
                .file(path.display())
                .arg("column", column)
        };
        for column in &columns {
            if !schema.columns.iter().any(|(name, _)| *name == column.name) {
                faults.push(fault("run-column-unknown", &column.name));
            }
        }
        for (name, kind) in schema.columns {
            match columns.iter().filter(|column| column.name == *name).count() {
                0 => faults.push(fault("run-column-missing", name)),
                1 => {}
                _ => faults.push(fault("run-column-unknown", name)),
            }
            let column = columns.iter().find(|column| column.name == *name);
            if column.is_some_and(|column| !fits(*kind, &column.data)) {
                faults.push(fault("run-column-kind", name));
            }
        }
        if !faults.is_empty() {
            return Err(Findings(faults));
        }
        let rows = columns.first().map_or(0, Column::len);
        Ok(Self {
            schema,
            columns,
            rows,
        })
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Returns whether the schema has this column.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }

    fn data(&self, name: &str) -> &ColumnData {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .map(|column| &column.data)
            .unwrap_or_else(|| panic!("{} has no column {name}", self.schema.name))
    }

    /// Returns a column of text, missing as empty.
    ///
    /// # Panics
    ///
    /// If the schema has no such column: our own mistake.
    pub(super) fn texts(&self, name: &str) -> Texts<'_> {
        match self.data(name) {
            ColumnData::Text(values) => Texts(values),
            _ => panic!("{}.{name} is not text", self.schema.name),
        }
    }

    /// Returns one text, missing as empty.
    pub(super) fn text(&self, name: &str, row: usize) -> &str {
        self.texts(name).get(row)
    }

    /// Returns a column of exact numbers.
    ///
    /// # Panics
    ///
    /// If the schema has no such column: our own mistake.
    pub(super) fn amounts(&self, name: &str) -> Vec<Option<i128>> {
        match self.data(name) {
            ColumnData::Decimal(values, _) => values.clone(),
            ColumnData::Integer(values) => values.iter().map(|v| v.map(i128::from)).collect(),
            ColumnData::Count(values) => values.iter().map(|v| v.map(i128::from)).collect(),
            _ => panic!("{}.{name} is not an amount", self.schema.name),
        }
    }

    /// Returns a column of ratios.
    ///
    /// # Panics
    ///
    /// If the schema has no such column: our own mistake.
    pub(super) fn ratios(&self, name: &str) -> &[Option<f64>] {
        match self.data(name) {
            ColumnData::Ratio(values) => values,
            _ => panic!("{}.{name} is not a ratio", self.schema.name),
        }
    }

    /// Returns any value as it would be printed, missing as empty.
    pub(super) fn spelling(&self, name: &str, row: usize) -> String {
        match self.data(name) {
            ColumnData::Text(values) => values[row].clone().unwrap_or_default(),
            ColumnData::Integer(values) => values[row].map_or(String::new(), |v| v.to_string()),
            ColumnData::Count(values) => values[row].map_or(String::new(), |v| v.to_string()),
            ColumnData::Ratio(values) => values[row].map_or(String::new(), |v| v.to_string()),
            ColumnData::Decimal(values, scale) => {
                values[row].map_or(String::new(), |v| decimal(v, *scale))
            }
        }
    }
}

/// A column of text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts<'a>(&'a [Option<String>]);

impl<'a> Texts<'a> {
    /// Returns the text of a row, missing as empty.
    pub(super) fn get(self, row: usize) -> &'a str {
        self.0[row].as_deref().unwrap_or_default()
    }
}

fn fits(kind: Kind, data: &ColumnData) -> bool {
    match kind {
        Text => matches!(data, ColumnData::Text(_)),
        Amount(scale) => match data {
            ColumnData::Decimal(_, own) => *own == scale,
            ColumnData::Integer(_) | ColumnData::Count(_) => scale == 0,
            _ => false,
        },
        Ratio => matches!(data, ColumnData::Ratio(_)),
        Printed => true,
    }
}

/// Returns where a table lies below the run's folder.
pub(super) fn relative_path(schema: &Schema) -> String {
    format!("tables/{}.parquet", schema.name)
}

/// Spells a decimal without trailing zeros after the point.
pub(super) fn decimal(value: i128, scale: i8) -> String {
    let places = usize::try_from(scale).unwrap_or(0);
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let part = part.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if part.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decimals keep every digit that counts and no other.
    #[test]
    fn decimals_are_spelled_plainly() {
        assert_eq!(decimal(803_000_000_000, 6), "803000");
        assert_eq!(decimal(-1_500, 3), "-1.5");
        assert_eq!(decimal(5, 6), "0.000005");
        assert_eq!(decimal(0, 0), "0");
    }

    fn columns() -> Vec<Column> {
        let text = || ColumnData::Text(vec![Some("a".into())]);
        [
            "check",
            "region_code",
            "severity",
            "message_zh",
            "message_en",
        ]
        .map(|name| Column::new(name, text()))
        .into()
    }

    /// A column too many, one too few and one of another kind are each refused.
    #[test]
    fn strange_columns_are_refused() {
        let read = |columns| Table::from_columns(columns, &CHECKS, Path::new("checks.parquet"));
        assert!(read(columns()).is_ok());
        let mut more = columns();
        more.push(Column::new("extra", ColumnData::Count(vec![Some(1)])));
        assert!(read(more).expect_err("refused").has("run-column-unknown"));
        let fewer = columns().split_off(1);
        assert!(read(fewer).expect_err("refused").has("run-column-missing"));
        let mut other = columns();
        other[2].data = ColumnData::Count(vec![Some(1)]);
        assert!(read(other).expect_err("refused").has("run-column-kind"));
    }
}
