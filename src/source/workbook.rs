//! Department workbooks (`.xlsx`), read by declaration.
//!
//! The project file names the sheet, the header of the code column and the
//! header and unit of every value column. Nothing is guessed from positions: the
//! header row is the one in which the declared texts stand, the unit is the one
//! in the header's brackets, a merged cell gives its text only to the cells of
//! its own range, and a cell without a number is missing in a named way, never
//! zero. All problems of a kind are listed with their cells.
//!
//! Numbers: a spreadsheet stores numeric cells as 64-bit binary floating point.
//! The decimal taken is the shortest one that reads back as the same stored
//! number, which is the number typed in for up to 15 digits; a computed cell may
//! show digits the screen hides (0.1 + 0.2 gives 0.30000000000000004). Text
//! cells are read from their spelling and never pass through floating point.
//! Formulas are not executed: the value stored with them is taken, and one
//! without a stored value is refused.

mod number;
mod rows;
mod sheet;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;

use gep_core::diagnostic::{Finding, Findings};

pub use number::Missing;

/// Which sheet to read and how its columns are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetDeclaration {
    /// The name of the sheet, as its tab shows it.
    pub sheet: String,
    /// The header of the column of region codes, such as `行政区划代码`.
    pub key: String,
    /// The header of a column that splits a region's rows (ecosystem class,
    /// product), if there is one.
    pub row_item: Option<String>,
    /// The columns of values.
    pub columns: Vec<ColumnDeclaration>,
}

/// One column of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnDeclaration {
    /// The name of the input the values are given to.
    pub input: String,
    /// The item the whole column belongs to, such as the pollutant.
    pub item: Option<String>,
    /// The header's text without its bracketed unit.
    pub header: String,
    /// The unit as the header's brackets print it, such as `吨`.
    pub header_unit: String,
}

/// What a cell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellValue {
    /// A number, as exact decimal text: digits, at most one `-` and one `.`.
    Number(String),
    /// No number, and why.
    Missing(Missing),
}

/// One value with the place it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetValue {
    /// The region code, as text.
    pub code: String,
    /// The text of the row's item column, if one is declared.
    pub row_item: Option<String>,
    /// The input the value belongs to.
    pub input: String,
    /// The item of the column, if declared.
    pub item: Option<String>,
    /// The number or the kind of missing.
    pub value: CellValue,
    /// The cell's address, such as `C14`.
    pub cell: String,
}

/// A row recognised by its label as a sum of others (`合计`, `小计`, `总计`); it
/// is not among the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumRow {
    /// The row's number, counted from 1.
    pub row: u32,
    /// The label that told it.
    pub label: String,
}

/// The values of one sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetTable {
    /// Every region's values, in the order of rows, then of declared columns.
    pub values: Vec<SheetValue>,
    /// Rows of sums, left out.
    pub sum_rows: Vec<SumRow>,
    /// What the reader should know: sum rows left out, numbers stored as text,
    /// merged codes carried down, regions without a row.
    pub warnings: Vec<Finding>,
}

/// Reads one sheet of a workbook.
///
/// `codes` are the region codes of the run: a row with another code is an error,
/// a code without a row a warning.
///
/// # Errors
///
/// Every problem of the sheet: a file or sheet that cannot be read, headers or
/// units that are not as declared, cells that are no numbers, codes that are
/// unknown or stand twice.
pub fn read_sheet(
    path: &Path,
    declaration: &SheetDeclaration,
    codes: &BTreeSet<String>,
) -> Result<SheetTable, Findings> {
    let sheet = sheet::Sheet::open(path, &declaration.sheet)?;
    let header = rows::Header::find(&sheet, declaration)?;
    rows::read(&sheet, declaration, &header, codes)
}
