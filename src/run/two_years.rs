//! What a run's `change` table says about the province, as it was written.

use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

use crate::account::{ALL_CLASSES, GEP, RegionLevel};
use crate::output::{CHANGE, ColumnData, read_parquet};

/// One number of the change of the province's GEP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    /// Its word in the table.
    pub item: String,
    /// Fen; nothing if it could not be told.
    pub fen: Option<i128>,
}

/// Reads the change of the province's GEP from a finished run.
pub fn province_change(out: &Path) -> Result<Vec<ChangeLine>, Findings> {
    let path = out.join(CHANGE.path());
    let fault = |error: String| {
        Findings::from(
            Finding::error("run-table-unreadable")
                .file(path.display())
                .arg("error", error),
        )
    };
    let columns = read_parquet(&path).map_err(fault)?;
    let text = |name: &str| match columns.iter().find(|column| column.name == name) {
        Some(column) => match &column.data {
            ColumnData::Text(values) => Ok(values),
            _ => Err(fault(name.to_string())),
        },
        None => Err(fault(name.to_string())),
    };
    let (levels, classes) = (text("region_level")?, text("class")?);
    let (indicators, items) = (text("indicator")?, text("item")?);
    let fen = columns.iter().find(|column| column.name == "value_fen");
    let Some(ColumnData::Decimal(fen, _)) = fen.map(|column| &column.data) else {
        return Err(fault("value_fen".to_string()));
    };
    let is = |cell: &Option<String>, word: &str| cell.as_deref() == Some(word);
    Ok((0..fen.len())
        .filter(|&row| {
            is(&levels[row], RegionLevel::Province.word())
                && is(&classes[row], ALL_CLASSES)
                && is(&indicators[row], GEP)
        })
        .map(|row| ChangeLine {
            item: items[row].clone().unwrap_or_default(),
            fen: fen[row],
        })
        .collect())
}
