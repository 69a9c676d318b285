//! The tables of a run as they were written, read strictly: an unknown or a
//! missing column is refused, since an audit that skips what it does not know
//! proves nothing.

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

use crate::output::{Column, ColumnData, Schema, read_parquet_where};

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
        Self::read_where(folder, schema, &[])
    }

    /// Reads the rows whose text in each named column is one of those wanted.
    pub(super) fn read_where(
        folder: &Path,
        schema: &'static Schema,
        wanted: &[(&str, BTreeSet<String>)],
    ) -> Result<Self, Findings> {
        let path = folder.join(schema.path());
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
        let read = std::panic::catch_unwind(|| read_parquet_where(&path, wanted));
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
            if column.is_some_and(|column| !kind.fits(&column.data)) {
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

    /// Returns a column of counts.
    ///
    /// # Panics
    ///
    /// If the schema has no such column: our own mistake.
    pub(super) fn counts(&self, name: &str) -> &[Option<u64>] {
        match self.data(name) {
            ColumnData::Count(values) => values,
            _ => panic!("{}.{name} is not a count", self.schema.name),
        }
    }

    /// Returns a column of exact numbers.
    ///
    /// # Panics
    ///
    /// If the schema has no such column: our own mistake.
    pub(super) fn amounts(&self, name: &str) -> Vec<Option<i128>> {
        match self.data(name) {
            ColumnData::Decimal(values, _) => values.clone(),
            _ => panic!("{}.{name} is not an amount", self.schema.name),
        }
    }

    /// Returns an exact number, missing as `None`; nothing if the column holds none.
    pub(super) fn amount(&self, name: &str, row: usize) -> Option<Option<i128>> {
        match self.data(name) {
            ColumnData::Decimal(values, _) => Some(values[row]),
            _ => None,
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
    use crate::output::{CHECKS, Kind};

    /// Decimals keep every digit that counts and no other.
    #[test]
    fn decimals_are_spelled_plainly() {
        assert_eq!(decimal(803_000_000_000, 6), "803000");
        assert_eq!(decimal(-1_500, 3), "-1.5");
        assert_eq!(decimal(5, 6), "0.000005");
        assert_eq!(decimal(0, 0), "0");
    }

    fn columns() -> Vec<Column> {
        let column = |(name, kind): &(&'static str, Kind)| {
            let data = match kind {
                Kind::Count => ColumnData::Count(vec![Some(1)]),
                _ => ColumnData::Text(vec![Some("a".into())]),
            };
            Column::new(*name, data)
        };
        CHECKS.columns.iter().map(column).collect()
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
