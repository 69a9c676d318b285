//! One table read back from its file, with columns found by name.

use std::collections::BTreeMap;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

use crate::output::{Column, ColumnData, read_parquet};

/// A table of the run.
pub(super) struct Table {
    file: String,
    columns: BTreeMap<String, ColumnData>,
    rows: usize,
}

impl Table {
    /// Reads `<folder>/tables/<name>.parquet`.
    pub(super) fn read(folder: &Path, name: &str) -> Result<Self, Findings> {
        Self::read_optional(folder, name)?.ok_or_else(|| {
            let path = path_of(folder, name);
            Finding::error("report-table-missing")
                .file(path.display())
                .arg("table", name)
                .exit(66)
                .into()
        })
    }

    /// Reads a table that a run may leave out.
    pub(super) fn read_optional(folder: &Path, name: &str) -> Result<Option<Self>, Findings> {
        let path = path_of(folder, name);
        if !path.is_file() {
            return Ok(None);
        }
        let columns = read_parquet(&path).map_err(|error| {
            Finding::error("report-table-unreadable")
                .file(path.display())
                .arg("error", error)
        })?;
        let rows = columns.first().map_or(0, Column::len);
        let columns = columns.into_iter().map(|c| (c.name, c.data)).collect();
        Ok(Some(Self {
            file: path.display().to_string(),
            columns,
            rows,
        }))
    }

    /// Returns whether the table has a column.
    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Refuses the table if one of these columns is not there.
    pub(super) fn require(&self, names: &[&str]) -> Result<(), Findings> {
        let lacking: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| !self.columns.contains_key(*name))
            .collect();
        if lacking.is_empty() {
            return Ok(());
        }
        Err(Finding::error("report-column-missing")
            .file(&self.file)
            .arg("columns", lacking.join(", "))
            .into())
    }

    /// Returns a value as text; missing is empty.
    pub(super) fn text(&self, name: &str, row: usize) -> String {
        let text = match self.columns.get(name) {
            Some(ColumnData::Text(values)) => values.get(row).cloned().flatten(),
            Some(ColumnData::Integer(values)) => values.get(row).copied().flatten().map(plain),
            Some(ColumnData::Count(values)) => values.get(row).copied().flatten().map(plain),
            Some(ColumnData::Ratio(values)) => values.get(row).copied().flatten().map(plain),
            Some(ColumnData::Decimal(values, scale)) => {
                let value = values.get(row).copied().flatten();
                value.map(|value| super::number::exact(value, scale.unsigned_abs().into()))
            }
            None => None,
        };
        text.unwrap_or_default()
    }

    /// Returns an exact amount and the power of ten it is divided by.
    pub(super) fn amount(&self, name: &str, row: usize) -> Option<(i128, u32)> {
        match self.columns.get(name)? {
            ColumnData::Decimal(values, scale) => {
                let value = values.get(row).copied().flatten()?;
                u32::try_from(*scale).ok().map(|scale| (value, scale))
            }
            ColumnData::Integer(values) => {
                let value = values.get(row).copied().flatten()?;
                Some((value.into(), 0))
            }
            ColumnData::Count(values) => {
                let value = values.get(row).copied().flatten()?;
                Some((value.into(), 0))
            }
            ColumnData::Text(_) | ColumnData::Ratio(_) => None,
        }
    }

    /// Returns a whole number.
    pub(super) fn whole(&self, name: &str, row: usize) -> Option<i128> {
        let (value, scale) = self.amount(name, row)?;
        (scale == 0).then_some(value)
    }

    /// Returns a ratio.
    pub(super) fn ratio(&self, name: &str, row: usize) -> Option<f64> {
        match self.columns.get(name)? {
            ColumnData::Ratio(values) => values.get(row).copied().flatten(),
            _ => None,
        }
    }
}

fn path_of(folder: &Path, name: &str) -> std::path::PathBuf {
    folder.join("tables").join(format!("{name}.parquet"))
}

fn plain(value: impl ToString) -> String {
    value.to_string()
}
